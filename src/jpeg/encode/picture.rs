//! The blocks of a picture in the order of the file.

use super::lane::Lane;
use super::quantiser::Quantiser;
use super::{Block, Coder, Codes, Frequencies, Writer, code, dct, nonzero};
use crate::frame::Planes;
use crate::jpeg::standard;

/// The blocks of an MCU: component, place across, place down. Of a grey picture it is the first alone.
const MCU: [(usize, usize, usize); 6] = [(0, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 1), (1, 0, 0), (2, 0, 0)];

/// A picture and how it is quantised; components with tables of their own are luma and chroma.
pub(super) struct Picture<'a> {
    lanes: Vec<Lane<'a>>,
    quantisers: Vec<Quantiser>,
}

/// The codes of one component or two: of DC and of AC symbols.
pub(super) struct Pair {
    pub(super) dc: Codes,
    pub(super) ac: Codes,
}

impl<'a> Picture<'a> {
    pub(super) fn new(planes: &'a Planes, quality: u8) -> Self {
        let mut lanes = vec![Lane::new(planes.luma())];
        let mut quantisers = vec![Quantiser::new(&standard::QUANTISATION_LUMA, quality)];
        if let Some(chroma) = planes.chroma() {
            lanes.extend(chroma.iter().map(Lane::new));
            quantisers.push(Quantiser::new(&standard::QUANTISATION_CHROMA, quality));
        }
        Self { lanes, quantisers }
    }

    /// Returns the factors of each table in the order of the file: of luma, and of chroma if it has any.
    pub(super) fn quantisation(&self) -> impl Iterator<Item = [u8; 64]> {
        self.quantisers.iter().map(Quantiser::table)
    }

    /// Returns how often each symbol occurs, by table.
    pub(super) fn count(&self) -> Vec<Frequencies> {
        let mut all = vec![Frequencies::default(); self.quantisers.len()];
        self.walk(|table, block, difference| code(block, nonzero(block), difference, &mut all[table]));
        all
    }

    /// Writes all blocks; there is a pair of codes for each table.
    pub(super) fn write(&self, writer: &mut Writer, codes: &[Pair]) {
        self.walk(|table, block, difference| {
            let Pair { dc, ac } = &codes[table];
            code(block, nonzero(block), difference, &mut Coder { writer, dc, ac });
        });
    }

    /// Goes through all blocks: which table is theirs, coefficients, and the difference of their means.
    ///
    /// Blocks without a sample, which fill the last MCUs up, are flat and as the one before, as
    /// libjpeg makes them.
    #[inline(always)]
    fn walk(&self, mut each: impl FnMut(usize, &Block, i32)) {
        let [luma, ..] = &self.lanes[..] else { return };
        let (across, down) = luma.blocks();
        let (mcu, side) = if self.lanes.len() == 1 { (&MCU[..1], 1) } else { (&MCU[..], 2) };
        let (mut spare, mut coefficients, mut block) = ([0; 64], [0; 64], [0; 64]);
        let mut last = [0; 3];
        for y in 0..down.div_ceil(side) {
            for x in 0..across.div_ceil(side) {
                for &(component, right, below) in mcu {
                    let (table, side) = if component == 0 { (0, side) } else { (1, 1) };
                    match self.lanes[component].block(x * side + right, y * side + below, &mut spare) {
                        Some(samples) => {
                            dct::forward(&samples, &mut coefficients);
                            self.quantisers[table].divide(&coefficients, &mut block);
                        }
                        None => {
                            block = [0; 64];
                            block[0] = last[component];
                        }
                    }
                    each(table, &block, i32::from(block[0]) - i32::from(last[component]));
                    last[component] = block[0];
                }
            }
        }
    }
}
