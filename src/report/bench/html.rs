//! A bench as one page of HTML: charts, tables, and what follows from them.
//!
//! It asks for nothing beyond itself, and needs no script. It is well-formed XML too.

use super::svg::{self, escaped};
use super::text::{advice_of, subjects};
use super::{facts, words, workers};
use crate::bench::{Advice, BenchResult, DriveResult, Series, Subject, Warmth};
use std::io::{self, Write};

/// What the title of every page begins with.
const NAME: &str = "jpegasus bench: ";

/// The same, as it stands in the page.
pub(super) const TITLE: &str = "<title>jpegasus bench: ";

/// How everything looks, dark or light as the reader's system is.
const STYLE: &str = include_str!("page.css");

/// What the charts mean.
const LEGEND: &str = "A line goes through medians, the band about it is their 95 % bootstrap interval, and \
                      every run is a small mark: a hollow one lies too far from the others (modified \
                      z-score above 3.5) and is not counted. Readers are on a logarithmic scale.";

/// Writes a bench as a page.
///
/// # Errors
/// What the writer could not take.
pub fn write_html(bench: &BenchResult, out: &mut impl Write) -> io::Result<()> {
    let names: Vec<_> = bench.drives.iter().map(|drive| words::shown(&drive.drive.name)).collect();
    let title = escaped(&format!("{NAME}{}", words::row(&names)));
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"/>\n<title>{title}</title>\n<link rel=\"icon\" \
         href=\"data:,\"/>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>"
    )?;
    write_advice(bench, out)?;
    list(&bench.notes.iter().map(|note| words::shown(note)).collect::<Vec<_>>(), out)?;
    write_sides(bench, out)?;
    for drive in &bench.drives {
        write_drive(drive, out)?;
    }
    write_circumstances(bench, out)?;
    writeln!(out, "</body>\n</html>")
}

/// Writes an element around text.
fn element(name: &str, text: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<{name}>{}</{name}>", escaped(text))
}

/// Writes a list of sentences; nothing for none.
fn list(lines: &[String], out: &mut impl Write) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "<ul>")?;
    lines.iter().try_for_each(|line| element("li", line, out))?;
    writeln!(out, "</ul>")
}

/// Writes what is best on each drive; of what was warm only to who asks for it.
fn write_advice(bench: &BenchResult, out: &mut impl Write) -> io::Result<()> {
    for drive in &bench.drives {
        let Some(headline) = facts::headline(drive) else { continue };
        writeln!(out, "<section class=\"advice\">")?;
        element("p", &headline, out)?;
        let first = facts::first_advice(drive);
        let (warm, cold): (Vec<_>, Vec<_>) = drive
            .advice
            .iter()
            .filter(|advice| Some(*advice) != first)
            .partition(|advice| advice.warmth == Warmth::Warm);
        let told =
            |all: &[&Advice]| all.iter().map(|advice| facts::advice(advice, drive)).collect::<Vec<_>>();
        let sentences: Vec<_> = told(&cold).into_iter().chain(workers::sentence(drive)).collect();
        list(&sentences, out)?;
        let commands: Vec<_> = facts::commands(drive).iter().map(|command| escaped(command)).collect();
        if !commands.is_empty() {
            writeln!(out, "<pre tabindex=\"0\"><code>{}</code></pre>", commands.join("\n"))?;
        }
        if !warm.is_empty() {
            writeln!(out, "<details><summary>with all of it in memory</summary>")?;
            list(&told(&warm), out)?;
            writeln!(out, "</details>")?;
        }
        writeln!(out, "</section>")?;
    }
    Ok(())
}

/// Writes charts side by side: those of cold loads, and those of warm ones to who asks for them.
fn charts(
    subjects: &[Subject],
    chart: &dyn Fn(Subject) -> Option<String>,
    out: &mut impl Write,
) -> io::Result<()> {
    let (warm, cold): (Vec<_>, Vec<_>) = subjects.iter().partition(|subject| subject.1 == Warmth::Warm);
    let is_folded = !cold.is_empty() && !warm.is_empty();
    for (part, is_folded) in [(cold, false), (warm, is_folded)] {
        let figures: Vec<_> =
            part.into_iter().filter_map(|subject| Some((words::subject(subject), chart(subject)?))).collect();
        if figures.is_empty() {
            continue;
        }
        let (start, end) = match is_folded {
            true => ("<details><summary>with all of it in memory</summary>", "</details>"),
            false => ("", ""),
        };
        writeln!(out, "{start}<div class=\"charts\">")?;
        for (name, chart) in figures {
            writeln!(out, "<figure><figcaption>{name}</figcaption>\n{chart}</figure>")?;
        }
        writeln!(out, "</div>{end}")?;
    }
    Ok(())
}

/// Writes the drives side by side, load by load.
fn write_sides(bench: &BenchResult, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<h2>Drives side by side, photos/s</h2>")?;
    let mut all: Vec<_> = bench.drives.iter().flat_map(subjects).collect();
    all.sort_unstable();
    all.dedup();
    charts(&all, &|subject| svg::bars(bench, subject), out)?;
    let text = "A filled bar is the best setting, a hollow one what is nearest to a simple program: as many readers \
                as there are cores, in the order of paths. The line at a bar's end is the 95 % interval.";
    writeln!(out, "<p class=\"soft\">{text}</p>")
}

/// Writes a drive: its facts, charts and tables.
fn write_drive(drive: &DriveResult, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<section>")?;
    element("h2", &words::shown(&drive.drive.name), out)?;
    writeln!(out, "<dl>")?;
    for (name, fact) in facts::drive(drive) {
        writeln!(out, "<dt>{name}</dt><dd>{}</dd>", escaped(&fact))?;
    }
    writeln!(out, "</dl>\n<h3>Throughput against readers, photos/s</h3>")?;
    charts(&subjects(drive), &|subject| svg::throughput(drive, subject), out)?;
    writeln!(out, "<p class=\"soft\">{LEGEND}</p>")?;
    if drive.series.iter().any(|series| series.latency.is_some()) {
        writeln!(out, "<h3>How long a read takes</h3>")?;
        charts(&subjects(drive), &|subject| svg::latency(drive, subject), out)?;
        let text = "Of each order the setting that is fastest over all, and the naive one.";
        writeln!(out, "<p class=\"soft\">{text}</p>")?;
    }
    writeln!(out, "<h3>How cold it was, and what was odd</h3>")?;
    let mut remarks: Vec<String> = Vec::new();
    for warmth in [Warmth::Cold, Warmth::DataCold, Warmth::Warm] {
        if drive.series.iter().any(|series| series.warmth == warmth) {
            remarks.push(words::memory(warmth).to_owned());
        }
    }
    remarks.extend(facts::remarks(drive));
    list(&remarks, out)?;
    writeln!(out, "<h3>All numbers</h3>")?;
    for subject in subjects(drive) {
        write_table(drive, subject, out)?;
    }
    writeln!(out, "</section>")
}

/// The heads of a table's columns.
const HEADS: [&str; 11] = [
    "readers × order",
    "photos/s",
    "95 % interval",
    "MB/s",
    "from drive",
    "read median, ms",
    "95 %, ms",
    "longest, ms",
    "drift",
    "outliers",
    "every run, photos/s",
];

/// Writes the table of a load, in a box of its own that scrolls.
fn write_table(drive: &DriveResult, subject: Subject, out: &mut impl Write) -> io::Result<()> {
    let name = words::subject(subject);
    let of = escaped(&format!("{name}, on {}", words::shown(&drive.drive.name)));
    let advice = advice_of(drive, subject);
    let mut all: Vec<&Series> = drive.series.iter().filter(|series| series.subject() == subject).collect();
    all.sort_by_key(|series| (series.setting.order, series.setting.readers));
    let rows: Vec<_> = all.iter().map(|series| (*series, cells(series, mark(advice, series)))).collect();
    // A column that says nothing, such as the reads of a walk, is left out.
    let is_told: Vec<bool> =
        (0..HEADS.len()).map(|column| rows.iter().any(|(_, cells)| cells[column] != NOTHING)).collect();
    let told = |cells: &[String], tag: &str, end: &str| {
        let told = cells.iter().zip(&is_told).filter(|(_, is_told)| **is_told);
        told.map(|(cell, _)| format!("<{tag}>{}</{end}>", escaped(cell))).collect::<String>()
    };
    let is_open = if subject.1 == Warmth::Warm { "" } else { " open=\"open\"" };
    writeln!(out, "<details{is_open}><summary>{}</summary>", escaped(&name))?;
    writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{of}\"><table>\
         <thead><tr>{}</tr></thead>\n<tbody>",
        told(&HEADS.map(str::to_owned), "th scope=\"col\"", "th")
    )?;
    for (series, cells) in &rows {
        let is_best = advice.is_some_and(|advice| advice.best == series.setting);
        writeln!(
            out,
            "<tr{}>{}</tr>",
            if is_best { " class=\"best\"" } else { "" },
            told(cells, "td", "td")
        )?;
    }
    writeln!(out, "</tbody></table></div>")?;
    if let Some(text) = advice.map(facts::equals).filter(|text| !text.is_empty()) {
        writeln!(out, "<p class=\"soft\">{}</p>", escaped(&text))?;
    }
    writeln!(out, "</details>")
}

/// Returns what a setting is marked with.
fn mark(advice: Option<&Advice>, series: &Series) -> &'static str {
    match advice {
        Some(advice) if advice.best == series.setting => " best",
        Some(advice) if advice.equals.contains(&series.setting) => " =",
        _ => "",
    }
}

/// What a cell says where nothing was measured.
const NOTHING: &str = "–";

/// Returns the cells of a series.
fn cells(series: &Series, mark: &str) -> [String; HEADS.len()] {
    let summary = &series.summary;
    let latency = |percent: usize| {
        let value = series.latency.as_ref().and_then(|latency| latency.percentiles.get(percent));
        value.map_or_else(|| NOTHING.into(), |ms| words::number(*ms))
    };
    let run = |run: &crate::bench::Run| match run.is_outlier {
        true => format!("({})", words::number(run.rate())),
        false => words::number(run.rate()),
    };
    let dash = || NOTHING.to_owned();
    [
        format!("{}{mark}", series.setting),
        words::number(summary.median),
        words::interval(summary.low, summary.high),
        facts::bytes_a_second(series).map_or_else(dash, |speed| words::number(speed / 1e6)),
        facts::share_from_drive(series).map_or_else(dash, words::percent),
        latency(50),
        latency(95),
        latency(100),
        if summary.drift == 0.0 { dash() } else { words::percent(summary.drift) },
        summary.outliers.to_string(),
        series.runs.iter().map(run).collect::<Vec<_>>().join(" "),
    ]
}

/// Writes where and how it was measured.
fn write_circumstances(bench: &BenchResult, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<section>\n<h2>Where and how</h2>")?;
    element("p", &facts::machine(bench), out)?;
    element("p", &facts::circumstances(bench), out)?;
    writeln!(out, "<pre tabindex=\"0\"><code>{}</code></pre>", escaped(&facts::command(bench)))?;
    writeln!(out, "</section>")
}
