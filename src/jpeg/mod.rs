//! The JPEG engine: a header reader, which walks the markers of a photo, a decoder, an encoder, and cutting
//! and turning without loss.
//!
//! [`Header::read`] walks a whole file, also through the entropy-coded data of every scan, and
//! refuses what is not a JPEG, ends too soon or breaks the rules; what harms no pixel is a
//! [`Warning`]. [`Header::read_head`] does the same for the first bytes of a file, up to its first
//! scan. The yardstick is djpeg of libjpeg-turbo: what it decodes without a warning is accepted.
//!
//! [`Decoder`] turns what it found into samples, one [`Plane`] for each component. A [`View`] says which window,
//! and at which [`Scale`] each component: all of it, a half, a quarter or an eighth. A photo that lacks an MCU
//! is refused. [`encode()`] makes a baseline file of planes; [`transform()`] cuts an [`Excerpt`] out of a photo and
//! turns it as coefficients. They share tables, codes, bit writer and the orders of coefficients.
//!
//! Left out on purpose: arithmetic, lossless and hierarchical coding and 12 bits; smoothing of
//! unfinished progressive pictures; colour, which is the codec's; XMP, IPTC and the other APPn segments are not looked into.
//!
//! ```
//! use jpegasus::error::Kind;
//! use jpegasus::jpeg::Header;
//! assert_eq!(Header::read(b"\x89PNG\r\n\x1a\n").unwrap_err().kind, Kind::NotJpeg);
//! ```

mod cosines;
mod cursor;
mod decode;
mod encode;
mod exif;
mod frame;
mod header;
mod icc;
mod limits;
mod lossless;
mod metadata;
mod process;
mod read;
mod restarts;
mod scans;
mod sniff;
mod standard;
mod tables;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trailer;
mod warning;

pub use decode::{Decoder, Depth, Plane, Scale, View};
pub use encode::encode;
pub use frame::Component;
pub use header::{Head, Header};
pub use limits::Limits;
pub use lossless::{Excerpt, Lossless, transform};
pub use metadata::Application;
pub use process::Process;
pub use sniff::is_jpeg_magic;
pub use warning::{Warning, WarningKind};
