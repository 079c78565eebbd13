//! The scan header SOS (T.81 §B.2.3) and what the scans of a picture have sent so far.

use super::cursor::{Segment, corrupt};
use super::frame::{Component, Frame};
use super::tables::{Huffman, Tables};
use super::warning::{Warning, WarningKind, warn};
use crate::error::{Error, Kind, Result};
use std::ops::Range;

/// Marks a coefficient that no scan has sent.
const UNSENT: u8 = u8::MAX;

/// What the scans of a picture have sent.
#[derive(Clone, Debug)]
pub(super) struct Scans {
    /// How many there are.
    pub(super) count: u32,
    /// Per component and coefficient: how many low bits are still to come, or [`UNSENT`].
    missing_bits: Vec<[u8; 64]>,
}

/// Where a Huffman table is that a scan uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// The scan has no such codes.
    Unused,
    /// It was sent; where it begins in the file, with its class and number.
    Sent(usize),
    /// It was not sent, the standard's example of that number is meant.
    Standard(u8),
}

/// A component of a scan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// Its index in the frame.
    pub(super) component: usize,
    pub(super) dc: Code,
    pub(super) ac: Code,
    /// Where its quantisation table begins in the file, with precision and number.
    pub(super) quantisation: usize,
}

/// A scan as it is to be decoded.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    /// One to four, in the order of the frame.
    pub(super) members: Vec<Member>,
    /// First and last coefficient, 0 to 63.
    pub(super) band: (usize, usize),
    /// Whether it refines coefficients that came before.
    pub(super) is_refinement: bool,
    /// How many low bits are still to come.
    pub(super) low: u32,
    /// MCUs between restart markers, 0 for none.
    pub(super) restart_interval: u16,
    /// Its entropy-coded data in the file.
    pub(super) data: Range<usize>,
}

impl Scan {
    /// Tells whether it is the first of its components: all there is to know of them, or the high bits of
    /// their DC coefficients.
    pub(super) const fn is_first(&self) -> bool {
        self.band.0 == 0 && !self.is_refinement
    }
}

/// What a scan header says.
struct ScanHeader {
    /// Index in the frame, and numbers of the DC and AC tables.
    members: Vec<(usize, u8, u8)>,
    /// First coefficient.
    first: u8,
    /// Last coefficient.
    last: u8,
    /// Successive approximation: bits missing before.
    before: u8,
    /// Successive approximation: bits missing after.
    after: u8,
}

impl Scans {
    /// Begins a picture.
    pub(super) fn new(frame: &Frame) -> Self {
        let missing_bits = vec![[UNSENT; 64]; frame.components.len()];
        Self { count: 0, missing_bits }
    }

    /// Reads SOS, checks it against what came before and returns its components
    /// and the scan itself, without its data.
    pub(super) fn begin(
        &mut self,
        segment: Segment<'_>,
        frame: &Frame,
        tables: &Tables,
        warnings: &mut Vec<Warning>,
    ) -> Result<(Vec<Component>, Scan)> {
        let scan = ScanHeader::parse(segment, frame)?;
        let components: Vec<Component> = scan.members.iter().map(|&(i, ..)| frame.components[i]).collect();
        let offset = segment.offset;
        let blocks: u32 = components.iter().map(|c| u32::from(c.h) * u32::from(c.v)).sum();
        if components.len() > 1 && blocks > 10 {
            return Err(corrupt(offset, format!("an MCU has {blocks} blocks, 10 are allowed")));
        }
        if frame.process.is_progressive() {
            self.progress(&scan, frame, offset, warnings)?;
        } else if frame.process.is_sequential() {
            self.send_whole(&scan, frame, offset, warnings)?;
        } else {
            self.mark(&scan);
        }
        let members = if frame.process.is_supported() {
            let quantisation = find_quantisation(&components, tables, offset)?;
            let codes = find_huffman(&scan, frame, tables, offset, warnings)?;
            let each = scan.members.iter().zip(quantisation).zip(codes);
            each.map(|((&(component, ..), quantisation), (dc, ac))| Member {
                component,
                dc,
                ac,
                quantisation,
            })
            .collect()
        } else {
            Vec::new()
        };
        self.count = self.count.saturating_add(1);
        let is_progressive = frame.process.is_progressive();
        let scan = Scan {
            members,
            // Sequential scans mean all coefficients, whatever they say.
            band: if is_progressive { (scan.first.into(), scan.last.into()) } else { (0, 63) },
            is_refinement: is_progressive && scan.before > 0,
            low: if is_progressive { scan.after.into() } else { 0 },
            restart_interval: tables.restart_interval,
            data: 0..0,
        };
        Ok((components, scan))
    }

    /// Tells whether every coefficient came with all its bits.
    pub(super) fn is_complete(&self, frame: &Frame) -> bool {
        let sent = if frame.process.is_progressive() { 64 } else { 1 };
        self.count > 0
            && self.missing_bits.iter().all(|bits| bits[..sent].iter().all(|&missing| missing == 0))
    }

    /// Tells whether every component had its [first](Scan::is_first) scan.
    pub(super) fn have_begun(&self) -> bool {
        self.missing_bits.iter().all(|bits| bits[0] != UNSENT)
    }

    /// Checks at the end of the picture, at `offset`, that every component came.
    pub(super) fn check_end(&self, frame: &Frame, offset: usize) -> Result<()> {
        let unsent = self.missing_bits.iter().position(|bits| bits[0] == UNSENT);
        let Some(component) = unsent.and_then(|i| frame.components.get(i)) else { return Ok(()) };
        let (kind, why) = if frame.process.is_progressive() {
            (Kind::Corrupt, format!("no DC scan for component {}", component.id))
        } else {
            (Kind::Truncated, format!("no scan for component {}", component.id))
        };
        Err(Error::new(kind, why).offset(offset as u64))
    }

    /// Notes a sequential scan; each component comes once (T.81 §B.2.3).
    fn send_whole(
        &mut self,
        scan: &ScanHeader,
        frame: &Frame,
        offset: usize,
        warnings: &mut Vec<Warning>,
    ) -> Result<()> {
        if (scan.first, scan.last, scan.before, scan.after) != (0, 63, 0, 0) {
            let what = "a sequential scan does not name all coefficients";
            warn(warnings, WarningKind::ScanParameters, offset, what);
        }
        if let Some(&(i, ..)) = scan.members.iter().find(|&&(i, ..)| self.missing_bits[i][0] != UNSENT) {
            let why = format!("component {} comes in two scans", frame.components[i].id);
            return Err(corrupt(offset, why));
        }
        self.mark(scan);
        Ok(())
    }

    /// Notes that all there is to know of the scan's components has come.
    fn mark(&mut self, scan: &ScanHeader) {
        for &(i, ..) in &scan.members {
            self.missing_bits[i] = [0; 64];
        }
    }

    /// Notes a progressive scan and checks that it continues where earlier ones left off (T.81 §G.1.1.1).
    fn progress(
        &mut self,
        scan: &ScanHeader,
        frame: &Frame,
        offset: usize,
        warnings: &mut Vec<Warning>,
    ) -> Result<()> {
        let &ScanHeader { first, last, before, after, .. } = scan;
        let is_band =
            if first == 0 { last == 0 } else { last >= first && last <= 63 && scan.members.len() == 1 };
        // 13 is the most that T.81 table B.3 allows.
        let is_step = (before == 0 || before - 1 == after) && after <= 13;
        if !is_band || !is_step {
            let why = format!("a progressive scan of {first} {last} {before} {after} is not allowed");
            return Err(corrupt(offset, why));
        }
        for &(i, ..) in &scan.members {
            let (bits, id) = (&mut self.missing_bits[i], frame.components[i].id);
            if first > 0 && bits[0] == UNSENT {
                let what = format!("component {id} has an AC scan before its DC scan");
                warn(warnings, WarningKind::ScanOrder, offset, what);
            }
            for coefficient in &mut bits[usize::from(first)..=usize::from(last)] {
                let continues =
                    if *coefficient == UNSENT { before == 0 } else { before > 0 && before == *coefficient };
                if !continues {
                    let why =
                        format!("a progressive scan of component {id} does not follow on from the last");
                    return Err(corrupt(offset, why));
                }
                *coefficient = after;
            }
        }
        Ok(())
    }
}

impl ScanHeader {
    /// Reads the parameters of SOS.
    fn parse(segment: Segment<'_>, frame: &Frame) -> Result<Self> {
        let Segment { offset, data, start, .. } = segment;
        let count = data.first().copied().unwrap_or(0);
        let size = usize::from(count) * 2;
        if !(1..=4).contains(&count) || data.len() != size + 4 {
            return Err(corrupt(offset, format!("the scan header's length does not fit {count} components")));
        }
        let (selectors, parameters) = data[1..].split_at(size);
        let mut members: Vec<(usize, u8, u8)> = Vec::with_capacity(usize::from(count));
        for (i, pair) in selectors.chunks_exact(2).enumerate() {
            let (id, place) = (pair[0], start + 1 + 2 * i);
            let Some(index) = frame.components.iter().position(|component| component.id == id) else {
                return Err(corrupt(place, format!("a scan names component {id}, which the frame lacks")));
            };
            if members.iter().any(|&(member, ..)| member == index) {
                return Err(corrupt(place, format!("a scan names component {id} twice")));
            }
            // T.81 §B.2.3, and what libjpeg-turbo refuses.
            if members.last().is_some_and(|&(last, ..)| last > index) {
                return Err(corrupt(place, "a scan names its components in another order than the frame"));
            }
            members.push((index, pair[1] >> 4, pair[1] & 15));
        }
        let [first, last, approximation] = [parameters[0], parameters[1], parameters[2]];
        Ok(Self { members, first, last, before: approximation >> 4, after: approximation & 15 })
    }
}

/// Finds the quantisation tables of a scan's components.
fn find_quantisation(components: &[Component], tables: &Tables, offset: usize) -> Result<Vec<usize>> {
    let place = |component: &Component| {
        let (id, table) = (component.id, component.quantisation);
        let place = tables.quantisation.get(usize::from(table)).copied().flatten();
        place.ok_or_else(|| corrupt(offset, format!("component {id} has no quantisation table {table}")))
    };
    components.iter().map(place).collect()
}

/// Finds the Huffman tables, DC and AC, that each component of a scan uses.
///
/// Sequential scans may lack tables 0 and 1: as Motion JPEG does, they mean the examples of T.81
/// annex K.3; libjpeg-turbo decodes them, libjpeg too since 9.
fn find_huffman(
    scan: &ScanHeader,
    frame: &Frame,
    tables: &Tables,
    offset: usize,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<(Code, Code)>> {
    let is_progressive = frame.process.is_progressive();
    let uses_dc = !is_progressive || (scan.first == 0 && scan.before == 0);
    let uses_ac = !is_progressive || scan.first > 0;
    let mut find = |is_used: bool, class: &str, set: &[Huffman; 4], id: u8| {
        Ok(match set.get(usize::from(id)).copied().unwrap_or_default() {
            _ if !is_used => Code::Unused,
            Huffman::Sound(place) => Code::Sent(place),
            Huffman::Unsound(place, why) => return Err(corrupt(place, why)),
            Huffman::Absent if !is_progressive && id < 2 => {
                let what = "Huffman tables are missing, the standard ones are meant";
                warn(warnings, WarningKind::StandardTables, offset, what);
                Code::Standard(id)
            }
            Huffman::Absent => {
                let why = format!("a scan uses {class} Huffman table {id}, which is missing");
                return Err(corrupt(offset, why));
            }
        })
    };
    let each = scan.members.iter();
    each.map(|&(_, dc, ac)| Ok((find(uses_dc, "DC", &tables.dc, dc)?, find(uses_ac, "AC", &tables.ac, ac)?)))
        .collect()
}
