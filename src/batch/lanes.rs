//! Which drives the photos of a batch lie on, and how each is read.

use super::plan::CropPlan;
use super::read::Source;
use crate::device::{self, Reading, System, Volume};
use std::sync::Arc;

/// The photos of a batch on one drive.
pub(super) struct Lane {
    pub(super) volume: Volume,
    /// By their places in the set, rising.
    pub(super) photos: Vec<u32>,
    pub(super) reading: Reading,
}

/// Splits a batch by drives. Each that may not be what it says is looked at for a moment, all at once.
pub(super) fn lanes(source: &Arc<Source>, plan: &CropPlan) -> Vec<Lane> {
    let lanes = device::Lane::split(&source.set, &System::here(), source.fs());
    std::thread::scope(|scope| {
        let looks: Vec<_> = lanes
            .into_iter()
            .map(|lane| {
                scope.spawn(move || {
                    let reading = lane.reading(&plan.reading, |kind| {
                        let (source, photos) = (Arc::clone(source), lane.photos.clone());
                        device::probe(kind, Arc::new(move |spot| open(&source, spread(&photos, spot)?)))
                    });
                    Lane { volume: lane.volume, photos: lane.photos, reading }
                })
            })
            .collect();
        looks
            .into_iter()
            .map(|look| look.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

fn open(source: &Source, photo: u32) -> Option<crate::fs::Input> {
    source.open(&source.set.get(photo as usize)?).ok()
}

/// Returns one of some photos, for each spot one that is far from the others.
fn spread(photos: &[u32], spot: usize) -> Option<u32> {
    // The golden ratio leaves no gap large (Knuth, The Art of Computer Programming 3, section 6.4).
    let share = (spot as f64 * 0.618_033_988_749_895).fract();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the length")]
    let at = (share * photos.len() as f64) as usize;
    photos.get(at).copied()
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
