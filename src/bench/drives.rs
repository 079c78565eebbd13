//! The photos of a bench, drive by drive.

use super::ground::Ground;
use super::stats::Random;
use super::{DriveFacts, Load};
use crate::device::{Disk, Places, Policy, Reading, System, Volume, Wishes, settle};
use crate::error::Shown;
use crate::fs::Fs;
use crate::scan::{Boundary, ScanPlan};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Photos that are looked at: more than any run reads, and a hard disk looks up so many inodes in some
/// seconds.
const POOL: usize = 20_000;

/// Photos that are looked at in the order of their inodes, before it is time to ask whether time is left.
const AT_ONCE: usize = 1000;

/// The share of the time of a bench that looking at photos may take.
const LOOKING: f64 = 0.1;

/// A drive, and what of the photos lies on it.
pub(super) struct Drive {
    pub(super) facts: DriveFacts,
    pub(super) policy: Policy,
    /// Whether its file system tells where photos lie.
    pub(super) has_positions: bool,
    /// Photos to measure with, as they lie on the drive as far as that is known, and their bytes.
    pub(super) photos: Vec<(u32, u64)>,
    /// Photos on it that were to be measured with.
    pub(super) found: u64,
    volume: Volume,
}

impl Drive {
    /// Returns what is to be walked to find the photos of this drive, of `all` drives; `None` where no root
    /// is on it, and where photos are only listed.
    pub(super) fn walk(&self, plan: &ScanPlan, all: &[Self], fs: &Fs) -> Option<ScanPlan> {
        let mut walk = ScanPlan { lists: Vec::new(), ..plan.clone() };
        if walk.roots.is_empty() {
            if !plan.lists.is_empty() {
                return None;
            }
            walk.roots = vec![PathBuf::from(".")];
        }
        if all.len() > 1 {
            let system = System::here();
            walk.roots.retain(|root| self.volume.same_drive(&system.volume(root, fs)));
            // What is mounted in them is another drive's.
            walk.boundary = Boundary::OneFilesystem;
        }
        (!walk.roots.is_empty()).then_some(walk)
    }
}

/// Sorts the photos of a set by their drives, and looks at as many of them as are needed.
///
/// Also tells what is worth knowing of that.
pub(super) fn find(ground: &Ground) -> (Vec<Drive>, Vec<String>) {
    let lanes = settle(&ground.originals, &Wishes::default());
    let (count, system) = (lanes.len(), System::here());
    let mut notes = Vec::new();
    let reads = ground.plan.loads.iter().any(|&load| load != Load::Walk);
    let drives = lanes.into_iter().map(|(lane, reading)| {
        let photos = match reads {
            true => look(ground, &lane.photos, ground.plan.time.div_f64(count as f64)),
            false => Vec::new(),
        };
        let facts = facts(&system, &lane.volume, &reading, ground.fs());
        if reads && photos.len() < lane.photos.len() {
            let (looked, all) = (photos.len(), lane.photos.len());
            notes.push(format!("{}: measured with {looked} of its {all} photos", facts.name));
        }
        let (photos, has_positions) = arranged(photos);
        let found = lane.photos.len() as u64;
        let Reading { policy, .. } = reading;
        Drive { facts, policy, has_positions, photos, found, volume: lane.volume }
    });
    (drives.collect(), notes)
}

/// A photo that was looked at.
struct Looked {
    photo: u32,
    bytes: u64,
    position: Option<u64>,
    inode: u64,
}

/// Looks at photos at random until enough are known, or for a share of `time`.
fn look(ground: &Ground, photos: &[u32], time: Duration) -> Vec<Looked> {
    let until = Instant::now() + time.mul_f64(LOOKING).max(Duration::from_millis(200));
    let mut order = photos.to_vec();
    if order.len() > POOL {
        Random::new(ground.plan.seed).shuffle(&mut order);
        order.truncate(POOL);
    }
    let mut looked = Vec::with_capacity(order.len());
    for part in order.chunks_mut(AT_ONCE) {
        if ground.stop.is_set() || (Instant::now() > until && !looked.is_empty()) {
            break;
        }
        part.sort_by_cached_key(|&photo| ground.originals.inode(photo as usize));
        for &mut photo in part {
            match ground.open(photo) {
                // An empty file is read in no time, and says nothing of its drive.
                Ok(input) if input.status().len == 0 => {}
                Ok(input) => looked.push(Looked {
                    photo,
                    bytes: input.status().len,
                    position: input.position(),
                    inode: input.status().id.inode,
                }),
                Err(error) => ground.fault(photo, error),
            }
        }
    }
    looked
}

/// Puts photos in the order of the drive, and tells whether that is known; where it is not, that of inodes is
/// near to it.
fn arranged(mut photos: Vec<Looked>) -> (Vec<(u32, u64)>, bool) {
    let is_known = photos.iter().filter(|photo| photo.position.is_some()).count() * 2 > photos.len();
    photos.sort_unstable_by_key(|looked| (looked.position.filter(|_| is_known), looked.inode, looked.photo));
    (photos.into_iter().map(|looked| (looked.photo, looked.bytes)).collect(), is_known)
}

/// Returns what is known of a volume's drive.
fn facts(system: &System, volume: &Volume, reading: &Reading, fs: &Fs) -> DriveFacts {
    let names: Vec<_> = volume.disks.iter().map(|disk| disk.name.as_str()).collect();
    let slowest: Option<&Disk> =
        volume.disks.iter().find(|disk| disk.kind == volume.kind).or_else(|| volume.disks.first());
    let mount_point = Shown(&volume.mount_point).to_string();
    let name = if !names.is_empty() {
        names.join("+")
    } else if volume.source.is_empty() {
        mount_point.clone()
    } else {
        volume.source.clone()
    };
    DriveFacts {
        name: if name.is_empty() { Shown(Path::new(".")).to_string() } else { name },
        kind: reading.kind,
        reason: reading.why.clone(),
        model: slowest.and_then(|disk| disk.model.clone()),
        bus: slowest.map(|disk| disk.bus.name().to_owned()),
        mount_point,
        fs_type: volume.fs_type.clone(),
        mount_options: volume.options.clone(),
        uuid: volume.uuid(system, fs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photos_are_arranged_as_they_lie_if_most_say_so() {
        let looked = |photo: u32, position| Looked { photo, bytes: 1, position, inode: u64::from(9 - photo) };
        let order = |photos: Vec<Looked>| {
            let (photos, is_known) = arranged(photos);
            (photos.into_iter().map(|(photo, _)| photo).collect::<Vec<_>>(), is_known)
        };
        let known = vec![looked(1, Some(30)), looked(2, Some(10)), looked(3, None)];
        assert_eq!(order(known), (vec![3, 2, 1], true));
        let unknown = vec![looked(1, Some(10)), looked(2, None), looked(3, None)];
        assert_eq!(order(unknown), (vec![3, 2, 1], false));
        assert_eq!(order(Vec::new()), (Vec::new(), false));
    }
}
