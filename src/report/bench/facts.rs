//! What a bench says, sentence by sentence, for every format.

use super::{words, workers};
use crate::bench::{
    Advice, BenchEnd, BenchResult, DriveResult, Limit, Load, Series, Setting, Warmth, series_of,
};
use crate::units::Bytes;

/// A drift below this share of the median is not worth a line.
const LEAST_DRIFT: f64 = 0.05;

/// More series than these are only counted.
const MOST_DRIFTS: usize = 5;

/// More settings than these are not named.
const MOST_EQUALS: usize = 5;

/// The loads by how much they matter to who reads only one line.
const FIRST_LOADS: [Load; 5] = [Load::Crop, Load::Decode, Load::Read, Load::Head, Load::Walk];

/// Returns the line of the machine.
pub(super) fn machine(bench: &BenchResult) -> String {
    let machine = &bench.machine;
    format!(
        "{}, {}, {}, {} of memory",
        words::shown(&machine.kernel),
        words::shown(&machine.cpu),
        words::counted(machine.cores.into(), "core"),
        Bytes(machine.memory).rounded()
    )
}

/// Says when, how long and with what it was measured, and how that ended.
pub(super) fn circumstances(bench: &BenchResult) -> String {
    let end = match bench.ended {
        BenchEnd::Tight => "every interval is as tight as asked",
        BenchEnd::TimeSpent => "the time was spent before every interval was as tight as asked",
        BenchEnd::Stopped => "it was stopped, and this is what was there by then",
    };
    format!(
        "{} by jpegasus {} in {}, seed {}: {end}",
        words::date(bench.started),
        words::shown(&bench.version),
        words::time(bench.elapsed),
        bench.seed
    )
}

/// Returns what was typed.
pub(super) fn command(bench: &BenchResult) -> String {
    bench.command.iter().map(|word| words::quoted(word)).collect::<Vec<_>>().join(" ")
}

/// Returns the facts of a drive, each with its name.
pub(super) fn drive(drive: &DriveResult) -> Vec<(&'static str, String)> {
    let facts = &drive.drive;
    let shown = |text: &Option<String>| text.as_deref().map(words::shown);
    let kind = match facts.reason.as_str() {
        "" => facts.kind.to_string(),
        reason => format!("{} ({})", facts.kind, words::shown(reason)),
    };
    let system = match facts.mount_options.as_str() {
        "" => words::shown(&facts.fs_type),
        options => format!("{} ({})", words::shown(&facts.fs_type), words::shown(options)),
    };
    let all = [
        ("kind", Some(kind)),
        ("model", shown(&facts.model)),
        ("bus", shown(&facts.bus)),
        ("mounted at", Some(words::shown(&facts.mount_point))),
        ("file system", Some(system)),
        ("UUID", shown(&facts.uuid)),
        (
            "photos",
            Some(match drive.bytes {
                0 => words::counted(drive.photos, "photo"),
                bytes => format!(
                    "{}, {} to measure with",
                    words::counted(drive.photos, "photo"),
                    Bytes(bytes).rounded()
                ),
            }),
        ),
    ];
    all.into_iter().filter_map(|(name, fact)| Some((name, fact?))).collect()
}

/// Returns the load that a drive's first sentence is of: cropping before all else, cold before warm.
pub(super) fn first_advice(drive: &DriveResult) -> Option<&Advice> {
    let place = |advice: &&Advice| {
        let load = FIRST_LOADS.iter().position(|load| *load == advice.load);
        (advice.warmth == Warmth::Warm, load, advice.warmth, advice.best.workers)
    };
    drive.advice.iter().min_by_key(place)
}

/// Returns the bytes a second of a series, as far as its runs say; `None` where they read none.
pub(super) fn bytes_a_second(series: &Series) -> Option<f64> {
    let counted = || series.runs.iter().filter(|run| !run.is_outlier);
    let bytes: f64 = counted().map(|run| run.bytes as f64).sum();
    let photos: f64 = counted().map(|run| run.photos as f64).sum();
    (bytes > 0.0 && photos > 0.0).then(|| series.summary.median * bytes / photos)
}

/// Says in one sentence what is best for a load, and how much it wins.
pub(super) fn advice(advice: &Advice, drive: &DriveResult) -> String {
    format!("{}: {}", words::subject(advice.subject()), best(advice, drive))
}

/// Says in one sentence what is best for the load that matters most; `None` where nothing was measured.
pub(super) fn headline(drive: &DriveResult) -> Option<String> {
    let first = first_advice(drive)?;
    let (name, best) = (words::shown(&drive.drive.name), best(first, drive));
    Some(format!("On {name}, {} ({}) is best with {best}", first.load, first.warmth))
}

/// Returns the best setting for a load with what it gives, as the rest of a sentence.
fn best(advice: &Advice, drive: &DriveResult) -> String {
    let series = series_of(&drive.series, advice.load, advice.warmth, advice.best);
    let mut text = format!(
        "{}, {} photos/s",
        words::setting(advice.best),
        series.map_or_else(|| words::number(advice.rate), |series| words::measured(&series.summary))
    );
    if let Some(speed) = series.and_then(bytes_a_second) {
        text += &format!(", {} MB/s", words::number(speed / 1e6));
    }
    match (advice.naive, advice.gain) {
        (Some(naive), _) if naive == advice.best => text += "; that is also what a simple program takes",
        (Some(naive), Some([gain, low, high])) if low > 1.0 || high < 1.0 => {
            text += &format!("; {gain:.2} times as fast as {} ({low:.2}–{high:.2})", words::setting(naive));
        }
        (Some(naive), Some([_, low, high])) => {
            text += &format!("; not to be told from {} ({low:.2}–{high:.2} times)", words::setting(naive));
        }
        _ => {}
    }
    match advice.limit {
        Some(Limit::Drive) => text += "; the drive is the limit",
        Some(Limit::Cpu) => text += "; the processors are the limit",
        None => {}
    }
    text + "."
}

/// Says which settings do not differ from the best, or how many; empty where all others do.
pub(super) fn equals(advice: &Advice) -> String {
    let names: Vec<_> = advice.equals.iter().map(Setting::to_string).collect();
    match names.len() {
        0 => String::new(),
        1 => format!("{} does not differ from the best.", names[0]),
        2..=MOST_EQUALS => format!("{} do not differ from the best.", words::row(&names)),
        more => format!("{more} other settings, marked =, do not differ from the best."),
    }
}

/// Returns commands that use what is best for the photos in a folder.
pub(super) fn commands(drive: &DriveResult) -> Vec<String> {
    let best = |load| {
        // What is in memory is not read from the drive.
        let is_meant = |advice: &&Advice| advice.load == load && advice.warmth != Warmth::Warm;
        drive.advice.iter().filter(is_meant).min_by_key(|advice| advice.subject()).map(|advice| advice.best)
    };
    let whole = best(Load::Read).or_else(|| best(Load::Crop)).or_else(|| best(Load::Decode));
    let flags = |setting: Setting| format!("-J {} --read-order {}", setting.readers, setting.order);
    let lines = [
        whole.map(|setting| format!("jpegasus crop DIR -o OUT {}", flags(setting))),
        whole
            .filter(|_| workers::may_be_processes(drive))
            .map(|setting| format!("jpegasus crop DIR -o OUT {} --workers processes", flags(setting))),
        best(Load::Head).map(|setting| format!("jpegasus scan DIR --check header {}", flags(setting))),
        best(Load::Walk).map(|setting| format!("jpegasus scan DIR -J {}", setting.readers)),
    ];
    lines.into_iter().flatten().collect()
}

/// Returns which part of what a series read came from drives; `None` where the system does not say.
pub(super) fn share_from_drive(series: &Series) -> Option<f64> {
    let bytes: f64 = series.runs.iter().map(|run| run.bytes as f64).sum();
    let from: Option<f64> = series.runs.iter().map(|run| run.from_drive.map(|bytes| bytes as f64)).sum();
    from.filter(|_| bytes > 0.0).map(|from| from / bytes)
}

/// Says how cold the runs were, as the system counted, and what else is worth knowing of them.
pub(super) fn remarks(drive: &DriveResult) -> Vec<String> {
    let warmths = [Warmth::Cold, Warmth::DataCold, Warmth::Warm];
    let mut lines: Vec<_> = warmths.into_iter().filter_map(|warmth| coldness(drive, warmth)).collect();
    let runs: usize = drive.series.iter().map(|series| series.runs.len()).sum();
    let outliers: u64 = drive.series.iter().map(|series| u64::from(series.summary.outliers)).sum();
    if outliers > 0 {
        lines.push(format!(
            "{outliers} of {runs} runs are left out, too far from the others of their series."
        ));
    }
    let drifts = || drive.series.iter().filter(|series| series.summary.drift.abs() >= LEAST_DRIFT);
    for series in drifts().take(MOST_DRIFTS) {
        let drift = series.summary.drift;
        let way = if drift > 0.0 { "rose" } else { "fell" };
        lines.push(format!(
            "{}, {}, {}: rates {way} by {} in the course of the bench.",
            series.load,
            series.warmth,
            series.setting,
            words::percent(drift.abs())
        ));
    }
    if let Some(more @ 1..) = drifts().count().checked_sub(MOST_DRIFTS) {
        lines.push(format!("{more} more series drifted."));
    }
    lines
}

/// Says how much of what was read came from drives, of all loads with the same in memory; `None` where
/// the system does not say.
fn coldness(drive: &DriveResult, warmth: Warmth) -> Option<String> {
    let of_warmth = || drive.series.iter().filter(|series| series.warmth == warmth);
    let shares = || of_warmth().filter_map(share_from_drive);
    let least = words::percent(shares().reduce(f64::min)?);
    let most = words::percent(shares().reduce(f64::max)?);
    let span = if least == most { least } else { format!("{least} to {most}") };
    let mut loads: Vec<_> = of_warmth().filter(|series| share_from_drive(series).is_some()).collect();
    loads.dedup_by_key(|series| series.load);
    let loads: Vec<_> = loads.iter().map(|series| series.load.to_string()).collect();
    Some(format!("{warmth}: {span} of the bytes read came from drives ({}).", words::row(&loads)))
}
