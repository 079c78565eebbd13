//! A file around entropy-coded data: the segments that decoding needs, and no others.

use super::definition::{Definition, number};
use super::grid::Excerpt;
use super::turn;
use crate::error::{Error, Kind, Result};
use crate::jpeg::frame::Component;
use crate::jpeg::header::Header;
use crate::jpeg::scans::Scan;
use crate::jpeg::standard::ZIGZAG;

/// How much of a JFIF segment there is without a thumbnail: identifier, version, unit, densities across
/// and down, and the thumbnail's sides (JFIF 1.02).
const JFIF: usize = 14;

/// Begins a file: SOI, the segments that tell its colours, quantisation tables and frame header.
///
/// # Errors
/// [`Kind::Bug`] when the tables are not where they should be.
pub(super) fn begin(bytes: &[u8], header: &Header, excerpt: &Excerpt) -> Result<Vec<u8>> {
    let mut file = vec![0xff, 0xd8];
    colours(bytes, header, excerpt.orientation.is_transposing(), &mut file);
    let (tables, numbers) = quantisation(bytes, header, excerpt)?;
    for (number, table) in tables {
        // Entries of one byte or of two.
        let precision = u8::from(table.len() > 64) << 4;
        segment(&mut file, 0xdb, &[&[precision | number], &table[..]].concat());
    }
    segment(&mut file, 0xc0 | header.process.sof(), &frame(header, excerpt, &numbers));
    Ok(file)
}

/// Adds the JFIF segment, without its thumbnail, and the last Adobe segment.
fn colours(bytes: &[u8], header: &Header, is_transposing: bool, file: &mut Vec<u8>) {
    let with = |code, signature: &'static [u8]| {
        let segments = header.applications(bytes).filter(move |segment| segment.code == code);
        segments.map(|segment| segment.data).filter(move |data| data.starts_with(signature))
    };
    if let Some(jfif) = with(0xe0, b"JFIF\0").find_map(|data| data.first_chunk::<JFIF>()) {
        let mut jfif = *jfif;
        if is_transposing {
            let (across, down) = jfif[8..12].split_at_mut(2);
            across.swap_with_slice(down);
        }
        jfif[12..].fill(0);
        segment(file, 0xe0, &jfif);
    }
    if let Some(data) = with(0xee, b"Adobe").filter(|data| data.len() >= 12).last() {
        segment(file, 0xee, data);
    }
}

/// Quantisation tables: number and factors, in the order of the file.
type Quantisation = Vec<(u8, Vec<u8>)>;

/// Returns the quantisation tables, and by component the number of the one that it uses.
///
/// A file may redefine a table between its scans; then components that used the same number get two.
fn quantisation(bytes: &[u8], header: &Header, excerpt: &Excerpt) -> Result<(Quantisation, Vec<u8>)> {
    let mut tables = Quantisation::new();
    let mut numbers = Vec::new();
    for (index, component) in header.components.iter().enumerate() {
        let mut members = header.plan.iter().flat_map(|scan| &scan.members);
        let table = members
            .find(|member| member.component == index)
            .and_then(|member| factors(bytes, member.quantisation, excerpt))
            .ok_or_else(|| Error::new(Kind::Bug, "a quantisation table is not where it was"))?;
        let found = |number: u8| tables.iter().find(|(other, _)| *other == number);
        let own = component.quantisation;
        // There are no more components than tables.
        let mut candidates = std::iter::once(own).chain(0..4);
        let number =
            candidates.find(|&number| found(number).is_none_or(|(_, other)| *other == table)).unwrap_or(own);
        numbers.push(number);
        if found(number).is_none() {
            tables.push((number, table));
        }
    }
    Ok((tables, numbers))
}

/// Returns the factors of a table in the order of the file, turned as the blocks are.
fn factors(bytes: &[u8], place: usize, excerpt: &Excerpt) -> Option<Vec<u8>> {
    let (&head, values) = bytes.get(place..)?.split_first()?;
    let size = if head >> 4 == 0 { 1 } else { 2 };
    let values = values.get(..64 * size)?;
    let order = turn::order(excerpt.orientation);
    let at = |k: &u8| ZIGZAG.iter().position(|place| place == k).unwrap_or(0);
    Some(order.iter().map(at).flat_map(|at| &values[at * size..][..size]).copied().collect())
}

/// Returns the parameters of the frame header.
fn frame(header: &Header, excerpt: &Excerpt, numbers: &[u8]) -> Vec<u8> {
    let dims = excerpt.dims();
    // Sides are at most those of the photo, which have 16 bits.
    let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX).to_be_bytes();
    let mut data = vec![header.precision];
    data.extend(side(dims.height));
    data.extend(side(dims.width));
    data.push(u8::try_from(header.components.len()).unwrap_or(u8::MAX));
    let is_alone = header.components.len() == 1;
    for (&Component { id, h, v, .. }, &number) in header.components.iter().zip(numbers) {
        let factors = match excerpt.orientation.is_transposing() {
            // A lone component has the same samples whatever its factors; many programs expect these.
            _ if is_alone => 0x11,
            false => h << 4 | v,
            true => v << 4 | h,
        };
        data.extend([id, factors, number]);
    }
    data
}

/// Begins a scan, whose data follow: its Huffman tables and its header.
pub(super) fn begin_scan<'a>(
    file: &mut Vec<u8>,
    (bytes, header): (&[u8], &Header),
    scan: &Scan,
    tables: impl IntoIterator<Item = &'a Definition>,
) {
    tables.into_iter().for_each(|table| table.write(file));
    let mut parameters = vec![u8::try_from(scan.members.len()).unwrap_or(u8::MAX)];
    for member in &scan.members {
        let id = header.components.get(member.component).map_or(0, |component| component.id);
        parameters.extend([id, number(bytes, member.dc) << 4 | number(bytes, member.ac)]);
    }
    let (first, last) = scan.band;
    let before = if scan.is_refinement { scan.low + 1 } else { 0 };
    #[allow(clippy::cast_possible_truncation, reason = "they are at most 63 and 14")]
    parameters.extend([first as u8, last as u8, (before << 4 | scan.low) as u8]);
    segment(file, 0xda, &parameters);
}

/// Adds a marker with its parameters, at most 65533 bytes of them.
fn segment(file: &mut Vec<u8>, code: u8, data: &[u8]) {
    let length = u16::try_from(data.len() + 2).unwrap_or(u16::MAX);
    file.extend([0xff, code]);
    file.extend(length.to_be_bytes());
    file.extend_from_slice(data);
}
