//! A whole baseline file: its header, and its one scan (T.81 Annex B).

use super::pen::Pair;
use super::picture::Picture;
use super::{Codes, Optimal, Writer};
use crate::error::{Error, Kind, Result};
use crate::frame::Planes;
use crate::jpeg::standard;
use crate::recipe::Huffman;

/// The longest side (T.81 §B.2.2: 16 bits).
const MAX_SIDE: u32 = 65_535;

/// The JFIF segment: version 1.01, square pixels, no preview.
const JFIF: &[u8] = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0";

/// Counts and symbols of a Huffman table, as DHT has them.
type Table = ([u8; 16], Vec<u8>);

/// Encodes a picture as a whole baseline file with a JFIF header.
///
/// `quality` is 1 to 100, clamped; it scales the quantisation tables of T.81 Annex K as the IJG's
/// library does. Optimised Huffman tables take a second pass over the picture. The file is the very
/// one that libjpeg makes of the same planes, and depends on the arguments alone.
///
/// # Errors
/// [`Kind::OutputFailed`] when a side is beyond 65535 pixels.
pub fn encode(planes: &Planes, quality: u8, huffman: Huffman) -> Result<Vec<u8>> {
    let dims = planes.dims();
    let (Ok(width), Ok(height)) = (u16::try_from(dims.width), u16::try_from(dims.height)) else {
        let why = format!("{dims} is beyond the {MAX_SIDE} pixels a side of JPEG");
        return Err(Error::new(Kind::OutputFailed, why).hint("ask for a smaller size or for --format png"));
    };
    let picture = Picture::new(planes, quality);
    let tables = match huffman {
        Huffman::Standard => standard_tables(),
        Huffman::Optimised => optimised_tables(&picture),
    };
    // A guess that photos at quality 85 rarely exceed: 2 bits a pixel.
    let mut file = Vec::with_capacity(planes.luma().samples().len() / 4 + 1024);
    begin(&mut file, &picture, (width, height), &tables[..2 * picture.quantisation().count()]);
    let codes: Option<Vec<_>> = tables.as_chunks().0.iter().map(pair).collect();
    let codes = codes.ok_or_else(|| Error::new(Kind::Bug, "impossible Huffman tables"))?;
    let mut writer = Writer::new(file);
    picture.write(&mut writer, &codes);
    let mut file = writer.finish();
    file.extend_from_slice(&[0xff, 0xd9]);
    Ok(file)
}

/// Returns the tables of Annex K: DC and AC of luma, then of chroma.
fn standard_tables() -> Vec<Table> {
    [standard::DC_LUMA, standard::AC_LUMA, standard::DC_CHROMA, standard::AC_CHROMA]
        .map(|(counts, symbols)| (*counts, symbols.to_vec()))
        .to_vec()
}

/// Returns the best tables, in the same order.
fn optimised_tables(picture: &Picture<'_>) -> Vec<Table> {
    let best = |frequencies: &_| {
        let Optimal { counts, symbols } = Optimal::new(frequencies);
        (counts, symbols)
    };
    picture.count().iter().flat_map(|frequencies| [best(&frequencies.dc), best(&frequencies.ac)]).collect()
}

/// Makes codes of a DC and an AC table.
fn pair([dc, ac]: &[Table; 2]) -> Option<Pair> {
    Some(Pair::new(Codes::new(&dc.0, &dc.1)?, Codes::new(&ac.0, &ac.1)?))
}

/// Writes all that precedes the scan's data, segment by segment as libjpeg does.
fn begin(file: &mut Vec<u8>, picture: &Picture<'_>, (width, height): (u16, u16), tables: &[Table]) {
    file.extend_from_slice(&[0xff, 0xd8]);
    segment(file, 0xe0, &[JFIF]);
    for (id, factors) in (0..).zip(picture.quantisation()) {
        segment(file, 0xdb, &[&[id], factors]);
    }
    // Id, sampling factors and quantisation table of each component; id and Huffman tables.
    let (components, members): (&[[u8; 3]], &[[u8; 2]]) = match tables.len() {
        2 => (&[[1, 0x11, 0]], &[[1, 0x00]]),
        _ => (&[[1, 0x22, 0], [2, 0x11, 1], [3, 0x11, 1]], &[[1, 0x00], [2, 0x11], [3, 0x11]]),
    };
    let ([w0, w1], [h0, h1]) = (width.to_be_bytes(), height.to_be_bytes());
    let count = if tables.len() == 2 { 1 } else { 3 };
    segment(file, 0xc0, &[&[8, h0, h1, w0, w1, count], components.as_flattened()]);
    for ((counts, symbols), id) in tables.iter().zip([0x00, 0x10, 0x01, 0x11]) {
        segment(file, 0xc4, &[&[id], counts, symbols]);
    }
    segment(file, 0xda, &[&[count], members.as_flattened(), &[0, 63, 0]]);
}

/// Writes a marker with its parameters, which are short.
fn segment(file: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let length = 2 + parts.iter().map(|part| part.len()).sum::<usize>();
    #[allow(clippy::cast_possible_truncation, reason = "a Huffman table of 273 bytes is the longest")]
    file.extend_from_slice(&[0xff, marker, (length >> 8) as u8, length as u8]);
    parts.iter().for_each(|part| file.extend_from_slice(part));
}
