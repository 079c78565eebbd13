"""Makes 24-megapixel photos as a camera would write them, the same bytes each time, from smaller ones.

Each is a smaller photo enlarged, sharpened, with grain of fixed seed, as JPEG of quality 92, with the Exif
segment of a camera: tags, a maker note, and for some a preview of 160x120. Other versions of Pillow or numpy
may give other bytes; `photos.sha256` has the sums of those made with Pillow 13.0.0 and numpy 2.4.6.
"""
import io
import struct
from dataclasses import dataclass

import numpy
from PIL import Image, ImageFilter

QUALITY = 92
# Standard deviation of the grain in luma and in each chroma, in steps of 8 bits: that of a camera at ISO 400,
# which makes files of 5 to 10 MB at this size (a guess, by eye and by the size of files).
GRAIN = (2.6, 1.4)
# A camera's file keeps 10 to 60 KB of its own beside the picture.
MAKER_NOTE = 12_000


@dataclass
class Shot:
    """One photo to make, of a registry photo."""

    name: str
    source: str
    size: tuple
    sampling: str  # as Pillow spells it
    seed: int
    orientation: int = 1
    has_preview: bool = False


WIDE, TALL = (6000, 4000), (5664, 4248)  # 3:2 and 4:3, 24 megapixels each
SHOTS = [
    Shot("bird-420", "Kleiber_by_Lukas_Baubkus.jpg", WIDE, "4:2:0", 1),
    Shot("hill-420", "sunset_by_Aitzol_Berasategi.jpg", WIDE, "4:2:0", 2),
    Shot("dandelion-422", "seeding_by_Clements_Engelhardt.jpg", WIDE, "4:2:2", 3),
    Shot("sea-422", "Bridge_by_Sander_Klootwijk.jpg", WIDE, "4:2:2", 4),
    Shot("dragonfly-420-preview", "Dragonfly_by_Bolly.jpg", TALL, "4:2:0", 5, has_preview=True),
    Shot("drum-420-preview", "Wine_by_Jakkub_Mede.jpg", TALL, "4:2:0", 6, orientation=6, has_preview=True),
    Shot("bird-422-preview", "Kleiber_by_Lukas_Baubkus.jpg", TALL, "4:2:2", 7, has_preview=True),
    Shot("hill-420-preview", "sunset_by_Aitzol_Berasategi.jpg", TALL, "4:2:0", 8, orientation=8, has_preview=True),
]
PROGRESSIVE = ("bird-420", "dandelion-422", "dragonfly-420-preview", "drum-420-preview")


def make(shot, photo, is_progressive):
    """Returns the bytes of one photo; `photo` is the path of its source."""
    picture = grainy(enlarged(Image.open(photo).convert("YCbCr"), shot), shot.seed)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, subsampling=shot.sampling, progressive=is_progressive,
                 exif=exif(shot, preview(picture) if shot.has_preview else b""))
    return out.getvalue()


def enlarged(photo, shot):
    """Fills the frame with the photo's middle; stored turned if the camera was."""
    if shot.orientation != 1:
        photo = photo.transpose({6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[shot.orientation])
    width, height = shot.size
    scale = max(width / photo.width, height / photo.height)
    across, down = width / scale, height / scale
    left, top = (photo.width - across) / 2, (photo.height - down) / 2
    large = photo.resize(shot.size, Image.Resampling.BICUBIC, box=(left, top, left + across, top + down))
    luma, *chroma = large.split()
    return Image.merge("YCbCr", [luma.filter(ImageFilter.UnsharpMask(radius=2, percent=90, threshold=0)), *chroma])


def grainy(photo, seed):
    """Adds grain; RandomState's streams are the same in every version of numpy."""
    stream = numpy.random.RandomState(seed)
    bands = []
    for band, deviation in zip(photo.split(), (GRAIN[0], GRAIN[1], GRAIN[1])):
        samples = numpy.asarray(band).astype(numpy.int16)
        # Sums of bytes: nearly normal, and integers only, so that no processor rounds another way.
        rolls = numpy.frombuffer(stream.bytes(4 * samples.size), numpy.uint8).reshape(4, *samples.shape)
        noise = rolls.sum(axis=0, dtype=numpy.int32) - 510  # four dice of 256 sides: deviation 148
        samples += ((noise * round(deviation * 1000) + 74_000) // 148_000).astype(numpy.int16)
        bands.append(Image.fromarray(numpy.clip(samples, 0, 255).astype(numpy.uint8), "L"))
    return Image.merge("YCbCr", bands)


def preview(picture):
    out = io.BytesIO()
    picture.resize((160, 120), Image.Resampling.LANCZOS).save(out, "JPEG", quality=85, subsampling="4:2:2")
    return out.getvalue()


# ---- Exif (2.32, section 4.6) ----------------------------------------------------------------------------------

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 1, 2, 3, 4, 5, 7
ITEM = {BYTE: 1, ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8, UNDEFINED: 1}


def directory(entries, start):
    """One IFD with its values behind it; `entries` are (tag, type, packed value); returns bytes without link."""
    head, behind = b"", b""
    first = start + 2 + 12 * len(entries) + 4
    for tag, kind, value in sorted(entries):
        count = len(value) // ITEM[kind]
        if len(value) <= 4:
            field = value.ljust(4, b"\0")
        else:
            field = struct.pack("<L", first + len(behind))
            behind += value + b"\0" * (len(value) % 2)
        head += struct.pack("<HHL", tag, kind, count) + field
    return struct.pack("<H", len(entries)) + head, behind


def short(value):
    return struct.pack("<H", value)


def long(value):
    return struct.pack("<L", value)


def ratio(over, under):
    return struct.pack("<LL", over, under)


def exif(shot, thumbnail):
    """The Exif segment of a made-up camera: IFD0, the Exif IFD with a maker note, IFD1 with the preview."""
    note = numpy.random.RandomState(shot.seed + 1000).bytes(MAKER_NOTE)
    taken = f"2026:05:{shot.seed:02} 10:20:30\0".encode()

    def first(pointer):
        return [
            (0x010F, ASCII, b"Yardstick\0"), (0x0110, ASCII, b"Y-24 Mark II\0"), (0x0112, SHORT, short(shot.orientation)),
            (0x011A, RATIONAL, ratio(72, 1)), (0x011B, RATIONAL, ratio(72, 1)), (0x0128, SHORT, short(2)),
            (0x0132, ASCII, taken), (0x0213, SHORT, short(1)), (0x8769, LONG, long(pointer)),
        ]

    photo = [
        (0x829A, RATIONAL, ratio(1, 250)), (0x829D, RATIONAL, ratio(56, 10)), (0x8827, SHORT, short(400)),
        (0x9000, UNDEFINED, b"0232"), (0x9003, ASCII, taken), (0x9004, ASCII, taken), (0x9101, UNDEFINED, b"\1\2\3\0"),
        (0x920A, RATIONAL, ratio(35, 1)), (0xA000, UNDEFINED, b"0100"),
        (0x927C, UNDEFINED, note), (0xA001, SHORT, short(1)),
        (0xA002, LONG, long(shot.size[0])), (0xA003, LONG, long(shot.size[1])),
    ]
    at = 8
    length = sum(map(len, directory(first(0), at))) + 4
    head, behind = directory(first(at + length), at)
    body = list(directory(photo, at + length))
    end = at + length + sum(map(len, body)) + 4
    link = long(end) if thumbnail else long(0)
    tiff = b"II*\0" + long(at) + head + link + behind + body[0] + long(0) + body[1]
    if thumbnail:
        def second(where):
            return [(0x0103, SHORT, short(6)), (0x011A, RATIONAL, ratio(72, 1)), (0x011B, RATIONAL, ratio(72, 1)),
                    (0x0128, SHORT, short(2)), (0x0201, LONG, long(where)), (0x0202, LONG, long(len(thumbnail)))]

        size = sum(map(len, directory(second(0), end))) + 4
        head, behind = directory(second(end + size), end)
        tiff += head + long(0) + behind + thumbnail
    return b"Exif\0\0" + tiff
