#!/usr/bin/env python3
"""Every call that could write, seen by strace: none touches anything outside OUT, and names come after syncs.

    tests/soak/calls.py [N]           N photos (default 20,000) through crop, crop --dry-run and scan

Originals are compared before and after: content, mode, owner, times, inode, number of names; a time of access is
what it was or what reading makes of it. Of `crop`'s default way to wait (`--sync batch`) the order is checked:
between the last write of a file and its name, one syncfs begins and ends. JPEGASUS is the program (default: built here, release).
Without strace it says so loudly, and exit code 3.
"""

import hashlib, os, pathlib, re, shutil, subprocess, sys, tempfile, time

from soak import absent, check, program

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Calls that change what a path leads to, with how many paths they take.
BY_PATH = {
    "creat": 1, "mkdir": 1, "mkdirat": 1, "rmdir": 1, "unlink": 1, "unlinkat": 1, "rename": 2, "renameat": 2, "renameat2": 2,
    "link": 2, "linkat": 2, "symlink": 2, "symlinkat": 2, "mknod": 1, "mknodat": 1, "truncate": 1, "chmod": 1, "fchmodat": 1,
    "fchmodat2": 1, "chown": 1, "lchown": 1, "fchownat": 1, "utime": 1, "utimes": 1, "futimesat": 1, "utimensat": 1, "setxattr": 1,
    "lsetxattr": 1, "removexattr": 1, "lremovexattr": 1, "mount": 2, "umount2": 1, "swapon": 1, "acct": 1,
}  # fmt: skip
# Calls that change what a descriptor leads to.
BY_DESCRIPTOR = {
    "write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate", "fallocate", "fchmod", "fchown", "fsetxattr",
    "fremovexattr", "sendfile", "copy_file_range", "splice",
}  # fmt: skip
OPENS = {"open", "openat", "openat2"}
SYNCS = {"syncfs", "fsync", "fdatasync", "sync"}
# What no run here may do: they write in ways that this script does not follow.
NEVER = {"io_uring_setup", "ptrace", "process_vm_writev"}
WRITES = re.compile(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE|NOATIME)")
CHANGING_IOCTLS = re.compile(r"FS_IOC_(SET|FSSET)|FICLONE|FIDEDUPE|BLKDISCARD|FITRIM")
# No files: what may be written although it is not in OUT. A worker says so that it may be ended first when memory is short.
HARMLESS = re.compile(r"/dev/null|/memfd:.*|/proc/(self|\d+)/oom_score_adj")
CALL = re.compile(r"(\w+)\((.*)")
PATH = re.compile(r'(?:(AT_FDCWD|\d+)<((?:[^<>\\]|\\.)*)>(?:\(deleted\))?, )?"((?:[^"\\]|\\.)*)"')
DESCRIPTOR = re.compile(r"^(\d+)<([^<>]*(?:<[^<>]*>)?[^<>]*)>")


def trace(command, folder):
    """Runs a command under strace; returns its calls as (name, arguments, line it begins at, line it ends at)."""
    log = folder / "trace"
    calls = [*BY_PATH, *BY_DESCRIPTOR, *OPENS, *SYNCS, *NEVER, "ioctl"]
    known = ["?" + call for call in calls]
    strace = ["strace", "-f", "--seccomp-bpf", "-y", "-s", "4096", "-qq", "-o", str(log), "-e", "trace=" + ",".join(known)]
    ran = subprocess.run([*strace, *command], capture_output=True, text=True)
    check(ran.returncode in (0, 1), f"{command}: exit {ran.returncode}: {ran.stderr[-2000:]}")
    done, begun = [], {}
    with open(log, encoding="utf-8", errors="surrogateescape") as lines:
        for number, line in enumerate(lines):
            process, _, what = line.rstrip("\n").partition(" ")
            what = what.strip()
            if what.startswith(("+++", "---")):
                continue
            if what.startswith("<... "):
                first, start = begun.pop(process)
                done.append((*CALL.match(first).groups(), start, number))
            elif what.endswith("<unfinished ...>"):
                begun[process] = (what, number)
            elif match := CALL.match(what):
                done.append((*match.groups(), number, number))
    return done, ran


def named(arguments):
    """Returns the paths in the arguments of a call."""
    return [os.path.normpath(os.path.join(base or os.getcwd(), name)) for _, base, name in PATH.findall(arguments)]


def is_below(path, out):
    return out is not None and (path == str(out) or path.startswith(str(out) + "/"))


def strays(calls, out):
    """Returns what could write outside OUT, and how many calls could write at all."""
    found, writing = [], 0
    for name, arguments, begin, _ in calls:
        if name in NEVER:
            found.append(f"line {begin + 1}: {name}")
        elif name in BY_PATH or (name in OPENS and WRITES.search(arguments)):
            writing += 1
            paths = named(arguments)
            wanted = BY_PATH.get(name, 1)
            # The top of OUT is made by its path, and with it what leads there.
            if len(paths) < wanted or not all(is_below(path, out) or HARMLESS.fullmatch(path) for path in paths):
                found.append(f"line {begin + 1}: {name}({arguments[:300]}")
        elif name in BY_DESCRIPTOR or (name == "ioctl" and CHANGING_IOCTLS.search(arguments)):
            match = DESCRIPTOR.match(arguments)
            number, path = match.groups() if match else ("?", "?")
            is_file = path.startswith("/") and not HARMLESS.fullmatch(path)
            writing += is_file
            if number not in ("1", "2") and (is_file and not is_below(path, out)) or path == "?":
                found.append(f"line {begin + 1}: {name}({arguments[:300]}")
    return found, writing


def unsynced(calls, out):
    """Returns the names that were given before a sync of what they lead to, and how many were given."""
    last_write, syncs, found, given = {}, [], [], 0
    for name, arguments, begin, end in sorted(calls, key=lambda call: call[3]):
        if name in BY_DESCRIPTOR and (match := DESCRIPTOR.match(arguments)):
            last_write[match.group(2)] = end
        elif name == "syncfs":
            syncs.append((begin, end))
        elif name in ("rename", "renameat", "renameat2", "link", "linkat"):
            old, new = named(arguments)[:2]
            if "/.jpegasus/" in new:
                continue
            given += 1
            written = last_write.get(old)
            if written is None or not any(written < first and last < begin for first, last in syncs):
                found.append(f"line {begin + 1}: {old} -> {new}, written at {written}")
    return found, given


def state(path):
    status = path.lstat()
    content = hashlib.blake2b(path.read_bytes()).digest() if path.is_file() else b""
    kept = (status.st_mode, status.st_uid, status.st_gid, status.st_ino, status.st_nlink, status.st_size)
    return (*kept, status.st_mtime_ns, status.st_ctime_ns, content)


def make(drive, count):
    small = sorted(path for path in (ROOT / "fixtures/photos").rglob("*.jp*g") if path.stat().st_size < 20_000)
    for at in range(count):
        photo = drive / f"{at // 1000:03}" / f"{at // 100 % 10}" / f"IMG_{at:06}.jpg"
        photo.parent.mkdir(parents=True, exist_ok=True)
        photo.write_bytes(small[at % len(small)].read_bytes())
        os.chmod(photo, [0o644, 0o400, 0o666, 0o755][at % 4])
    # Some that fail, too.
    for at in range(max(count // 100, 3)):
        (drive / f"bad-{at}.jpg").write_bytes(b"\xff\xd8\xff" + bytes(at))


def main():
    if len(sys.argv) > 2 or not all(arg.isdigit() for arg in sys.argv[1:]):
        print(__doc__)
        return 2
    if shutil.which("strace") is None:
        absent("strace")
    count = int((sys.argv[1:] or ["20000"])[0])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder).resolve()
        drive, out = folder / "drive", folder / "out"
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        make(drive, count)
        out.mkdir()
        # The clock of files is coarser than that of programs.
        begun = time.time_ns() - 20_000_000
        everything = sorted(drive.rglob("*"))
        before = {path: state(path) for path in everything}
        accessed = {path: path.lstat().st_atime_ns for path in everything}
        crop = [program(), "crop", str(drive), "-o", str(out), "-s", "24", "-q"]
        runs = [
            ("crop", crop, out),
            ("crop again", crop, out),
            ("crop --dry-run", [*crop, "--dry-run"], None),
            ("scan --check full", [program(), "scan", str(drive), "--check", "full", "--count"], None),
        ]
        if "--workers" in subprocess.run([program(), "crop", "--help"], capture_output=True, text=True).stdout:
            workers = folder / "workers"
            workers.mkdir()
            command = [part if part != str(out) else str(workers) for part in crop]
            runs.append(("crop --workers processes", [*command, "--workers", "processes"], workers))
        for what, command, allowed in runs:
            start = time.monotonic()
            calls, ran = trace(command, folder)
            found, writing = strays(calls, allowed)
            check(not found, f"{what}: {len(found)} calls outside OUT: {found[:3]}")
            is_first = what in ("crop", "crop --workers processes")
            check(not is_first or writing > 3 * count, f"{what}: only {writing} writing calls were seen")
            print(f"{what}: {len(calls)} calls, {writing} of them write, none outside OUT; {time.monotonic() - start:.1f} s")
            if is_first:
                early, given = unsynced(calls, allowed)
                check(given == count, f"{given} names of {count} were given")
                check(not early, f"{len(early)} names were given before a sync: {early[:3]}")
                print(f"{what}: {given} names, each after a syncfs that began when its file was written")
        changed = [path for path in everything if state(path) != before[path]]
        check(not changed and sorted(drive.rglob("*")) == everything, f"originals changed: {changed[:3]}")
        odd = [path for path in everything if (now := path.lstat().st_atime_ns) != accessed[path] and now < begun]
        check(not odd, f"times of access that no reading makes: {odd[:3]}")
        print(f"{len(everything)} originals and folders are what they were")
    print("calls: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
