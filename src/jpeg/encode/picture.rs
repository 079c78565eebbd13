//! The blocks of a picture in the order of the file.

use super::block::{Sink, code_one, nonzero_of_each};
use super::dct::{self, Coefficients, Eight, Strip, Work};
use super::lane::Lane;
use super::pen::{Pair, Pen};
use super::quantiser::Quantiser;
use super::{Frequencies, Writer};
use crate::frame::Planes;
use crate::jpeg::standard;

/// A picture and how it is quantised; components with tables of their own are luma and chroma.
pub(super) struct Picture<'a> {
    lanes: Vec<Lane<'a>>,
    quantisers: Vec<Quantiser>,
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
    pub(super) fn quantisation(&self) -> impl Iterator<Item = &[u8; 64]> {
        self.quantisers.iter().map(Quantiser::table)
    }

    /// Returns how often each symbol occurs, by table.
    pub(super) fn count(&self) -> Vec<Frequencies> {
        let mut all = vec![Frequencies::default(); self.quantisers.len()];
        self.walk(|block| block.code(&mut all[block.table]));
        all
    }

    /// Writes all blocks; there is a pair of codes for each table.
    pub(super) fn write(&self, writer: &mut Writer, codes: &[Pair]) {
        let (bytes, tail) = writer.parts();
        self.walk(|block| {
            let mut pen = Pen::new(bytes, *tail, &codes[block.table]);
            block.code(&mut pen);
            *tail = pen.tail;
        });
    }

    /// Goes through all blocks.
    #[inline(always)]
    fn walk(&self, each: impl FnMut(&One<'_>)) {
        match &self.lanes[..] {
            [luma] => self.walk_grey(luma, each),
            [luma, cb, cr] => self.walk_color([luma, cb, cr], each),
            _ => {}
        }
    }

    /// Goes through the blocks of a grey picture, eight at a time.
    #[inline(always)]
    fn walk_grey(&self, luma: &Lane<'_>, mut each: impl FnMut(&One<'_>)) {
        let (across, down) = luma.blocks();
        let (mut eight, mut last) = (Eights::new(), 0);
        for y in 0..down {
            for x in (0..across).step_by(8) {
                luma.copy::<64>((x, y), &mut eight.strip, 0);
                eight.transform(&self.quantisers[0]);
                for number in 0..(across - x).min(8) {
                    each(&eight.one(0, number, &mut last));
                }
            }
        }
    }

    /// Goes through the blocks of a picture of 4:2:0, four MCUs at a time: two rows of eight blocks of
    /// luma, and four blocks each of Cb and Cr.
    ///
    /// Blocks of luma without a sample, which fill the last MCUs up, are flat and as the one before, as
    /// libjpeg makes them.
    #[inline(always)]
    fn walk_color(&self, [luma, cb, cr]: [&Lane<'_>; 3], mut each: impl FnMut(&One<'_>)) {
        let (across, down) = luma.blocks();
        let (mut top, mut bottom, mut chroma) = (Eights::new(), Eights::new(), Eights::new());
        let mut last = [0; 3];
        let flat = Eights::new();
        for y in 0..down.div_ceil(2) {
            for x in (0..across.div_ceil(2)).step_by(4) {
                luma.copy::<64>((2 * x, 2 * y), &mut top.strip, 0);
                luma.copy::<64>((2 * x, 2 * y + 1), &mut bottom.strip, 0);
                cb.copy::<32>((x, y), &mut chroma.strip, 0);
                cr.copy::<32>((x, y), &mut chroma.strip, 32);
                top.transform(&self.quantisers[0]);
                bottom.transform(&self.quantisers[0]);
                chroma.transform(&self.quantisers[1]);
                for mcu in 0..(across.div_ceil(2) - x).min(4) {
                    for (right, below) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                        let is_there = 2 * (x + mcu) + right < across && 2 * y + below < down;
                        let eights = if below == 0 { &top } else { &bottom };
                        if is_there {
                            each(&eights.one(0, 2 * mcu + right, &mut last[0]));
                        } else {
                            each(&flat.one(0, 0, &mut 0));
                        }
                    }
                    each(&chroma.one(1, mcu, &mut last[1]));
                    each(&chroma.one(1, 4 + mcu, &mut last[2]));
                }
            }
        }
    }
}

/// Eight blocks on their way from samples to quantised coefficients.
struct Eights {
    strip: Strip,
    work: Work,
    coefficients: Coefficients,
    /// In the order of the file.
    quantised: [Eight; 64],
    nonzero: [u64; 8],
}

impl Eights {
    const fn new() -> Self {
        let (coefficients, quantised) = ([[[0; 8]; 8]; 8], [[0; 8]; 64]);
        Self { strip: [[0; 64]; 8], work: Work::new(), coefficients, quantised, nonzero: [0; 8] }
    }

    /// Makes coefficients of the strip.
    #[inline(always)]
    fn transform(&mut self, quantiser: &Quantiser) {
        dct::forward(&self.strip, &mut self.work, &mut self.coefficients);
        quantiser.divide(&self.coefficients, &mut self.quantised);
        self.nonzero = nonzero_of_each(&self.quantised);
    }

    /// Returns one of the blocks; `last` is the mean of the one before of the same component.
    #[inline(always)]
    fn one(&self, table: usize, number: usize, last: &mut i16) -> One<'_> {
        let mean = self.quantised[0][number % 8];
        let difference = i32::from(mean) - i32::from(std::mem::replace(last, mean));
        One { table, eights: self, number, difference }
    }
}

/// A block.
struct One<'a> {
    /// Which tables are its.
    table: usize,
    eights: &'a Eights,
    number: usize,
    /// Of its mean to the one before.
    difference: i32,
}

impl One<'_> {
    #[inline(always)]
    fn code(&self, sink: &mut impl Sink) {
        let nonzero = self.eights.nonzero[self.number % 8];
        code_one(&self.eights.quantised, self.number, nonzero, self.difference, sink);
    }
}
