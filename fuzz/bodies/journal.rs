//! The journal in OUT: an input is its lines, most of them without the sum that they begin with.

use super::Choices;
use jpegasus::batch::inside::{Row, journal_rows};
use jpegasus::batch::{CropPlan, Output};
use jpegasus::fs::Fs;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use xxhash_rust::xxh3::xxh3_64;

const HEADER: &[u8] = b"jpegasus journal 1\n";

/// Reads an input as a journal, and as one whose rows have the sums that they should; goes on with it.
pub(crate) fn journal(bytes: &[u8]) {
    let mut choices = Choices::of(bytes);
    check(bytes, &mut choices);
    let file = with_sums(bytes);
    check(&file, &mut choices);
    // What the system is asked takes a hundred times as long.
    if choices.below(16) == 0 {
        OUT.with_borrow(|out| out.check(&file));
    }
}

/// Puts a header before some lines, and before each its sum, unless it begins with `!`.
fn with_sums(lines: &[u8]) -> Vec<u8> {
    let mut file = HEADER.to_vec();
    for line in lines.split_inclusive(|&byte| byte == b'\n') {
        let json = line.strip_suffix(b"\n").unwrap_or(line);
        match line.strip_prefix(b"!") {
            Some(line) => file.extend_from_slice(line),
            None => {
                file.extend_from_slice(format!("{:016x} ", xxh3_64(json)).as_bytes());
                file.extend_from_slice(line);
            }
        }
    }
    file
}

/// Reads a journal; each of its rows is one that was written so.
fn check(file: &[u8], choices: &mut Choices) {
    let (rows, is_torn) = journal_rows(file, file.len().max(1)).unwrap();
    let step = 40 + choices.below(400) as usize;
    assert_eq!(journal_rows(file, step).unwrap(), (rows.clone(), is_torn), "in steps of {step}");
    assert_eq!(is_torn, !file.is_empty() && !file.ends_with(b"\n"));
    assert!(rows.is_empty() || file.starts_with(HEADER));
    for (at, row) in &rows {
        let rest = &file[usize::try_from(*at).unwrap()..];
        assert!(*at == 0 || file[usize::try_from(*at).unwrap() - 1] == b'\n', "{row:?} is part of a line");
        let line = &rest[..rest.iter().position(|&byte| byte == b'\n').expect("it has an end")];
        let (sum, json) = line.split_at(17);
        let sum = u64::from_str_radix(str::from_utf8(sum).unwrap().trim_end(), 16).unwrap();
        assert_eq!(sum, xxh3_64(json), "{row:?} has another sum");
        let written = [HEADER, &row.to_line()].concat();
        assert_eq!(journal_rows(&written, written.len()).unwrap().0, [(HEADER.len() as u64, row.clone())]);
    }
    // Whatever it ends with, the next row is read; so is a last one that lacks nothing but its end.
    let next = next();
    let ended = ended(file);
    let (all, _) = journal_rows(&ended, ended.len()).unwrap();
    assert!(all.starts_with(&rows) && all.len() <= rows.len() + usize::from(is_torn));
    let behind = [&ended[..], &next.to_line()].concat();
    let (more, is_torn) = journal_rows(&behind, behind.len()).unwrap();
    assert!(!is_torn && more.starts_with(&all));
    let is_ours = ended.starts_with(HEADER);
    assert_eq!(more.last().is_some_and(|(_, row)| *row == next), is_ours);
    assert_eq!(more.len(), all.len() + usize::from(is_ours));
}

/// Returns a file with an end to its last line, as it is given one before rows are put behind it.
fn ended(file: &[u8]) -> Vec<u8> {
    let is_torn = !file.is_empty() && !file.ends_with(b"\n");
    [file, if is_torn { b"\n" } else { b"" }].concat()
}

fn next() -> Row {
    Row {
        output: "next.jpg".into(),
        source: "/drive/next.jpg".into(),
        size: 9,
        mtime: -5,
        recipe: "orient,png,keep=none".into(),
        format: 1,
        bytes: 8,
        modified: 7,
        xxh3: u64::MAX,
        is_damaged: false,
    }
}

thread_local! {
    static OUT: RefCell<Out> = RefCell::new(Out::new());
}

/// A folder that outputs go to; in memory, where there is such a place.
struct Out(PathBuf);

impl Out {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let out = parent.join(format!("jpegasus-fuzz-{}-{number}", std::process::id()));
        fs::create_dir_all(out.join(".jpegasus")).unwrap();
        Self(out)
    }

    /// Opens OUT with this journal, twice; what its rows say last of each output stays.
    fn check(&self, file: &[u8]) {
        let journal = self.0.join(".jpegasus/journal");
        fs::write(&journal, file).unwrap();
        let plan = CropPlan::new("png".parse().unwrap(), &self.0);
        let open = || {
            drop(Output::open(&Fs::default(), &plan).expect("no journal is an obstacle"));
            fs::read(&journal).unwrap()
        };
        let after = open();
        assert!(after.starts_with(HEADER) && after.ends_with(b"\n"));
        let (kept, _) = journal_rows(&after, after.len()).unwrap();
        let ended = ended(file);
        let (rows, _) = journal_rows(&ended, ended.len()).unwrap();
        assert_eq!(last_of_each(&kept), last_of_each(&rows));
        assert_eq!(open(), after);
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

fn last_of_each(rows: &[(u64, Row)]) -> BTreeMap<&Path, &Row> {
    rows.iter().map(|(_, row)| (&*row.output, row)).collect()
}
