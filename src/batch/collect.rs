//! The end of the line: pictures get their names, and what happened is told in set order.

use super::decoders::{Done, Product};
use super::order::InOrder;
use super::output::{self, Original, Output, Placed, Placement, Staged};
use super::perform::{Damage, Picture};
use super::plan::{CropPlan, OnFault};
use super::readers::Loss;
use super::report::{Ended, Report};
use crate::device::LostDrive;
use crate::error::Error;
use crate::event::{Event, Observer, Outcome, PhotoResult, Stop, Work};
use crate::photo::PhotoSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Staged pictures that get their names together.
const BATCH: usize = 64;
/// How long a staged picture waits for others at most.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is to be told of a photo when its turn comes.
struct Told {
    result: PhotoResult,
    output: Option<PathBuf>,
    work: Work,
    fault: Option<Error>,
    warnings: Vec<String>,
}

/// A staged picture without a name.
struct Pending {
    index: usize,
    output: PathBuf,
    original: Original,
    staged: Staged,
    told: Told,
}

/// Gives pictures their names and keeps the report.
pub(super) struct Collector<'a> {
    set: &'a PhotoSet,
    plan: &'a CropPlan,
    recipe: String,
    /// `None` in a dry run.
    output: Option<&'a mut Output>,
    observer: &'a dyn Observer,
    order: InOrder<Told>,
    /// How many were told, for those who read.
    told: Arc<AtomicUsize>,
    pending: Vec<Pending>,
    /// When the first of them came.
    since: Option<Instant>,
    report: Report,
}

impl<'a> Collector<'a> {
    pub(super) fn new(
        set: &'a PhotoSet,
        plan: &'a CropPlan,
        output: Option<&'a mut Output>,
        observer: &'a dyn Observer,
        told: Arc<AtomicUsize>,
    ) -> Self {
        Self {
            set,
            plan,
            recipe: plan.recipe.to_string(),
            output,
            observer,
            order: InOrder::default(),
            told,
            pending: Vec::new(),
            since: None,
            report: Report { photos: set.len() as u64, ..Report::default() },
        }
    }

    /// Returns how long to wait for the next photo before [`flush`](Self::flush) is due.
    pub(super) fn patience(&self) -> Duration {
        self.since.map_or(PATIENCE, |since| PATIENCE.saturating_sub(since.elapsed()))
    }

    /// Takes a photo that is done; returns whether the run can go on.
    pub(super) fn take(&mut self, done: Done) -> bool {
        let Done { ticket, work, result } = done;
        let known = Work { size: ticket.size, read: ticket.read, work, ..Work::default() };
        match result {
            Ok(Product::There(bytes)) => {
                let work = Work { output_size: Some(bytes), ..known };
                self.told(ticket.index, Told::of(PhotoResult::AlreadyThere, ticket.output, work));
            }
            Ok(Product::Planned(picture)) => {
                let work = picture_work(&picture, known);
                self.told(ticket.index, Told::of(PhotoResult::Planned, ticket.output, work));
            }
            Ok(Product::Staged { picture, original, staged }) => {
                let Some(output) = ticket.output else { return self.can_go_on() };
                let work = picture_work(&picture, known);
                let work = Work { output_size: Some(staged.len()), ..work };
                let warnings = picture.warnings.iter().map(ToString::to_string).collect();
                let result = match &picture.damage {
                    Some(_) => PhotoResult::Salvaged,
                    None => PhotoResult::Written,
                };
                let fault = picture.damage.map(|damage| self.damaged(ticket.index, damage));
                let told = Told::of(result, Some(output.clone()), work);
                let told = Told { warnings, fault, ..told };
                self.pending.push(Pending { index: ticket.index, output, original, staged, told });
                self.since.get_or_insert_with(Instant::now);
                if self.pending.len() >= BATCH || !self.can_go_on() {
                    self.flush();
                }
            }
            Err(error) if output::ends_the_run(&error) => self.lose(error),
            Err(error) => {
                self.failed(ticket.index, Told::of(PhotoResult::Failed, ticket.output, known), error);
            }
        }
        self.can_go_on()
    }

    /// Takes notice of what a drive did not give; returns whether the run can go on.
    pub(super) fn do_without(&mut self, loss: Loss) -> bool {
        match loss {
            Loss::Photo(ticket, error) => {
                return self.take(Done { ticket, work: Duration::ZERO, result: Err(error) });
            }
            Loss::Order { mount_point } => {
                let what = "the drive did not say where photos lie; they are read in the order of paths";
                self.observer.on(Event::Note { path: &mount_point, what });
            }
            Loss::Drive { mount_point, photos } => {
                let drives = &mut self.report.lost_drives;
                let known = drives.iter().position(|drive| drive.mount_point == mount_point);
                let at = known.unwrap_or_else(|| {
                    drives.push(LostDrive { mount_point, unread: 0 });
                    drives.len() - 1
                });
                drives[at].unread += photos.len() as u64;
                // Other drives may wait for these to be told.
                for index in photos {
                    self.push(index, Told::of(PhotoResult::NotBegun, None, Work::default()));
                }
            }
        }
        self.can_go_on()
    }

    fn can_go_on(&self) -> bool {
        matches!(self.report.ended, Ended::Complete)
    }

    fn is_lost(&self) -> bool {
        matches!(self.report.ended, Ended::OutputLost(_))
    }

    /// Ends the run because nothing more can be written.
    fn lose(&mut self, error: Error) {
        if !self.is_lost() {
            self.report.ended = Ended::OutputLost(error);
        }
    }

    /// Gives all staged pictures their names.
    pub(super) fn flush(&mut self) {
        self.since = None;
        let pending = std::mem::take(&mut self.pending);
        let Some(output) = self.output.as_deref_mut().filter(|_| !pending.is_empty()) else { return };
        let mut lost = output.sync().err();
        let is_synced = lost.is_none();
        let mut placed = Vec::with_capacity(pending.len());
        for pending in pending {
            if !is_synced {
                // It has no name and gets none; the photo stays unfinished.
                output.staging().discard(&pending.staged);
                continue;
            }
            match output.place(&pending.output, &pending.original, &pending.staged) {
                // Where there is no room for a folder, there may be for a name in another.
                Err(error) if output::ends_the_run(&error) => {
                    lost.get_or_insert(error);
                }
                result => placed.push((pending, result)),
            }
        }
        let there = placed.iter().filter(|(_, result)| result.is_ok());
        let rows = there.map(|(pending, _)| Placement {
            output: &pending.output,
            original: &pending.original,
            staged: &pending.staged,
            is_damaged: pending.told.fault.is_some(),
        });
        if let Err(error) = output.record(&self.recipe, rows) {
            lost.get_or_insert(error);
        }
        if let Some(error) = lost {
            self.lose(error);
        }
        for (Pending { index, told, .. }, result) in placed {
            match result {
                // A damaged photo is named each time.
                Ok(Placed::AlreadyThere) if told.fault.is_none() => {
                    self.told(index, Told { result: PhotoResult::AlreadyThere, ..told });
                }
                Ok(_) => self.told(index, told),
                Err(error) => {
                    let work = Work { output_size: None, ..told.work };
                    self.failed(index, Told { result: PhotoResult::Failed, work, ..told }, error);
                }
            }
        }
    }

    fn failed(&mut self, index: usize, told: Told, error: Error) {
        let fault = Some(self.named(index, error));
        self.told(index, Told { fault, ..told });
    }

    /// Returns what is told of a photo that was salvaged.
    fn damaged(&self, index: usize, Damage { mut fault, share }: Damage) -> Error {
        fault.why = format!("{}; {:.0} % of it was salvaged", fault.why, share * 100.0).into();
        self.named(index, fault)
    }

    /// Returns an error with the path of its photo.
    fn named(&self, index: usize, error: Error) -> Error {
        let path = || self.set.get(index).map(|photo| photo.path.to_owned()).unwrap_or_default();
        if error.path.is_some() { error } else { error.at(path()) }
    }

    /// Takes notice of what came of a photo, and tells all whose turn it is.
    fn told(&mut self, index: usize, told: Told) {
        let bytes_read = told.work.bytes_read.unwrap_or(0);
        self.observer.on(Event::PhotoFinished { bytes_read, result: told.result });
        if told.fault.is_some() && self.plan.on_fault == OnFault::Stop && self.can_go_on() {
            self.report.ended = Ended::FailedFast;
        }
        self.push(index, told);
    }

    fn push(&mut self, index: usize, told: Told) {
        let Self { set, plan, observer, order, report, .. } = self;
        order.push(index, told, |index, told| tell(set, &plan.out, *observer, report, index, told));
        self.told.store(self.order.next(), Ordering::Relaxed);
    }

    /// Gives the last names, tells what is left to be told and returns the report.
    pub(super) fn finish(mut self, stop: &Stop) -> Report {
        self.flush();
        // The last names, too, are on the drive when the run ends well.
        if let Some(Err(error)) = self.output.as_deref().filter(|_| !self.is_lost()).map(Output::sync) {
            self.lose(error);
        }
        let Self { set, plan, observer, order, mut report, .. } = self;
        order.finish(set.len(), |index, told| {
            let told = told.unwrap_or_else(|| Told::of(PhotoResult::NotBegun, None, Work::default()));
            tell(set, &plan.out, observer, &mut report, index, told);
        });
        if matches!(report.ended, Ended::Complete) {
            let unread: u64 = report.lost_drives.iter().map(|drive| drive.unread).sum();
            report.ended = match (report.unfinished(), report.lost_drives.is_empty()) {
                (0, true) => Ended::Complete,
                (1.., _) if stop.is_set() => Ended::Stopped,
                (unfinished, false) if unfinished <= unread => Ended::DriveLost,
                _ => Ended::Crashed,
            };
        }
        report
    }
}

impl Told {
    const fn of(result: PhotoResult, output: Option<PathBuf>, work: Work) -> Self {
        Self { result, output, work, fault: None, warnings: Vec::new() }
    }
}

/// Adds what is known of a picture.
fn picture_work(picture: &Picture, known: Work) -> Work {
    Work {
        stored: Some(picture.stored),
        window: Some(picture.geometry.window),
        dims: Some(picture.dims),
        route: Some(picture.route),
        checked: Some(picture.checked),
        bytes_read: Some(picture.bytes_read),
        lost_media: picture.lost_media,
        salvaged: picture.damage.as_ref().map(|damage| damage.share),
        ..known
    }
}

fn tell(set: &PhotoSet, out: &Path, observer: &dyn Observer, report: &mut Report, index: usize, told: Told) {
    let Some(photo) = set.get(index) else { return };
    let output = told.output.as_ref().map(|output| out.join(output));
    observer.on(Event::PhotoTold(&Outcome {
        index,
        path: photo.path,
        output: output.as_deref(),
        result: told.result,
        fault: told.fault.as_ref(),
        warnings: &told.warnings,
        work: &told.work,
    }));
    report.with_warnings += u64::from(!told.warnings.is_empty());
    report.lost_media += u64::from(told.work.lost_media);
    match (told.result, told.fault) {
        (PhotoResult::Written, _) => report.written += 1,
        (PhotoResult::AlreadyThere, _) => report.already_there += 1,
        (PhotoResult::Planned, _) => report.planned += 1,
        (PhotoResult::Salvaged, Some(error)) => report.salvaged.push((index, error)),
        (PhotoResult::Failed, Some(error)) => report.faults.push((index, error)),
        (PhotoResult::Salvaged | PhotoResult::Failed | PhotoResult::NotBegun, _) => {}
    }
}
