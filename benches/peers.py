#!/usr/bin/env python3
"""Times jpegasus against its peers: same files, equal output first, then interleaved rounds.

    peers.py BENCH INPUT --jpegasus PATH [--fd PATH] ... --rounds N --scratch DIR --json FILE

BENCH is a row of scan, crop or a row of the JPEG table. `peers.sh` installs the peers, makes INPUT and calls this.
The table goes to stdout as Markdown, all samples go to --json, everything else to stderr. Exit code 2 when nothing
was measured, 3 when a peer was left out because its output differs, 4 when this jpegasus lacks what it takes.
"""
import argparse
import ctypes
import json
import os
import sys
from pathlib import Path

from cropping import Crop
from finding import ScanCold, ScanHdd, ScanLimit, ScanPeers
from measuring import PR_SET_CHILD_SUBREAPER, fail, say
from rows import ROWS
from sizes import ScanSize, ScanSmall
from telling import circumstances, report

SCANS = {"scan-limit": ScanLimit, "scan-peers": ScanPeers, "scan-cold": ScanCold, "scan-hdd": ScanHdd,
         "scan-size": ScanSize, "scan-small": ScanSmall}
BENCHES = {**SCANS, "crop": Crop, **ROWS}
TOOLS = ("limit", "fdf", "fd", "bfs", "find", "rg", "drivesim",
         "mogrify", "vipsthumbnail", "pillow", "jpegtran", "djpeg", "yardstick")


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", choices=BENCHES)
    parser.add_argument("input")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scratch", required=True, help="an empty folder for outputs, best in memory")
    parser.add_argument("--json", required=True)
    parser.add_argument("--about", default="unnamed", help="what INPUT is, for the heading")
    parser.add_argument("--commit", default="unknown")
    parser.add_argument("--absent", action="append", default=[], help="a peer that is not installed, and why")
    parser.add_argument("--jpegasus", required=True)
    for tool in TOOLS:
        parser.add_argument(f"--{tool}")
    return parser.parse_args()


def main():
    options = parsed()
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        fail(f"prctl: {os.strerror(ctypes.get_errno())}")
    load = os.getloadavg()[0]
    bench = BENCHES[options.bench](options)
    if lacks := bench.lacks(options):
        say(f"{options.bench}: not measured, {lacks}")
        return 4
    peers = bench.check(list(bench.peers(options)))
    different = bool(bench.left_out)
    bench.left_out += options.absent
    facts = circumstances(bench, options, load)
    bench.measure(peers)

    samples = [{"name": peer.name, "version": peer.version, "command": peer.spelled(), "samples": peer.samples}
               for peer in peers]
    Path(options.json).write_text(json.dumps(
        {"bench": options.bench, **facts, "bars": bench.verdicts(peers), "notes": bench.notes,
         "left out": bench.left_out, "peers": samples}, indent=1) + "\n")
    print(report(f"{options.bench} {bench.of}".rstrip(), bench, peers, facts))
    return 3 if different else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
