"""Two things the benches need to know of a JPEG's header: its dimensions, and where a comment fits in."""
import struct
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


def dims(path):
    """Returns (width, height) as stored, without regard to the EXIF orientation."""
    for _, marker, payload in segments(Path(path).read_bytes()):
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", payload, 1)
            return width, height
    raise ValueError(f"no frame header in {path}")


def with_comment(data, text):
    """Returns the file with a COM segment behind its leading APPn segments."""
    at = next(offset for offset, marker, _ in segments(data) if not 0xE0 <= marker <= 0xEF)
    comment = text.encode()
    return data[:at] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + data[at:]
