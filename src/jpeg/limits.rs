//! How large a photo may be.

use crate::error::{Error, Kind, Result};
use crate::units::Bytes;
use serde::{Deserialize, Serialize};

/// What a photo may ask for; checked before anything is allocated for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The size of the file; 2 GB.
    pub max_file: Bytes,
    /// The number of scans; 100. Files of many scans take minutes to decode.
    pub max_scans: u32,
    /// Pixels as stored; 500 million.
    pub max_pixels: u64,
    /// What decoding it takes ([`decode_memory`](super::Header::decode_memory)); 256 MiB.
    pub max_memory: Bytes,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_file: Bytes(2_000_000_000),
            max_scans: 100,
            max_pixels: 500_000_000,
            max_memory: Bytes(256 << 20),
        }
    }
}

impl Limits {
    /// Checks a file's size, best before reading it.
    ///
    /// # Errors
    /// [`Kind::TooLarge`].
    pub fn check_file(&self, size: Bytes) -> Result<()> {
        if size <= self.max_file {
            return Ok(());
        }
        let (size, limit) = (size.rounded(), self.max_file.rounded());
        Err(Error::new(Kind::TooLarge, format!("the file has {size}, the limit is {limit}")))
    }
}
