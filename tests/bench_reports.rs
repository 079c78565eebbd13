//! A bench of two drives, told in every format.

#[path = "bench_reports/made.rs"]
mod made;

use jpegasus::bench::{BenchResult, compare};
use jpegasus::report::{Format, Paint, read_json, render, write_comparison, write_text};
use roxmltree::{Document, Node, ParsingOptions};
use std::path::Path;

fn rendered(bench: &BenchResult, format: Format) -> String {
    let mut out = Vec::new();
    render(bench, format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn text(bench: &BenchResult, paint: Paint) -> String {
    let mut out = Vec::new();
    write_text(bench, paint, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn parsed(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).unwrap_or_else(|error| panic!("{error}"))
}

fn count(page: &Document<'_>, is_it: impl Fn(&Node<'_, '_>) -> bool) -> usize {
    page.descendants().filter(is_it).count()
}

fn has_class(node: &Node<'_, '_>, class: &str) -> bool {
    node.attribute("class").is_some_and(|all| all.split(' ').any(|one| one == class))
}

#[test]
fn json_comes_back_as_it_went() {
    let bench = made::bench(3);
    let json = rendered(&bench, Format::Json);
    assert_eq!(read_json(json.as_bytes()).unwrap(), bench);
    for (bad, reason) in [
        ("", "is no bench"),
        ("[1, 2]", "is no bench"),
        ("{\"a\": 1}", "is no bench"),
        ("{\"schema\": 1}", "is no bench"),
        ("{\"schema\": 99, \"all\": \"is other\"}", "newer version (schema 99"),
    ] {
        let error = read_json(bad.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(reason), "{bad}: {error}");
        assert!(error.hint.is_some());
    }
    assert!(read_json("[".repeat(100_000).as_bytes()).is_err());
}

#[test]
fn csv_has_a_row_a_run() {
    let bench = made::bench(3);
    let table = rendered(&bench, Format::Csv);
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let heads = rows.headers().unwrap().clone();
    let column = |name: &str| heads.iter().position(|head| head == name).unwrap();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let runs: Vec<_> = bench
        .drives
        .iter()
        .flat_map(|drive| drive.series.iter().map(move |series| (drive, series)))
        .flat_map(|(drive, series)| series.runs.iter().map(move |run| (drive, series, run)))
        .collect();
    assert_eq!(rows.len(), runs.len());
    for (row, (drive, series, run)) in rows.iter().zip(runs) {
        assert_eq!(row[column("mount_point")], drive.drive.mount_point);
        assert_eq!(row[column("readers")], series.setting.readers.to_string());
        let rate: f64 = row[column("rate")].parse().unwrap();
        assert!((rate - run.photos as f64 / run.seconds).abs() < 1e-9 * rate);
    }
}

#[test]
fn text_fits_a_terminal_and_says_what_is_best() {
    let bench = made::bench(3);
    let plain = text(&bench, Paint::Plain);
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench.txt"), &plain).unwrap();
    for line in plain.lines() {
        assert!(line.chars().count() <= 100, "{line}");
        assert!(!line.contains('\x1b'), "{line}");
    }
    for drive in &bench.drives {
        for advice in &drive.advice {
            let readers = if advice.best.readers == 1 { "reader" } else { "readers" };
            let said = format!(
                "{}, {}: {} {readers} in {} order, ",
                advice.load, advice.warmth, advice.best.readers, advice.best.order
            );
            assert!(plain.contains(&said), "{said} in {plain}");
        }
    }
    let advised: usize = bench.drives.iter().map(|drive| drive.advice.len()).sum();
    let marks = plain.matches(" *").count() - plain.matches("; * best").count();
    assert_eq!(marks, advised, "{plain}");
    let command = "jpegasus crop DIR -o OUT -J 1 --read-order physical";
    assert!(plain.contains(command), "{plain}");
    assert!(plain.contains("times as fast as 2 readers"), "{plain}");
    let painted = text(&bench, Paint::Ansi);
    assert!(painted.contains("\x1b[1;32m") && painted.len() > plain.len());
}

#[test]
fn the_page_is_whole_and_asks_for_nothing() {
    let bench = made::bench(3);
    let page = rendered(&bench, Format::Html);
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench.html"), &page).unwrap();
    let document = parsed(&page);
    assert_eq!(count(&document, |node| node.has_tag_name("script")), 0);
    for node in document.descendants() {
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(!name.starts_with("on"), "{name}");
            assert!(!["src", "srcset", "action", "data"].contains(&name), "{name}={value}");
            assert!(name != "href" || value == "data:,", "{name}={value}");
        }
    }
    for asking in ["http:", "https:", "url(", "@import", "//"] {
        assert!(!page.contains(asking), "{asking}");
    }
    let series = || bench.drives.iter().flat_map(|drive| &drive.series);
    let runs: usize = series().map(|series| series.runs.len()).sum();
    assert_eq!(count(&document, |node| has_class(node, "run")), runs, "every run is a mark");
    let out = series().flat_map(|series| &series.runs).filter(|run| run.is_outlier).count();
    assert!(out > 0);
    assert_eq!(count(&document, |node| has_class(node, "out")), out);
    let rows =
        count(&document, |node| node.has_tag_name("tr") && node.parent().unwrap().has_tag_name("tbody"));
    assert_eq!(rows, series().count(), "every series has its numbers in a table");
    for chart in document.descendants().filter(|node| node.has_tag_name("svg")) {
        let title = chart.children().find(|node| node.has_tag_name("title")).unwrap().text();
        assert!(title.is_some() && title == chart.attribute("aria-label"));
        for point in chart.descendants().filter_map(|node| node.attribute("points")) {
            assert!(!point.contains("NaN") && !point.contains("inf"), "{point}");
        }
    }
}

#[test]
fn what_others_named_stays_text() {
    let bench = made::bench(3);
    let mount = &bench.drives[0].drive.mount_point;
    assert!(mount.contains("<script>"));
    let page = rendered(&bench, Format::Html);
    let document = parsed(&page);
    assert!(document.descendants().any(|node| node.has_tag_name("dd") && node.text() == Some(mount)));
    let markdown = rendered(&bench, Format::Markdown);
    let outside: String = markdown.split("```").step_by(2).collect();
    assert!(!outside.contains("<script>") && outside.contains("&lt;script&gt;"), "{outside}");
    let mut hostile = bench;
    hostile.drives[0].drive.name = "a\x1b[2J\n| b \u{202e}".into();
    hostile.notes = vec!["\x1b]0;x\x07".into()];
    parsed(&rendered(&hostile, Format::Html));
    for told in [text(&hostile, Paint::Plain), rendered(&hostile, Format::Markdown)] {
        assert!(!told.contains('\x1b') && !told.contains('\u{202e}') && told.contains("x1b"), "{told}");
    }
}

#[test]
fn odd_benches_are_told_as_well() {
    let mut empty = made::bench(3);
    for drive in &mut empty.drives {
        (drive.series, drive.advice) = (Vec::new(), Vec::new());
    }
    let mut one = made::bench(3);
    one.drives.truncate(1);
    one.drives[0].series.truncate(1);
    one.drives[0].series[0].runs.truncate(1);
    let mut broken = made::bench(3);
    for series in broken.drives.iter_mut().flat_map(|drive| &mut drive.series) {
        series.setting.readers = 0;
        series.summary.high = f64::MAX;
        series.runs[0].seconds = 0.0;
        if let Some(latency) = &mut series.latency {
            latency.percentiles = vec![0.0, 1e308];
        }
    }
    let mut none = empty.clone();
    none.drives.clear();
    for bench in [&empty, &one, &broken, &none] {
        parsed(&rendered(bench, Format::Html));
        for format in [Format::Json, Format::Csv, Format::Markdown] {
            assert!(!rendered(bench, format).is_empty());
        }
        assert!(!text(bench, Paint::Plain).is_empty());
    }
}

#[test]
fn markdown_has_a_row_a_setting() {
    let bench = made::bench(3);
    let markdown = rendered(&bench, Format::Markdown);
    let rows: Vec<_> = markdown.lines().filter(|line| line.starts_with('|')).collect();
    let settings: usize = bench.drives.iter().map(made::settings).sum();
    assert_eq!(rows.len(), settings + 2 * bench.drives.len());
    let columns = |row: &&str| row.matches('|').count();
    assert!(rows.iter().all(|row| columns(row) == columns(&rows[0])), "{markdown}");
    assert!(markdown.contains("**"));
}

#[test]
fn a_comparison_names_what_is_slower() {
    let (old, mut new) = (made::bench(3), made::bench(4));
    for seed in 4..24 {
        let again = compare(&old, &made::bench(seed), 0.05);
        assert!(!again.is_slower(), "the same drives, measured again: {again:?}");
    }
    for series in &mut new.drives[1].series {
        series.runs.iter_mut().for_each(|run| run.seconds *= 1.6);
    }
    new.drives[0].series.pop();
    let comparison = compare(&old, &new, 0.15);
    assert!(comparison.is_slower());
    let mut out = Vec::new();
    write_comparison(&comparison, Paint::Plain, &mut out).unwrap();
    let told = String::from_utf8(out).unwrap();
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("comparison.txt"), &told).unwrap();
    assert!(told.starts_with("slower, by more than 15 %\n  nvme0n1, "), "{told}");
    assert!(told.contains("only before\n"), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 100), "{told}");
}

#[test]
fn the_ending_says_the_format() {
    for (name, expected) in [
        ("a.json", Format::Json),
        ("a.CSV", Format::Csv),
        ("x/a.md", Format::Markdown),
        ("a.b.html", Format::Html),
    ] {
        assert_eq!(Format::of(Path::new(name)).unwrap(), expected);
    }
    for bad in ["a", "a.pdf", "html", ".json", "a.json.gz"] {
        let error = Format::of(Path::new(bad)).unwrap_err();
        assert!(error.hint.unwrap().contains(".json, .csv, .md or .html"), "{bad}");
    }
}
