//! From the entropy-coded data of a photo to the samples of its components.
//!
//! [`Decoder`] follows the scans that [`Header::read`] found and judges them in the same pass: every
//! MCU of every scan is there, or it is an error. It looks at codes only: damage that leaves legal
//! codes and the right number of MCUs cannot be seen by anybody. Sequential scans become samples
//! block by block; progressive ones are collected as coefficients first.

mod bits;
mod huffman;
mod idct;
mod layout;
mod progressive;
#[cfg(test)]
mod roundtrip;
mod scale;
mod scan;
mod sequential;
mod tables;

pub use scale::Scale;

use super::header::Header;
use super::scans::{Code, Scan};
use super::standard::ZIGZAG;
use super::warning::{Warning, WarningKind, warn};
use crate::error::{Error, Kind, Result};
pub(super) use bits::Bits;
pub(super) use huffman::Table;
pub(super) use idct::Block;
pub(super) use layout::{Layout, Part};
pub(super) use progressive::{Lane as ProgressiveLane, Progressive, Stage};
pub(super) use scan::{Coding, read as read_scan};
use sequential::Sequential;
pub(super) use sequential::{dc, wrapped};
pub(super) use tables::Tables;

/// Bytes of memory below which it is not worth giving any back.
const SMALL: usize = 16 << 20;

/// Photos in a row that need less than a quarter of the memory before it is given back (a guess:
/// rare enough that a folder of mixed sizes does not fault its pages in for each photo).
const PATIENCE: u32 = 16;

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

/// The samples of one component.
#[derive(Debug, Default)]
pub struct Plane {
    /// Samples across and down; those of the picture, without padding.
    pub width: usize,
    /// Samples down.
    pub height: usize,
    /// Samples from one row to the next, at least the width.
    pub stride: usize,
    /// Frame pixels to a sample across, as a fraction: 2/1 where every other column was dropped.
    pub across: (usize, usize),
    /// Frame pixels to a sample down, as a fraction.
    pub down: (usize, usize),
    /// The samples, row by row; what lies beyond width and height means nothing.
    pub samples: Vec<u8>,
}

/// Decodes photos one after the other, reusing memory.
///
/// One for each thread. Holds the planes of the last photo, and at most four times what the last
/// sixteen photos needed.
#[derive(Debug, Default)]
pub struct Decoder {
    planes: Vec<Plane>,
    coefficients: Vec<Vec<Block>>,
    warnings: Vec<Warning>,
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
    /// The caller has checked the header against its limits and for being supported; memory is as
    /// [`Header::decode_memory`] says, and none is allocated for data that cannot be there.
    ///
    /// # Errors
    /// [`Kind::Truncated`] when an MCU is missing, with the byte where the data end;
    /// [`Kind::Corrupt`] for a code, run or restart marker that cannot be; [`Kind::Unsupported`] as
    /// [`Header::check_supported`]; [`Kind::Bug`] when `bytes` are not those the header is of, or only
    /// their beginning was read.
    pub fn decode(&mut self, bytes: &[u8], header: &Header, scale: Scale) -> Result<&[Plane]> {
        header.check_supported()?;
        let layout = Layout::new(header, scale);
        let is_sent = |i| header.plan.iter().any(|scan| scan.members.iter().any(|part| part.component == i));
        if !(0..layout.parts.len()).all(is_sent) {
            return Err(Error::new(Kind::Bug, "a header without its scans"));
        }
        for scan in &header.plan {
            check_size(scan, &layout)?;
        }
        self.prepare(&layout, header.process.is_progressive());
        for scan in &header.plan {
            let (mut tables, bits, members) = open(bytes, scan)?;
            let done = if header.process.is_progressive() {
                let mut coding = self.progressive(scan, &layout, &tables);
                scan::read(bits, &layout, &members, scan.restart_interval, usize::MAX, &mut coding)
            } else {
                if scale != Scale::Full {
                    tables.prepare();
                }
                let mut coding = self.sequential(scan, &layout, &tables);
                scan::read(bits, &layout, &members, scan.restart_interval, usize::MAX, &mut coding)
            };
            let left = done.map_err(|(at, why)| why.at(at))?;
            if left > 0 {
                let what = format!("{left} bytes are left over behind the last MCU of a scan");
                warn(&mut self.warnings, WarningKind::ExtraData, scan.data.end - left, what);
            }
        }
        if header.process.is_progressive() {
            self.transform(bytes, header, &layout)?;
        }
        Ok(&self.planes)
    }

    /// Returns the planes of the last photo.
    #[must_use]
    pub fn planes(&self) -> &[Plane] {
        &self.planes
    }

    /// Decodes what can be decoded of the damaged photo that `header` was
    /// [read](Header::read_damaged) from.
    ///
    /// What is missing is grey. Returns the planes and which part of the picture decoded, above 0 and
    /// up to 1, all components counted alike; of a progressive one, that of its first scans.
    /// `None` when not one MCU of the first component did.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] and [`Kind::Bug`] as [`decode`](Self::decode).
    pub fn salvage(
        &mut self,
        bytes: &[u8],
        header: &Header,
        scale: Scale,
    ) -> Result<Option<(&[Plane], f32)>> {
        header.check_supported()?;
        let layout = Layout::new(header, scale);
        let is_progressive = header.process.is_progressive();
        self.prepare(&layout, is_progressive);
        for plane in &mut self.planes {
            plane.samples.fill(128);
        }
        let mut shares = vec![0_f32; layout.parts.len()];
        for scan in &header.plan {
            let Ok((mut tables, bits, members)) = open(bytes, scan) else { break };
            let salvaged = if is_progressive {
                let mut coding = self.progressive(scan, &layout, &tables);
                scan::salvage(bits, &layout, &members, scan.restart_interval, &mut coding)
            } else {
                if scale != Scale::Full {
                    tables.prepare();
                }
                let mut coding = self.sequential(scan, &layout, &tables);
                scan::salvage(bits, &layout, &members, scan.restart_interval, &mut coding)
            };
            if !is_progressive || (scan.band.0 == 0 && !scan.is_refinement) {
                members.iter().for_each(|&member| shares[member] = salvaged.share);
            }
            // What refines a picture that is not as it should be makes it worse.
            if is_progressive && !salvaged.is_whole {
                break;
            }
        }
        if is_progressive {
            self.transform(bytes, header, &layout)?;
        }
        if shares.first().is_none_or(|&share| share == 0.0) {
            return Ok(None);
        }
        #[allow(clippy::cast_precision_loss, reason = "there are four at most")]
        let share = shares.iter().sum::<f32>() / shares.len() as f32;
        Ok(Some((&self.planes, share)))
    }

    /// Returns what was odd about the entropy-coded data of the last photo but harms no pixel.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Makes planes, and coefficients if needed, of the right size.
    fn prepare(&mut self, layout: &Layout, is_progressive: bool) {
        self.warnings.clear();
        let samples = |part: &Part| part.across * part.down * part.size * part.size;
        let blocks = |part: &Part| if is_progressive { part.across * part.down } else { 0 };
        let needed: usize = layout.parts.iter().map(|part| samples(part) + 128 * blocks(part)).sum();
        let held: usize = self.planes.iter().map(|plane| plane.samples.capacity()).sum::<usize>()
            + self.coefficients.iter().map(|blocks| 128 * blocks.capacity()).sum::<usize>();
        self.idle = if held > SMALL.max(needed.saturating_mul(4)) { self.idle + 1 } else { 0 };
        if self.idle >= PATIENCE {
            *self = Self::default();
        }
        self.planes.resize_with(layout.parts.len(), Plane::default);
        self.coefficients.resize_with(layout.parts.len(), Vec::new);
        for (i, part) in layout.parts.iter().enumerate() {
            let mut memory = std::mem::take(&mut self.planes[i].samples);
            fit(&mut memory, samples(part), 0);
            self.planes[i] = Plane {
                width: part.width,
                height: part.height,
                stride: part.across * part.size,
                across: part.across_ratio,
                down: part.down_ratio,
                samples: memory,
            };
            if is_progressive {
                let count = blocks(part).min(self.coefficients[i].len());
                self.coefficients[i][..count].fill([0; 64]);
                fit(&mut self.coefficients[i], blocks(part), [0; 64]);
            }
        }
    }

    fn sequential<'a>(&'a mut self, scan: &Scan, layout: &Layout, tables: &'a Tables) -> Sequential<'a> {
        let planes = self.planes.iter_mut().enumerate();
        let lanes = planes.filter_map(|(i, plane)| {
            let member = scan.members.iter().position(|member| member.component == i)?;
            Some(sequential::Lane {
                dc: tables.dc(member),
                ac: tables.ac(member),
                factors: tables.factors(member),
                size: layout.parts[i].size,
                stride: plane.stride,
                samples: &mut plane.samples,
                last: 0,
            })
        });
        Sequential { lanes: lanes.collect() }
    }

    fn progressive<'a>(&'a mut self, scan: &Scan, layout: &Layout, tables: &'a Tables) -> Progressive<'a> {
        let coefficients = self.coefficients.iter_mut().enumerate();
        let lanes = coefficients.filter_map(|(i, blocks)| {
            let member = scan.members.iter().position(|member| member.component == i)?;
            let stride = layout.parts[i].across;
            Some(progressive::Lane { dc: tables.dc(member), ac: tables.ac(member), blocks, stride, last: 0 })
        });
        let stage = match (scan.band.0, scan.is_refinement) {
            (0, false) => Stage::DcFirst,
            (0, true) => Stage::DcRefine,
            (_, false) => Stage::AcFirst,
            (_, true) => Stage::AcRefine,
        };
        Progressive { lanes: lanes.collect(), stage, band: scan.band, low: scan.low, eob_run: 0 }
    }

    /// Makes samples of coefficients, with the quantisation of each component's first scan.
    fn transform(&mut self, bytes: &[u8], header: &Header, layout: &Layout) -> Result<()> {
        for (i, part) in layout.parts.iter().enumerate() {
            let mut members = header.plan.iter().flat_map(|scan| &scan.members);
            let place = members.find(|member| member.component == i).map(|member| member.quantisation);
            // Of a damaged photo, whole components may be missing.
            let Some(place) = place else { continue };
            let factors = tables::factors(bytes, place)?;
            let plane = &mut self.planes[i];
            let rows = self.coefficients[i].chunks(part.across);
            for (blocks, samples) in rows.zip(plane.samples.chunks_mut(plane.stride * part.size)) {
                for (x, block) in blocks.iter().enumerate() {
                    let out = samples.get_mut(x * part.size..).unwrap_or_default();
                    match part.size {
                        8 => idct::full(block, &factors, out, plane.stride),
                        4 => idct::half(block, &factors, out, plane.stride),
                        2 => idct::quarter(block, &factors, out, plane.stride),
                        _ => idct::flat::<1>(block[0], factors[0], out, plane.stride),
                    }
                }
            }
        }
        Ok(())
    }
}

/// Returns the tables of a scan, its data, and the components it is of.
pub(super) fn open<'a>(bytes: &'a [u8], scan: &Scan) -> Result<(Tables, Bits<'a>, Vec<usize>)> {
    let tables = Tables::load(bytes, scan)?;
    let data = bytes.get(..scan.data.end).ok_or_else(mismatch)?;
    let members = scan.members.iter().map(|member| member.component).collect();
    Ok((tables, Bits::new(data, scan.data.start), members))
}

/// Brings memory to a length; what is in it stays.
fn fit<T: Clone>(memory: &mut Vec<T>, needed: usize, value: T) {
    if memory.capacity() < needed {
        // Fresh zeroed pages instead of a copy of old samples, which are given back first.
        *memory = Vec::new();
        *memory = vec![value; needed];
    } else {
        memory.resize(needed, value);
    }
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
            scan.members.iter().map(|member| layout.parts[member.component]).map(|p| p.across * p.down).sum()
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
