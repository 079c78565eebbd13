//! Finds every JPEG on a drive, crops and shrinks them in batch.
//!
//! Data flows one way. A room imports only rooms further left; rooms in one cell do not import each
//! other (`tests/rooms.rs` keeps this true):
//!
//! ```text
//! error │ units │ event photo │ fs │ process │ device │ recipe frame │ jpeg │ codec │ scan batch │ bench │ report │ cli
//!
//! argv ─ cli::args ─ cli::plan ─► ScanPlan ─► scan ─► PhotoSet ─► batch(Recipe) ─► Report ─► report
//! ```
//!
//! * [`error`]: kind, path, reason, hint. [`units`]: bytes, dimensions, windows, rates.
//! * [`event`]: what happens, who watches, how to stop. [`photo`]: the photo and the sorted set.
//! * [`device`]: which drive a path is on, and how it is read.
//! * [`fs`]: the one room that touches files. [`process`]: children that work for this one, and how they are confined.
//! * [`recipe`]: text ⇄ stages ⇄ geometry.
//! * [`jpeg`]: headers, decoding, encoding, cutting without loss. [`frame`]: samples, resampling, turning upright.
//! * [`codec`]: decoding, colours, metadata and encoding. [`scan`]: finding. [`batch`]: cropping.
//! * [`mod@bench`]: measuring. [`report`]: how results are told. [`cli`]: the command line.
//!
//! Absent on purpose: global state, printing outside `cli`, `unsafe`, C in the build, a config file.
//!
//! ```
//! use jpegasus::event::Nobody;
//! use jpegasus::fs::Fs;
//! use jpegasus::scan::{ScanPlan, scan};
//! use std::sync::Arc;
//!
//! let plan = ScanPlan { roots: vec!["fixtures/photos".into()], ..ScanPlan::default() };
//! let (set, _) = scan(&plan, &Fs::default(), Arc::new(Nobody))?.into_set();
//! assert!(set.iter().any(|photo| photo.path.ends_with("camera-a/IMG_0001.JPG")));
//! # Ok::<(), jpegasus::error::Error>(())
//! ```

#[cfg(not(unix))]
compile_error!("jpegasus runs on Unix: paths are bytes, and files are opened beneath descriptors");

pub mod batch;
pub mod bench;
pub mod cli;
pub mod codec;
pub mod device;
pub mod error;
pub mod event;
pub mod frame;
pub mod fs;
pub mod jpeg;
pub mod photo;
pub mod process;
pub mod recipe;
pub mod report;
pub mod scan;
pub mod units;
