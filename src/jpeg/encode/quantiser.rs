//! Quantisation: the division of coefficients by the factors of a table.

#![allow(clippy::cast_possible_truncation, reason = "what is cast was shifted or clamped to fit")]

use super::dct::{Coefficients, Eight};
use crate::jpeg::standard::ZIGZAG;

/// Bits that coefficients are too large by when they come from the DCT.
const DCT_BITS: u32 = 3;

/// Divides by the factors of a table, all in the order of the file, and once for each of eight blocks.
///
/// A division is a multiplication by a reciprocal of 16 bits and a shift, which is a multiplication
/// again: of that too the upper half is kept.
pub(super) struct Quantiser {
    factors: [u8; 64],
    /// Half of each divisor.
    halves: [[u16; 8]; 64],
    reciprocals: [[u16; 8]; 64],
    powers: [[u16; 8]; 64],
}

impl Quantiser {
    /// Makes the table of a quality, 1 to 100, from one that is of quality 50.
    ///
    /// The scale is the one of the IJG's library (`jpeg_quality_scaling`); factors are 1 to 255.
    pub(super) fn new(base: &[u8; 64], quality: u8) -> Self {
        let quality = u32::from(quality.clamp(1, 100));
        let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
        let factors = ZIGZAG.map(|at| {
            let factor = u32::from(base[usize::from(at)]);
            ((factor * percent + 50) / 100).clamp(1, 255) as u8
        });
        let reciprocal = |factor: u8| Reciprocal::of(u32::from(factor) << DCT_BITS);
        Self {
            factors,
            halves: factors.map(|factor| [u16::from(factor) << (DCT_BITS - 1); 8]),
            reciprocals: factors.map(|factor| [reciprocal(factor).reciprocal; 8]),
            powers: factors.map(|factor| [reciprocal(factor).power; 8]),
        }
    }

    /// Returns the factors in the order of the file.
    pub(super) const fn table(&self) -> &[u8; 64] {
        &self.factors
    }

    /// Divides what the DCT made, and brings it into the order of the file; rounds to the nearest, and
    /// halves away from 0.
    #[inline(never)]
    pub(super) fn divide(&self, coefficients: &Coefficients, out: &mut [Eight; 64]) {
        let coefficients = coefficients.as_flattened();
        let Self { halves, reciprocals, powers, .. } = self;
        let high = |a: u16, b: u16| ((u32::from(a) * u32::from(b)) >> 16) as u16;
        for i in 0..64 {
            let values = &coefficients[usize::from(ZIGZAG[i])];
            for n in 0..8 {
                let sum = values[n].unsigned_abs().wrapping_add(halves[i][n]);
                let quotient = high(high(sum, reciprocals[i][n]), powers[i][n]).cast_signed();
                let sign = values[n] >> 15;
                out[i][n] = (quotient ^ sign).wrapping_sub(sign);
            }
        }
    }
}

/// What to multiply by instead of dividing: twice, the upper 16 bits of the product are kept.
#[derive(Clone, Copy)]
struct Reciprocal {
    reciprocal: u16,
    power: u16,
}

impl Reciprocal {
    /// Makes the one of a divisor, 4 to 32767, that is exact for what is below 32768.
    ///
    /// With 2^k ≤ d < 2^(k + 1) it is 2^(16 + k) / d, rounded up by e / d, e < d: n times that is too
    /// much by n·e / d / 2^(16 + k) < 1 / d. For d = 2^k it would be 2^16, and is half of it.
    const fn of(divisor: u32) -> Self {
        let log = divisor.ilog2();
        if divisor.is_power_of_two() {
            return Self { reciprocal: 1 << 15, power: 1 << (17 - log) };
        }
        Self { reciprocal: (1_u32 << (16 + log)).div_ceil(divisor) as u16, power: 1 << (16 - log) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg::standard;

    #[test]
    fn reciprocals_divide_exactly() {
        for divisor in 4..4096_u32 {
            let Reciprocal { reciprocal, power } = Reciprocal::of(divisor);
            for n in 0..32768_u32 {
                let quotient = (((n * u32::from(reciprocal)) >> 16) * u32::from(power)) >> 16;
                assert!(quotient == n / divisor, "{n} / {divisor} is not {quotient}");
            }
        }
    }

    #[test]
    fn every_coefficient_is_rounded_to_the_nearest_and_halves_away_from_zero() {
        for factor in 1..=255_u8 {
            let quantiser = Quantiser::new(&[factor; 64], 50);
            assert_eq!(quantiser.table(), &[factor; 64]);
            let divisor = 8 * i32::from(factor);
            // What the DCT of 8-bit samples can give, and more.
            let mut values = (-16384..=16384_i16).peekable();
            while values.peek().is_some() {
                let some: [Eight; 64] =
                    std::array::from_fn(|_| std::array::from_fn(|_| values.next().unwrap_or(0)));
                let mut found = [[0; 8]; 64];
                quantiser.divide(some.as_chunks().0.first_chunk().unwrap(), &mut found);
                let ordered = ZIGZAG.map(|at| some[usize::from(at)]);
                for (&value, &found) in ordered.as_flattened().iter().zip(found.as_flattened()) {
                    let value = i32::from(value);
                    let expected = value.signum() * ((value.abs() + divisor / 2) / divisor);
                    assert!(i32::from(found) == expected, "{value} / {divisor} is not {found}");
                }
            }
        }
    }

    #[test]
    fn tables_are_those_of_the_ijg() {
        let luma = |quality| *Quantiser::new(&standard::QUANTISATION_LUMA, quality).table();
        assert_eq!(luma(50)[..6], [16, 11, 12, 14, 12, 10]);
        assert_eq!(luma(85)[..6], [5, 3, 4, 4, 4, 3]);
        assert_eq!(luma(25)[..6], [32, 22, 24, 28, 24, 20]);
        assert_eq!((luma(100), luma(1)), ([1; 64], [255; 64]));
        assert_eq!((luma(0), luma(200)), (luma(1), luma(100)));
    }
}
