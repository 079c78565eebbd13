//! Makes a bench of a hard disk and an NVMe drive up, with rates such as these have.

use jpegasus::bench::stats::Random;
use jpegasus::bench::{
    BenchEnd, BenchResult, DriveFacts, DriveResult, Load, Machine, Run, SCHEMA, Series, Setting, Warmth,
    advise, latency, summarise, worker_costs,
};
use jpegasus::device::{DriveKind, ReadOrder};
use std::time::Duration;

const READERS: [u32; 5] = [1, 2, 4, 8, 16];
const CORES: u32 = 2;
const PHOTO: u64 = 2_700_000;

/// Returns photos a second: how a drive serves a load, roughly.
fn truth(kind: DriveKind, load: Load, warmth: Warmth, setting: Setting) -> f64 {
    let readers = f64::from(setting.readers);
    let order = match setting.order {
        ReadOrder::Path => 1.0,
        ReadOrder::Inode => 1.5,
        ReadOrder::Physical => 2.0,
    };
    let cpu = if load == Load::Crop { 104.0 } else { 60.0 };
    let drive = match (warmth, kind, load) {
        (Warmth::Warm, _, Load::Walk) => 900_000.0 * readers.min(2.0),
        (Warmth::Warm, _, _) => 900.0 * readers.min(2.0),
        (_, DriveKind::Hdd, Load::Walk) => 3000.0 * order / readers.powf(0.2),
        (_, DriveKind::Hdd, Load::Head) => 68.0 * order * readers.powf(0.25),
        (_, DriveKind::Hdd, _) => 23.0 * order / readers.powf(0.3),
        (_, _, Load::Walk) => 60_000.0 * readers.powf(0.7),
        (_, _, Load::Head) => 2000.0 * readers.min(8.0),
        _ => 320.0 * readers.min(4.0).sqrt(),
    };
    match load {
        Load::Decode | Load::Crop => drive.min(cpu),
        _ => drive,
    }
}

fn series(kind: DriveKind, load: Load, warmth: Warmth, setting: Setting, random: &mut Random) -> Series {
    let rate = truth(kind, load, warmth, setting);
    let photos = if load == Load::Walk { 20_000 } else { 64 };
    let size = match load {
        Load::Walk => 0,
        Load::Head => 65_536,
        _ => PHOTO,
    };
    let mut runs = Vec::new();
    for number in 0..7_u32 {
        // The sum of four even draws is normal enough.
        let noise = (0..4).map(|_| random.share() - 0.5).sum::<f64>() * 0.06;
        let is_disturbed = number == 4 && setting.readers == 2 && setting.order == ReadOrder::Path;
        let rate = rate * (1.0 + noise) * if is_disturbed { 0.5 } else { 1.0 };
        let seconds = photos as f64 / rate;
        let bytes = photos * size;
        let cpu = match load {
            Load::Crop => photos as f64 * 1.95 / 104.0,
            Load::Decode => photos as f64 * 1.95 / 60.0,
            _ => 0.1 * seconds,
        };
        runs.push(Run {
            at: f64::from(number) * 60.0,
            seconds,
            photos,
            bytes,
            from_drive: Some(if warmth == Warmth::Warm { 0 } else { bytes + bytes / 200 }),
            cpu: cpu.min(seconds * f64::from(CORES)),
            is_outlier: false,
            round: None,
        });
    }
    let summary = summarise(&mut runs, 1);
    let each = f64::from(setting.readers) / rate;
    let mut took = || Duration::from_secs_f64(each * (0.3 - (1.0 - random.share()).ln() * 0.7));
    let reads: Vec<_> = (0..400).map(|_| took()).collect();
    let latency = if load == Load::Walk { None } else { latency(&reads) };
    Series { load, warmth, setting, runs, summary, latency }
}

fn drive(drive: DriveFacts, random: &mut Random) -> DriveResult {
    let mut all = Vec::new();
    for load in Load::ALL {
        for warmth in [if load == Load::Walk { Warmth::Cold } else { Warmth::DataCold }, Warmth::Warm] {
            for order in ReadOrder::ALL {
                for readers in READERS {
                    all.push(series(drive.kind, load, warmth, Setting::new(readers, order), random));
                }
            }
        }
    }
    let advice = advise(&all, CORES, CORES, 1);
    let workers = worker_costs(&all, &advice, 1);
    DriveResult { drive, photos: 500, bytes: 500 * PHOTO, series: all, advice, workers }
}

/// Returns how many settings were measured on a drive.
pub(crate) fn settings(drive: &DriveResult) -> usize {
    let mut settings: Vec<_> = drive.series.iter().map(|series| series.setting).collect();
    settings.sort_unstable();
    settings.dedup();
    settings.len()
}

/// Makes a bench of two drives.
pub(crate) fn bench(seed: u64) -> BenchResult {
    let mut random = Random::new(seed);
    let disk = DriveFacts {
        name: "sda".into(),
        kind: DriveKind::Hdd,
        reason: "it rotates, and took 9.8 ms for a read of 4 KiB".into(),
        model: Some("WDC WD40EFRX-68N32N0".into()),
        bus: Some("sata".into()),
        mount_point: "/mnt/<script>alert(1)</script> & \"co\"".into(),
        fs_type: "ext4".into(),
        mount_options: "rw,noatime".into(),
        uuid: Some("0f3c2a1e-5b7d-4c7e-9d55-2f6a01b3c9aa".into()),
    };
    let flash = DriveFacts {
        name: "nvme0n1".into(),
        kind: DriveKind::Nvme,
        reason: "its bus is PCI Express".into(),
        model: Some("Samsung SSD 990 PRO 2TB".into()),
        bus: Some("nvme".into()),
        mount_point: "/home".into(),
        fs_type: "btrfs".into(),
        mount_options: "rw,compress=zstd:1,ssd,space_cache=v2,subvol=@home".into(),
        uuid: Some("7d1f9a40-11aa-4b6b-8a9e-6f0e64a1b2c3".into()),
    };
    BenchResult {
        schema: SCHEMA,
        version: "0.1.0".into(),
        started: 1_795_663_758,
        elapsed: 1834.2,
        command: ["jpegasus", "bench", "/mnt/photos", "/home", "--time", "30m", "-o", "drives.html"]
            .map(Into::into)
            .to_vec(),
        seed,
        ended: BenchEnd::TimeSpent,
        machine: Machine {
            kernel: "Linux 6.12.9".into(),
            cpu: "AMD Ryzen 5 7600 6-Core Processor".into(),
            cores: CORES,
            memory: 24 << 30,
        },
        drives: vec![drive(disk, &mut random), drive(flash, &mut random)],
        notes: vec![
            "data cold (verified 0 % resident), folders and inodes warm: run as root for all cold".into(),
        ],
    }
}
