//! A disk: what `/sys` tells of one, and which kind that makes it.

use super::kind::DriveKind;
use crate::error::Shown;
use crate::fs::{folder_names, read_bytes, read_text};
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path};

/// Letters of a model that are kept; SCSI has 8 + 16, ATA and NVMe 40.
const LONGEST_MODEL: usize = 64;

/// Words in the models of disks that virtual machines make up. What they say of rotation is what nobody asked
/// the host for.
const VIRTUAL: [&str; 5] = ["QEMU", "VBOX", "VMWARE", "MSFT VIRTUAL", "PERSISTENTDISK"];

/// Words in the models of card readers.
const READERS: [&str; 9] = [
    "SD/MMC",
    "CARD READER",
    "CARDREADER",
    "COMPACT FLASH",
    "MULTI-CARD",
    "MULTICARD",
    "MS/MS-PRO",
    "SM/XD",
    "MICROSD",
];

/// How a disk is connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bus {
    /// A port of its own (libata).
    Sata,
    /// Serial-attached SCSI.
    Sas,
    /// SCSI by other ways, such as Fibre Channel or a RAID controller.
    Scsi,
    /// USB, whatever is behind the bridge.
    Usb,
    /// NVM Express in this machine.
    Nvme,
    /// A slot or chip of the MMC family: SD cards, eMMC.
    Mmc,
    /// What a virtual machine is given by its host.
    Virtio,
    /// SCSI over a network.
    Iscsi,
    /// A network by another protocol: NBD, RBD, DRBD, AoE, NVMe over fabrics.
    Network,
    /// A file that plays a disk.
    Loop,
    /// None of these, or not told.
    #[default]
    Other,
}

impl Bus {
    /// Returns the word it is written with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sata => "sata",
            Self::Sas => "sas",
            Self::Scsi => "scsi",
            Self::Usb => "usb",
            Self::Nvme => "nvme",
            Self::Mmc => "mmc",
            Self::Virtio => "virtio",
            Self::Iscsi => "iscsi",
            Self::Network => "network",
            Self::Loop => "loop",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A disk with no other block device beneath it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// What the kernel calls it, such as `sda`.
    pub name: String,
    /// What kind it is taken for.
    pub kind: DriveKind,
    /// How it is connected.
    pub bus: Bus,
    /// Maker and model, if it tells them.
    pub model: Option<String>,
    /// Whether it says that it rotates.
    pub rotational: Option<bool>,
    /// Why it is taken for that kind, such as `says it rotates`.
    pub reason: String,
    /// The layers that lead to it, from the file system down, such as `dm-0`.
    pub beneath: Vec<String>,
}

impl Disk {
    /// Looks at the disk that has a folder in `/sys`, given without links.
    pub(super) fn look(folder: &Path, beneath: &[String]) -> Self {
        let name = shown(folder.file_name().unwrap_or_default());
        let bus = bus_of(folder, &name);
        let model = model_of(folder, bus);
        let flag = |file: &str| match read_text(&folder.join(file)).ok()?.trim() {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        };
        let rotational = flag("queue/rotational");
        let is_removable = bus == Bus::Usb && flag("removable") == Some(true);
        let (kind, reason) =
            judge(bus, &name, model.as_deref().unwrap_or_default(), is_removable, rotational);
        let (reason, beneath) = (reason.to_owned(), beneath.to_owned());
        Self { name, kind, bus, model, rotational, reason, beneath }
    }
}

impl fmt::Display for Disk {
    /// Such as `sda (WDC WD40EFRX, sata) says it rotates, beneath dm-0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", self.name)?;
        if let Some(model) = &self.model {
            write!(f, "{model}, ")?;
        }
        write!(f, "{}) {}", self.bus, self.reason)?;
        if !self.beneath.is_empty() {
            write!(f, ", beneath {}", self.beneath.join(" and "))?;
        }
        Ok(())
    }
}

/// Says which kind a disk is, and why.
fn judge(
    bus: Bus,
    name: &str,
    model: &str,
    is_removable: bool,
    rotational: Option<bool>,
) -> (DriveKind, &'static str) {
    let model = model.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| model.contains(word));
    let is_virtual = match bus {
        Bus::Virtio => true,
        Bus::Sata | Bus::Sas | Bus::Scsi | Bus::Usb => has(&VIRTUAL),
        _ => name.starts_with("xvd"),
    };
    match bus {
        Bus::Nvme => return (DriveKind::Nvme, "is an NVMe drive"),
        Bus::Mmc => return (DriveKind::Card, "is a memory card"),
        Bus::Iscsi | Bus::Network => return (DriveKind::Network, "is at the other end of a network"),
        _ if is_virtual => {
            return (DriveKind::Unknown, "is a virtual disk, whose word on rotation is not believed");
        }
        // Sticks say that they rotate, as nothing tells the kernel otherwise.
        Bus::Usb if is_removable => return (DriveKind::Card, "is a removable USB medium"),
        Bus::Usb if has(&READERS) => return (DriveKind::Card, "is a card reader"),
        _ => {}
    }
    match (rotational, bus) {
        (Some(true), Bus::Usb) => (DriveKind::HddUsb, "says it rotates"),
        (Some(true), _) => (DriveKind::Hdd, "says it rotates"),
        (Some(false), _) => (DriveKind::SataSsd, "says it does not rotate"),
        (None, _) => (DriveKind::Unknown, "does not say whether it rotates"),
    }
}

/// Tells how a disk is connected, by its name and by the way to it in `/sys`.
fn bus_of(folder: &Path, name: &str) -> Bus {
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    // A part of the way such as `ata3`: a word and a number.
    let passes = |word: &str| {
        folder.components().any(|part| match part {
            Component::Normal(part) => {
                part.to_str().and_then(|part| part.strip_prefix(word)).is_some_and(|rest| {
                    !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'-')
                })
            }
            _ => false,
        })
    };
    match () {
        () if begins(&["nvme"]) => nvme_bus(folder),
        () if begins(&["mmcblk"]) => Bus::Mmc,
        () if begins(&["nbd", "rbd", "drbd", "etherd"]) => Bus::Network,
        () if begins(&["loop"]) => Bus::Loop,
        () if passes("usb") => Bus::Usb,
        () if passes("session") => Bus::Iscsi,
        () if begins(&["vd"]) || passes("virtio") => Bus::Virtio,
        () if passes("ata") => Bus::Sata,
        () if passes("end_device-") => Bus::Sas,
        () if passes("host") => Bus::Scsi,
        () => Bus::Other,
    }
}

/// Tells whether an NVMe drive is in this machine: all ways to it must be.
fn nvme_bus(folder: &Path) -> Bus {
    let device = folder.join("device");
    // With several ways to it, the drive's device is the subsystem, which lists its controllers.
    let controllers = folder_names(&device).unwrap_or_default().into_iter();
    let controllers = controllers.filter(|name| name.to_str().is_some_and(|name| name.starts_with("nvme")));
    let is_remote = |controller: &Path| {
        read_text(&controller.join("transport")).is_ok_and(|way| !matches!(way.trim(), "pcie" | "apple-nvme"))
    };
    let mut all = std::iter::once(device.clone()).chain(controllers.map(|name| device.join(name)));
    if all.any(|controller| is_remote(&controller)) { Bus::Network } else { Bus::Nvme }
}

/// Returns maker and model of a disk, as far as it tells them.
fn model_of(folder: &Path, bus: Bus) -> Option<String> {
    let read = |file: &str| {
        let text = read_bytes(&folder.join("device").join(file)).unwrap_or_default();
        let words: Vec<_> = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
        let text = shown(&OsString::from_vec(words.join(&b' ')));
        text.chars().take(LONGEST_MODEL).collect::<String>()
    };
    let model = match bus {
        Bus::Loop | Bus::Virtio | Bus::Other => return None,
        Bus::Mmc => read("name"),
        Bus::Nvme => read("model"),
        _ => match (read("vendor"), read("model")) {
            // What the kernel writes for every disk behind libata.
            (vendor, model) if vendor.is_empty() || vendor == "ATA" || model.starts_with(&vendor) => model,
            (vendor, model) => format!("{vendor} {model}"),
        },
    };
    (!model.is_empty()).then_some(model)
}

/// Returns a name as it may be shown.
pub(super) fn shown(name: &OsStr) -> String {
    Shown::name(name).to_string()
}
