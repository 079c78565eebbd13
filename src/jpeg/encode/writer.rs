//! Bits of entropy-coded data, on their way out.

#![allow(clippy::cast_possible_truncation, reason = "what is cast was masked to fit")]

/// Writes bits, the first one highest, with a zero byte after each `FF` (T.81 §F.1.2.3).
#[derive(Debug)]
pub(in crate::jpeg) struct Writer {
    bytes: Vec<u8>,
    tail: Tail,
}

/// The bits that are not yet bytes.
///
/// `ahead` holds them, the last one lowest; `free` says how many more it takes, 1 to 64. What is above
/// them was written before and means nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    ahead: u64,
    free: u32,
}

impl Tail {
    const EMPTY: Self = Self { ahead: 0, free: 64 };

    /// Takes the lowest `count` bits of a number, 0 to 32; those above must be 0.
    #[inline(always)]
    pub(super) fn put(&mut self, bytes: &mut Vec<u8>, bits: u32, count: u32) {
        debug_assert!(count <= 32 && u64::from(bits) >> count == 0, "{bits} in {count} bits");
        let bits = u64::from(bits);
        if count < self.free {
            self.ahead = self.ahead << count | bits;
            self.free -= count;
        } else {
            let over = count - self.free;
            flush(bytes, self.ahead << self.free | bits >> over);
            self.ahead = bits;
            self.free = 64 - over;
        }
    }
}

/// Writes eight bytes, with stuffing.
#[inline(always)]
fn flush(bytes: &mut Vec<u8>, word: u64) {
    if has_ff(word) {
        stuff(bytes, &word.to_be_bytes());
    } else {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
}

impl Writer {
    /// Goes on behind bytes that are there already, such as a header.
    pub(in crate::jpeg) const fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, tail: Tail::EMPTY }
    }

    /// Writes 64 bits.
    #[inline(always)]
    pub(in crate::jpeg) fn put_word(&mut self, word: u64) {
        let Tail { ahead, free } = self.tail;
        // Two shifts, because one by 64 is none.
        flush(&mut self.bytes, ahead << (free - 1) << 1 | word >> (64 - free));
        self.tail.ahead = word;
    }

    /// Writes the lowest `count` bits of a number, 0 to 32; those above must be 0.
    #[inline(always)]
    pub(in crate::jpeg) fn put(&mut self, bits: u32, count: u32) {
        self.tail.put(&mut self.bytes, bits, count);
    }

    /// Returns the bytes and what is to follow them, for whoever keeps the latter at hand.
    pub(super) fn parts(&mut self) -> (&mut Vec<u8>, &mut Tail) {
        (&mut self.bytes, &mut self.tail)
    }

    /// Ends a restart interval and writes the marker, `number` from 0 modulo 8; tests make photos with it.
    #[cfg(test)]
    pub(in crate::jpeg) fn restart(&mut self, number: u64) {
        self.align();
        self.bytes.extend_from_slice(&[0xff, 0xd0 | (number & 7) as u8]);
    }

    /// Fills the last byte with ones (T.81 §F.1.2.3), so that a marker can follow.
    fn align(&mut self) {
        let fill = self.tail.free % 8;
        self.put((1 << fill) - 1, fill);
        let Tail { ahead, free } = std::mem::replace(&mut self.tail, Tail::EMPTY);
        // All that is there at the top, in whole bytes; two shifts, because one by 64 is none.
        let top = ahead << (free - 1) << 1;
        stuff(&mut self.bytes, &top.to_be_bytes()[..(64 - free) as usize / 8]);
    }

    /// Fills the last byte and gives all bytes back.
    pub(in crate::jpeg) fn finish(mut self) -> Vec<u8> {
        self.align();
        self.bytes
    }
}

/// Writes bytes of which some may be `FF`.
#[inline(never)]
fn stuff(to: &mut Vec<u8>, bytes: &[u8]) {
    for &byte in bytes {
        to.push(byte);
        if byte == 0xff {
            to.push(0);
        }
    }
}

/// Tells whether one of the eight bytes is `FF`.
#[inline(always)]
const fn has_ff(word: u64) -> bool {
    const LOW: u64 = 0x0101_0101_0101_0101;
    (!word).wrapping_sub(LOW) & word & (LOW << 7) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Bits one by one, as the standard puts it.
    fn plainly(parts: &[(u32, u32)]) -> Vec<u8> {
        let mut bits: Vec<_> =
            parts.iter().flat_map(|&(bits, count)| (0..count).rev().map(move |i| bits >> i & 1)).collect();
        bits.resize(bits.len().next_multiple_of(8), 1);
        let byte = |bits: &[u32]| bits.iter().fold(0, |byte, &bit| byte << 1 | bit as u8);
        let bytes = bits.chunks(8).map(byte);
        bytes.flat_map(|byte| if byte == 0xff { vec![0xff, 0] } else { vec![byte] }).collect()
    }

    /// Numbers of a few bits each, many of them all ones.
    fn parts() -> impl Strategy<Value = Vec<(u32, u32)>> {
        let part = (0..=32_u32, prop_oneof![any::<u32>(), Just(u32::MAX)]);
        vec(part.prop_map(|(count, bits)| ((u64::from(bits) & ((1 << count) - 1)) as u32, count)), 0..200)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bits_are_written_as_one_by_one(parts in parts()) {
            let mut writer = Writer::new(vec![7]);
            parts.iter().for_each(|&(bits, count)| writer.put(bits, count));
            let bytes = writer.finish();
            prop_assert_eq!(bytes[0], 7);
            prop_assert_eq!(&bytes[1..], plainly(&parts));
        }

        #[test]
        fn a_word_is_two_halves(before in parts(), word in any::<u64>(), after in parts()) {
            let mut writer = Writer::new(Vec::new());
            before.iter().for_each(|&(bits, count)| writer.put(bits, count));
            writer.put_word(word);
            after.iter().for_each(|&(bits, count)| writer.put(bits, count));
            let halves = [((word >> 32) as u32, 32), (word as u32, 32)];
            prop_assert_eq!(writer.finish(), plainly(&[&before[..], &halves, &after].concat()));
        }

        #[test]
        fn a_restart_lies_between_whole_bytes(before in parts(), after in parts(), number in 0..20_u64) {
            let mut writer = Writer::new(Vec::new());
            before.iter().for_each(|&(bits, count)| writer.put(bits, count));
            writer.restart(number);
            after.iter().for_each(|&(bits, count)| writer.put(bits, count));
            let marker = vec![0xff, 0xd0 + (number % 8) as u8];
            prop_assert_eq!(writer.finish(), [plainly(&before), marker, plainly(&after)].concat());
        }
    }
}
