//! From pixels to the components of a JPEG, with the fixed-point arithmetic of libjpeg (`jccolor.c`,
//! `jcsample.c`).

#![allow(clippy::cast_possible_truncation, reason = "what is cast is a mean of samples")]

use crate::error::Result;
use crate::frame::{Frame, Layout, Plane, Planes};

/// Fractional bits.
const BITS: u32 = 16;
const HALF: i32 = 1 << (BITS - 1);
/// 128, and just less than a half, so that the greatest sum stays below 256.
const CENTER: i32 = (128 << BITS) + HALF - 1;

/// Returns a picture as JPEG stores it: RGB becomes YCbCr (JFIF 1.02), with Cb and Cr averaged 2 × 2.
///
/// Where a side is odd, its last pixels count twice. Means are rounded down and up by turns.
///
/// # Errors
/// None: the planes have the sizes that they must have.
pub(super) fn planes(frame: &Frame) -> Result<Planes> {
    let dims = frame.dims();
    if frame.layout() == Layout::Grey {
        return Ok(Planes::grey(Plane::new(dims, frame.samples().to_vec())?));
    }
    let (width, chroma) = (dims.width as usize, Planes::chroma_dims(dims));
    let mut luma = Vec::with_capacity(frame.samples().len() / 3);
    let size = chroma.width as usize * chroma.height as usize;
    let [mut cb, mut cr] = [(); 2].map(|()| Vec::with_capacity(size));
    let mut colors = [(); 4].map(|()| Vec::with_capacity(width));
    for pair in frame.samples().as_chunks::<3>().0.chunks(2 * width) {
        let (top, bottom) = pair.split_at(width);
        colors.iter_mut().for_each(Vec::clear);
        let [top_cb, top_cr, bottom_cb, bottom_cr] = &mut colors;
        convert(top, &mut luma, top_cb, top_cr);
        if bottom.is_empty() {
            halve(top_cb, top_cb, &mut cb);
            halve(top_cr, top_cr, &mut cr);
        } else {
            convert(bottom, &mut luma, bottom_cb, bottom_cr);
            halve(top_cb, bottom_cb, &mut cb);
            halve(top_cr, bottom_cr, &mut cr);
        }
    }
    Planes::ycc(Plane::new(dims, luma)?, Plane::new(chroma, cb)?, Plane::new(chroma, cr)?)
}

/// Appends the components of pixels.
fn convert(pixels: &[[u8; 3]], y: &mut Vec<u8>, cb: &mut Vec<u8>, cr: &mut Vec<u8>) {
    // The weights of JFIF 1.02 times 2^16.
    let sum = |[red, green, blue]: [u8; 3], [a, b, c]: [i32; 3], start: i32| {
        ((a * i32::from(red) + b * i32::from(green) + c * i32::from(blue) + start) >> BITS) as u8
    };
    y.extend(pixels.iter().map(|&pixel| sum(pixel, [19595, 38470, 7471], HALF)));
    cb.extend(pixels.iter().map(|&pixel| sum(pixel, [-11059, -21709, 32768], CENTER)));
    cr.extend(pixels.iter().map(|&pixel| sum(pixel, [32768, -27439, -5329], CENTER)));
}

/// Appends the means of 2 × 2 samples of two rows.
fn halve(top: &[u8], bottom: &[u8], out: &mut Vec<u8>) {
    let mean =
        |samples: [u8; 4], bias: u16| ((samples.into_iter().map(u16::from).sum::<u16>() + bias) >> 2) as u8;
    let ((tops, left), (bottoms, below)) = (top.as_chunks::<2>(), bottom.as_chunks::<2>());
    let squares = tops.iter().zip(bottoms).map(|(&[a, b], &[c, d])| [a, b, c, d]);
    let last = left.iter().zip(below).map(|(&a, &c)| [a, a, c, c]);
    out.extend(squares.chain(last).zip([1, 2].into_iter().cycle()).map(|(square, bias)| mean(square, bias)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Dims;

    fn components(pixel: [u8; 3]) -> [u8; 3] {
        let planes = planes(&Frame::new(Dims::new(1, 1), Layout::Rgb, pixel.to_vec()).unwrap()).unwrap();
        let [cb, cr] = planes.chroma().unwrap();
        [planes.luma(), cb, cr].map(|plane| plane.samples()[0])
    }

    #[test]
    fn every_color_is_within_one_of_the_definition() {
        for red in (0..=255).step_by(5) {
            for green in (0..=255).step_by(3) {
                for blue in (0..=255).step_by(5) {
                    let [r, g, b] = [red, green, blue].map(f64::from);
                    let exact = [
                        0.299 * r + 0.587 * g + 0.114 * b,
                        -0.168_736 * r - 0.331_264 * g + 0.5 * b + 128.0,
                        0.5 * r - 0.418_688 * g - 0.081_312 * b + 128.0,
                    ];
                    for (found, exact) in components([red, green, blue]).into_iter().zip(exact) {
                        assert!((f64::from(found) - exact).abs() < 0.6, "{red} {green} {blue}: {found}");
                    }
                }
            }
        }
        assert_eq!(components([0, 0, 255]), [29, 255, 107]);
    }

    #[test]
    fn colour_is_the_mean_of_the_pixels_that_are_there() {
        // 3×3 in blue alone: Cb = 128 + blue / 2.
        let blues = [0, 20, 100, 40, 60, 200, 8, 16, 30];
        let samples = blues.iter().flat_map(|&blue| [0, 0, blue]).collect();
        let planes = planes(&Frame::new(Dims::new(3, 3), Layout::Rgb, samples).unwrap()).unwrap();
        assert_eq!(planes.chroma().unwrap()[0].samples(), [143, 203, 134, 143]);
        assert_eq!(planes.luma().samples().len(), 9);
    }
}
