//! The default: every folder is split into its subfolders, which threads share by work stealing; roots on
//! hard disks are swept in the order of inodes instead.

use super::crew::{self, Crew, RESERVE, Strength};
use super::line::{Stacks, Sweep as Swept};
use super::{Engine, Walk};
use crate::device::{DriveKind, Reading, System, Volume, policy};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Folders that a sweep opens before it lists them.
const OPEN: usize = 256;

/// Threads on all roots.
pub(super) struct Native;

/// One thread that sweeps.
pub(super) struct Sweep;

/// Roots on hard disks are swept, threads share the others; or all, if their number is given.
pub(super) struct Auto;

impl Engine for Native {
    fn walk(&self, walk: &Arc<Walk>) {
        let all: Vec<_> = (0..walk.roots.len()).collect();
        shared(walk, &all, policy(DriveKind::Unknown).walkers).walk();
    }
}

impl Engine for Sweep {
    fn walk(&self, walk: &Arc<Walk>) {
        let all: Vec<_> = (0..walk.roots.len()).collect();
        swept(walk, &all).walk();
    }
}

impl Engine for Auto {
    fn walk(&self, walk: &Arc<Walk>) {
        if walk.threads > 1 {
            return Native.walk(walk);
        }
        let Drives { swept: disks, shared: others, most } = Drives::of(walk);
        // All at once: they are different drives. All crews are known to the watch before one begins.
        let mut crews: Vec<_> = disks.iter().map(|(_, roots)| swept(walk, roots)).collect();
        if !others.is_empty() || crews.is_empty() {
            crews.push(shared(walk, &others, most));
        }
        let last = crews.pop();
        let begin = |crew: Arc<Crew>| {
            let (thread, its) = (std::thread::Builder::new().name("scan-sweep".to_owned()), crew.clone());
            (crew, thread.spawn(move || its.walk()))
        };
        let begun: Vec<_> = crews.into_iter().map(begin).collect();
        last.into_iter().for_each(|crew| crew.walk());
        for (crew, thread) in begun {
            match thread.map(std::thread::JoinHandle::join) {
                Ok(Ok(())) => {}
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                // No thread is to be had: one must do.
                Err(_) => crew.walk(),
            }
        }
    }
}

/// The roots of a walk by how their drives are walked.
struct Drives {
    /// Those that are swept, drive by drive.
    swept: Vec<(Volume, Vec<usize>)>,
    /// Those that threads share.
    shared: Vec<usize>,
    /// How many threads, at most.
    most: usize,
}

impl Drives {
    fn of(walk: &Walk) -> Self {
        let system = System::here();
        let mut drives = Self { swept: Vec::new(), shared: Vec::new(), most: 1 };
        let mut known: HashMap<PathBuf, usize> = HashMap::new();
        for (at, root) in walk.roots.iter().enumerate() {
            let volume = system.volume(root.path(), &walk.fs);
            let walkers = *known.entry(volume.mount_point.clone()).or_insert_with(|| {
                let reading = Reading::of(&volume, &walk.reading, (&system, &walk.fs), |_| None);
                let walkers = reading.policy.walkers;
                let how = if walkers == 1 { "swept by one thread" } else { "walked by threads" };
                walk.outlet.note(&volume.mount_point, &format!("{}: {how}", reading.why));
                walkers
            });
            if walkers > 1 {
                drives.shared.push(at);
                drives.most = drives.most.max(walkers);
            } else if let Some((_, roots)) =
                drives.swept.iter_mut().find(|(other, _)| other.same_drive(&volume))
            {
                roots.push(at);
            } else {
                drives.swept.push((volume, vec![at]));
            }
        }
        drives
    }
}

/// Makes a crew of one thread for each core, and up to `most` while drives let them wait.
fn shared(walk: &Arc<Walk>, roots: &[usize], most: usize) -> Arc<Crew> {
    let strength = match walk.threads {
        0 => {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            Strength { at_once: cores, most: cores.max(most) }
        }
        given => Strength { at_once: given, most: given },
    };
    crew::crew(walk, Box::new(Stacks::new(strength.most + RESERVE)), strength, roots)
}

fn swept(walk: &Arc<Walk>, roots: &[usize]) -> Arc<Crew> {
    let at_once = walk.descriptors.left() / 4;
    let line = Swept::new(at_once.clamp(1, OPEN));
    crew::crew(walk, Box::new(line), Strength { at_once: 1, most: 1 }, roots)
}
