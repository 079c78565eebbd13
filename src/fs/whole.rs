//! A file that has its name when it is whole.

use super::output::Replace;
use super::{FileKind, Folder, Fs, Links, Op, beneath};
use rustix::fs::{Mode, OFlags};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;

/// A file that is written beside its name and gets it when it is [finished](Self::finish).
///
/// Dropped before, it leaves nothing. A pipe or device is written to as it is.
#[derive(Debug)]
pub struct WholeFile {
    /// `None` once it is closed.
    file: Option<File>,
    name: OsString,
    /// The folder and the temporary name; `None` for a pipe or device.
    temporary: Option<(Folder, OsString)>,
    /// What becomes of a file of that name: one that was not there in the beginning is not ours.
    replace: Replace,
    fs: Fs,
}

impl Fs {
    /// Begins a file that takes the place of one of which `may_replace` approves by its first bytes.
    ///
    /// Links in the path are followed. `None` when something is there that may not be replaced.
    ///
    /// # Errors
    /// What the system says.
    pub fn create_whole_file(
        &self,
        path: &Path,
        may_replace: impl Fn(&[u8]) -> bool,
    ) -> io::Result<Option<WholeFile>> {
        let (parent, name) = beneath::split_last(path);
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        let folder = self.open_folder(parent)?;
        let mut replace = Replace::Always;
        match self.status(path).map(|status| status.kind) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => replace = Replace::Never,
            Err(error) => return Err(error),
            Ok(FileKind::Special) => {
                self.check(Op::CreateFile, path)?;
                let file = Some(File::from(beneath::open_root(path, OFlags::WRONLY | OFlags::NOCTTY)?));
                return Ok(Some(WholeFile {
                    file,
                    name: name.to_owned(),
                    temporary: None,
                    replace,
                    fs: self.clone(),
                }));
            }
            Ok(FileKind::File) if may_replace(&first_bytes(&folder, name)?) => {}
            Ok(_) => return Ok(None),
        }
        let mut temporary = OsString::from(".");
        temporary.push(name);
        temporary.push(".part");
        self.check(Op::CreateFile, Path::new(&temporary))?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&folder.fd, &temporary, flags, Mode::from_raw_mode(0o666))?;
        let temporary = Some((folder, temporary));
        Ok(Some(WholeFile {
            file: Some(File::from(fd)),
            name: name.to_owned(),
            temporary,
            replace,
            fs: self.clone(),
        }))
    }
}

impl WholeFile {
    /// Gives the file its name.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(mut self) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            if self.temporary.is_some() {
                // Or the name could lead to nothing after a power cut, where a good file was before.
                self.fs.check(Op::Sync, Path::new(&self.name))?;
                file.sync_all()?;
            }
            self.fs.check(Op::Close, Path::new(&self.name))?;
            nix::unistd::close(file)?;
        }
        let Some((folder, temporary)) = self.temporary.take() else { return Ok(()) };
        let named = folder.rename(&temporary, &folder, &self.name, self.replace);
        if named.is_err() {
            self.temporary = Some((folder, temporary));
        }
        named
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.fs.check(Op::Write, Path::new(&self.name))?;
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if let Some((folder, temporary)) = &self.temporary {
            // Nothing more can be done about what cannot be removed.
            let _ = folder.remove_file(temporary);
        }
    }
}

/// So many bytes tell what a file is.
const FIRST: u64 = 512;

fn first_bytes(folder: &Folder, name: &OsStr) -> io::Result<Vec<u8>> {
    let fd = beneath::open(folder.fd.as_fd(), Path::new(name), OFlags::RDONLY, Links::Follow)?;
    let mut first = Vec::new();
    File::from(fd).take(FIRST).read_to_end(&mut first)?;
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_name_when_it_is_whole_and_takes_no_others_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows");
        let begin = || Fs::default().create_whole_file(&path, |first| first.starts_with(b"{")).unwrap();
        let mut file = begin().unwrap();
        file.write_all(b"{1}").unwrap();
        assert!(!path.exists());
        file.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"{1}");
        begin().unwrap().write_all(b"{2").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"{1}", "it was not finished");
        std::fs::remove_file(&path).unwrap();
        let file = begin().unwrap();
        std::fs::write(&path, b"\xff\xd8\xff").unwrap();
        assert_eq!(file.finish().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(begin().is_none());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
