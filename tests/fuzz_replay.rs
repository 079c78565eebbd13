//! What the fuzzers found worth keeping, without a fuzzer: every saved input goes through its target; so do
//! pictures of random coefficients.

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;
mod pictures;

use pictures::{Coding, Picture};
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

/// Runs every saved input of a target, and the test photos that are small; names those that fail.
fn replay(target: &str, body: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let saved = fs::read_dir(root.join("fuzz/saved").join(target)).unwrap();
    let mut paths: Vec<_> = saved.map(|entry| entry.unwrap().path()).collect();
    assert!(paths.len() >= 50, "only {} saved inputs", paths.len());
    for folder in
        ["photos/formats", "photos/orientation", "hostile/corrupt", "hostile/truncated", "hostile/warnings"]
    {
        let photos = fs::read_dir(root.join("fixtures").join(folder)).unwrap();
        paths.extend(photos.map(|entry| entry.unwrap().path()));
    }
    paths.sort();
    let failed: Vec<_> = paths.iter().filter(|path| fails(path, body)).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn saved_headers_are_read_in_every_way() {
    replay("header", bodies::header);
}

#[test]
fn saved_photos_decode_alike_at_every_scale_and_window() {
    replay("decode", bodies::decode);
}

#[test]
fn saved_photos_are_cut_and_turned_without_loss() {
    replay("lossless", bodies::lossless);
}

/// Runs every saved input of a target whose inputs are no photos; names those that fail.
fn replay_saved(target: &str, least: usize, body: fn(&[u8])) {
    let saved = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/saved").join(target);
    let paths: Vec<_> = fs::read_dir(saved).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(paths.len() >= least, "only {} saved inputs", paths.len());
    let failed: Vec<_> = paths.iter().filter(|path| fails(path, body)).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

fn fails(path: &Path, body: fn(&[u8])) -> bool {
    let bytes = fs::read(path).unwrap();
    catch_unwind(|| body(&bytes)).is_err()
}

#[test]
fn saved_metadata_costs_no_photo_and_leaves_no_preview() {
    replay_saved("exif", 50, bodies::exif);
}

#[test]
fn saved_recipes_print_as_they_parse_and_fold_within_bounds() {
    replay_saved("recipe", 50, bodies::recipe);
}

#[test]
fn saved_journals_vouch_for_what_was_written() {
    replay_saved("journal", 50, bodies::journal);
}

#[test]
fn saved_messages_of_workers_are_understood_or_refused() {
    replay_saved("worker", 50, bodies::worker);
}

#[test]
fn pictures_of_every_sampling_go_through_all_targets() {
    let codings = [Coding::Interleaved, Coding::Separate, Coding::Progressive];
    let lone = (1..=4).flat_map(|h| (1..=4).map(move |v| vec![(h, v)]));
    let three = (1..=4).flat_map(|h| (1..=2).map(move |v| vec![(h, v), (1, 1), (1, 1)]));
    let odd =
        [vec![(1, 1), (2, 2), (1, 3)], vec![(2, 3), (1, 1), (3, 1)], vec![(1, 2), (1, 1), (2, 1), (1, 2)]];
    for (seed, factors) in (0..).zip(lone.chain(three).chain(odd)) {
        for (i, coding) in (0..).zip(codings) {
            let (width, height) = (1 + (37 * seed + 11 * i) % 83, 1 + (29 * seed + 7 * i) % 61);
            let picture =
                Picture { factors: factors.clone(), width, height, coding, interval: i, seed: seed.into() };
            let file = picture.file();
            bodies::header(&file);
            // Bytes after the end choose other scales, windows and turns.
            for end in 0..12 {
                let file = [&file[..], &[end]].concat();
                bodies::decode(&file);
                bodies::lossless(&file);
            }
        }
    }
}
