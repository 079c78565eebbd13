"""What the benches need to know of a JPEG's header: dimensions, Exif preview, and where a comment fits in."""
import struct
from dataclasses import dataclass
from pathlib import Path

# SOF0 to SOF15 without DHT, JPG and DAC, which lie between them (T.81, table B.1).
FRAMES = {marker for marker in range(0xC0, 0xD0) if marker not in (0xC4, 0xC8, 0xCC)}


def segments(data):
    """Yields (offset, marker, payload) of each segment up to the first scan."""
    if data[:2] != b"\xff\xd8":
        raise ValueError("not a JPEG")
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise ValueError(f"no marker at byte {at}")
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        length = struct.unpack_from(">H", data, at + 2)[0]
        yield at, marker, data[at + 4 : at + 2 + length]
        if marker == 0xDA:
            return
        at += 2 + length


def dims(photo):
    """Returns (width, height) as stored, without regard to the EXIF orientation, of bytes or of a path."""
    data = photo if isinstance(photo, bytes) else Path(photo).read_bytes()
    for _, marker, payload in segments(data):
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", payload, 1)
            return width, height
    raise ValueError("no frame header" if photo is data else f"no frame header in {photo}")


def with_comment(data, text):
    """Returns the file with a COM segment behind its leading APPn segments."""
    at = next(offset for offset, marker, _ in segments(data) if not 0xE0 <= marker <= 0xEF)
    comment = text.encode()
    return data[:at] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + data[at:]


def picture_bytes(path):
    """Returns the size of a file without its APPn and COM segments: what the picture itself takes."""
    data = Path(path).read_bytes()
    extras = (payload for _, marker, payload in segments(data) if 0xE0 <= marker <= 0xEF or marker == 0xFE)
    return len(data) - sum(4 + len(payload) for payload in extras)


@dataclass
class Exif:
    """What the benches ask of an Exif segment."""

    orientation: int = 1
    preview: bytes = b""


def exif_of(data):
    """Returns orientation and preview (Exif 2.32, tags 0x0112, 0x0201, 0x0202); none where Exif is odd."""
    for _, marker, payload in segments(data):
        if marker == 0xE1 and payload[:6] == b"Exif\0\0":
            try:
                return parsed(payload[6:])
            except (struct.error, KeyError):
                break
    return Exif()


def parsed(tiff):
    order = {b"II": "<", b"MM": ">"}[tiff[:2]]

    def directory(at):
        count = struct.unpack_from(order + "H", tiff, at)[0]
        values = {}
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(order + "HH", tiff, entry)
            values[tag] = struct.unpack_from(order + ("H" if kind == 3 else "L"), tiff, entry + 8)[0]
        return values, struct.unpack_from(order + "L", tiff, at + 2 + 12 * count)[0]

    first, link = directory(struct.unpack_from(order + "L", tiff, 4)[0])
    second = directory(link)[0] if link else {}
    start, length = second.get(0x0201, 0), second.get(0x0202, 0)
    return Exif(first.get(0x0112, 1), bytes(tiff[start : start + length]) if start else b"")
