//! Subsampled components at full size, as libjpeg does it by default (`jdsample.c`).
//!
//! Halved components are interpolated with weights of 3/4 and 1/4 ("fancy"), others repeated. What
//! lies beyond the edge is the last sample of the picture, not the padding of its block.

#![allow(clippy::cast_possible_truncation, reason = "weights sum up to one, so results fit a sample")]

use crate::jpeg::{Plane, Scale};

/// How a component becomes as large as the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spread {
    /// It is already.
    Same,
    /// Interpolated across.
    Across,
    /// Interpolated down.
    Down,
    /// Interpolated across and down.
    Both,
    /// Repeated.
    Repeat,
}

/// Gives rows of one component, as wide as the frame.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    plane: &'a Plane,
    spread: Spread,
    /// Pixels of the photo to one of the frame, across and down.
    divisor: usize,
    row: Vec<u8>,
    sums: Vec<u16>,
}

impl<'a> Rows<'a> {
    /// Takes a component's plane for a frame of a scale; samples are interpolated but at 1/8, as libjpeg does.
    pub(super) fn new(plane: &'a Plane, width: usize, scale: Scale) -> Self {
        let is_smooth = scale != Scale::Eighth;
        let divisor = scale.divisor() as usize;
        let times = |(above, below): (usize, usize)| {
            above.is_multiple_of(below * divisor).then_some(above / (below * divisor))
        };
        let spread = match (times(plane.across), times(plane.down)) {
            (Some(1), Some(1)) => Spread::Same,
            (Some(2), Some(1)) if is_smooth && plane.width > 2 => Spread::Across,
            (Some(1), Some(2)) if is_smooth => Spread::Down,
            (Some(2), Some(2)) if is_smooth && plane.width > 2 => Spread::Both,
            _ => Spread::Repeat,
        };
        // Twice the plane's width may be one more than the frame's.
        let memory = if spread == Spread::Same { 0 } else { width.max(2 * plane.width) };
        Self { plane, spread, divisor, row: vec![0; memory], sums: vec![0; memory] }
    }

    /// Returns row `y` of the frame, at least as wide as it.
    pub(super) fn row(&mut self, y: usize) -> &[u8] {
        let plane = self.plane;
        match self.spread {
            Spread::Same => return line(plane, y),
            Spread::Across => across(line(plane, y), &mut self.row),
            Spread::Down => {
                let (near, far) = neighbours(plane, y);
                let bias = if y.is_multiple_of(2) { 1 } else { 2 };
                for ((out, &near), &far) in self.row.iter_mut().zip(near).zip(far) {
                    *out = ((u16::from(near) * 3 + u16::from(far) + bias) >> 2) as u8;
                }
            }
            Spread::Both => {
                let (near, far) = neighbours(plane, y);
                let sums = &mut self.sums[..near.len()];
                for ((sum, &near), &far) in sums.iter_mut().zip(near).zip(far) {
                    *sum = u16::from(near) * 3 + u16::from(far);
                }
                both(sums, &mut self.row);
            }
            Spread::Repeat => {
                let line = line(plane, y * self.divisor * plane.down.1 / plane.down.0);
                let (above, below) = plane.across;
                for (x, out) in self.row.iter_mut().enumerate() {
                    *out = line[(x * self.divisor * below / above).min(line.len() - 1)];
                }
            }
        }
        &self.row
    }
}

/// Returns a row of the plane, the last one beyond it.
fn line(plane: &Plane, y: usize) -> &[u8] {
    let first = y.min(plane.height - 1) * plane.stride;
    &plane.samples[first..first + plane.width]
}

/// Returns the plane's row that a frame's row lies in and the other one that is nearest to it.
fn neighbours(plane: &Plane, y: usize) -> (&[u8], &[u8]) {
    let near = y / 2;
    let far = if y.is_multiple_of(2) { near.saturating_sub(1) } else { near + 1 };
    (line(plane, near), line(plane, far))
}

/// Interpolates across; `line` has more than two samples.
fn across(line: &[u8], out: &mut [u8]) {
    let (pairs, _) = out[..2 * line.len()].as_chunks_mut::<2>();
    let last = line.len() - 1;
    let neighbours = line.iter().zip(&line[1..]).zip(&line[2..]);
    for (((&before, &here), &after), pair) in neighbours.zip(&mut pairs[1..last]) {
        let [before, here, after] = [before, here, after].map(u16::from);
        *pair = [((here * 3 + before + 1) >> 2) as u8, ((here * 3 + after + 2) >> 2) as u8];
    }
    let mix = |near: u8, far: u8, bias: u16| ((u16::from(near) * 3 + u16::from(far) + bias) >> 2) as u8;
    pairs[0] = [line[0], mix(line[0], line[1], 2)];
    pairs[last] = [mix(line[last], line[last - 1], 1), line[last]];
}

/// Interpolates across what was interpolated down; there are more than two sums, 4 times a sample.
fn both(sums: &[u16], out: &mut [u8]) {
    let (pairs, _) = out[..2 * sums.len()].as_chunks_mut::<2>();
    let last = sums.len() - 1;
    let neighbours = sums.iter().zip(&sums[1..]).zip(&sums[2..]);
    for (((&before, &here), &after), pair) in neighbours.zip(&mut pairs[1..last]) {
        *pair = [((here * 3 + before + 8) >> 4) as u8, ((here * 3 + after + 7) >> 4) as u8];
    }
    let mix = |near: u16, far: u16, bias: u16| ((near * 3 + far + bias) >> 4) as u8;
    pairs[0] = [mix(sums[0], sums[0], 8), mix(sums[0], sums[1], 7)];
    pairs[last] = [mix(sums[last], sums[last - 1], 8), mix(sums[last], sums[last], 7)];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(rows: &[&[u8]], across: usize, down: usize) -> Plane {
        Plane {
            width: rows[0].len(),
            height: rows.len(),
            stride: rows[0].len(),
            across: (across, 1),
            down: (down, 1),
            samples: rows.concat(),
            ..Plane::default()
        }
    }

    #[test]
    fn halved_components_are_interpolated() {
        let small = plane(&[&[0, 100, 200]], 2, 1);
        assert_eq!(Rows::new(&small, 6, Scale::Full).row(0), [0, 25, 75, 125, 175, 200]);
        let eighth = plane(&[&[0, 100, 200]], 16, 8);
        assert_eq!(Rows::new(&eighth, 5, Scale::Eighth).row(0)[..5], [0, 0, 100, 100, 200]);
        let low = plane(&[&[0, 8], &[100, 80]], 1, 2);
        let mut rows = Rows::new(&low, 2, Scale::Full);
        let all: Vec<_> = (0..4).map(|y| rows.row(y)[..2].to_vec()).collect();
        assert_eq!(all, [[0, 8], [25, 26], [75, 62], [100, 80]]);
        let both = plane(&[&[0, 40, 80], &[80, 120, 160]], 2, 2);
        assert_eq!(Rows::new(&both, 6, Scale::Full).row(1), [20, 30, 50, 70, 90, 100]);
    }

    #[test]
    fn two_samples_or_other_ratios_are_repeated() {
        let two = plane(&[&[1, 9]], 2, 2);
        assert_eq!(Rows::new(&two, 3, Scale::Full).row(1)[..3], [1, 1, 9]);
        let four = plane(&[&[1, 5, 9]], 4, 1);
        assert_eq!(Rows::new(&four, 9, Scale::Full).row(0)[..9], [1, 1, 1, 1, 5, 5, 5, 5, 9]);
        let odd = Plane { across: (3, 2), ..plane(&[&[1, 2, 3, 4]], 1, 1) };
        assert_eq!(Rows::new(&odd, 6, Scale::Full).row(0)[..6], [1, 1, 2, 3, 3, 4]);
    }
}
