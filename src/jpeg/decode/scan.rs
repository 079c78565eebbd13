//! From MCU to MCU of a scan.

use super::Break;
use super::bits::Bits;
use super::layout::{Layout, Part};
use std::ops::Range;

/// How the blocks of a scan are coded.
pub(in crate::jpeg) trait Coding {
    /// Begins a restart interval.
    fn restart(&mut self);

    /// Reads the block in this column and row of the component that is `member` of the scan.
    fn block(&mut self, bits: &mut Bits<'_>, member: usize, x: usize, y: usize) -> Result<(), Break>;

    /// Learns that these rows of blocks of a component are read, or as much of them as there is.
    fn end_of_row(&mut self, _member: usize, _rows: Range<usize>) {}
}

/// How much of a scan is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::jpeg) enum Extent {
    /// Every MCU.
    Whole,
    /// The rows of MCUs down to the last one that is wanted.
    Wanted,
    /// So many rows of MCUs at most.
    Rows(usize),
}

/// Reads a scan over the components with these indices.
///
/// Returns how many whole bytes are left over behind the last MCU; 0 where not all of them are read.
///
/// # Errors
/// How the data break, and the byte at or soon after which they do.
pub(in crate::jpeg) fn read(
    mut bits: Bits<'_>,
    layout: &Layout,
    members: &[usize],
    restart_interval: u16,
    extent: Extent,
    coding: &mut impl Coding,
) -> Result<usize, (usize, Break)> {
    let ((across, all), parts) = grid(layout, members);
    let down = match extent {
        Extent::Whole => all,
        Extent::Wanted => wanted(&parts).min(all),
        Extent::Rows(rows) => rows.min(all),
    };
    let result = mcus(&mut bits, (across, down), &parts, restart_interval, coding);
    let left = |bits: &Bits<'_>| if down < all { 0 } else { bits.left() };
    result.map(|()| left(&bits)).map_err(|why| (bits.at, bits.why(why)))
}

/// Returns how many rows of MCUs there are down to the last that is wanted.
fn wanted(parts: &[Part]) -> usize {
    parts.iter().map(|part| part.rows.end.div_ceil(part.v)).max().unwrap_or(0)
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
    // Where bits are taken one after the other, they are held in registers.
    let mut held = *bits;
    for row in 0..down {
        for column in 0..across {
            if restart_interval > 0 {
                if until_restart == 0 {
                    if let Err(why) = held.restart(restarts) {
                        *bits = held;
                        return Err(why);
                    }
                    coding.restart();
                    (restarts, until_restart) = (restarts + 1, restart_interval);
                }
                until_restart -= 1;
            }
            if let Err(why) = mcu(&mut held, (row, column), parts, coding) {
                *bits = held;
                return Err(why);
            }
        }
        end_of_row(row, parts, coding);
    }
    *bits = held;
    Ok(())
}

/// Tells that a row of MCUs is read.
fn end_of_row(row: usize, parts: &[Part], coding: &mut impl Coding) {
    for (member, part) in parts.iter().enumerate() {
        coding.end_of_row(member, row * part.v..(row + 1) * part.v);
    }
}

/// Reads the blocks of one MCU.
#[inline(always)]
fn mcu(
    bits: &mut Bits<'_>,
    (row, column): (usize, usize),
    parts: &[Part],
    coding: &mut impl Coding,
) -> Result<(), Break> {
    for (member, part) in parts.iter().enumerate() {
        for y in row * part.v..(row + 1) * part.v {
            for x in column * part.h..(column + 1) * part.h {
                coding.block(bits, member, x, y)?;
            }
        }
    }
    bits.check()
}

/// Returns how many MCUs a scan has across and down, and what each is made of.
fn grid(layout: &Layout, members: &[usize]) -> ((usize, usize), Vec<Part>) {
    match *members {
        [alone] => {
            let part = &layout.parts[alone];
            (part.alone, vec![Part { h: 1, v: 1, ..part.clone() }])
        }
        _ => (layout.mcus, members.iter().map(|&member| layout.parts[member].clone()).collect()),
    }
}

/// What could be read of a damaged scan.
#[derive(Clone, Copy, Debug)]
pub(in crate::jpeg) struct Salvaged {
    /// The part of its MCUs that decoded, 0 to 1.
    pub(in crate::jpeg) share: f32,
    /// Whether all of it is sound.
    pub(in crate::jpeg) is_whole: bool,
}

/// Reads what can be read of a scan: behind a break it goes on at the next restart marker.
///
/// Which interval a marker begins is told by its number (T.81 §F.2.1.3.1 counts them modulo 8), as
/// far as five lost ones. The MCUs between stay as they were.
pub(in crate::jpeg) fn salvage(
    mut bits: Bits<'_>,
    layout: &Layout,
    members: &[usize],
    restart_interval: u16,
    coding: &mut impl Coding,
) -> Salvaged {
    /// More lost markers than this, and the number rather is one of an earlier marker.
    const MOST_LOST: usize = 5;
    let ((across, down), parts) = grid(layout, members);
    let (all, interval) = (across * down, usize::from(restart_interval));
    let (mut at, mut decoded, mut is_whole, mut is_due) = (0, 0_usize, true, false);
    let mut row = 0;
    while at < all {
        (row..at / across).for_each(|row| end_of_row(row, &parts, coding));
        row = at / across;
        // The marker that comes next, counted from 0.
        let next = at.saturating_sub(usize::from(is_due)).checked_div(interval).unwrap_or(0);
        let step = if is_due { bits.restart(next as u64) } else { Ok(()) };
        let step = step.and_then(|()| {
            if is_due {
                coding.restart();
            }
            mcu(&mut bits, (at / across, at % across), &parts, coding)
        });
        if step.is_ok() {
            (at, decoded) = (at + 1, decoded + 1);
            is_due = interval > 0 && at.is_multiple_of(interval);
            continue;
        }
        is_whole = false;
        if interval == 0 {
            break;
        }
        let found = std::iter::from_fn(|| bits.resync())
            .map(|number| (usize::from(number) + 8 - next % 8) % 8)
            .find(|&lost| lost <= MOST_LOST);
        let Some(lost) = found else { break };
        coding.restart();
        (at, is_due) = ((next + lost + 1) * interval, false);
    }
    (row..down).for_each(|row| end_of_row(row, &parts, coding));
    #[allow(clippy::cast_precision_loss, reason = "a share is told to a few digits")]
    let share = decoded as f32 / all.max(1) as f32;
    Salvaged { share, is_whole: is_whole && decoded == all }
}
