#!/usr/bin/env python3
"""Makes what the benches against peers work on.

    inputs.py tree DEST [SCALE]                 a plain tree of 200,000 * SCALE empty files, half of them .jpg
    inputs.py fixtures PHOTOS DEST COUNT        COUNT distinct files from the real photos of the fixtures
    inputs.py photos PHOTOS DEST                every JPEG below PHOTOS as it is, numbered, in one folder
    inputs.py aged SOURCE DEST                  the names of SOURCE as empty files, folders in shuffled order
    inputs.py sizes DEST [SCALE]                10,000 to 1,000,000 * SCALE photos in one folder, and ten a folder
    inputs.py small DEST                        an empty folder, and one of ten files
"""
import os
import random
import shutil
import stat
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


def fill(folder, names, room=0):
    """Files that are empty, or take `room` bytes of the drive; relative to their folder, which is the fastest."""
    folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in names:
            if not room:
                os.mknod(name, stat.S_IFREG | 0o644, dir_fd=folder)
                continue
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=folder)
            os.posix_fallocate(file, 0, room)
            os.close(file)
    finally:
        os.close(folder)


def aged(source, dest):
    """Makes the folders in an order that has nothing to do with their paths, as years of use do.

    A folder is filled when it is made. All files are of one size (allocated, not written), such that together they
    take three quarters of the drive: so folders lie apart as among photos. The order is the same each time.
    """
    folders = sorted((os.path.relpath(folder, source), sorted(names)) for folder, _, names in os.walk(source))
    random.Random(1).shuffle(folders)
    room = shutil.disk_usage(os.path.dirname(dest)).free * 3 // 4 // sum(len(names) for _, names in folders)
    for folder, names in folders:
        target = os.path.join(dest, folder)
        os.makedirs(target, exist_ok=True)
        fill(target, names, room // 4096 * 4096)


def sizes(dest, scale=1.0):
    """DEST/one-folder/N and DEST/ten-a-folder/N hold N photos each."""
    for power in (4, 5, 6):
        count = max(10, int(10**power * float(scale)))
        flat = Path(dest, "one-folder", str(count))
        flat.mkdir(parents=True)
        fill(flat, (f"IMG_{number:07}.jpg" for number in range(count)))
        for folder in range(count // 10):
            wide = Path(dest, "ten-a-folder", str(count), f"roll {folder // 100:04}", f"{folder:06}")
            wide.mkdir(parents=True)
            fill(wide, (f"IMG_{number:04}.jpg" for number in range(10)))


def small(dest):
    """DEST/empty, and DEST/ten with five photos and five other files."""
    Path(dest, "empty").mkdir(parents=True)
    ten = Path(dest, "ten")
    ten.mkdir()
    fill(ten, [f"IMG_{number:04}.{ending}" for number in range(5) for ending in ("JPG", "NEF")])


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
    makers = (tree, fixtures, photos, aged, sizes, small)
    {maker.__name__: maker for maker in makers}[sys.argv[1]](*sys.argv[2:])
