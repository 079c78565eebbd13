"""The rows of drives.sh: what is compared on emulated drives, and what it has to show."""
import os
import shlex
import statistics
import sys

from driving import Model, OnDrives, named, settings
from finding import ENDINGS
from jpeg_header import dims
from measuring import HERE, OURS, Peer, version
from pairing import fastest, ratios, told
from telling import median_and_range, met

AGED = Model("hdd7200", whole=4, small=10)
SSDS = [Model("sata-ssd"), Model("nvme")]
# A disk that lies is not sped up more than twice: jpegasus finds it out by how long a block takes.
KINDS = [AGED, Model("hdd5400-usb", whole=4, small=10), *SSDS, Model("sdcard"), Model("iscsi-gbe"),
         Model("hdd7200", whole=2, small=2, lie="0"), Model("sata-ssd", lie="1")]
FLOOR, WARM = "one reader, 1 MiB, as they lie", f"{OURS}, warm"
PLAIN, PLAIN_LIES = "one reader, Python, by path", "one reader, Python, as they lie"


def middle(peer):
    """The median time of a contender."""
    return statistics.median(sample["wall"] for sample in peer.samples)


def one(peers, name):
    return next((peer for peer in peers if peer.name == name), None)


class Whole(OnDrives):
    """Thumbnails of all photos on a drive: whole files are read."""

    load = "whole"

    def ours(self, tool, name=OURS, flags=(), inputs=("{input}",)):
        return Peer(name, [tool.jpegasus, "crop", "-q", *flags, *inputs, "-o", "{out}", "-s", "256", "-Q", "85"],
                    version(tool.jpegasus, "--version"))

    def pictures(self):
        return [os.path.join(where, name) for where, _, names in os.walk(self.scratch / "out") for name in names
                if name.lower().endswith(".jpg")]

    def weight(self):
        return len(self.pictures())

    def answer(self):
        """Dimensions by name; by folder too where the tool keeps folders apart."""
        return {os.path.splitext(os.path.basename(path))[0]: dims(path) for path in self.pictures()}

    def differs(self, peer, ours):
        peer.weight = self.weight()
        if peer.name == FLOOR:
            peer.weight = 0
            return self.short()
        expected = {os.path.splitext(os.path.basename(path))[0] for drive in self.drives for path in drive.order}
        if peer is ours and set(peer.answer) != expected:
            return f"{len(peer.answer)} pictures of {len(expected)} photos"
        odd = [name for name, size in ours.answer.items()
               if name not in peer.answer or max(abs(a - b) for a, b in zip(size, peer.answer[name])) > 1]
        if odd or len(peer.answer) != len(ours.answer):
            return f"{len(odd)} pictures are missing or of other dimensions, such as {odd[:3]}"
        return None

    def short(self):
        """What a plain reader of whole files has not read."""
        told_by = (self.scratch / "stdout").read_text().split()
        expected = [str(self.count), str(self.bytes)]
        return None if told_by == expected else f"read {told_by}, expected {expected}"


class Heads(OnDrives):
    """Headers of all photos on a drive: the beginnings of files are read."""

    load = "small"

    def ours(self, tool, name=OURS, flags=(), inputs=("{input}",)):
        return Peer(name, [tool.jpegasus, "scan", "-q", "--check", "header", *flags, *inputs],
                    version(tool.jpegasus, "--version"))

    def answer(self):
        return (self.scratch / "stdout").read_bytes().splitlines()

    def differs(self, peer, ours):
        expected = sorted(os.fsencode(path) for drive in self.drives for path in drive.order)
        if not peer.name.startswith(OURS):
            number = peer.answer[0].split()[0] if peer.answer else b"0"
            return None if int(number) == self.count else f"read {int(number)} files of {self.count}"
        return None if peer.answer == expected else f"{len(peer.answer)} paths, {len(expected)} expected"


def plain(bench, what, name, paths):
    """A plain reader of a list that lies in memory."""
    where = bench.scratch / f"list-{'-'.join(name.split())}"
    where.write_text("".join(path + "\n" for path in paths), errors="surrogateescape")
    return Peer(name, [sys.executable, str(HERE / "reading.py"), what, str(where)], "reading.py")


# ---- the rows ----------------------------------------------------------------------------------------------

class Crop(Whole):
    """A whole hard disk, aged, against fd | xargs vipsthumbnail, and against what the drive and the processor allow."""

    PIPE = 'fd -0 -HI -tf ENDINGS . "$1" | xargs -0 -PN -n16 vipsthumbnail --vips-concurrency=1 -s "256x256>" ' \
           '-o "$2/%s.jpg[Q=85]"'

    def peers(self, tool):
        yield self.ours(tool)
        if tool.fd and tool.vipsthumbnail:
            endings = " ".join(f"-e {ending}" for ending in ENDINGS)
            for number in (1, 2, 4, 8):
                script = self.PIPE.replace("ENDINGS", endings).replace("PN", f"P{number}")
                for name, program in (("fd", tool.fd), ("vipsthumbnail", tool.vipsthumbnail)):
                    script = script.replace(f"{name} ", f"{shlex.quote(program)} ", 1)
                peer = Peer(f"fd, xargs -P{number} vipsthumbnail", ["sh", "-c", script, "pipe", "{input}", "{out}"],
                            f"{version(tool.fd, '--version')}, {version(tool.vipsthumbnail, '--vips-version')}")
                peer.warm = [tool.vipsthumbnail, "-s", "64"]
                yield peer
        yield plain(self, "whole", FLOOR, self.drives[0].order)
        warm = self.ours(tool, WARM)
        warm.is_warm = True
        yield warm

    def verdicts(self, peers):
        mine, floor, warm = peers[0], one(peers, FLOOR), one(peers, WARM)
        lines = []
        if rivals := [peer for peer in peers if peer.name.startswith("fd,")]:
            best = fastest(rivals)
            times = ratios(best, mine)
            lines.append(f"{OURS}: {median_and_range(times, '.2f')} × {best.name}, the best of them, at least 2.5 ×: "
                         + met(statistics.median(times) >= 2.5))
        least = [max(a["wall"], b["wall"]) for a, b in zip(floor.samples, warm.samples)]
        times = [sample["wall"] / bound for sample, bound in zip(mine.samples, least)]
        lines.append(f"{OURS} takes {median_and_range(times, '.2f')} of the greater of '{FLOOR}' "
                     f"({middle(floor):.2f} s) and '{WARM}' ({middle(warm):.2f} s), at most 1.1: "
                     + met(statistics.median(times) <= 1.1))
        return lines


class HeadsRow(Heads):
    """Headers on a hard disk, aged, against one reader in the order of paths."""

    def peers(self, tool):
        yield self.ours(tool)
        for name, flags in settings(tool, (1,)):
            # Before there was an order of reading, headers were read by as many threads as compute.
            yield self.ours(tool, name, flags if "--read-order" in flags else [*flags, "-j", "1"])
        yield plain(self, "head", PLAIN, sorted(self.drives[0].order))
        yield plain(self, "head", PLAIN_LIES, self.drives[0].order)

    def verdicts(self, peers):
        rivals = [peer for peer in (one(peers, PLAIN), one(peers, named(1, "path"))) if peer]
        lines = []
        for rival in rivals:
            times = ratios(rival, peers[0])
            lines.append(f"{OURS}: {median_and_range(times, '.2f')} × {rival.name}, at least 3 ×: "
                         + met(statistics.median(times) >= 3))
        return lines


class Settings:
    """The default beside single settings of readers and order; before OnDrives among the bases."""

    readers = (1, 4, 16)
    most = 1.10  # times the best of them

    def peers(self, tool):
        yield self.ours(tool)
        for name, flags in settings(tool, self.readers):
            if self.load == "small" and "--read-order" not in flags:
                flags = [*flags, "-j", flags[1]]
            yield self.ours(tool, name, flags)

    def verdicts(self, peers):
        if len(peers) == 1:
            return ["single settings: not measured: MISSED"]
        best = fastest(peers[1:])
        times = ratios(peers[0], best)
        by_medians = middle(peers[0]) / middle(best)
        return [f"{self.of}: the default takes {by_medians:.2f} of the time of the best single setting, {best.name} "
                f"(by rounds {told(times, '.2f')}), at most {self.most:.2f}: " + met(by_medians <= self.most)]


class ThrashWhole(Settings, Whole):
    """Whole files: no setting is much better than the default."""


class ThrashHeads(Settings, Heads):
    """Beginnings of files: likewise."""


class SsdWhole(ThrashWhole):
    """On solid-state drives, beside every single setting."""

    readers = (1, 2, 4, 8, 16)
    most = 1.05


class SsdHeads(ThrashHeads):
    """On solid-state drives, beside every single setting."""

    readers = SsdWhole.readers
    most = SsdWhole.most


class Two:
    """Two drives at once beside either alone; before OnDrives among the bases."""

    def peers(self, tool):
        # Mount points, because two folders of one name would share their place in OUT.
        places = [str(drive.folder) for drive in self.drives]
        yield self.ours(tool, f"{OURS}, both", inputs=places)
        for letter, place in zip("AB", places):
            peer = self.ours(tool, f"{OURS}, {letter} alone", inputs=[place])
            peer.alone = place
            yield peer

    def differs(self, peer, ours):
        """Each alone gives its own part."""
        if not hasattr(peer, "alone"):
            return super().differs(peer, ours)
        peer.weight = self.weight()
        number = sum(len(drive.order) for drive in self.drives if str(drive.folder) == peer.alone)
        return None if len(peer.answer) == number else f"{len(peer.answer)} of {number} photos"

    def verdicts(self, peers):
        both, *alone = peers
        slower = [max(samples, key=lambda sample: sample["wall"]) for samples in zip(*(peer.samples for peer in alone))]
        times = [sample["wall"] / other["wall"] for sample, other in zip(both.samples, slower)]
        busy = statistics.median((sample["user"] + sample["sys"]) / sample["wall"] for sample in both.samples)
        return [f"{self.of}: both take {median_and_range(times, '.2f')} of the time of the slower alone, at most 1.15: "
                + met(statistics.median(times) <= 1.15) + f" ({busy:.2f} cores busy with it)"]


class TwoWhole(Two, Whole):
    """Whole files; pictures of equal names are told apart by the drive's folder."""

    def answer(self):
        return {os.path.relpath(path, self.scratch / "out"): dims(path) for path in self.pictures()}

    def differs(self, peer, ours):
        peer.weight = self.weight()
        if hasattr(peer, "alone"):
            return super().differs(peer, ours)
        return None if len(peer.answer) == self.count else f"{len(peer.answer)} pictures of {self.count} photos"


class TwoHeads(Two, Heads):
    """Beginnings of files."""
