//! How photos, summaries and benches are told: lines, NUL, JSON Lines; tables, CSV, Markdown, HTML.
//!
//! Renders into any writer; prints nothing itself.

mod bench;
mod outcomes;
mod photos;
mod summary;

pub use bench::{
    Format, Paint, read_json, render, write_comparison, write_csv, write_html, write_json, write_markdown,
    write_text,
};
pub use outcomes::{Terms, write_outcome, write_plan};
pub use photos::{Names, Render};
pub use summary::Summary;
