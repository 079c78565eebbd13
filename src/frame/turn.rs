//! Standing a picture upright.

use super::{Frame, Layout};
use crate::photo::Orientation;
use crate::units::Dims;

/// Pixels along one side of the tiles that [`turn`] copies: 32 rows of 32 RGB pixels are 3 kB on
/// either side, which stays in the first-level cache whichever way the rows run.
const TILE: usize = 32;

/// Returns the picture turned upright, as `orientation` says its pixels were stored.
///
/// Width and height change places where the orientation transposes. [`Orientation::Upright`] gives
/// the frame back untouched. Pixels are copied tile by tile, once each, into new memory.
#[must_use]
pub fn turn(frame: Frame, orientation: Orientation) -> Frame {
    if orientation == Orientation::Upright {
        return frame;
    }
    let route = Route::new(frame.dims, orientation);
    let mut samples = vec![0; frame.samples.len()];
    match frame.layout {
        Layout::Grey => route.copy::<1>(&frame.samples, &mut samples),
        Layout::Rgb => route.copy::<3>(&frame.samples, &mut samples),
    }
    Frame { dims: orientation.turn(frame.dims), layout: frame.layout, samples }
}

/// Where the upright pixel (x, y) is stored: pixel `first + x × right + y × down`.
struct Route {
    upright: Dims,
    first: isize,
    right: isize,
    down: isize,
}

impl Route {
    fn new(stored: Dims, orientation: Orientation) -> Self {
        let upright = orientation.turn(stored);
        // A frame's pixels are in memory, so their count fits into an isize.
        let index = |x, y| {
            let (x, y) = orientation.stored_position(x, y, stored);
            (y as usize * stored.width as usize + x as usize) as isize
        };
        let first = index(0, 0);
        Self {
            upright,
            first,
            right: if upright.width > 1 { index(1, 0) - first } else { 0 },
            down: if upright.height > 1 { index(0, 1) - first } else { 0 },
        }
    }

    /// Copies pixels of `C` samples; `to` has exactly the upright pixels.
    fn copy<const C: usize>(&self, from: &[u8], to: &mut [u8]) {
        let (from, _) = from.as_chunks::<C>();
        let (to, _) = to.as_chunks_mut::<C>();
        let width = self.upright.width as usize;
        for (band, rows) in to.chunks_mut(width * TILE).enumerate() {
            for left in (0..width).step_by(TILE) {
                let right = width.min(left + TILE);
                for (row, pixels) in rows.chunks_mut(width).enumerate() {
                    let y = (band * TILE + row) as isize;
                    let mut at = self.first + y * self.down + left as isize * self.right;
                    for pixel in &mut pixels[left..right] {
                        *pixel = from[at as usize];
                        at += self.right;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)]
mod tests {
    use super::*;

    /// A frame whose every pixel says where it is stored.
    fn numbered(dims: Dims, layout: Layout) -> Frame {
        let count = dims.area() as usize * layout.channels();
        let samples = (0..count).map(|at| (at * 7 % 251) as u8).collect();
        Frame::new(dims, layout, samples).unwrap()
    }

    #[test]
    fn every_orientation_puts_each_pixel_where_exif_says() {
        for (width, height) in [(5, 3), (1, 1), (1, 4), (6, 1), (71, 35)] {
            for layout in [Layout::Grey, Layout::Rgb] {
                let stored = Dims::new(width, height);
                for orientation in Orientation::ALL {
                    let frame = numbered(stored, layout);
                    let turned = turn(frame.clone(), orientation);
                    assert_eq!(turned.dims(), orientation.turn(stored));
                    let channels = layout.channels();
                    for (at, pixel) in turned.samples().chunks(channels).enumerate() {
                        let x = at as u32 % turned.dims().width;
                        let y = at as u32 / turned.dims().width;
                        let (x, y) = orientation.stored_position(x, y, stored);
                        let from = (y * stored.width + x) as usize * channels;
                        assert_eq!(
                            pixel,
                            &frame.samples()[from..from + channels],
                            "{orientation:?} {stored}"
                        );
                    }
                }
            }
        }
    }
}
