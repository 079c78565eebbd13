//! Turning a picture by its coefficients.
//!
//! A basis function of the cosine transform is even about the middle of the block where its frequency
//! is even, and odd where that is odd. So mirroring changes the sign of the odd ones, and exchanging rows
//! and columns exchanges the frequencies.

use super::grid::reversed;
use crate::jpeg::standard::ZIGZAG;
use crate::photo::Orientation;

/// Returns where in a stored block the coefficients are that follow each other in the turned one.
pub(super) fn order(orientation: Orientation) -> [u8; 64] {
    match orientation.is_transposing() {
        false => ZIGZAG,
        true => ZIGZAG.map(|place| place % 8 * 8 + place / 8),
    }
}

/// Changes the signs of a stored block to those that the turned one has.
pub(super) fn sign(block: &mut [i16; 64], orientation: Orientation) {
    let (x, y) = reversed(orientation);
    for (row, coefficients) in block.chunks_exact_mut(8).enumerate() {
        let is_odd_row = y && row % 2 == 1;
        for (column, coefficient) in coefficients.iter_mut().enumerate() {
            if is_odd_row != (x && column % 2 == 1) {
                *coefficient = coefficient.wrapping_neg();
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)]
mod tests {

    use super::*;
    use crate::units::Dims;
    use std::f64::consts::PI;

    /// The samples of a block, by the definition (T.81 §A.3.3).
    fn samples(block: &[i16; 64]) -> Vec<f64> {
        let cosine = |at: u32, frequency: usize| {
            let weight = if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
            weight * (f64::from(2 * at + 1) * frequency as f64 * PI / 16.0).cos() / 2.0
        };
        let sum = |x: u32, y: u32| -> f64 {
            (0..64).map(|k| f64::from(block[k]) * cosine(x, k % 8) * cosine(y, k / 8)).sum()
        };
        (0..64).map(|at| sum(at % 8, at / 8)).collect()
    }

    #[test]
    fn turned_coefficients_are_those_of_turned_samples() {
        let mut state = 1_u32;
        let stored: [i16; 64] = std::array::from_fn(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as i16 - 128
        });
        let before = samples(&stored);
        for orientation in Orientation::ALL {
            let (mut signed, order) = (stored, order(orientation));
            sign(&mut signed, orientation);
            let mut turned = [0; 64];
            for (&to, from) in ZIGZAG.iter().zip(order) {
                turned[usize::from(to)] = signed[usize::from(from)];
            }
            for (at, sample) in samples(&turned).into_iter().enumerate() {
                let (x, y) = orientation.stored_position(at as u32 % 8, at as u32 / 8, Dims::new(8, 8));
                assert!((sample - before[(y * 8 + x) as usize]).abs() < 1e-9, "{orientation:?} at {at}");
            }
        }
    }
}
