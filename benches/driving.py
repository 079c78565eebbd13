"""Emulated drives full of photos: mounting, filling, making cold; what every row of drives.sh shares."""
import json
import os
import random
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

from inputs import REAL, SMALLEST, jpegs
from jpeg_header import dims, with_comment
from measuring import HERE, OURS, Bench, Peer, fail, run, say, version
from pairing import ratios
from reading import places
from telling import median_and_range

FOLDER = 100  # photos in a folder, of the thousands that a camera would allow
CHUNK = 64 << 20  # drivesim cuts its image into pieces of this size
LEAST_PHOTO = 1_000_000  # bytes; smaller ones among PHOTOS are passed over, they are none of a camera's


# ---- photos ------------------------------------------------------------------------------------------------

def originals(photos, fixtures):
    """The photos to copy, as bytes, and what they are."""
    if photos:
        found = [path for path in jpegs(photos) if path.stat().st_size >= LEAST_PHOTO]
        about = f"copies of {len(found)} given photos of 1 MB and more"
    else:
        found = [path for name in REAL for path in jpegs(Path(fixtures, name)) if min(dims(path)) >= SMALLEST]
        about = f"copies of {len(found)} real photos of the fixtures, which are smaller than a camera's"
    if not found:
        fail(f"no photos in {photos or fixtures}")
    return [path.read_bytes() for path in found], about


def fill(folder, photos, count, seed=1):
    """Writes `count` photos in an order that has nothing to do with their paths, as years of use do.

    The names are a camera's, a hundred in a folder. Each file has a comment of its own, is written to its end and
    synced before the next, so that the file system gives it blocks in this order. They are written into one
    folder and then moved: a file system would else keep each folder's files together, in the order of folders.
    """
    numbers = list(range(count))
    random.Random(seed).shuffle(numbers)
    incoming = Path(folder, "incoming")
    incoming.mkdir()
    for number in numbers:
        path = incoming / f"IMG_{number + 1:04}.JPG"
        with open(path, "wb") as file:
            file.write(with_comment(photos[number % len(photos)], f"photo {seed}-{number}"))
            file.flush()
            os.fsync(file.fileno())
    for number in range(count):
        name = f"IMG_{number + 1:04}.JPG"
        target = Path(folder, "DCIM", f"{100 + number // FOLDER}CAMRA")
        target.mkdir(parents=True, exist_ok=True)
        os.rename(incoming / name, target / name)
    incoming.rmdir()
    os.sync()


def likeness(order):
    """How alike the order of paths and that on the drive are: 1 the same, 0 nothing to do with each other.

    Spearman's rank correlation. `order` are paths as they lie.
    """
    rank = {path: index for index, path in enumerate(sorted(order))}
    number = len(order)
    squares = sum((index - rank[path]) ** 2 for index, path in enumerate(order))
    return 1 - 6 * squares / (number * (number * number - 1)) if number > 1 else 1.0


# ---- drives ------------------------------------------------------------------------------------------------

@dataclass
class Model:
    """An emulated drive: by how much it is faster than its model, and whether it lies about itself."""

    model: str
    whole: float = 1  # while whole files are read
    small: float = 1  # while beginnings are read
    lie: str = ""  # 0 or 1: what it says of itself instead of the truth

    @property
    def name(self):
        return self.model + {"": "", "0": ", says that it does not rotate", "1": ", says that it rotates"}[self.lie]

    @property
    def word(self):
        """A name for files."""
        return self.model + (f"-rotational-{self.lie}" if self.lie else "")


class Drive:
    """A mounted model with photos; unmounted at the end of `with`."""

    def __init__(self, options, model, number=0):
        self.program = options.drivesim
        self.model = model
        self.seed = number + 1
        self.folder = Path(options.mounts, f"{model.word}-{number}")
        self.speedup = 1.0

    def call(self, *words):
        done = subprocess.run([self.program, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(f"drivesim {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_):
        try:
            self.call("umount", str(self.folder))
        except OSError as error:
            say(error)
            subprocess.run([self.program, "umount", str(self.folder), "--force"], check=False)

    def mount(self, photos, count):
        """Mounts it, of such a size that `count` photos take three quarters of it, and fills it."""
        size = sum(len(photos[number % len(photos)]) for number in range(count))
        size = max(4, -(-size * 4 // 3 // CHUNK)) * CHUNK
        lie = ["--rotational", self.model.lie] if self.model.lie else []
        self.call("mount", "--model", self.model.model, "--dir", str(self.folder), "--size", f"{size >> 20}M",
                  "--seed", str(self.seed), *lie)
        self.is_instant(True)
        fill(self.folder, photos, count, self.seed)
        self.order = [path for _, path in places(self.folder / "DCIM")]
        self.is_instant(False)
        say(f"{self.model.name}: {count} photos on {size >> 20} MiB; order of paths and of places alike by "
            f"{likeness(self.order):+.2f}")

    def is_instant(self, instant):
        self.call("instant", str(self.folder), "on" if instant else "off")

    def hasten(self, speedup):
        self.speedup = speedup
        self.call("speedup", str(self.folder), str(speedup))

    def stats(self):
        """What was asked of it since the last time."""
        return json.loads(self.call("stats", str(self.folder), "--reset"))


# ---- contenders --------------------------------------------------------------------------------------------

class OnDrives(Bench):
    """What the rows share: nothing is in memory before a run but the programs; each on the same drives."""

    cache = "cold (page cache, folders, inodes and the drive's own cache dropped before every run), but programs"
    load = "whole"  # of Model, what is read

    def __init__(self, options, drives, photos):
        options.input = str(drives[0].folder / "DCIM")
        super().__init__(options)
        self.drives = drives
        self.jpegasus = options.jpegasus
        self.count = sum(len(drive.order) for drive in drives)
        self.of = " and ".join(drive.model.name for drive in drives)
        self.speedup = max(getattr(drive.model, self.load) for drive in drives)
        for drive in drives:
            drive.hasten(self.speedup)
        self.bytes = sum(os.path.getsize(path) for drive in drives for path in drive.order)
        self.notes.append(f"delays of the drive divided by {self.speedup:g}, times below as they were taken"
                          if self.speedup != 1 else "delays of the drive as the model has them")
        self.tiny = self.scratch / "tiny.jpg"
        self.tiny.write_bytes(min(photos, key=len))

    def work(self):
        return f"{self.count:,} photos, {self.bytes / 1e6:,.0f} MB, {self.bytes / self.count / 1e6:.2f} MB each"

    def weight(self):
        return 0

    def chill(self, peer):
        """Drops everything, then has the contender's programs in memory again."""
        self.drives[0].call("cold")
        if peer.name.startswith(OURS):
            warm = [self.jpegasus, "scan", "--check", "header", "--count", str(self.tiny)]
        elif warm := getattr(peer, "warm", None):
            warm = warm + [str(self.tiny), "-o", str(self.scratch / "warm.jpg")]
        else:
            warm = [peer.command[0], str(HERE / "reading.py"), "places", os.devnull]
        subprocess.run(warm, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        for drive in self.drives:
            drive.stats()

    def once(self, peer):
        """The check goes without delays; so does what makes a warm run warm."""
        for drive in self.drives:
            drive.is_instant(True)
        try:
            return self.again(peer)
        finally:
            for drive in self.drives:
                drive.is_instant(False)

    def again(self, peer):
        return super().once(peer)

    def timed(self, peer):
        if getattr(peer, "is_warm", False):
            self.once(peer)
            return self.again(peer)
        self.chill(peer)
        sample = self.again(peer)
        sample["drives"] = [drive.stats() for drive in self.drives]
        return sample

    def in_turn(self, peers, number):
        return random.Random(number).sample(peers, len(peers))

    def rows(self, peers):
        """A row for each contender: time, beside ours, processor, and what was asked of the drive."""
        head = ["contender", "median s", "minimum s", f"time as a ratio to {peers[0].name}", "CPU s", "requests",
                "KiB each", "mean queue"]
        rows = [head]
        for peer in peers:
            wall = [sample["wall"] for sample in peer.samples]
            asked = [drive for sample in peer.samples for drive in sample.get("drives", ())]
            requests = sum(one["reads"] for one in asked)
            size = sum(one["read_bytes"] for one in asked)
            rows.append([
                peer.name, f"{statistics.median(wall):.3f}", f"{min(wall):.3f}",
                median_and_range(ratios(peer, peers[0]), ".2f"),
                f"{statistics.median(sample['user'] + sample['sys'] for sample in peer.samples):.2f}",
                *([f"{requests / len(peer.samples):.0f}", f"{size / 1024 / requests:.0f}",
                   f"{statistics.mean(one['mean_queue'] for one in asked):.1f}"] if requests else ["–"] * 3),
            ])
        return rows


def knows_orders(jpegasus):
    """Whether this jpegasus takes `--read-order`."""
    told = subprocess.run([jpegasus, "crop", "--help"], capture_output=True, text=True, check=False)
    return "--read-order" in told.stdout


def setting(tool, readers, order):
    """The flags of one setting; None where this jpegasus cannot be told."""
    if knows_orders(tool.jpegasus):
        return ["-J", str(readers), "--read-order", order]
    return ["-J", str(readers)] if order == "path" else None


def named(readers, order):
    return f"{OURS}, {readers} × {order}"


def settings(tool, readers, orders=("path", "physical")):
    """(name, flags) of each setting that this jpegasus can be told."""
    for order in orders:
        for number in readers:
            flags = setting(tool, number, order)
            if flags is None:
                absent = f"{named(number, order)}: this jpegasus has no --read-order"
                if absent not in tool.absent:
                    tool.absent.append(absent)
                    say(f"LEFT OUT {absent}")
            else:
                yield named(number, order), flags
