//! From the components of a JPEG to RGB, with the fixed-point arithmetic of libjpeg (`jdcolor.c`).

#![allow(clippy::cast_possible_truncation, reason = "what is cast is clamped or a mean of samples")]

use crate::jpeg::Header;

/// What the components of a photo are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colors {
    Grey,
    Rgb,
    YCbCr,
    /// Inks, inverted.
    Cmyk,
    /// Inks, of which C, M and Y are stored as YCbCr.
    Ycck,
}

impl Colors {
    /// Tells what the components are, as libjpeg does (`jdapimin.c`).
    pub(super) fn of(header: &Header) -> Self {
        let ids: Vec<u8> = header.components.iter().map(|component| component.id).collect();
        match (ids.len(), header.adobe_transform) {
            (1, _) => Self::Grey,
            (4, Some(0) | None) => Self::Cmyk,
            (4, Some(_)) => Self::Ycck,
            _ if header.jfif => Self::YCbCr,
            (_, Some(0)) => Self::Rgb,
            (_, None) if ids == *b"RGB" => Self::Rgb,
            _ => Self::YCbCr,
        }
    }
}

/// Tells whether the components of a photo are those of a JPEG that this program writes: grey, or Y, Cb, Cr.
#[must_use]
pub fn has_output_colors(header: &Header) -> bool {
    matches!(Colors::of(header), Colors::Grey | Colors::YCbCr)
}

/// Writes a row of RGB; all rows of components are at least as wide.
///
/// Inks are taken as ideal and, as every decoder does whether or not Adobe's marker is there, as
/// inverted: 255 is none. So R = C × K / 255.
pub(super) fn row(colors: Colors, components: &[&[u8]], out: &mut [u8]) {
    let (pixels, _) = out.as_chunks_mut::<3>();
    match *components {
        [grey] => out.copy_from_slice(&grey[..out.len()]),
        [first, second, third, ref more @ ..] => {
            match colors {
                Colors::YCbCr => convert(first, second, third, pixels, |sample| sample),
                Colors::Ycck => convert(first, second, third, pixels, |sample| !sample),
                _ => {
                    let samples = first.iter().zip(second).zip(third);
                    for (pixel, ((&first, &second), &third)) in pixels.iter_mut().zip(samples) {
                        *pixel = [first, second, third];
                    }
                }
            }
            if let [black] = more {
                for (pixel, &black) in pixels.iter_mut().zip(*black) {
                    *pixel = pixel.map(|ink| multiply(ink, black));
                }
            }
        }
        _ => {}
    }
}

/// Writes a row of inks, four samples a pixel, 0 for none and 255 for all.
///
/// `scratch` is a row of three samples a pixel; all rows of components are at least as wide.
pub(super) fn ink_row(colors: Colors, components: [&[u8]; 4], scratch: &mut [u8], out: &mut [u8]) {
    let [first, second, third, black] = components;
    row(colors, &[first, second, third], scratch);
    let (pixels, _) = out.as_chunks_mut::<4>();
    for ((pixel, &[cyan, magenta, yellow]), &black) in
        pixels.iter_mut().zip(scratch.as_chunks::<3>().0).zip(black)
    {
        *pixel = [cyan, magenta, yellow, black].map(|sample| !sample);
    }
}

/// Returns `one × other / 255`, rounded.
const fn multiply(one: u8, other: u8) -> u8 {
    ((one as u32 * other as u32 * 2 + 255) / 510) as u8
}

/// Fractional bits.
const BITS: u32 = 16;
const HALF: i32 = 1 << (BITS - 1);
/// 1.402 − 1, 1.772 − 2, 0.34414 and 1 − 0.71414: each fits 16 bits, which changes no result.
const RED: i32 = 91881 - (1 << BITS);
const BLUE: i32 = 116_130 - (2 << BITS);
const GREEN_BLUE: i32 = -22554;
const GREEN_RED: i32 = (1 << BITS) - 46802;

/// Converts YCbCr (JFIF 1.02: ITU-R BT.601 with all 256 levels).
///
/// Two loops over a few pixels at a time: arithmetic that compilers do side by side, then bytes.
#[inline(always)]
fn convert(y: &[u8], cb: &[u8], cr: &[u8], pixels: &mut [[u8; 3]], last: impl Fn(u8) -> u8) {
    const CHUNK: usize = 128;
    // No sum leaves 16 bits, for which there are vector instructions that clamp.
    let clamp = |value: i16| last(value.clamp(0, 255) as u8);
    let share = |product: i32| ((product + HALF) >> BITS) as i16;
    let (mut red, mut green, mut blue) = ([0; CHUNK], [0; CHUNK], [0; CHUNK]);
    let mut packed = [0_u32; CHUNK];
    let samples = y.chunks(CHUNK).zip(cb.chunks(CHUNK)).zip(cr.chunks(CHUNK));
    for (((y, cb), cr), pixels) in samples.zip(pixels.chunks_mut(CHUNK)) {
        let colors = red.iter_mut().zip(&mut green).zip(&mut blue);
        for (((&y, &cb), &cr), ((red, green), blue)) in y.iter().zip(cb).zip(cr).zip(colors) {
            let (y, cb, cr) = (i16::from(y), i16::from(cb) - 128, i16::from(cr) - 128);
            let (wide_cb, wide_cr) = (i32::from(cb), i32::from(cr));
            *red = clamp(y + cr + share(RED * wide_cr));
            *green = clamp(y - cr + share(GREEN_BLUE * wide_cb + GREEN_RED * wide_cr));
            *blue = clamp(y + 2 * cb + share(BLUE * wide_cb));
        }
        for (((packed, &red), &green), &blue) in packed.iter_mut().zip(&red).zip(&green).zip(&blue) {
            *packed = u32::from(red) | u32::from(green) << 8 | u32::from(blue) << 16;
        }
        unpack(&packed, pixels);
    }
}

/// Writes red, green and blue, each in a byte of a word, as bytes: four pixels in three words.
fn unpack(packed: &[u32], pixels: &mut [[u8; 3]]) {
    let (fours, rest) = pixels.as_chunks_mut::<4>();
    let (words, last) = packed.split_at(4 * fours.len());
    for (pixels, &[a, b, c, d]) in fours.iter_mut().zip(words.as_chunks::<4>().0) {
        let low = u64::from(a) | u64::from(b) << 24 | u64::from(c) << 48;
        let high = c >> 16 | d << 8;
        let (to, _) = pixels.as_flattened_mut().split_at_mut(8);
        to.copy_from_slice(&low.to_le_bytes());
        pixels.as_flattened_mut()[8..].copy_from_slice(&high.to_le_bytes());
    }
    for (pixel, &word) in rest.iter_mut().zip(last) {
        let [red, green, blue, _] = word.to_le_bytes();
        *pixel = [red, green, blue];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_color_is_within_one_of_the_definition() {
        let mut out = [0; 3];
        for y in (0..=255).step_by(5) {
            for cb in (0..=255).step_by(3) {
                for cr in 0..=255 {
                    row(Colors::YCbCr, &[&[y], &[cb], &[cr]], &mut out);
                    let (y, cb, cr) = (f64::from(y), f64::from(cb) - 128.0, f64::from(cr) - 128.0);
                    let exact = [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb];
                    for (found, exact) in out.iter().zip(exact) {
                        assert!((f64::from(*found) - exact.clamp(0.0, 255.0)).abs() < 0.6, "{out:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn inks_are_inverted_and_multiplied() {
        let mut out = [0; 3];
        row(Colors::Cmyk, &[&[255], &[128], &[0], &[128]], &mut out);
        assert_eq!(out, [128, 64, 0]);
        row(Colors::Ycck, &[&[55], &[128], &[128], &[255]], &mut out);
        assert_eq!(out, [200, 200, 200]);
        row(Colors::Rgb, &[&[1], &[2], &[3]], &mut out);
        assert_eq!(out, [1, 2, 3]);
    }
}
