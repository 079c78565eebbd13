//! The forward DCT, exactly as libjpeg's accurate integer one (`jfdctint.c`, "islow").
//!
//! Two passes of the scaled one-dimensional transform of Loeffler, Ligtenberg and Moschytz (ICASSP
//! 1989) with 13 fractional bits in the constants and 2 between the passes; coefficients come out 8
//! times too large. The products of the original are multiplied out, which changes no result.
//!
//! Eight blocks are transformed together, the same coefficient of all of them side by side, so that no
//! rows and columns of coefficients change places. All is written for compilers to use the vectors that
//! every x86-64 has: sums in 16 bits, which they fit, and products of 16-bit numbers.

#![allow(clippy::cast_possible_truncation, reason = "what is cast was shifted to fit, or is clamped")]

use crate::jpeg::cosines::{
    CONST_BITS, F_0_298, F_0_390, F_0_541, F_0_765, F_0_899, F_1_175, F_1_501, F_1_847, F_1_961, F_2_053,
    F_2_562, F_3_072, PASS_BITS,
};

/// The same value of each of eight blocks.
pub(super) type Eight = [i16; 8];

/// The samples of eight blocks that lie side by side, row by row.
pub(super) type Strip = [[u8; 64]; 8];

/// The coefficients of eight blocks, row by row, 8 times too large.
pub(super) type Coefficients = [[Eight; 8]; 8];

/// Memory for what lies between the steps.
pub(super) struct Work {
    rows: [Strip; 2],
    values: Coefficients,
}

impl Work {
    pub(super) const fn new() -> Self {
        Self { rows: [[[0; 64]; 8]; 2], values: [[[0; 8]; 8]; 8] }
    }
}

/// Transforms the blocks of a strip.
pub(super) fn forward(strip: &Strip, work: &mut Work, out: &mut Coefficients) {
    let Work { rows: [one, other], values } = work;
    each(strip, one, interleave);
    each(one, other, interleave);
    each(other, one, interleave);
    first(one, values);
    second(values, out);
}

/// Does a step with each row.
///
/// Not inlined: steps that are merged are no longer seen to be shuffles.
#[inline(never)]
fn each(from: &Strip, to: &mut Strip, step: impl Fn(&[u8; 64], &mut [u8; 64])) {
    for (from, to) in from.iter().zip(to) {
        step(from, to);
    }
}

/// Interleaves the two halves of a row; three times, that puts the same column of all blocks side by side.
#[inline(always)]
fn interleave(from: &[u8; 64], to: &mut [u8; 64]) {
    for i in 0..32 {
        to[2 * i] = from[i];
        to[2 * i + 1] = from[32 + i];
    }
}

/// The pass along the rows: samples, not yet around 0, to values with [`PASS_BITS`].
#[inline(never)]
fn first(rows: &Strip, out: &mut Coefficients) {
    // Only the mean sees that the samples are not around 0.
    let mean = |sum: i16| (sum - 8 * 128) << PASS_BITS;
    let round = |value: i32| {
        let value = (value + (1 << (CONST_BITS - PASS_BITS - 1))) >> (CONST_BITS - PASS_BITS);
        value.clamp(i16::MIN.into(), i16::MAX.into()) as i16
    };
    for (row, out) in rows.iter().zip(out) {
        let wide: [i16; 64] = row.map(i16::from);
        let Some(columns) = wide.as_chunks::<8>().0.first_chunk::<8>() else { return };
        pass::<1>(columns.each_ref(), out.each_mut(), mean, |sum| sum << PASS_BITS, round);
    }
}

/// The pass along the columns.
///
/// The constants are doubled, so that the shift is one of 16 bits.
#[inline(never)]
fn second(rows: &Coefficients, out: &mut Coefficients) {
    let plain = |sum: i16| sum.wrapping_add(1 << (PASS_BITS - 1)) >> PASS_BITS;
    let round =
        |value: i32| ((value + (1 << (CONST_BITS + PASS_BITS))) >> (CONST_BITS + PASS_BITS + 1)) as i16;
    for x in 0..8 {
        let (column, out) = (rows.each_ref().map(|row| &row[x]), out.each_mut().map(|row| &mut row[x]));
        pass::<2>(column, out, plain, plain, round);
    }
}

/// Transforms 8 values of each of eight blocks, with constants `SCALE` times as large.
///
/// `mean` and `plain` scale the two results that have no products, `round` the others.
#[inline(always)]
fn pass<const SCALE: i32>(
    [r0, r1, r2, r3, r4, r5, r6, r7]: [&Eight; 8],
    [o0, o1, o2, o3, o4, o5, o6, o7]: [&mut Eight; 8],
    mean: impl Fn(i16) -> i16,
    plain: impl Fn(i16) -> i16,
    round: impl Fn(i32) -> i16,
) {
    let fold = |a: i16, b: i16| (a.wrapping_add(b), a.wrapping_sub(b));
    for i in 0..8 {
        let ((t0, t7), (t1, t6)) = (fold(r0[i], r7[i]), fold(r1[i], r6[i]));
        let ((t2, t5), (t3, t4)) = (fold(r2[i], r5[i]), fold(r3[i], r4[i]));
        let ((t10, t13), (t11, t12)) = (fold(t0, t3), fold(t1, t2));
        o0[i] = mean(t10.wrapping_add(t11));
        o4[i] = plain(t10.wrapping_sub(t11));
        let [t4, t5, t6, t7, t12, t13] = [t4, t5, t6, t7, t12, t13].map(i32::from);
        let c = |constant: i32| constant * SCALE;
        o2[i] = round(t13 * c(F_0_541 + F_0_765) + t12 * c(F_0_541));
        o6[i] = round(t13 * c(F_0_541) + t12 * c(F_0_541 - F_1_847));
        o1[i] = round(
            t4 * c(F_1_175 - F_0_899)
                + t5 * c(F_1_175 - F_0_390)
                + t6 * c(F_1_175)
                + t7 * c(F_1_501 - F_0_899 + F_1_175 - F_0_390),
        );
        o3[i] = round(
            t4 * c(F_1_175 - F_1_961)
                + t5 * c(F_1_175 - F_2_562)
                + t6 * c(F_3_072 - F_2_562 + F_1_175 - F_1_961)
                + t7 * c(F_1_175),
        );
        o5[i] = round(
            t4 * c(F_1_175)
                + t5 * c(F_2_053 - F_2_562 + F_1_175 - F_0_390)
                + t6 * c(F_1_175 - F_2_562)
                + t7 * c(F_1_175 - F_0_390),
        );
        o7[i] = round(
            t4 * c(F_0_298 - F_0_899 + F_1_175 - F_1_961)
                + t5 * c(F_1_175)
                + t6 * c(F_1_175 - F_1_961)
                + t7 * c(F_1_175 - F_0_899),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::{PI, SQRT_2};

    /// The definition (T.81 §A.3.3) in double precision, 8 times as large, of one block of a strip.
    fn reference(strip: &Strip, number: usize) -> [[f64; 8]; 8] {
        let c = |k: usize| if k == 0 { 1.0 / SQRT_2 } else { 1.0 };
        let wave = |k: usize, x: usize| ((2 * x + 1) as f64 * k as f64 * PI / 16.0).cos();
        let term = |u: usize, v: usize, x: usize, y: usize| {
            (f64::from(strip[y][8 * number + x]) - 128.0) * wave(u, x) * wave(v, y)
        };
        let at = |u: usize, v: usize| {
            let places = (0..8).flat_map(|y| (0..8).map(move |x| (x, y)));
            2.0 * c(u) * c(v) * places.map(|(x, y)| term(u, v, x, y)).sum::<f64>()
        };
        std::array::from_fn(|v| std::array::from_fn(|u| at(u, v)))
    }

    /// Compares a strip with the definition; returns the greatest difference.
    fn worst(strip: &Strip) -> f64 {
        let mut found = [[[0; 8]; 8]; 8];
        forward(strip, &mut Work::new(), &mut found);
        let mut worst = 0_f64;
        for number in 0..8 {
            let expected = reference(strip, number);
            for (found, expected) in found.as_flattened().iter().zip(expected.as_flattened()) {
                worst = worst.max((f64::from(found[number]) - expected).abs());
            }
        }
        worst
    }

    #[test]
    fn it_is_within_a_fraction_of_a_coefficient_of_the_definition() {
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        for range in [1, 2, 16, 255, 256] {
            for _ in 0..40 {
                let strip = std::array::from_fn(|_| std::array::from_fn(|_| (random() % range) as u8));
                // Coefficients are 8 times as large here.
                assert!(worst(&strip) < 2.5, "samples below {range}: {}", worst(&strip));
            }
        }
    }

    #[test]
    fn no_sum_leaves_its_bits() {
        // Waves of black and white, which give each coefficient its greatest and least value.
        for (u, v) in (0..8).flat_map(|v| (0..8).map(move |u| (u, v))) {
            let sign = |k: usize, x: usize| ((2 * x + 1) as f64 * k as f64 * PI / 16.0).cos() < 0.0;
            let strip = std::array::from_fn(|y| {
                std::array::from_fn(|x| {
                    let is_black = sign(u, x % 8) ^ sign(v, y) ^ (x >= 32);
                    if is_black { 0 } else { 255 }
                })
            });
            assert!(worst(&strip) < 2.5, "{u} {v}: {}", worst(&strip));
        }
    }
}
