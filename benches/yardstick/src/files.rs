//! Files in, files out, several threads.

use crate::Run;
use anyhow::{Context, Result, ensure};
use rayon::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

/// One thread's tools; makes one output of one input.
pub trait Work {
    /// Returns the file to write for the file that was read.
    fn work(&mut self, bytes: &[u8]) -> Result<Vec<u8>>;
}

/// Does `work` to every photo of a run, in a pool of threads; each file is read and written whole.
pub fn each<W: Work, F: Fn() -> Result<W> + Sync>(run: &Run, work: F) -> Result<()> {
    let photos = list(&run.inputs)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(run.threads).build()?;
    pool.install(|| {
        photos.par_iter().with_max_len(1).try_for_each_init(&work, |worker, photo| {
            let worker = worker.as_mut().map_err(|error| anyhow::anyhow!("{error}"))?;
            let bytes = fs::read(photo).with_context(|| photo.display().to_string())?;
            let made = worker.work(&bytes).with_context(|| photo.display().to_string())?;
            let name = photo.file_name().context("a path without a name")?;
            fs::write(run.out.join(name), made).context("cannot write")
        })
    })
}

/// Returns files as given and all files below given folders, sorted.
pub fn list(inputs: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut left = inputs.to_vec();
    while let Some(path) = left.pop() {
        if !path.is_dir() {
            found.push(path);
            continue;
        }
        for entry in fs::read_dir(&path).with_context(|| path.display().to_string())? {
            left.push(entry?.path());
        }
    }
    ensure!(!found.is_empty(), "no files");
    found.sort();
    Ok(found)
}

/// Returns whether a name ends as those of JPEG files do.
pub fn is_jpeg_name(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    ["jpg", "jpeg", "jpe", "jfif"].iter().any(|known| ending == *known)
}
