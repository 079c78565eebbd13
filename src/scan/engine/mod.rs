//! Who walks the folders: one small trait, one file an engine.

mod crew;
mod descriptors;
mod endless;
mod folder;
mod ignore;
mod jwalk;
mod laps;
mod level;
mod line;
mod listing;
mod native;
mod parts;
mod paths;
mod serial;

use super::outlet::Outlet;
use super::plan::EngineKind;
use super::roots::WalkRoot;
use super::rules::Rules;
use super::watch::Watch;
use crate::device::Wishes;
use crate::fs::Fs;
use std::sync::Arc;

pub(super) use descriptors::Descriptors;
pub(super) use level::Anchor;

/// A walk: everything an engine needs to know.
pub(super) struct Walk {
    /// What is wanted.
    pub(super) rules: Rules,
    /// Where it begins. No two lead to the same file by the same rules.
    pub(super) roots: Vec<WalkRoot>,
    /// What is known of each of them, as many.
    pub(super) anchors: Vec<Anchor>,
    /// The way to the files.
    pub(super) fs: Fs,
    /// Threads that read folders; 0 leaves it to the engine.
    pub(super) threads: usize,
    /// What is wished of how drives are read.
    pub(super) reading: Wishes,
    /// Where photos and faults go.
    pub(super) outlet: Outlet,
    /// How many folders may be kept open.
    pub(super) descriptors: Descriptors,
    /// Who looks after those who wait for drives.
    pub(super) watch: Watch,
}

/// One who walks folders.
///
/// Every engine hands the outlet each photo beneath the roots once, a fault for each folder that
/// could not be read, and the count of those that could; in any order, from any thread. It returns
/// when all is handed on, or soon after the outlet is halted.
pub(super) trait Engine: Send {
    /// Walks.
    fn walk(&self, walk: &Arc<Walk>);
}

/// Returns the engine of this kind.
pub(super) fn engine(kind: EngineKind) -> Box<dyn Engine> {
    match kind {
        EngineKind::Serial => Box::new(serial::Serial),
        EngineKind::Auto => Box::new(native::Auto),
        EngineKind::Native => Box::new(native::Native),
        EngineKind::Sweep => Box::new(native::Sweep),
        EngineKind::Ignore => Box::new(ignore::Ignore),
        EngineKind::Jwalk => Box::new(jwalk::Jwalk),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Nobody;
    use crate::fs::{Entry, ListBuffer};
    use crate::photo::Root;
    use crate::scan::ScanPlan;
    use crate::scan::outlet::{Halt, Message, Spare, Way};
    use crate::scan::roots::Roots;
    use crossbeam_channel::Receiver;
    use std::collections::BTreeSet;
    use std::ops::ControlFlow;
    use std::os::unix::ffi::OsStrExt;
    use std::path::PathBuf;
    use std::time::Duration;

    /// Makes a walk with so many descriptors; returns it with its roots and what comes out of it.
    fn walk_of(paths: &[PathBuf], descriptors: usize) -> (Arc<Walk>, Vec<Root>, Receiver<Message>) {
        let rules = Rules::new(&ScanPlan::default()).unwrap();
        let fs = Fs::default();
        let roots = Roots::resolve(paths, &[], &rules, &fs).unwrap();
        let (sender, receiver) = crossbeam_channel::unbounded();
        let outlet = Outlet {
            photos: Way::new(sender.clone()),
            faults: Way::new(sender),
            observer: Arc::new(Nobody),
            halt: Halt::default(),
            folders: Arc::default(),
            batch_len: 7,
            spare: Spare::default(),
        };
        let descriptors = Descriptors::new(descriptors);
        let watch = Watch::new(Duration::MAX);
        let (walks, anchors) = (roots.walks, roots.all.iter().map(|_| Anchor::default()).collect());
        let reading = Wishes::default();
        let walk = Walk { rules, roots: walks, anchors, fs, threads: 4, reading, outlet, descriptors, watch };
        (Arc::new(walk), roots.all, receiver)
    }

    /// Walks with so many descriptors; returns the paths and how many faults there were.
    fn walk(kind: EngineKind, paths: &[PathBuf], descriptors: usize) -> (BTreeSet<Vec<u8>>, usize) {
        let (walk, roots, receiver) = walk_of(paths, descriptors);
        engine(kind).walk(&walk);
        walk.watch.end();
        drop(walk);
        let (mut paths, mut faults) = (BTreeSet::new(), 0);
        for message in receiver {
            match message {
                Message::Fault(_) => faults += 1,
                Message::Batch(batch) => {
                    let photos = batch.iter(&roots).map(|photo| photo.path.as_os_str().as_bytes().to_vec());
                    paths.extend(photos.collect::<Vec<_>>());
                }
            }
        }
        (paths, faults)
    }

    #[test]
    fn any_part_of_a_folder_has_the_names_whose_places_are_in_it() {
        let dir = tempfile::tempdir().unwrap();
        (0..3000).for_each(|at| std::fs::write(dir.path().join(format!("{at}.jpg")), "").unwrap());
        let folder = Fs::default().open_folder(dir.path()).unwrap();
        let mut names = Vec::new();
        let mut place = 0;
        let mut keep = |entry: Entry<'_>| {
            names.push((std::mem::replace(&mut place, entry.next), entry.name.as_bytes().to_vec()));
            ControlFlow::Continue(())
        };
        folder.list(&mut ListBuffer::default(), &mut keep).unwrap();
        if !folder.is_listed_by_hash() || names[1].0 < 1 << 40 {
            return; // Here folders are read by one thread.
        }
        let (walk, roots, receiver) = walk_of(&[dir.path().to_owned()], 10);
        let post = walk.watch.post(None);
        let expect = |from: u64, end: u64| {
            post.desk().path = walk.roots[0].prefix().to_vec();
            let mut subfolders = level::Subfolders::default();
            let listing = listing::Listing::new(&walk, 0, &folder, 0, &post, &mut subfolders);
            let count = listing.part(&mut ListBuffer::default(), from..end, None);
            post.desk().collector.flush(&walk.outlet);
            let mut found = Vec::new();
            while let Ok(Message::Batch(batch)) = receiver.try_recv() {
                let name = |photo: crate::photo::Photo<'_>| photo.relative.as_os_str().as_bytes().to_vec();
                found.extend(batch.iter(&roots).map(name));
            }
            let inside = names[1..].iter().filter(|(place, _)| (from..end).contains(place));
            let expected: Vec<_> = inside.map(|(_, name)| name.clone()).collect();
            assert_eq!(found, expected, "{from} to {end}");
            assert_eq!(count, Some(expected.len() as u64));
        };
        // Between two names, at one, and with one name only in it: there a listing begins beyond its end.
        for at in [1, 2, 700, 1500, 2998] {
            let (this, next) = (names[at].0, names[at + 1].0);
            for from in [this - 1, this, this + 1, next - 1] {
                for end in [from + 1, this, this + 1, next - 1, next, next + 1, names[2999].0, u64::MAX] {
                    if from < end {
                        expect(from, end);
                    }
                }
            }
        }
    }

    #[test]
    fn a_walk_without_descriptors_to_keep_finds_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let mut long = dir.path().to_owned();
        for depth in 0..40 {
            for name in ["x", "y"] {
                std::fs::create_dir_all(long.join(name)).unwrap();
                std::fs::write(long.join(name).join(format!("{depth}.jpg")), "").unwrap();
            }
            long.push("n".repeat(60));
        }
        std::fs::create_dir_all(&long).unwrap();
        let roots = [dir.path().join("y"), dir.path().to_owned(), dir.path().join("x")];
        let (all, _) = walk(EngineKind::Serial, &roots, 1000);
        assert_eq!(all.len(), 80);
        for kind in [EngineKind::Serial, EngineKind::Native, EngineKind::Sweep] {
            for descriptors in [0, 1, 2, 5] {
                assert_eq!(walk(kind, &roots, descriptors), (all.clone(), 0), "{kind} {descriptors}");
            }
        }
    }
}
