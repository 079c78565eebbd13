//! How photos are handed to readers, tried on drives in virtual time: by the policy's readers, in its order.

mod drive_model;

use drive_model::{Amount, Lane, Layout, Nanos, Request, SECOND, drive_of, read};
use jpegasus::device::{DriveKind, Policy, Queue, ReadOrder, policy};

/// What is read of a photo to know its header.
const HEADS: Amount = Amount { most: 64 << 10, read_size: 64 << 10 };

/// Kinds that there is a model of.
const KINDS: [DriveKind; 6] = [
    DriveKind::Hdd,
    DriveKind::HddUsb,
    DriveKind::SataSsd,
    DriveKind::Nvme,
    DriveKind::Card,
    DriveKind::Network,
];

/// Whole photos, as the policy reads them.
fn whole(policy: Policy) -> Amount {
    Amount { most: u64::MAX, read_size: policy.read_size as u64 }
}

fn lane(layout: &Layout, drive: usize, readers: usize, order: ReadOrder) -> Lane {
    let photos = (0..layout.photos.len()).filter(|&photo| layout.photos[photo].drive == drive);
    Lane { queue: Queue::new(photos.map(|photo| u32::try_from(photo).unwrap()).collect(), order), readers }
}

/// How long all photos of one drive take.
fn time(kind: DriveKind, layout: &Layout, readers: usize, order: ReadOrder, amount: Amount) -> Nanos {
    read(&mut [drive_of(kind)], &[lane(layout, 0, readers, order)], layout, amount)
}

fn ratio(a: Nanos, b: Nanos) -> f64 {
    a as f64 / b as f64
}

#[test]
fn the_disks_are_as_their_data_sheets() {
    // Random reads of 4 KiB, one at a time: an average seek and half a turn. Then with all that it sorts.
    let random = Layout::aged(2000);
    let few = Amount { most: 4096, read_size: 4096 };
    for (kind, least, most, gain) in
        [(DriveKind::Hdd, 70.0, 95.0, 1.8..3.5), (DriveKind::HddUsb, 50.0, 70.0, 0.99..1.01)]
    {
        let alone = 2000.0 / ratio(time(kind, &random, 1, ReadOrder::Path, few), SECOND);
        assert!((least..most).contains(&alone), "{kind}: {alone} reads a second");
        let sorted = 2000.0 / ratio(time(kind, &random, 32, ReadOrder::Path, few), SECOND);
        assert!(gain.contains(&(sorted / alone)), "{kind}: {sorted} of 32 readers, {alone} of one");
    }
}

#[test]
fn the_others_are_as_their_data_sheets() {
    let random = Layout::aged(2000);
    let few = Amount { most: 4096, read_size: 4096 };
    for (kind, one, many) in [
        (DriveKind::SataSsd, 8_000.0..12_000.0, 80_000.0..140_000.0),
        (DriveKind::Nvme, 10_000.0..20_000.0, 250_000.0..500_000.0),
        (DriveKind::Card, 1_500.0..2_500.0, 1_500.0..2_500.0),
        (DriveKind::Network, 1_300.0..1_700.0, 15_000.0..30_000.0),
    ] {
        let alone = 2000.0 / ratio(time(kind, &random, 1, ReadOrder::Path, few), SECOND);
        let together = 2000.0 / ratio(time(kind, &random, 32, ReadOrder::Path, few), SECOND);
        assert!(
            one.contains(&alone) && many.contains(&together),
            "{kind}: {alone}, {together} reads a second"
        );
    }
}

#[test]
fn a_disk_reads_on_while_nobody_asks() {
    let mut disk = drive_of(DriveKind::Hdd);
    let (mut now, mut start) = (0, 0);
    for _ in 0..1000 {
        disk.submit(now, Request { reader: 0, start, length: 1 << 20 });
        now = disk.begin(now).unwrap().0 + 50_000;
        start += 1 << 20;
    }
    let rate = start as f64 / ratio(now, SECOND) / 1e6;
    assert!((170.0..=181.0).contains(&rate), "{rate} MB/s");
}

#[test]
fn heads_on_an_aged_hard_disk_are_read_three_times_as_fast() {
    let layout = Layout::aged(500);
    let Policy { heads, order, .. } = policy(DriveKind::Hdd);
    let plain = time(DriveKind::Hdd, &layout, 1, ReadOrder::Path, HEADS);
    let planned = time(DriveKind::Hdd, &layout, heads, order, HEADS);
    assert!(ratio(plain, planned) >= 3.0, "{plain} and {planned} ns");
    // Behind a bridge only the order helps, and still it does.
    let Policy { heads, order, .. } = policy(DriveKind::HddUsb);
    let plain = time(DriveKind::HddUsb, &layout, 1, ReadOrder::Path, HEADS);
    let planned = time(DriveKind::HddUsb, &layout, heads, order, HEADS);
    assert!(ratio(plain, planned) >= 1.3, "{plain} and {planned} ns behind a bridge");
}

#[test]
fn inodes_do_where_nobody_tells_positions() {
    let layout = Layout { is_silent: true, ..Layout::aged(500) };
    for kind in [DriveKind::Hdd, DriveKind::HddUsb] {
        let Policy { heads, order, .. } = policy(kind);
        let plain = time(kind, &layout, heads, ReadOrder::Path, HEADS);
        let planned = time(kind, &layout, heads, order, HEADS);
        assert!(ratio(plain, planned) >= 1.2, "{kind}: {plain} and {planned} ns");
    }
}

/// Asserts that the policy is nowhere much slower than the best of single settings.
fn assert_near_the_best(kind: DriveKind, readers: usize, order: ReadOrder, amount: Amount) {
    let layout = Layout::aged(200);
    let planned = time(kind, &layout, readers, order, amount);
    for (single, way) in [1, 4, 16].into_iter().flat_map(|n| [(n, ReadOrder::Path), (n, ReadOrder::Physical)])
    {
        let other = time(kind, &layout, single, way, amount);
        assert!(
            ratio(planned, other) <= 1.1,
            "{kind}: {readers} × {order} takes {planned} ns, {single} × {way} {other} ns"
        );
    }
}

#[test]
fn whole_photos_are_read_nearly_as_fast_as_by_the_best_setting() {
    for kind in KINDS {
        let policy = policy(kind);
        assert_near_the_best(kind, policy.whole, policy.order, whole(policy));
    }
}

#[test]
fn heads_are_read_nearly_as_fast_as_by_the_best_setting() {
    for kind in KINDS {
        let policy = policy(kind);
        assert_near_the_best(kind, policy.heads, policy.order, HEADS);
    }
}

#[test]
fn small_reads_of_several_readers_thrash_a_hard_disk_and_the_policy_does_not() {
    let layout = Layout::aged(200);
    let small = Amount { most: u64::MAX, read_size: 128 << 10 };
    for kind in [DriveKind::Hdd, DriveKind::HddUsb] {
        let policy = policy(kind);
        let thrashed = time(kind, &layout, 4, ReadOrder::Path, small);
        let planned = time(kind, &layout, policy.whole, policy.order, whole(policy));
        assert!(ratio(thrashed, planned) >= 3.0, "{kind}: {thrashed} and {planned} ns");
    }
}

#[test]
fn a_hard_disk_shows_who_reads_it_badly() {
    // Else the tests above would pass whatever the policy says.
    let layout = Layout::aged(200);
    for (kind, heads) in [(DriveKind::Hdd, 2.0), (DriveKind::HddUsb, 1.3)] {
        let policy = policy(kind);
        let planned = time(kind, &layout, policy.whole, policy.order, whole(policy));
        let badly = time(kind, &layout, 4, ReadOrder::Path, whole(policy));
        assert!(ratio(badly, planned) >= 1.3, "{kind}, whole: {badly} and {planned} ns");
        let planned = time(kind, &layout, policy.heads, policy.order, HEADS);
        let badly = time(kind, &layout, 4, ReadOrder::Path, HEADS);
        assert!(ratio(badly, planned) >= heads, "{kind}, heads: {badly} and {planned} ns");
    }
}

#[test]
fn two_drives_take_the_time_of_the_slower() {
    let mut layout = Layout::default();
    layout.add_aged(0, 200, 1);
    layout.add_aged(1, 200, 2);
    let kinds = [DriveKind::Hdd, DriveKind::HddUsb];
    let drives = || kinds.map(drive_of);
    for is_whole in [false, true] {
        let lanes = [0, 1].map(|drive| {
            let policy = policy(kinds[drive]);
            let readers = if is_whole { policy.whole } else { policy.heads };
            move |layout: &Layout| lane(layout, drive, readers, policy.order)
        });
        let amount = if is_whole { whole(policy(kinds[0])) } else { HEADS };
        let alone = lanes.each_ref().map(|lane| read(&mut drives(), &[lane(&layout)], &layout, amount));
        let both = read(&mut drives(), &lanes.each_ref().map(|lane| lane(&layout)), &layout, amount);
        let slower = alone[0].max(alone[1]);
        assert!(ratio(both, slower) <= 1.01, "{both} ns, alone {alone:?}");
        // One queue for both, as programs have that know nothing of drives, takes longer.
        let all = (0..400).collect();
        let shared = [Lane { queue: Queue::new(all, ReadOrder::Path), readers: 2 }];
        assert!(ratio(read(&mut drives(), &shared, &layout, amount), both) >= 1.3);
    }
}
