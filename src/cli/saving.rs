//! `bench --save`: the best settings of each drive, for scan and crop.

use super::console::Console;
use super::state;
use crate::bench::{Advice, BenchResult, DriveResult, Load, Setting, Warmth, series_of, stats};
use crate::device::{Saved, SavedDrive};
use crate::error::{Error, Kind, Result, Shown};
use crate::fs::Fs;

/// Keeps what was best for each drive, and says so.
///
/// # Errors
/// [`Kind::OutputFailed`] where there is no place for it, or it cannot be written.
pub(super) fn save(result: &BenchResult, console: &Console, fs: &Fs) -> Result<()> {
    let folder = state::folder().ok_or_else(|| {
        Error::new(Kind::OutputFailed, "there is no folder to save settings in")
            .hint("set XDG_STATE_HOME or HOME to one")
    })?;
    let mut saved = Saved::load(&folder, fs)?;
    let mut told = Vec::new();
    for drive in &result.drives {
        let name = &drive.drive.name;
        let Some(uuid) = &drive.drive.uuid else {
            console.say(&format_args!("{name}: not saved: its file system has no UUID to know it by"));
            continue;
        };
        let Some(best) = best_of(drive, saved.get(uuid), result) else {
            console.say(&format_args!("{name}: not saved: nothing was measured cold often enough"));
            continue;
        };
        told.push(format!("{name}: saved for file system {uuid}: {}", words(&best)));
        saved.put(uuid, best);
    }
    if told.is_empty() {
        return Ok(());
    }
    saved.store()?;
    told.iter().for_each(|line| console.say(line));
    console.say(&format_args!("scan and crop take them from {}", Shown(&saved.path())));
    Ok(())
}

/// Returns the best settings of a drive; what was not measured stays as it was `before`.
fn best_of(drive: &DriveResult, before: Option<&SavedDrive>, result: &BenchResult) -> Option<SavedDrive> {
    let best = |load| {
        cold(&drive.advice, load).filter(|(warmth, setting)| {
            let series = series_of(&drive.series, load, *warmth, *setting);
            series.is_some_and(|series| stats::rates(&series.runs).len() >= stats::FEWEST)
        })
    };
    let best = |load| best(load).map(|(_, setting)| setting);
    let (walk, head, read) = (best(Load::Walk), best(Load::Head), best(Load::Read));
    let by_reads = read.or(head);
    walk.or(by_reads)?;
    let readers = |setting: Option<Setting>| setting.map(|setting| setting.readers);
    Some(SavedDrive {
        kind: drive.drive.kind,
        walkers: readers(walk).or_else(|| before?.walkers),
        heads: readers(head).or_else(|| before?.heads),
        whole: readers(read).or_else(|| before?.whole),
        order: by_reads.map(|setting| setting.order).or_else(|| before?.order),
        measured: result.started,
        version: result.version.clone(),
    })
}

/// Returns the best setting for a load while nothing is in memory; what is, is not the drive's doing.
fn cold(advice: &[Advice], load: Load) -> Option<(Warmth, Setting)> {
    let of_load = advice.iter().filter(|advice| advice.load == load && advice.warmth != Warmth::Warm);
    of_load.min_by_key(|advice| advice.subject()).map(|advice| (advice.warmth, advice.best))
}

fn words(best: &SavedDrive) -> String {
    let counts =
        [("walkers", best.walkers), ("readers of heads", best.heads), ("of whole photos", best.whole)];
    let mut words: Vec<_> =
        counts.iter().filter_map(|(what, count)| count.map(|count| format!("{count} {what}"))).collect();
    words.extend(best.order.map(|order| format!("order {order}")));
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::ReadOrder;

    fn advice(load: Load, warmth: Warmth, readers: u32, order: ReadOrder) -> Advice {
        let best = Setting::new(readers, order);
        Advice { load, warmth, best, rate: 1.0, naive: None, gain: None, equals: Vec::new(), limit: None }
    }

    #[test]
    fn what_is_warm_is_not_the_drives_doing() {
        let all = [
            advice(Load::Head, Warmth::DataCold, 16, ReadOrder::Physical),
            advice(Load::Head, Warmth::Warm, 2, ReadOrder::Path),
            advice(Load::Read, Warmth::Warm, 2, ReadOrder::Path),
        ];
        assert_eq!(cold(&all, Load::Head).map(|(_, best)| best.readers), Some(16));
        assert_eq!(cold(&all, Load::Read), None);
    }
}
