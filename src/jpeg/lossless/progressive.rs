//! Writing the scans of progressive photos (T.81 §G.1.2).

use super::definition::{Class, Definition, find, number};
use super::picture::Picture;
use crate::error::{Error, Kind, Result};
use crate::jpeg::decode::Block;
use crate::jpeg::encode::{Codes, Writer, bits, category};
use crate::jpeg::scans::Scan;

/// Sixteen zeros.
const ZEROS: u8 = 0xf0;

/// The most blocks that an end-of-band run covers: more have no code (T.81 table G.1).
const LONGEST_RUN: u32 = 0x7fff;

/// Correction bits that wait for the code before them; a guess, little memory and few runs cut short.
const MOST_CORRECTIONS: usize = 1 << 12;

/// What takes the symbols of a scan.
trait Sink {
    fn symbol(&mut self, symbol: u8);
    fn bits(&mut self, bits: u32, count: u32);
}

/// Counts symbols.
struct Counter<'a>(&'a mut [u64; 256]);

impl Sink for Counter<'_> {
    fn symbol(&mut self, symbol: u8) {
        self.0[usize::from(symbol)] += 1;
    }

    fn bits(&mut self, _: u32, _: u32) {}
}

/// Writes symbols.
struct Coder<'a> {
    writer: &'a mut Writer,
    codes: &'a Codes,
}

impl Sink for Coder<'_> {
    #[inline(always)]
    fn symbol(&mut self, symbol: u8) {
        let (code, length) = self.codes.get(symbol);
        self.writer.put(code, length);
    }

    #[inline(always)]
    fn bits(&mut self, bits: u32, count: u32) {
        self.writer.put(bits, count);
    }
}

/// Codes a scan; returns its tables, which are the best ones for it, and its data.
///
/// # Errors
/// [`Kind::Corrupt`] when a coefficient or a difference has more bits than a code can tell.
pub(super) fn write(bytes: &[u8], picture: &Picture<'_>, scan: &Scan) -> Result<(Vec<Definition>, Vec<u8>)> {
    match (scan.band.0, scan.is_refinement) {
        (0, true) => Ok((Vec::new(), dc_refinement(picture, scan))),
        (0, false) => dc(bytes, picture, scan),
        _ => ac(bytes, picture, scan),
    }
}

fn components(scan: &Scan) -> Vec<usize> {
    scan.members.iter().map(|member| member.component).collect()
}

/// The first DC scan: differences, without the low bits.
fn dc(bytes: &[u8], picture: &Picture<'_>, scan: &Scan) -> Result<(Vec<Definition>, Vec<u8>)> {
    let members = components(scan);
    let mut frequencies = vec![[0; 256]; 4];
    let numbers: Vec<_> = scan.members.iter().map(|member| number(bytes, member.dc)).collect();
    dc_differences(picture, &members, scan.low, |member, difference| {
        put_value(0, difference, &mut Counter(&mut frequencies[usize::from(numbers[member] & 3)]));
    });
    if frequencies.iter().any(|counts| counts[16..].iter().any(|&count| count > 0)) {
        return Err(too_large());
    }
    let (mut tables, mut uses) = (Vec::new(), Vec::new());
    for &number in &numbers {
        let table = Definition::optimal(Class::Dc, number, &frequencies[usize::from(number & 3)])?;
        uses.push(find(&mut tables, Some(table))?);
    }
    let mut writer = Writer::new(Vec::new());
    dc_differences(picture, &members, scan.low, |member, difference| {
        put_value(0, difference, &mut Coder { writer: &mut writer, codes: &tables[uses[member]].codes });
    });
    Ok((tables, writer.finish()))
}

/// Goes through the DC differences of a scan.
fn dc_differences(picture: &Picture<'_>, members: &[usize], low: u32, mut visit: impl FnMut(usize, i16)) {
    let mut last = [0_i16; 4];
    picture.each(members, |member, block| {
        let value = block.map_or(last[member], |block| block[0] >> low);
        visit(member, value.wrapping_sub(last[member]));
        last[member] = value;
    });
}

/// A later DC scan: one bit of each coefficient.
fn dc_refinement(picture: &Picture<'_>, scan: &Scan) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    picture.each(&components(scan), |_, block| {
        writer.put(block.map_or(0, |block| u32::from(block[0] >> scan.low & 1 == 1)), 1);
    });
    writer.finish()
}

/// A scan of AC coefficients, which has one component.
fn ac(bytes: &[u8], picture: &Picture<'_>, scan: &Scan) -> Result<(Vec<Definition>, Vec<u8>)> {
    let mut frequencies = [0; 256];
    let number = scan.members.first().map_or(0, |member| number(bytes, member.ac));
    bands(picture, scan, &mut Counter(&mut frequencies))?;
    let table = Definition::optimal(Class::Ac, number, &frequencies)?;
    let mut writer = Writer::new(Vec::new());
    bands(picture, scan, &mut Coder { writer: &mut writer, codes: &table.codes })?;
    Ok((vec![table], writer.finish()))
}

/// Tells the symbols of all blocks of an AC scan.
fn bands(picture: &Picture<'_>, scan: &Scan, sink: &mut impl Sink) -> Result<()> {
    let mut band = Band {
        order: &picture.order[scan.band.0..=scan.band.1],
        low: scan.low,
        run: 0,
        corrections: Vec::new(),
        sink,
    };
    let mut is_sound = true;
    picture.each(&components(scan), |_, block| {
        let Some(block) = block else { return };
        is_sound &= band.order.iter().all(|&at| block[usize::from(at) % 64] != i16::MIN);
        if !is_sound {
            return;
        }
        if scan.is_refinement { band.refine(block) } else { band.first(block) }
    });
    band.end_run();
    if is_sound { Ok(()) } else { Err(too_large()) }
}

/// Complains of what only data that wrap around have.
fn too_large() -> Error {
    Error::new(Kind::Corrupt, "a coefficient has more than 15 bits")
}

/// Tells a value behind a run of zeros; `run` is at most 15.
#[inline(always)]
fn put_value(run: u32, value: i16, sink: &mut impl Sink) {
    let size = category(value.into());
    #[allow(clippy::cast_possible_truncation, reason = "they are at most 15 and 16")]
    sink.symbol((run << 4 | size) as u8);
    sink.bits(bits(value.into(), size), size);
}

/// The state of an AC scan from block to block.
struct Band<'a, S> {
    /// Where its coefficients are in a block.
    order: &'a [u8],
    low: u32,
    /// Blocks before this one that end without a further code.
    run: u32,
    /// The bits that correct the coefficients of those blocks.
    corrections: Vec<bool>,
    sink: &'a mut S,
}

impl<S: Sink> Band<'_, S> {
    /// Tells a block for the first time (T.81 §G.1.2.2).
    fn first(&mut self, block: &Block) {
        let mut zeros = 0;
        for &at in self.order {
            let value = shifted(block[usize::from(at) % 64], self.low);
            if value == 0 {
                zeros += 1;
                continue;
            }
            self.end_run();
            while zeros > 15 {
                self.sink.symbol(ZEROS);
                zeros -= 16;
            }
            put_value(zeros, value, self.sink);
            zeros = 0;
        }
        if zeros > 0 {
            self.prolong_run(&[]);
        }
    }

    /// Tells one more bit of a block (T.81 §G.1.2.3).
    ///
    /// The bits that correct coefficients known before come behind the code of the next new one.
    fn refine(&mut self, block: &Block) {
        let value = |at: u8| shifted(block[usize::from(at) % 64], self.low);
        let last_new = self.order.iter().rposition(|&at| value(at).abs() == 1);
        let mut corrections = [false; 64];
        let (mut zeros, mut waiting) = (0, 0);
        for (index, &at) in self.order.iter().enumerate() {
            let value = shifted(block[usize::from(at) % 64], self.low);
            if value == 0 {
                zeros += 1;
                continue;
            }
            // Behind the last new coefficient, the end of the band says all.
            while zeros > 15 && last_new.is_some_and(|last| index <= last) {
                self.end_run();
                self.sink.symbol(ZEROS);
                self.correct(&corrections[..waiting]);
                (zeros, waiting) = (zeros - 16, 0);
            }
            if value.abs() > 1 {
                corrections[waiting] = value.abs() & 1 == 1;
                waiting += 1;
                continue;
            }
            self.end_run();
            #[allow(clippy::cast_possible_truncation, reason = "it is at most 15")]
            self.sink.symbol((zeros << 4 | 1) as u8);
            self.sink.bits(u32::from(value > 0), 1);
            self.correct(&corrections[..waiting]);
            (zeros, waiting) = (0, 0);
        }
        if zeros > 0 || waiting > 0 {
            self.prolong_run(&corrections[..waiting]);
        }
    }

    /// Lets a block end without a code of its own.
    fn prolong_run(&mut self, corrections: &[bool]) {
        self.run += 1;
        self.corrections.extend_from_slice(corrections);
        if self.run == LONGEST_RUN || self.corrections.len() > MOST_CORRECTIONS {
            self.end_run();
        }
    }

    /// Tells how many blocks have ended, and their corrections.
    fn end_run(&mut self) {
        if self.run > 0 {
            let size = self.run.ilog2();
            #[allow(clippy::cast_possible_truncation, reason = "it is at most 14")]
            self.sink.symbol((size << 4) as u8);
            self.sink.bits(self.run - (1 << size), size);
            let corrections = std::mem::take(&mut self.corrections);
            self.correct(&corrections);
            self.corrections = corrections;
            self.corrections.clear();
            self.run = 0;
        }
    }

    fn correct(&mut self, corrections: &[bool]) {
        corrections.iter().for_each(|&bit| self.sink.bits(bit.into(), 1));
    }
}

/// Returns a coefficient, which is not the least of all, without its low bits, rounded towards 0
/// (T.81 §G.1.2.1).
#[inline(always)]
const fn shifted(value: i16, low: u32) -> i16 {
    if value < 0 { -(-value >> low) } else { value >> low }
}
