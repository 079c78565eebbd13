//! From MCU to MCU of a scan.

use super::Break;
use super::bits::Bits;
use super::layout::{Layout, Part};

/// How the blocks of a scan are coded.
pub(super) trait Coding {
    /// Begins a restart interval.
    fn restart(&mut self);

    /// Reads the block in this column and row of the component that is `member` of the scan.
    fn block(&mut self, bits: &mut Bits<'_>, member: usize, x: usize, y: usize) -> Result<(), Break>;
}

/// Reads a whole scan over the components with these indices.
///
/// Returns how many whole bytes are left over behind the last MCU.
///
/// # Errors
/// How the data break, and the byte at or soon after which they do.
pub(super) fn read(
    mut bits: Bits<'_>,
    layout: &Layout,
    members: &[usize],
    restart_interval: u16,
    coding: &mut impl Coding,
) -> Result<usize, (usize, Break)> {
    let result = match *members {
        [alone] => {
            let part = layout.parts[alone];
            mcus(&mut bits, part.alone, &[Part { h: 1, v: 1, ..part }], restart_interval, coding)
        }
        _ => {
            let parts: Vec<Part> = members.iter().map(|&member| layout.parts[member]).collect();
            mcus(&mut bits, layout.mcus, &parts, restart_interval, coding)
        }
    };
    result.map(|()| bits.left()).map_err(|why| (bits.at, bits.why(why)))
}

fn mcus(
    bits: &mut Bits<'_>,
    (across, down): (usize, usize),
    parts: &[Part],
    restart_interval: u16,
    coding: &mut impl Coding,
) -> Result<(), Break> {
    let mut until_restart = restart_interval;
    let mut restarts = 0;
    for row in 0..down {
        for column in 0..across {
            if restart_interval > 0 {
                if until_restart == 0 {
                    bits.restart(restarts)?;
                    coding.restart();
                    (restarts, until_restart) = (restarts + 1, restart_interval);
                }
                until_restart -= 1;
            }
            for (member, part) in parts.iter().enumerate() {
                for y in row * part.v..(row + 1) * part.v {
                    for x in column * part.h..(column + 1) * part.h {
                        coding.block(bits, member, x, y)?;
                    }
                }
            }
        }
    }
    bits.check()
}
