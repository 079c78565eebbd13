#!/usr/bin/env python3
"""Full disks, power cuts and second runs, for Linux and root; and what the other scripts here share.

    tests/soak/soak.py full-disk      tmpfs and ext4 at POINTS fill levels (default 200); SYSTEMS=ext4 takes one of them
    tests/soak/soak.py power-cut      the trees that a power cut may leave of OUT, before every call of a run of COUNT photos (default 100)
    tests/soak/soak.py second-run     2,000 photos, done again

PHOTOS names a folder of good photos (default: fixtures/photos); JPEGASUS the program (default: built
here, release). `power-cut` needs FAULTFS, the path of a faultfs program, and CRASHSTATES, the path of its
crashstates.py; STATES=N takes N of the moments. What is not there is said loudly, and exit code 3.
"""

import contextlib, importlib.machinery, importlib.util, json, os, pathlib, shutil, signal, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# One of so many states after a power cut is completed, and all are looked at; odd, to meet each loss.
EVERY = 15
PHOTOS = pathlib.Path(os.environ.get("PHOTOS", ROOT / "fixtures/photos"))


def program():
    if "JPEGASUS" in os.environ:
        return os.environ["JPEGASUS"]
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=ROOT, check=True)
    return str(ROOT / "target/release/jpegasus")


def absent(what):
    print(f"ABSENT: {what}", file=sys.stderr)
    sys.exit(3)


def outputs(out):
    """Every output by its path: no file of the program's own."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".jpegasus" not in path.parts and "lost+found" not in path.parts
    }


def leftovers(out):
    return [path for path in out.rglob("*.part") if path.is_file()]


def crop(photos, out, *more, **options):
    command = [program(), "crop", str(photos), "-o", str(out), "-q", *more]
    return subprocess.run(command, capture_output=True, text=True, **options)


def check(condition, what):
    if not condition:
        print(f"FAILED: {what}", file=sys.stderr)
        sys.exit(1)


@contextlib.contextmanager
def mounted(*command, at):
    at.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", *command, str(at)], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def copies(drive, count):
    """Makes so many small photos in three folders."""
    small = sorted(path for path in (ROOT / "fixtures/photos").rglob("*.jp*g") if path.stat().st_size < 20_000)
    for at in range(count):
        photo = drive / "abc"[at % 3] / f"{at:04}.jpg"
        photo.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(small[at % len(small)], photo)


def undisturbed(folder):
    out = folder / "undisturbed"
    ran = crop(PHOTOS, out)
    check(ran.returncode == 0, f"a run on good photos: {ran.stderr}")
    return outputs(out)


def fill(disk, free):
    """Leaves so many bytes of room, give or take a block."""
    with open(disk / "filler", "wb", buffering=0) as file:
        block = 1 << 20
        while block >= 4096:
            try:
                if file.write(bytes(block)) < block:
                    block //= 2
            except OSError:
                block //= 2
        os.fsync(file.fileno())
        file.truncate(max(file.tell() - free, 0))
    os.sync()


def full_disk(folder):
    expected = undisturbed(folder)
    need = sum((len(content) + 4095) // 4096 * 4096 for content in expected.values())
    image = folder / "image"
    levels = int(os.environ.get("POINTS", "200")) // 2
    for system in os.environ.get("SYSTEMS", "tmpfs,ext4").split(","):
        counts, begun = [], time.monotonic()
        # ext4 keeps some blocks back, and gives them away at last.
        most = need if system == "tmpfs" else need * 9 // 10
        for level in range(levels):
            free = most * level // levels
            if system == "tmpfs":
                mount = ["-t", "tmpfs", "-o", f"size={need + (16 << 20)}", "none"]
            else:
                with open(image, "wb") as file:
                    file.truncate(need + (48 << 20))
                subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(image)], check=True)
                mount = ["-o", "loop", str(image)]
            with mounted(*mount, at=folder / system) as disk:
                out = disk / "out"
                # The folders are made first: it is files that the disk has no room for.
                (out / ".jpegasus/tmp").mkdir(parents=True)
                fill(disk, free)
                ran = crop(PHOTOS, out)
                there = outputs(out)
                what = f"{system}, room for {free >> 10} KiB of {need >> 10}"
                check(ran.returncode == 4, f"{what}: exit {ran.returncode}: {ran.stderr}")
                check("make room" in ran.stderr, f"{what}: {ran.stderr}")
                check(all(expected.get(name) == there[name] for name in there), f"{what}: a false output")
                check(not leftovers(out), f"{what}: {leftovers(out)}")
                (disk / "filler").unlink()
                ran = crop(PHOTOS, out)
                check(ran.returncode == 0, f"{what}: again: exit {ran.returncode}: {ran.stderr}")
                check(outputs(out) == expected, f"{what}: again: outputs differ")
                counts.append(len(there))
        said = f"exit 4 with {min(counts)} to {max(counts)} of {len(expected)} outputs, then complete"
        print(f"{system}, {levels} fill levels: {said}; {time.monotonic() - begun:.0f} s")


@contextlib.contextmanager
def faulty(backing, at, rules, *options):
    at.mkdir(parents=True)
    rules_file = at.parent / "rules"
    rules_file.write_text(rules)
    log = at.parent / "log"
    log.unlink(missing_ok=True)
    command = [os.environ["FAULTFS"], str(backing), str(at), "--rules", str(rules_file), "--log", str(log), *options]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        # Asking the file system itself could meet the fault.
        mounts = pathlib.Path("/proc/self/mounts")
        for _ in range(1500):
            if is_mounted := f" {at} " in mounts.read_text():
                break
            time.sleep(0.02)
        check(is_mounted, "faultfs mounts")
        yield log
    finally:
        subprocess.run(["umount", "-l", str(at)], check=False)
        server.send_signal(signal.SIGTERM)
        server.wait()
        at.rmdir()


def kinds(stderr):
    found = []
    for line in stderr.splitlines():
        head = line.removeprefix("jpegasus: ").split(" (")[0]
        if ": " in head and not head.startswith("hint: "):
            found.append(head.rsplit(": ", 1)[1])
    return found


def power_cut(folder):
    for need in ["FAULTFS", "CRASHSTATES"]:
        if need not in os.environ:
            absent(need)
    drive = folder / "drive"
    copies(drive, int(os.environ.get("COUNT", "100")))
    expected_out = folder / "expected"
    check(crop(drive, expected_out, "-s", "24").returncode == 0, "a run on good photos")
    expected = outputs(expected_out)
    backing, base, mount, record = (folder / part for part in ["backing", "base", "mount", "record"])
    backing.mkdir()
    base.mkdir()
    with faulty(backing, mount, "", "--record", str(record)):
        # One call for a whole file system (`--sync batch`) is not seen by FUSE; a call for each file is.
        ran = crop(drive, mount / "out", "-s", "24", "--sync", "each")
        check(ran.returncode == 0, f"the recorded run: {ran.stderr}")
    crashstates = load(os.environ["CRASHSTATES"])
    calls, content = crashstates.load(str(record))
    moments = min(int(os.environ.get("STATES", "1000000")), len(calls))
    states, completed, begun = 0, 0, time.monotonic()
    with tempfile.TemporaryDirectory(dir=os.environ.get("SCRATCH", "/dev/shm")) as state:
        out = pathlib.Path(state) / "tree/out"
        for moment in sorted({round(part * len(calls) / moments) for part in range(moments + 1)}):
            for loss in ["ordered", "nodata", "zeros", "noname"]:
                what = f"before call {moment + 1}, {loss}"
                crashstates.build(calls, content, moment, loss, str(base), str(out.parent))
                there = outputs(out) if out.exists() else {}
                false = [name for name in there if expected.get(name) != there[name]]
                check(not false, f"{what}: false outputs: {false[:3]}")
                if states % EVERY == 0:
                    ran = crop(drive, out, "-s", "24", "--sync", "none")
                    check(ran.returncode == 0, f"{what}: again: {ran.stderr}")
                    check(outputs(out) == expected and not leftovers(out), f"{what}: again: outputs differ")
                    completed += 1
                states += 1
    print(f"{len(calls)} calls, {states} states, {completed} of them completed by the same command: {time.monotonic() - begun:.0f} s")


def load(path):
    """Returns a Python program as a module."""
    loader = importlib.machinery.SourceFileLoader("crashstates", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("crashstates", loader))
    # It may lie where nothing can be written.
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def second_run(folder):
    photos = [path for path in sorted(PHOTOS.rglob("*")) if path.is_file() and path.stat().st_size < 5 << 20]
    photos = [path for path in photos if path.read_bytes()[:2] == b"\xff\xd8"]
    drive, out = folder / "drive", folder / "out"
    for number in range(2000):
        to = drive / f"{number // 100:03}" / f"IMG_{number:05}.jpg"
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photos[number % len(photos)], to)
    times, rows = [], folder / "rows.jsonl"
    for _ in range(2):
        begun = time.monotonic()
        ran = crop(drive, out, "--report", str(rows))
        times.append(time.monotonic() - begun)
    results = [json.loads(line)["result"] for line in rows.read_text().splitlines()]
    check(set(results) <= {"already-there", "failed"}, f"{set(results)}")
    made = {path: path.stat() for path in out.rglob("*.jpg")}
    for number in range(0, 2000, 100):
        photo = drive / f"{number // 100:03}" / f"IMG_{number:05}.jpg"
        photo.write_bytes((PHOTOS / "names/SHOUTING.JPG").read_bytes() if PHOTOS == ROOT / "fixtures/photos" else photos[(number + 7) % len(photos)].read_bytes())
    crop(drive, out, "--report", str(rows))
    results = [json.loads(line)["result"] for line in rows.read_text().splitlines()]
    changed = [path for path, was in made.items() if (was.st_ino, was.st_mtime_ns) != (path.stat().st_ino, path.stat().st_mtime_ns)]
    check(results.count("written") == len(changed) <= 20, f"{results.count('written')} written, {len(changed)} changed")
    print(f"first run {times[0]:.2f} s, second {times[1]:.2f} s: {times[1] / times[0]:.2%}; then {len(changed)} of 20 changed photos made again")
    check(times[1] <= 0.03 * times[0], "the second run takes at most 3 % of the first")


def main():
    jobs = {"full-disk": full_disk, "power-cut": power_cut, "second-run": second_run}
    if len(sys.argv) != 2 or sys.argv[1] not in jobs:
        print(__doc__)
        return sys.exit(2)
    if sys.argv[1] != "second-run" and os.geteuid() != 0:
        absent("root, to mount file systems")
    with tempfile.TemporaryDirectory() as folder:
        jobs[sys.argv[1]](pathlib.Path(folder))
    print(f"{sys.argv[1]}: passed")


if __name__ == "__main__":
    main()
