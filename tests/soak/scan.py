#!/usr/bin/env python3
"""Scans of drives that fail, vanish, hang and never end, for Linux and root, and of a million files.

    tests/soak/scan.py                     faults, endless and hangs
    tests/soak/scan.py faults|endless|hangs|million

All but `million` need FAULTFS, the path of a faultfs program; `million` needs MKTREE, the path of a mktree.py, and
a minute and 5 GB in the folder for temporary files. ENGINES=auto,serial takes these engines only. JPEGASUS is the program (default: built here, release). What is not there is
said loudly, and exit code 3.
"""

import contextlib, json, os, pathlib, subprocess, sys, tempfile, threading, time

from soak import absent, check, faulty, kinds, program

ENGINES = os.environ.get("ENGINES", "auto,native,sweep,serial").split(",")
# What is wrong; the rule; faults that are told, by kind; photos that are not found, by a part of their paths.
FAULTS = [
    ("nothing", "", [], None),
    ("EIO on opening a folder", "d3 opendir EIO", ["unreadable"], "/d3/"),
    ("ESTALE on listing a folder", "d3/e readdir ESTALE", ["unreadable"], "/d3/e/"),
    ("EIO in the middle of listing", "many readdir EIO after=3", ["unreadable"], "/many/"),
    ("EACCES on opening", "d1/e opendir EACCES", ["unreadable"], "/d1/e/"),
    ("a folder that vanishes", "d3 lookup,opendir ENOENT", ["unreadable"], "/d3/"),
    ("a small listing that begins anew", "d2 readdir repeat", ["endless"], None),
    ("a large listing that begins anew", "many readdir repeat", ["endless"], None),
    ("no descriptors for a moment", "d4 opendir EMFILE count=2", [], None),
    ("a slow folder", "d5 opendir delay=300", [], None),
]
HANGS = [
    ("a folder that is never opened", "d3 opendir hang", "/d3/"),
    ("a folder that is never listed", "d3/e readdir hang", "/d3/e/"),
]


def fill(folder, many=3000):
    """Makes a small drive; returns its photos."""
    for at in range(6):
        inner = folder / f"d{at}/e"
        inner.mkdir(parents=True)
        for name in "abcde":
            (inner / f"{name}.jpg").write_bytes(b"x")
            (inner.parent / f"{name}.JPG").write_bytes(b"x")
    (folder / "many").mkdir()
    for at in range(many):
        (folder / f"many/{at}.jpg").touch()
    return sorted("/" + str(path.relative_to(folder)) for path in folder.rglob("*.*"))


def scan(folder, *more):
    """Scans; returns exit code, the photos beneath the folder and the kinds of faults."""
    start = time.monotonic()
    command = [program(), "scan", str(folder), *more]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    check("panicked" not in ran.stderr, f"no panic: {ran.stderr}")
    found = [line.removeprefix(str(folder)) for line in ran.stdout.splitlines()]
    return ran.returncode, found, kinds(ran.stderr), time.monotonic() - start


def faults(backing, at, photos):
    for what, rule, expected, lost in FAULTS:
        for engine in ENGINES:
            with faulty(backing, at, rule + "\n"):
                code, found, told, seconds = scan(at, "--engine", engine)
            wanted = [path for path in photos if not lost or lost not in path]
            if "middle" in what:  # what was listed before the fault is there
                wanted = sorted(set(wanted) | {path for path in found if lost in path})
            check(found == wanted, f"{what}, {engine}: {len(found)} photos, {len(wanted)} expected")
            check(told == expected, f"{what}, {engine}: told {told}")
            check(code == (1 if expected else 0), f"{what}, {engine}: exit code {code}")
            check(seconds < 20, f"{what}, {engine}: {seconds:.1f} s")
        print(f"{what}: passed")


def endless(backing, at, photos):
    for engine in ENGINES:
        with faulty(backing, at, "", "--dirloop", "DCIM"):
            code, found, told, seconds = scan(at, "--engine", engine)
        check(code == 1 and set(told) == {"endless"}, f"endless folders, {engine}: exit {code}, {set(told)}")
        check(set(photos) <= set(found), f"endless folders, {engine}: photos are lost")
        check(len(told) <= 20, f"endless folders, {engine}: each way in is told once, not {len(told)} times")
    print(f"folders that contain the root again: passed, {seconds:.1f} s")


@contextlib.contextmanager
def released(rules, after):
    """Lets hanging calls go in the end: a process with such a thread cannot end before."""
    timer = threading.Timer(after, lambda: rules.write_text("\n"))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        rules.write_text("\n")


def hangs(backing, at, photos):
    for what, rule, lost in HANGS:
        for engine in ENGINES[:3]:
            with faulty(backing, at, rule + "\n"), released(at.parent / "rules", after=8):
                code, found, told, _ = scan(at, "--engine", engine, "--read-timeout", "2")
            wanted = [path for path in photos if lost not in path]
            check(found == wanted, f"{what}, {engine}: {len(found)} photos, {len(wanted)} expected")
            check((code, told) == (1, ["timed-out"]), f"{what}, {engine}: exit {code}, told {told}")
        print(f"{what}: passed")


# Started by a small process: the memory of who starts a program counts as its own.
MEASURE = """
import os, sys
process = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(process, 0)
open(sys.argv[1], "w").write(str(usage.ru_maxrss * 1024))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def million(folder):
    """A million files, found by every engine with any number of threads, in little memory; some come and go."""
    if not os.path.exists(os.environ.get("MKTREE", "")):
        absent("MKTREE, the path of a mktree.py")
    tree, listed = folder / "tree", folder / "listed"
    make = [sys.executable, os.environ["MKTREE"], "photo", str(tree), "--scale", "5", "--bytes", "0", "--list", str(listed)]
    made = json.loads(subprocess.run(make, check=True, stdout=subprocess.PIPE).stdout)
    check(made["files"] >= 900_000, f"{made['files']} files were made")
    files = made["files"]
    with open(listed, "rb") as names:
        expected = sorted(os.fsencode(tree) + b"/" + name for name in names.read().split(b"\0") if name)
    is_over = threading.Event()

    def come_and_go():
        at = 0
        while not is_over.is_set():
            name = tree / f"comes-and-goes-{at}"
            name.touch()
            name.rename(f"{name}-renamed")
            pathlib.Path(f"{name}-renamed").unlink()
            at += 1

    churn = threading.Thread(target=come_and_go)
    churn.start()
    try:
        for engine in ENGINES:
            for threads in ["1", "2", "8"]:
                begun = time.monotonic()
                command = [program(), "scan", str(tree), "-0", "-e", "jpg,jpeg", "--engine", engine, "-J", threads]
                ran = subprocess.run([sys.executable, "-c", MEASURE, str(folder / "peak"), *command], stdout=subprocess.PIPE)
                found = ran.stdout.split(b"\0")[:-1]
                what = f"{files} files, {engine}, {threads} threads"
                check(ran.returncode == 0, f"{what}: exit {ran.returncode}")
                check(found == expected, f"{what}: {len(found)} photos, {len(expected)} expected")
                # What a scan may take, and 24 bytes a photo besides its path.
                most = (64 << 20) + sum(len(path) + 24 for path in expected)
                peak = int((folder / "peak").read_text())
                check(peak <= most, f"{what}: {peak >> 20} MiB")
                print(f"{what}: {len(found)} photos, {time.monotonic() - begun:.1f} s, {peak >> 20} MiB")
    finally:
        is_over.set()
        churn.join()


JOBS = {"faults": faults, "endless": endless, "hangs": hangs}


def main():
    jobs = sys.argv[1:] or list(JOBS)
    if not set(jobs) <= {*JOBS, "million"}:
        print(__doc__)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder)
        if "million" in jobs:
            million(top)
            jobs.remove("million")
        if jobs and os.geteuid() != 0:
            absent("root, to mount file systems")
        if jobs and not os.access(os.environ.get("FAULTFS", ""), os.X_OK):
            absent("FAULTFS, the path of a faultfs program")
        for job in jobs:
            backing = top / job
            backing.mkdir()
            # What has no end is gone through some hundred times.
            photos = fill(backing, *([100] if job == "endless" else []))
            JOBS[job](backing, top / "mounted", photos)
    print("scan: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
