//! A bench as CSV, a row a run.

use crate::bench::{BenchResult, DriveResult, Run, Series};
use csv::Writer;
use std::io::{self, Write};

/// The columns; seconds, bytes and photos a second.
const COLUMNS: [&str; 18] = [
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
];

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

/// Returns the row of a run.
fn row(drive: &DriveResult, series: &Series, number: usize, run: &Run) -> [String; COLUMNS.len()] {
    let facts = &drive.drive;
    [
        facts.name.clone(),
        facts.kind.to_string(),
        facts.mount_point.clone(),
        facts.fs_type.clone(),
        facts.uuid.clone().unwrap_or_default(),
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
    ]
}
