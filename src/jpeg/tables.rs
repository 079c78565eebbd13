//! Which tables are there, and where: DQT, DHT, DAC and DRI (T.81 §B.2.4).

use super::cursor::{Segment, corrupt};
use crate::error::Result;

/// Whether a Huffman table can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Huffman {
    /// It was never sent.
    #[default]
    Absent,
    /// It is a prefix code; where it begins, with its class and number.
    Sound(usize),
    /// It is none; where it begins and why. A fault only once a scan uses it, as in libjpeg.
    Unsound(usize, &'static str),
}

/// What was sent so far; later tables replace earlier ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    /// Where quantisation tables begin, with their precision and number.
    pub(super) quantisation: [Option<usize>; 4],
    /// Tables of DC differences.
    pub(super) dc: [Huffman; 4],
    /// Tables of AC coefficients.
    pub(super) ac: [Huffman; 4],
    /// MCUs in a restart interval, 0 for none.
    pub(super) restart_interval: u16,
}

impl Tables {
    /// Reads DQT: one or more quantisation tables of 64 bytes or 64 words.
    pub(super) fn quantisation(&mut self, segment: Segment<'_>) -> Result<()> {
        let mut data = segment.data;
        while let Some((&head, values)) = data.split_first() {
            let place = segment.start + (segment.data.len() - data.len());
            let size = match head >> 4 {
                0 => 64,
                1 => 128,
                other => return Err(corrupt(place, format!("a quantisation table has precision {other}"))),
            };
            let id = head & 15;
            let slot = self.quantisation.get_mut(usize::from(id));
            let slot = slot.ok_or_else(|| corrupt(place, format!("there is no quantisation table {id}")))?;
            data = values.get(size..).ok_or_else(|| corrupt(place, "a quantisation table is too short"))?;
            *slot = Some(place);
        }
        Ok(())
    }

    /// Reads DHT: one or more Huffman tables of 16 counts and their symbols.
    pub(super) fn huffman(&mut self, segment: Segment<'_>) -> Result<()> {
        let mut data = segment.data;
        while let Some((&head, rest)) = data.split_first() {
            let place = segment.start + (segment.data.len() - data.len());
            let (class, id) = (head >> 4, head & 15);
            let slot = match class {
                0 => self.dc.get_mut(usize::from(id)),
                1 => self.ac.get_mut(usize::from(id)),
                _ => None,
            };
            let slot = slot
                .ok_or_else(|| corrupt(place, format!("there is no Huffman table {id} of class {class}")))?;
            let short = || corrupt(place, "a Huffman table is too short");
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or_else(short)?;
            let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
            if total > 256 {
                return Err(corrupt(place, format!("a Huffman table has {total} codes")));
            }
            let symbols = rest.get(..total).ok_or_else(short)?;
            data = &rest[total..];
            let fault = prefix_fault(counts).or_else(|| {
                let is_beyond = class == 0 && symbols.iter().any(|&symbol| symbol > 15);
                is_beyond.then_some("a Huffman table has a DC difference of more than 15 bits")
            });
            *slot = fault.map_or(Huffman::Sound(place), |why| Huffman::Unsound(place, why));
        }
        Ok(())
    }

    /// Reads DAC: pairs of a table's number and its conditioning value.
    pub(super) fn conditioning(segment: Segment<'_>) -> Result<()> {
        if segment.data.len().is_multiple_of(2)
            && segment.data.iter().step_by(2).all(|&id| id & 15 < 4 && id < 0x20)
        {
            return Ok(());
        }
        Err(corrupt(segment.offset, "the arithmetic conditioning is malformed"))
    }

    /// Reads DRI: the restart interval.
    pub(super) fn restart(&mut self, segment: Segment<'_>) -> Result<()> {
        let &[high, low] = segment.data else {
            return Err(corrupt(segment.offset, "the restart interval does not have two bytes"));
        };
        self.restart_interval = u16::from_be_bytes([high, low]);
        Ok(())
    }
}

/// Returns why so many codes of each length are no prefix code.
///
/// No code may consist of ones only (T.81 §C); libjpeg refuses it too.
fn prefix_fault(counts: &[u8; 16]) -> Option<&'static str> {
    let mut code = 0_u32;
    for (length, &count) in (1..).zip(counts) {
        code += u32::from(count);
        if count > 0 && code >= 1_u32 << length {
            return Some("a Huffman table has more codes than its lengths allow");
        }
        code <<= 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(data: &[u8]) -> Segment<'_> {
        Segment { offset: 2, start: 6, length: 0, data }
    }

    #[test]
    fn quantisation_tables_come_in_two_sizes() {
        let mut tables = Tables::default();
        let data = [&[1][..], &[9; 64], &[0x12], &[9; 128]].concat();
        tables.quantisation(segment(&data)).unwrap();
        assert_eq!(tables.quantisation, [None, Some(6), Some(71), None]);
        for (at, value) in [(0, 4), (0, 0x21), (65, 0x02), (65, 0x15)] {
            let mut bad = data.clone();
            bad[at] = value;
            let error = Tables::default().quantisation(segment(&bad)).unwrap_err();
            // A table read with the wrong size ends where the next byte is no table.
            assert!(error.offset >= Some(6), "{error}");
        }
    }

    #[test]
    fn codes_must_fit_their_lengths() {
        let mut counts = [0; 16];
        counts[0] = 1;
        assert_eq!(prefix_fault(&counts), None);
        counts[0] = 2;
        assert!(prefix_fault(&counts).is_some());
        assert!(prefix_fault(&[255; 16]).is_some());
        assert_eq!(prefix_fault(&[0; 16]), None);
    }

    #[test]
    fn a_broken_huffman_table_says_where() {
        let mut good = vec![0x10];
        good.extend([1; 16]);
        good.extend([7; 16]);
        let mut tables = Tables::default();
        tables.huffman(segment(&good)).unwrap();
        assert_eq!(tables.ac[0], Huffman::Sound(6));
        good[0] = 0;
        good[17] = 16;
        tables.huffman(segment(&good)).unwrap();
        assert!(matches!(tables.dc[0], Huffman::Unsound(6, _)));
        for (at, value) in [(0, 4), (0, 0x20), (1, 255), (1, 2)] {
            let mut bad = good.clone();
            bad[at] = value;
            assert_eq!(tables.huffman(segment(&bad)).unwrap_err().offset, Some(6));
        }
        assert!(tables.huffman(segment(&good[..9])).is_err());
        assert!(tables.restart(segment(b"abc")).is_err() && Tables::conditioning(segment(b"a")).is_err());
    }
}
