#!/usr/bin/env python3
"""Makes what the benches against peers work on.

    inputs.py tree DEST [SCALE]                 a plain tree of 200,000 * SCALE empty files, half of them .jpg
    inputs.py fixtures PHOTOS DEST COUNT        COUNT distinct files from the real photos of the fixtures
    inputs.py photos PHOTOS DEST                every JPEG below PHOTOS as it is, numbered, in one folder
"""
import os
import shutil
import sys
from pathlib import Path

from jpeg_header import dims, with_comment

NAMES = (".jpg", ".jpeg", ".jpe", ".jfif")
# Folders of the fixtures that hold pictures from cameras. Those below 400 pixels are test cards.
REAL = ("wallpapers", "2011-08 china", "library")
SMALLEST = 400


def tree(dest, scale=1.0):
    """100 files a folder, 10 folders a roll; every second file is a photo, every tenth photo a .jpeg."""
    for folder in range(max(1, int(2000 * float(scale)))):
        directory = Path(dest, f"roll {folder // 10:03}", f"{folder:05}")
        directory.mkdir(parents=True)
        for file in range(100):
            ending = "NEF" if file % 2 else "jpeg" if file % 20 == 0 else ("JPG", "jpg")[folder % 2]
            os.close(os.open(directory / f"IMG_{file:04}.{ending}", os.O_CREAT | os.O_WRONLY, 0o644))


def jpegs(folder):
    return sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in NAMES and path.is_file())


def fixtures(folder, dest, count):
    """A comment makes each copy a file of its own, so that no cache may answer for another."""
    real = [path for name in REAL for path in jpegs(Path(folder, name)) if min(dims(path)) >= SMALLEST]
    if not real:
        sys.exit(f"inputs.py: no real photos in {folder}")
    Path(dest).mkdir()
    for index in range(int(count)):
        source = real[index % len(real)]
        Path(dest, f"{index:05}.jpg").write_bytes(with_comment(source.read_bytes(), f"copy {index}"))


def photos(folder, dest):
    """Hard links where the file system allows, else copies.

    Flat, because mogrify -path knows no folders; numbered, because `[` and `%` in a name mean something to
    ImageMagick and vips.
    """
    Path(dest).mkdir()
    for index, source in enumerate(jpegs(folder)):
        target = Path(dest, f"{index:05}.jpg")
        try:
            os.link(source, target, follow_symlinks=True)
        except OSError:
            shutil.copyfile(source, target)


if __name__ == "__main__":
    {"tree": tree, "fixtures": fixtures, "photos": photos}[sys.argv[1]](*sys.argv[2:])
