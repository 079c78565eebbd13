//! The end of the line: pictures get their names, and what happened is told in set order.

use super::Done;
use super::order::InOrder;
use super::output::{self, Output, Placed};
use super::report::{Ended, Report};
use crate::error::Error;
use crate::event::{Event, Observer, PhotoResult, Stop};
use crate::photo::PhotoSet;

/// What is to be told of a photo when its turn comes.
enum Told {
    Nothing,
    Warnings(Vec<String>),
    Fault(Error),
}

/// Gives pictures their names and keeps the report.
pub(super) struct Collector<'a> {
    set: &'a PhotoSet,
    output: &'a mut Output,
    observer: &'a dyn Observer,
    order: InOrder<Told>,
    report: Report,
}

impl<'a> Collector<'a> {
    pub(super) fn new(set: &'a PhotoSet, output: &'a mut Output, observer: &'a dyn Observer) -> Self {
        let report = Report { photos: set.len() as u64, ..Report::default() };
        Self { set, output, observer, order: InOrder::default(), report }
    }

    /// Takes a photo that is done; returns whether the run can go on.
    pub(super) fn take(&mut self, done: Done) -> bool {
        let is_lost = matches!(self.report.ended, Ended::OutputLost(_));
        let told = match done.result {
            // Nothing can be written any more; the photo stays unfinished.
            Ok(_) if is_lost => return false,
            Ok((path, original, picture)) => match self.output.put(&path, original, &picture.bytes) {
                Ok(placed) => {
                    self.count(placed, done.bytes_read);
                    let warnings: Vec<_> = picture.warnings.iter().map(ToString::to_string).collect();
                    if warnings.is_empty() { Told::Nothing } else { Told::Warnings(warnings) }
                }
                Err(error) if output::ends_the_run(&error) => {
                    self.report.ended = Ended::OutputLost(error);
                    return false;
                }
                Err(error) => Told::Fault(error),
            },
            Err(error) => Told::Fault(error),
        };
        if matches!(told, Told::Fault(_)) {
            let (bytes_read, result) = (done.bytes_read, PhotoResult::Failed);
            self.observer.on(Event::PhotoFinished { bytes_read, result });
        }
        let Self { set, observer, order, report, .. } = self;
        order.push(done.index, told, |index, told| tell(set, *observer, report, index, told));
        !is_lost
    }

    fn count(&mut self, placed: Placed, bytes_read: u64) {
        let result = match placed {
            Placed::Written => {
                self.report.written += 1;
                PhotoResult::Written
            }
            Placed::AlreadyThere => {
                self.report.already_there += 1;
                PhotoResult::AlreadyThere
            }
        };
        self.observer.on(Event::PhotoFinished { bytes_read, result });
    }

    pub(super) fn finish(self, stop: &Stop) -> Report {
        let Self { set, observer, order, mut report, .. } = self;
        order.finish(|index, told| tell(set, observer, &mut report, index, told));
        if matches!(report.ended, Ended::Complete) && report.unfinished() > 0 {
            report.ended = if stop.is_set() { Ended::Stopped } else { Ended::Crashed };
        }
        report
    }
}

fn tell(set: &PhotoSet, observer: &dyn Observer, report: &mut Report, index: usize, told: Told) {
    let Some(photo) = set.get(index) else { return };
    match told {
        Told::Nothing => {}
        Told::Warnings(warnings) => {
            report.with_warnings += 1;
            for what in &warnings {
                observer.on(Event::PhotoWarning { path: photo.path, what });
            }
        }
        Told::Fault(error) => {
            let error = if error.path.is_some() { error } else { error.at(photo.path) };
            observer.on(Event::PhotoFault(&error));
            report.faults.push((index, error));
        }
    }
}
