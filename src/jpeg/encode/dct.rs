//! The forward DCT, exactly as libjpeg's accurate integer one (`jfdctint.c`, "islow").
//!
//! Two passes of the scaled one-dimensional transform of Loeffler, Ligtenberg and Moschytz (ICASSP
//! 1989) with 13 fractional bits in the constants and 2 between the passes; coefficients come out 8
//! times too large. The products of the original are multiplied out, which changes no result.
//!
//! All is written for compilers to do eight columns side by side with the vectors that every x86-64
//! has: sums in 16 bits, which they fit, and products of 16-bit numbers. What does one step is a
//! function that is never inlined, because steps that are merged are not seen to be shuffles.

#![allow(clippy::cast_possible_truncation, reason = "what is cast was shifted to fit, or is clamped")]

use super::Block;

/// Fractional bits of the constants.
const CONST_BITS: u32 = 13;
/// Fractional bits between the passes.
const PASS_BITS: u32 = 2;

const F_0_298: i32 = 2446;
const F_0_390: i32 = 3196;
const F_0_541: i32 = 4433;
const F_0_765: i32 = 6270;
const F_0_899: i32 = 7373;
const F_1_175: i32 = 9633;
const F_1_501: i32 = 12299;
const F_1_847: i32 = 15137;
const F_1_961: i32 = 16069;
const F_2_053: i32 = 16819;
const F_2_562: i32 = 20995;
const F_3_072: i32 = 25172;

/// One value of each of 8 columns.
type Row = [i16; 8];

/// Rows of samples of a block.
pub(super) type Samples<'a> = [&'a [u8; 8]; 8];

/// Transforms 8×8 samples, row by row; the result is in the same order, and 8 times too large.
#[inline(always)]
pub(super) fn forward(samples: &Samples<'_>, block: &mut Block) {
    let (mut halves, mut columns) = ([[0; 16]; 4], [0; 64]);
    pairs(samples, &mut halves);
    interleave_twice(&halves, &mut columns);
    let (mut one, mut other) = ([0; 64], [0; 64]);
    first(&columns, &mut one);
    shuffle(&one, &mut other);
    shuffle(&other, &mut one);
    shuffle(&one, &mut other);
    second(&other, block);
}

/// Interleaves the upper four rows and the lower four; three times, that exchanges rows and columns.
#[inline(never)]
fn pairs([a, b, c, d, e, f, g, h]: &Samples<'_>, to: &mut [[u8; 16]; 4]) {
    let both = |a: &[u8; 8], b: &[u8; 8]| {
        [a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3], a[4], b[4], a[5], b[5], a[6], b[6], a[7], b[7]]
    };
    *to = [both(a, e), both(b, f), both(c, g), both(d, h)];
}

/// Interleaves the upper half and the lower half, and again.
#[inline(never)]
fn interleave_twice(from: &[[u8; 16]; 4], to: &mut [u8; 64]) {
    let (from, mut between) = (from.as_flattened(), [0; 64]);
    for i in 0..32 {
        between[2 * i] = from[i];
        between[2 * i + 1] = from[32 + i];
    }
    for i in 0..32 {
        to[2 * i] = between[i];
        to[2 * i + 1] = between[32 + i];
    }
}

/// Interleaves the upper half and the lower half.
#[inline(never)]
fn shuffle(from: &Block, to: &mut Block) {
    let Some([a, b, c, d, e, f, g, h]) = from.as_chunks::<8>().0.first_chunk() else { return };
    let low = |a: &Row, b: &Row| [a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]];
    let high = |a: &Row, b: &Row| [a[4], b[4], a[5], b[5], a[6], b[6], a[7], b[7]];
    let all = [low(a, e), high(a, e), low(b, f), high(b, f), low(c, g), high(c, g), low(d, h), high(d, h)];
    to.copy_from_slice(all.as_flattened());
}

/// The pass along the rows, which lie across: samples, not yet around 0, to values with [`PASS_BITS`].
#[inline(never)]
fn first(columns: &[u8; 64], out: &mut Block) {
    // Only the mean sees that the samples are not around 0.
    let mean = |sum: i16| (sum - 8 * 128) << PASS_BITS;
    let round = |value: i32| {
        let value = (value + (1 << (CONST_BITS - PASS_BITS - 1))) >> (CONST_BITS - PASS_BITS);
        value.clamp(i16::MIN.into(), i16::MAX.into()) as i16
    };
    pass::<1>(&columns.map(i16::from), out, mean, |sum| sum << PASS_BITS, round);
}

/// The pass along the columns.
///
/// The constants are doubled, so that the shift is one of 16 bits.
#[inline(never)]
fn second(rows: &Block, out: &mut Block) {
    let plain = |sum: i16| sum.wrapping_add(1 << (PASS_BITS - 1)) >> PASS_BITS;
    let round =
        |value: i32| ((value + (1 << (CONST_BITS + PASS_BITS))) >> (CONST_BITS + PASS_BITS + 1)) as i16;
    pass::<2>(rows, out, plain, plain, round);
}

/// Transforms 8 rows along the columns, with constants `SCALE` times as large.
///
/// `mean` and `plain` scale the two results that have no products, `round` the others.
#[inline(always)]
fn pass<const SCALE: i32>(
    rows: &Block,
    out: &mut Block,
    mean: impl Fn(i16) -> i16,
    plain: impl Fn(i16) -> i16,
    round: impl Fn(i32) -> i16,
) {
    let Some([r0, r1, r2, r3, r4, r5, r6, r7]) = rows.as_chunks::<8>().0.first_chunk() else { return };
    let Some([o0, o1, o2, o3, o4, o5, o6, o7]) = out.as_chunks_mut::<8>().0.first_chunk_mut() else { return };
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
