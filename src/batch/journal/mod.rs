//! What earlier runs wrote into OUT: which output was made of what.
//!
//! A text file that only grows, a row an output. It is a hint: a row that is torn, changed or of
//! another version vouches for nothing, and what nothing vouches for is made again and compared.

mod lines;
mod row;

pub use row::Row;

pub(super) use row::state_key;

use crate::fs::{Appender, Flush, Folder, Links, Replace};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// The file, in our own folder of OUT.
const NAME: &str = "journal";
/// What it is called while it is written anew, in the folder for temporary files.
const NEW_NAME: &str = "journal.part";
/// Its first line; a file that begins otherwise is of another version.
const HEADER: &[u8] = b"jpegasus journal 1\n";
/// Rows that were replaced by later ones before the file is written anew without them.
const MOST_DEAD: usize = 1000;
/// One read asks for this much.
const BLOCK: usize = 1 << 20;

/// What the last row of an output says, short enough to keep millions of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Which original it was made of: [`source_key`].
    pub(super) source: u64,
    /// What the original was then, and the recipe: [`Row::state_key`].
    pub(super) state: u64,
    /// Bytes of the output.
    pub(super) bytes: u64,
    /// When it was written, in nanoseconds since 1970.
    pub(super) modified: i64,
    /// xxh3 of its content.
    pub(super) xxh3: u64,
    /// Where the row begins in the file.
    at: u64,
}

/// What the journal said when the run began, by output.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<u128, Entry>);

impl Known {
    pub(super) fn get(&self, output: &Path) -> Option<&Entry> {
        self.0.get(&output_key(output))
    }
}

/// The journal of this run.
#[derive(Debug)]
pub(super) struct Journal {
    file: Appender,
}

impl Journal {
    /// Reads the journal in the folder `own` and opens it for this run's rows.
    ///
    /// # Errors
    /// What the system says. A journal that makes no sense is no error.
    pub(super) fn open(own: &Folder, temporary: &Folder) -> io::Result<(Self, Known)> {
        let read = read(own)?;
        let is_crowded = read.rows > MOST_DEAD + 2 * read.known.0.len();
        if !read.is_ours || is_crowded {
            rewrite(own, temporary, &read)?;
        }
        let mut file = own.append_to(OsStr::new(NAME))?;
        if read.is_torn && !is_crowded {
            file.append(b"\n")?;
        }
        Ok((Self { file }, read.known))
    }

    /// Reads the journal without opening it for writing; nothing where there is none.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn peek(own: &Folder) -> io::Result<Known> {
        Ok(read(own)?.known)
    }

    /// Adds rows.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn add(&mut self, rows: &[Row]) -> io::Result<()> {
        let text: Vec<u8> = rows.iter().flat_map(Row::to_line).collect();
        if text.is_empty() { Ok(()) } else { self.file.append(&text) }
    }
}

/// Returns what stands for an output in memory.
fn output_key(output: &Path) -> u128 {
    xxh3_128(output.as_os_str().as_encoded_bytes())
}

/// Returns what stands for an original: a number of its canonical path.
pub(super) fn source_key(source: &Path) -> u64 {
    xxh3_64(source.as_os_str().as_encoded_bytes())
}

/// What a journal holds.
#[derive(Debug, Default)]
struct Read {
    known: Known,
    /// Rows that make sense.
    rows: usize,
    /// Whether its header is ours.
    is_ours: bool,
    /// Whether its last line has no end.
    is_torn: bool,
}

fn read(own: &Folder) -> io::Result<Read> {
    let (mut read, mut reader) = (Read::default(), Reader::default());
    read.is_torn = each_line(own, |at, line| {
        if let Some(row) = reader.row(line) {
            read.rows += 1;
            read.known.0.insert(output_key(&row.output), row.entry(at));
        }
        Ok(())
    })?;
    read.is_ours = reader.is_ours();
    Ok(read)
}

/// Makes rows of lines, if the first of them says that they are of this version.
#[derive(Debug, Default)]
struct Reader(Option<bool>);

impl Reader {
    fn row(&mut self, line: &[u8]) -> Option<Row> {
        match self.0 {
            None => {
                self.0 = Some(line == HEADER.trim_ascii_end());
                None
            }
            Some(true) => Row::from_line(line),
            Some(false) => None,
        }
    }

    fn is_ours(&self) -> bool {
        self.0 == Some(true)
    }
}

/// Returns the rows of a journal that is read in blocks of `step` bytes, with their places, and whether its last
/// line has no end.
pub(super) fn rows(mut file: &[u8], step: usize) -> io::Result<(Vec<(u64, Row)>, bool)> {
    let (mut rows, mut reader) = (Vec::new(), Reader::default());
    let more = |buffer: &mut Vec<u8>| {
        let (now, rest) = file.split_at(step.min(file.len()));
        buffer.extend_from_slice(now);
        file = rest;
        Ok(now.len())
    };
    let is_torn = lines::each(more, |at, line| {
        rows.extend(reader.row(line).map(|row| (at, row)));
        Ok(())
    })?;
    Ok((rows, is_torn))
}

/// Writes the journal anew, with the last row of each output only, and puts it in place of the old one.
fn rewrite(own: &Folder, temporary: &Folder, read: &Read) -> io::Result<()> {
    temporary.create_file(OsStr::new(NEW_NAME), HEADER, Flush::Later)?;
    let mut new = temporary.append_to(OsStr::new(NEW_NAME))?;
    if read.is_ours {
        let mut block = Vec::new();
        each_line(own, |at, line| {
            let row = Row::from_line(line);
            if row.is_some_and(|row| read.known.get(&row.output).is_some_and(|entry| entry.at == at)) {
                block.extend_from_slice(line);
                block.push(b'\n');
            }
            if block.len() >= BLOCK {
                new.append(&block)?;
                block.clear();
            }
            Ok(())
        })?;
        new.append(&block)?;
    }
    temporary.rename(OsStr::new(NEW_NAME), own, OsStr::new(NAME), Replace::Always)
}

/// Hands each line of the journal and its place to `visit`; tells whether the last one has no end.
///
/// A journal that is not there has no lines.
fn each_line(own: &Folder, visit: impl FnMut(u64, &[u8]) -> io::Result<()>) -> io::Result<bool> {
    let name = Path::new(NAME);
    match own.status_of(name.as_os_str(), Links::Ignore) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        answer => answer?,
    };
    let gone = |error: crate::error::Error| error.source.unwrap_or_else(|| io::Error::other(error.why));
    let mut file = own.open_file(name, Links::Ignore).map_err(gone)?;
    lines::each(|buffer| file.read_more(buffer, BLOCK).map_err(gone), visit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Fs;
    use std::path::PathBuf;

    fn row(output: &str, bytes: u64) -> Row {
        Row {
            output: PathBuf::from(output),
            source: PathBuf::from("/drive").join(output),
            size: 9,
            mtime: -5,
            recipe: "orient,png,keep=none".to_owned(),
            format: 1,
            bytes,
            modified: 7,
            xxh3: u64::MAX,
            is_damaged: false,
        }
    }

    fn folders(dir: &Path) -> (Folder, Folder) {
        let fs = Fs::default();
        (fs.open_folder(dir).unwrap(), fs.create_folders(&dir.join("tmp")).unwrap())
    }

    fn reopened(dir: &Path) -> Known {
        let (own, temporary) = folders(dir);
        Journal::open(&own, &temporary).unwrap().1
    }

    #[test]
    fn rows_are_found_again_and_the_last_one_counts() {
        let dir = tempfile::tempdir().unwrap();
        let (own, temporary) = folders(dir.path());
        let (mut journal, known) = Journal::open(&own, &temporary).unwrap();
        assert!(known.0.is_empty());
        journal.add(&[row("a.jpg", 1), row("b.jpg", 2)]).unwrap();
        journal.add(&[row("a.jpg", 3)]).unwrap();
        let known = reopened(dir.path());
        assert_eq!(known.0.len(), 2);
        let entry = *known.get(Path::new("a.jpg")).unwrap();
        assert_eq!((entry.bytes, entry.xxh3, entry.modified), (3, u64::MAX, 7));
        assert_eq!(entry.source, source_key(Path::new("/drive/a.jpg")));
        assert_eq!(entry.state, row("x", 0).state_key());
    }

    #[test]
    fn a_journal_torn_or_changed_at_any_byte_vouches_for_nothing_false() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(NAME);
        drop(reopened(dir.path()));
        let (own, temporary) = folders(dir.path());
        let (mut journal, _) = Journal::open(&own, &temporary).unwrap();
        journal.add(&[row("a.jpg", 1), row("b.jpg", 2)]).unwrap();
        let whole = std::fs::read(&file).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&file, &whole[..cut]).unwrap();
            let known = reopened(dir.path());
            for (name, bytes) in [("a.jpg", 1), ("b.jpg", 2)] {
                assert!(known.get(Path::new(name)).is_none_or(|entry| entry.bytes == bytes));
            }
            // Whatever is torn, the next rows are read.
            let (mut journal, _) = Journal::open(&own, &temporary).unwrap();
            journal.add(&[row("c.jpg", 5)]).unwrap();
            assert!(reopened(dir.path()).get(Path::new("c.jpg")).is_some(), "cut at {cut}");
        }
        for at in 0..whole.len() {
            let mut bad = whole.clone();
            bad[at] ^= 1;
            std::fs::write(&file, &bad).unwrap();
            let known = reopened(dir.path());
            assert!(known.0.values().all(|entry| entry.bytes == 1 || entry.bytes == 2), "changed at {at}");
            assert!(known.0.len() <= 2);
        }
    }

    #[test]
    fn rows_behind_a_line_without_end_are_read() {
        let dir = tempfile::tempdir().unwrap();
        drop(reopened(dir.path()));
        let junk = vec![b'x'; 2 * BLOCK - HEADER.len()];
        std::fs::write(dir.path().join(NAME), [HEADER, &junk].concat()).unwrap();
        let (own, temporary) = folders(dir.path());
        let (mut journal, _) = Journal::open(&own, &temporary).unwrap();
        journal.add(&[row("a.jpg", 1)]).unwrap();
        assert!(reopened(dir.path()).get(Path::new("a.jpg")).is_some());
    }

    #[test]
    fn a_journal_of_another_version_is_begun_anew() {
        let dir = tempfile::tempdir().unwrap();
        let line = row("a.jpg", 1).to_line();
        std::fs::write(dir.path().join(NAME), [b"jpegasus journal 2\n", &line[..]].concat()).unwrap();
        assert!(reopened(dir.path()).0.is_empty());
        assert_eq!(std::fs::read(dir.path().join(NAME)).unwrap(), HEADER);
    }

    #[test]
    fn dead_rows_are_left_out_when_there_are_many() {
        let dir = tempfile::tempdir().unwrap();
        let (own, temporary) = folders(dir.path());
        let (mut journal, _) = Journal::open(&own, &temporary).unwrap();
        for bytes in 0..1100 {
            journal.add(&[row("a.jpg", bytes)]).unwrap();
        }
        assert_eq!(reopened(dir.path()).get(Path::new("a.jpg")).unwrap().bytes, 1099);
        assert_eq!(std::fs::read(dir.path().join(NAME)).unwrap().split(|&b| b == b'\n').count(), 3);
        assert_eq!(reopened(dir.path()).get(Path::new("a.jpg")).unwrap().bytes, 1099);
    }
}
