"""What `jpegasus bench` says of a drive, beside fio and beside an exhaustive run of crop and scan."""
import json
import os
import statistics
import subprocess

from drive_rows import ThrashHeads, ThrashWhole, middle
from driving import OnDrives
from measuring import fail
from telling import met

FIO, BENCH = "fio", "jpegasus bench"
TOLERANCE = 0.10
HEAD = 64 << 10
PART = 50


def has_bench(jpegasus):
    """Whether this jpegasus has the verb."""
    return subprocess.run([jpegasus, "bench", "--help"], capture_output=True, check=False).returncode == 0


def benched(bench, seconds, *flags):
    """Runs `jpegasus bench` on the drive; returns what it found of the first drive."""
    out = bench.scratch / "bench.json"
    out.unlink(missing_ok=True)
    command = [bench.jpegasus, "bench", "-q", "--cache", "data-cold", "--time", f"{seconds}s", *flags,
               bench.input, "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not out.exists():
        fail(f"{BENCH}: exit code {done.returncode}, {done.stderr.strip()[-500:]}")
    return json.loads(out.read_text())["drives"][0]


def series(drive, load, readers, order):
    """The runs of one setting, without outliers."""
    for one in drive["series"]:
        setting = one["setting"]
        if (one["load"], setting["readers"], setting["order"]) == (load, readers, order) and one["warmth"] != "warm":
            return [run for run in one["runs"] if not run["is_outlier"]]
    return []


class Fio(OnDrives):
    """fio reads all photos, then the bench some: whole ones as they lie, heads by path."""

    rounds = 3

    def fio(self, paths, *flags):
        """One run of fio, folders and inodes warm as the bench has them; returns its MB/s and reads a second."""
        self.drives[0].call("cold")
        for path in paths:
            os.close(os.open(path, os.O_RDONLY))
        subprocess.run([self.tool.fio, "--version"], stdout=subprocess.DEVNULL, check=False)
        # It takes no longer list of files than 4 KiB: one part after the other.
        parts = [self.part(paths[at:at + PART], *flags) for at in range(0, len(paths), PART)]
        seconds = sum(part["runtime"] for part in parts) / 1e3
        return sum(part["io_bytes"] for part in parts) / 1e6 / seconds, \
            sum(part["total_ios"] for part in parts) / seconds

    def part(self, paths, *flags):
        """What fio told of reading some files."""
        # A colon parts names and ends none; names of these drives have none.
        command = [self.tool.fio, "--name=photos", "--filename=" + ":".join(paths), "--rw=read", "--ioengine=psync",
                   "--file_service_type=sequential", "--readonly", "--invalidate=0", "--fadvise_hint=0",
                   "--output-format=json", *flags]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            return json.loads(done.stdout[done.stdout.index("{"):])["jobs"][0]["read"]
        except (ValueError, KeyError, IndexError):
            fail(f"fio: exit code {done.returncode}, {done.stderr.strip()[-500:]}")

    def compared(self, tool, seconds):
        """(what, fio's median, the bench's median) of both loads."""
        self.tool = tool
        # More than a thousand names are too long for one argument.
        order = self.drives[0].order[:1000]
        told = {"whole": [], "heads": []}
        for _ in range(self.rounds):
            self.drives[0].hasten(self.drives[0].model.whole)
            told["whole"].append(self.fio(order, "--bs=1m")[0])
            self.drives[0].hasten(self.drives[0].model.small)
            told["heads"].append(self.fio(sorted(order), "--bs=64k", "--filesize=64k")[1])
        self.drives[0].hasten(self.drives[0].model.whole)
        whole = benched(self, seconds, "--load", "read", "-J", "1", "--read-order", "physical")
        self.drives[0].hasten(self.drives[0].model.small)
        heads = benched(self, seconds, "--load", "head", "-J", "1", "--read-order", "path")
        runs = series(whole, "read", 1, "physical"), series(heads, "head", 1, "path")
        if not all(runs):
            fail(f"{BENCH}: no cold runs of one reader")
        yield ("whole photos, one reader, as they lie, MB/s", statistics.median(told["whole"]),
               statistics.median(run["bytes"] / run["seconds"] / 1e6 for run in runs[0]))
        yield (f"first {HEAD >> 10} KiB, one reader, by path, reads a second", statistics.median(told["heads"]),
               statistics.median(run["photos"] / run["seconds"] for run in runs[1]))


def fio_verdicts(name, compared):
    """A line for each number of the bench."""
    for what, theirs, ours in compared:
        ratio = ours / theirs
        yield (f"{name}, {what}: {BENCH} {ours:.1f}, {FIO} {theirs:.1f}, ratio {ratio:.2f}, within 0.90 to 1.10: "
               + met(abs(ratio - 1) <= TOLERANCE))


class Advised:
    """An exhaustive run with the advised setting among the single ones; before ThrashWhole or ThrashHeads."""

    readers = (1, 4, 16)
    bench_load = "read"

    def advised(self, seconds):
        """Asks the bench; returns its setting and says it."""
        drive = benched(self, seconds, "--load", self.bench_load, "-J", ",".join(map(str, self.readers)),
                        "--read-order", "path,physical")
        advice = next((one for one in drive["advice"] if one["load"] == self.bench_load), None)
        if advice is None:
            fail(f"{BENCH}: no advice for {self.bench_load}")
        best = advice["best"]
        self.note(f"{BENCH} took the drive for {drive['drive']['kind']} and advises {best['readers']} × "
                  f"{best['order']} for {self.bench_load}")
        return best["readers"], best["order"]

    def peers(self, tool):
        self.setting = self.advised(self.seconds)
        yield from super().peers(tool)

    def verdicts(self, peers):
        name = f"jpegasus, {self.setting[0]} × {self.setting[1]}"
        chosen = next((peer for peer in peers if peer.name == name), None)
        if chosen is None:
            return [f"{name}: not measured: MISSED"]
        best = min(peers[1:], key=middle)
        ratio = middle(chosen) / middle(best)
        return [f"{self.of}: what {BENCH} advises takes {ratio:.2f} of the time of the best, {best.name}, "
                f"at most 1.10: " + met(ratio <= 1 + TOLERANCE)]


class AdvisedWhole(Advised, ThrashWhole):
    """Whole photos."""

    seconds = 60


class AdvisedHeads(Advised, ThrashHeads):
    """Beginnings."""

    seconds = 30
    bench_load = "head"
