//! A guard around every run of the program: the files that it was given are what they were.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// Options whose value is a file or folder that is written to.
const WRITTEN: [&str; 6] = ["-o", "--out", "--report", "--save", "--csv", "--html"];

/// What a file or folder is. Whatever changes its content, mode, owner, times or number of names changes its ctime as
/// well, and no call sets that: so nothing need be read. But one of several names may be in OUT, and be replaced there:
/// then the content stands for both. The time of access is left to the system.
#[derive(Debug, PartialEq)]
struct State {
    inode: u64,
    mode: u32,
    len: u64,
    modified: (i64, i64),
    changed: Changed,
}

/// What tells whether a file was changed.
#[derive(Debug, PartialEq)]
enum Changed {
    At(i64, i64),
    Content(u64),
}

/// What the arguments of a run lead to.
pub struct Originals {
    states: BTreeMap<PathBuf, State>,
}

impl Originals {
    /// Remembers every file below the folders that a run in `dir` is given; folders themselves where no output may
    /// be beneath.
    pub fn of(dir: &Path, args: &[OsString]) -> Self {
        let mut states = BTreeMap::new();
        let value_of = |option: &str| {
            let at = args.iter().position(|arg| arg == option)?;
            args.get(at + 1).map(|value| dir.join(value))
        };
        let out = ["-o", "--out"].into_iter().find_map(value_of);
        let out = out.map(|out| in_full(&out));
        let mut before: &OsStr = OsStr::new("");
        for arg in args {
            let is_written = WRITTEN.iter().any(|option| before == *option);
            before = arg;
            if is_written || arg.as_encoded_bytes().starts_with(b"-") {
                continue;
            }
            if let Ok(root) = dir.join(arg).canonicalize() {
                // What lies in an OUT that is within a root, is output.
                let beyond = out.as_deref().filter(|out| *out != root && out.starts_with(&root));
                remember(&root, beyond, &mut states);
            }
        }
        Self { states }
    }

    /// Asserts that all of it is as it was.
    pub fn assert_unchanged(&self, what: &str) {
        for (path, state) in &self.states {
            let has_names = matches!(state.changed, Changed::Content(_));
            let now = state_of(path, has_names);
            assert_eq!(now.as_ref(), Some(state), "{what}: {} is not as it was", path.display());
        }
    }
}

/// Returns a path without links, whose last part may not be there yet.
fn in_full(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(parent)), Some(name)) => parent.join(name),
        _ => path.to_owned(),
    })
}

fn state_of(path: &Path, has_names: bool) -> Option<State> {
    let status = path.symlink_metadata().ok()?;
    let changed = if status.is_file() && (has_names || status.nlink() > 1) {
        Changed::Content(xxh3_64(&std::fs::read(path).unwrap_or_default()))
    } else {
        Changed::At(status.ctime(), status.ctime_nsec())
    };
    Some(State {
        inode: status.ino(),
        mode: status.mode(),
        len: status.len(),
        modified: (status.mtime(), status.mtime_nsec()),
        changed,
    })
}

fn remember(path: &Path, beyond: Option<&Path>, states: &mut BTreeMap<PathBuf, State>) {
    if beyond == Some(path) {
        return;
    }
    let Some(state) = state_of(path, false) else { return };
    if !path.is_dir() || path.is_symlink() {
        states.insert(path.to_owned(), state);
        return;
    }
    // A folder changes where OUT is made in it.
    if beyond.is_none() {
        states.insert(path.to_owned(), state);
    }
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        remember(&entry.path(), beyond, states);
    }
}
