//! A set against a plain list that is sorted and has its duplicates dropped.

use super::*;
use crate::photo::Orientation;
use crate::units::Dims;
use proptest::prelude::*;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// One photo as it is added: which root, and the path.
type Added = (usize, Vec<u8>);

fn facts() -> Facts {
    Facts { dims: Dims::new(640, 480), orientation: Orientation::Rotated90, is_progressive: true }
}

/// What goes with a path, so that what was mixed up shows.
fn told(root: usize, path: &[u8]) -> (u64, Option<Facts>) {
    let inode = path.iter().fold(root as u64, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    (inode, inode.is_multiple_of(3).then(facts))
}

/// Makes a set of batches and compares it with the plain list.
fn check(batches: &[Vec<Added>]) {
    let mut set = PhotoSet::new((0..4).map(|root| Root::list(format!("{root}"))).collect());
    for photos in batches {
        let mut batch = Batch::default();
        for (root, path) in photos {
            let (inode, facts) = told(*root, path);
            // In two parts, as a walker adds a folder and a name.
            let (folder, name) = path.split_at(path.len() / 2);
            batch.push_with(*root, &[folder, name], inode, facts);
        }
        set.absorb(batch);
    }
    let mut plain: Vec<_> = batches.iter().flatten().map(|(root, path)| (path.as_slice(), *root)).collect();
    plain.sort_unstable();
    plain.dedup_by_key(|(path, _)| *path);
    // The second time finds it sorted.
    for _ in 0..2 {
        set.finish();
        assert_eq!(set.len(), plain.len());
        for (photo, (path, root)) in set.iter().zip(&plain) {
            let (inode, facts) = told(*root, path);
            assert_eq!((photo.path.as_os_str().as_bytes(), photo.root), (*path, *root));
            assert_eq!((photo.inode, photo.facts), (inode, facts));
        }
    }
}

/// Paths of few different bytes, so that many begin alike and some are the same.
fn path() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => Just(b'/'),
        4 => Just(b'a'),
        1 => prop::sample::select(&b"b0.-\x01\x1f\x2e\x30\xff\x80\0\n"[..]),
    ];
    prop::collection::vec(byte, 0..24)
}

/// Photos of few folders, one folder after the other.
fn folders() -> impl Strategy<Value = Vec<Added>> {
    let names = prop::collection::vec((0..4_usize, prop::collection::vec(any::<u8>(), 0..6)), 0..60);
    prop::collection::vec((path(), names), 0..6).prop_map(|folders| {
        let photos = |(folder, names): (Vec<u8>, Vec<Added>)| {
            names.into_iter().map(move |(root, name)| (root, [&folder[..], b"/", &name].concat()))
        };
        folders.into_iter().flat_map(photos).collect()
    })
}

proptest! {
    #[test]
    fn single_photos_are_sorted(
        batches in prop::collection::vec(prop::collection::vec((0..4_usize, path()), 0..80), 0..6)
    ) {
        check(&batches);
    }

    #[test]
    fn photos_of_one_folder_after_the_other_are_sorted(batches in prop::collection::vec(folders(), 0..6)) {
        check(&batches);
    }
}

/// Returns numbers without any order (a linear congruence, Knuth's MMIX constants).
fn numbers() -> impl FnMut(usize) -> usize {
    let mut state = 1_u64;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    }
}

#[test]
fn many_photos_are_sorted_by_many_threads() {
    let mut number = numbers();
    let folders: Vec<_> = (0..300).map(|_| format!("{}/{}", number(5), "x/".repeat(number(9)))).collect();
    let (mut grouped, mut huge, mut single) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..40 {
        let folder = &folders[number(300)];
        let name = |at: usize| (at % 3, format!("{folder}{}IMG_{at:06}.jpg", ["", "x"][at % 2]).into_bytes());
        grouped.push((0..1000).map(|_| name(number(900))).collect());
        huge.push((0..1000).map(|_| (0, format!("IMG_{:06}.jpg", number(100_000)).into_bytes())).collect());
        single.push(
            (0..500).map(|_| (1, format!("{}{}", folders[number(300)], number(50)).into_bytes())).collect(),
        );
    }
    check(&grouped);
    check(&huge);
    check(&single);
    // All the same but for the root, and hardly any different.
    check(&[(0..9_000).map(|at| (3 - at % 4, b"a/b.jpg".to_vec())).collect()]);
    check(&[(0..9_000).map(|at| (0, vec![b'a'; at % 700])).collect()]);
}

#[test]
fn a_set_is_sorted_by_bytes_and_has_no_duplicates() {
    let mut set = PhotoSet::new(vec![Root::folder("d"), Root::file("z.jpg")]);
    for names in [&[&b"b"[..], b"\xff", b"a"][..], &[b"a", b"B"]] {
        let mut batch = Batch::default();
        for name in names {
            batch.push_with(0, &[b"d/", name], 7, Some(facts()));
        }
        set.absorb(batch);
    }
    let mut batch = Batch::default();
    batch.push(1, &[b"z.jpg"], 3);
    set.absorb(batch);
    set.finish();
    let found: Vec<_> = set.iter().map(|p| p.path.as_os_str().as_bytes().to_vec()).collect();
    assert_eq!(found, [&b"d/B"[..], b"d/a", b"d/b", b"d/\xff", b"z.jpg"]);
    let first = set.get(0).unwrap();
    assert_eq!((first.relative, first.facts, first.root), (Path::new("B"), Some(facts()), 0));
    let last = set.get(4).unwrap();
    assert_eq!((last.relative, last.facts, last.root), (Path::new(""), None, 1));
    assert_eq!(size_of::<Span>(), 24);
}

#[test]
fn a_clone_shares_the_set_until_one_of_them_changes() {
    let mut set = PhotoSet::new(vec![Root::folder("d")]);
    let add = |set: &mut PhotoSet, name: &[u8]| {
        let mut batch = Batch::default();
        batch.push(0, &[b"d/", name], 0);
        set.absorb(batch);
        set.finish();
    };
    add(&mut set, b"a");
    let mut clone = set.clone();
    assert!(Arc::ptr_eq(&set.0, &clone.0));
    add(&mut clone, b"b");
    assert_eq!((set.len(), clone.len()), (1, 2));
}
