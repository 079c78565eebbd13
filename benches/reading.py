#!/usr/bin/env python3
"""Reads files one after the other and does nothing else: what the plainest program takes from a drive.

    reading.py whole|head LIST     LIST has a path a line, in the order of reading
    reading.py places FOLDER       prints "PLACE PATH" for each file below, by place on the drive

`whole` reads files to their end, by 1 MiB; `head` reads the first 64 KiB. Both print how many files and bytes.
"""
import array
import fcntl
import os
import struct
import sys

WHOLE = 1 << 20
HEAD = 64 << 10
FIEMAP = 0xC020660B  # FS_IOC_FIEMAP of linux/fs.h
# Start, length, flags, mapped extents, room for extents, reserved; then one extent: logical, physical, length, …
HEADER = struct.Struct("=QQIIII")
EXTENT = struct.Struct("=QQQQQIIII")


def place(path):
    """The byte of the drive at which a file begins; 0 where the file system does not say."""
    asked = array.array("B", HEADER.pack(0, 2**64 - 1, 0, 0, 1, 0) + bytes(EXTENT.size))
    with open(path, "rb") as file:
        try:
            fcntl.ioctl(file, FIEMAP, asked)
        except OSError:
            return 0
    _, _, _, mapped, _, _ = HEADER.unpack_from(asked)
    return EXTENT.unpack_from(asked, HEADER.size)[1] if mapped else 0


def places(folder):
    """All files below a folder with their places, as they lie."""
    files = (os.path.join(where, name) for where, _, names in os.walk(folder) for name in names)
    return sorted((place(path), path) for path in files)


def read(path, room, is_whole):
    """Reads one file; returns how many bytes it gave."""
    file = os.open(path, os.O_RDONLY)
    try:
        total = 0
        while number := os.preadv(file, [room], total):
            total += number
            if not is_whole:
                break
        return total
    finally:
        os.close(file)


def main(what, where):
    if what == "places":
        for start, path in places(where):
            print(start, path)
        return
    with open(where, encoding="utf-8", errors="surrogateescape") as paths:
        files = paths.read().splitlines()
    room = bytearray(WHOLE if what == "whole" else HEAD)
    print(len(files), sum(read(path, room, what == "whole") for path in files))


if __name__ == "__main__":
    main(*sys.argv[1:])
