//! Writing the scans of sequential photos (T.81 §F.1.2).

use super::definition::{Class, Definition, find};
use super::picture::Picture;
use crate::error::{Error, Kind, Result};
use crate::jpeg::decode::Block;
use crate::jpeg::encode::{Coder, Frequencies, Sink, Writer, code, nonzero};
use crate::jpeg::scans::Scan;

/// What blocks become that hold no sample.
const FLAT: Block = [0; 64];

/// Codes a scan; returns its tables and data.
///
/// The photo's own tables serve, but where one lacks the code of a symbol: then the best one for this scan
/// takes its place.
///
/// # Errors
/// [`Kind::Corrupt`] when a DC difference has more than 15 bits; [`Kind::Bug`] when tables are not where
/// they should be.
pub(super) fn write(bytes: &[u8], picture: &Picture<'_>, scan: &Scan) -> Result<(Vec<Definition>, Vec<u8>)> {
    let members: Vec<_> = scan.members.iter().map(|member| member.component).collect();
    let mut tables = Tables::load(bytes, scan)?;
    if let Some(data) = tables.code(picture, &members) {
        return Ok((tables.all, data));
    }
    let mut frequencies = vec![Frequencies::default(); members.len()];
    blocks(picture, &members, |member, block, difference| {
        put(picture, block, difference, &mut frequencies[member]);
    });
    tables.fit(&frequencies)?;
    let data = tables.code(picture, &members);
    let data =
        data.ok_or_else(|| Error::new(Kind::Bug, "a table that was made for a scan does not fit it"))?;
    Ok((tables.all, data))
}

/// Goes through all blocks with their members and DC differences.
fn blocks(picture: &Picture<'_>, members: &[usize], mut visit: impl FnMut(usize, &Block, i16)) {
    let mut last = [0_i16; 4];
    picture.each(members, |member, block| match block {
        Some(block) => {
            let difference = block[0].wrapping_sub(last[member]);
            last[member] = block[0];
            visit(member, block, difference);
        }
        None => visit(member, &FLAT, 0),
    });
}

fn put(picture: &Picture<'_>, block: &Block, difference: i16, sink: &mut impl Sink) {
    code(block, &picture.order, nonzero(block, &picture.order), difference.into(), sink);
}

/// The tables of a scan, each once, and which of them each member uses: DC and AC.
struct Tables {
    all: Vec<Definition>,
    uses: Vec<(usize, usize)>,
}

impl Tables {
    /// Reads the photo's tables.
    fn load(bytes: &[u8], scan: &Scan) -> Result<Self> {
        let (mut all, mut uses) = (Vec::new(), Vec::new());
        for member in &scan.members {
            let dc = find(&mut all, Definition::load(bytes, Class::Dc, member.dc)?)?;
            uses.push((dc, find(&mut all, Definition::load(bytes, Class::Ac, member.ac)?)?));
        }
        Ok(Self { all, uses })
    }

    /// Codes a scan; `None` when a symbol has no code.
    fn code(&self, picture: &Picture<'_>, members: &[usize]) -> Option<Vec<u8>> {
        let mut writer = Writer::new(Vec::new());
        let mut is_covered = true;
        blocks(picture, members, |member, block, difference| {
            let (dc, ac) = self.uses[member];
            let (dc, ac) = (&self.all[dc].codes, &self.all[ac].codes);
            let coder = Coder { writer: &mut writer, dc, ac };
            put(picture, block, difference, &mut Checked { coder, is_covered: &mut is_covered });
        });
        is_covered.then(|| writer.finish())
    }

    /// Replaces tables that lack symbols which occur, told by member.
    fn fit(&mut self, frequencies: &[Frequencies]) -> Result<()> {
        let mut sums = vec![[0_u64; 256]; self.all.len()];
        let mut add = |table: usize, counts: &[u64; 256]| {
            sums[table].iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        };
        for (frequencies, &(dc, ac)) in frequencies.iter().zip(&self.uses) {
            // Only data that wrap around have differences of 16 bits.
            if frequencies.dc[16..].iter().any(|&count| count > 0) {
                return Err(Error::new(Kind::Corrupt, "a DC difference has more than 15 bits"));
            }
            add(dc, &frequencies.dc);
            add(ac, &frequencies.ac);
        }
        for (table, sum) in self.all.iter_mut().zip(&sums) {
            *table = table.fitting(sum)?;
        }
        Ok(())
    }
}

/// Writes symbols that have a code, and notes where one has none.
struct Checked<'a> {
    coder: Coder<'a>,
    is_covered: &'a mut bool,
}

impl Sink for Checked<'_> {
    #[inline(always)]
    fn dc(&mut self, size: u8, bits: u32) {
        *self.is_covered &= self.coder.dc.get(size).1 > 0;
        self.coder.dc(size, bits);
    }

    #[inline(always)]
    fn ac(&mut self, symbol: u8, bits: u32) {
        *self.is_covered &= self.coder.ac.get(symbol).1 > 0;
        self.coder.ac(symbol, bits);
    }
}
