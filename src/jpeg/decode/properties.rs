//! Bits and tables against the plainest readers of the same data, and the transforms against their definition.

#![allow(clippy::cast_possible_truncation, reason = "what is cast is small")]

use super::Break;
use super::bits::{Bits, extend};
use super::huffman::Table;
use super::idct::{self, Block};
use super::sequential::{coefficients, pass};
use proptest::collection::vec;
use proptest::prelude::*;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Counts by length and symbols of a prefix code, complete or not.
fn table() -> impl Strategy<Value = ([u8; 16], Vec<u8>)> {
    // A symbol of AC coefficients, more often a usual one.
    let symbol =
        prop_oneof![Just(0), Just(0xf0), (0..4_u8, 1..5_u8).prop_map(|(r, s)| r << 4 | s), any::<u8>()];
    (any::<[u8; 16]>(), vec(symbol, 256)).prop_map(|(wishes, mut symbols)| {
        let (mut free, mut counts, mut total) = (1_usize, [0; 16], 0);
        for (count, wish) in counts.iter_mut().zip(wishes) {
            free *= 2;
            // Few short codes, so that some are left for the long ones.
            let most = (free - 1).min(256 - total);
            *count = (usize::from(wish) % (most.min(1 + most / 2) + 1)) as u8;
            free -= usize::from(*count);
            total += usize::from(*count);
        }
        symbols.truncate(total);
        (counts, symbols)
    })
}

/// Any data, with what means something in them.
fn data() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![6 => any::<u8>(), 2 => Just(0xff), 1 => Just(0), 1 => 0xd0..=0xd7_u8], 0..120)
}

/// Data with every FF stuffed, as scans have them.
fn stuffed(data: &[u8]) -> Vec<u8> {
    data.iter().flat_map(|&byte| [byte, 0].into_iter().take(if byte == 0xff { 2 } else { 1 })).collect()
}

/// Reads bits one by one; zeros follow the last.
#[derive(Clone)]
struct Plain {
    bits: Vec<bool>,
    at: usize,
}

impl Plain {
    /// Takes bytes that hide no marker.
    fn new(bytes: &[u8]) -> Self {
        let of = |byte: &u8| (0..8).rev().map(move |i| byte >> i & 1 == 1).collect::<Vec<_>>();
        Self { bits: bytes.iter().flat_map(of).collect(), at: 0 }
    }

    fn take(&mut self, count: u32) -> u32 {
        (0..count).fold(0, |value, _| {
            self.at += 1;
            value << 1 | u32::from(self.bits.get(self.at - 1).copied().unwrap_or(false))
        })
    }

    /// Takes a symbol as T.81 §F.2.2.3 does: a bit more until the code is one of its length.
    fn symbol(&mut self, (counts, symbols): &([u8; 16], Vec<u8>)) -> Option<u8> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for &count in counts {
            code = code << 1 | self.take(1);
            if code - first < u32::from(count) {
                return Some(symbols[index + (code - first) as usize]);
            }
            first = (first + u32::from(count)) << 1;
            index += usize::from(count);
        }
        None
    }

    /// Takes the AC coefficients of a block from `next` on, with their places (T.81 §F.2.2.2).
    fn block(&mut self, table: &([u8; 16], Vec<u8>), mut next: usize) -> Result<Vec<(usize, i16)>, Break> {
        let mut found = Vec::new();
        while next < 64 {
            let symbol = self.symbol(table).ok_or(Break::BadCode)?;
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            match (run, size) {
                (0, 0) => break,
                (1..15, 0) => return Err(Break::BadCode),
                _ if next + run > 63 => return Err(Break::BadRun),
                _ => found.push((next + run, extend(self.take(size), size) as i16)),
            }
            next += run + 1;
        }
        Ok(found)
    }
}

/// Returns the next bits of both readers, which must be the same.
fn next(bits: &Bits<'_>, plain: &Plain) -> (u32, u32) {
    let mut bits = *bits;
    bits.fill();
    (bits.peek(32) as u32, plain.clone().take(32))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_look_up_finds_what_bit_by_bit_finds(sent in table(), data in data(), first in 1..64_usize) {
        let mut table = Table::new(&sent.0, &sent.1).unwrap();
        let bytes = stuffed(&data);
        let mut bits = Bits::new(&bytes, 0);
        let mut plain = Plain::new(&data);
        // Symbols, until one is none.
        while plain.at < plain.bits.len() {
            bits.fill();
            let (found, expected) = (table.symbol(&mut bits), plain.symbol(&sent));
            prop_assert_eq!(found.ok(), expected);
            if expected.is_none() {
                break;
            }
            let (found, expected) = next(&bits, &plain);
            prop_assert_eq!(found, expected);
        }
        // Whole blocks: their coefficients, or only where they end.
        let (mut bits, mut plain) = (Bits::new(&bytes, 0), Plain::new(&data));
        let mut one = bits;
        while plain.at < plain.bits.len() {
            let from = plain.clone();
            let mut found = Vec::new();
            let end = coefficients::<64>(&mut bits, &table, |place, value| found.push((place, value)));
            let expected = plain.block(&sent, 1);
            prop_assert_eq!(end.map(|_| found), expected.clone());
            let mut table_of_several = Table::new(&sent.0, &sent.1).unwrap();
            table_of_several.prepare();
            prop_assert_eq!(pass(&mut one, &table_of_several, 1), expected.clone().map(drop));
            if expected.is_err() {
                break;
            }
            for bits in [&bits, &one] {
                let (found, expected) = next(bits, &plain);
                prop_assert_eq!(found, expected, "from bit {}", from.at);
            }
        }
        // From the middle of a block on, with and without the look-up of several.
        let mut plain = Plain::new(&data);
        let expected = plain.block(&sent, first).map(drop);
        for _ in 0..2 {
            let mut bits = Bits::new(&bytes, 0);
            prop_assert_eq!(pass(&mut bits, &table, first), expected);
            if expected.is_ok() {
                let (found, expected) = next(&bits, &plain);
                prop_assert_eq!(found, expected);
            }
            table.prepare();
        }
    }

    #[test]
    fn bits_are_those_of_a_reader_that_takes_them_one_by_one(
        bytes in data(), counts in vec(1..=16_u32, 1..100), number in 0..8_u64,
    ) {
        // What precedes the first marker, without stuffing; FF FF 00 is one FF.
        let (mut plain, mut at) = (Vec::new(), 0);
        while let Some(&byte) = bytes.get(at) {
            let fill = bytes[at..].iter().take_while(|&&byte| byte == 0xff).count();
            match (fill, bytes.get(at + fill)) {
                (0, _) => at += 1,
                (_, Some(0)) => at += fill + 1,
                _ => break,
            }
            plain.push(byte);
        }
        let behind = bytes[at..].iter().find(|&&byte| byte != 0xff).copied();
        let mut plain = Plain::new(&plain);
        let mut bits = Bits::new(&bytes, 0);
        for count in counts {
            let is_enough = plain.at <= plain.bits.len();
            prop_assert_eq!(bits.need().is_ok(), is_enough);
            if !is_enough {
                prop_assert_eq!(bits.check(), Err(Break::OutOfData));
                return Ok(());
            }
            prop_assert_eq!(bits.take(count), plain.take(count));
        }
        let left = plain.bits.len().checked_sub(plain.at);
        let mut resynchronised = bits;
        let expected = match (left, behind) {
            (None, _) => Err(Break::OutOfData),
            (Some(8..), _) => Err(Break::LostRestart),
            (_, Some(marker @ 0xd0..=0xd7)) if u64::from(marker & 7) == number => Ok(()),
            (_, Some(0xd0..=0xd7)) => Err(Break::LostRestart),
            _ => Err(Break::OutOfData),
        };
        prop_assert_eq!(bits.restart(number), expected);
        let marker = behind.filter(|marker| (0xd0..=0xd7).contains(marker));
        prop_assert_eq!(resynchronised.resync(), marker.map(|marker| marker & 7));
        if marker.is_some() {
            prop_assert_eq!(resynchronised.at, at + bytes[at..].iter().take_while(|&&byte| byte == 0xff).count() + 1);
        }
    }

    #[test]
    fn transforms_of_any_samples_are_within_one_of_floating_point(
        samples in prop_oneof![vec(any::<u8>(), 64), vec(prop_oneof![Just(0_u8), Just(255)], 64)],
        factor in 1..40_i16,
    ) {
        let wave = |n: usize, k: usize, x: usize| {
            let c = if k == 0 { FRAC_1_SQRT_2 } else { 1.0 };
            c * ((2 * x + 1) as f64 * k as f64 * PI / (2 * n) as f64).cos()
        };
        // Quantised as an encoder does (T.81 §A.3.3, §A.3.4).
        let block: Block = std::array::from_fn(|at| {
            let term = |i: usize| (f64::from(samples[i]) - 128.0) * wave(8, at % 8, i % 8) * wave(8, at / 8, i / 8);
            ((0..64).map(term).sum::<f64>() / 4.0 / f64::from(factor)).round() as i16
        });
        let factors = [factor; 64];
        let expected = |n: usize, at: usize| {
            let frequencies = (0..n).flat_map(|v| (0..n).map(move |u| (u, v)));
            let value = |u, v| f64::from(block[8 * v + u]) * f64::from(factor);
            let term = |(u, v)| value(u, v) * wave(n, u, at % n) * wave(n, v, at / n);
            (frequencies.map(term).sum::<f64>() / 4.0 + 128.0).clamp(0.0, 255.0)
        };
        let mut full = [0; 64];
        idct::full(&block, &factors, &mut full, 8);
        let half = idct::half(&std::array::from_fn(|at| [block[at / 4 * 8 + at % 4]; 8]), &factors);
        let quarter = idct::quarter(&std::array::from_fn(|at| [block[at / 2 * 8 + at % 2]; 8]), &factors);
        let half: Vec<u8> = half.iter().flat_map(|row| row[3]).collect();
        let quarter: Vec<u8> = quarter.iter().flat_map(|row| row[3]).collect();
        let eighth = [idct::mean(block[0], factor)];
        for (n, found) in [(8, &full[..]), (4, &half), (2, &quarter), (1, &eighth)] {
            for (at, &found) in found.iter().enumerate() {
                let expected = expected(n, at);
                prop_assert!((f64::from(found) - expected).abs() <= 1.0, "{n}, {at}: {found} for {expected}");
            }
        }
    }
}
