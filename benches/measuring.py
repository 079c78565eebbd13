"""Running contenders: a command, its time, its memory, what it read; the check and the rounds."""
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORES = len(os.sched_getaffinity(0))
OURS = "jpegasus"


@dataclass
class Peer:
    """A contender. `{input}`, `{list}` and `{out}` in its command are filled in for each run.

    Of peers of one family, which are one tool in several forms, only the fastest is measured.
    """

    name: str
    command: list
    version: str
    family: str = ""
    samples: list = field(default_factory=list)
    answer: object = None  # what the first run gave: paths, or dimensions by name
    weight: int = 0  # a cheap measure of it that each later run must repeat
    exit: int = 0  # its exit code, likewise
    rss: int = 0  # the peak of its memory in that run

    def filled(self, places):
        """The command to run, with real paths in place of `{input}` and the like."""
        words = list(self.command)
        for name, path in places.items():
            words = [word.replace("{" + name + "}", path) for word in words]
        return words

    def spelled(self):
        """The command to print: programs by name, places as INPUT, LIST and OUT."""
        words = self.filled({name: name.upper() for name in ("input", "list", "out")})
        words = [word.replace(str(HERE), "benches") for word in words]
        return shlex.join(os.path.basename(word) if word.startswith("/") else word for word in words)


# ---- running ---------------------------------------------------------------------------------------------

PR_SET_CHILD_SUBREAPER = 36

# A process's peak RSS starts at that of whoever forked it, and Python's is larger than that of a small finder.
# So a shell forks the contender and leaves; the runner inherits it as subreaper, and wait4 tells the truth.
# The contender waits for a line before it becomes the command, so the shell's start is not timed.
LAUNCH = """
out=$1 err=$2; shift 2
exec 3<&0
{ read -r go <&3; exec "$@" 3<&- >"$out" 2>"$err"; } &
echo $!
"""


def run(command, out, err):
    """Runs a command to its end; returns its sample: seconds, peak RSS and bytes read, and exit code."""
    for stale in (out, err):
        Path(stale).unlink(missing_ok=True)
    shell = subprocess.Popen(
        ["sh", "-c", LAUNCH, "launch", out, err, *command],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )
    try:
        pid = int(shell.stdout.readline())
        shell.wait()
        start = time.perf_counter()
        shell.stdin.write(b"go\n")
        shell.stdin.close()
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        wall = time.perf_counter() - start
        read = bytes_read(pid)
        _, status, usage = os.wait4(pid, 0)
    except BaseException:
        os.killpg(shell.pid, signal.SIGTERM)
        reap()
        raise
    finally:
        shell.stdout.close()
    return {
        "wall": wall, "user": usage.ru_utime, "sys": usage.ru_stime,
        "rss": usage.ru_maxrss * 1024, "read": read, "exit": os.waitstatus_to_exitcode(status),
    }


def spawned(command, err):
    """Runs a command with its output to /dev/null; returns its sample, without peak RSS and bytes read.

    For commands of a few milliseconds: nothing runs between the two looks at the clock but the command and its
    start. Its peak RSS would be the runner's, see `LAUNCH`.
    """
    redirected = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, err, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
    ]
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=redirected)
    try:
        _, status, usage = os.wait4(pid, 0)
    except BaseException:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        raise
    wall = time.perf_counter() - start
    return {
        "wall": wall, "user": usage.ru_utime, "sys": usage.ru_stime, "read": None,
        "exit": os.waitstatus_to_exitcode(status),
    }


def bytes_read(pid):
    """What an ended process and those it waited for got from read(2) and its like; None where nobody tells."""
    try:
        facts = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
        return int(facts["rchar"])
    except (OSError, KeyError, ValueError):
        return None


def reap():
    """Waits for every process of an interrupted run: as subreaper the runner inherits them all."""
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


class Bench:
    """What all benches share: fresh outputs, the check, the rounds."""

    counts_photos = True  # whether photos/s and bytes read are worth a column
    cache = "warm (every contender has read it all once before the first round)"
    of = ""  # which of several inputs of one bench this is
    output = ""  # where output goes; without it, the file system is told
    forgives_exit_codes = False  # mogrify exits 1 for a mere warning; its pictures are the better judge

    def __init__(self, options):
        self.input = options.input
        self.scratch = Path(options.scratch)
        self.rounds = options.rounds
        self.left_out = []
        self.notes = []
        self.count = 0  # photos in one round

    def lacks(self, tool):
        """What the given jpegasus cannot do that this bench needs; empty when it can."""
        return ""

    def work(self):
        """What one round has to do, in numbers."""
        return f"{self.count:,} photos"

    def once(self, peer):
        """One run of one peer on a fresh, empty OUT; only the run itself is timed."""
        out = self.scratch / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        places = {"input": self.input, "list": str(self.scratch / "list"), "out": str(out)}
        return run(peer.filled(places), str(self.scratch / "stdout"), str(self.scratch / "stderr"))

    def stderr(self):
        text = (self.scratch / "stderr").read_text(errors="replace").strip()
        return text[-500:] or "nothing on stderr"

    def leave_out(self, peer, why):
        self.left_out.append(f"{peer.name}: {why}")
        say(f"LEFT OUT {peer.name}: {why}")

    def check(self, peers):
        """Runs every peer once and returns those whose output equals that of jpegasus, the first of them."""
        fair = []
        for peer in peers:
            sample = self.once(peer)
            peer.answer = self.answer()
            peer.exit, peer.rss = sample["exit"], sample["rss"]
            wrong = self.differs(peer, peers[0])
            if peer.exit and (wrong or peer is peers[0] or not self.forgives_exit_codes):
                wrong = f"exit code {peer.exit}, {self.stderr()}"
            elif peer.exit:
                say(f"{peer.name}: all pictures are there, but exit code {peer.exit}: {self.stderr()}")
            if wrong and peer is peers[0]:
                fail(f"{peer.name}: {wrong}; nothing was measured")
            if wrong:
                self.leave_out(peer, wrong)
            else:
                fair.append(peer)
        return self.fastest_of_families(fair)

    def fastest_of_families(self, peers):
        """Keeps one peer of each family, by two more runs of each."""
        kept = []
        for family in dict.fromkeys(peer.family or peer.name for peer in peers):
            forms = [peer for peer in peers if (peer.family or peer.name) == family]
            if len(forms) > 1:
                times = {peer.name: min(self.once(peer)["wall"] for _ in range(2)) for peer in forms}
                forms = [min(forms, key=lambda peer: times[peer.name])]
                self.note(f"of the forms of {family} the fastest was measured: "
                          + ", ".join(f"{name} {wall:.2f} s" for name, wall in times.items()))
            kept += forms
        return kept

    def note(self, text):
        """Says something and keeps it for the report."""
        self.notes.append(text)
        say(text)

    def verdicts(self, peers):
        """A line for each bar that this bench sets, once it was measured."""
        return []

    def in_turn(self, peers, number):
        """The order of the contenders in a round."""
        return peers

    def timed(self, peer):
        """One run that counts."""
        return self.once(peer)

    def measure(self, peers):
        for number in range(1, self.rounds + 1):
            for peer in self.in_turn(peers, number):
                sample = self.timed(peer)
                if (sample["exit"], self.weight()) != (peer.exit, peer.weight):
                    fail(f"{peer.name} answers differently in round {number}: {self.stderr()}")
                peer.samples.append(sample)
            if number % max(1, self.rounds // 10) == 0:
                say(f"round {number} of {self.rounds}: "
                    + ", ".join(f"{peer.name} {peer.samples[-1]['wall']:.4f} s" for peer in peers))


def say(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    say(f"peers.py: {text}")
    sys.exit(2)


def version(*command):
    """The first line that a version command prints."""
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return ((answer.stdout or answer.stderr).strip().splitlines() or ["unknown"])[0].removeprefix("Version: ")
