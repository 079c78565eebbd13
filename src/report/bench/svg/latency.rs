//! How long reads took: which share of them was done within how many milliseconds.

use super::{Anchor, Axis, Picture, WIDTH, class};
use crate::bench::{DriveResult, Series, Subject};
use crate::device::ReadOrder;
use crate::report::bench::words;

/// The height of the chart.
const HEIGHT: f64 = 250.0;

/// A read that took less is drawn as if it took so long, in milliseconds: a call takes about as much.
const LEAST: f64 = 0.001;

/// The class of the naive setting.
const NAIVE: &str = "o-naive";

/// Draws a load of a drive; `None` where no read of it was timed.
///
/// Shown are, of each order, the setting with the highest rate, and the one that is naive.
pub(in super::super) fn latency(drive: &DriveResult, subject: Subject) -> Option<String> {
    let chosen = chosen(drive, subject);
    let values = || chosen.iter().flat_map(|(_, series)| percentiles(series)).map(|ms| ms.max(LEAST).log10());
    let first = values().reduce(f64::min)?.floor();
    let last = values().reduce(f64::max)?.ceil().max(first + 1.0);
    let title = format!(
        "How long reads took: the share of reads done within milliseconds, {}, on {}",
        words::subject(subject),
        words::shown(&drive.drive.name)
    );
    let mut picture = Picture::new(HEIGHT, &title);
    let entries: Vec<_> = chosen
        .iter()
        .map(|(class, series)| {
            let what = if class == NAIVE { " (naive)" } else { "" };
            (series.setting.order, class.clone(), format!("{}{what}", series.setting))
        })
        .collect();
    let top = picture.legend(&entries, 2) + 10.0;
    let x = Axis { from: first, to: last, start: 46.0, end: WIDTH - 24.0 };
    let y = Axis { from: 0.0, to: 100.0, start: HEIGHT - 38.0, end: top };
    grid(&mut picture, x, y);
    for (class, series) in &chosen {
        let points: Vec<_> = percentiles(series)
            .enumerate()
            .map(|(percent, ms)| (x.at(ms.max(LEAST).log10()), y.at(percent as f64)))
            .collect();
        picture.through("polyline", &format!("curve {class}"), &points);
        for percent in [5, 25, 50, 75, 95] {
            if let Some(point) = points.get(percent) {
                picture.marker(series.setting.order, &format!("mark {class}"), *point, 3.0);
            }
        }
    }
    Some(picture.finish())
}

/// Returns the latencies of a series, at most as many as there are percents.
fn percentiles(series: &Series) -> impl Iterator<Item = f64> {
    let all = series.latency.iter().flat_map(|latency| latency.percentiles.iter().copied());
    all.filter(|ms| ms.is_finite()).take(101)
}

/// Returns the series that are drawn, each with its class.
fn chosen(drive: &DriveResult, subject: Subject) -> Vec<(String, &Series)> {
    let all = || {
        let is_it = move |series: &&Series| series.subject() == subject;
        drive.series.iter().filter(is_it).filter(|series| series.latency.is_some())
    };
    let mut chosen: Vec<(String, &Series)> = ReadOrder::ALL
        .into_iter()
        .filter_map(|order| {
            let of_order = all().filter(|series| series.setting.order == order);
            let fastest = of_order.max_by(|a, b| a.summary.median.total_cmp(&b.summary.median))?;
            Some((class(order).to_owned(), fastest))
        })
        .collect();
    let advice = drive.advice.iter().find(|advice| advice.subject() == subject);
    let naive = advice.and_then(|advice| advice.naive);
    let naive = all().find(|series| Some(series.setting) == naive);
    if let Some(naive) = naive.filter(|naive| chosen.iter().all(|(_, one)| one.setting != naive.setting)) {
        chosen.push((NAIVE.into(), naive));
    }
    chosen
}

/// Draws the axes with their numbers.
fn grid(picture: &mut Picture, x: Axis, y: Axis) {
    for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
        picture.line("grid", (x.start, y.at(percent)), (x.end, y.at(percent)));
        picture.words("tick", (x.start - 4.0, y.at(percent) + 4.0), Anchor::End, &format!("{percent:.0} %"));
    }
    let decades = x.to - x.from;
    let mut exponent = x.from;
    while exponent <= x.to && decades < 100.0 {
        let place = x.at(exponent);
        picture.line("grid", (place, y.start), (place, y.end));
        picture.words("tick", (place, y.start + 16.0), Anchor::Middle, &time(10_f64.powf(exponent)));
        exponent += (decades / 6.0).ceil().max(1.0);
    }
    let name = "reads done within this time";
    picture.words("label", ((x.start + x.end) / 2.0, HEIGHT - 5.0), Anchor::Middle, name);
}

/// Returns a power of ten of milliseconds with its unit.
fn time(ms: f64) -> String {
    match ms {
        ms if ms < 0.999 => format!("{:.0} µs", ms * 1e3),
        ms if ms < 999.0 => format!("{ms:.0} ms"),
        ms => format!("{:.0} s", ms / 1e3),
    }
}
