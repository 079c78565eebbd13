#!/usr/bin/env python3
"""How good thumbnails look: SSIMULACRA2 of each tool's pictures of the corpus's photos at 64, 256 and 1024 pixels.

    quality.py CORPUS --jpegasus PATH --vipsthumbnail PATH --yardstick PATH --scratch DIR --json PREFIX

The reference is a full decode and Lanczos3 in floating point, see `yardstick/src/reference.rs`. All tools write
quality 85 and 4:2:0. A table for each size goes to stdout, all scores to PREFIX-SIZE.json.
"""
import argparse
import csv
import shutil
import subprocess
import sys
from pathlib import Path

SIZES = (64, 256, 1024)


def photos(corpus, size):
    """The clean photos of 8 bits that are larger than the thumbnail; names without what tools read a meaning into."""
    for row in csv.DictReader((corpus / "manifest.csv").open(newline="")):
        is_clean = row["djpeg"] == "clean" and row["precision"] == "8" and row["sof"] in ("0", "1", "2")
        if is_clean and row["category"] == "photos" and max(int(row["width"]), int(row["height"])) > size:
            path = Path(row["path"])
            yield corpus / path, "".join(c if c.isalnum() or c in "-_." else "_" for c in path.stem) + ".jpg"


def made(tool, size, input_, outs):
    """Runs each tool; returns its folder."""
    listed = sorted(map(str, input_.iterdir()))
    recipe = f"orient,inside={size}x{size},jpeg=85,keep=none"
    commands = {
        "jpegasus": [tool.jpegasus, "crop", "-q", "--sync", "none", "-s", str(size), input_, "-o", "{out}"],
        "vipsthumbnail": [tool.vipsthumbnail, "-s", f"{size}x{size}>",
                          "-o", "{out}/%s.jpg[Q=85,subsample-mode=on,strip]", *listed],
        "libjpeg-turbo pipeline": [tool.yardstick, "thumbs", "--recipe", recipe, "-o", "{out}", input_],
    }
    for name, command in commands.items():
        if command[0]:
            out = outs / name
            out.mkdir(parents=True)
            words = [str(word).replace("{out}", str(out)) for word in command]
            subprocess.run(words, check=True, stdout=sys.stderr)
            shutil.rmtree(out / ".jpegasus", ignore_errors=True)
            yield str(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    for name in ("jpegasus", "vipsthumbnail", "yardstick", "scratch", "json", "commit"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--absent", action="append", default=[])
    tool = parser.parse_known_args()[0]
    if not tool.yardstick:
        sys.exit("quality.py: needs the yardstick")
    for size in SIZES:
        place = Path(tool.scratch) / f"quality-{size}"
        input_ = place / "photos"
        input_.mkdir(parents=True)
        for source, name in photos(tool.corpus, size):
            shutil.copyfile(source, input_ / name)
        count = len(list(input_.iterdir()))
        outs = list(made(tool, size, input_, place / "outs"))
        recipe = f"orient,inside={size}x{size},jpeg=85,keep=none"
        print(f"## SSIMULACRA2 at {size} pixels, {count} photos, commit {tool.commit}\n", flush=True)
        subprocess.run([tool.yardstick, "quality", "--recipe", recipe, "--json", f"{tool.json}-{size}.json",
                        input_, *outs], check=True)
        print(flush=True)
        shutil.rmtree(place)
    for line in tool.absent:
        print(f"* LEFT OUT: {line}")


if __name__ == "__main__":
    main()
