"""The benches of `scan` over several folders: what it costs by the number of photos, and what a start costs."""
import os
import statistics
from dataclasses import dataclass
from pathlib import Path

from finding import Scan, finders
from measuring import OURS, Peer, version
from pairing import told
from telling import median_and_range, met

FORMS = {"sorted": (), "unsorted": ("--sort", "none"), "count": ("--count",)}
COUNT_MOST = 64_000_000
SORTED_MOST, SORTED_EACH = 32_000_000, 24  # bytes in all and bytes a path, beside the bytes of the paths
START_MOST = 0.001  # seconds more than find


@dataclass
class Contender(Peer):
    """One tool in one folder of several."""

    folder: str = ""
    form: str = ""


class Folders(Scan):
    """One round: each form of each tool in each folder below the input, once."""

    def __init__(self, options):
        super().__init__(options)
        self.of, self.lists = "", {}

    def work(self):
        return ", ".join(f"{len(paths):,} photos in {name}" for name, paths in self.lists.items())

    def contender(self, folder, form, command, told_version):
        return Contender(f"{folder} {form}", [word.replace("FOLDER", f"{{input}}/{folder}") for word in command],
                         told_version, folder=folder, form=form)

    def list(self, folder):
        """What is there, by a walk of Python's own."""
        if folder not in self.lists:
            walked = os.walk(os.fsencode(os.path.join(self.input, folder)))
            self.lists[folder] = sorted(os.path.join(where, name) for where, _, names in walked for name in names
                                        if name.lower().endswith(b".jpg"))
        return self.lists[folder]

    def differs(self, peer, ours):
        expected, found, peer.answer = self.list(peer.folder), peer.answer, None
        if peer.form == "count":
            return None if found == [b"%d" % len(expected)] else f"it counts {found[:1]}, not {len(expected)}"
        if peer.form != "sorted":
            found.sort()
        return None if found == expected else f"{len(found)} paths, not in order or other than the {len(expected)} there"


class ScanSize(Folders):
    """Time and memory by the number of photos, in one folder and in folders of ten."""

    def peers(self, tool):
        told_version = version(tool.jpegasus, "--version")
        for shape in sorted(Path(self.input).iterdir()):
            for folder in sorted(shape.iterdir(), key=lambda path: int(path.name)):
                for form, flags in FORMS.items():
                    yield self.contender(f"{shape.name}/{folder.name}", form,
                                  [tool.jpegasus, "scan", *flags, "FOLDER"], told_version)

    def timed(self, peer):
        """Time by one run and memory by another, because what starts without delay cannot be asked for its memory."""
        return {**super().timed(peer), "rss": self.once(peer)["rss"]}

    def most(self, peer):
        """The most memory that is allowed, in bytes; None where there is no bar."""
        paths = self.list(peer.folder)
        if peer.form == "sorted":
            return sum(map(len, paths)) + SORTED_EACH * len(paths) + SORTED_MOST
        return COUNT_MOST if peer.form == "count" else None

    def rows(self, peers):
        rows = [["folder/photos", "form", "median ms", "minimum ms", "µs a photo", "CPU ms, user + system",
                 "peak RSS, MB", "RSS bytes a photo", "allowed MB"]]
        for peer in peers:
            wall = [sample["wall"] for sample in peer.samples]
            user, system = (statistics.median(sample[key] for sample in peer.samples) for key in ("user", "sys"))
            photos, peak, most = len(self.list(peer.folder)), peak_of(peer), self.most(peer)
            rows.append([
                peer.folder, peer.form, f"{statistics.median(wall) * 1e3:.1f}", f"{min(wall) * 1e3:.1f}",
                f"{statistics.median(wall) / photos * 1e6:.3f}", f"{user * 1e3:.0f} + {system * 1e3:.0f}",
                f"{peak / 1e6:.1f}", f"{peak / photos:.0f}", f"{most / 1e6:.0f}" if most else "",
            ])
        return rows

    def verdicts(self, peers):
        """Of the sizes that meet a bar only the largest is told."""
        largest = max(len(self.list(peer.folder)) for peer in peers)
        lines = [f"{peer.name}: peak RSS {peak_of(peer) / 1e6:.1f} MB, at most {self.most(peer) / 1e6:.0f}: "
                 + met(peak_of(peer) <= self.most(peer)) for peer in peers
                 if self.most(peer) and (len(self.list(peer.folder)) == largest or peak_of(peer) > self.most(peer))]
        return lines + list(self.growth(peers))

    def growth(self, peers):
        """By how much the time of one photo grows with their number: 1 is linear. There is no bar."""
        for shape, form in dict.fromkeys((peer.folder.split("/")[0], peer.form) for peer in peers):
            of_it = [peer for peer in peers if peer.folder.startswith(f"{shape}/") and peer.form == form]
            each = [statistics.median(sample["wall"] for sample in peer.samples) / len(self.list(peer.folder))
                    for peer in of_it]
            steps = ", ".join(f"{later.folder.split('/')[1]} {time / before:.2f} ×"
                              for later, time, before in zip(of_it[1:], each[1:], each))
            if steps:
                yield f"{shape} {form}: time of one photo beside the size before: {steps} (no bar)"


class ScanSmall(Folders):
    """What a start costs, where there is next to nothing to find."""

    def lacks(self, tool):
        return "" if tool.find else "it takes GNU find to compare with"

    def peers(self, tool):
        find = next(finders(tool, "find"))
        words = [word.replace("{input}", "FOLDER") for word in find.command]
        for folder in ("empty", "ten"):
            yield self.contender(folder, OURS, [tool.jpegasus, "scan", "FOLDER"], version(tool.jpegasus, "--version"))
            yield self.contender(folder, "GNU find", words, find.version)

    def pairs(self, peers):
        """For each folder: jpegasus, find, and by how much jpegasus takes longer, in seconds, round by round."""
        for ours in (peer for peer in peers if peer.form == OURS):
            theirs = next((peer for peer in peers if (peer.folder, peer.form) == (ours.folder, "GNU find")), None)
            if theirs:
                yield ours, theirs, [a["wall"] - b["wall"] for a, b in zip(ours.samples, theirs.samples)]

    def rows(self, peers):
        rows = [["folder", "contender", "median ms", "minimum ms", "ms longer than find", "CPU ms, user + system",
                 "peak RSS, MB"]]
        for ours, theirs, longer in self.pairs(peers):
            for peer, more in ((ours, longer), (theirs, [0])):
                wall = [sample["wall"] for sample in peer.samples]
                user, system = (statistics.median(sample[key] for sample in peer.samples) for key in ("user", "sys"))
                rows.append([
                    peer.folder, peer.form, f"{statistics.median(wall) * 1e3:.2f}", f"{min(wall) * 1e3:.2f}",
                    median_and_range((each * 1e3 for each in more), ".2f") if peer is ours else "",
                    f"{user * 1e3:.2f} + {system * 1e3:.2f}", f"{peak_of(peer) / 1e6:.1f}",
                ])
        return rows

    def verdicts(self, peers):
        return [f"{ours.folder}: {OURS} takes {told([each * 1e3 for each in longer])} ms longer than {theirs.form}, "
                f"at most {START_MOST * 1e3:g}: " + met(statistics.median(longer) <= START_MOST)
                for ours, theirs, longer in self.pairs(peers)] or ["GNU find: not measured"]


def peak_of(peer):
    return max(sample["rss"] for sample in peer.samples)
