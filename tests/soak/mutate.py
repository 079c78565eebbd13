#!/usr/bin/env python3
"""Damaged photos by the hundred thousand through the program: no crash, no hang, no more memory than allowed; and
between them good ones, twice as many, which come out as ever.

    tests/soak/mutate.py [N]          N mutated files (default 300,000)

CORPUS names a folder of JPEGs (default: fixtures), of which those up to 100 kB are mutated; JPEGASUS the program
(default: built here, release). SEED (default 1) makes other files. Files lie in SCRATCH (default /dev/shm),
a batch at a time. What breaks the program is kept in FINDS (default: the working folder's `finds`).
"""

import collections, json, os, pathlib, random, shutil, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = pathlib.Path(os.environ.get("CORPUS", ROOT / "fixtures"))
FINDS = pathlib.Path(os.environ.get("FINDS", "finds"))
LARGEST = 100_000
BATCH = 1000
MAX_MEMORY = 32 << 20
THREADS = 2
# Both photos in work, as much again for what is read ahead and written, and the program itself: in all
# its processes together.
MAX_RSS = 4 * MAX_MEMORY + (64 << 20)
# What a good photo may be told besides: a window that lies beyond it.
GOOD = {"written", "outside"}
MAX_SECONDS = 5
WAYS = [
    ["-s", "64"],
    ["-s", "64", "-a", "16:9"],
    ["-s", "64", "--salvage"],
    ["-s", "48", "--fast"],
    ["-s", "160", "--embedded"],
    ["-s", "512x512", "--fit", "cover", "--enlarge"],
    ["-a", "100x80+13+21", "--salvage"],
    ["-s", "100", "--format", "png", "--srgb"],
    ["-s", "200", "-m", "all"],
    ["-s", "96", "--embedded", "--fast", "--salvage", "-m", "copyright"],
]
LOSSLESS = [["--lossless", "-a", "64x48+17+9"], ["--lossless", "-a", "3:2", "-m", "all"]]


def program():
    if "JPEGASUS" in os.environ:
        return os.environ["JPEGASUS"]
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=ROOT, check=True)
    return str(ROOT / "target/release/jpegasus")


def segments(data):
    """Every segment before and between scans: its code, where its marker is and where it ends."""
    found, at = [], 2
    while at + 4 <= len(data):
        at = data.find(0xFF, at)
        if at < 0 or at + 4 > len(data):
            break
        code = data[at + 1]
        if code in (0x00, 0x01, 0xFF) or 0xD0 <= code <= 0xD9:
            at += 1 if code == 0xFF else 2
            continue
        end = min(at + 2 + int.from_bytes(data[at + 2 : at + 4], "big"), len(data))
        found.append((code, at, max(end, at + 4)))
        at = found[-1][2]
    return found


def bits(data, pick, _):
    for _ in range(pick.choice([1, 1, 2, 4, 16])):
        data[pick.randrange(len(data))] ^= 1 << pick.randrange(8)


def some_bytes(data, pick, _):
    for _ in range(pick.choice([1, 1, 2, 4, 16])):
        data[pick.randrange(len(data))] = pick.choice([0, 0xFF, 0x7F, 0x80, 1, pick.randrange(256)])


def cut(data, pick, _):
    del data[pick.randrange(2, len(data) + 1) :]


def splice(data, pick, sources):
    other = pick.choice(sources)
    begin = pick.randrange(len(other))
    at = pick.randrange(2, len(data) + 1)
    if pick.random() < 0.5:
        del data[at:]
        data += other[begin:]
    else:
        data[at : at + pick.choice([0, 1, 16, 300])] = other[begin : begin + pick.choice([1, 16, 300, 4000])]


def drop(data, pick, _):
    at = pick.randrange(2, len(data) + 1)
    del data[at : at + pick.choice([1, 2, 16, 300])]


def marker(data, pick, _):
    """A marker where none belongs, in the scans too."""
    at = pick.randrange(2, len(data) + 1)
    code = pick.choice([*range(0xD0, 0xDA), 0xDA, 0xC4, 0xDB, 0xDC, 0xDD, 0xC0, 0xC2, 0xE1, 0xFF, 0x00])
    data[at : at + pick.choice([0, 2])] = bytes([0xFF, code])


def field(data, pick, _):
    """A byte of a segment that decides how all else is read."""
    wanted = {0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDA, 0xDD, pick.choice([0xE0, 0xE1, 0xE2, 0xEE])}
    there = [segment for segment in segments(data) if segment[0] in wanted]
    if not there:
        return
    code, begin, end = pick.choice(there)
    at = pick.randrange(begin + 1, end) if code != 0xC4 or pick.random() < 0.5 else min(begin + 4 + pick.randrange(20), end - 1)
    data[at] = pick.choice([0, 1, 2, 0xFF, data[at] ^ 1 << pick.randrange(8), pick.randrange(256)])


def frame(data, pick, _):
    """Sizes, sampling, components and the process of the frame."""
    there = [segment for segment in segments(data) if segment[0] in (0xC0, 0xC1, 0xC2)]
    if not there or there[0][2] - there[0][1] < 11:
        return
    _, begin, end = there[0]
    what = pick.randrange(5)
    if what < 2:
        at = begin + pick.choice([5, 7])
        side = pick.choice([0, 1, 7, 8, 9, 17, 255, 4096, 65535, pick.randrange(1, 1200)])
        data[at : at + 2] = side.to_bytes(2, "big")
    elif what == 2:
        factors = [pick.randrange(256), *(h << 4 | v for h in range(1, 5) for v in range(1, 5))]
        data[pick.choice(range(begin + 11, end, 3) or [begin + 9])] = pick.choice(factors)
    elif what == 3:
        data[begin + 1] = pick.choice([0xC0, 0xC1, 0xC2, 0xC2, 0xC3, 0xC9])
    else:
        data[begin + 9] = pick.choice([1, 2, 3, 4, 5, 0])


def scan(data, pick, _):
    """Band and bits of a scan, its components and their tables."""
    there = [segment for segment in segments(data) if segment[0] == 0xDA]
    if there:
        _, begin, end = pick.choice(there)
        at = pick.choice([end - 1, end - 2, end - 3, pick.randrange(begin + 4, max(end, begin + 5))])
        data[min(at, len(data) - 1)] = pick.choice([0, 1, 0x10, 0x21, 0x11, 5, 63, pick.randrange(256)])


def order(data, pick, sources):
    """A segment twice, elsewhere, away, or that of another photo in its place."""
    there = segments(data)
    if not there:
        return
    code, begin, end = pick.choice(there)
    segment = bytes(data[begin:end])
    what = pick.randrange(4)
    if what != 0:
        del data[begin:end]
    if what in (0, 1):
        at = min(pick.choice(there)[1], len(data))
        data[at:at] = segment
    elif what == 2:
        other = pick.choice(sources)
        same = [s for s in segments(other) if s[0] == code]
        if same:
            _, first, last = pick.choice(same)
            data[begin:begin] = other[first:last]


CHANGES = [bits, bits, some_bytes, some_bytes, cut, splice, drop, marker, field, field, field, frame, frame, scan, order]


def mutated(pick, sources):
    data = bytearray(pick.choice(sources))
    for _ in range(pick.choice([1, 1, 1, 2, 2, 3, 6])):
        if len(data) > 4:
            pick.choice(CHANGES)(data, pick, sources)
    return bytes(data)


def found(folder):
    everything = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size <= LARGEST)
    return [data for data in map(pathlib.Path.read_bytes, everything) if data[:2] == b"\xff\xd8" and len(data) > 100]


def tree(process):
    """A process and all that it started."""
    yield process
    for tasks in pathlib.Path(f"/proc/{process}/task").glob("*/children"):
        for child in tasks.read_text().split():
            yield from tree(child)


def memory(process):
    """What a process and all that it started have in memory now."""
    try:
        pages = [int(pathlib.Path(f"/proc/{one}/statm").read_text().split()[1]) for one in tree(process)]
    except OSError:  # one of them has just ended
        return 0
    return sum(pages) * os.sysconf("SC_PAGE_SIZE")


def run(command, seconds):
    """Runs a command; returns its exit code, None when it is not done in time, what it said and its peak memory."""
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        begun, is_done, peak = time.monotonic(), 0, 0
        while not is_done and time.monotonic() - begun < seconds:
            peak = max(peak, memory(running.pid))
            time.sleep(0.02)
            is_done, status, usage = os.wait4(running.pid, os.WNOHANG)
        if not is_done:
            running.kill()
            _, status, usage = os.wait4(running.pid, 0)
        said.seek(0)
        code = os.waitstatus_to_exitcode(status) if is_done else None
        running.returncode = code or 0
        return code, said.read().decode(errors="replace"), max(peak, usage.ru_maxrss * 1024)


def keep(photos, names, why):
    FINDS.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy(photos / name, FINDS / f"{why}-{name}")
    print(f"FAILED: {why}: {len(names)} files kept in {FINDS}", file=sys.stderr)


def culprits(command, photos, folder):
    """Goes through a batch that failed as a whole, photo by photo."""
    bad = []
    for photo in sorted(photos.iterdir()):
        shutil.rmtree(folder / "alone", ignore_errors=True)
        code, _, rss = run([command[0], "crop", str(photo), "-o", str(folder / "alone"), *command[5:]], 2 * MAX_SECONDS)
        if code not in (0, 1) or rss > MAX_RSS:
            bad.append(photo.name)
    return bad


def batch(command, photos, folder, totals):
    """Runs one batch; returns whether all went well."""
    begun = time.monotonic()
    code, said, rss = run(command, 60 + MAX_SECONDS * 30)
    totals["seconds"] += time.monotonic() - begun
    totals["rss"] = max(totals["rss"], rss)
    if code not in (0, 1) or rss > MAX_RSS:
        what = "hang" if code is None else f"exit-{code}" if code not in (0, 1) else f"rss-{rss >> 20}"
        print(" ".join(command), said[-2000:], sep="\n", file=sys.stderr)
        # Wrong usage is nobody's fault but this script's.
        keep(photos, culprits(command, photos, folder) if code != 2 else [], what)
        return False
    is_good, firsts = True, {}
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
    for row in rows:
        name, took, result = pathlib.Path(row["path"]).name, row.get("work_ms") or 0, row.get("kind") or row["result"]
        if name.startswith("good"):
            # Copies of one photo come out alike.
            outcome = (result, pathlib.Path(row["output"]).read_bytes() if result == "written" else b"")
            if result not in GOOD or firsts.setdefault(name.split("-")[1], outcome) != outcome:
                keep(photos, [name], f"good-{result}")
                is_good = False
            totals["good"] += 1
            continue
        totals["results"][result] += 1
        totals["slowest"] = max(totals["slowest"], took)
        if row.get("kind") == "decoder-crashed":
            print(row, file=sys.stderr)
            keep(photos, [name], "crashed")
            is_good = False
        if took > MAX_SECONDS * 1000:
            keep(photos, [name], f"slow-{took:.0f}-ms")
            is_good = False
    return is_good


def main():
    if len(sys.argv) > 2 or not sys.argv[1:2] in ([], *[[arg] for arg in sys.argv[1:] if arg.isdigit()]):
        print(__doc__)
        return 2
    count, seed = int((sys.argv[1:] or ["300000"])[0]), int(os.environ.get("SEED", "1"))
    jpegasus, sources, good = program(), found(CORPUS), found(ROOT / "fixtures/photos")
    has_lossless = "--lossless" in subprocess.run([jpegasus, "crop", "--help"], capture_output=True, text=True).stdout
    ways = WAYS + (LOSSLESS if has_lossless else [])
    has_workers = "--workers" in subprocess.run([jpegasus, "crop", "--help"], capture_output=True, text=True).stdout
    if not has_workers:
        print("ABSENT: worker processes: all is done by threads", file=sys.stderr)
    print(f"{len(sources)} photos of up to {LARGEST // 1000} kB in {CORPUS}; seed {seed}; {len(ways)} ways to crop")
    totals = {"seconds": 0.0, "rss": 0, "slowest": 0, "good": 0, "results": collections.Counter()}
    failed, begun = 0, time.monotonic()
    with tempfile.TemporaryDirectory(dir=os.environ.get("SCRATCH", "/dev/shm")) as folder:
        folder = pathlib.Path(folder)
        for number, first in enumerate(range(0, count, BATCH)):
            photos = folder / "photos"
            photos.mkdir()
            # Each batch has its own seed, so that one can be made again alone.
            pick = random.Random(f"{seed}/{number}")
            for i in range(first, min(first + BATCH, count)):
                (photos / f"{i:06}.jpg").write_bytes(mutated(pick, sources))
                for copy in range(2):
                    which = pick.randrange(len(good))
                    (photos / f"good-{which}-{i:06}-{copy}.jpg").write_bytes(good[which])
            command = [jpegasus, "crop", str(photos), "-o", str(folder / "out"), "-q", "-e", "*", "--sync", "none"]
            command += ["-j", str(THREADS), "--max-memory", str(MAX_MEMORY), *ways[number % len(ways)]]
            if has_workers:
                # Each way by both, in turn.
                command += ["--workers", ["processes", "threads"][number // len(ways) % 2]]
            failed += not batch([*command, "--report", str(folder / "rows.jsonl")], photos, folder, totals)
            for leftover in folder.iterdir():
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    results = ", ".join(f"{many} {what}" for what, many in totals["results"].most_common())
    mutants = sum(totals["results"].values())
    print(f"{count} mutated files, {mutants} of them begin as JPEGs do, and {totals['good']} good ones in {time.monotonic() - begun:.0f} s ({totals['seconds']:.0f} s of the program)")
    print(f"slowest photo {totals['slowest']:.0f} ms, peak memory {totals['rss'] >> 20} MiB of {MAX_RSS >> 20}")
    print(results)
    print("mutate: passed" if not failed else f"mutate: {failed} batches failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
