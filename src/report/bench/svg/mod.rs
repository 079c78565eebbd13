//! Charts as SVG within a page.
//!
//! Drawn here and not by a plotting crate: those write fixed colours into every element, and a page
//! that is dark or light by the reader's choice needs classes, which style sheets colour. Text is as
//! large as on the page around where a chart is 360 pixels wide, as on a phone.

mod bars;
mod latency;
mod throughput;

pub(super) use bars::bars;
pub(super) use latency::latency;
pub(super) use throughput::throughput;

use super::words;
use crate::device::ReadOrder;
use std::fmt::{Display, Write as _};

/// The width of every chart, in its own units.
const WIDTH: f64 = 360.0;

/// Returns text so that it is text also within HTML, SVG and their attributes.
///
/// Control characters, which no document may hold, become U+FFFD.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// The class of an order: its colour, dash and marker.
const fn class(order: ReadOrder) -> &'static str {
    match order {
        ReadOrder::Path => "o-path",
        ReadOrder::Inode => "o-inode",
        ReadOrder::Physical => "o-physical",
    }
}

/// Where the text at a point lies.
#[derive(Clone, Copy)]
enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture being drawn.
struct Picture {
    text: String,
}

impl Picture {
    /// Begins a picture that says in a sentence what it shows.
    fn new(height: f64, title: &str) -> Self {
        let title = escaped(title);
        let text = format!(
            "<svg class=\"chart\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\" aria-label=\"{title}\">\
             <title>{title}</title>\n"
        );
        Self { text }
    }

    /// Ends it.
    fn finish(mut self) -> String {
        self.text += "</svg>\n";
        self.text
    }

    /// Adds an element; the attributes are ours and need no escaping.
    fn element(&mut self, name: &str, attributes: impl Display) {
        let _ = writeln!(self.text, "<{name} {attributes}/>");
    }

    fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let ends = format!("x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"");
        self.element("line", format_args!("class=\"{class}\" {ends}"));
    }

    /// Draws a line through points, or fills what they enclose.
    fn through(&mut self, shape: &str, class: &str, points: &[(f64, f64)]) {
        let points: String = points.iter().map(|(x, y)| format!("{x:.1},{y:.1} ")).collect();
        self.element(shape, format_args!("class=\"{class}\" points=\"{}\"", points.trim_end()));
    }

    fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let size = format!("width=\"{:.1}\" height=\"{height:.1}\"", width.max(0.5));
        self.element("rect", format_args!("class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" {size}"));
    }

    fn words(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        let _ = writeln!(
            self.text,
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        );
    }

    /// Draws the marker of an order: a circle, a triangle or a square, `size` from its middle.
    fn marker(&mut self, order: ReadOrder, class: &str, (x, y): (f64, f64), size: f64) {
        match order {
            ReadOrder::Path => {
                let place = format!("cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{size:.1}\"");
                self.element("circle", format_args!("class=\"{class}\" {place}"));
            }
            ReadOrder::Inode => {
                let points = [(x, y - 1.2 * size), (x + 1.1 * size, y + size), (x - 1.1 * size, y + size)];
                self.through("polygon", class, &points);
            }
            ReadOrder::Physical => {
                self.rect(class, (x - 0.9 * size, y - 0.9 * size), (1.8 * size, 1.8 * size));
            }
        }
    }

    /// Draws names with a piece of their line, so many to a row; returns how high that is.
    fn legend(&mut self, entries: &[(ReadOrder, String, String)], columns: usize) -> f64 {
        let step = (WIDTH - 4.0) / columns as f64;
        for (place, (order, class, name)) in entries.iter().enumerate() {
            let x = 4.0 + step * (place % columns) as f64;
            let y = 10.0 + 17.0 * (place / columns) as f64;
            self.line(&format!("curve {class}"), (x, y), (x + 26.0, y));
            self.marker(*order, &format!("mark {class}"), (x + 13.0, y), 3.5);
            self.words("label", (x + 32.0, y + 4.0), Anchor::Start, name);
        }
        17.0 * entries.len().div_ceil(columns) as f64
    }
}

/// Where numbers lie along a side of a chart.
#[derive(Clone, Copy)]
struct Axis {
    /// The numbers at its two ends.
    from: f64,
    to: f64,
    /// Where these lie in the picture.
    start: f64,
    end: f64,
}

impl Axis {
    /// Returns where a number lies; one beyond the ends lies at the end.
    fn at(self, value: f64) -> f64 {
        let span = self.to - self.from;
        let share = if span > 0.0 { (value - self.from) / span } else { 0.5 };
        self.start + (self.end - self.start) * if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Returns a number of an axis, without the zeros of [`words::number`].
fn short(value: f64) -> String {
    let text = words::number(value);
    let (digits, unit) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
    match digits.contains('.') {
        true => format!("{}{unit}", digits.trim_end_matches('0').trim_end_matches('.')),
        false => text,
    }
}

/// Returns numbers from 0 to `most` and just beyond, at steps of 1, 2 or 5 times a power of ten.
fn ticks(most: f64) -> Vec<f64> {
    if !most.is_finite() || most <= 0.0 {
        return vec![0.0, 1.0];
    }
    let rough = most / 4.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0].map(|part| part * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let mut ticks = vec![0.0];
    // At most 5 steps by how the step was chosen.
    while ticks.len() < 9 && ticks.last().is_some_and(|last| *last < most) {
        ticks.push(step * ticks.len() as f64);
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_named_stays_text() {
        assert_eq!(escaped("<script>\"&'"), "&lt;script&gt;&quot;&amp;&#39;");
        assert_eq!(escaped("a\u{1b}[31m\0b\u{ffff}"), "a\u{fffd}[31m\u{fffd}b\u{fffd}");
    }

    #[test]
    fn ticks_are_round_and_reach_beyond() {
        assert_eq!(ticks(119.0), [0.0, 50.0, 100.0, 150.0]);
        assert_eq!(ticks(8.0), [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert_eq!(ticks(0.0), [0.0, 1.0]);
        for most in [1e-300, 3e-9, 1.0, 7.3, 99.0, 1e12, f64::MAX, f64::INFINITY] {
            let ticks = ticks(most);
            assert!((2..10).contains(&ticks.len()), "{most}: {ticks:?}");
        }
    }

    #[test]
    fn numbers_of_axes_have_no_idle_zeros() {
        let pairs = [(0.0, "0"), (50.0, "50"), (1_500_000.0, "1.5M"), (10_000.0, "10k"), (300.0, "300")];
        for (value, expected) in pairs {
            assert_eq!(short(value), expected);
        }
    }

    #[test]
    fn places_stay_within_the_axis() {
        let axis = Axis { from: 0.0, to: 10.0, start: 100.0, end: 0.0 };
        let places = [5.0, -3.0, 99.0, f64::NAN].map(|value| axis.at(value));
        assert!(places.iter().zip([50.0, 100.0, 0.0, 100.0]).all(|(a, b)| (a - b).abs() < 1e-9));
        let flat = Axis { from: 3.0, to: 3.0, ..axis };
        assert!((flat.at(3.0) - 50.0).abs() < 1e-9);
    }
}
