//! How a bench is told: a table on the terminal, JSON, CSV, Markdown, one page of HTML with charts.
//!
//! Everything is written into any writer; names that others chose (mount points, models of drives) are
//! escaped as each format wants it.

mod comparison;
mod csv;
mod facts;
mod html;
mod json;
mod markdown;
mod svg;
mod text;
mod words;
mod workers;

pub use comparison::write_comparison;
pub use csv::write_csv;
pub use html::write_html;
pub use json::{read_json, write_json};
pub use markdown::write_markdown;
pub use text::{Paint, write_text};

use crate::bench::BenchResult;
use crate::error::{Error, Result};
use csv::{COLUMNS, FIRST_COLUMNS};
use html::TITLE;
use markdown::HEADING;
use std::io::{self, Write};
use std::path::Path;

/// What a bench can be kept as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// All of it, to compare with later.
    Json,
    /// A row a run.
    Csv,
    /// Tables for an issue or a README.
    Markdown,
    /// A page with charts.
    Html,
}

impl Format {
    /// Returns the format that the ending of a file's name stands for.
    ///
    /// # Errors
    /// A usage error that names the endings, for any other.
    ///
    /// ```
    /// use jpegasus::report::Format;
    /// use std::path::Path;
    /// assert_eq!(Format::of(Path::new("drives/Today.HTML")).unwrap(), Format::Html);
    /// assert!(Format::of(Path::new("today.pdf")).is_err());
    /// ```
    pub fn of(file: &Path) -> Result<Self> {
        let ending = file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some("md") => Ok(Self::Markdown),
            Some("html") => Ok(Self::Html),
            _ => Err(Error::usage("the ending says no format of a report")
                .at(file)
                .hint("a report's name ends in .json, .csv, .md or .html")),
        }
    }
}

impl Format {
    /// Tells whether a file that begins so is a bench in this format: one that a newer may replace.
    #[must_use]
    pub fn is_begun_by(self, first: &[u8]) -> bool {
        let text = String::from_utf8_lossy(first);
        match self {
            Self::Json => text
                .strip_prefix("{\n  \"schema\": ")
                .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()))
                .is_some_and(|rest| rest.starts_with(",\n  \"version\": \"")),
            // Columns come behind those of the versions before.
            Self::Csv => text.starts_with(&COLUMNS[..FIRST_COLUMNS].join(",")),
            Self::Markdown => text.starts_with(HEADING),
            Self::Html => text.starts_with("<!DOCTYPE html>") && text.contains(TITLE),
        }
    }
}

/// Writes a bench in a format.
///
/// # Errors
/// What the writer could not take.
pub fn render(bench: &BenchResult, format: Format, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Json => write_json(bench, out),
        Format::Csv => write_csv(bench, out),
        Format::Markdown => write_markdown(bench, out),
        Format::Html => write_html(bench, out),
    }
}
