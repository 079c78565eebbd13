//! Tests of cold runs against a memory that is made up.

use super::*;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// A memory that keeps what was touched, and what was asked for; `sticks` keeps it whatever is said.
#[derive(Default)]
struct Fake {
    kept: RefCell<BTreeSet<u32>>,
    sticks: bool,
    is_mute: bool,
    asked: RefCell<Vec<u32>>,
}

impl Memory for Fake {
    type Open = u32;

    fn open(&self, photo: u32) -> Option<u32> {
        (photo < 100).then_some(photo)
    }

    fn touch(&self, open: &u32) {
        self.kept.borrow_mut().insert(*open);
    }

    fn forget(&self, open: &u32) {
        if !self.sticks {
            self.kept.borrow_mut().remove(open);
        }
    }

    fn forget_all(&self) -> bool {
        if !self.sticks {
            self.kept.borrow_mut().clear();
        }
        true
    }

    fn is_there(&self, open: &u32) -> Option<bool> {
        self.asked.borrow_mut().push(*open);
        let is_there = !self.kept.borrow_mut().insert(*open);
        (!self.is_mute).then_some(is_there)
    }
}

fn run(bytes: u64, from_drive: Option<u64>) -> Run {
    Run { at: 0.0, seconds: 1.0, photos: 9, bytes, from_drive, cpu: 0.1, is_outlier: false, round: None }
}

#[test]
fn photos_of_a_run_are_forgotten_and_never_asked() {
    for warmth in [Warmth::Cold, Warmth::DataCold] {
        let memory = Fake::default();
        memory.kept.borrow_mut().extend([1, 2, 3, 4]);
        let evidence = cool(&memory, warmth, &[1, 2, 3], &[7, 8, 100]);
        assert_eq!(evidence, Evidence { asked: 2, there: 0 });
        assert_eq!(*memory.asked.borrow(), [7, 8]);
        let kept = memory.kept.borrow();
        assert!([1, 2, 3, 7, 8].iter().all(|photo| !kept.contains(photo)), "{warmth}: {kept:?}");
    }
}

#[test]
fn a_memory_that_does_not_forget_is_found_out() {
    let memory = Fake { sticks: true, ..Fake::default() };
    let evidence = cool(&memory, Warmth::DataCold, &[1, 2, 3], &[7, 8]);
    assert_eq!(evidence, Evidence { asked: 2, there: 2 });
    let mut proof = Proof::default();
    assert!(!proof.admits(Load::Read, Warmth::DataCold, evidence, &run(1000, Some(1000))));
    let notes = proof.notes(false, Warmth::DataCold);
    assert_eq!(notes, ["1 run dropped that was not data-cold: what was evicted was in memory all the same"]);
}

#[test]
fn what_neither_witnesses_nor_counts_prove_is_not_cold() {
    let (told, mute) = (Evidence { asked: 8, there: 0 }, Evidence::default());
    for (evidence, from_drive, is_cold) in [
        (told, Some(1000), true),
        (told, Some(950), true),
        (told, Some(500), false),
        // Some file systems do not count.
        (told, Some(0), true),
        (told, None, true),
        (mute, Some(1000), true),
        (mute, Some(500), false),
        (mute, Some(0), false),
        (mute, None, false),
    ] {
        let judged = judge(Load::Read, Warmth::DataCold, evidence, &run(1000, from_drive));
        assert_eq!(judged.is_ok(), is_cold, "{evidence:?}, {from_drive:?}");
    }
    let memory = Fake { is_mute: true, ..Fake::default() };
    assert_eq!(cool(&memory, Warmth::DataCold, &[1], &[7]), mute);
}

#[test]
fn walks_and_warm_runs_are_judged_by_what_came_from_the_drive() {
    let none = Evidence::default();
    assert!(judge(Load::Walk, Warmth::Cold, none, &run(0, Some(4096))).is_ok());
    assert!(judge(Load::Walk, Warmth::Cold, none, &run(0, Some(0))).is_err());
    assert!(judge(Load::Walk, Warmth::Warm, none, &run(0, Some(4096))).is_ok());
    assert!(judge(Load::Read, Warmth::Warm, none, &run(1000, Some(50))).is_ok());
    assert!(judge(Load::Read, Warmth::Warm, none, &run(1000, Some(500))).is_err());
}

#[test]
fn notes_say_what_was_verified_and_no_more() {
    let mut proof = Proof::default();
    assert!(proof.notes(false, Warmth::DataCold).is_empty());
    let told = Evidence { asked: 8, there: 0 };
    assert!(proof.admits(Load::Read, Warmth::DataCold, told, &run(1000, Some(1020))));
    assert_eq!(
        proof.notes(false, Warmth::DataCold),
        [
            "data cold (verified 0 % resident), folders and inodes warm; 102 % of the bytes read came from the drive"
        ]
    );
    let mut uncounted = Proof::default();
    assert!(uncounted.admits(Load::Read, Warmth::Cold, told, &run(1000, Some(0))));
    assert!(uncounted.notes(false, Warmth::Cold)[0].contains("are not counted"));
}

#[test]
fn what_never_was_cold_is_not_tried_for_ever() {
    let mut proof = Proof::default();
    let there = Evidence { asked: 4, there: 4 };
    for _ in 0..HOPELESS {
        assert!(!proof.is_hopeless());
        assert!(!proof.admits(Load::Read, Warmth::DataCold, there, &run(1000, Some(0))));
    }
    assert!(proof.is_hopeless());
    let mut walks = Proof::default();
    assert!(walks.admits(Load::Walk, Warmth::Cold, Evidence::default(), &run(0, Some(5000))));
    assert!(!walks.is_hopeless());
    assert_eq!(
        walks.notes(true, Warmth::Cold),
        ["caches dropped before each cold walk; 5.0 kB came from the drive in all"]
    );
}
