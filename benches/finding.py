"""The bench of `scan`: who lists every JPEG of a tree the fastest."""
import os
import platform
import sys

from measuring import HERE, OURS, Bench, Peer, say, version

ENDINGS = ("jpg", "jpeg", "jpe", "jfif")


class Scan(Bench):
    """One round: each finder lists every JPEG of one tree, once."""

    counts_photos = False

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
