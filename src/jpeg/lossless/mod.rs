//! Cutting and turning without loss: coefficients are moved, no pixel is decoded.
//!
//! [`Excerpt`] says what can be had of a window; [`transform`] makes a file of it that decodes to the very
//! same samples. The coding process stays the photo's, with its scans; restart intervals go. There are
//! two ways: the bits of an upright excerpt of a photo with one sequential scan are copied, for all else
//! coefficients are read and written again.

mod coefficients;
mod copy;
mod definition;
mod file;
mod grid;
mod picture;
mod progressive;
mod sequential;
mod stream;
mod tables;
#[cfg(test)]
#[allow(clippy::cast_possible_truncation)]
mod tests;
mod turn;

pub use grid::Excerpt;

use super::decode::{Decoder, Scale, View};
use super::header::Header;
use super::limits::Limits;
use super::warning::{Warning, WarningKind, warn};
use crate::error::{Error, Kind, Result};
use crate::photo::Orientation;
use crate::units::{Bytes, Dims};
use coefficients::Coefficients;
use copy::Stop;
use picture::Picture;

/// Returns what the decoder decodes to judge what is wrong with a photo: all of it, at the cheapest scale.
fn judged(header: &Header) -> View {
    View::whole(header, Scale::Eighth)
}

/// What an excerpt became.
#[derive(Debug)]
pub struct Lossless {
    /// A whole file: what decoding needs, the JFIF segment without its thumbnail and the Adobe segment, as
    /// far as the photo has them; no other metadata.
    pub bytes: Vec<u8>,
    /// Its size in pixels.
    pub dims: Dims,
    /// What is odd about the photo's entropy-coded data but harms no pixel, and what was trimmed.
    pub warnings: Vec<Warning>,
}

impl Excerpt {
    /// Checks pixels, scans and the memory that [`transform`] takes besides the file that it makes.
    ///
    /// Two bytes a coefficient; none where bits are copied. Where EOI is missing, that of a decoder.
    ///
    /// # Errors
    /// [`Kind::TooLarge`].
    pub fn check_limits(&self, header: &Header, limits: &Limits) -> Result<()> {
        let memory = if self.is_copied(header) { 0 } else { coefficients::memory(header, self) };
        let is_doubtful = header.warnings.iter().any(|warning| warning.kind == WarningKind::MissingEoi);
        let more = if is_doubtful { header.decode_memory(&judged(header)) } else { 0 };
        header.check_needs(limits, Bytes(memory.max(more)))
    }

    /// Tells whether making it takes all scans to their ends, so that no damage remains unseen.
    #[must_use]
    pub fn is_to_the_end(&self, header: &Header) -> bool {
        self.mcus.y + self.mcus.dims.height == grid::grid(header).height
    }

    /// Tells whether bits can be copied; where only the first bytes of a file were read, whether that is
    /// likely.
    fn is_copied(&self, header: &Header) -> bool {
        let is_one = match &*header.plan {
            [] => true,
            [scan] => scan.members.len() == header.components.len(),
            _ => false,
        };
        is_one && self.orientation == Orientation::Upright && !header.process.is_progressive()
    }
}

/// Cuts an excerpt out of the photo that `header` was [read](Header::read) from, and turns it.
///
/// The caller has checked it against its limits. Rows of MCUs below the excerpt are not decoded, so damage
/// there is not found; unless EOI is missing, which makes the photo suspect of lacking them.
///
/// # Errors
/// As [`Decoder::decode`] of the photo. [`Kind::Corrupt`] also for coefficients that only damaged
/// data have and no file can hold.
pub fn transform(bytes: &[u8], header: &Header, excerpt: &Excerpt) -> Result<Lossless> {
    header.check_supported()?;
    if header.end.is_none() && !excerpt.is_to_the_end(header) {
        Decoder::new().decode(bytes, header, &judged(header))?;
    }
    let mut file = file::begin(bytes, header, excerpt)?;
    let mut warnings = Vec::new();
    let is_done = excerpt.is_copied(header) && copy(bytes, header, excerpt, &mut file, &mut warnings)?;
    if !is_done {
        let coefficients = Coefficients::read(bytes, header, excerpt)?;
        let picture = Picture::new(header, &coefficients, excerpt);
        for scan in &header.plan {
            let (tables, data) = if header.process.is_progressive() {
                progressive::write(bytes, &picture, scan)?
            } else {
                sequential::write(bytes, &picture, scan)?
            };
            file::begin_scan(&mut file, (bytes, header), scan, &tables);
            file.extend_from_slice(&data);
        }
        warnings = coefficients.warnings;
    }
    file.extend([0xff, 0xd9]);
    if excerpt.is_trimmed() {
        warn(&mut warnings, WarningKind::Trimmed, header.first_scan, told(excerpt.trimmed));
    }
    Ok(Lossless { bytes: file, dims: excerpt.dims(), warnings })
}

/// Tells what was trimmed.
fn told((columns, rows): (u32, u32)) -> String {
    let count = |count: u32, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    };
    let parts: Vec<_> = [count(columns, "column"), count(rows, "row")].into_iter().flatten().collect();
    format!("turned without {} at its edge, where MCUs are not whole", parts.join(" and "))
}

/// Adds the one scan by copying its bits; returns whether that could be done.
fn copy(
    bytes: &[u8],
    header: &Header,
    excerpt: &Excerpt,
    file: &mut Vec<u8>,
    warnings: &mut Vec<Warning>,
) -> Result<bool> {
    let Some(scan) = header.plan.first() else {
        return Err(Error::new(Kind::Bug, "a header without its scans"));
    };
    match copy::copy((bytes, header), scan, excerpt, file)? {
        Ok(left) => {
            if left > 0 {
                let what = format!("{left} bytes are left over behind the last MCU of a scan");
                warn(warnings, WarningKind::ExtraData, scan.data.end - left, what);
            }
            Ok(true)
        }
        Err(Stop::NoCode) => Ok(false),
        // The decoder says what is wrong, and where.
        Err(Stop::Broken) => match Decoder::new().decode(bytes, header, &judged(header)) {
            Err(error) => Err(error),
            Ok(_) => Err(Error::new(Kind::Corrupt, "the coefficients leave the range of any picture")),
        },
    }
}
