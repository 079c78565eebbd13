#!/usr/bin/env python3
"""Worker processes on a bad day: they are killed, stopped and starved at random while a large run goes on.

    tests/soak/workers.py [PHOTOS_COUNT] [KILLS]        default: 2000 photos, 1000 kills

Every photo must have the output that threads make of it, but for those that took two workers down, which
must be named. PHOTOS names a folder of good photos (default: fixtures/photos/camera-a), JPEGASUS the
program (default: built here, release). Linux.
"""

import json, os, pathlib, random, signal, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from soak import ROOT, check, outputs, program

PHOTOS = pathlib.Path(os.environ.get("PHOTOS", ROOT / "fixtures/photos/camera-a"))


def workers_of(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                found += map(int, children.read().split())
    except OSError:
        pass
    return found


def torment(run, kills, rng):
    """Kills workers until the run ends or so many are killed; returns how many were."""
    done = 0
    while run.poll() is None:
        time.sleep(rng.uniform(0.001, 0.03))
        alive = workers_of(run.pid)
        if alive and done < kills:
            try:
                os.kill(rng.choice(alive), signal.SIGKILL)
                done += 1
            except ProcessLookupError:
                pass
    return done


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    rng = random.Random(7)
    sources = sorted(path for path in PHOTOS.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        folder = pathlib.Path(folder)
        photos = folder / "photos"
        for number in range(count):
            place = photos / f"{number // 100:03}"
            place.mkdir(parents=True, exist_ok=True)
            os.symlink(sources[number % len(sources)].resolve(), place / f"{number:05}.jpg")
        command = [program(), "crop", "-L", str(photos), "-q", "-s", "256"]
        subprocess.run([*command, "-o", str(folder / "threads"), "--workers", "threads"], check=True)
        expected = outputs(folder / "threads")
        check(len(expected) == count, f"{len(expected)} outputs of {count} by threads")

        report, out = folder / "report.jsonl", folder / "processes"
        begun = time.monotonic()
        run = subprocess.Popen(
            [*command, "-o", str(out), "--workers", "processes", "--report", str(report)],
            stderr=subprocess.PIPE, text=True,
        )
        killed = torment(run, kills, rng)
        said = run.stderr.read()
        elapsed = time.monotonic() - begun
        rows = [json.loads(line) for line in report.read_text().splitlines()]
        lost = [row for row in rows if row["result"] != "written"]
        check(len(rows) == count, f"{len(rows)} rows for {count} photos")
        check(run.returncode == (1 if lost else 0), f"exit code {run.returncode}: {said}")
        check(all(row["kind"] == "decoder-crashed" for row in lost), f"other faults: {lost[:3]}")
        check(2 * len(lost) <= killed, f"{len(lost)} photos lost by {killed} kills")
        made = outputs(out)
        check(len(made) == count - len(lost), f"{len(made)} outputs, {len(lost)} lost")
        check(all(expected[name] == content for name, content in made.items()), "an output differs")
        check(not workers_of(run.pid), "workers are left")
        # The same command again makes what is missing.
        again = subprocess.run([*command, "-o", str(out), "--workers", "processes"])
        check(again.returncode == 0 and outputs(out) == expected, "the second run did not complete it")
        print(f"passed: {count} photos, {killed} workers killed, {len(lost)} photos lost and named, {elapsed:.0f} s")


if __name__ == "__main__":
    main()
