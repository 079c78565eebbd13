//! What drives are asked of files that are open for reading: where they lie, how fast one block comes, and
//! that nothing of them stays in memory.

use super::{Input, Op};
use std::io;
use std::time::{Duration, Instant};

/// What a direct read takes and where it may begin: the largest sector of usual drives.
const BLOCK: usize = 4096;

/// Memory that a drive can write to directly.
#[derive(Debug)]
pub struct DirectRoom(Vec<u8>);

impl Default for DirectRoom {
    fn default() -> Self {
        Self(vec![0; 2 * BLOCK])
    }
}

impl DirectRoom {
    fn block(&mut self) -> &mut [u8] {
        let start = self.0.as_ptr().align_offset(BLOCK).min(BLOCK);
        &mut self.0[start..start + BLOCK]
    }
}

impl Input {
    /// Returns where the file begins on the device of its file system, in bytes; `None` where it has no place of
    /// its own there, and where the file system does not say.
    #[must_use]
    pub fn position(&self) -> Option<u64> {
        #[cfg(target_os = "linux")]
        {
            let first = fiemap::Fiemap::new(&self.file).next()?.ok()?;
            // What is not written out yet is said to begin at 0.
            (first.fe_physical > 0).then_some(first.fe_physical)
        }
        #[cfg(not(target_os = "linux"))]
        None
    }

    /// Lets all further reads pass by the memory of the system, from and into [`DirectRoom`]s only.
    ///
    /// # Errors
    /// What the system says: not every file system can.
    pub fn go_direct(&self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
            let flags = fcntl_getfl(&self.file)?;
            Ok(fcntl_setfl(&self.file, flags | OFlags::DIRECT)?)
        }
        #[cfg(not(target_os = "linux"))]
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Reads the block of 4 KiB at `offset`, rounded down, and returns how long that took.
    ///
    /// # Errors
    /// What the system says.
    pub fn time_block(&self, offset: u64, room: &mut DirectRoom) -> io::Result<Duration> {
        self.fs.check(Op::Read, &self.name)?;
        let begun = Instant::now();
        rustix::io::pread(&self.file, room.block(), offset / BLOCK as u64 * BLOCK as u64)?;
        Ok(begun.elapsed())
    }

    /// Asks the system to forget what it keeps of the file's content in memory.
    ///
    /// It keeps what was written and is not on the drive yet, and what others have mapped.
    ///
    /// # Errors
    /// What the system says.
    pub fn forget(&self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{Advice, fadvise};
            Ok(fadvise(&self.file, 0, None, Advice::DontNeed)?)
        }
        #[cfg(not(target_os = "linux"))]
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Tells whether the byte at `offset` is in memory. If it is not, the system begins to read it.
    ///
    /// # Errors
    /// What the system says; `Unsupported` where it cannot be asked.
    pub fn is_in_memory(&self, offset: u64) -> io::Result<bool> {
        #[cfg(target_os = "linux")]
        {
            use rustix::io::{Errno, ReadWriteFlags, preadv2};
            let mut byte = [0];
            let mut room = [io::IoSliceMut::new(&mut byte)];
            match preadv2(&self.file, &mut room, offset, ReadWriteFlags::NOWAIT) {
                Ok(_) => Ok(true),
                Err(Errno::AGAIN) => Ok(false),
                Err(Errno::OPNOTSUPP | Errno::NOSYS) => Err(io::ErrorKind::Unsupported.into()),
                Err(error) => Err(error.into()),
            }
        }
        #[cfg(not(target_os = "linux"))]
        {
            _ = offset;
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}

#[cfg(test)]
#[allow(clippy::print_stderr, reason = "what cannot be tested is said")]
mod tests {
    use super::*;
    use crate::fs::Fs;

    #[test]
    fn a_file_is_forgotten_read_again_and_timed() {
        // Not in a temporary folder: that may be in memory, where nothing is forgotten.
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/photos/library");
        let path = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        let path =
            path.filter(|path| path.is_file()).max_by_key(|path| path.metadata().unwrap().len()).unwrap();
        let open = || Fs::default().open_file(&path).unwrap();
        let mut bytes = Vec::new();
        open().read_all(crate::units::Bytes(1 << 30), &mut bytes).unwrap();
        let asked = open().is_in_memory(0);
        if asked.is_err() {
            eprintln!("skipped: this file system does not tell what is in memory");
            return;
        }
        assert!(asked.unwrap(), "it was just read");
        if open().go_direct().is_ok() {
            let direct = open();
            direct.go_direct().unwrap();
            let mut room = DirectRoom::default();
            assert!(direct.time_block(5000, &mut room).unwrap() > Duration::ZERO);
            assert_eq!(room.block(), &bytes[BLOCK..2 * BLOCK], "the block that byte 5,000 is in");
        }
        assert!(open().forget().is_ok());
    }

    #[test]
    fn files_made_one_after_the_other_have_places_of_their_own() {
        let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let mut places = std::collections::HashSet::new();
        for at in 0..3 {
            let path = dir.path().join(at.to_string());
            std::fs::write(&path, vec![at; 100_000]).unwrap();
            std::fs::File::open(&path).unwrap().sync_all().unwrap();
            places.insert(Fs::default().open_file(&path).unwrap().position());
        }
        // Where the file system does not say, none has one.
        assert!(places.len() == 3 || places == [None].into(), "{places:?}");
    }
}
