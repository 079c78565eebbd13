//! How photos and summaries are told: lines, NUL, JSON Lines.
//!
//! Renders into any writer; prints nothing itself.

mod outcomes;
mod photos;
mod summary;

pub use outcomes::{write_outcome, write_plan};
pub use photos::{Names, Render};
pub use summary::Summary;
