"""What the rows of the JPEG table share: contenders, the check of their pictures, and bars."""
import os
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

from jpeg_header import dims, picture_bytes
from measuring import OURS, Bench, Peer, say, version
from telling import cpu_ratio, median_and_range, met, most

THREADS = 2  # threads or processes of each contender, whatever the machine has
VIPS, TURBO = "vipsthumbnail", "libjpeg-turbo pipeline"
SIZES_WITHIN = 0.05


@dataclass
class Bar:
    """What a contender of ours has to show: a ratio of times, or a limit of memory or of bytes read."""

    against: str = VIPS
    least: float = 0
    aim: float = 0
    ours: str = OURS
    most_memory: int = 0
    most_read: float = 0

    def verdict(self, bench, peers):
        """One line; the figure is a median over the rounds, memory and bytes the largest of them."""
        ours = next((peer for peer in peers if peer.name == self.ours), None)
        if ours is None:
            return f"{self.ours}: not measured"
        if self.most_memory:
            peak = most(ours, "rss")
            return (f"{ours.name}: peak RSS {peak / 1e6:.1f} MB, at most {self.most_memory / 1e6:.0f}: "
                    + met(peak <= self.most_memory, peak <= self.aim))
        if self.most_read:
            share = (most(ours, "read") or 0) / bench.input_bytes()
            if not share:
                return "bytes read: the system does not tell"
            return f"{ours.name}: reads {share:.2%} of the bytes, at most {self.most_read:.0%}: " + met(share <= self.most_read)
        theirs = next((peer for peer in peers if self.against in (peer.family, peer.name)), None)
        if theirs is None:
            return f"{self.against}: not measured"
        ratios = [b["wall"] / a["wall"] for a, b in zip(ours.samples, theirs.samples)]
        middle = statistics.median(ratios)
        return (f"{ours.name}: {median_and_range(ratios, '.2f')} × {self.against} "
                f"(CPU {cpu_ratio(theirs, ours):.2f} ×), at least {self.least:g} ×: "
                + met(middle >= self.least, 0 < self.aim <= middle))


class Row(Bench):
    """One round: each tool makes one picture of every photo of one set, once."""

    folder = "baseline"
    flags = ("-s", "256")  # of jpegasus
    needs = ()  # those of its flags that not every jpegasus has
    vips = ("-s", "256x256>")
    recipe = "orient,inside=256x256,jpeg=85,keep=none"  # of the yardstick; None leaves it out
    is_alike = True  # whether files must be of a like size, too
    bars = (Bar(),)

    def __init__(self, options):
        super().__init__(options)
        self.input = str(Path(options.input) / self.folder)
        self.photos = sorted(Path(self.input).rglob("*.jpg"), key=lambda path: path.name)
        self.count = len(self.photos)
        self.write_list("list", map(os.fsencode, self.photos))

    def write_list(self, name, words):
        (self.scratch / name).write_bytes(b"".join(word + b"\0" for word in words))

    def work(self):
        pixels = statistics.mean(width * height for width, height in map(dims, self.photos))
        return f"{super().work()}, mean {pixels / 1e6:.1f} MP and {self.input_bytes() / self.count / 1e6:.1f} MB"

    def input_bytes(self):
        return sum(photo.stat().st_size for photo in self.photos)

    def lacks(self, tool):
        if not self.photos:
            return f"the timing set has no {self.folder}"
        known = has_flags(tool, *self.needs)
        return "" if known else f"this jpegasus has no {' '.join(self.needs)}"

    # ---- contenders ----------------------------------------------------------------------------------------

    def ours(self, tool, *flags):
        return [tool.jpegasus, "crop", "-q", "-j", str(THREADS), *self.flags, *flags, "{input}", "-o", "{out}"]

    def forms_of_ours(self, tool):
        """jpegasus as the peers are, which do not wait for the drive; by default; and stopping early."""
        told = version(tool.jpegasus, "--version")
        yield Peer(OURS, self.ours(tool, "--sync", "none"), told)
        yield Peer(f"{OURS}, --sync batch (default)", self.ours(tool), told)
        if has_flags(tool, "--fast"):
            yield Peer(f"{OURS}, --fast", self.ours(tool, "--sync", "none", "--fast"), told)

    def peers(self, tool):
        yield from self.forms_of_ours(tool)
        if tool.vipsthumbnail:
            yield from self.forms_of_vips(tool)
        if tool.yardstick and self.recipe:
            yield Peer(TURBO, [tool.yardstick, "thumbs", "--recipe", self.recipe, "-j", str(THREADS),
                               "-o", "{out}", "{input}"], version(tool.yardstick, "--version"))

    def forms_of_vips(self, tool):
        """Two processes of one thread each that take half, a quarter or an eighth of the photos at a time, or
        one process of two threads."""
        told = version(tool.vipsthumbnail, "--vips-version")
        words = [*self.vips, "-o", "{out}/%s.jpg[Q=85,subsample-mode=on,strip]"]
        for parts in (THREADS, 2 * THREADS, 4 * THREADS):
            batch = -(-self.count // parts)
            spread = ["xargs", "-0", "-a", "{list}", "-P", str(THREADS), "-n", str(batch)]
            yield Peer(f"{VIPS} (-n {batch})", [*spread, tool.vipsthumbnail, "--vips-concurrency=1", *words],
                       told, VIPS)
        one = ["xargs", "-0", "-a", "{list}", "-n", str(self.count)]
        yield Peer(f"{VIPS} (threads)", [*one, tool.vipsthumbnail, f"--vips-concurrency={THREADS}", *words],
                   told, VIPS)

    # ---- equal output --------------------------------------------------------------------------------------

    def pictures(self):
        found = []
        for folder, folders, names in os.walk(self.scratch / "out"):
            folders[:] = [name for name in folders if name != ".jpegasus"]
            found += [os.path.join(folder, name) for name in names]
        return found

    def weight(self):
        return len(self.pictures())

    def answer(self):
        return {os.path.basename(path): (dims(path), picture_bytes(path)) for path in self.pictures()}

    def differs(self, peer, ours):
        peer.weight = self.weight()
        missing = [photo.name for photo in self.photos if photo.name not in peer.answer]
        if missing:
            return f"{len(missing)} of {self.count} photos have no picture, such as {missing[:3]}"
        if peer is ours:
            return None
        gaps = [max(abs(a - b) for a, b in zip(answer[0], ours.answer[name][0])) for name, answer in peer.answer.items()]
        size, wanted = (sum(answer[1] for answer in each.answer.values()) for each in (peer, ours))
        say(f"{peer.name}: {gaps.count(0)} pictures of equal dimensions, {gaps.count(1)} off by one pixel, "
            f"{sum(gap > 1 for gap in gaps)} by more; {size / wanted - 1:+.1%} bytes")
        if max(gaps) > 1:
            return f"{sum(gap > 1 for gap in gaps)} pictures differ by more than one pixel from those of {OURS}"
        if gaps.count(1):
            self.notes.append(f"{peer.name}: {gaps.count(1)} of {self.count} pictures are one pixel wider or higher, or less")
        if self.is_alike and abs(size / wanted - 1) > SIZES_WITHIN:
            self.note(f"SIZES DIFFER: the pictures of {peer.name} take {size / wanted - 1:+.1%} bytes, beside their metadata")
        return None

    def verdicts(self, peers):
        return [bar.verdict(self, peers) for bar in self.bars]


def has_flags(tool, *flags):
    """Whether this jpegasus's `crop` knows all of these flags."""
    told = subprocess.run([tool.jpegasus, "crop", "--help"], capture_output=True, text=True, check=False).stdout
    return all(flag in told.split() for flag in flags)
