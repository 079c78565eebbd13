//! The files of `bench`: results that are written, and one to compare with.

use crate::bench::BenchResult;
use crate::error::{Error, Kind, Result};
use crate::fs::{Fs, WholeFile};
use crate::report::{Format, read_json, render};
use crate::units::Bytes;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The largest file that is read for a result: thirty runs of thirty series on thirty drives take a fifth of it.
const LONGEST: Bytes = Bytes(32 << 20);

/// Files that were begun.
pub(super) struct Outputs(Vec<(PathBuf, Format, WholeFile)>);

impl Outputs {
    /// Begins files, each in the format that its ending says.
    ///
    /// # Errors
    /// [`Kind::Usage`] for an ending that is no format, and for a file that is there and no such result;
    /// [`Kind::OutputFailed`] with what the system says.
    pub(super) fn open(paths: &[PathBuf], fs: &Fs) -> Result<Self> {
        let mut files: Vec<(PathBuf, Format, WholeFile)> = Vec::new();
        for path in paths {
            let format = Format::of(path)?;
            if files.iter().any(|(other, ..)| other == path) {
                return Err(Error::usage("it is named twice").at(path).hint("leave one -o out"));
            }
            let is_such = |first: &[u8]| format.is_begun_by(first);
            let file = fs.create_whole_file(path, is_such).map_err(failed(path))?.ok_or_else(|| {
                Error::usage("it is there, and no such result").at(path).hint("choose another name with -o")
            })?;
            files.push((path.clone(), format, file));
        }
        Ok(Self(files))
    }

    /// Writes a result into all of them, whatever becomes of the others.
    ///
    /// # Errors
    /// [`Kind::OutputFailed`] with what the system says, of the first that failed.
    pub(super) fn write(self, result: &BenchResult) -> Result<()> {
        let write = |(path, format, mut file): (PathBuf, Format, WholeFile)| {
            let mut bytes = Vec::new();
            render(result, format, &mut bytes)
                .and_then(|()| file.write_all(&bytes))
                .and_then(|()| file.finish())
                .map_err(failed(&path))
        };
        let results: Vec<_> = self.0.into_iter().map(write).collect();
        results.into_iter().collect()
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Error {
    move |error| Error::new(Kind::OutputFailed, "cannot write").at(path).because(error)
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
