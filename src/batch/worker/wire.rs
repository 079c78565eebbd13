//! What is said between this process and its workers. Nothing that a worker says is taken on trust.

use super::{Answer, Task};
use crate::batch::perform::{Damage, Picture};
use crate::error::{Error, Kind, brief};
use crate::event::{Checked, Route};
use crate::jpeg::{Limits, Warning};
use crate::process::{Confinement, Message};
use crate::recipe::{Format, Geometry};
use crate::units::Dims;
use serde::{Deserialize, Serialize};

/// More kinds of oddities there are not.
const MOST_WARNINGS: usize = 64;

/// What a worker is asked; the first bytes of the photo come behind it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::batch) struct Job {
    /// Comes back with the answer.
    pub(in crate::batch) number: u64,
    pub(in crate::batch) task: Task,
    /// The recipe as text.
    pub(in crate::batch) recipe: String,
    pub(in crate::batch) limits: Limits,
    /// Whether the bytes are all of the file.
    pub(in crate::batch) is_whole: bool,
}

/// What a worker says first of all.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::batch) struct Ready {
    pub(in crate::batch) version: String,
    pub(in crate::batch) confinement: Confinement,
}

/// What a worker answers; the bytes of a picture come behind it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::batch) struct Reply {
    pub(in crate::batch) number: u64,
    pub(in crate::batch) said: Said,
}

#[derive(Debug, Serialize, Deserialize)]
pub(in crate::batch) enum Said {
    Picture(Facts),
    More(u64),
    Decoded(Dims),
    Taken(u64),
    Fault(Fault),
}

/// A picture without its bytes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::batch) struct Facts {
    dims: Dims,
    stored: Dims,
    route: Route,
    checked: Checked,
    bytes_read: u64,
    geometry: Geometry,
    warnings: Vec<Warning>,
    lost_media: bool,
    damage: Option<(Fault, f32)>,
}

/// What is wrong with a photo.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::batch) struct Fault {
    kind: Kind,
    why: String,
    offset: Option<u64>,
    hint: Option<String>,
}

impl Reply {
    /// Puts an answer into words; returns them and the bytes that come behind.
    pub(in crate::batch) fn of(number: u64, answer: Result<Answer, Error>) -> (Self, Vec<u8>) {
        let (said, bytes) = match answer {
            Ok(Answer::Picture(picture)) => {
                let (facts, bytes) = Facts::of(*picture);
                (Said::Picture(facts), bytes)
            }
            Ok(Answer::More(upto)) => (Said::More(upto), Vec::new()),
            Ok(Answer::Decoded(dims)) => (Said::Decoded(dims), Vec::new()),
            Ok(Answer::Taken(count)) => (Said::Taken(count), Vec::new()),
            Err(error) => (Said::Fault(Fault::of(error)), Vec::new()),
        };
        (Self { number, said }, bytes)
    }

    /// Reads what a worker answered to a job, of which `given` bytes of the photo were sent.
    ///
    /// # Errors
    /// Why that is no answer to this job.
    pub(in crate::batch) fn read(
        message: Message,
        job: &Job,
        given: usize,
        format: Format,
    ) -> Result<Result<Answer, Error>, String> {
        let reply: Self = serde_json::from_slice(&message.text).map_err(|error| brief(&error))?;
        if reply.number != job.number {
            return Err("it belongs to another job".into());
        }
        match (reply.said, job.task) {
            (Said::Fault(fault), _) => fault.into_error().map(Err),
            (Said::Picture(facts), Task::Make | Task::Plan) => {
                facts.into_picture(message.bytes, job.task, format).map(|p| Ok(Answer::picture(p)))
            }
            (Said::More(upto), Task::Make | Task::Plan) if !job.is_whole && upto > given as u64 => {
                Ok(Ok(Answer::More(upto)))
            }
            (Said::More(_), Task::Make | Task::Plan) => Err("it asks for what it has".into()),
            (Said::Decoded(dims), Task::Decode) if dims.area() > 0 && message.bytes.is_empty() => {
                Ok(Ok(Answer::Decoded(dims)))
            }
            (Said::Taken(count), Task::Take) if count == given as u64 && message.bytes.is_empty() => {
                Ok(Ok(Answer::Taken(count)))
            }
            _ => Err("it is no answer to what was asked".into()),
        }
    }
}

impl Facts {
    fn of(picture: Picture) -> (Self, Vec<u8>) {
        let Picture {
            bytes,
            dims,
            stored,
            route,
            checked,
            bytes_read,
            geometry,
            warnings,
            lost_media,
            damage,
        } = picture;
        let damage = damage.map(|Damage { fault, share }| (Fault::of(fault), share));
        (Self { dims, stored, route, checked, bytes_read, geometry, warnings, lost_media, damage }, bytes)
    }

    fn into_picture(self, bytes: Vec<u8>, task: Task, format: Format) -> Result<Picture, String> {
        let begins_well = match (task, format) {
            (Task::Plan, _) => bytes.is_empty(),
            (Task::Make, Format::Jpeg { .. }) => bytes.starts_with(b"\xff\xd8\xff"),
            (Task::Make, Format::Png) => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            (Task::Make, Format::Webp) => bytes.starts_with(b"RIFF"),
            (Task::Decode | Task::Take, _) => false,
        };
        if !begins_well {
            return Err("its picture is none".into());
        }
        let sides = [self.dims, self.stored, self.geometry.window.dims, self.geometry.resized];
        if sides.iter().any(|dims| dims.area() == 0) || self.warnings.len() > MOST_WARNINGS {
            return Err("what it says of its picture cannot be".into());
        }
        let damage = match self.damage {
            Some((fault, share)) if share > 0.0 && share <= 1.0 => {
                Some(Damage { fault: fault.into_error()?, share })
            }
            Some(_) => return Err("a part is no part".into()),
            None => None,
        };
        let warnings =
            self.warnings.into_iter().map(|warning| Warning { what: brief(&warning.what).into(), ..warning });
        Ok(Picture {
            bytes,
            dims: self.dims,
            stored: self.stored,
            route: self.route,
            checked: self.checked,
            bytes_read: self.bytes_read,
            geometry: self.geometry,
            warnings: warnings.collect(),
            lost_media: self.lost_media,
            damage,
        })
    }
}

impl Fault {
    fn of(error: Error) -> Self {
        let Error { kind, why, offset, hint, .. } = error;
        // A bug over there costs the photo; here it would end the run.
        let kind = if kind == Kind::Bug { Kind::DecoderCrashed } else { kind };
        Self { kind, why: why.into_owned(), offset, hint: hint.map(Into::into) }
    }

    /// Reads a fault of a photo: no other can be told by one who has nothing else.
    fn into_error(self) -> Result<Error, String> {
        let is_of_a_photo = matches!(
            self.kind,
            Kind::Truncated
                | Kind::Corrupt
                | Kind::NotJpeg
                | Kind::TooLarge
                | Kind::Unsupported
                | Kind::DecoderCrashed
                | Kind::Outside
        );
        if !is_of_a_photo {
            return Err(format!("a photo cannot be '{}'", self.kind));
        }
        let mut error = Error::new(self.kind, brief(&self.why));
        error.offset = self.offset;
        error.hint = self.hint.map(|hint| brief(&hint).into());
        Ok(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a reply to a task on four bytes.
    fn read(task: Task, said: Said, bytes: &[u8]) -> Result<Result<Answer, Error>, String> {
        let limits = Limits::default();
        let job = Job { number: 7, task, recipe: "orient,inside=8x8".into(), limits, is_whole: true };
        let text = serde_json::to_vec(&Reply { number: 7, said }).unwrap();
        Reply::read(Message { text, bytes: bytes.to_vec() }, &job, 4, Format::Png)
    }

    #[test]
    fn each_task_has_answers_of_its_own() {
        let dims = Dims { width: 3, height: 2 };
        let decoded = read(Task::Decode, Said::Decoded(dims), b"");
        assert!(matches!(decoded, Ok(Ok(Answer::Decoded(all))) if all == dims), "{decoded:?}");
        assert!(matches!(read(Task::Take, Said::Taken(4), b""), Ok(Ok(Answer::Taken(4)))));
        for (task, said, bytes) in [
            (Task::Take, Said::Taken(3), &b""[..]),
            (Task::Take, Said::Taken(4), b"x"),
            (Task::Take, Said::Decoded(dims), b""),
            (Task::Take, Said::More(9), b""),
            (Task::Decode, Said::Decoded(dims), b"x"),
            (Task::Decode, Said::Decoded(Dims { width: 0, height: 2 }), b""),
            (Task::Decode, Said::Taken(4), b""),
            (Task::Decode, Said::More(9), b""),
            (Task::Make, Said::Taken(4), b""),
            (Task::Make, Said::Decoded(dims), b""),
            (Task::Plan, Said::Taken(4), b""),
        ] {
            assert!(read(task, said, bytes).is_err(), "{task:?}");
        }
    }
}
