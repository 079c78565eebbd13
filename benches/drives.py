#!/usr/bin/env python3
"""Measures jpegasus on emulated drives: mounts them, fills them with photos, runs one row of drives.sh.

    drives.py ROW --jpegasus PATH --drivesim PATH --mounts DIR --scratch DIR --results DIR [--rounds N] [--quick]

Tables go to stdout as Markdown, all samples to RESULTS/results-drives-ROW-….json, everything else to stderr. Exit
code 2 when nothing was measured, 3 when a contender was left out because its output differs, 5 when a bar is missed.
"""
import argparse
import contextlib
import ctypes
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import drive_rows as rows
import drive_truth
from driving import Drive, Model, originals
from measuring import PR_SET_CHILD_SUBREAPER, fail, say
from telling import circumstances, report

TOOLS = ("fd", "vipsthumbnail", "fio")


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("row", choices=ROWS)
    parser.add_argument("--jpegasus", required=True)
    parser.add_argument("--drivesim", required=True)
    parser.add_argument("--mounts", required=True, help="a folder below which drives are mounted")
    parser.add_argument("--scratch", required=True, help="an empty folder for outputs, best in memory")
    parser.add_argument("--results", required=True)
    parser.add_argument("--photos", help="a folder of photos to copy")
    parser.add_argument("--fixtures", required=True, help="the photos to copy without --photos")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="fewer photos")
    parser.add_argument("--speedup", type=float, help="by which the delays of hard disks are divided")
    parser.add_argument("--models", default="", help="only these, separated by commas")
    parser.add_argument("--commit", default="unknown")
    parser.add_argument("--absent", action="append", default=[], help="a peer that is not installed, and why")
    for tool in TOOLS:
        parser.add_argument(f"--{tool}")
    return parser.parse_args()


class Runner:
    """One row: its drives one after the other, its benches on each."""

    def __init__(self, options):
        self.options = options
        self.photos, self.about = originals(options.photos, options.fixtures)
        self.worst = 0

    def number(self, usual):
        """How many photos: a tenth, and 40 at least, where it is quick."""
        return max(40, usual // 10) if self.options.quick else usual

    def on(self, models, count, *benches):
        """Mounts the models together and runs (bench, usual rounds) on them."""
        speedup = self.options.speedup
        models = [replace(model, whole=speedup or model.whole, small=speedup or model.small)
                  if model.model.startswith("hdd") else model for model in models]
        count = self.number(count)
        with contextlib.ExitStack() as stack:
            drives = [stack.enter_context(Drive(self.options, model, at)) for at, model in enumerate(models)]
            for drive in drives:
                drive.mount(self.photos, count)
            for bench, rounds in benches:
                self.run(bench, drives, rounds)

    def run(self, kind, drives, rounds):
        options = self.options
        bench = kind(options, drives, self.photos)
        bench.rounds = options.rounds or (1 if options.quick else rounds)
        name = f"{options.row}-{bench.load}-" + "-".join(drive.model.word for drive in drives)
        options.about = self.about
        load = os.getloadavg()[0]
        say(f"{name}: {bench.rounds} rounds")
        if kind is drive_truth.Fio:
            self.beside_fio(bench, name, load)
            return
        peers = bench.check(list(bench.peers(options)))
        if bench.left_out:
            self.worst = 3
        bench.left_out += options.absent
        facts = circumstances(bench, options, load)
        bench.measure(peers)
        verdicts = bench.verdicts(peers)
        self.judge(verdicts)
        samples = [{"name": peer.name, "version": peer.version, "command": peer.spelled(), "samples": peer.samples}
                   for peer in peers]
        Path(options.results, f"results-drives-{name}.json").write_text(json.dumps(
            {"bench": f"drives {name}", **facts, "speedup": bench.speedup, "bars": verdicts, "notes": bench.notes,
             "left out": bench.left_out, "peers": samples}, indent=1) + "\n")
        print(report(f"drives {options.row}, {bench.load}: {bench.of}", bench, peers, facts), flush=True)

    def beside_fio(self, bench, name, load):
        """The numbers of the bench beside those of fio, which are no contenders in turn."""
        compared = list(bench.compared(self.options, 10 if self.options.quick else 30))
        facts = circumstances(bench, self.options, load)
        verdicts = list(drive_truth.fio_verdicts(bench.of, compared))
        self.judge(verdicts)
        Path(self.options.results, f"results-drives-{name}-fio.json").write_text(json.dumps(
            {"bench": f"drives {name} fio", **facts, "bars": verdicts, "notes": bench.notes,
             "numbers": [{"what": what, "fio": theirs, "bench": ours} for what, theirs, ours in compared]},
            indent=1) + "\n")
        print(f"## drives {self.options.row}, fio: {bench.of}\n\n" + "\n".join(f"* bar: {line}" for line in verdicts)
              + "\n", flush=True)

    def judge(self, verdicts):
        if any("MISSED" in line for line in verdicts):
            self.worst = self.worst or 5

    def chosen(self, models):
        """Those of the models that were asked for."""
        wanted = [word for word in self.options.models.split(",") if word]
        return [model for model in models if not wanted or model.word in wanted]


def crop(runner):
    """A whole aged hard disk of 500 photos against fd | xargs vipsthumbnail."""
    runner.on([rows.AGED], 500, (rows.Crop, 3))


def heads(runner):
    """Headers of 500 photos on an aged hard disk."""
    runner.on([rows.AGED], 500, (rows.HeadsRow, 7))


def ssd(runner):
    """Both on solid-state drives, beside every single setting."""
    for model in runner.chosen(rows.SSDS):
        runner.on([model], 200, (rows.SsdWhole, 3), (rows.SsdHeads, 15))


def thrash(runner):
    """200 photos on every kind of drive, also on those that lie, beside six settings."""
    for model in runner.chosen(rows.KINDS):
        runner.on([model], 200, (rows.ThrashWhole, 3), (rows.ThrashHeads, 5))


def two(runner):
    """Two drives at once, so slow that they are the limit."""
    usb, disk, card = Model("hdd5400-usb"), Model("hdd7200"), Model("sdcard")
    for pair in ([usb, disk], [card, usb]):
        runner.on(pair, 100, (rows.TwoWhole, 3), (rows.TwoHeads, 3))


def truth(runner):
    """What `jpegasus bench` says, beside fio and beside an exhaustive run."""
    options = runner.options
    if not drive_truth.has_bench(options.jpegasus):
        say("truth: not measured, this jpegasus has no verb bench")
        runner.worst = 4
        return
    for model in runner.chosen(rows.KINDS) if options.models else (rows.AGED, rows.SSDS[0]):
        beside_fio = [(drive_truth.Fio, 3)] if options.fio else []
        # At a tenth of its delays a hard disk is none: the bench takes it for a card.
        runner.on([replace(model, small=model.whole)], 200, *beside_fio,
                  (drive_truth.AdvisedWhole, 3), (drive_truth.AdvisedHeads, 3))


ROWS = {"crop": crop, "heads": heads, "ssd": ssd, "thrash": thrash, "two": two, "truth": truth}


def main():
    options = parsed()
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        fail(f"prctl: {os.strerror(ctypes.get_errno())}")
    runner = Runner(options)
    try:
        ROWS[options.row](runner)
    except OSError as error:
        fail(error)
    return runner.worst


if __name__ == "__main__":
    # So that drives are unmounted on the way out.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
