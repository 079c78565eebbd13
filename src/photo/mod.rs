//! The noun everything turns about: a photo, how it stands, and the sorted set of all of them.
//!
//! ```
//! use jpegasus::photo::{Batch, PhotoSet, Root};
//! let mut set = PhotoSet::new(vec![Root::folder("drive")]);
//! let mut batch = Batch::default();
//! batch.push(0, &[b"drive/", b"b.jpg"], 0);
//! batch.push(0, &[b"drive/", b"a.jpg"], 0);
//! set.absorb(batch);
//! set.finish();
//! let paths: Vec<_> = set.iter().map(|photo| photo.path.to_str().unwrap()).collect();
//! assert_eq!(paths, ["drive/a.jpg", "drive/b.jpg"]);
//! ```

mod orientation;
mod set;

pub use orientation::Orientation;
pub use set::{Batch, Facts, Photo, PhotoSet, Root};
