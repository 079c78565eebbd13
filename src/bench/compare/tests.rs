//! Benches made up, to compare.

use super::*;
use crate::batch::WorkerKind;
use crate::bench::{BenchEnd, DriveFacts, Machine, Run, SCHEMA, Summary};
use crate::device::ReadOrder;

fn series(readers: u32, rates: &[f64]) -> Series {
    let run = |rate: &f64| Run {
        at: 0.0,
        seconds: 1000.0 / rate,
        photos: 1000,
        bytes: 0,
        from_drive: None,
        cpu: 0.0,
        is_outlier: false,
        round: None,
    };
    Series {
        load: Load::Read,
        warmth: Warmth::Cold,
        setting: Setting::new(readers, ReadOrder::Path),
        runs: rates.iter().map(run).collect(),
        summary: Summary::default(),
        latency: None,
    }
}

fn bench(drives: &[(&str, Option<&str>, &[Series])]) -> BenchResult {
    let drive = |(name, uuid, series): &(&str, Option<&str>, &[Series])| DriveResult {
        drive: DriveFacts {
            name: (*name).into(),
            uuid: uuid.map(Into::into),
            fs_type: "ext4".into(),
            ..DriveFacts::default()
        },
        photos: 1000,
        bytes: 0,
        series: series.to_vec(),
        advice: Vec::new(),
        workers: Vec::new(),
    };
    BenchResult {
        schema: SCHEMA,
        version: "0".into(),
        started: 0,
        elapsed: 1.0,
        command: Vec::new(),
        seed: 1,
        ended: BenchEnd::Tight,
        machine: Machine::default(),
        drives: drives.iter().map(drive).collect(),
        notes: Vec::new(),
    }
}

const RATES: [f64; 5] = [100.0, 101.0, 99.0, 100.5, 99.5];

#[test]
fn a_verdict_needs_the_whole_interval() {
    for (factor, threshold, expected) in [
        (1.0, 0.05, Verdict::Same),
        (0.97, 0.05, Verdict::Same),
        (0.955, 0.05, Verdict::Same),
        (0.8, 0.05, Verdict::Slower),
        (1.3, 0.05, Verdict::Faster),
        (0.8, 0.25, Verdict::Same),
        (0.955, 0.0, Verdict::Slower),
    ] {
        let old = bench(&[("sda", None, &[series(1, &RATES)])]);
        let new = bench(&[("sda", None, &[series(1, &RATES.map(|rate| rate * factor))])]);
        let comparison = compare(&old, &new, threshold);
        let [change] = comparison.changes.as_slice() else { panic!("{comparison:?}") };
        assert_eq!(change.verdict, expected, "{factor} {threshold}");
        assert_eq!(comparison.is_slower(), expected == Verdict::Slower);
        let [middle, low, high] = change.ratio;
        assert!((middle - factor).abs() < 1e-9 && low <= middle && middle <= high);
    }
    // Slower at the median, but one run in two was not.
    let old = bench(&[("sda", None, &[series(1, &RATES)])]);
    let new = bench(&[("sda", None, &[series(1, &[80.0, 100.0, 82.0, 101.0, 85.0])])]);
    assert!(!compare(&old, &new, 0.05).is_slower());
}

#[test]
fn what_only_one_side_has_is_listed() {
    let old =
        bench(&[("sda", None, &[series(1, &RATES), series(2, &RATES)]), ("sdb", None, &[series(1, &RATES)])]);
    let new = bench(&[("sda", None, &[series(1, &RATES), series(4, &RATES), series(2, &[])])]);
    let comparison = compare(&old, &new, 0.05);
    assert_eq!(comparison.changes.len(), 1);
    let name = |which: &Which| (which.drive.clone(), which.setting.readers);
    let only_old: Vec<_> = comparison.only_old.iter().map(name).collect();
    assert_eq!(only_old, [("sda".into(), 2), ("sdb".into(), 1)]);
    let only_new: Vec<_> = comparison.only_new.iter().map(name).collect();
    assert_eq!(only_new, [("sda".into(), 4), ("sda".into(), 2)]);
}

#[test]
fn a_drive_is_known_by_its_file_system() {
    let old = bench(&[
        ("sda", Some("1"), &[series(1, &RATES)]),
        ("sdb", Some("2"), &[series(1, &RATES.map(|rate| rate * 3.0))]),
    ]);
    let new = bench(&[
        ("sda", Some("2"), &[series(1, &RATES.map(|rate| rate * 3.0))]),
        ("sdb", Some("1"), &[series(1, &RATES)]),
    ]);
    let comparison = compare(&old, &new, 0.05);
    assert_eq!(comparison.changes.len(), 2);
    assert!(comparison.changes.iter().all(|change| change.verdict == Verdict::Same));
    assert_eq!(comparison.notes, [] as [String; 0]);

    let mut other = bench(&[("sda", Some("9"), &[series(1, &RATES)])]);
    other.machine.cores = 8;
    let comparison = compare(&old, &other, 0.05);
    assert_eq!(comparison.changes.len(), 1, "then by its name");
    assert_eq!(comparison.notes, ["cores: 0 before, 8 now", "sda: UUID: 1 before, 9 now"]);
}

#[test]
fn one_or_two_runs_show_nothing() {
    for runs in 1..=2 {
        let old = bench(&[("sda", None, &[series(1, &RATES)])]);
        let new = bench(&[("sda", None, &[series(1, &RATES.map(|rate| rate / 3.0)[..runs])])]);
        for (a, b) in [(&old, &new), (&new, &old)] {
            let comparison = compare(a, b, 0.05);
            let [change] = comparison.changes.as_slice() else { panic!("{comparison:?}") };
            assert_eq!(change.verdict, Verdict::Same, "{runs} runs");
        }
    }
}

#[test]
fn what_other_workers_did_is_another_series() {
    let with = |series: Series, workers| Series { setting: series.setting.with(workers), ..series };
    let slower = RATES.map(|rate| rate * 0.5);
    let both = [series(1, &RATES), with(series(1, &slower), WorkerKind::Processes)];
    let (old, new) = (bench(&[("sda", None, &both)]), bench(&[("sda", None, &both)]));
    let comparison = compare(&old, &new, 0.05);
    assert_eq!(comparison.changes.len(), 2);
    assert!(!comparison.is_slower());
    // A file of who did not know of workers: they were threads.
    let mut text = serde_json::to_value(&old).unwrap();
    let all = text["drives"][0]["series"].as_array_mut().unwrap();
    assert_eq!(all[1]["setting"]["workers"], "processes");
    assert_eq!(all.remove(0)["setting"], serde_json::json!({ "readers": 1, "order": "path" }));
    all[0]["setting"].as_object_mut().unwrap().remove("workers");
    let old: BenchResult = serde_json::from_value(text).unwrap();
    let comparison = compare(&old, &new, 0.05);
    let [change] = comparison.changes.as_slice() else { panic!("{comparison:?}") };
    assert_eq!((change.which.setting.workers, change.verdict), (WorkerKind::Threads, Verdict::Faster));
    let [left] = comparison.only_new.as_slice() else { panic!("{comparison:?}") };
    assert_eq!(left.setting.to_string(), "1 × path, processes");
}
