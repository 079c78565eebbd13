//! A bench on the terminal: a table a drive, and what follows from it.

use super::{facts, words, workers};
use crate::batch::WorkerKind;
use crate::bench::{Advice, BenchResult, DriveResult, Series, Setting, Subject, series_of};
use std::io::{self, Write};

/// The widest line, in characters.
pub(super) const WIDTH: usize = 100;

/// The width of the first column: `decode, data-cold` and two spaces.
const FIRST: usize = 19;

/// The width of the column of workers, which is there where they are not threads only.
const WORKERS: usize = 11;

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// As plain text.
    Plain,
    /// With ANSI escapes, for terminals.
    Ansi,
}

impl Paint {
    /// Returns text as a heading.
    pub(super) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// Returns text between the escapes of a code.
    pub(super) fn with(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Ansi => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// Writes a bench as tables and sentences of at most 100 columns.
///
/// # Errors
/// What the writer could not take.
pub fn write_text(bench: &BenchResult, paint: Paint, out: &mut impl Write) -> io::Result<()> {
    paragraph(&facts::machine(bench), "", out)?;
    paragraph(&facts::circumstances(bench), "", out)?;
    for drive in &bench.drives {
        writeln!(out)?;
        write_drive(drive, paint, out)?;
    }
    if !bench.notes.is_empty() {
        writeln!(out)?;
    }
    for note in &bench.notes {
        paragraph(&words::shown(note), "", out)?;
    }
    Ok(())
}

/// Writes a paragraph, each of its lines but the first two columns further in.
pub(super) fn paragraph(text: &str, indent: &str, out: &mut impl Write) -> io::Result<()> {
    for (number, line) in words::wrapped(text, WIDTH - indent.len() - 2).iter().enumerate() {
        writeln!(out, "{indent}{}{line}", if number == 0 { "" } else { "  " })?;
    }
    Ok(())
}

/// Writes all of a drive.
fn write_drive(drive: &DriveResult, paint: Paint, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", paint.bold(&words::shown(&drive.drive.name)))?;
    let all: Vec<_> = facts::drive(drive).into_iter().map(|(name, fact)| format!("{name}: {fact}")).collect();
    paragraph(&all.join("; "), "  ", out)?;
    if drive.series.is_empty() {
        return writeln!(out, "  nothing was measured");
    }
    for block in blocks(drive) {
        writeln!(out)?;
        write_block(drive, &block, paint, out)?;
    }
    writeln!(out, "\n  photos/s: median (95 % interval); * best, = does not differ from it")?;
    let mut warmths: Vec<_> = drive.series.iter().map(|series| series.warmth).collect();
    warmths.sort_unstable();
    warmths.dedup();
    for warmth in warmths {
        writeln!(out, "  {}", words::memory(warmth))?;
    }
    writeln!(out)?;
    for advice in &drive.advice {
        paragraph(&facts::advice(advice, drive), "  ", out)?;
    }
    if let Some(sentence) = workers::sentence(drive) {
        paragraph(&sentence, "  ", out)?;
    }
    for remark in facts::remarks(drive) {
        paragraph(&remark, "  ", out)?;
    }
    for command in facts::commands(drive) {
        writeln!(out, "\n    {}", paint.bold(&command))?;
    }
    Ok(())
}

/// The columns of one table: settings with the width of each.
type Block = Vec<(Setting, usize)>;

/// Parts the settings of a drive into tables that fit the width, at a change of order where that helps.
fn blocks(drive: &DriveResult) -> Vec<Block> {
    let width = |setting: Setting| {
        let cells = subjects(drive).into_iter().map(|of| cell(drive, of, setting).chars().count());
        cells.max().unwrap_or(0).max(setting.order.name().len()) + 2
    };
    let columns: Block = columns(drive).into_iter().map(|setting| (setting, width(setting))).collect();
    let room = WIDTH - 2 - FIRST - if has_processes(drive) { WORKERS } else { 0 };
    let size = |block: &[(Setting, usize)]| block.iter().map(|(_, width)| width).sum::<usize>();
    let mut blocks: Vec<Block> = Vec::new();
    for group in columns.chunk_by(|(a, _), (b, _)| a.order == b.order) {
        match blocks.last_mut() {
            Some(block) if size(block) + size(group) <= room => block.extend(group),
            _ => blocks.push(Vec::new()),
        }
        for column in group {
            match blocks.last_mut() {
                Some(block) if block.contains(column) => {}
                Some(block) if block.is_empty() || size(block) + column.1 <= room => block.push(*column),
                _ => blocks.push(vec![*column]),
            }
        }
    }
    blocks
}

/// Returns what was measured on a drive.
pub(super) fn subjects(drive: &DriveResult) -> Vec<Subject> {
    let mut subjects: Vec<_> = drive.series.iter().map(Series::subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

/// Returns all readers and orders that were measured, whichever the workers.
pub(super) fn columns(drive: &DriveResult) -> Vec<Setting> {
    let reading = |series: &Series| series.setting.with(WorkerKind::Threads);
    let mut settings: Vec<_> = drive.series.iter().map(reading).collect();
    settings.sort_unstable_by_key(|setting| (setting.order, setting.readers));
    settings.dedup();
    settings
}

/// Tells whether workers were processes too, so that they are to be named.
fn has_processes(drive: &DriveResult) -> bool {
    drive.series.iter().any(|series| series.setting.workers == WorkerKind::Processes)
}

/// Returns the advice for a load.
pub(super) fn advice_of(drive: &DriveResult, subject: Subject) -> Option<&Advice> {
    drive.advice.iter().find(|advice| advice.subject() == subject)
}

/// Returns what was measured of a load with readers and an order, with its mark; `–` for nothing.
fn cell(drive: &DriveResult, subject: Subject, setting: Setting) -> String {
    let setting = setting.with(subject.2);
    let Some(series) = series_of(&drive.series, subject.0, subject.1, setting) else { return "–".into() };
    let mark = match advice_of(drive, subject) {
        Some(advice) if advice.best == setting => "*",
        Some(advice) if advice.equals.contains(&setting) => "=",
        _ => "",
    };
    format!("{mark}{}", words::measured(&series.summary))
}

/// Writes one table.
fn write_block(drive: &DriveResult, block: &Block, paint: Paint, out: &mut impl Write) -> io::Result<()> {
    let second = |name: &str| if has_processes(drive) { format!("{name:<WORKERS$}") } else { String::new() };
    let heading = |names: [&str; 2], of: &dyn Fn(Setting) -> String| {
        let cells = block.iter().map(|(setting, width)| format!("{:>width$}", of(*setting)));
        format!("{:<FIRST$}{}{}", names[0], second(names[1]), cells.collect::<String>())
    };
    let orders = heading(["order", ""], &|setting| setting.order.name().to_owned());
    let readers = heading(["readers", "workers"], &|setting| setting.readers.to_string());
    writeln!(out, "  {}\n  {}", paint.bold(&orders), paint.bold(&readers))?;
    for subject in subjects(drive) {
        let (load, warmth, workers) = subject;
        let mut line = format!("{:<FIRST$}{}", format!("{load}, {warmth}"), second(workers.name()));
        for (setting, width) in block {
            let cell = cell(drive, subject, *setting);
            let padded = format!("{cell:>width$}");
            line += &if cell.starts_with('*') { paint.with("1;32", &padded) } else { padded };
        }
        writeln!(out, "  {}", line.trim_end())?;
    }
    Ok(())
}
