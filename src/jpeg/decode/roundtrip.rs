//! What the encoder writes, the decoder's tables and bits read.

#![allow(clippy::cast_possible_truncation, reason = "sizes are at most 15")]

use super::bits::Bits;
use super::huffman::Table;
use crate::jpeg::encode::{Coder, Codes, Frequencies, Optimal, Sink, Writer, code, nonzero};
use crate::jpeg::standard::ZIGZAG;
use proptest::collection::vec;
use proptest::prelude::*;

/// A block with some coefficients of legal sizes, and the difference of its mean.
fn block() -> impl Strategy<Value = ([i16; 64], i32)> {
    let value = prop_oneof![5 => Just(0), 3 => -3..=3_i16, 1 => -1023..=1023_i16];
    let difference = prop_oneof![-5..=5_i32, -2047..=2047_i32];
    (vec(value, 64).prop_map(|all| all.try_into().unwrap()), 0..=63_usize, difference).prop_map(
        |(mut block, last, difference): ([i16; 64], usize, i32)| {
            ZIGZAG[last + 1..].iter().for_each(|&at| block[usize::from(at)] = 0);
            (block, difference)
        },
    )
}

/// Reads one block back, by the words of T.81 §F.2.2.
fn read(bits: &mut Bits<'_>, dc: &Table, ac: &Table) -> ([i16; 64], i32) {
    bits.need().unwrap();
    let size = dc.symbol(bits).unwrap();
    bits.need().unwrap();
    let difference = bits.value(size.into());
    let (mut block, mut next) = ([0; 64], 1);
    while next < 64 {
        bits.need().unwrap();
        match ac.symbol(bits).unwrap() {
            0 => break,
            0xf0 => next += 16,
            symbol => {
                next += usize::from(symbol >> 4);
                block[usize::from(ZIGZAG[next])] = bits.value((symbol & 15).into()) as i16;
                next += 1;
            }
        }
    }
    (block, difference)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn blocks_are_read_as_they_were_written(blocks in vec(block(), 1..40)) {
        let each = |sink: &mut dyn FnMut(&[i16; 64], i32)| blocks.iter().for_each(|(b, d)| sink(b, *d));
        let mut frequencies = Frequencies::default();
        each(&mut |block, difference| {
            code(block, &ZIGZAG, nonzero(block, &ZIGZAG), difference, &mut frequencies);
        });
        let (dc, ac) = (Optimal::new(&frequencies.dc), Optimal::new(&frequencies.ac));
        let mut writer = Writer::new(Vec::new());
        let (dc_codes, ac_codes) =
            (Codes::new(&dc.counts, &dc.symbols).unwrap(), Codes::new(&ac.counts, &ac.symbols).unwrap());
        let mut coder = Coder { writer: &mut writer, dc: &dc_codes, ac: &ac_codes };
        each(&mut |block, difference| {
            code(block, &ZIGZAG, nonzero(block, &ZIGZAG), difference, &mut coder);
        });
        let bytes = writer.finish();
        let mut bits = Bits::new(&bytes, 0);
        let (dc, ac) =
            (Table::new(&dc.counts, &dc.symbols).unwrap(), Table::new(&ac.counts, &ac.symbols).unwrap());
        for &(mut block, difference) in &blocks {
            block[0] = 0;
            prop_assert_eq!(read(&mut bits, &dc, &ac), (block, difference));
        }
        prop_assert_eq!(bits.left(), 0);
    }

    #[test]
    fn any_symbols_are_read_as_they_were_written(
        shifts in vec(0..40_u32, 256), symbols in vec(any::<u8>(), 1..300),
    ) {
        let mut frequencies = [0; 256];
        symbols.iter().for_each(|&symbol| frequencies[usize::from(symbol)] += 1 << shifts[usize::from(symbol)]);
        let table = Optimal::new(&frequencies);
        let codes = Codes::new(&table.counts, &table.symbols).unwrap();
        let mut writer = Writer::new(Vec::new());
        let mut coder = Coder { writer: &mut writer, dc: &codes, ac: &codes };
        symbols.iter().for_each(|&symbol| coder.ac(symbol, 0));
        let bytes = writer.finish();
        let (mut bits, table) = (Bits::new(&bytes, 0), Table::new(&table.counts, &table.symbols).unwrap());
        for &symbol in &symbols {
            bits.need().unwrap();
            prop_assert_eq!(table.symbol(&mut bits).unwrap(), symbol);
            bits.skip((symbol & 15).into());
        }
        bits.check().unwrap();
    }
}
