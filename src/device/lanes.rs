//! The photos of a set, drive by drive, and how each drive is read.

use super::{
    DriveKind, Originals, Policy, Probe, ReadOrder, SavedDrive, System, Volume, Wanted, policy, probe,
};
use crate::fs::{Fs, Input};
use crate::photo::{Photo, PhotoSet, Root};
use std::collections::{BTreeMap, HashMap};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// With fewer photos on a drive it is not worth a look at what it can do. A guess: reading them takes as long.
pub const WORTH_A_LOOK: usize = 32;

/// What is wished of how drives are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Threads that read from each drive; 0 is as many as its kind wants.
    pub readers: usize,
    /// In which order; `None` is what its kind wants.
    pub order: Option<ReadOrder>,
    /// What was saved of drives, by the UUIDs of their file systems.
    pub saved: BTreeMap<String, SavedDrive>,
}

/// The photos of a set that lie on one drive.
#[derive(Debug)]
pub struct Lane {
    /// The first volume of the drive that photos were found on.
    pub volume: Volume,
    /// The photos, by their places in the set, rising.
    pub photos: Vec<u32>,
}

/// How the photos of a lane are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What the drive was taken for.
    pub kind: DriveKind,
    /// How it is read.
    pub policy: Policy,
    /// Both in words, with the reason.
    pub why: String,
}

impl Lane {
    /// Splits a set by the drives that its photos lie on.
    ///
    /// Whatever links lead elsewhere is taken to lie where the link does: that costs time, not photos.
    #[must_use]
    pub fn split(set: &PhotoSet, system: &System, fs: &Fs) -> Vec<Self> {
        let mut lanes = Lanes { system, fs, lanes: Vec::new(), of_folder: HashMap::new() };
        let roots: Vec<_> = set.roots().iter().map(|root| lanes.of_root(root)).collect();
        // Neighbours mostly lie in one folder.
        let mut last: Option<(usize, &Path, usize)> = None;
        for (at, photo) in set.iter().enumerate() {
            let folder = photo.path.parent().unwrap_or(Path::new(""));
            let lane = match last {
                Some((root, last, lane)) if root == photo.root && last == folder => lane,
                _ => lanes.of_photo(&photo, &roots[photo.root]),
            };
            last = Some((photo.root, folder, lane));
            // A set holds fewer than 2^32 photos: it counts their batches so.
            lanes.lanes[lane].photos.extend(u32::try_from(at));
        }
        lanes.lanes.into_iter().filter(|lane| !lane.photos.is_empty()).collect()
    }
}

impl Reading {
    /// Works out how what lies on a volume is read: by what was saved of its drive, or by its kind, and as it
    /// is wished. `look` looks at the drive where that is of use.
    #[must_use]
    pub fn of(
        volume: &Volume,
        wishes: &Wishes,
        (system, fs): (&System, &Fs),
        look: impl FnOnce(DriveKind) -> Option<Probe>,
    ) -> Self {
        let saved = || wishes.saved.get(&volume.uuid(system, fs)?);
        if let Some(saved) = (!wishes.saved.is_empty()).then(saved).flatten() {
            let kind = saved.kind;
            let why = format!("{kind}, with the settings that a bench has saved");
            return Self { kind, policy: wishes.apply(saved.apply(policy(kind))), why };
        }
        let Volume { kind, reason, .. } = volume;
        let (mut kind, mut why) = (*kind, format!("{kind}, for {reason}"));
        let is_sure = matches!(kind, DriveKind::Nvme | DriveKind::Network | DriveKind::Card);
        let is_wished = wishes.readers > 0 && wishes.order.is_some();
        if !is_sure
            && !is_wished
            && let Some(probe) = look(kind)
        {
            let seen = probe.kind(kind);
            if seen != kind {
                why = format!("{seen}, for {probe}, whatever it says itself ({why})");
            }
            kind = seen;
        }
        Self { kind, policy: wishes.apply(policy(kind)), why }
    }
}

/// Splits the photos of a set by drives, and works out how each is read. Drives that may not be what they
/// say are looked at, all at once, for 0.6 s at most.
#[must_use]
pub fn settle(originals: &Arc<Originals>, wishes: &Wishes) -> Vec<(Lane, Reading)> {
    let system = System::here();
    let settled = |lane: Lane| {
        let reading = Reading::of(&lane.volume, wishes, (&system, originals.fs()), |kind| {
            if lane.photos.len() < WORTH_A_LOOK {
                return None;
            }
            let (originals, photos) = (Arc::clone(originals), lane.photos.clone());
            probe(kind, Wanted::Kind, Arc::new(move |spot| open(&originals, spread(&photos, spot)?)))
        });
        (lane, reading)
    };
    std::thread::scope(|scope| {
        let lanes = Lane::split(originals.set(), &system, originals.fs());
        let looks: Vec<_> = lanes.into_iter().map(|lane| scope.spawn(|| settled(lane))).collect();
        looks.into_iter().map(|look| look.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

fn open(originals: &Originals, photo: u32) -> Option<Input> {
    originals.open(&originals.set().get(photo as usize)?).ok()
}

/// Returns one of some photos, for each spot one that is far from the others.
#[must_use]
pub fn spread(photos: &[u32], spot: usize) -> Option<u32> {
    // The golden ratio leaves no gap large (Knuth, The Art of Computer Programming 3, section 6.4).
    let share = (spot as f64 * 0.618_033_988_749_895).fract();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the length")]
    let at = (share * photos.len() as f64) as usize;
    photos.get(at).copied()
}

/// So many threads are saved at most, as they can be wished.
const MOST: u32 = 1024;

impl SavedDrive {
    /// Returns a policy with what was saved in the place of what the kind wants.
    #[must_use]
    pub fn apply(&self, policy: Policy) -> Policy {
        let or = |saved: Option<u32>, kind| saved.map_or(kind, |saved| saved.clamp(1, MOST) as usize);
        Policy {
            walkers: or(self.walkers, policy.walkers),
            heads: or(self.heads, policy.heads),
            whole: or(self.whole, policy.whole),
            order: self.order.unwrap_or(policy.order),
            ..policy
        }
    }
}

impl Wishes {
    /// Returns a policy as it is wished.
    #[must_use]
    pub fn apply(&self, mut policy: Policy) -> Policy {
        if self.readers > 0 {
            (policy.heads, policy.whole) = (self.readers, self.readers);
        }
        policy.order = self.order.unwrap_or(policy.order);
        policy
    }
}

/// What is known of a root that was walked.
struct Beneath {
    /// The lane of what lies beneath it and beneath no other mount; of others, their own.
    lane: usize,
    /// Mounts in it, by path beneath the root, the deepest first.
    inner: Vec<(PathBuf, Volume)>,
}

struct Lanes<'a> {
    system: &'a System,
    fs: &'a Fs,
    lanes: Vec<Lane>,
    /// Of folders that single photos lie in.
    of_folder: HashMap<PathBuf, usize>,
}

impl Lanes<'_> {
    /// Returns the lane of the volume that a path is on.
    fn of(&mut self, path: &Path) -> usize {
        let volume = self.system.volume(path, self.fs);
        self.of_volume(volume)
    }

    fn of_volume(&mut self, volume: Volume) -> usize {
        let known = self.lanes.iter().position(|lane| lane.volume.same_drive(&volume));
        known.unwrap_or_else(|| {
            self.lanes.push(Lane { volume, photos: Vec::new() });
            self.lanes.len() - 1
        })
    }

    /// Returns the lane of a photo, by what is known of its root.
    fn of_photo(&mut self, photo: &Photo<'_>, root: &Option<Beneath>) -> usize {
        let Some(Beneath { lane, inner }) = root else { return self.of_parent(photo.path) };
        let mount = inner.iter().find(|(mount, _)| photo.relative.starts_with(mount));
        mount.map_or(*lane, |(_, volume)| self.of_volume(volume.clone()))
    }

    fn of_parent(&mut self, photo: &Path) -> usize {
        let parent = photo.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if let Some(lane) = self.of_folder.get(parent) {
            return *lane;
        }
        let lane = self.of(parent);
        self.of_folder.insert(parent.to_owned(), lane);
        lane
    }

    /// Returns the lanes of a root that was walked.
    fn of_root(&mut self, root: &Root) -> Option<Beneath> {
        if !root.is_folder() {
            return None;
        }
        let lane = self.of(&root.path);
        let mut inner = Vec::new();
        if let Ok(canonical) = self.fs.canonical(&root.path) {
            for volume in self.system.volumes_beneath(&canonical, self.fs) {
                if let Ok(beneath) = volume.mount_point.strip_prefix(&canonical) {
                    inner.push((beneath.to_owned(), volume));
                }
            }
        }
        inner.sort_by_key(|(beneath, _)| std::cmp::Reverse(beneath.components().count()));
        Some(Beneath { lane, inner })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spots_are_far_apart_and_among_the_photos() {
        let photos: Vec<_> = (0..1000).collect();
        let mut spots: Vec<_> = (0..16).map(|spot| spread(&photos, spot).unwrap()).collect();
        spots.sort_unstable();
        assert!(spots.windows(2).all(|pair| pair[1] - pair[0] > 30), "{spots:?}");
        assert_eq!(spread(&[7], 5), Some(7));
        assert_eq!(spread(&[], 5), None);
    }
}
