//! The kinds of drives that want to be read differently.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What kind of drive something lies on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriveKind {
    /// A hard disk that sorts several requests itself (SATA, SAS).
    Hdd,
    /// A hard disk behind a USB bridge, which takes one request after the other.
    HddUsb,
    /// A solid-state drive at a SATA, SAS or USB port.
    SataSsd,
    /// A solid-state drive at the PCI Express bus.
    Nvme,
    /// A memory card, or a stick: nothing moves, but one request is served at a time.
    Card,
    /// Another machine's drive, or a disk at the other end of a network.
    Network,
    /// Nobody says.
    #[default]
    Unknown,
}

impl DriveKind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Hdd, Self::HddUsb, Self::SataSsd, Self::Nvme, Self::Card, Self::Network, Self::Unknown];

    /// Returns the word it is written with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hdd => "hdd",
            Self::HddUsb => "hdd-usb",
            Self::SataSsd => "sata-ssd",
            Self::Nvme => "nvme",
            Self::Card => "card",
            Self::Network => "network",
            Self::Unknown => "unknown",
        }
    }

    /// Tells whether its heads have to move, so that the order of reads matters.
    #[must_use]
    pub const fn is_hard_disk(self) -> bool {
        matches!(self, Self::Hdd | Self::HddUsb)
    }
}

impl fmt::Display for DriveKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DriveKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
            Error::usage(format!("'{text}' is no kind of drive"))
                .hint("hdd, hdd-usb, sata-ssd, nvme, card, network or unknown")
        })
    }
}
