//! Files that are read from their beginning to their end, whatever they are.

use super::{Fs, Op, beneath};
use rustix::fs::OFlags;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// One read asks for this much.
const BLOCK: usize = 256 << 10;

impl Fs {
    /// Opens a file, pipe or device to read it once; links in its path are followed. `-` is standard
    /// input.
    ///
    /// # Errors
    /// What the system says; also when it is a folder.
    pub fn open_stream(&self, path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
        self.check(Op::OpenFile, path)?;
        if path == "-" {
            return Ok(Box::new(BufReader::with_capacity(BLOCK, io::stdin())));
        }
        let file = File::from(beneath::open_root(path, OFlags::RDONLY | OFlags::NOCTTY)?);
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(Box::new(BufReader::with_capacity(BLOCK, file)))
    }
}
