//! The default: every folder is split into its subfolders, which threads share by work stealing; roots on
//! hard disks are swept in the order of inodes instead.

use super::crew::{self, Crew, RESERVE, Strength};
use super::line::{Stacks, Sweep as Swept};
use super::{Engine, Walk};
use crate::device::{DriveKind, Reading, System, policy};
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
        let system = System::here();
        let walkers = |root: usize| {
            let volume = system.volume(walk.roots[root].path(), &walk.fs);
            let reading = Reading::of(&volume, &walk.reading, (&system, &walk.fs), |_| None);
            let walkers = reading.policy.walkers;
            if walk.threads < 2 {
                let how = if walkers == 1 { "swept by one thread" } else { "walked by threads" };
                walk.outlet.note(walk.roots[root].path(), &format!("{}: {how}", reading.why));
            }
            walkers
        };
        let all = (0..walk.roots.len()).map(|root| (root, walkers(root)));
        let (disks, others): (Vec<_>, Vec<_>) =
            all.partition(|(_, walkers)| walk.threads < 2 && *walkers == 1);
        let most = others.iter().map(|(_, walkers)| *walkers).max().unwrap_or(1);
        let bare = |roots: Vec<(usize, usize)>| roots.into_iter().map(|(root, _)| root).collect::<Vec<_>>();
        let (disks, others) = (bare(disks), bare(others));
        if disks.is_empty() {
            return shared(walk, &others, most).walk();
        }
        let sweep = swept(walk, &disks);
        if others.is_empty() {
            return sweep.walk();
        }
        // Both at once: they are different drives. All crews are known to the watch before one begins.
        let crew = shared(walk, &others, most);
        let thread = std::thread::Builder::new().name("scan-sweep".to_owned());
        let other = sweep.clone();
        let started = thread.spawn(move || other.walk());
        crew.walk();
        match started {
            Ok(sweeping) => {
                if let Err(panic) = sweeping.join() {
                    std::panic::resume_unwind(panic);
                }
            }
            // No thread is to be had: one must do.
            Err(_) => sweep.walk(),
        }
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
