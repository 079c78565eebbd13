//! Bits of entropy-coded data.

#![allow(clippy::cast_possible_truncation, reason = "what is cast was shifted or masked to fit")]

use super::Break;

/// Reads bits up to the next marker or the end of the file; never past it.
///
/// `ahead` holds the next bits from its top. Beyond `count` valid bits it may hold a part of the
/// next byte (so or-ing that byte in again changes nothing) or zeros. `count` may fall below zero:
/// that is noticed by [`Bits::check`], before anything is believed.
///
/// All of it is plain values, and what is rarely needed takes and returns them, so that compilers keep
/// them in registers on the way through a block.
#[derive(Clone, Copy)]
pub(in crate::jpeg) struct Bits<'a> {
    data: &'a [u8],
    /// The next byte to load; at the marker's `FF` once `is_ended`.
    pub(in crate::jpeg) at: usize,
    ahead: u64,
    count: i32,
    is_ended: bool,
}

impl<'a> Bits<'a> {
    pub(in crate::jpeg) fn new(data: &'a [u8], at: usize) -> Self {
        Self { data, at, ahead: 0, count: 0, is_ended: false }
    }

    /// Makes sure that 56 bits can be looked at: those that are left, and zeros behind them.
    #[inline(always)]
    pub(in crate::jpeg) fn fill(&mut self) {
        if let Some(bytes) = self.data.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
            let word = u64::from_be_bytes(*bytes);
            if !has_ff(word) {
                // Here the data have not ended, so the count is not below zero.
                let taken = (63 - self.count) >> 3;
                self.ahead |= word >> (self.count & 63);
                self.at += taken as usize;
                self.count += taken * 8;
                return;
            }
        }
        *self = self.filled();
    }

    /// Fills where a marker, a stuffed byte or the end is near.
    #[cold]
    #[inline(never)]
    fn filled(self) -> Self {
        let mut bits = self;
        while !bits.is_ended && bits.count < 56 {
            let stuffed = match bits.data.get(bits.at..) {
                Some([0xff, 0, ..]) => 1,
                // FF FF 00 is one FF of data, as in libjpeg.
                Some([0xff, rest @ ..]) => match rest.iter().position(|&byte| byte != 0xff) {
                    Some(more) if rest[more] == 0 => more + 1,
                    _ => {
                        bits.is_ended = true;
                        break;
                    }
                },
                None | Some([]) => {
                    bits.is_ended = true;
                    break;
                }
                Some(_) => 0,
            };
            bits.ahead |= u64::from(bits.data[bits.at]) << (56 - bits.count);
            bits.at += 1 + stuffed;
            bits.count += 8;
        }
        bits
    }

    /// Makes sure that 32 bits, or all that are left, can be looked at.
    ///
    /// # Errors
    /// When more were taken than there are.
    #[inline(always)]
    pub(in crate::jpeg) fn need(&mut self) -> Result<(), Break> {
        if self.count < 32 {
            self.fill();
            self.check()?;
        }
        Ok(())
    }

    /// Tells what really went wrong: what cannot be read because the data end is no wrong code.
    pub(in crate::jpeg) fn why(&self, fault: Break) -> Break {
        let is_short = self.is_ended && self.count < 16;
        if is_short && matches!(fault, Break::BadCode | Break::BadRun) { Break::OutOfData } else { fault }
    }

    /// Returns how many whole bytes have not been taken.
    pub(in crate::jpeg) fn left(&self) -> usize {
        let unread = self.data.len().saturating_sub(self.at);
        unread + usize::try_from(self.count / 8).unwrap_or(0)
    }

    /// Fails when more bits were taken than there are.
    pub(in crate::jpeg) const fn check(&self) -> Result<(), Break> {
        if self.count < 0 { Err(Break::OutOfData) } else { Ok(()) }
    }

    /// Goes on after the restart marker that is due here, `number` counting them from 0.
    pub(in crate::jpeg) fn restart(&mut self, number: u64) -> Result<(), Break> {
        self.need()?;
        self.check()?;
        if !self.is_ended || self.count >= 8 {
            return Err(Break::LostRestart);
        }
        let rest = self.data.get(self.at..).unwrap_or_default();
        let fill = rest.iter().take_while(|&&byte| byte == 0xff).count();
        match rest.get(fill) {
            Some(&marker @ 0xd0..=0xd7) if u64::from(marker & 7) == number & 7 => {
                *self = Self::new(self.data, self.at + fill + 1);
                Ok(())
            }
            Some(0xd0..=0xd7) => Err(Break::LostRestart),
            _ => Err(Break::OutOfData),
        }
    }

    /// Goes on after the next restart marker, wherever it is; returns its number, 0 to 7.
    ///
    /// `None` where another marker, or nothing more, comes first.
    pub(in crate::jpeg) fn resync(&mut self) -> Option<u8> {
        let mut at = self.at;
        loop {
            let rest = self.data.get(at..)?;
            let ff = memchr::memchr(0xff, rest)?;
            match *rest.get(ff + 1)? {
                0 => at += ff + 2,
                0xff => at += ff + 1,
                marker @ 0xd0..=0xd7 => {
                    *self = Self::new(self.data, at + ff + 2);
                    return Some(marker & 7);
                }
                _ => return None,
            }
        }
    }

    #[inline(always)]
    pub(in crate::jpeg) fn peek(&self, bits: u32) -> usize {
        (self.ahead >> (64 - bits)) as usize
    }

    /// Drops bits; at most 32 after each [`Bits::need`].
    #[inline(always)]
    pub(in crate::jpeg) fn skip(&mut self, bits: u32) {
        self.ahead <<= bits;
        self.count -= bits.cast_signed();
    }

    /// Takes up to 16 bits as a number, after [`Bits::need`].
    #[inline(always)]
    pub(in crate::jpeg) fn take(&mut self, bits: u32) -> u32 {
        // Two shifts, because one by 64 is none.
        let value = (self.ahead >> 1 >> (63 - bits)) as u32;
        self.skip(bits);
        value
    }

    /// Takes the value of a coefficient of `size` bits, 0 to 15, after [`Bits::need`] (T.81 §F.2.2.1).
    #[inline(always)]
    pub(in crate::jpeg) fn value(&mut self, size: u32) -> i32 {
        extend(self.take(size), size)
    }

    /// Takes one bit.
    pub(in crate::jpeg) fn bit(&mut self) -> Result<bool, Break> {
        self.need()?;
        Ok(self.take(1) == 1)
    }
}

/// Tells whether one of the eight bytes is `FF`.
#[inline(always)]
const fn has_ff(word: u64) -> bool {
    const LOW: u64 = 0x0101_0101_0101_0101;
    let flipped = !word;
    flipped.wrapping_sub(LOW) & word & (LOW << 7) != 0
}

/// Returns the value that `size` bits stand for: those that begin with 0 are negative.
#[inline(always)]
pub(in crate::jpeg) const fn extend(bits: u32, size: u32) -> i32 {
    let value = bits.cast_signed();
    if value < 1 << size >> 1 { value + 1 - (1 << size) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_run_to_the_marker_and_not_past_it() {
        let data = [0xa5, 0xff, 0, 0xff, 0xff, 0, 0x3c, 0xff, 0xd0, 0x80];
        let mut bits = Bits::new(&data, 0);
        let mut read = 0_u64;
        for _ in 0..32 {
            read = read << 1 | u64::from(bits.bit().unwrap());
        }
        assert_eq!(read, 0xa5ff_ff3c);
        assert_eq!(bits.restart(1), Err(Break::LostRestart));
        bits.restart(0).unwrap();
        assert!(bits.bit().unwrap());
        for _ in 0..40 {
            let _ = bits.bit();
        }
        assert_eq!(bits.check(), Err(Break::OutOfData));
    }

    #[test]
    fn values_are_extended_as_in_t81() {
        for (bits, size, value) in [(0, 0, 0), (0, 1, -1), (1, 1, 1), (0, 3, -7), (3, 3, -4), (4, 3, 4)] {
            assert_eq!(extend(bits, size), value);
        }
        assert_eq!((extend(0, 15), extend(32767, 15)), (-32767, 32767));
    }
}
