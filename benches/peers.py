#!/usr/bin/env python3
"""Times jpegasus against its peers: same files, equal output first, then interleaved rounds.

    peers.py scan|crop INPUT --jpegasus PATH [--fd PATH] ... --rounds N --scratch DIR --json FILE

`peers.sh` installs the peers, makes INPUT and calls this. The table goes to stdout as Markdown, all samples
go to --json, everything else to stderr. Exit code 2 when nothing was measured, 3 when a peer was
left out because its output differs.
"""
import argparse
import ctypes
import datetime
import json
import os
import platform
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from jpeg_header import dims

HERE = Path(__file__).resolve().parent
CORES = len(os.sched_getaffinity(0))
ENDINGS = ("jpg", "jpeg", "jpe", "jfif")
OURS = "jpegasus"


@dataclass
class Peer:
    """A contender. `{input}`, `{list}` and `{out}` in its command are filled in for each run."""

    name: str
    command: list
    version: str
    samples: list = field(default_factory=list)
    answer: object = None  # what the first run gave: paths, or dimensions by name
    weight: int = 0  # a cheap measure of it that each later run must repeat
    exit: int = 0  # its exit code, likewise

    def filled(self, places):
        """The command to run, with real paths in place of `{input}` and the like."""
        words = list(self.command)
        for name, path in places.items():
            words = [word.replace("{" + name + "}", path) for word in words]
        return words

    def spelled(self):
        """The command to print: programs by name, places as INPUT, LIST and OUT."""
        words = self.filled({name: name.upper() for name in ("input", "list", "out")})
        words = [word.replace(str(HERE), "benches") for word in words]
        return shlex.join(os.path.basename(word) if word.startswith("/") else word for word in words)


# ---- running ---------------------------------------------------------------------------------------------

PR_SET_CHILD_SUBREAPER = 36

# A process's peak RSS starts at that of whoever forked it, and Python's is larger than that of a small finder.
# So a shell forks the contender and leaves; the runner inherits it as subreaper, and wait4 tells the truth.
# The contender waits for a line before it becomes the command, so the shell's start is not timed.
LAUNCH = """
out=$1 err=$2; shift 2
exec 3<&0
{ read -r go <&3; exec "$@" 3<&- >"$out" 2>"$err"; } &
echo $!
"""


def run(command, out, err):
    """Runs a command to its end; returns its sample: seconds, peak RSS in bytes and exit code."""
    for stale in (out, err):
        Path(stale).unlink(missing_ok=True)
    shell = subprocess.Popen(
        ["sh", "-c", LAUNCH, "launch", out, err, *command],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )
    try:
        pid = int(shell.stdout.readline())
        shell.wait()
        start = time.perf_counter()
        shell.stdin.write(b"go\n")
        shell.stdin.close()
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - start
    except BaseException:
        os.killpg(shell.pid, signal.SIGTERM)
        reap()
        raise
    finally:
        shell.stdout.close()
    return {
        "wall": wall, "user": usage.ru_utime, "sys": usage.ru_stime,
        "rss": usage.ru_maxrss * 1024, "exit": os.waitstatus_to_exitcode(status),
    }


def reap():
    """Waits for every process of an interrupted run: as subreaper the runner inherits them all."""
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


class Bench:
    """What both benches share: fresh outputs, the check, the rounds."""

    forgives_exit_codes = False  # mogrify exits 1 for a mere warning; its pictures are the better judge

    def __init__(self, options):
        self.input = options.input
        self.scratch = Path(options.scratch)
        self.rounds = options.rounds
        self.left_out = []
        self.count = 0  # photos in one round

    def work(self):
        """What one round has to do, in numbers."""
        return f"{self.count:,} photos"

    def once(self, peer):
        """One run of one peer on a fresh, empty OUT; only the run itself is timed."""
        out = self.scratch / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        places = {"input": self.input, "list": str(self.scratch / "list"), "out": str(out)}
        return run(peer.filled(places), str(self.scratch / "stdout"), str(self.scratch / "stderr"))

    def stderr(self):
        text = (self.scratch / "stderr").read_text(errors="replace").strip()
        return text[-500:] or "nothing on stderr"

    def leave_out(self, peer, why):
        self.left_out.append(f"{peer.name}: {why}")
        say(f"LEFT OUT {peer.name}: {why}")

    def check(self, peers):
        """Runs every peer once and returns those whose output equals that of jpegasus, the first of them."""
        fair = []
        for peer in peers:
            sample = self.once(peer)
            peer.answer = self.answer()
            peer.exit = sample["exit"]
            wrong = self.differs(peer, peers[0])
            if peer.exit and (wrong or peer is peers[0] or not self.forgives_exit_codes):
                wrong = f"exit code {peer.exit}, {self.stderr()}"
            elif peer.exit:
                say(f"{peer.name}: all pictures are there, but exit code {peer.exit}: {self.stderr()}")
            if wrong and peer is peers[0]:
                fail(f"{peer.name}: {wrong}; nothing was measured")
            if wrong:
                self.leave_out(peer, wrong)
            else:
                fair.append(peer)
        return fair

    def measure(self, peers):
        for number in range(1, self.rounds + 1):
            for peer in peers:
                sample = self.once(peer)
                if (sample["exit"], self.weight()) != (peer.exit, peer.weight):
                    fail(f"{peer.name} answers differently in round {number}: {self.stderr()}")
                peer.samples.append(sample)
            say(f"round {number} of {self.rounds}: "
                + ", ".join(f"{peer.name} {peer.samples[-1]['wall']:.3f} s" for peer in peers))


def say(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    say(f"peers.py: {text}")
    sys.exit(2)


def version(*command):
    """The first line that a version command prints."""
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return ((answer.stdout or answer.stderr).strip().splitlines() or ["unknown"])[0].removeprefix("Version: ")


# ---- scan ------------------------------------------------------------------------------------------------

class Scan(Bench):
    """One round: each finder lists every JPEG of one tree, once."""

    def peers(self, tool):
        yield Peer(OURS, [tool.jpegasus, "scan", "{input}"], version(tool.jpegasus, "--version"))
        yield Peer(f"{OURS}, unsorted", [tool.jpegasus, "scan", "--sort", "none", "{input}"],
                   version(tool.jpegasus, "--version"))
        if tool.fd:
            endings = [word for ending in ENDINGS for word in ("-e", ending)]
            yield Peer("fd", [tool.fd, "-HI", "-tf", *endings, ".", "{input}"], version(tool.fd, "--version"))
        if tool.find:
            names = [word for ending in ENDINGS for word in ("-o", "-iname", f"*.{ending}")][1:]
            yield Peer("GNU find", [tool.find, "{input}", "-type", "f", "(", *names, ")"],
                       version(tool.find, "--version"))
        yield Peer("Python original", [sys.executable, str(HERE / "original.py"), "{input}"],
                   f"Python {platform.python_version()}")

    def answer(self):
        return (self.scratch / "stdout").read_bytes().splitlines()

    def weight(self):
        return (self.scratch / "stdout").stat().st_size

    def differs(self, peer, ours):
        peer.weight = self.weight()
        expected = ours.answer
        if peer is ours:
            self.count = len(expected)
            if expected != sorted(set(expected)):
                return "its list is not bytewise sorted, or has duplicates"
        if peer.name == "Python original":
            below = len(os.fsencode(self.input)) + 1
            expected = [path for path in expected if path.lower().endswith(b".jpg") and b"/" in path[below:]]
            say(f"{peer.name}: finds only .jpg below the root, {len(expected)} of {self.count} photos; "
                "compared on those")
        found = sorted(peer.answer)
        if found == expected:
            return None
        odd = sorted(set(found) ^ set(expected))[:3]
        return f"{len(found)} paths, {len(expected)} expected; such as {odd}"


# ---- crop ------------------------------------------------------------------------------------------------

class Crop(Bench):
    """One round: each tool makes a thumbnail of every photo of one folder, once."""

    forgives_exit_codes = True

    def __init__(self, options):
        super().__init__(options)
        self.photos = sorted(Path(self.input).iterdir())
        self.count = len(self.photos)
        (self.scratch / "list").write_bytes(b"".join(os.fsencode(photo) + b"\0" for photo in self.photos))

    def peers(self, tool):
        # One process per core with one thread each, in batches small enough to keep all cores busy to the end.
        batch = str(max(1, min(16, self.count // (4 * CORES))))
        spread = ["xargs", "-0", "-a", "{list}", "-P", str(CORES), "-n", batch]
        yield Peer(OURS, [tool.jpegasus, "crop", "{input}", "-o", "{out}", "-s", "256", "-Q", "85"],
                   version(tool.jpegasus, "--version"))
        if tool.mogrify:
            shrink = ["-path", "{out}", "-auto-orient", "-thumbnail", "256x256>", "-quality", "85"]
            for name, hint in (("ImageMagick", []), ("ImageMagick, size hint", ["-define", "jpeg:size=512x512"])):
                yield Peer(name, [*spread, tool.mogrify, "-limit", "thread", "1", *hint, *shrink],
                           version(tool.mogrify, "--version"))
        if tool.vipsthumbnail:
            yield Peer("vipsthumbnail",
                       [*spread, tool.vipsthumbnail, "--vips-concurrency=1", "-s", "256x256>",
                        "-o", "{out}/%s.jpg[Q=85]"],
                       version(tool.vipsthumbnail, "--vips-version"))
        if tool.pillow:
            yield Peer("Pillow, draft mode", [tool.pillow, str(HERE / "peer_pillow.py"), "{out}", str(CORES), "{list}"],
                       "Pillow " + version(tool.pillow, "-c", "import PIL; print(PIL.__version__)"))

    def work(self):
        pixels = statistics.mean(width * height for width, height in map(dims, self.photos))
        size = statistics.mean(photo.stat().st_size for photo in self.photos)
        return f"{super().work()}, mean {pixels / 1e6:.1f} MP and {size / 1e6:.1f} MB"

    def pictures(self):
        return [entry for entry in os.scandir(self.scratch / "out") if entry.is_file(follow_symlinks=False)]

    def answer(self):
        return {entry.name: dims(entry.path) for entry in self.pictures()}

    def weight(self):
        return len(self.pictures())

    def differs(self, peer, ours):
        peer.weight = self.weight()
        missing = [photo.name for photo in self.photos if photo.name not in peer.answer]
        if missing:
            return f"{len(missing)} of {self.count} photos have no picture, such as {missing[:3]}"
        gaps = [max(abs(a - b) for a, b in zip(size, ours.answer[name])) for name, size in peer.answer.items()]
        if peer is not ours:
            say(f"{peer.name}: {gaps.count(0)} pictures of equal dimensions, {gaps.count(1)} off by one pixel, "
                f"{sum(gap > 1 for gap in gaps)} by more")
        if max(gaps) > 1:
            return f"{sum(gap > 1 for gap in gaps)} pictures differ by more than one pixel from those of {OURS}"
        if max(max(size) for size in peer.answer.values()) > 256:
            return "a picture does not fit inside 256x256"
        return None


# ---- telling ---------------------------------------------------------------------------------------------

def file_system(path):
    """The type of the mount that holds a path, from /proc/self/mounts."""
    path, best = os.path.realpath(path), ("", "unknown")
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind = line.split()[:3]
        if (path + "/").startswith(where.rstrip("/") + "/") and len(where) >= len(best[0]):
            best = where, kind
    return best[1]


def cpu():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def circumstances(bench, options, load):
    """What a figure needs beside it, in the order of the heading."""
    return {
        "machine": f"{cpu()}, {CORES} cores, Linux {platform.release()}, load {load:.1f} at the start",
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": options.commit,
        "input": f"{options.about}; {bench.work()}",
        "file system": f"{file_system(bench.input)}, output on {file_system(bench.scratch)}",
        "cache": "warm (every contender has read it all once before the first round)",
        "rounds": f"{bench.rounds}, interleaved",
    }


def median_and_range(values, form):
    values = list(values)
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def table(bench, peers):
    ours = [sample["wall"] for sample in peers[0].samples]
    rate = bench.__class__ is Crop
    head = ["contender", *(["photos/s"] if rate else []), "median ms", "minimum ms",
            f"time as a ratio to {OURS}", "CPU ms, user + system", "peak RSS, MB"]
    rows = [head, ["---", *["---:"] * (len(head) - 1)]]
    for peer in peers:
        wall = [sample["wall"] for sample in peer.samples]
        middle = statistics.median(wall)
        user, system = (statistics.median(sample[key] for sample in peer.samples) for key in ("user", "sys"))
        rows.append([
            peer.name, *([f"{bench.count / middle:.1f}"] if rate else []),
            f"{middle * 1e3:.1f}", f"{min(wall) * 1e3:.1f}",
            median_and_range((theirs / our for theirs, our in zip(wall, ours)), ".2f"),
            f"{user * 1e3:.0f} + {system * 1e3:.0f}",
            f"{max(sample['rss'] for sample in peer.samples) / 1e6:.1f}",
        ])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def report(name, bench, peers, facts):
    lines = [f"## {name}", ""]
    lines += [f"* {key}: {value}" for key, value in facts.items()]
    lines += ["", table(bench, peers), ""]
    lines += [f"* {peer.name}: {peer.version}: `{peer.spelled()}`" for peer in peers]
    lines += [f"* LEFT OUT: {line}" for line in bench.left_out]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", choices=("scan", "crop"))
    parser.add_argument("input")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--scratch", required=True, help="an empty folder for outputs, best in memory")
    parser.add_argument("--json", required=True)
    parser.add_argument("--about", default="unnamed", help="what INPUT is, for the heading")
    parser.add_argument("--commit", default="unknown")
    parser.add_argument("--absent", action="append", default=[], help="a peer that is not installed, and why")
    parser.add_argument("--jpegasus", required=True)
    for tool in ("fd", "find", "mogrify", "vipsthumbnail", "pillow"):
        parser.add_argument(f"--{tool}")
    options = parser.parse_args()

    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        fail(f"prctl: {os.strerror(ctypes.get_errno())}")
    load = os.getloadavg()[0]
    bench = {"scan": Scan, "crop": Crop}[options.bench](options)
    peers = bench.check(list(bench.peers(options)))
    different = bool(bench.left_out)
    bench.left_out += options.absent
    facts = circumstances(bench, options, load)
    bench.measure(peers)

    samples = [{"name": peer.name, "version": peer.version, "command": peer.spelled(), "samples": peer.samples}
               for peer in peers]
    Path(options.json).write_text(
        json.dumps({"bench": options.bench, **facts, "left out": bench.left_out, "peers": samples}, indent=1) + "\n")
    print(report(options.bench, bench, peers, facts))
    return 3 if different else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
