//! Cropping and shrinking a whole set: readers → decoders → OUT.
//!
//! Each drive has readers of its own, which fetch photos in the order that suits it, whole unless the recipe
//! is content with less; decoders follow the recipe, each photo on one thread; the calling thread puts
//! pictures under their final names and tells what happened in set order. The bytes between readers and
//! decoders are bounded, over all drives. A reader that its drive does not answer costs the photo in hand, and so many of them the
//! drive. A photo that fails, and a decoder that panics, cost that photo. Outputs and the order of faults are the same for any number of threads.
//!
//! What was done is noted in a journal in OUT, so that the same command makes what is missing or out of
//! date. An output is absent or whole: it is written without its name, waited for together with some
//! dozen others, and then named.
//!
//! Left out on purpose: finding photos (that is `scan`), and anything that writes beside an original.
//!
//! A whole folder:
//!
//! ```
//! use jpegasus::batch::{CropPlan, crop};
//! use jpegasus::event::{Event, Nobody, Observer};
//! use jpegasus::fs::Fs;
//! use jpegasus::scan::{ScanPlan, scan};
//! use std::sync::Arc;
//!
//! /// Tells what came of each photo.
//! struct Teller;
//!
//! impl Observer for Teller {
//!     fn on(&self, event: Event<'_>) {
//!         if let Event::PhotoTold(outcome) = event {
//!             println!("{}: {}", outcome.path.display(), outcome.result.name());
//!         }
//!     }
//! }
//!
//! let roots = vec!["fixtures/photos/sizes".into()];
//! let photos = ScanPlan { roots, ..ScanPlan::default() };
//! let (set, _) = scan(&photos, &Fs::default(), Arc::new(Nobody))?.into_set();
//! # let dir = tempfile::tempdir().unwrap();
//! # let out = dir.path().join("thumbs");
//! let plan = CropPlan::new("orient,cover=64x64@center,jpeg=80".parse()?, &out);
//! let report = crop(&set, &plan, &Teller)?;
//! assert_eq!(report.written, set.len() as u64);
//! assert_eq!(crop(&set, &plan, &Teller)?.already_there, report.written);
//! # Ok::<(), jpegasus::error::Error>(())
//! ```
//!
//! One photo in memory, from bytes to bytes:
//!
//! ```
//! use jpegasus::batch::Performer;
//! use jpegasus::jpeg::Limits;
//! let photo = std::fs::read("fixtures/photos/camera-a/IMG_0001.JPG").unwrap();
//! let mut performer = Performer::new("orient,inside=128x128,webp".parse()?, Limits::default());
//! let picture = performer.perform(&photo)?;
//! assert_eq!(picture.dims.to_string(), "128x96");
//! assert!(picture.bytes.starts_with(b"RIFF"));
//! # Ok::<(), jpegasus::error::Error>(())
//! ```

mod budget;
mod collect;
mod decoders;
mod embedded;
#[doc(hidden)]
pub mod inside;
mod journal;
mod lossless;
mod names;
mod order;
mod origins;
mod output;
mod perform;
mod plan;
mod read;
mod reader;
mod readers;
mod report;
mod run;
mod shortcut;
mod way;
mod worker;

pub(crate) use budget::{Budget, Share};
pub use decoders::DECODER_THREAD;
pub use output::{Existing, Output, Sync};
pub use perform::{Damage, Performer, Picture};
pub use plan::{CropPlan, OnFault};
pub use report::{Ended, Report};
pub use worker::{Processes, WorkerKind, Workers, serve};
pub(crate) use worker::{Task, Worker, start as start_workers};

use crate::error::Result;
use crate::event::{Observer, Stop};
use crate::fs::{FileId, Fs};
use crate::photo::PhotoSet;
use read::{Portion, Source};
use run::run;
use std::collections::HashSet;
use std::path::Path;

/// Crops every photo of `set` as `plan` says.
///
/// OUT is made, locked for the time being, and what was done before is not done again. One photo that
/// fails is a fault in the report; what came of each is told to `observer`, in set order and from
/// this thread.
///
/// # Errors
/// [`Kind::Usage`](crate::error::Kind::Usage) before any work: for roots whose
/// outputs would share a folder, and when another run writes to OUT. [`Kind::OutputFailed`](crate::error::Kind::OutputFailed) when OUT
/// cannot be made or written to. [`Kind::Bug`](crate::error::Kind::Bug) when no thread can be started.
pub fn crop(set: &PhotoSet, plan: &CropPlan, observer: &dyn Observer) -> Result<Report> {
    let fs = Fs::default();
    plan.check(set.roots(), &fs)?;
    let mut output = Output::open(&fs, plan)?;
    crop_into(set, plan, &mut output, &fs, observer, &Stop::default())
}

/// Crops every photo of `set` into an OUT that is open, until somebody asks to stop.
///
/// # Errors
/// As [`crop`].
pub fn crop_into(
    set: &PhotoSet,
    plan: &CropPlan,
    output: &mut Output,
    fs: &Fs,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<Report> {
    let names = plan.names(set.roots(), fs)?;
    let collisions = names.collisions(set, output.folds_case());
    output.guard(folders_of_originals(set, fs));
    let mut source = Source::new(set, names, collisions, plan, fs, stop);
    source.vouch = Some(output.vouch());
    let staging = output.staging();
    let out = plan.out.clone();
    run(source, plan, Some(output), observer, stop, move |worker, content, output| {
        decoders::make(worker, content, &staging, &out.join(output))
    })
}

/// Tells what [`crop`] would do, by the heads of the photos; writes nothing and makes no OUT.
///
/// Each photo that would be made is [`Planned`](crate::event::PhotoResult::Planned). Letter case is
/// taken to matter in OUT.
///
/// # Errors
/// [`Kind::Usage`](crate::error::Kind::Usage) and [`Kind::Bug`](crate::error::Kind::Bug) as [`crop`]; [`Kind::Unreadable`](crate::error::Kind::Unreadable) when OUT is there but its journal
/// cannot be read.
pub fn dry_run(
    set: &PhotoSet,
    plan: &CropPlan,
    fs: &Fs,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<Report> {
    let names = plan.names(set.roots(), fs)?;
    let collisions = names.collisions(set, false);
    let mut source = Source::new(set, names, collisions, plan, fs, stop);
    source.vouch = output::peek(fs, &plan.out)?;
    source.portion = Portion::Head;
    run(source, plan, None, observer, stop, |worker, content, _| decoders::plan(worker, content))
}

/// Returns every folder that a photo of the set lies in, and the roots that were walked.
fn folders_of_originals(set: &PhotoSet, fs: &Fs) -> HashSet<FileId> {
    let mut folders = HashSet::new();
    let mut note = |path: &Path| {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        // A folder that is gone by now can no longer be written into.
        folders.extend(fs.status(path).map(|status| status.id));
    };
    let walked = set.roots().iter().filter(|root| root.is_folder());
    walked.for_each(|root| note(&root.path));
    let mut last = None;
    for parent in set.iter().filter_map(|photo| photo.path.parent()) {
        if last.replace(parent) != Some(parent) {
            note(parent);
        }
    }
    folders
}
