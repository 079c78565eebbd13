"""What was measured, as Markdown and as facts."""
import datetime
import os
import platform
import statistics
from pathlib import Path

from measuring import CORES


def file_system(path):
    """The type of the mount that holds a path, from /proc/self/mounts."""
    path, best = os.path.realpath(path), ("", "unknown")
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind = line.split()[:3]
        if (path + "/").startswith(where.rstrip("/") + "/") and len(where) >= len(best[0]):
            best = where, kind
    return best[1]


def cpu():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def circumstances(bench, options, load):
    """What a figure needs beside it, in the order of the heading."""
    return {
        "machine": f"{cpu()}, {CORES} cores, Linux {platform.release()}, load {load:.1f} at the start",
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": options.commit,
        "input": f"{options.about}; {bench.work()}",
        "file system": f"{file_system(bench.input)}, output on {bench.output or file_system(bench.scratch)}",
        "cache": bench.cache,
        "rounds": f"{bench.rounds}, interleaved",
    }


def median_and_range(values, form):
    values = list(values)
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def met(is_met, is_aim=False):
    return "MISSED" if not is_met else "met, and the aim too" if is_aim else "met"


def table(rows):
    """Markdown of rows of words, the first of which are the heads; figures stand to the right."""
    rows = [rows[0], ["---", *["---:"] * (len(rows[0]) - 1)], *rows[1:]]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def contenders(bench, peers):
    """A row for each contender, below the heads."""
    ours = [sample["wall"] for sample in peers[0].samples]
    rate = bench.counts_photos
    head = ["contender", *(["photos/s"] if rate else []), "median ms", "minimum ms",
            f"time as a ratio to {peers[0].name}", "CPU ms, user + system", "CPU as a ratio", "peak RSS, MB", *(["read, MB"] if rate else [])]
    rows = [head]
    for peer in peers:
        wall = [sample["wall"] for sample in peer.samples]
        middle = statistics.median(wall)
        user, system = (statistics.median(sample[key] for sample in peer.samples) for key in ("user", "sys"))
        read = most(peer, "read")
        rows.append([
            peer.name, *([f"{bench.count / middle:.1f}"] if rate else []),
            f"{middle * 1e3:.1f}", f"{min(wall) * 1e3:.1f}",
            median_and_range((theirs / our for theirs, our in zip(wall, ours)), ".2f"),
            f"{user * 1e3:.0f} + {system * 1e3:.0f}", f"{cpu_ratio(peer, peers[0]):.2f}", f"{most(peer, 'rss') / 1e6:.1f}",
            *(["?" if read is None else f"{read / 1e6:.1f}"] if rate else []),
        ])
    return rows


def cpu_ratio(theirs, ours):
    """Their CPU time by ours, the median over the rounds: what is left to compare by on a busy machine."""
    spent = ([sample["user"] + sample["sys"] for sample in peer.samples] for peer in (theirs, ours))
    return statistics.median(their / our for their, our in zip(*spent))


def most(peer, key):
    """The largest of a peer's samples; None where one is missing."""
    values = [sample[key] for sample in peer.samples]
    return None if None in values else max(values)


def report(name, bench, peers, facts):
    lines = [f"## {name}", ""]
    lines += [f"* {key}: {value}" for key, value in facts.items()]
    lines += ["", table(bench.rows(peers) if hasattr(bench, "rows") else contenders(bench, peers)), ""]
    lines += [f"* bar: {line}" for line in bench.verdicts(peers)]
    lines += [f"* {peer.name}: {peer.version}: `{peer.spelled()}`" for peer in peers]
    lines += [f"* {line}" for line in bench.notes]
    lines += [f"* LEFT OUT: {line}" for line in bench.left_out]
    return "\n".join(lines) + "\n"
