//! The inverse DCT, exactly as libjpeg's accurate integer one (`jidctint.c`, "islow"), and smaller
//! ones for smaller pictures.
//!
//! Two passes of the scaled one-dimensional transform of Loeffler, Ligtenberg and Moschytz (ICASSP
//! 1989) with 13 fractional bits in the constants and 2 between the passes. The products of the
//! original are multiplied out, which changes no result and lets compilers use 16-bit multiplications.
//! Dequantisation wraps and the first pass saturates at 16 bits, as libjpeg-turbo's SIMD code does,
//! so that no sum can leave 32 bits; only coefficients that no encoder writes get there.

#![allow(clippy::cast_possible_truncation, reason = "what is cast is clamped to fit, or wraps on purpose")]

use super::ZIGZAG;
use super::rows::NOWHERE;
use crate::jpeg::cosines::{
    CONST_BITS, F_0_298, F_0_390, F_0_541, F_0_765, F_0_899, F_1_175, F_1_501, F_1_847, F_1_961, F_2_053,
    F_2_562, F_3_072, PASS_BITS,
};

/// The shift after the second pass; the transform itself multiplies by 8.
const LAST: u32 = CONST_BITS + PASS_BITS + 3;

/// One coefficient of each of 8 columns.
type Row = [i16; 8];

/// Coefficients or multipliers of a block, row by row.
pub(in crate::jpeg) type Block = [i16; 64];

/// Transforms 8 rows along the columns; `SHIFT` bits are rounded away.
///
/// Plain enough for compilers to do all columns side by side: no arrays on the way.
#[inline(never)]
fn pass8<const SHIFT: u32>(rows: &[Row; 8], out: &mut [Row; 8]) {
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    let [o0, o1, o2, o3, o4, o5, o6, o7] = out;
    for i in 0..8 {
        let (s0, s2, s4, s6) = (i32::from(r0[i]), i32::from(r2[i]), i32::from(r4[i]), i32::from(r6[i]));
        let (s1, s3, s5, s7) = (i32::from(r1[i]), i32::from(r3[i]), i32::from(r5[i]), i32::from(r7[i]));
        let t0 = (s0 + s4) << CONST_BITS;
        let t1 = (s0 - s4) << CONST_BITS;
        let t2 = s2 * F_0_541 + s6 * (F_0_541 - F_1_847);
        let t3 = s2 * (F_0_541 + F_0_765) + s6 * F_0_541;
        let d0 = s1 * (F_1_501 - F_0_899 - F_0_390 + F_1_175)
            + s3 * F_1_175
            + s5 * (F_1_175 - F_0_390)
            + s7 * (F_1_175 - F_0_899);
        let d1 = s1 * F_1_175
            + s3 * (F_3_072 - F_2_562 - F_1_961 + F_1_175)
            + s5 * (F_1_175 - F_2_562)
            + s7 * (F_1_175 - F_1_961);
        let d2 = s1 * (F_1_175 - F_0_390)
            + s3 * (F_1_175 - F_2_562)
            + s5 * (F_2_053 - F_2_562 - F_0_390 + F_1_175)
            + s7 * F_1_175;
        let d3 = s1 * (F_1_175 - F_0_899)
            + s3 * (F_1_175 - F_1_961)
            + s5 * F_1_175
            + s7 * (F_0_298 - F_0_899 - F_1_961 + F_1_175);
        let (e0, e1, e2, e3) = (t0 + t3, t1 + t2, t1 - t2, t0 - t3);
        o0[i] = round::<SHIFT>(e0 + d0);
        o1[i] = round::<SHIFT>(e1 + d1);
        o2[i] = round::<SHIFT>(e2 + d2);
        o3[i] = round::<SHIFT>(e3 + d3);
        o4[i] = round::<SHIFT>(e3 - d3);
        o5[i] = round::<SHIFT>(e2 - d2);
        o6[i] = round::<SHIFT>(e1 - d1);
        o7[i] = round::<SHIFT>(e0 - d0);
    }
}

/// Rounds `SHIFT` bits away and saturates at 16 bits.
#[inline(always)]
fn round<const SHIFT: u32>(value: i32) -> i16 {
    ((value + (1 << (SHIFT - 1))) >> SHIFT).clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

/// Makes a sample of a value around 0.
#[inline(always)]
fn sample(value: i16) -> u8 {
    // In 16 bits, of which vector instructions know the least and the greatest.
    (value.clamp(-128, 127) + 128) as u8
}

/// Returns columns as rows.
///
/// Three times, rows four apart are interleaved: a perfect shuffle each, for which there are vector
/// instructions.
#[inline(always)]
fn transpose(rows: [Row; 8]) -> [Row; 8] {
    let low = |a: Row, b: Row| [a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]];
    let high = |a: Row, b: Row| [a[4], b[4], a[5], b[5], a[6], b[6], a[7], b[7]];
    let shuffle = |[a, b, c, d, e, f, g, h]: [Row; 8]| {
        [low(a, e), high(a, e), low(b, f), high(b, f), low(c, g), high(c, g), low(d, h), high(d, h)]
    };
    shuffle(shuffle(shuffle(rows)))
}

/// Writes the 8×8 samples of a block to rows that lie `stride` apart.
#[inline(always)]
pub(super) fn full(block: &Block, factors: &Block, out: &mut [u8], stride: usize) {
    let mut values = [0; 64];
    for ((value, &coefficient), &factor) in values.iter_mut().zip(block).zip(factors) {
        *value = coefficient.wrapping_mul(factor);
    }
    let (rows, _) = values.as_chunks::<8>();
    let Some(rows) = rows.first_chunk::<8>() else { return };
    let (mut columns, mut samples) = ([[0; 8]; 8], [[0; 8]; 8]);
    pass8::<{ CONST_BITS - PASS_BITS }>(rows, &mut columns);
    pass8::<LAST>(&transpose(columns), &mut samples);
    // All at once, for which there are vector instructions.
    let mut bytes = [0; 64];
    for (byte, &value) in bytes.iter_mut().zip(transpose(samples).as_flattened()) {
        *byte = sample(value);
    }
    for (row, target) in bytes.chunks_exact(8).zip(out.chunks_mut(stride)) {
        if let Some(target) = target.get_mut(..8) {
            target.copy_from_slice(row);
        }
    }
}

/// Writes a block of `N`×`N` samples that has nothing but its mean.
#[inline(always)]
pub(super) fn flat<const N: usize>(dc: i16, factor: i16, out: &mut [u8], stride: usize) {
    let value = i32::from(dc.wrapping_mul(factor));
    // Through both passes nothing is rounded but once.
    let value = ((value + 4) >> 3).clamp(-128, 127) as i16;
    for target in out.chunks_mut(stride).take(N) {
        target[..N].fill(sample(value));
    }
}

/// Returns the sample of a block that is asked for its mean alone.
#[inline(always)]
pub(super) fn mean(dc: i16, factor: i16) -> u8 {
    let value = i32::from(dc.wrapping_mul(factor));
    sample(((value + 4) >> 3).clamp(-128, 127) as i16)
}

/// Where coefficients of the file's order are among 4×4, row by row.
pub(super) const HALF_PLACES: [u8; 64] = places(4);

/// Where coefficients of the file's order are among 2×2, row by row.
pub(super) const QUARTER_PLACES: [u8; 64] = places(2);

/// Returns where coefficients of the file's order are among the lowest `size`×`size`.
const fn places(size: u8) -> [u8; 64] {
    let mut places = [NOWHERE; 64];
    let mut i = 0;
    while i < 64 {
        let (x, y) = (ZIGZAG[i] % 8, ZIGZAG[i] / 8);
        if x < size && y < size {
            places[i] = y * size + x;
        }
        i += 1;
    }
    places
}

/// The 4-point transform of eight blocks, scaled as the 8-point one; as plain as [`pass8`].
#[inline(never)]
fn pass4<const SHIFT: u32>(rows: &[Row; 4], out: &mut [Row; 4]) {
    let [r0, r1, r2, r3] = rows;
    let [o0, o1, o2, o3] = out;
    for i in 0..8 {
        let (s0, s1, s2, s3) = (i32::from(r0[i]), i32::from(r1[i]), i32::from(r2[i]), i32::from(r3[i]));
        let (t0, t1) = ((s0 + s2) << CONST_BITS, (s0 - s2) << CONST_BITS);
        let t2 = s1 * (F_0_541 + F_0_765) + s3 * F_0_541;
        let t3 = s1 * F_0_541 + s3 * (F_0_541 - F_1_847);
        o0[i] = round::<SHIFT>(t0 + t2);
        o1[i] = round::<SHIFT>(t1 + t3);
        o2[i] = round::<SHIFT>(t1 - t3);
        o3[i] = round::<SHIFT>(t0 - t2);
    }
}

/// Returns the 4×4 samples of eight blocks, made of their 4×4 lowest frequencies.
///
/// `values` has each coefficient of all eight; a row of samples has them block by block.
#[inline(never)]
pub(super) fn half(values: &[Row; 16], factors: &Block) -> [[[u8; 4]; 8]; 4] {
    let mut columns = [[[0; 8]; 4]; 4];
    for x in 0..4 {
        let value = |y: usize| values[4 * y + x].map(|value| value.wrapping_mul(factors[8 * y + x]));
        let mut column = [[0; 8]; 4];
        pass4::<{ CONST_BITS - PASS_BITS }>(&[value(0), value(1), value(2), value(3)], &mut column);
        for y in 0..4 {
            columns[y][x] = column[y];
        }
    }
    let mut samples = [[[0; 4]; 8]; 4];
    for (row, out) in columns.iter().zip(&mut samples) {
        let mut values = [[0; 8]; 4];
        pass4::<LAST>(row, &mut values);
        interleave(&values, out);
    }
    samples
}

/// Puts the samples of four columns of eight blocks side by side.
#[inline(never)]
fn interleave(columns: &[Row; 4], out: &mut [[u8; 4]; 8]) {
    let [c0, c1, c2, c3] = columns;
    for i in 0..8 {
        let byte = |value: i16| u32::from(sample(value));
        let word = byte(c0[i]) | byte(c1[i]) << 8 | byte(c2[i]) << 16 | byte(c3[i]) << 24;
        out[i] = word.to_le_bytes();
    }
}

/// Returns the 2×2 samples of eight blocks, made of their 2×2 lowest frequencies.
#[inline(never)]
pub(super) fn quarter(values: &[Row; 4], factors: &Block) -> [[[u8; 2]; 8]; 2] {
    let mut out = [[[0; 2]; 8]; 2];
    for block in 0..8 {
        let value = |at: usize, factor: usize| i32::from(values[at][block].wrapping_mul(factors[factor]));
        let (mean, across, down, both) = (value(0, 0), value(1, 1), value(2, 8), value(3, 9));
        let make = |value: i32| sample(((value + 4) >> 3).clamp(-128, 127) as i16);
        out[0][block] = [make(mean + down + across + both), make(mean + down - across - both)];
        out[1][block] = [make(mean - down + across - both), make(mean - down - across + both)];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::{PI, SQRT_2};

    /// The definition (T.81 §A.3.3) of an `n`×`n` transform of the lowest frequencies, in double precision.
    fn reference(block: &Block, n: usize) -> Vec<f64> {
        let c = |k: usize| if k == 0 { 1.0 / SQRT_2 } else { 1.0 };
        let wave = |k: usize, x: usize| ((2 * x + 1) as f64 * k as f64 * PI / (2 * n) as f64).cos();
        let at = |x: usize, y: usize| {
            let terms = (0..n).flat_map(|v| (0..n).map(move |u| (u, v)));
            let sum: f64 =
                terms.map(|(u, v)| c(u) * c(v) * f64::from(block[8 * v + u]) * wave(u, x) * wave(v, y)).sum();
            (sum / 4.0 + 128.0).clamp(0.0, 255.0)
        };
        (0..n * n).map(|i| at(i % n, i / n)).collect()
    }

    /// Blocks as photos have them: large low frequencies, small high ones, many zeros.
    fn blocks() -> impl Iterator<Item = Block> {
        let mut state = 1_u32;
        let mut random = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8).cast_signed()
        };
        (0..500).map(move |round| {
            let mut block = [0; 64];
            for (i, value) in block.iter_mut().enumerate() {
                let range = 600 / (1 + (i / 8 + i % 8).cast_signed() as i32);
                if random() % 3 <= round % 4 {
                    *value = (random() % (2 * range + 1) - range) as i16;
                }
            }
            block
        })
    }

    /// The lowest coefficients of a block eight times, as [`half`] and [`quarter`] take them.
    fn eight<const N: usize>(block: &Block, side: usize) -> [Row; N] {
        std::array::from_fn(|at| [block[at / side * 8 + at % side]; 8])
    }

    #[test]
    fn each_size_is_within_one_of_the_definition() {
        let check = |n: usize, samples: &[u8], block: &Block| {
            for (found, expected) in samples.iter().zip(reference(block, n)) {
                assert!((f64::from(*found) - expected).abs() <= 1.0, "{n}: {found} for {expected}");
            }
        };
        for block in blocks() {
            let mut out = [0; 64];
            full(&block, &[1; 64], &mut out, 8);
            check(8, &out, &block);
            let (halves, quarters) =
                (half(&eight(&block, 4), &[1; 64]), quarter(&eight(&block, 2), &[1; 64]));
            for i in 0..8 {
                check(4, halves.map(|row| row[i]).as_flattened(), &block);
                check(2, quarters.map(|row| row[i]).as_flattened(), &block);
            }
            check(1, &[mean(block[0], 1)], &block);
        }
    }

    #[test]
    fn a_flat_block_is_what_the_full_transform_makes_of_it() {
        for dc in -2100..2100 {
            let mut block = [0; 64];
            block[0] = dc;
            let (mut one, mut other) = ([0; 64], [0; 64]);
            full(&block, &[1; 64], &mut one, 8);
            flat::<8>(dc, 1, &mut other, 8);
            assert_eq!(one, other, "{dc}");
        }
    }

    #[test]
    fn no_coefficients_overflow() {
        for value in [i16::MIN, -1, 1, i16::MAX] {
            for signs in 0..256_u32 {
                let block = std::array::from_fn(|i| {
                    let is_negative = (signs >> (i % 8) ^ signs >> (i / 8)) & 1 == 1;
                    if is_negative { value.wrapping_neg() } else { value }
                });
                full(&block, &[1; 64], &mut [0; 64], 8);
                half(&eight(&block, 4), &[1; 64]);
                quarter(&eight(&block, 2), &[1; 64]);
            }
        }
    }
}
