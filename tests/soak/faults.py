#!/usr/bin/env python3
"""Photos and OUT on a file system that injects faults, for Linux and root: each fault is named, and changes nothing else.

    tests/soak/faults.py reads [N]    every fault of a read, at N offsets of a photo (default 20), its first and last byte among them
    tests/soak/faults.py writes       every call that a run makes on OUT, failing, in three ways
    tests/soak/faults.py lies         files whose size is a lie, calls before the reads

Needs FAULTFS, the path of a faultfs program. WITHOUT=hangs leaves a fault of a read out, and says so. JPEGASUS is the program (default: built here, release). With
Pillow, a photo with a flipped bit that comes out all the same is shown to that decoder too. What is not there is said
loudly; without FAULTFS, exit code 3.
"""

import collections, os, pathlib, shutil, subprocess, sys, tempfile, threading, time

from soak import PHOTOS, absent, check, crop, faulty, kinds, leftovers, outputs, program

# What a decoder says of bytes that are not those of a photo.
DAMAGE = {"not-jpeg", "truncated", "corrupt", "unsupported"}
# The fault; its rule at an offset; kinds that name it; whether a right output will do as well.
READS = [
    ("EIO", "read EIO off={range}", {"unreadable"}, False),
    # Who reads the rest of a part that came short meets a drive that answers again.
    ("EIO once", "read EIO off={range} count=1", {"unreadable"}, True),
    ("ESTALE", "read ESTALE off={range}", {"unreadable"}, False),
    ("short", "read short=1000 off={range}", set(), True),
    ("shrinks", "read eof={at} off={range}", {"changed-while-read"}, False),
    ("grows", "read delay=900 off={range} count=1", {"changed-while-read"}, False),
    ("slow", "read delay=200 off={range} count=1", set(), True),
    ("hangs", "read hang off={range}", {"timed-out"}, False),
    ("gone", "read gone off={range}", {"unreadable"}, False),
    ("a bit flips", "read flip off={range}", DAMAGE, None),
    ("512 zeros", "read zero off={zeros}", DAMAGE, None),
]
LIES = [
    ("EIO on opening", "{name} open EIO", "unreadable"),
    ("ESTALE on opening", "{name} open ESTALE", "unreadable"),
    ("EACCES on opening", "{name} open EACCES", "unreadable"),
    ("its size is a lie, 0", "{name} getattr,lookup size=0", "changed-while-read"),
    ("its size is a lie, large", "{name} getattr,lookup size=9m", "changed-while-read"),
]
WRITES = ["mkdir", "create", "write", "flush", "fsync", "rename", "link", "unlink", "lookup", "getattr", "open"]


class Drive:
    """A folder of photos, one of them to be hurt, and what comes of them."""

    def __init__(self, folder):
        self.backing, self.mount, self.out = folder / "drive", folder / "mount", folder / "out"
        shutil.copytree(PHOTOS / "library", self.backing)
        self.victim = sorted(path for path in self.backing.rglob("*.jpg") if path.stat().st_size > 150_000)[0]
        self.size = self.victim.stat().st_size
        self.name = str(self.victim.relative_to(self.backing))
        check(crop(self.backing, folder / "expected").returncode == 0, "a run on good photos")
        self.expected = outputs(folder / "expected")

    def check_rest(self, what):
        """Checks all but the victim, and returns its output."""
        there = outputs(self.out)
        others = {name for name in self.expected if name != self.name}
        check(others <= set(there), f"{what}: others are not there: {sorted(others - set(there))}")
        check(all(self.expected[name] == there[name] for name in others), f"{what}: others differ")
        check(not leftovers(self.out), f"{what}: {leftovers(self.out)}")
        return there.get(self.name)


def hurt(drive, fault, rule, at):
    """Runs with one fault; returns the exit code, the kinds that were told and what was said."""
    shutil.rmtree(drive.out, ignore_errors=True)
    rule = rule.format(range=f"{at}-{at + 1}", at=at, zeros=f"{at}-{at + 512}")
    more = ["--read-timeout", "1"] if fault == "hangs" else []
    with faulty(drive.backing, drive.mount, f"{drive.victim.name} {rule}\n* read direct\n") as log:
        rules = log.parent / "rules"
        command = [program(), "crop", str(drive.mount), "-o", str(drive.out), "-q", *more]
        running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        # A process with a thread in such a call may not end before the call does.
        timer = threading.Timer(6, lambda: rules.write_text("\n"))
        timer.start()
        if fault == "grows":
            # The read has begun by then, and waits.
            time.sleep(0.45)
            with open(drive.mount / drive.name, "ab") as file:
                file.write(b"more")
        said = running.communicate()[1]
        timer.cancel()
    if fault == "grows":
        os.truncate(drive.victim, drive.size)
    return running.returncode, kinds(said), said


def pillow():
    try:
        from PIL import Image
    except ImportError:
        print("ABSENT: Pillow: what comes out of flipped bits is shown to no other decoder", file=sys.stderr)
        return None
    return Image


def takes(image, drive, fault, at):
    """Tells whether another decoder sees nothing wrong with a photo either."""
    import io, warnings

    data = bytearray(drive.victim.read_bytes())
    for place in range(at, min(at + (512 if fault == "512 zeros" else 1), len(data))):
        data[place] = 0 if fault == "512 zeros" else data[place] ^ 1 << place % 8
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            image.open(io.BytesIO(data)).load()
        return True
    except Exception:
        return False


def reads(folder, count):
    drive, image = Drive(folder), pillow()
    offsets = sorted({round(part * (drive.size - 1) / (count - 1)) for part in range(count)})
    cells = 0
    for fault, rule, wanted, may_be_right in READS:
        if fault == os.environ.get("WITHOUT"):
            print(f"LEFT OUT: {fault}", file=sys.stderr)
            continue
        told, agreed, begun = collections.Counter(), 0, time.monotonic()
        for at in offsets:
            what = f"{fault} at {at} of {drive.size}"
            code, found, said = hurt(drive, fault, rule, at)
            there = outputs(drive.out)
            check(code in ((0, 1, 5) if fault in ("hangs", "gone") else (0, 1)), f"{what}: exit {code}: {said}")
            check(set(found) <= wanted, f"{what}: told {found}: {said}")
            if fault == "gone":
                # All that was not read by then is named.
                check(all(drive.expected[name] == there[name] for name in there), f"{what}: a false output")
                check(len(there) + len(found) == len(drive.expected), f"{what}: {len(there)} outputs, {len(found)} named")
                told["unreadable"] += len(found) > 0
            else:
                mine = drive.check_rest(what)
                check(len(found) == (mine is None), f"{what}: told {found}: {said}")
                if mine is not None and may_be_right is None:
                    told["a picture"] += 1
                    agreed += bool(image) and takes(image, drive, fault, at)
                else:
                    check(mine is None or (may_be_right and mine == drive.expected[drive.name]), f"{what}: a false output")
                    told[found[0] if found else "right"] += 1
            again = crop(drive.backing, drive.out)
            check(again.returncode in (0, 1 if may_be_right is None else 0), f"{what}: again: {again.stderr}")
            if may_be_right is not None:
                check(outputs(drive.out) == drive.expected, f"{what}: again: outputs differ")
            cells += 1
        results = ", ".join(f"{many} {kind}" for kind, many in told.most_common())
        other = f" ({agreed} of these pass Pillow as well)" if told["a picture"] and image else ""
        print(f"{fault}, {len(offsets)} offsets: {results}{other}; {time.monotonic() - begun:.0f} s")
    print(f"{cells} cells of reads")


def lies(folder, _):
    drive = Drive(folder)
    for fault, rule, kind in LIES:
        shutil.rmtree(drive.out, ignore_errors=True)
        with faulty(drive.backing, drive.mount, rule.format(name=drive.victim.name) + "\n* read direct\n"):
            ran = crop(drive.mount, drive.out)
        check(drive.check_rest(fault) is None and ran.returncode == 1, f"{fault}: exit {ran.returncode}")
        check(kinds(ran.stderr) == [kind], f"{fault}: {ran.stderr}")
        print(f"{fault}: {kind}")


def writes(folder, _):
    drive, total = Drive(folder), 0
    for call in WRITES:
        codes, begun = collections.Counter(), time.monotonic()
        for error in ["EIO", "ENOSPC", "EACCES"]:
            nth, hit = 0, True
            while hit:
                nth += 1
                what = f"{call} number {nth} with {error}"
                hit, code = fail_once(folder, drive, what, f"* {call} {error} after={nth} count=1\n")
                codes[code] += hit
        total += sum(codes.values())
        spread = ", ".join(f"{many} exit {code}" for code, many in sorted(codes.items()))
        print(f"{call}: {sum(codes.values())} calls failed: {spread or 'there are none'}; {time.monotonic() - begun:.0f} s")
    print(f"{total} calls failed")


def fail_once(folder, drive, what, rule):
    """Runs with one call on OUT failing; returns whether it was made, and the exit code."""
    backing, expected = folder / "backing", drive.expected
    shutil.rmtree(backing, ignore_errors=True)
    backing.mkdir()
    with faulty(backing, drive.mount, rule) as log:
        ran = crop(drive.backing, drive.mount / "out", "--sync", "each")
        hit = log.exists() and log.stat().st_size > 0
    out = backing / "out"
    there = outputs(out) if out.exists() else {}
    check(all(expected[path] == there[path] for path in there), f"{what}: a false output")
    check(ran.returncode in (0, 1, 2, 4), f"{what}: exit {ran.returncode}: {ran.stderr}")
    check(there == expected or (ran.returncode != 0 and ran.stderr), f"{what}: silent: {ran.stderr}")
    ran_again = crop(drive.backing, out)
    check(ran_again.returncode == 0 and outputs(out) == expected, f"{what}: again: {ran_again.stderr}")
    check(not leftovers(out), what)
    return hit, ran.returncode


def main():
    jobs = {"reads": reads, "writes": writes, "lies": lies}
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in jobs:
        print(__doc__)
        return 2
    if os.geteuid() != 0:
        absent("root, to mount file systems")
    if "FAULTFS" not in os.environ:
        absent("FAULTFS, the path of a faultfs program")
    os.environ["JPEGASUS"] = program()
    with tempfile.TemporaryDirectory() as folder:
        jobs[sys.argv[1]](pathlib.Path(folder), int(sys.argv[2]) if len(sys.argv) == 3 else 20)
    print(f"faults {sys.argv[1]}: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
