#!/usr/bin/env python3
"""Kills of the run at its changing calls and at random times; each time the same command completes it.

    tests/soak/kills.py calls [N]     at N points (default 2,000), spread over all kinds of calls, for Linux and root
    tests/soak/kills.py random [N]    at N random times (default 300), while other work takes the processors

`calls` needs FAULTFS, the path of a faultfs program: OUT lies on it, and the kernel kills the run at exactly that call. JPEGASUS is the
program (default: built here, release). What is not there is said loudly, and exit code 3.
"""

import contextlib, os, pathlib, random, shutil, subprocess, sys, tempfile, time

from soak import absent, check, copies, faulty, leftovers, outputs, program

KINDS = ["create", "write", "mkdir", "rename", "link", "unlink", "fsync", "flush", "modify"]
WAYS = [["--sync", "each"], ["--sync", "batch"]]


def crop(drive, out, *more):
    command = [program(), "crop", str(drive), "-o", str(out), "-q", "-s", "24", "-j", "2", *more]
    return subprocess.run(command, capture_output=True, text=True)


def complete(drive, out, expected, what):
    """Checks what is there, and that the same command makes the rest."""
    there = outputs(out) if out.exists() else {}
    false = [name for name in there if expected.get(name) != there[name]]
    check(not false, f"{what}: false outputs: {false[:3]}")
    ran = crop(drive, out, "--sync", "none")
    check(ran.returncode == 0, f"{what}: again: exit {ran.returncode}: {ran.stderr}")
    check(outputs(out) == expected and not leftovers(out), f"{what}: again: outputs differ")
    return len(there)


def at_calls(folder, count):
    if "FAULTFS" not in os.environ:
        absent("FAULTFS, the path of a faultfs program")
    drive, mount, backing = folder / "drive", folder / "mount", folder / "backing"
    copies(drive, 20)
    check(crop(drive, folder / "expected").returncode == 0, "a run on good photos")
    expected = outputs(folder / "expected")
    backing.mkdir()
    points, parts, begun = {kind: 0 for kind in KINDS}, 0, time.monotonic()
    with faulty(backing, mount, "") as log:
        rules = log.parent / "rules"

        def killed_at(kind, nth, way):
            """Kills a run at the N-th call of a kind; tells whether there was one."""
            nonlocal parts
            shutil.rmtree(backing / "out", ignore_errors=True)
            # Counters begin anew with the file; what the kernel remembers of names goes with a new folder.
            out = mount / f"run-{sum(points.values())}-{nth}"
            rules.write_text(f"* {kind} kill after={nth} count=1\n")
            ran = crop(drive, out, *way)
            rules.write_text("\n")
            real = backing / out.name
            if ran.returncode != -9:
                check(ran.returncode == 0 and outputs(real) == expected, f"{kind} {nth}: exit {ran.returncode}")
                shutil.rmtree(real)
                return False
            parts += 0 < complete(drive, real, expected, f"killed at {kind} number {nth}, {way}") < len(expected)
            shutil.rmtree(real)
            points[kind] += 1
            return True

        nth, alive = 0, {(kind, number) for kind in KINDS for number in range(len(WAYS))}
        while sum(points.values()) < count:
            if not alive:
                # Once more, from the first: other threads are elsewhere then.
                nth, alive = 0, {(kind, number) for kind in KINDS for number in range(len(WAYS))}
            nth += 1
            for kind, number in sorted(alive):
                if sum(points.values()) < count and not killed_at(kind, nth, WAYS[number]):
                    alive.discard((kind, number))
    spread = ", ".join(f"{many} {kind}" for kind, many in points.items())
    print(f"killed at {sum(points.values())} calls ({spread}) of runs of 20 photos, {parts} of them half done: {time.monotonic() - begun:.0f} s")


@contextlib.contextmanager
def load():
    """Other work on every core."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def at_random(folder, count):
    drive, out, pick = folder / "drive", folder / "out", random.Random(int(os.environ.get("SEED", "1")))
    copies(drive, 300)
    begun = time.monotonic()
    check(crop(drive, folder / "expected").returncode == 0, "a run on good photos")
    expected = outputs(folder / "expected")
    with load():
        start = time.monotonic()
        check(crop(drive, out).returncode == 0, "a run under load")
        took, parts = time.monotonic() - start, 0
        for number in range(count):
            shutil.rmtree(out, ignore_errors=True)
            way = WAYS[number % 2]
            command = [program(), "crop", str(drive), "-o", str(out), "-q", "-s", "24", "-j", "2", *way]
            running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            wait = pick.random() * took * 1.1
            time.sleep(wait)
            running.kill()
            running.wait()
            parts += 0 < complete(drive, out, expected, f"kill {number} after {wait:.3f} s, {way}") < len(expected)
    print(f"killed {count} times within {took * 1.1:.2f} s, {parts} runs were half done: {time.monotonic() - begun:.0f} s")


def main():
    jobs = {"calls": (at_calls, 2000), "random": (at_random, 300)}
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in jobs:
        print(__doc__)
        return 2
    job, count = jobs[sys.argv[1]]
    os.environ["JPEGASUS"] = program()
    if sys.argv[1] == "calls" and os.geteuid() != 0:
        absent("root, to mount file systems")
    with tempfile.TemporaryDirectory() as folder:
        job(pathlib.Path(folder), int(sys.argv[2]) if len(sys.argv) == 3 else count)
    print(f"kills {sys.argv[1]}: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
