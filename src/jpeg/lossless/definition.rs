//! Huffman tables as DHT segments define them (T.81 §B.2.4.2).

use crate::error::{Error, Kind, Result};
use crate::jpeg::encode::{Codes, Optimal};
use crate::jpeg::scans::Code;
use crate::jpeg::standard;

/// What a table codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// DC differences.
    Dc = 0,
    /// AC coefficients.
    Ac = 1,
}

/// A table, its name in the file, and its codes.
#[derive(Clone)]
pub(super) struct Definition {
    pub(super) class: Class,
    /// Its number, 0 to 3.
    pub(super) id: u8,
    /// How many codes there are of each length, 1 to 16.
    pub(super) counts: [u8; 16],
    /// The symbols in the order of their codes.
    pub(super) symbols: Vec<u8>,
    pub(super) codes: Codes,
}

impl Definition {
    /// Reads the table that a scan uses; `None` where it uses none of this class.
    ///
    /// # Errors
    /// [`Kind::Bug`] when it is not where it should be.
    pub(super) fn load(bytes: &[u8], class: Class, code: Code) -> Result<Option<Self>> {
        let found = match (code, class) {
            (Code::Unused, _) => return Ok(None),
            (Code::Sent(place), _) => sent(bytes, place),
            (Code::Standard(0), Class::Dc) => Some(standard::DC_LUMA),
            (Code::Standard(_), Class::Dc) => Some(standard::DC_CHROMA),
            (Code::Standard(0), Class::Ac) => Some(standard::AC_LUMA),
            (Code::Standard(_), Class::Ac) => Some(standard::AC_CHROMA),
        };
        let id = number(bytes, code);
        let definition = found.and_then(|(counts, symbols)| Self::new(class, id, *counts, symbols.to_vec()));
        definition.map(Some).ok_or_else(|| Error::new(Kind::Bug, "a Huffman table is not where it was"))
    }

    /// Makes the best table for given frequencies.
    ///
    /// # Errors
    /// [`Kind::Bug`] if it is none.
    pub(super) fn optimal(class: Class, id: u8, frequencies: &[u64; 256]) -> Result<Self> {
        let Optimal { counts, symbols } = Optimal::new(frequencies);
        let table = Self::new(class, id, counts, symbols);
        table.ok_or_else(|| Error::new(Kind::Bug, "the best Huffman table is none"))
    }

    /// Returns it, or the best table where it lacks a symbol that occurs.
    pub(super) fn fitting(&self, frequencies: &[u64; 256]) -> Result<Self> {
        if self.codes.cover(frequencies) {
            return Ok(self.clone());
        }
        Self::optimal(self.class, self.id, frequencies)
    }

    fn new(class: Class, id: u8, counts: [u8; 16], symbols: Vec<u8>) -> Option<Self> {
        let codes = Codes::new(&counts, &symbols)?;
        Some(Self { class, id, counts, symbols, codes })
    }

    /// Gives a symbol a code behind all others, which stay as they are.
    ///
    /// Returns whether there was room: a table always leaves the code of ones free, of which longer
    /// codes begin unless it has 16 bits.
    pub(super) fn add(&mut self, symbol: u8) -> bool {
        let mut next = 0_u32;
        let mut longest = 0;
        for (length, &count) in (1..=16).zip(&self.counts) {
            next = (next << 1) + u32::from(count);
            longest = if count > 0 { length } else { longest };
        }
        // `next` is the first free code of 16 bits; a shorter one is free where its last bits are 0.
        let is_free = |&length: &u32| {
            let spare = 16 - length;
            let code = next >> spare;
            code << spare == next && code + 1 < 1 << length
        };
        let Some(length) = (longest.max(1)..=16).find(is_free) else { return false };
        let mut counts = self.counts;
        counts[length as usize - 1] += 1;
        let mut symbols = self.symbols.clone();
        symbols.push(symbol);
        let Some(grown) = Self::new(self.class, self.id, counts, symbols) else { return false };
        *self = grown;
        true
    }

    /// Writes it as a DHT segment.
    pub(super) fn write(&self, file: &mut Vec<u8>) {
        // At most 256 symbols: Huffman tables that were read or made have no more.
        let length = u16::try_from(2 + 1 + 16 + self.symbols.len()).unwrap_or(u16::MAX);
        file.extend([0xff, 0xc4]);
        file.extend(length.to_be_bytes());
        file.push((self.class as u8) << 4 | self.id);
        file.extend(self.counts);
        file.extend(&self.symbols);
    }
}

/// Returns which of all tables is this one, added where it is new.
///
/// # Errors
/// [`Kind::Bug`] when there is none.
pub(super) fn find(all: &mut Vec<Definition>, table: Option<Definition>) -> Result<usize> {
    let table = table.ok_or_else(|| Error::new(Kind::Bug, "a scan without a table that it uses"))?;
    let is_same = |other: &Definition| (other.class, other.id) == (table.class, table.id);
    Ok(all.iter().position(is_same).unwrap_or_else(|| {
        all.push(table);
        all.len() - 1
    }))
}

/// Returns the number of the table that a scan uses, 0 where it uses none.
pub(super) fn number(bytes: &[u8], code: Code) -> u8 {
    match code {
        Code::Unused => 0,
        Code::Sent(place) => bytes.get(place).map_or(0, |head| head & 15),
        Code::Standard(number) => number,
    }
}

/// Returns the counts and symbols of a table in a file.
fn sent(bytes: &[u8], place: usize) -> Option<(&[u8; 16], &[u8])> {
    let (counts, rest) = bytes.get(place + 1..)?.split_first_chunk::<16>()?;
    let total = counts.iter().map(|&count| usize::from(count)).sum();
    Some((counts, rest.get(..total)?))
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)]
mod tests {
    use super::*;

    fn table(counts: &[(usize, u8)]) -> Definition {
        let mut all = [0; 16];
        counts.iter().for_each(|&(length, count)| all[length - 1] = count);
        let total = counts.iter().map(|&(_, count)| count).sum();
        Definition::new(Class::Dc, 1, all, (0..total).collect()).unwrap()
    }

    #[test]
    fn a_further_code_leaves_the_others_as_they_are() {
        for counts in
            [&[(2, 3)][..], &[(1, 1)], &[(2, 1), (3, 2)], &[(1, 1), (2, 1), (15, 1)], &[(16, 9)], &[]]
        {
            let mut grown = table(counts);
            let before = grown.clone();
            assert!(grown.add(99));
            for symbol in 0..=98 {
                assert_eq!(grown.codes.get(symbol), before.codes.get(symbol), "{counts:?}");
            }
            let (code, length) = grown.codes.get(99);
            assert!(length > 0 && code + 1 < 1 << length, "{counts:?}: {code} of {length} bits");
        }
    }

    #[test]
    fn a_full_table_takes_no_more() {
        // All codes but that of ones, which is the only one of 16 bits that is left.
        let all: Vec<_> = (1..=16).map(|length| (length, 1)).collect();
        let mut full = table(&all);
        let counts = full.counts;
        assert!(!full.add(99));
        assert_eq!((full.counts, full.codes.get(99)), (counts, (0, 0)));
    }

    #[test]
    fn a_table_is_written_as_it_is_read() {
        let mut file = vec![7];
        table(&[(2, 2), (3, 1)]).write(&mut file);
        assert_eq!(file[1..6], [0xff, 0xc4, 0, 22, 0x01]);
        let again = Definition::load(&file, Class::Dc, Code::Sent(5)).unwrap().unwrap();
        assert_eq!((again.id, again.symbols, again.counts[..3].to_vec()), (1, vec![0, 1, 2], vec![0, 2, 1]));
        assert!(Definition::load(&file, Class::Dc, Code::Unused).unwrap().is_none());
        assert_eq!(Definition::load(&file, Class::Dc, Code::Sent(8)).err().unwrap().kind, Kind::Bug);
    }
}
