//! Finds every JPEG on a drive, crops and shrinks them in batch.

#[cfg(not(unix))]
compile_error!("jpegasus runs on Unix: paths are bytes, and files are opened beneath descriptors");

pub mod batch;
pub mod codec;
pub mod error;
pub mod event;
pub mod frame;
pub mod fs;
pub mod jpeg;
pub mod photo;
pub mod recipe;
pub mod report;
pub mod scan;
pub mod units;
