//! The worlds that tests act in: temporary trees, the program itself, snapshots, the corpus.

#![allow(dead_code, unreachable_pub, clippy::print_stderr, reason = "each test file uses its part")]

pub mod originals;
pub mod previews;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Returns a path of the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns the corpus of real photos beside the project, or says loudly that it is not there.
pub fn corpus(what: &str) -> Option<PathBuf> {
    let corpus = project("../shared/corpus");
    if corpus.join("manifest.csv").is_file() {
        return Some(corpus);
    }
    eprintln!("SKIPPED: {what}: the corpus is not at {}", corpus.display());
    None
}

/// What a run of the program left.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Returns the fault lines on stderr: path and kind.
    pub fn faults(&self) -> Vec<(String, String)> {
        self.lines_of(|word| !["note", "warning", "hint"].contains(&word))
    }

    /// Returns the paths that a warning was told of.
    pub fn warned(&self) -> Vec<String> {
        let mut paths: Vec<_> =
            self.lines_of(|word| word == "warning").into_iter().map(|(path, _)| path).collect();
        paths.dedup();
        paths
    }

    fn lines_of(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        self.stderr
            .lines()
            .filter_map(|line| line.strip_prefix("jpegasus: ")?.split_once(" ("))
            .filter_map(|(start, _)| start.rsplit_once(": "))
            .filter(|(_, kind)| is_wanted(kind))
            .map(|(path, kind)| (path.to_owned(), kind.to_owned()))
            .collect()
    }

    /// Returns NUL-ended records of stdout.
    pub fn records(&self) -> Vec<&[u8]> {
        self.stdout.split(|&b| b == 0).filter(|record| !record.is_empty()).collect()
    }
}

/// Returns the program, ready for arguments.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jpegasus"));
    // What was saved of this machine's drives is no business of the tests.
    command.stdin(Stdio::null()).env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Runs the program in `dir`; the originals that it is given must be what they were.
pub fn run_in<S: AsRef<OsStr>>(dir: &Path, args: impl IntoIterator<Item = S>) -> Ran {
    run_in_with(dir, args, &[])
}

/// Runs the program in the project's folder.
pub fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    run_in(&project("."), args)
}

/// Runs the program in the project's folder with variables set.
pub fn run_with<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>, variables: &[(&str, &Path)]) -> Ran {
    run_in_with(&project("."), args, variables)
}

fn run_in_with<S: AsRef<OsStr>>(
    dir: &Path,
    args: impl IntoIterator<Item = S>,
    variables: &[(&str, &Path)],
) -> Ran {
    let args: Vec<OsString> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
    let originals = originals::Originals::of(dir, &args);
    let mut command = program();
    command.current_dir(dir).args(&args).envs(variables.iter().copied());
    let ran = Ran::of(command.output().expect("the program starts"));
    originals.assert_unchanged(&format!("{args:?}"));
    ran
}

/// Crops a folder in the project's folder.
pub fn crop(from: &Path, out: &Path, more: &[&str]) -> Ran {
    let mut args = vec![OsStr::new("crop"), from.as_os_str(), OsStr::new("-o"), out.as_os_str()];
    args.extend(more.iter().map(OsStr::new));
    run(args)
}

/// Runs the program and returns its peak memory in bytes as well: its own by Python's `wait4`, or, if that is more, what
/// it and the processes that it started had together at one moment, of those looked at 50 times a second.
pub fn run_measured(dir: &Path, args: &[&OsStr]) -> (Ran, u64) {
    const MEASURE: &str = "import glob,os,sys,subprocess,time\n\
        def tree(pid):\n\
        \tyield pid\n\
        \tfor file in glob.glob(f'/proc/{pid}/task/*/children'):\n\
        \t\tfor child in open(file).read().split(): yield from tree(child)\n\
        def rss(pid):\n\
        \treturn int(open(f'/proc/{pid}/statm').read().split()[1])*os.sysconf('SC_PAGESIZE')\n\
        p=subprocess.Popen(sys.argv[2:],stdin=subprocess.DEVNULL)\n\
        done,peak=0,0\n\
        while not done:\n\
        \ttry: peak=max(peak,sum(map(rss,tree(p.pid))))\n\
        \texcept OSError: pass\n\
        \ttime.sleep(0.02)\n\
        \tdone,status,usage=os.wait4(p.pid,os.WNOHANG)\n\
        open(sys.argv[1],'w').write(str(max(peak,usage.ru_maxrss*1024)))\n\
        sys.exit(os.waitstatus_to_exitcode(status))";
    let originals = originals::Originals::of(dir, &args.iter().map(OsString::from).collect::<Vec<_>>());
    let peak = tempfile::NamedTempFile::new().unwrap();
    let output = Command::new("python3")
        .current_dir(dir)
        .args(["-c", MEASURE])
        .arg(peak.path())
        .arg(env!("CARGO_BIN_EXE_jpegasus"))
        .args(args)
        .output()
        .expect("python3 is there");
    originals.assert_unchanged(&format!("{args:?}"));
    let bytes = std::fs::read_to_string(peak.path()).unwrap();
    (Ran::of(output), bytes.parse().expect("the program was measured"))
}

/// A file or folder as it must stay: mode, owner, length, time of change, inode and content.
pub type Snapshot = BTreeMap<PathBuf, (u32, u64, i64, i64, u64, u64)>;

/// Takes a snapshot of everything below `top`, without following links or opening what is no file.
pub fn snapshot(top: &Path) -> Snapshot {
    let mut all = BTreeMap::new();
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            // A run that is under way renames and removes its temporary files.
            let Ok(status) = path.symlink_metadata() else { continue };
            let content = match status.is_file() && status.len() < 1 << 30 {
                true => std::fs::read(&path).map(|bytes| checksum(&bytes)).unwrap_or(1),
                false => 0,
            };
            if status.is_dir() {
                folders.push(path.clone());
            }
            let of =
                (status.mode(), status.len(), status.mtime(), status.mtime_nsec(), status.ino(), content);
            all.insert(path, of);
        }
    }
    all
}

/// FNV-1a, enough to see that a file changed.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// Returns every regular file below `top` by its relative path, with its content.
pub fn files(top: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    snapshot(top)
        .into_keys()
        .filter(|path| path.symlink_metadata().is_ok_and(|status| status.is_file()))
        .map(|path| (path.strip_prefix(top).unwrap().to_owned(), std::fs::read(&path).unwrap_or_default()))
        .collect()
}

/// Returns the outputs below `out`: every file but the program's own.
pub fn outputs(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    files(out).into_iter().filter(|(path, _)| !path.starts_with(".jpegasus")).collect()
}

/// Tells that no temporary file is left below `out`.
pub fn has_leftovers(out: &Path) -> bool {
    files(out).keys().any(|path| path.extension().is_some_and(|extension| extension == "part"))
}

/// Copies a tree of plain files and folders.
pub fn copy_tree(from: &Path, to: &Path) {
    for (path, bytes) in files(from) {
        let path = to.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Returns a name of raw bytes.
pub fn name(bytes: &[u8]) -> OsString {
    OsString::from_vec(bytes.to_vec())
}

/// Returns the bytes of a path.
pub fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

/// Tells whether the test runs as root, whom no mode keeps out.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|status| status.uid() == 0)
}
