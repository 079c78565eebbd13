#!/usr/bin/env python3
"""Pillow at its fastest: draft mode, in one process per core.

    peer_pillow.py OUT CORES LIST        LIST: a file of paths, each ended by NUL

Each photo fits inside 256x256, upright, JPEG quality 85, with its ICC profile; smaller ones keep their size.
"""
import functools
import os
import sys
from concurrent.futures import ProcessPoolExecutor

from PIL import Image, ImageOps


def shrink(path, out):
    with Image.open(path) as photo:
        profile = photo.info.get("icc_profile")
        # thumbnail() itself asks for draft mode, at twice the size (reducing_gap=2.0, its default).
        photo.thumbnail((256, 256), Image.Resampling.LANCZOS)
        upright = ImageOps.exif_transpose(photo)
        upright.save(os.path.join(out, os.path.basename(path)), "JPEG", quality=85, icc_profile=profile)


if __name__ == "__main__":
    out, cores, paths = sys.argv[1:]
    with open(paths, "rb") as listed:
        paths = [os.fsdecode(path) for path in listed.read().split(b"\0") if path]
    with ProcessPoolExecutor(int(cores)) as pool:
        for _ in pool.map(functools.partial(shrink, out=out), paths, chunksize=4):
            pass
