"""The bench of `crop`: who makes thumbnails of a folder of small photos the fastest, each tool as it is used."""
import os
import statistics
from pathlib import Path

from jpeg_header import dims
from measuring import CORES, HERE, OURS, Bench, Peer, say, version


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
