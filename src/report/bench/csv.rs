//! A bench as CSV, a row a run.

use crate::bench::{BenchResult, DriveResult, Run, Series};
use csv::Writer;
use std::io::{self, Write};

/// The columns; seconds, bytes and photos a second.
pub(super) const COLUMNS: [&str; 20] = [
    "drive",
    "kind",
    "mount_point",
    "fs_type",
    "uuid",
    "load",
    "warmth",
    "readers",
    "order",
    "run",
    "at",
    "seconds",
    "photos",
    "bytes",
    "from_drive",
    "cpu",
    "rate",
    "is_outlier",
    "workers",
    "round",
];

/// How many of them there have been from the first version on.
pub(super) const FIRST_COLUMNS: usize = 18;

/// Writes a bench as CSV with a heading, a row a run.
///
/// # Errors
/// What the writer could not take.
pub fn write_csv(bench: &BenchResult, out: &mut impl Write) -> io::Result<()> {
    let mut rows = Writer::from_writer(out);
    rows.write_record(COLUMNS)?;
    for drive in &bench.drives {
        for series in &drive.series {
            for (number, run) in series.runs.iter().enumerate() {
                rows.write_record(row(drive, series, number + 1, run))?;
            }
        }
    }
    rows.flush()
}

/// Returns a text that no spreadsheet takes for a formula: whoever mounts something chooses its name.
fn plain(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// Returns the row of a run.
fn row(drive: &DriveResult, series: &Series, number: usize, run: &Run) -> [String; COLUMNS.len()] {
    let facts = &drive.drive;
    [
        plain(&facts.name),
        facts.kind.to_string(),
        plain(&facts.mount_point),
        plain(&facts.fs_type),
        plain(facts.uuid.as_deref().unwrap_or_default()),
        series.load.to_string(),
        series.warmth.to_string(),
        series.setting.readers.to_string(),
        series.setting.order.to_string(),
        number.to_string(),
        run.at.to_string(),
        run.seconds.to_string(),
        run.photos.to_string(),
        run.bytes.to_string(),
        run.from_drive.map_or_else(String::new, |bytes| bytes.to_string()),
        run.cpu.to_string(),
        run.rate().to_string(),
        run.is_outlier.to_string(),
        series.setting.workers.to_string(),
        run.round.map_or_else(String::new, |round| round.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn no_name_is_a_formula() {
        assert_eq!(plain("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(plain("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(plain("sda"), "sda");
        assert_eq!(plain(""), "");
    }
}
