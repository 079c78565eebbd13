"""The benches of `scan`: who lists every JPEG of a tree the fastest; warm, cold and on a hard disk."""
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from measuring import HERE, OURS, Bench, Peer, say, spawned, version
from pairing import fastest, interval, ratios, told
from telling import cpu_ratio, median_and_range, met

ENDINGS = ("jpg", "jpeg", "jpe", "jfif")
UNSORTED, SWEEP, ORIGINAL, LIMIT = f"{OURS}, unsorted", f"{OURS}, sweep", "Python original", "bare system calls"
AGAIN = f"{OURS}, again"
THREADS = 2  # of those that are compared with bare system calls
DROP_CACHES = Path("/proc/sys/vm/drop_caches")


def ours(tool, name, *flags):
    return Peer(name, [tool.jpegasus, "scan", *flags, "{input}"], version(tool.jpegasus, "--version"))


def finders(tool, *names):
    """The peers that there are among `names`: regular files, hidden ones too, no ignore rules, any case."""
    tests = [word for ending in ENDINGS for word in ("-o", "-iname", f"*.{ending}")][1:]
    endings = [word for ending in ENDINGS for word in ("-e", ending)]
    any_of = ",".join(ENDINGS)
    commands = {
        "fdf": ["-HI", "-t", "f", rf"\.({any_of.replace(',', '|')})$", "{input}"],
        "fd": ["-HI", "-tf", *endings, ".", "{input}"],
        "bfs": ["{input}", "-type", "f", "(", *tests, ")"],
        "find": ["{input}", "-type", "f", "(", *tests, ")"],
        "rg": ["--no-config", "--files", "-uu", "--iglob", f"*.{{{any_of}}}", "{input}"],
    }
    for name in names:
        if program := getattr(tool, name):
            yield Peer({"find": "GNU find", "rg": "ripgrep"}.get(name, name), [program, *commands[name]],
                       version(program, "--version"))


def named(peers, name):
    return next((peer for peer in peers if peer.name == name), None)


class Scan(Bench):
    """One round: each finder lists every JPEG of one tree, once.

    In the check the list goes to a file and is compared. In the rounds it goes to /dev/null, and the finder is
    started by vfork and exec, which take half a millisecond of its time; peak RSS is that of the check.
    """

    counts_photos = False
    output = "/dev/null"

    def __init__(self, options):
        super().__init__(options)
        self.tree = self.of = Path(options.input).name

    def answer(self):
        return (self.scratch / "stdout").read_bytes().splitlines()

    def differs(self, peer, ours):
        if peer is ours:
            self.count = len(peer.answer)
            self.expected = sorted(set(peer.answer))
            if len(self.expected) != self.count:
                return "its list has duplicates"
        if peer.name == OURS and peer.answer != self.expected:
            return "its list is not bytewise sorted"
        expected = self.expected
        if peer.name == ORIGINAL:
            below = len(os.fsencode(self.input)) + 1
            expected = [path for path in expected if path.lower().endswith(b".jpg") and b"/" in path[below:]]
            self.note(f"{peer.name}: finds only .jpg below the root, {len(expected)} of {self.count} photos; "
                      "compared on those")
        found, peer.answer = sorted(peer.answer), None
        if found == expected:
            return None
        odd = sorted(set(found) ^ set(expected))[:3]
        return f"{len(found)} paths, {len(expected)} expected; such as {odd}"

    def in_turn(self, peers, number):
        """Shuffled (of a fixed seed), so that none always runs after the same other one."""
        return random.Random(number).sample(peers, len(peers))

    def timed(self, peer):
        sample = spawned(peer.filled({"input": self.input}), str(self.scratch / "stderr"))
        return {**sample, "rss": peer.rss}

    def weight(self):
        return 0


class ScanLimit(Scan):
    """Beside a program that makes the system calls of a walk and does nothing else, and beside itself."""

    def lacks(self, tool):
        return "" if tool.limit else "it takes bare system calls to compare with, a compiled limit.c by LIMIT"

    def peers(self, tool):
        flags = ("--sort", "none", "-J", str(THREADS))
        yield ours(tool, UNSORTED, *flags)
        yield ours(tool, AGAIN, *flags)
        yield Peer(LIMIT, [tool.limit, "-t", str(THREADS), "-o", "{input}"], "limit.c")

    def verdicts(self, peers):
        mine, again, limit = (named(peers, name) for name in (UNSORTED, AGAIN, LIMIT))
        if limit is None:
            return [f"{LIMIT}: not measured"]
        bar = 0.7 if self.tree == "flat" else 1.05
        by_limit = ratios(mine, limit)
        lines = [f"{self.tree}: {OURS} takes {told(by_limit)} of the time of {LIMIT} "
                 f"(CPU {cpu_ratio(mine, limit):.2f}); lower end at most {bar}: " + met(interval(by_limit)[0] <= bar)]
        if again:
            lines.append(f"{self.tree}: {OURS} against itself: {told(ratios(again, mine))} (CPU {cpu_ratio(again, mine):.2f})")
        return lines


class ScanPeers(Scan):
    """Beside what people use, each at its defaults."""

    def peers(self, tool):
        yield ours(tool, OURS)
        yield ours(tool, UNSORTED, "--sort", "none")
        yield from finders(tool, "fdf", "fd", "bfs", "find", "rg")
        if self.tree in ("photo", "plain"):
            yield Peer(ORIGINAL, [sys.executable, str(HERE / "original.py"), "{input}"],
                       f"Python {platform.python_version()}")

    def verdicts(self, peers):
        by_path, unsorted = (named(peers, name) for name in (OURS, UNSORTED))
        if unsorted is None:
            return [f"{UNSORTED}: not measured"]
        longer = ratios(by_path, unsorted)
        lines = [f"{self.tree}: sorted takes {told(longer, '.2f')} of the unsorted time, at most 1.6: "
                 + met(statistics.median(longer) <= 1.6)]
        if others := [peer for peer in peers if not peer.name.startswith(OURS)]:
            lines.append(f"{self.tree}: {faster(unsorted, fastest(others), 1.25)}")
        if fd := named(peers, "fd"):
            lines.append(f"{self.tree}: sorted, {faster(by_path, fd, 1)}")
        return lines


def faster(ours, theirs, least, aim=0):
    """A line of how many times faster ours is, and whether the bar is met."""
    times = ratios(theirs, ours)
    middle = statistics.median(times)
    return (f"{ours.name}: {median_and_range(times, '.2f')} × {theirs.name} (CPU {cpu_ratio(theirs, ours):.2f} ×), "
            f"at least {least:g} ×: " + met(middle >= least, 0 < aim <= middle))


class ScanCold(Scan):
    """With nothing in memory: page cache, folders and inodes are dropped before every run."""

    cache = "cold (dropped before every run; what a host or a drive caches stays), but the finders' own programs"

    def lacks(self, tool):
        ready = os.geteuid() == 0 and os.access(DROP_CACHES, os.W_OK)
        return "" if ready else "dropping caches takes root and a writable /proc/sys/vm/drop_caches"

    def peers(self, tool):
        yield ours(tool, OURS)
        yield from finders(tool, "fdf", "fd")

    def chill(self):
        os.sync()
        DROP_CACHES.write_text("3\n")

    def timed(self, peer):
        self.chill()
        version(peer.command[0], "--version")  # the program is in memory again, the tree is not
        return super().timed(peer)

    def verdicts(self, peers):
        bars = (("fd", 2.5, 3.5), ("fdf", 1.8, 0))
        rivals = [(named(peers, name), least, aim) for name, least, aim in bars]
        return [f"{self.tree}: {faster(peers[0], rival, least, aim)}" for rival, least, aim in rivals if rival]


class ScanHdd(ScanCold):
    """Cold, on an emulated hard disk whose folders lie in an order that has nothing to do with their paths."""

    def lacks(self, tool):
        return "" if tool.drivesim else "it takes an emulated hard disk, drivesim by DRIVESIM"

    def __init__(self, options):
        super().__init__(options)
        self.drivesim = options.drivesim

    def peers(self, tool):
        yield ours(tool, OURS)
        engine = ("--engine", "sweep")
        if knows(tool, self.scratch, *engine):
            yield ours(tool, SWEEP, *engine)
        else:
            tool.absent.append(f"{SWEEP}: this jpegasus refuses {' '.join(engine)}")
            say(f"LEFT OUT {tool.absent[-1]}")
        yield from finders(tool, "find", "fd", "bfs")

    def chill(self):
        subprocess.run([self.drivesim, "cold"], check=True)

    def verdicts(self, peers):
        others = [peer for peer in peers if not peer.name.startswith(OURS)]
        if not others:
            return ["peers: not measured"]
        forms = filter(None, (named(peers, name) for name in (OURS, SWEEP)))
        return [f"hard disk: {faster(form, fastest(others), 4, 10)}" for form in forms]


def knows(tool, scratch, *flags):
    """Whether this jpegasus's `scan` takes the flags, tried on an empty folder."""
    empty = scratch / "empty"
    empty.mkdir(exist_ok=True)
    tried = subprocess.run([tool.jpegasus, "scan", *flags, str(empty)], capture_output=True, check=False)
    shutil.rmtree(empty)
    return tried.returncode == 0
