//! The turned excerpt as the scans of the result go through it.

use super::coefficients::Coefficients;
use super::grid::{Excerpt, Part};
use super::turn;
use crate::jpeg::decode::Block;
use crate::jpeg::header::Header;
use crate::units::Dims;

/// The result, as coefficients.
pub(super) struct Picture<'a> {
    coefficients: &'a Coefficients,
    excerpt: &'a Excerpt,
    /// The components, turned.
    parts: Vec<Part>,
    /// MCUs of all components, turned.
    mcus: (usize, usize),
    /// Where in a block the coefficients are that follow each other in the file.
    pub(super) order: [u8; 64],
}

impl<'a> Picture<'a> {
    pub(super) fn new(header: &Header, coefficients: &'a Coefficients, excerpt: &'a Excerpt) -> Self {
        let orientation = excerpt.orientation;
        let parts = (0..header.components.len()).map(|component| {
            let part = Part::new(header, component);
            if orientation.is_transposing() { part.transposed() } else { part }
        });
        let mcus = orientation.turn(excerpt.mcus.dims);
        Self {
            coefficients,
            excerpt,
            parts: parts.collect(),
            mcus: (mcus.width as usize, mcus.height as usize),
            order: turn::order(orientation),
        }
    }

    /// Goes through the blocks of a scan over these components, each with its member's number.
    ///
    /// Blocks that complete an MCU without holding a sample of the result are `None`; scans of one
    /// component have none (T.81 §A.2.2).
    pub(super) fn each(&self, members: &[usize], mut visit: impl FnMut(usize, Option<&Block>)) {
        let dims = self.excerpt.dims();
        if let [alone] = *members {
            let (across, down) = self.parts[alone].real(dims);
            let places = (0..down).flat_map(|y| (0..across).map(move |x| (x, y)));
            return places.for_each(|(x, y)| visit(0, Some(self.block(alone, x, y))));
        }
        let reals: Vec<_> = members.iter().map(|&member| self.parts[member].real(dims)).collect();
        for (row, column) in
            (0..self.mcus.1).flat_map(|row| (0..self.mcus.0).map(move |column| (row, column)))
        {
            for (index, (&member, real)) in members.iter().zip(&reals).enumerate() {
                let Part { across, down, .. } = self.parts[member];
                for y in row * down..(row + 1) * down {
                    for x in column * across..(column + 1) * across {
                        let is_real = x < real.0 && y < real.1;
                        visit(index, is_real.then(|| self.block(member, x, y)));
                    }
                }
            }
        }
    }

    /// Returns a block of the result by its column and row.
    fn block(&self, component: usize, x: usize, y: usize) -> &Block {
        let orientation = self.excerpt.orientation;
        let part = &self.parts[component];
        let side = |blocks: usize| u32::try_from(blocks).unwrap_or(u32::MAX);
        let turned = Dims::new(side(self.mcus.0 * part.across), side(self.mcus.1 * part.down));
        let (x, y) = orientation.stored_position(side(x), side(y), orientation.turn(turned));
        self.coefficients.block(component, x as usize, y as usize)
    }
}
