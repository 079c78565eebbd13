//! Which photos a run gets: others each time, of the same mix of sizes.

use super::stats::Random;

/// The share of the machine's memory that the photos of a run may take: they stay in it while it is warm.
const OF_MEMORY: u64 = 4;

impl Random {
    /// Makes another source, which has nothing to do with what comes of this one later.
    pub(super) const fn fork(&mut self) -> Self {
        Self::new(self.bits())
    }

    /// Puts things in an order of chance.
    pub(super) fn shuffle<T>(&mut self, things: &mut [T]) {
        for at in (1..things.len()).rev() {
            things.swap(at, self.below(at + 1));
        }
    }
}

/// Hands out subsets of photos, of one size and with a similar mix of file sizes. No photo comes again before
/// nearly all have come: when no whole subset is left, it begins anew with another shuffle.
///
/// Photos that are neighbours on the drive are drawn in clusters: all of a drive have neighbours, which is
/// what reading in the order of the drive lives on, and of photos drawn one by one hardly any would have some.
/// A subset of clusters has as many clusters as photos in each, so that neither order is flattered.
#[derive(Clone, Debug)]
pub(super) struct Deck {
    /// Clusters, smallest first.
    clusters: Vec<Vec<u32>>,
    /// Clusters of a subset.
    size: usize,
    /// As many strata as a subset has clusters, each as many clusters as there are subsets.
    strata: Vec<Vec<Vec<u32>>>,
    random: Random,
}

impl Deck {
    /// Makes a deck of photos with their bytes, as they lie on the drive, for subsets of about `count`
    /// photos, or fewer if there are not as many.
    pub(super) fn new(photos: &[(u32, u64)], count: usize, random: Random) -> Self {
        let count = count.min(photos.len()).max(1);
        let (of_cluster, size) = (count.isqrt(), count / count.isqrt());
        // What is left over is less than a cluster, and left out.
        let mut clusters: Vec<(u64, Vec<u32>)> = photos
            .chunks_exact(of_cluster)
            .map(|photos| {
                photos.iter().fold((0, Vec::new()), |(sum, mut all), &(photo, bytes)| {
                    all.push(photo);
                    (bytes.saturating_add(sum), all)
                })
            })
            .collect();
        clusters.sort_unstable();
        let clusters: Vec<_> = clusters.into_iter().map(|(_, photos)| photos).collect();
        Self { size: size.min(clusters.len()).max(1), clusters, strata: Vec::new(), random }
    }

    /// Returns the photos of the next subset, in set order.
    pub(super) fn draw(&mut self) -> Vec<u32> {
        if self.clusters.is_empty() {
            return Vec::new();
        }
        if self.strata.first().is_none_or(Vec::is_empty) {
            self.shuffle();
        }
        let mut subset: Vec<_> = self.strata.iter_mut().filter_map(Vec::pop).flatten().collect();
        subset.sort_unstable();
        subset
    }

    /// Returns photos that are not in a subset, `count` at most.
    pub(super) fn outside(&mut self, subset: &[u32], count: usize) -> Vec<u32> {
        let mut outside = Vec::with_capacity(count);
        for _ in 0..count {
            let start = self.random.below(self.clusters.len());
            let (before, behind) = self.clusters.split_at(start);
            let mut photos = behind.iter().chain(before).flatten();
            let is_outside = |photo: &&u32| subset.binary_search(photo).is_err() && !outside.contains(*photo);
            match photos.find(is_outside) {
                Some(&photo) => outside.push(photo),
                None => break,
            }
        }
        outside
    }

    fn shuffle(&mut self) {
        let subsets = self.clusters.len() / self.size;
        let mut pool = self.clusters.clone();
        // What makes no whole subset is left out, other photos each time.
        for _ in 0..pool.len() - subsets * self.size {
            pool.remove(self.random.below(pool.len()));
        }
        self.strata = pool.chunks(subsets).map(<[Vec<u32>]>::to_vec).collect();
        for stratum in &mut self.strata {
            self.random.shuffle(stratum);
        }
    }
}

/// Returns the most photos that a run may get: fewer than there are, so that some are left to be asked
/// whether they are cold, and no more than memory holds.
pub(super) fn most_photos(known: &[(u32, u64)], memory: u64) -> usize {
    let witnesses = super::cold::WITNESSES;
    let outside = if known.len() >= 4 * witnesses { witnesses } else { 1 };
    let bytes: u64 = known.iter().map(|(_, bytes)| bytes).sum();
    let mean = (bytes / known.len().max(1) as u64).max(1);
    let room = if memory == 0 { u64::MAX } else { memory / OF_MEMORY };
    let held = usize::try_from(room / mean).unwrap_or(usize::MAX);
    (known.len() - outside.min(known.len())).min(held).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn photos(count: u32) -> Vec<(u32, u64)> {
        (0..count).map(|photo| (photo, u64::from(photo * 7919 % 1009) * 1000)).collect()
    }

    #[test]
    fn no_photo_comes_again_before_all_subsets_have() {
        let photos = photos(103);
        let mut deck = Deck::new(&photos, 12, Random::new(5));
        for _ in 0..3 {
            let mut seen = HashSet::new();
            for _ in 0..8 {
                let subset = deck.draw();
                assert_eq!(subset.len(), 12, "4 clusters of 3");
                let neighbours = subset.windows(2).filter(|pair| pair[0] + 1 == pair[1]).count();
                assert!(neighbours >= 8, "{subset:?}");
                assert!(subset.is_sorted());
                assert!(subset.iter().all(|photo| seen.insert(*photo)));
            }
        }
    }

    #[test]
    fn subsets_have_a_similar_mix_of_sizes() {
        let photos = photos(1000);
        let mean = photos.iter().map(|photo| photo.1).sum::<u64>() as f64 / 1000.0;
        let mut deck = Deck::new(&photos, 25, Random::new(9));
        for _ in 0..40 {
            let bytes: u64 = deck.draw().iter().map(|&photo| photos[photo as usize].1).sum();
            let off = (bytes as f64 / 25.0 - mean).abs() / mean;
            assert!(off < 0.1, "{off}");
        }
    }

    #[test]
    fn a_seed_gives_the_same_subsets_and_another_others() {
        let subsets = |seed| {
            let mut deck = Deck::new(&photos(200), 7, Random::new(seed));
            (0..50).map(|_| deck.draw()).collect::<Vec<_>>()
        };
        assert_eq!(subsets(3), subsets(3));
        assert_ne!(subsets(3), subsets(4));
    }

    #[test]
    fn photos_outside_are_outside_and_few_photos_do() {
        let mut deck = Deck::new(&photos(20), 16, Random::new(1));
        let subset = deck.draw();
        let outside = deck.outside(&subset, 2);
        assert!(outside.iter().all(|photo| !subset.contains(photo)));
        assert_eq!(outside.len(), 2);
        let mut all = Deck::new(&photos(3), 9, Random::new(1));
        assert_eq!(all.draw(), [0, 1, 2]);
        assert!(all.outside(&[0, 1, 2], 4).is_empty());
        let mut none = Deck::new(&[], 9, Random::new(1));
        assert!(none.draw().is_empty() && none.outside(&[], 4).is_empty());
    }

    #[test]
    fn every_order_is_as_likely_as_the_others() {
        let mut random = Random::new(7);
        let mut counts = std::collections::HashMap::new();
        for _ in 0..6000 {
            let mut things = [1, 2, 3];
            random.shuffle(&mut things);
            *counts.entry(things).or_insert(0) += 1;
        }
        assert!(counts.len() == 6 && counts.values().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn some_photos_are_left_outside_and_memory_holds_the_rest() {
        let photos = |count: u32| (0..count).map(|photo| (photo, 1000)).collect::<Vec<_>>();
        assert_eq!(most_photos(&photos(100), 0), 96);
        assert_eq!(most_photos(&photos(100), 40_000), 10);
        assert_eq!(most_photos(&photos(5), 0), 4);
        assert_eq!(most_photos(&photos(1), 0), 1);
        assert_eq!(most_photos(&photos(100), 1), 1);
    }
}
