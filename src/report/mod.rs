//! How photos and summaries are told: lines, NUL, JSON Lines.
//!
//! Renders into any writer; prints nothing itself.

mod photos;
mod summary;

pub use photos::{Names, Render};
pub use summary::Summary;
