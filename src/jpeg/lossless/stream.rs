//! Entropy-coded data as plain bits, a piece at a time.
//!
//! The decoder's reader takes zero bytes behind `FF` out as it meets them. Here that is done beforehand,
//! for a piece that stays in the cache: then bits are loaded without a branch, and any run of them can be
//! found again and copied.

use crate::jpeg::encode::Writer;
use memchr::memchr;

/// Bytes of a piece: little enough for the second-level cache, many for the work between two of them.
const PIECE: usize = 48 << 10;

/// Bytes without meaning behind a piece: more than an MCU takes, so that it is enough to check once for
/// each whether there were as many bits as were taken.
///
/// Ten blocks of 64 coefficients at 16 bits of code and 15 of value each.
const MARGIN: usize = 4096;

/// The bytes of a piece, with their margin.
pub(super) type Piece = [u8; PIECE + MARGIN];

/// A place among the bits of a piece, and the bits that follow it.
///
/// `ahead` holds them from its top. How many of them for certain, at most 63, say the low six bits of
/// `count`; what is above those means nothing, so that it costs nothing to keep right. What `ahead` has
/// beyond belongs to the next byte, so that or-ing that byte in again changes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bits {
    at: usize,
    ahead: u64,
    count: u32,
}

impl Bits {
    /// Makes sure that 56 bits can be looked at.
    #[inline(always)]
    pub(super) fn refill(&mut self, piece: &Piece) {
        if let Some(next) = piece.get(self.at..self.at + 8).and_then(|rest| rest.first_chunk()) {
            let count = self.count & 63;
            self.ahead |= u64::from_be_bytes(*next) >> count;
            self.at += (63 - count as usize) >> 3;
            self.count = count | 56;
        }
    }

    /// Returns the next bits, 1 to 63.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "few bits are looked at where words have 32")]
    pub(super) const fn peek(&self, bits: u32) -> usize {
        (self.ahead >> (64 - bits)) as usize
    }

    /// Drops bits that were looked at, 0 to 63: as many as the low six bits of a number say.
    #[inline(always)]
    pub(super) const fn skip(&mut self, bits: u32) {
        self.ahead = self.ahead.wrapping_shl(bits);
        self.count = self.count.wrapping_sub(bits);
    }

    /// Returns how many bits of the piece are before it.
    #[inline(always)]
    pub(super) const fn position(&self) -> usize {
        8 * self.at - (self.count & 63) as usize
    }

    /// Returns the place behind so many bits of a piece.
    fn from_position(piece: &Piece, position: usize) -> Self {
        let mut bits = Self { at: position / 8, ..Self::default() };
        bits.refill(piece);
        #[allow(clippy::cast_possible_truncation, reason = "it is below 8")]
        bits.skip((position % 8) as u32);
        bits
    }
}

/// The data of a scan.
pub(super) struct Stream<'a> {
    data: &'a [u8],
    /// The next byte of `data` that is not in a piece yet; the marker's `FF` at the end of an interval.
    next: usize,
    /// Bytes without stuffing, and a margin behind them.
    piece: Box<Piece>,
    /// How many of them mean something.
    filled: usize,
    /// Whether a marker or the end of the data follows the piece.
    is_ended: bool,
}

impl<'a> Stream<'a> {
    /// Begins at an offset of a file's bytes, of which only those of the scan must be given.
    pub(super) fn new(data: &'a [u8], at: usize) -> Self {
        let piece = Box::new([0; PIECE + MARGIN]);
        let mut stream = Self { data, next: at, piece, filled: 0, is_ended: false };
        stream.fill();
        stream
    }

    /// Returns the piece, with its margin.
    #[inline(always)]
    pub(super) fn piece(&self) -> &Piece {
        &self.piece
    }

    /// Tells whether the piece should be moved on before another MCU is read.
    #[inline(always)]
    pub(super) const fn is_low(&self, bits: &Bits) -> bool {
        bits.at + MARGIN > self.filled && !self.is_ended
    }

    /// Tells whether more bits were taken than there are.
    #[inline(always)]
    pub(super) const fn is_overrun(&self, bits: &Bits) -> bool {
        bits.position() > 8 * self.filled
    }

    /// Moves the piece on, so that `bits` stand in its first byte.
    pub(super) fn advance(&mut self, bits: &mut Bits) {
        let position = bits.position();
        let passed = (position / 8).min(self.filled);
        self.piece.copy_within(passed..self.filled, 0);
        self.filled -= passed;
        self.fill();
        *bits = Bits::from_position(&self.piece, position - 8 * passed);
    }

    /// Begins the interval behind the restart marker that is due here, `number` counting them from 0.
    ///
    /// `None` where there is another marker, or data are left over.
    pub(super) fn restart(&mut self, bits: &Bits, number: u64) -> Option<Bits> {
        if !self.is_ended || self.is_overrun(bits) || 8 * self.filled - bits.position() >= 8 {
            return None;
        }
        let rest = self.data.get(self.next..)?;
        let fill = rest.iter().take_while(|&&byte| byte == 0xff).count();
        let marker = *rest.get(fill)?;
        if !(0xd0..=0xd7).contains(&marker) || u64::from(marker & 7) != number & 7 {
            return None;
        }
        self.next += fill + 1;
        self.begin();
        Some(Bits::default())
    }

    /// Begins an interval.
    fn begin(&mut self) {
        (self.filled, self.is_ended) = (0, false);
        self.fill();
    }

    /// Moves to the beginning of an interval further on, past `count` restart markers of which the first
    /// has this number; what lies between is not looked at.
    ///
    /// `None` where there are not so many, or the last one has another number.
    pub(super) fn skip_intervals(&mut self, count: u64, number: u64) -> Option<Bits> {
        let mut left = count;
        let mut at = self.next;
        while left > 0 {
            at += memchr(0xff, self.data.get(at..)?)? + 1;
            match *self.data.get(at)? {
                marker @ 0xd0..=0xd7 => {
                    left -= 1;
                    let is_due = u64::from(marker & 7) == (number + count - 1) & 7;
                    if left == 0 && !is_due {
                        return None;
                    }
                }
                0 | 0xff => {}
                _ => return None,
            }
        }
        self.next = at + 1;
        self.begin();
        Some(Bits::default())
    }

    /// Returns how many whole bytes have not been taken.
    pub(super) fn left(&self, bits: &Bits) -> usize {
        self.data.len().saturating_sub(self.next) + self.filled.saturating_sub(bits.position().div_ceil(8))
    }

    /// Writes bits from one position of the piece up to another.
    pub(super) fn copy(&self, from: usize, to: usize, writer: &mut Writer) {
        let mut from = from;
        let to = to.min(8 * self.filled);
        while to >= from + 64 {
            let (at, shift) = (from / 8, from % 8);
            let Some(&[a, b, c, d, e, f, g, h, last]) = self.piece[at..].first_chunk() else { break };
            let word = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
            writer.put_word(word << shift | u64::from(last) >> (8 - shift));
            from += 64;
        }
        let mut bits = Bits::from_position(&self.piece, from);
        let mut left = to.saturating_sub(from);
        #[allow(clippy::cast_possible_truncation, reason = "they are at most 32 bits")]
        while left > 0 {
            let count = left.min(32) as u32;
            bits.refill(&self.piece);
            writer.put((bits.ahead >> (64 - count)) as u32, count);
            bits.skip(count);
            left -= count as usize;
        }
    }

    /// Fills the piece up behind the bytes that it has, without stuffing and up to a marker.
    fn fill(&mut self) {
        while self.filled < PIECE && !self.is_ended {
            let rest = self.data.get(self.next..).unwrap_or_default();
            let rest = &rest[..rest.len().min(PIECE - self.filled)];
            let plain = memchr(0xff, rest).unwrap_or(rest.len());
            self.piece[self.filled..self.filled + plain].copy_from_slice(&rest[..plain]);
            self.filled += plain;
            self.next += plain;
            if plain == rest.len() {
                self.is_ended = self.next >= self.data.len();
                continue;
            }
            // FF FF 00 is one FF of data, as in libjpeg.
            let more = self.data[self.next..].iter().take_while(|&&byte| byte == 0xff).count();
            if self.data.get(self.next + more) == Some(&0) {
                self.piece[self.filled] = 0xff;
                self.filled += 1;
                self.next += more + 1;
            } else {
                self.is_ended = true;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)]
mod tests {

    use super::*;
    use proptest::prelude::*;

    /// Bits without stuffing as a file has them, and how many there are of them.
    fn stuffed(bits: &[(u32, u32)]) -> (Vec<u8>, usize) {
        let mut writer = Writer::new(Vec::new());
        bits.iter().for_each(|&(bits, count)| writer.put(bits, count));
        (writer.finish(), bits.iter().map(|&(_, count)| count as usize).sum())
    }

    fn some_bits() -> impl Strategy<Value = Vec<(u32, u32)>> {
        let any_bits = (1..=16_u32, prop_oneof![any::<u32>(), Just(u32::MAX)]);
        proptest::collection::vec(
            any_bits.prop_map(|(count, bits)| (bits & ((1 << count) - 1), count)),
            1..60,
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn bits_come_back_through_many_pieces(bits in some_bits(), times in 1..2000_usize) {
            let bits = bits.repeat(times);
            let (data, total) = stuffed(&bits);
            let mut stream = Stream::new(&data, 0);
            let mut place = Bits::default();
            for (value, count) in bits {
                if stream.is_low(&place) {
                    stream.advance(&mut place);
                }
                place.refill(stream.piece());
                prop_assert_eq!(place.peek(count), value as usize);
                place.skip(count);
                prop_assert!(!stream.is_overrun(&place));
            }
            prop_assert_eq!(stream.left(&place), 0);
            place.refill(stream.piece());
            place.skip(8 - (total % 8) as u32);
            prop_assert_eq!(stream.is_overrun(&place), total % 8 == 0);
        }

        #[test]
        fn any_run_of_bits_can_be_copied(bits in some_bits(), from in 0.0..1.0, to in 0.0..1.0) {
            let (data, total) = stuffed(&bits);
            let at = |share: f64| (total as f64 * share) as usize;
            let (from, to) = (at(from).min(at(to)), at(from).max(at(to)));
            let plain: Vec<_> =
                bits.iter().flat_map(|&(bits, count)| (0..count).rev().map(move |i| (bits >> i & 1, 1))).collect();
            let mut writer = Writer::new(Vec::new());
            Stream::new(&data, 0).copy(from, to, &mut writer);
            prop_assert_eq!(writer.finish(), stuffed(&plain[from..to]).0);
        }
    }

    #[test]
    fn an_interval_begins_behind_its_marker_only() {
        let data = b"\xa5\xff\x00\xff\xff\xd0\x5a\xff\xd2\x00";
        let mut stream = Stream::new(data, 0);
        let mut bits = Bits::default();
        bits.refill(stream.piece());
        bits.skip(8);
        assert!(stream.restart(&bits, 0).is_none(), "a byte is left");
        bits.skip(3);
        assert!(stream.restart(&bits, 1).is_none(), "it is another one");
        let mut bits = stream.restart(&bits, 0).unwrap();
        bits.refill(stream.piece());
        assert_eq!(bits.peek(8), 0x5a);
        bits.skip(8);
        assert!(stream.restart(&bits, 1).is_none(), "RST1 is lost");
        bits.skip(1);
        assert!(stream.is_overrun(&bits) && stream.restart(&bits, 2).is_none());
    }
}
