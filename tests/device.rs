//! Which drive a path is on: recorded machines, and this one.

use jpegasus::device::{Bus, DriveKind, System, Volume};
use jpegasus::fs::Fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns a machine of the fixtures.
fn machine(case: &str) -> System {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sysfs").join(case);
    assert!(folder.is_dir(), "{} is not there: run fixtures/sysfs/make.py", folder.display());
    System::at(&folder)
}

/// Tells whether the fixtures are there: names such as theirs, with colons, cannot be in a package of Cargo.
#[allow(clippy::print_stderr, reason = "what is not tested is said loudly")]
fn has_machines() -> bool {
    let is_there = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sysfs").is_dir();
    if !is_there {
        eprintln!("SKIPPED: fixtures/sysfs is only in the repository");
    }
    is_there
}

fn volume(case: &str, path: &str) -> Volume {
    machine(case).volume(Path::new(path), &Fs::default())
}

/// A machine, a path on it, the kind expected, the disks with their buses, and a part of the reason.
type Row = (&'static str, &'static str, DriveKind, &'static str, &'static str);

use DriveKind::{Card, Hdd, HddUsb, Network, Nvme, SataSsd, Unknown};

const DISKS: &[Row] = &[
    ("sata-hdd", "/x", Hdd, "sda sata", "sda (WDC WD40EFRX-68N, sata) says it rotates"),
    ("sata-hdd", "/photos/x", Hdd, "sda sata", "says it rotates"),
    ("sata-ssd", "/", SataSsd, "sda sata", "sda (Samsung SSD 870, sata) says it does not rotate"),
    ("sas-hdd", "/x", Hdd, "sda sas", "(SEAGATE ST4000NM0023, sas)"),
    ("usb-hdd", "/media/usb/x", HddUsb, "sdb usb", "(WD Elements 25A2, usb) says it rotates"),
    ("usb-ssd", "/media/usb/x", SataSsd, "sdb usb", "does not rotate"),
    ("usb-stick", "/media/usb/x", Card, "sdb usb", "removable"),
    ("usb-reader", "/media/card/x", Card, "sdb usb", "(Generic- SD/MMC, usb) is a card reader"),
    ("sd-card", "/media/card/x", Card, "mmcblk0 mmc", "(SD64G, mmc) is a memory card"),
    ("nvme", "/x", Nvme, "nvme0n1 nvme", "(Samsung SSD 990 PRO 2TB, nvme) is an NVMe drive"),
    ("nvme-fabrics", "/far/x", Network, "nvme1n1 network", "at the other end of a network"),
    ("virtual", "/v0/x", Unknown, "vda virtio", "not believed"),
    ("virtual", "/v1/x", Unknown, "sda sata", "sda (QEMU HARDDISK, sata) is a virtual disk"),
    ("virtual", "/v2/x", Unknown, "sdb virtio", "not believed"),
    ("virtual", "/v3/x", Unknown, "sdc sas", "(VMware Virtual disk, sas)"),
    ("virtual", "/v4/x", Unknown, "sdd sas", "(Msft Virtual Disk, sas)"),
    ("virtual", "/v5/x", Unknown, "xvda other", "not believed"),
    ("iscsi", "/san/x", Network, "sdc iscsi", "sdc (LIO-ORG photos, iscsi) is at the other end"),
    ("iscsi", "/nbd/x", Network, "nbd0 network", "network"),
    ("others", "/zero/x", Hdd, "dm-0 other", "dm-0 (other) says it rotates"),
    ("others", "/zram/x", SataSsd, "zram0 other", "does not rotate"),
    ("others", "/mute/x", Unknown, "sda sata", "does not say whether it rotates"),
    ("others", "/gone/x", Unknown, "", "/sys does not tell of the device 65:144"),
];

const LAYERS: &[Row] = &[
    ("lvm", "/x", Nvme, "nvme0n1 nvme", "beneath dm-2"),
    (
        "lvm",
        "/photos/x",
        Hdd,
        "sda sata, sdb sata",
        "sda (WDC WD40EFRX-68N, sata) says it rotates, beneath dm-0",
    ),
    ("lvm", "/other/x", Hdd, "nvme0n1 nvme, sdb sata", "sdb (ST8000DM004-2CX1, sata)"),
    ("luks", "/x", Nvme, "nvme0n1 nvme", "beneath dm-1 and dm-0"),
    ("md-raid1", "/photos/x", Hdd, "sda sata, sdb sata", "beneath md0"),
    ("bcache", "/photos/x", Hdd, "nvme0n1 nvme, sda sata", "sda (WDC"),
    ("btrfs", "/x", Nvme, "nvme0n1 nvme", "NVMe"),
    (
        "btrfs",
        "/photos/x",
        Hdd,
        "sda sata, sdb sata",
        "sdb (WDC WD40EFRX-68N, sata) says it rotates, beneath dm-0",
    ),
    ("btrfs", "/again/x", Hdd, "sda sata, sdb sata", "beneath dm-0"),
    ("overlay", "/merged/x", Hdd, "sda sata", "beneath overlay"),
    ("overlay", "/read/x", Hdd, "sda sata", "beneath overlay"),
    ("overlay", "/nested/x", Hdd, "sda sata", "beneath overlay and overlay"),
    ("overlay", "/round/a/x", Unknown, "", "the layers of the overlay are not seen"),
    ("container", "/x", Unknown, "", "the layers of the overlay are not seen"),
    ("container", "/etc/hosts", Unknown, "", "65:1"),
    ("loop", "/l0/x", Hdd, "sda sata", "beneath loop0"),
    ("loop", "/l1/x", Hdd, "loop1 loop", "loop1 (loop) says it rotates"),
    ("loop", "/l2/x", SataSsd, "loop2 loop", "loop2 (loop) says it does not rotate"),
    ("loop", "/l3/x", SataSsd, "loop3 loop", "loop3"),
    ("loop", "/both/x", Hdd, "sda sata", "beneath loop4"),
    ("circle", "/round/x", Unknown, "", "lead round in a circle"),
    ("circle", "/itself/x", Unknown, "", "lead round in a circle"),
    ("circle", "/deep/x", Unknown, "", "more than 16 layers"),
    ("circle", "/shallow/x", Hdd, "sda sata", "beneath dm-14 and dm-13 and dm-12 and dm-11 and dm-10"),
];

const MOUNTS: &[Row] = &[
    ("network", "/nfs/x", Network, "", "nfs4 is another machine's"),
    ("network", "/cifs/x", Network, "", "cifs"),
    ("network", "/ssh/x", Network, "", "fuse.sshfs"),
    ("network", "/host/x", Network, "", "virtiofs"),
    ("network", "/nine/x", Network, "", "9p"),
    ("network", "/image/x", Network, "loop0 loop", "is a file on another machine's nfs4"),
    ("no-device", "/tmp/x", Unknown, "", "tmpfs is in memory"),
    ("no-device", "/tank/x", Unknown, "", "zfs has no device"),
    ("no-device", "/pool/x", Unknown, "", "fuse.mergerfs has no device"),
    ("no-device", "/nfsd/x", Unknown, "", "nfsd has no device"),
    ("no-device", "/elsewhere", Unknown, "", "its mount is not found"),
    ("sata-hdd", "/proc/1", Unknown, "", "proc has no device"),
    ("points", "/x", Hdd, "sda sata", "sda"),
    ("points", "/my photos\\and\tmore\n/x", SataSsd, "sdb sata", "sdb"),
    ("points", "/my photos", Hdd, "sda sata", "sda"),
    ("points", "/bound/x", SataSsd, "sdb sata", "sdb"),
    ("points", "/boundless/x", Hdd, "sda sata", "sda"),
    ("points", "/stack/x", Nvme, "nvme0n1 nvme", "nvme0n1"),
    ("points", "/stack/hidden/x", Nvme, "nvme0n1 nvme", "nvme0n1"),
    ("no-such-machine/..", "/x", Unknown, "", "the system does not tell its mounts"),
];

fn check(rows: &[Row]) {
    if !has_machines() {
        return;
    }
    let mut wrong = Vec::new();
    for (case, path, kind, disks, reason) in rows {
        let found = match *case {
            "no-such-machine/.." => {
                System::at(Path::new("/dev/null")).volume(Path::new(path), &Fs::default())
            }
            case => volume(case, path),
        };
        let mut its: Vec<_> = found.disks.iter().map(|disk| format!("{} {}", disk.name, disk.bus)).collect();
        its.sort();
        if found.kind != *kind || its.join(", ") != *disks || !found.reason.contains(reason) {
            wrong.push(format!("{case} {path}: {} by [{}]: {}", found.kind, its.join(", "), found.reason));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_disk_is_of_a_kind() {
    check(DISKS);
}

#[test]
fn disks_are_found_beneath_layers() {
    check(LAYERS);
}

#[test]
fn a_path_lies_on_its_mount() {
    if !has_machines() {
        return;
    }
    check(MOUNTS);
    let found = volume("sata-hdd", "/photos/2019");
    assert_eq!((found.mount_point, found.fs_type.as_str()), (PathBuf::from("/photos"), "xfs"));
    assert_eq!((found.options.as_str(), found.source.as_str()), ("rw,relatime", "/dev/sda2"));
    assert_eq!(found.disks[0].bus, Bus::Sata);
    let found = volume("btrfs", "/photos");
    assert_eq!(found.options, "rw,relatime,space_cache=v2,subvolid=257,subvol=/@photos");
    assert_eq!(found.disks.iter().map(|disk| disk.rotational).max(), Some(Some(true)));
}

/// Returns where other file systems are mounted beneath a folder.
fn points(system: &System, folder: &Path) -> Vec<PathBuf> {
    system.volumes_beneath(folder, &Fs::default()).into_iter().map(|volume| volume.mount_point).collect()
}

#[test]
fn mounts_beneath_a_folder_are_those_that_are_seen() {
    if !has_machines() {
        return;
    }
    use std::os::unix::ffi::OsStrExt;
    let beneath = |case, folder| points(&machine(case), Path::new(folder));
    let bytes = std::ffi::OsStr::from_bytes(b"/bytes-\xff");
    let all =
        ["/bound".as_ref(), bytes, "/my photos\\and\tmore\n".as_ref(), "/proc".as_ref(), "/stack".as_ref()];
    assert_eq!(beneath("points", "/"), all.map(PathBuf::from));
    assert!(beneath("points", "/stack").is_empty(), "the one there is hidden");
    assert_eq!(beneath("sata-hdd", "/"), ["/photos", "/proc"].map(PathBuf::from));
}

#[test]
fn file_systems_are_known_again() {
    if !has_machines() {
        return;
    }
    let uuid = |case, path| volume(case, path).uuid(&machine(case), &Fs::default());
    for (case, path, expected) in [
        ("sata-hdd", "/photos/x", Some("0a1b2c3d-1111-2222-3333-444455556666")),
        ("sata-hdd", "/x", Some("99990000-aaaa-bbbb-cccc-ddddeeeeffff")),
        ("usb-stick", "/media/usb/x", Some("1A2B-3C4D")),
        ("lvm", "/photos/x", Some("77770000-0000-4000-8000-000000000001")),
        ("lvm", "/x", None),
        ("btrfs", "/x", Some("5d5a6c52-1111-4222-8333-000000000002")),
        ("btrfs", "/again", Some("5d5a6c52-1111-4222-8333-000000000001")),
        ("network", "/nfs/x", None),
    ] {
        assert_eq!(uuid(case, path).as_deref(), expected, "{case} {path}");
    }
}

#[test]
fn volumes_share_a_drive_by_their_disks() {
    if !has_machines() {
        return;
    }
    let share = |case, a, b| volume(case, a).same_drive(&volume(case, b));
    assert!(share("sata-hdd", "/", "/photos"), "two partitions");
    assert!(share("lvm", "/photos", "/other"), "sdb");
    assert!(share("lvm", "/", "/other"), "nvme0n1");
    assert!(!share("lvm", "/", "/photos"));
    assert!(share("loop", "/", "/l0"));
    assert!(!share("loop", "/", "/l1"));
    assert!(share("network", "/nfs/a", "/nfs/b"));
    assert!(!share("network", "/nfs", "/cifs"));
    assert!(!share("network", "/nfs", "/image"));
}

#[cfg(target_os = "linux")]
#[test]
fn this_machine_is_looked_at() {
    let (system, fs) = (System::here(), Fs::default());
    let root = system.volume(Path::new("/"), &fs);
    assert_eq!(root.mount_point, Path::new("/"));
    assert!(!root.fs_type.is_empty() && !root.reason.is_empty(), "{root:?}");
    let proc = system.volume(Path::new("/proc/self"), &fs);
    assert_eq!((proc.kind, proc.fs_type.as_str()), (Unknown, "proc"), "{proc:?}");
    assert!(points(&system, Path::new("/")).contains(&PathBuf::from("/proc")));
    let gone = system.volume(Path::new("/proc/no/such/file"), &fs);
    assert_eq!(gone.mount_point, Path::new("/proc"), "what it would lie in is asked");
    let here = system.volume(Path::new("."), &fs);
    assert!(here.same_drive(&system.volume(&std::env::current_dir().unwrap(), &fs)));
}

/// Unmounts when it is dropped.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
#[allow(clippy::print_stderr, reason = "what is not tested is said loudly")]
fn an_image_that_is_mounted_lies_on_the_drive_of_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let (image, point) = (dir.path().join("an image"), dir.path().join("mounted here"));
    std::fs::create_dir(&point).unwrap();
    std::fs::File::create(&image).unwrap().set_len(8 << 20).unwrap();
    let run = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
    if !run(Command::new("mkfs.ext4")
        .args(["-q", "-F", "-U", "0a1b2c3d-1111-2222-3333-444455556666"])
        .arg(&image))
        || !run(Command::new("mount").args(["-o", "loop,ro"]).arg(&image).arg(&point))
    {
        eprintln!("SKIPPED: mounting an image needs root, mkfs.ext4 and loop devices");
        return;
    }
    let _mounted = Mounted(point.clone());
    let (system, fs) = (System::here(), Fs::default());
    let (inner, outer) = (system.volume(&point.join("x"), &fs), system.volume(&image, &fs));
    assert_eq!((inner.mount_point.as_path(), inner.fs_type.as_str()), (point.as_path(), "ext4"), "{inner:?}");
    assert!(inner.options.contains("ro") && inner.source.starts_with("/dev/loop"), "{inner:?}");
    assert_eq!(points(&system, dir.path()), std::slice::from_ref(&point));
    if outer.disks.is_empty() {
        assert!(inner.disks.iter().all(|disk| disk.bus == Bus::Loop), "{inner:?}");
    } else {
        assert!(inner.same_drive(&outer) && inner.kind == outer.kind, "{inner:?} {outer:?}");
        assert!(inner.reason.contains("beneath loop"), "{}", inner.reason);
    }
    let uuid = inner.uuid(&system, &fs).unwrap();
    let known = ["0a1b2c3d-1111-2222-3333-444455556666", "fsid-"];
    assert!(known.iter().any(|known| uuid.starts_with(known)), "{uuid}");
    assert_eq!(system.volume(&point, &fs).uuid(&system, &fs), Some(uuid), "the same each time");
    assert_ne!(outer.uuid(&system, &fs), inner.uuid(&system, &fs));
}
