//! Drives side by side: what is best on each, and what a simple program gets.

use super::{Anchor, Axis, Picture, WIDTH, class, short, ticks};
use crate::bench::{BenchResult, Setting, Subject, Summary, series_of};
use crate::report::bench::words;

/// The height of a drive's name, and of a bar with the space beneath.
const NAME: f64 = 20.0;
const BAR: f64 = 18.0;

/// A drive's bars.
struct Group {
    name: String,
    bars: Vec<(&'static str, Setting, Summary)>,
}

/// Draws a load on all drives; `None` where it was measured on none.
pub(in super::super) fn bars(bench: &BenchResult, subject: Subject) -> Option<String> {
    let groups = groups(bench, subject);
    let bars = || groups.iter().flat_map(|group| &group.bars);
    let ticks = ticks(bars().map(|(_, _, summary)| summary.high).reduce(f64::max)?);
    let height = groups.iter().map(|group| NAME + BAR * group.bars.len() as f64 + 6.0).sum::<f64>() + 24.0;
    let name = words::subject(subject);
    let title = format!("Photos a second on each drive with the best and the naive setting, {name}");
    let mut picture = Picture::new(height, &title);
    let x = Axis { from: 0.0, to: ticks.last().copied()?, start: 4.0, end: WIDTH - 20.0 };
    for tick in &ticks {
        picture.line("grid", (x.at(*tick), 4.0), (x.at(*tick), height - 20.0));
        let anchor = if *tick > 0.0 { Anchor::Middle } else { Anchor::Start };
        picture.words("tick", (x.at(*tick), height - 6.0), anchor, &short(*tick));
    }
    let mut y = 0.0;
    for group in &groups {
        picture.words("name", (4.0, y + 15.0), Anchor::Start, &group.name);
        y += NAME;
        for (kind, setting, summary) in &group.bars {
            bar(&mut picture, x, y, kind, *setting, summary);
            y += BAR;
        }
        y += 6.0;
    }
    Some(picture.finish())
}

/// Returns the bars of every drive on which a load was measured.
fn groups(bench: &BenchResult, subject: Subject) -> Vec<Group> {
    let of_drive = |drive: &crate::bench::DriveResult| {
        let advice = drive.advice.iter().find(|advice| advice.subject() == subject)?;
        let naive = advice.naive.filter(|naive| *naive != advice.best).map(|naive| ("naive", naive));
        let bar = |(kind, setting)| {
            series_of(&drive.series, subject.0, subject.1, setting)
                .map(|series| (kind, setting, series.summary))
        };
        let bars = [Some(("best", advice.best)), naive].into_iter().flatten().filter_map(bar).collect();
        let name = format!("{} ({})", words::shown(&drive.drive.name), drive.drive.kind);
        let name = match name.chars().count() {
            0..=48 => name,
            _ => name.chars().take(47).collect::<String>() + "…",
        };
        Some(Group { name, bars })
    };
    bench.drives.iter().filter_map(of_drive).filter(|group| !group.bars.is_empty()).collect()
}

/// Draws a bar with its interval; its words stand where there is more room.
fn bar(picture: &mut Picture, x: Axis, y: f64, kind: &str, setting: Setting, summary: &Summary) {
    let (start, end) = (x.start, x.at(summary.median));
    picture.rect(&format!("bar {kind} {}", class(setting.order)), (start, y), (end - start, BAR - 4.0));
    let middle = y + (BAR - 4.0) / 2.0;
    picture.line("interval", (x.at(summary.low), middle), (x.at(summary.high), middle));
    for edge in [summary.low, summary.high] {
        picture.line("interval", (x.at(edge), middle - 3.0), (x.at(edge), middle + 3.0));
    }
    let text = format!("{kind}: {setting}, {}/s", words::number(summary.median));
    let (right, width) = (x.at(summary.high) + 6.0, 6.4 * text.chars().count() as f64);
    if right + width <= WIDTH {
        picture.words("label", (right, middle + 4.0), Anchor::Start, &text);
    } else {
        picture.words("label", (start + 5.0, middle + 4.0), Anchor::Start, &text);
    }
}
