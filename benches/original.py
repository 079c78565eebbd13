#!/usr/bin/env python3
"""The Python note that jpegasus grew out of: one search per subdirectory, merged into a set.

    original.py ROOT > LIST

Splits ROOT into its subdirectories, maps a search for `*.[jJ][pP][gG]` over them in a pool of 8 threads
and merges the answers. So it misses photos that lie directly in ROOT, and every name but `.jpg`.
"""
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def search(directory):
    return list(directory.rglob("*.[jJ][pP][gG]"))


def main(root):
    directories = [entry for entry in Path(root).iterdir() if entry.is_dir()]
    photos = set()
    with ThreadPoolExecutor(8) as pool:
        for done, found in enumerate(pool.map(search, directories), 1):
            photos.update(found)
            print(f"\r{done} of {len(directories)} directories", end="", file=sys.stderr)
    print(f"\n{len(directories)} directories were processed", file=sys.stderr)
    sys.stdout.buffer.writelines(os.fsencode(photo) + b"\n" for photo in photos)


main(sys.argv[1])
