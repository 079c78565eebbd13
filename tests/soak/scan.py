#!/usr/bin/env python3
"""Scans of drives that fail, vanish, hang and never end, for Linux and root.

    tests/soak/scan.py

Needs FAULTFS, the path of a faultfs program; JPEGASUS is the program (default: built here, release). What is
not there is said loudly, and exit code 3.
"""

import contextlib, os, pathlib, subprocess, sys, tempfile, threading, time

from soak import absent, check, faulty, kinds, program

ENGINES = ["auto", "native", "sweep", "serial"]
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


def fill(folder):
    """Makes a small drive; returns its photos."""
    for at in range(6):
        inner = folder / f"d{at}/e"
        inner.mkdir(parents=True)
        for name in "abcde":
            (inner / f"{name}.jpg").write_bytes(b"x")
            (inner.parent / f"{name}.JPG").write_bytes(b"x")
    (folder / "many").mkdir()
    for at in range(3000):
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


def main():
    if os.geteuid() != 0:
        absent("root, to mount file systems")
    if not os.access(os.environ.get("FAULTFS", ""), os.X_OK):
        absent("FAULTFS, the path of a faultfs program")
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder)
        (top / "backing").mkdir()
        photos = fill(top / "backing")
        for job in (faults, endless, hangs):
            job(top / "backing", top / "mounted", photos)
    print("scan: passed")


if __name__ == "__main__":
    sys.exit(main())
