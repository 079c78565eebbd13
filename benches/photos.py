#!/usr/bin/env python3
"""Makes the timing set of the JPEG benches: photos of 8 megapixels and more.

    photos.py DEST CACHE [CORPUS]

Taken are the clean baseline and progressive photos of CORPUS (by its manifest.csv), those of two Debian
packages, and 24-megapixel ones that `camera.py` makes of the latter. CACHE keeps what is fetched and made.
DEST becomes a folder of sets, each a folder of photos:

    baseline/      sequential, each photo twice
    progressive/   progressive, each twice
    lossless/WxH/  the baseline ones that are stored upright, by size, each sixteen times
    previews/      those whose Exif preview has the photo's aspect and 160 pixels, each several times
    large/         the sequential ones of 24 megapixels

and DEST/manifest.sha256 with the sum, name and origin of each. Copies differ by a comment, so that no cache
answers for another file. What cannot be had is left out, loudly; sums that are not those of `photos.sha256`
are told, because then figures of two machines are not of the same bytes.
"""
import csv
import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from jpeg_header import FRAMES, dims, exif_of, segments, with_comment

HERE = Path(__file__).resolve().parent
SMALLEST = 8_000_000  # pixels
COPIES = {"baseline": 2, "progressive": 2, "lossless": 16, "previews": 6, "large": 2}
# Debian 12; the licence of each photo is in the package's copyright file (CC0, CC BY or CC BY-SA).
PACKAGES = {
    "lomiri-wallpapers-16.04=20.04.0-2": [
        "Bridge_by_Sander_Klootwijk.jpg", "Dragonfly_by_Bolly.jpg", "Wine_by_Jakkub_Mede.jpg",
        "seeding_by_Clements_Engelhardt.jpg", "sunset_by_Aitzol_Berasategi.jpg", "umang_by_Abhishek_Mudgal.jpg",
    ],
    "lomiri-wallpapers-20.04=20.04.0-2": ["Kleiber_by_Lukas_Baubkus.jpg"],
}


@dataclass
class Photo:
    """A photo of the set, before it is copied."""

    origin: str
    data: bytes
    is_progressive: bool
    is_large: bool = False


def loudly(text):
    print(f"\n!!! {text}\n", file=sys.stderr, flush=True)


def sum_of(data):
    return hashlib.sha256(data).hexdigest()


def known():
    """The sums that are expected, by name."""
    lines = (HERE / "photos.sha256").read_text().splitlines()
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines if not line.startswith("#"))}


# ---- where photos come from --------------------------------------------------------------------------------

def fetch(cache):
    """Gets the registry photos into CACHE/registry; returns those that are there, by name."""
    folder = cache / "registry"
    folder.mkdir(parents=True, exist_ok=True)
    for package, names in PACKAGES.items():
        if all((folder / name).exists() for name in names):
            continue
        with tempfile.TemporaryDirectory(dir=cache) as place:
            try:
                subprocess.run(["apt-get", "download", "-q", package], cwd=place, check=True, stdout=sys.stderr)
                archive = next(Path(place).glob("*.deb"))
                subprocess.run(["dpkg", "-x", archive, place], check=True)
                for name in names:
                    os.replace(Path(place, "usr/share/backgrounds", name), folder / name)
            except (OSError, subprocess.CalledProcessError, StopIteration) as error:
                loudly(f"no photos of {package} ({error}); needs apt-get and dpkg of Debian 12, and apt-get update")
    return {path.name: path for path in sorted(folder.iterdir())}


def made(cache, registry):
    """The 24-megapixel photos, made once and kept in CACHE/made."""
    folder = cache / "made"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import camera
    except ImportError as error:
        loudly(f"no 24-megapixel photos: {error}; needs Pillow and numpy")
        return
    for shot in camera.SHOTS:
        for is_progressive in (False, True)[: 1 + (shot.name in camera.PROGRESSIVE)]:
            name = f"{shot.name}-progressive.jpg" if is_progressive else f"{shot.name}.jpg"
            if shot.source not in registry:
                loudly(f"no {name}: its source {shot.source} is not there")
                continue
            path = folder / name
            if not path.exists():
                print(f"making {name}", file=sys.stderr, flush=True)
                part = folder / "part"
                part.write_bytes(camera.make(shot, registry[shot.source], is_progressive))
                os.replace(part, path)
            yield Photo(name, path.read_bytes(), is_progressive, is_large=not is_progressive)


def corpus(folder):
    """The corpus's photos of 8 bits and 8 megapixels that djpeg decodes without a word."""
    for row in csv.DictReader((folder / "manifest.csv").open(newline="")):
        is_clean = row["djpeg"] == "clean" and row["precision"] == "8" and row["sof"] in ("0", "1", "2")
        if not is_clean or row["category"] == "broken" or int(row["width"]) * int(row["height"]) < SMALLEST:
            continue
        data = (folder / row["path"]).read_bytes()
        if sum_of(data) != row["sha256"]:
            loudly(f"{row['path']} is not what the manifest says; left out")
            continue
        yield Photo(Path(row["path"]).name, data, row["sof"] == "2")


# ---- sets --------------------------------------------------------------------------------------------------

def frame_of(data):
    """Whether the frame is progressive."""
    return next(marker for _, marker, _ in segments(data) if marker in FRAMES) == 0xC2


def has_fit_preview(data):
    """Whether its preview is a thumbnail of 160 pixels as it stands: large enough, of the photo's aspect."""
    facts = exif_of(data)
    if not facts.preview:
        return False
    width, height = dims(data)
    try:
        across, down = dims(facts.preview)
    except ValueError:
        return False
    gap = abs(across * height / (down * width) - 1)
    return max(across, down) >= 160 and gap <= 0.01


def sets(photo):
    """The sets that a photo belongs to."""
    if photo.is_progressive:
        yield "progressive"
        return
    yield "baseline"
    if exif_of(photo.data).orientation == 1:
        yield "lossless"
    if has_fit_preview(photo.data):
        yield "previews"
    if photo.is_large:
        yield "large"


def lay(photos, dest):
    """Writes every copy of every photo, and the manifest."""
    lines = []
    for number, photo in enumerate(photos):
        for name in sets(photo):
            folder = Path(name, "%dx%d" % dims(photo.data)) if name == "lossless" else Path(name)
            (dest / folder).mkdir(parents=True, exist_ok=True)
            for copy in range(COPIES[name]):
                path = folder / f"{copy}{number:04}.jpg"
                data = with_comment(photo.data, f"copy {copy} for {name}")
                (dest / path).write_bytes(data)
                lines.append(f"{sum_of(data)}  {path}  # {photo.origin}")
    (dest / "manifest.sha256").write_text("\n".join(lines) + "\n")
    return lines


def main(dest, cache, folder=None):
    dest, cache = Path(dest), Path(cache)
    registry = fetch(cache)
    photos = [Photo(name, path.read_bytes(), frame_of(path.read_bytes())) for name, path in registry.items()]
    photos += made(cache, registry)
    sums = known()
    odd = [photo.origin for photo in photos if sums.get(photo.origin) != sum_of(photo.data)]
    if odd:
        loudly(f"not the bytes of photos.sha256 (another Pillow, numpy or package?): {', '.join(odd)}")
    if folder:
        photos += corpus(Path(folder))
    else:
        loudly("no CORPUS: the set is of registry photos and made ones only")
    lines = lay(photos, dest)
    print(f"{len(photos)} photos, {len(lines)} files, "
          f"{sum(path.stat().st_size for path in dest.rglob('*.jpg')) / 1e6:.0f} MB", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
