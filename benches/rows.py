"""The rows of the JPEG table: on which photos, with which flags, and what each has to show."""
import hashlib
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

from engine import OURS, THREADS, TURBO, Bar, Row
from jpeg_header import dims
from measuring import Peer, version

JPEGTRAN, TRANSFORM = "jpegtran -crop", "in-memory transform"


class Thumb256(Row):
    """Thumbnails inside 256x256."""

    bars = (Bar(least=2.0, aim=3.0), Bar(TURBO, least=1.25))


class Thumb1024(Row):
    """Pictures inside 1024x1024."""

    flags = ("-s", "1024")
    vips = ("-s", "1024x1024>")
    recipe = "orient,inside=1024x1024,jpeg=85,keep=none"
    bars = (Bar(least=2.0, aim=3.0),)


class Cover512(Row):
    """Squares of 512 from the middle."""

    flags = ("-s", "512x512", "--fit", "cover")
    vips = ("-s", "512x512", "--smartcrop", "centre")
    recipe = "orient,cover=512x512@center,jpeg=85,keep=none"
    bars = (Bar(least=1.6, aim=2.5),)


class Progressive256(Row):
    """Thumbnails of progressive photos."""

    folder = "progressive"
    bars = (Bar(least=1.2, aim=2.0),)


class Progressive100(Row):
    """Thumbnails of progressive photos so small that their first scan suffices."""

    folder = "progressive"
    flags = ("-s", "100")
    vips = ("-s", "100x100>")
    recipe = "orient,inside=100x100,jpeg=85,keep=none"
    bars = (Bar(least=3.0), Bar(least=3.0, aim=10.0, ours=f"{OURS}, --fast"))


class Memory(Row):
    """Thumbnails of 24-megapixel photos; what counts is the peak of memory."""

    folder = "large"
    bars = (Bar(most_memory=64_000_000, aim=32_000_000),)


class Embedded(Row):
    """Thumbnails of 160 pixels of photos that carry one in their Exif segment."""

    folder = "previews"
    flags = ("--embedded", "-s", "160")
    needs = ("--embedded",)
    vips = ("-s", "160x160>")
    recipe = None
    is_alike = False  # another picture, made by the camera
    bars = (Bar(least=4.0), Bar(most_read=0.05))


class Lossless(Row):
    """The quarter in the middle, cut out without loss: half the width and half the height."""

    folder = "lossless"
    flags = ("--lossless",)
    needs = ("--lossless",)
    recipe = None
    bars = (Bar(JPEGTRAN, least=8.0, aim=12.0), Bar(TRANSFORM, least=4.0))

    # The window is in pixels, so jpegasus runs once for each size of photo: a start more for each.
    EACH_SIZE = " ".join((
        'for folder in "$1"/*; do size=${folder##*/}; w=${size%x*}; h=${size#*x};',
        "area=$((w / 2))x$((h / 2))+$(((w - w / 2) / 2))+$(((h - h / 2) / 2));",
        '"$0" crop -q -j THREADS FLAGS -a "$area" "$folder" -o "$2/$size" || exit; done',
    ))

    def __init__(self, options):
        super().__init__(options)
        self.djpeg = options.djpeg
        # Of each photo the words for jpegtran; a list of them is split into one process for each photo.
        words = []
        for photo in self.photos:
            (width, height), out = dims(photo), self.scratch / "out" / photo.name
            window = f"{width // 2}x{height // 2}+{(width - width // 2) // 2}+{(height - height // 2) // 2}"
            words += ["-copy", "all", "-crop", window, "-outfile", str(out), str(photo)]
        self.write_list("list", map(os.fsencode, words))

    def ours(self, tool, *flags):
        script = self.EACH_SIZE.replace("THREADS", str(THREADS)).replace("FLAGS", " ".join(self.flags + flags))
        return ["sh", "-c", script, tool.jpegasus, "{input}", "{out}"]

    def peers(self, tool):
        yield from self.forms_of_ours(tool)
        if tool.jpegtran:
            yield Peer(JPEGTRAN, ["xargs", "-0", "-a", "{list}", "-P", str(THREADS), "-n", "7", tool.jpegtran],
                       version(tool.jpegtran, "-verbose", "/dev/null"))
        if tool.yardstick:
            yield Peer(TRANSFORM, [tool.yardstick, "lossless", "-j", str(THREADS), "-o", "{out}", "{input}"],
                       version(tool.yardstick, "--version"))

    def answer(self):
        """Dimensions and the sum of all samples, as djpeg decodes them."""
        pictures = self.pictures()
        with ThreadPoolExecutor(THREADS) as pool:
            return dict(zip(map(os.path.basename, pictures), pool.map(self.samples, pictures)))

    def samples(self, path):
        size = dims(path), os.path.getsize(path)
        if not self.djpeg:
            return size
        pixels = subprocess.run([self.djpeg, "-pnm", path], capture_output=True, check=False).stdout
        return (*size, hashlib.sha256(pixels).hexdigest())

    def differs(self, peer, ours):
        if wrong := super().differs(peer, ours):
            return wrong
        if peer is ours:
            return None if self.djpeg else self.notes.append("samples were not compared: no djpeg")
        odd = [name for name, answer in peer.answer.items() if answer[0] != ours.answer[name][0]]
        if odd:
            return f"{len(odd)} pictures have other dimensions, such as {odd[:3]}"
        odd = [name for name, answer in peer.answer.items() if answer[2:] != ours.answer[name][2:]]
        return f"{len(odd)} pictures have other samples, such as {odd[:3]}" if odd else None


ROWS = {
    "thumb256": Thumb256, "thumb1024": Thumb1024, "cover512": Cover512, "lossless": Lossless, "embedded": Embedded,
    "progressive256": Progressive256, "progressive100": Progressive100, "memory": Memory,
}
