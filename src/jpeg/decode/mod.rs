//! From the entropy-coded data of a photo to the samples of its components.
//!
//! [`Decoder`] follows the scans that [`Header::read`] found and judges them in the same pass: every
//! MCU of every scan is there, or it is an error. It looks at codes only: damage that leaves legal
//! codes and the right number of MCUs cannot be seen by anybody. Sequential scans become samples
//! block by block; progressive ones are collected as coefficients first. A [`View`] says what is needed of
//! the picture; [`Depth::Needed`] leaves out whatever that does not depend on.

mod bits;
mod huffman;
mod idct;
mod layout;
mod memory;
mod needed;
mod plane;
mod progressive;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod roundtrip;
mod rows;
mod salvage;
mod scale;
mod scan;
mod sequential;
mod tables;
mod view;

pub use plane::Plane;
pub use scale::Scale;
pub use view::{Depth, View};

use super::header::Header;
use super::scans::{Code, Scan};
use super::standard::ZIGZAG;
use super::warning::{Warning, WarningKind, warn};
use crate::error::{Error, Kind, Result};
pub(super) use bits::Bits;
pub(super) use huffman::Table;
pub(super) use idct::Block;
pub(super) use layout::{Layout, Part};
pub(super) use memory::coefficient_memory;
use progressive::Means;
pub(super) use progressive::{Lane as ProgressiveLane, Progressive};
use rows::Rows;
pub(super) use scan::{Coding, Extent, read as read_scan};
use sequential::Sequential;
pub(super) use sequential::{coefficients, wrapped};
pub(super) use tables::Tables;

/// How entropy-coded data can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Break {
    OutOfData,
    BadCode,
    BadRun,
    LostRestart,
}

impl Break {
    /// Returns the fault, at this byte of the file.
    pub(super) fn at(self, offset: usize) -> Error {
        let (kind, why) = match self {
            Self::OutOfData => (Kind::Truncated, "the image data end before the last MCU"),
            Self::BadCode => (Kind::Corrupt, "a Huffman code that is in no table"),
            Self::BadRun => (Kind::Corrupt, "a block with too many coefficients"),
            Self::LostRestart => (Kind::Corrupt, "a restart marker is missing or out of place"),
        };
        Error::new(kind, why).offset(offset as u64)
    }
}

/// Decodes photos one after the other, reusing memory.
///
/// One for each thread. Holds the planes of the last photo, and at most four times what the last
/// sixteen photos needed.
#[derive(Debug, Default)]
pub struct Decoder {
    planes: Vec<Plane>,
    coefficients: Vec<Vec<Block>>,
    waiting: Vec<Rows>,
    warnings: Vec<Warning>,
    is_all_followed: bool,
    idle: u32,
}

impl Decoder {
    /// Makes a decoder that has no memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decodes the photo that `header` was [read](Header::read) from, one plane for each component.
    ///
    /// A plane has the samples of the MCUs that the view's window touches; [`Plane::region`] says where in it
    /// the window is. The caller has checked the header against its limits and for being supported; memory is
    /// as [`Header::decode_memory`] says, and none is allocated for data that cannot be there.
    ///
    /// By [`Depth::Needed`], rows of MCUs below the window are not followed if the file has its EOI, nor are
    /// scans of a progressive photo that the view does not depend on.
    ///
    /// # Errors
    /// [`Kind::Truncated`] when an MCU is missing, with the byte where the data end;
    /// [`Kind::Corrupt`] for a code, run or restart marker that cannot be; [`Kind::Unsupported`] as
    /// [`Header::check_supported`]; [`Kind::Bug`] when `bytes` are not those the header is of, or only
    /// their beginning was read, or when the window leaves the picture.
    pub fn decode(&mut self, bytes: &[u8], header: &Header, view: &View) -> Result<&[Plane]> {
        header.check_supported()?;
        if !view.window.fits(header.dims) || view.window.dims.area() == 0 {
            return Err(Error::new(Kind::Bug, format!("{} is no window of {}", view.window, header.dims)));
        }
        let layout = Layout::new(header, view);
        let is_sent = |i| header.plan.iter().any(|scan| scan.members.iter().any(|part| part.component == i));
        if !(0..layout.parts.len()).all(is_sent) {
            return Err(Error::new(Kind::Bug, "a header without its scans"));
        }
        for scan in &header.plan {
            check_size(scan, &layout)?;
        }
        self.prepare(header, view, &layout);
        let is_means_only = view.is_means_only(header);
        let (needed, extent) = (needed::scans(header, view), needed::extent(header, view));
        let reaches_down = layout.parts.iter().all(|part| part.rows.end == part.down);
        let has_all_rows = extent == Extent::Whole || reaches_down;
        self.is_all_followed = has_all_rows && needed.iter().all(|&is_needed| is_needed);
        for (scan, _) in header.plan.iter().zip(needed).filter(|&(_, is_needed)| is_needed) {
            let (tables, bits, members) = open(bytes, scan, &layout)?;
            let interval = scan.restart_interval;
            let done = if is_means_only {
                let mut coding = self.means(scan, &layout, &tables);
                scan::read(bits, &layout, &members, interval, extent, &mut coding)
            } else if header.process.is_progressive() {
                let mut coding = self.progressive(scan, &layout, &tables);
                scan::read(bits, &layout, &members, interval, Extent::Whole, &mut coding)
            } else {
                let mut coding = self.sequential(scan, &layout, &tables);
                scan::read(bits, &layout, &members, interval, extent, &mut coding)
            };
            let left = done.map_err(|(at, why)| why.at(at))?;
            if left > 0 {
                let what = format!("{left} bytes are left over behind the last MCU of a scan");
                warn(&mut self.warnings, WarningKind::ExtraData, scan.data.end - left, what);
            }
        }
        if header.process.is_progressive() && !is_means_only {
            self.transform(bytes, header, &layout)?;
        }
        Ok(&self.planes)
    }

    /// Returns the planes of the last photo.
    #[must_use]
    pub fn planes(&self) -> &[Plane] {
        &self.planes
    }

    /// Tells whether every code of every scan of the last photo was followed.
    #[must_use]
    pub const fn is_all_followed(&self) -> bool {
        self.is_all_followed
    }

    /// Returns what was odd about the entropy-coded data of the last photo but harms no pixel.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    fn sequential<'a>(&'a mut self, scan: &Scan, layout: &Layout, tables: &'a Tables) -> Sequential<'a> {
        let planes = self.planes.iter_mut().zip(&mut self.waiting).enumerate();
        let lanes = planes.filter_map(|(i, (plane, waiting))| {
            let member = scan.members.iter().position(|member| member.component == i)?;
            let part = &layout.parts[i];
            Some(sequential::Lane {
                dc: tables.dc(member),
                ac: tables.ac(member),
                factors: tables.factors(member),
                size: part.size,
                columns: part.columns.clone(),
                rows: part.rows.clone(),
                stride: plane.stride,
                samples: &mut plane.samples,
                waiting,
                last: 0,
            })
        });
        Sequential { lanes: lanes.collect() }
    }

    fn means<'a>(&'a mut self, scan: &Scan, layout: &Layout, tables: &'a Tables) -> Means<'a> {
        let lanes = self.planes.iter_mut().enumerate().filter_map(|(i, plane)| {
            let member = scan.members.iter().position(|member| member.component == i)?;
            let part = &layout.parts[i];
            Some(progressive::MeansLane {
                dc: tables.dc(member),
                factor: tables.factors(member)[0],
                columns: part.columns.clone(),
                rows: part.rows.clone(),
                stride: plane.stride,
                samples: &mut plane.samples,
                last: 0,
            })
        });
        Means { lanes: lanes.collect(), low: scan.low }
    }

    fn progressive<'a>(&'a mut self, scan: &Scan, layout: &Layout, tables: &'a Tables) -> Progressive<'a> {
        let coefficients = self.coefficients.iter_mut().enumerate();
        let lanes = coefficients.filter_map(|(i, blocks)| {
            let member = scan.members.iter().position(|member| member.component == i)?;
            let stride = layout.parts[i].across;
            Some(progressive::Lane { dc: tables.dc(member), ac: tables.ac(member), blocks, stride, last: 0 })
        });
        Progressive::new(lanes.collect(), scan)
    }

    /// Makes samples of coefficients, with the quantisation of each component's first scan.
    fn transform(&mut self, bytes: &[u8], header: &Header, layout: &Layout) -> Result<()> {
        for (i, part) in layout.parts.iter().enumerate() {
            let mut members = header.plan.iter().flat_map(|scan| &scan.members);
            let place = members.find(|member| member.component == i).map(|member| member.quantisation);
            // Of a damaged photo, whole components may be missing.
            let Some(place) = place else { continue };
            let factors = tables::factors(bytes, place)?;
            let (plane, waiting) = (&mut self.planes[i], &mut self.waiting[i]);
            let rows = self.coefficients[i].chunks(part.across).skip(part.rows.start);
            let each = rows.zip(plane.samples.chunks_mut(plane.stride * part.size)).enumerate();
            for (y, (blocks, samples)) in each {
                waiting.begin(y);
                for (x, block) in blocks[part.columns.clone()].iter().enumerate() {
                    let out = samples.get_mut(x * part.size..).unwrap_or_default();
                    match part.size {
                        8 => idct::full(block, &factors, out, plane.stride),
                        2 | 4 => waiting.enter(x, y, block),
                        _ => out.iter_mut().take(1).for_each(|out| *out = idct::mean(block[0], factors[0])),
                    }
                }
                if matches!(part.size, 2 | 4) {
                    waiting.transform(y, &factors, samples, plane.stride);
                }
            }
        }
        Ok(())
    }
}

/// Returns the tables of a scan, its data, and the components it is of.
///
/// AC tables of sequential scans are made fit for passing coefficients if the layout leaves any out.
pub(super) fn open<'a>(
    bytes: &'a [u8],
    scan: &Scan,
    layout: &Layout,
) -> Result<(Tables, Bits<'a>, Vec<usize>)> {
    let mut tables = Tables::load(bytes, scan)?;
    let is_partial =
        |part: &Part| part.size < 8 || (part.columns.len(), part.rows.len()) != (part.across, part.down);
    if scan.band == (0, 63) && layout.parts.iter().any(is_partial) {
        tables.prepare();
    }
    let data = bytes.get(..scan.data.end).ok_or_else(mismatch)?;
    let members = scan.members.iter().map(|member| member.component).collect();
    Ok((tables, Bits::new(data, scan.data.start), members))
}

/// Refuses data that are too short for their scan, before anything is allocated for it.
///
/// Every block takes a bit at least, but in AC scans, where one code can end the band of 32767.
pub(super) fn check_size(scan: &Scan, layout: &Layout) -> Result<()> {
    let blocks: usize = match *scan.members {
        [alone] => {
            let (across, down) = layout.parts[alone.component].alone;
            across * down
        }
        _ => {
            let parts = scan.members.iter().map(|member| &layout.parts[member.component]);
            parts.map(|part| part.across * part.down).sum()
        }
    };
    let least = if scan.band.0 > 0 { blocks / 32767 } else { blocks };
    if scan.data.len().saturating_mul(8) < least {
        return Err(Break::OutOfData.at(scan.data.end));
    }
    Ok(())
}

/// Complains that a header is of another file.
fn mismatch() -> Error {
    Error::new(Kind::Bug, "the header is of another file")
}
