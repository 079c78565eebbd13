//! From MCU to MCU of a scan.

use super::Break;
use super::bits::Bits;
use super::layout::{Layout, Part};

/// How the blocks of a scan are coded.
pub(in crate::jpeg) trait Coding {
    /// Begins a restart interval.
    fn restart(&mut self);

    /// Reads the block in this column and row of the component that is `member` of the scan.
    fn block(&mut self, bits: &mut Bits<'_>, member: usize, x: usize, y: usize) -> Result<(), Break>;
}

/// Reads a scan over the components with these indices, `rows` rows of its MCUs at most.
///
/// Returns how many whole bytes are left over behind the last MCU.
///
/// # Errors
/// How the data break, and the byte at or soon after which they do.
pub(in crate::jpeg) fn read(
    mut bits: Bits<'_>,
    layout: &Layout,
    members: &[usize],
    restart_interval: u16,
    rows: usize,
    coding: &mut impl Coding,
) -> Result<usize, (usize, Break)> {
    let ((across, down), parts) = grid(layout, members);
    let result = mcus(&mut bits, (across, down.min(rows)), &parts, restart_interval, coding);
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
            mcu(bits, (row, column), parts, coding)?;
        }
    }
    bits.check()
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
    Ok(())
}

/// Returns how many MCUs a scan has across and down, and what each is made of.
fn grid(layout: &Layout, members: &[usize]) -> ((usize, usize), Vec<Part>) {
    match *members {
        [alone] => {
            let part = layout.parts[alone];
            (part.alone, vec![Part { h: 1, v: 1, ..part }])
        }
        _ => (layout.mcus, members.iter().map(|&member| layout.parts[member]).collect()),
    }
}

/// What could be read of a damaged scan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Salvaged {
    /// The part of its MCUs that decoded, 0 to 1.
    pub(super) share: f32,
    /// Whether all of it is sound.
    pub(super) is_whole: bool,
}

/// Reads what can be read of a scan: behind a break it goes on at the next restart marker.
///
/// Which interval a marker begins is told by its number (T.81 §F.2.1.3.1 counts them modulo 8), as
/// far as five lost ones. The MCUs between stay as they were.
pub(super) fn salvage(
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
    while at < all {
        // The marker that comes next, counted from 0.
        let next = at.saturating_sub(usize::from(is_due)).checked_div(interval).unwrap_or(0);
        let step = if is_due { bits.restart(next as u64) } else { Ok(()) };
        let step = step.and_then(|()| {
            if is_due {
                coding.restart();
            }
            mcu(&mut bits, (at / across, at % across), &parts, coding)?;
            bits.check()
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
    #[allow(clippy::cast_precision_loss, reason = "a share is told to a few digits")]
    let share = decoded as f32 / all.max(1) as f32;
    Salvaged { share, is_whole: is_whole && decoded == all }
}
