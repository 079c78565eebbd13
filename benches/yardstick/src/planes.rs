//! Full-scale planes of jpegasus against the raw planes of libjpeg-turbo, sample by sample.

use crate::ours::{self, Plane};
use crate::{files, raw};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// Prints a line for each plane of each file and decoder.
pub fn print(files: &[PathBuf]) -> Result<()> {
    for file in files {
        let bytes = fs::read(file).with_context(|| file.display().to_string())?;
        let theirs = raw::planes(&bytes).map(|decoded| decoded.planes);
        for (name, planes) in [("libjpeg-turbo", theirs), ("jpegasus", ours::planes(&bytes))] {
            match planes {
                Ok(planes) => planes.iter().enumerate().for_each(|(i, plane)| line(file, name, i, plane)),
                Err(error) => println!("{}\t{name}\t{error:#}", file.display()),
            }
        }
    }
    Ok(())
}

fn line(file: &Path, name: &str, component: usize, plane: &Plane) {
    let Plane { width, height, samples } = plane;
    println!("{}\t{name}\t{component}\t{width}x{height}\t{:016x}", file.display(), xxh3_64(samples));
}

/// Compares every photo of a folder, or those of a manifest that djpeg calls clean; returns whether all equal.
///
/// Without a manifest every file with a JPEG name counts that libjpeg-turbo decodes without a warning.
pub fn check(folder: &Path, manifest: Option<&Path>, is_verbose: bool) -> Result<bool> {
    let photos = match manifest {
        Some(manifest) => clean(folder, manifest)?,
        None => files::list(&[folder.to_path_buf()])?
            .into_iter()
            .filter(|path| files::is_jpeg_name(path))
            .collect(),
    };
    let (mut equal, mut skipped) = (BTreeMap::<String, u64>::new(), 0);
    let mut differing = 0;
    for photo in photos {
        let bytes = fs::read(&photo).with_context(|| photo.display().to_string())?;
        let verdict = compare(&bytes);
        match &verdict {
            Verdict::Equal(sampling) => *equal.entry(sampling.clone()).or_default() += 1,
            Verdict::Differs(why) => {
                differing += 1;
                println!("DIFFERS {}: {why}", photo.display());
            }
            Verdict::NotClean(why) if manifest.is_some() => {
                skipped += 1;
                println!("skipped {}: {why}", photo.display());
            }
            Verdict::NotClean(_) => skipped += 1,
        }
        if let (true, Verdict::Equal(sampling)) = (is_verbose, &verdict) {
            println!("equal {} {sampling}", photo.display());
        }
    }
    println!(
        "{} equal, {differing} differ, {skipped} not decoded cleanly by libjpeg-turbo, or unsupported",
        equal.values().sum::<u64>()
    );
    for (sampling, count) in equal {
        println!("  {sampling}: {count}");
    }
    Ok(differing == 0)
}

/// Returns the 8-bit Huffman-coded files of a manifest that djpeg decodes without a word.
fn clean(folder: &Path, manifest: &Path) -> Result<Vec<PathBuf>> {
    let mut rows = csv::Reader::from_path(manifest).with_context(|| manifest.display().to_string())?;
    let mut photos = Vec::new();
    for row in rows.deserialize::<BTreeMap<String, String>>() {
        let row = row?;
        let has = |column: &str, values: &[&str]| {
            row.get(column).is_some_and(|value| values.contains(&value.as_str()))
        };
        if has("djpeg", &["clean"]) && has("precision", &["8"]) && has("sof", &["0", "1", "2"]) {
            photos.push(folder.join(row.get("path").context("no column path")?));
        }
    }
    Ok(photos)
}

enum Verdict {
    /// With the sampling factors and the process.
    Equal(String),
    Differs(String),
    NotClean(String),
}

fn compare(bytes: &[u8]) -> Verdict {
    let theirs = match raw::planes(bytes) {
        Ok(decoded) if decoded.warnings == 0 => decoded.planes,
        Ok(decoded) => return Verdict::NotClean(decoded.message),
        Err(error) => return Verdict::NotClean(error.to_string()),
    };
    let ours = match ours::planes(bytes) {
        Ok(planes) => planes,
        Err(error) if ours::is_unsupported(&error) => return Verdict::NotClean(error.to_string()),
        Err(error) => return Verdict::Differs(format!("jpegasus: {error:#}")),
    };
    if ours.len() != theirs.len() {
        return Verdict::Differs(format!("{} planes, {} expected", ours.len(), theirs.len()));
    }
    for (i, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        if let Some(why) = difference(ours, theirs) {
            return Verdict::Differs(format!("component {i}: {why}"));
        }
    }
    Verdict::Equal(ours::sampling(bytes).unwrap_or_default())
}

/// Says where two planes differ first, and in how many samples by how much.
fn difference(ours: &Plane, theirs: &Plane) -> Option<String> {
    if (ours.width, ours.height) != (theirs.width, theirs.height) {
        let (a, b) = ((ours.width, ours.height), (theirs.width, theirs.height));
        return Some(format!("{a:?} samples, {b:?} expected"));
    }
    let gap = |(a, b): (&u8, &u8)| a.abs_diff(*b);
    let pairs = || ours.samples.iter().zip(&theirs.samples);
    let first = pairs().position(|(a, b)| a != b)?;
    let (x, y) = (first % ours.width, first / ours.width);
    let (count, most) = (pairs().filter(|(a, b)| a != b).count(), pairs().map(gap).max().unwrap_or(0));
    Some(format!("{count} samples, by {most} at most, the first at {x},{y}"))
}
