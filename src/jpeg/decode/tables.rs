//! The tables that a scan uses, read from where the header says they are.

use super::huffman::Table;
use super::idct::Block;
use super::{Code, Scan, ZIGZAG, mismatch};
use crate::error::Result;
use crate::jpeg::standard;

/// The tables of a scan's components.
pub(in crate::jpeg) struct Tables {
    /// Each table once, with what it is.
    huffman: Vec<(Key, Table)>,
    /// By member: its DC and AC table in `huffman`, and its quantisation.
    members: Vec<(usize, usize, Block)>,
}

/// A table: whether it is of AC coefficients, and where it is.
type Key = (bool, Code);

impl Tables {
    /// Reads the tables of a scan.
    ///
    /// # Errors
    /// [`Kind::Bug`](crate::error::Kind::Bug) when they are not where they should be.
    pub(super) fn load(bytes: &[u8], scan: &Scan) -> Result<Self> {
        let mut tables = Self { huffman: Vec::new(), members: Vec::new() };
        for member in &scan.members {
            let dc = tables.find(bytes, (false, member.dc))?;
            let ac = tables.find(bytes, (true, member.ac))?;
            tables.members.push((dc, ac, factors(bytes, member.quantisation)?));
        }
        Ok(tables)
    }

    /// Returns the index of a table, which is built the first time.
    fn find(&mut self, bytes: &[u8], key: Key) -> Result<usize> {
        if let Some(index) = self.huffman.iter().position(|(other, _)| *other == key) {
            return Ok(index);
        }
        let table = match key {
            (_, Code::Unused) => Table::new(&[0; 16], &[]),
            (_, Code::Sent(place)) => {
                sent(bytes, place).and_then(|(counts, symbols)| Table::new(counts, symbols))
            }
            (is_ac, Code::Standard(id)) => {
                let (counts, symbols) = match (is_ac, id) {
                    (false, 0) => standard::DC_LUMA,
                    (false, _) => standard::DC_CHROMA,
                    (true, 0) => standard::AC_LUMA,
                    (true, _) => standard::AC_CHROMA,
                };
                Table::new(counts, symbols)
            }
        };
        self.huffman.push((key, table.ok_or_else(mismatch)?));
        Ok(self.huffman.len() - 1)
    }

    /// Prepares the AC tables for skipping.
    pub(super) fn prepare(&mut self) {
        self.huffman.iter_mut().filter(|((is_ac, _), _)| *is_ac).for_each(|(_, table)| table.prepare());
    }

    pub(in crate::jpeg) fn dc(&self, member: usize) -> &Table {
        &self.huffman[self.members[member].0].1
    }

    pub(in crate::jpeg) fn ac(&self, member: usize) -> &Table {
        &self.huffman[self.members[member].1].1
    }

    pub(super) fn factors(&self, member: usize) -> Block {
        self.members[member].2
    }
}

/// Returns the counts and symbols of a Huffman table.
fn sent(bytes: &[u8], place: usize) -> Option<(&[u8; 16], &[u8])> {
    let (counts, rest) = bytes.get(place + 1..)?.split_first_chunk::<16>()?;
    let total = counts.iter().map(|&count| usize::from(count)).sum();
    Some((counts, rest.get(..total)?))
}

/// Returns the factors of a quantisation table, in the order of memory.
///
/// Those above 32767 wrap, as their products with coefficients do.
pub(super) fn factors(bytes: &[u8], place: usize) -> Result<Block> {
    let table = || {
        let (&head, values) = bytes.get(place..)?.split_first()?;
        let mut factors = [0; 64];
        for (i, &at) in ZIGZAG.iter().enumerate() {
            factors[usize::from(at)] = match head >> 4 {
                0 => i16::from(*values.get(i)?),
                _ => i16::from_be_bytes(*values.get(2 * i..)?.first_chunk()?),
            };
        }
        Some(factors)
    };
    table().ok_or_else(mismatch)
}
