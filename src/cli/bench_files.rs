//! The files of `bench`: results that are written, and one to compare with.

use crate::bench::{BenchEnd, BenchResult, Machine, SCHEMA};
use crate::error::{Error, Kind, Result};
use crate::fs::{Fs, WholeFile};
use crate::report::{Format, read_json, render};
use crate::units::Bytes;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The largest file that is read for a result: a thousand runs of a thousand series take less.
const LONGEST: Bytes = Bytes(256 << 20);

/// So many first bytes tell whether a file is a result of the same format.
const ALIKE: usize = 8;

/// Files that were begun.
pub(super) struct Outputs(Vec<(PathBuf, Format, WholeFile)>);

impl Outputs {
    /// Begins files, each in the format that its ending says.
    ///
    /// # Errors
    /// [`Kind::Usage`] for an ending that is no format, and for a file that is there and no such result;
    /// [`Kind::OutputFailed`] with what the system says.
    pub(super) fn open(paths: &[PathBuf], fs: &Fs) -> Result<Self> {
        let mut files = Vec::new();
        for path in paths {
            let format = Format::of(path)?;
            let mut blank = Vec::new();
            // What a result begins with, whatever is in it.
            render(&empty(), format, &mut blank).map_err(failed(path))?;
            let begins_alike = |first: &[u8]| {
                let count = ALIKE.min(first.len()).min(blank.len());
                first[..count] == blank[..count]
            };
            let file = fs.create_whole_file(path, begins_alike).map_err(failed(path))?.ok_or_else(|| {
                Error::usage("it is there, and no such result").at(path).hint("choose another name with -o")
            })?;
            files.push((path.clone(), format, file));
        }
        Ok(Self(files))
    }

    /// Writes a result into all of them.
    ///
    /// # Errors
    /// [`Kind::OutputFailed`] with what the system says.
    pub(super) fn write(self, result: &BenchResult) -> Result<()> {
        for (path, format, mut file) in self.0 {
            let mut bytes = Vec::new();
            render(result, format, &mut bytes)
                .and_then(|()| file.write_all(&bytes))
                .and_then(|()| file.finish())
                .map_err(failed(&path))?;
        }
        Ok(())
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Error {
    move |error| Error::new(Kind::OutputFailed, "cannot write").at(path).because(error)
}

/// Returns a result of nothing.
fn empty() -> BenchResult {
    BenchResult {
        schema: SCHEMA,
        version: String::new(),
        started: 0,
        elapsed: 0.0,
        command: Vec::new(),
        seed: 0,
        ended: BenchEnd::Stopped,
        machine: Machine::default(),
        drives: Vec::new(),
        notes: Vec::new(),
    }
}

/// Reads a result that was written as JSON.
///
/// # Errors
/// [`Kind::Usage`] for what cannot be read or is no such result.
pub(super) fn read(path: &Path, fs: &Fs) -> Result<BenchResult> {
    let usage = |why: String| Error::usage(why).at(path);
    let mut bytes = Vec::new();
    fs.open_file(path)
        .and_then(|mut input| input.read_all(LONGEST, &mut bytes))
        .map_err(|error| usage(error.to_string()))?;
    read_json(&bytes).map_err(|error| error.at(path))
}
