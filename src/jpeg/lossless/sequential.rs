//! Writing the scans of sequential photos (T.81 §F.1.2).

use super::definition::{Class, Definition, find};
use super::picture::Picture;
use crate::error::{Error, Kind, Result};
use crate::jpeg::decode::Block;
use crate::jpeg::encode::{Coder, Frequencies, Sink, Writer, code_in_order, nonzero_in_order};
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
    let mut frequencies = vec![Frequencies::default(); members.len()];
    blocks(picture, &members, |member, block, difference| {
        put(picture, block, difference, &mut frequencies[member]);
    });
    let Tables { all, uses } = Tables::fitting(bytes, scan, &frequencies)?;
    let mut writer = Writer::new(Vec::new());
    blocks(picture, &members, |member, block, difference| {
        let (dc, ac) = uses[member];
        let mut coder = Coder { writer: &mut writer, dc: &all[dc].codes, ac: &all[ac].codes };
        put(picture, block, difference, &mut coder);
    });
    Ok((all, writer.finish()))
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
    code_in_order(block, &picture.order, nonzero_in_order(block, &picture.order), difference.into(), sink);
}

/// The tables of a scan, each once, and which of them each member uses: DC and AC.
struct Tables {
    all: Vec<Definition>,
    uses: Vec<(usize, usize)>,
}

impl Tables {
    /// Returns tables that have codes for all that occurs, told by member.
    fn fitting(bytes: &[u8], scan: &Scan, frequencies: &[Frequencies]) -> Result<Self> {
        let (mut all, mut uses) = (Vec::new(), Vec::new());
        for member in &scan.members {
            let dc = find(&mut all, Definition::load(bytes, Class::Dc, member.dc)?)?;
            uses.push((dc, find(&mut all, Definition::load(bytes, Class::Ac, member.ac)?)?));
        }
        let mut sums = vec![[0_u64; 256]; all.len()];
        let mut add = |table: usize, counts: &[u64; 256]| {
            sums[table].iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        };
        for (frequencies, &(dc, ac)) in frequencies.iter().zip(&uses) {
            // Only data that wrap around have differences of 16 bits.
            if frequencies.dc[16..].iter().any(|&count| count > 0) {
                return Err(Error::new(Kind::Corrupt, "a DC difference has more than 15 bits"));
            }
            add(dc, &frequencies.dc);
            add(ac, &frequencies.ac);
        }
        let fitting = all.iter().zip(&sums).map(|(table, sum)| table.fitting(sum));
        Ok(Self { all: fitting.collect::<Result<_>>()?, uses })
    }
}
