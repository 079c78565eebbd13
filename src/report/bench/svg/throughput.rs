//! Photos a second against readers: for each order its medians, their band, and every run.

use super::{Anchor, Axis, Picture, WIDTH, class, short, ticks};
use crate::bench::{DriveResult, Series, Subject};
use crate::device::ReadOrder;
use crate::report::bench::words;

/// The height of the chart.
const HEIGHT: f64 = 250.0;

/// How far the runs of one order lie beside those of the next, so that all are seen.
const BESIDE: f64 = 5.0;

/// Draws a load of a drive; `None` where nothing of it was measured.
pub(in super::super) fn throughput(drive: &DriveResult, subject: Subject) -> Option<String> {
    let mut all: Vec<&Series> = drive.series.iter().filter(|series| series.subject() == subject).collect();
    all.sort_by_key(|series| (series.setting.order, series.setting.readers));
    let exponent = |series: &Series| f64::from(series.setting.readers.max(1)).log2();
    let exponents = || all.iter().map(|series| exponent(series));
    let (first, last) = (exponents().reduce(f64::min)?, exponents().reduce(f64::max)?);
    let rates = all
        .iter()
        .flat_map(|series| series.runs.iter().map(crate::bench::Run::rate).chain([series.summary.high]));
    let ticks = ticks(rates.filter(|rate| rate.is_finite()).fold(0.0, f64::max));
    let name = words::shown(&drive.drive.name);
    let title = format!("Photos a second against readers, {}, on {name}", words::subject(subject));
    let mut picture = Picture::new(HEIGHT, &title);
    let orders: Vec<ReadOrder> = ReadOrder::ALL
        .into_iter()
        .filter(|order| all.iter().any(|series| series.setting.order == *order))
        .collect();
    let entry = |order: &ReadOrder| (*order, class(*order).to_owned(), format!("{order} order"));
    let top = picture.legend(&orders.iter().map(entry).collect::<Vec<_>>(), 3) + 10.0;
    let x = Axis { from: first, to: last, start: 62.0, end: WIDTH - 20.0 };
    let y = Axis { from: 0.0, to: ticks.last().copied()?, start: HEIGHT - 38.0, end: top };
    grid(&mut picture, x, y, &ticks, &all);
    for (place, order) in orders.iter().enumerate() {
        let aside = BESIDE * (place as f64 - (orders.len() as f64 - 1.0) / 2.0);
        let of_order: Vec<_> = all.iter().copied().filter(|series| series.setting.order == *order).collect();
        let at = |series: &Series| x.at(exponent(series)) + aside;
        curve(&mut picture, *order, &of_order, &at, y);
    }
    Some(picture.finish())
}

/// Draws the axes with their numbers.
fn grid(picture: &mut Picture, x: Axis, y: Axis, ticks: &[f64], all: &[&Series]) {
    for tick in ticks {
        picture.line("grid", (46.0, y.at(*tick)), (WIDTH - 4.0, y.at(*tick)));
        picture.words("tick", (42.0, y.at(*tick) + 4.0), Anchor::End, &short(*tick));
    }
    let mut readers: Vec<u32> = all.iter().map(|series| series.setting.readers.max(1)).collect();
    readers.sort_unstable();
    readers.dedup();
    let mut free = 0.0;
    for count in readers {
        let place = x.at(f64::from(count).log2());
        let label = count.to_string();
        let half = 3.5 * label.len() as f64;
        picture.line("grid", (place, y.start), (place, y.start + 4.0));
        if place - half >= free {
            picture.words("tick", (place, y.start + 16.0), Anchor::Middle, &label);
            free = place + half + 4.0;
        }
    }
    picture.words("label", ((x.start + x.end) / 2.0, HEIGHT - 5.0), Anchor::Middle, "readers");
}

/// Draws one order: the band, the line, and every run; a run that was left out is hollow.
fn curve(picture: &mut Picture, order: ReadOrder, series: &[&Series], at: &dyn Fn(&Series) -> f64, y: Axis) {
    let class = class(order);
    let side = |end: fn(&Series) -> f64| move |series: &&Series| (at(series), y.at(end(series)));
    let low: Vec<_> = series.iter().map(side(|series| series.summary.low)).collect();
    let high: Vec<_> = series.iter().map(side(|series| series.summary.high)).collect();
    let middle: Vec<_> = series.iter().map(side(|series| series.summary.median)).collect();
    for (low, high) in low.iter().zip(&high) {
        picture.line(&format!("whisker {class}"), *low, *high);
    }
    if series.len() > 1 {
        let band: Vec<_> = low.iter().chain(high.iter().rev()).copied().collect();
        picture.through("polygon", &format!("band {class}"), &band);
        picture.through("polyline", &format!("curve {class}"), &middle);
    }
    for series in series {
        for run in &series.runs {
            let is_out = if run.is_outlier { " out" } else { "" };
            picture.marker(order, &format!("run {class}{is_out}"), (at(series), y.at(run.rate())), 2.0);
        }
    }
    for point in &middle {
        picture.marker(order, &format!("mark {class}"), *point, 4.0);
    }
}
