//! One reader: a thread that fetches photos from a drive and hands them to the decoders.

use super::budget::Share;
use super::output::Original;
use super::read::{Content, Fetched, Job, Portion, Request, Rest, Source, Ticket};
use super::shortcut::{self, HEAD};
use crate::device::{Pace, Places, Post, Queue};
use crate::error::{Error, Kind, Result};
use crate::fs::Input;
use crate::jpeg::{Head, Header};
use crate::photo::Photo;
use crossbeam_channel::{Receiver, Sender};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What the readers of one drive share.
pub(super) struct Drive {
    pub(super) source: Arc<Source>,
    pub(super) queue: Queue,
    /// Photos of which a part was read and more is wanted.
    pub(super) requests: Receiver<Request>,
    /// Whether it is given up: nothing more is asked of it.
    pub(super) is_failing: AtomicBool,
}

/// What a reader has in hand. While it waits for the drive this lies on its post, and may be taken from it.
pub(super) struct Held {
    pub(super) jobs: Sender<Job>,
    /// What becomes the [`Rest`] of photos. As long as there is one of them, more of a photo may be asked for.
    pub(super) requests: Sender<Request>,
    pub(super) ticket: Option<Ticket>,
    pub(super) share: Option<Share>,
    /// Since when the photo is read.
    pub(super) begun: Instant,
}

/// A reader of one drive.
pub(super) struct Reader {
    drive: Arc<Drive>,
    source: Arc<Source>,
    post: Arc<Post<Held>>,
    /// `None` while it lies on the post, and when it was taken from there.
    held: Option<Held>,
    pace: Pace,
}

impl Drop for Reader {
    /// What is in hand is let go also after a panic: others wait for that.
    fn drop(&mut self) {
        self.return_to_work();
    }
}

impl Reader {
    pub(super) fn new(drive: &Arc<Drive>, post: &Arc<Post<Held>>, held: Held, pace: Pace) -> Self {
        let (source, drive, post) = (Arc::clone(&drive.source), Arc::clone(drive), Arc::clone(post));
        Self { drive, source, post, held: Some(held), pace }
    }

    /// Reads until nothing is left, the run is stopped, the drive is given up, or the reader itself is.
    pub(super) fn run(mut self) {
        while self.may_go_on() {
            // What is in memory already comes first.
            if let Ok(request) = self.drive.requests.try_recv() {
                if !self.read_more(request) {
                    return;
                }
                continue;
            }
            let is_ready = self.is_ready();
            if !self.return_to_work() {
                return;
            }
            if !is_ready {
                break;
            }
            if let Some(index) = self.drive.queue.pop()
                && !self.read(index)
            {
                return;
            }
        }
        self.serve_others();
    }

    fn may_go_on(&self) -> bool {
        !self.source.stop().is_set() && !self.drive.is_failing.load(Ordering::Relaxed)
    }

    /// When no photo is left to begin, reads more of others until there are none that could want it.
    fn serve_others(mut self) {
        let drive = Arc::clone(&self.drive);
        // Whoever holds one of these could ask, so they are let go. All else is in hand while a photo is read, or
        // it would be lost with the reader.
        while self.may_go_on()
            && let Some(Held { jobs, requests, begun, .. }) = self.held.take()
        {
            drop(requests);
            let Ok(request) = drive.requests.recv() else { return };
            let requests = request.rest.requests.clone();
            if !self.may_go_on() {
                // Whoever gave the drive up tells of it.
                _ = requests.send(request);
                return;
            }
            self.held = Some(Held { jobs, requests, ticket: None, share: None, begun });
            if !self.read_more(request) {
                return;
            }
        }
    }

    /// Lays down what is in hand, and waits for the drive.
    fn wait(&mut self) {
        if let Some(held) = self.held.take() {
            self.post.lay_down(held);
        }
        self.post.wait();
    }

    /// Takes up what was laid down, if it was; returns false when it was taken by others: then nothing of what
    /// this reader does counts any more.
    fn return_to_work(&mut self) -> bool {
        if self.held.is_none() {
            self.held = self.post.take_up();
        }
        self.held.is_some()
    }

    /// Sees to it that photos are ready to be read.
    fn is_ready(&mut self) -> bool {
        if let Some(held) = self.held.take() {
            self.post.lay_down(held);
        }
        self.drive.queue.is_ready(&Asking { source: &self.source, post: &self.post })
    }

    /// Reads a photo; returns whether to go on.
    fn read(&mut self, index: usize) -> bool {
        let (source, Some(held)) = (Arc::clone(&self.source), self.held.as_mut()) else { return false };
        let Some(photo) = source.set().get(index) else { return false };
        held.ticket = Some(Ticket { index, output: None, size: None, read: Duration::ZERO });
        held.begun = Instant::now();
        let read = self.fetch(&photo);
        self.hand_on(read)
    }

    /// Reads more of a photo; returns whether to go on.
    fn read_more(&mut self, request: Request) -> bool {
        let Request { ticket, mut share, mut bytes, original, rest, upto } = request;
        let (Some(held), Rest { mut input, requests }) = (self.held.as_mut(), rest) else { return false };
        drop(requests);
        (held.ticket, held.begun) = (Some(ticket), Instant::now());
        let has_room = share.grow(upto.min(original.status.len), self.source.stop());
        held.share = Some(share);
        if !has_room {
            return false;
        }
        self.wait();
        let read = self.read_to(upto, &mut input, &mut bytes);
        self.hand_on(read.map(|()| Some(Read::Photo { input, bytes, original })))
    }

    /// Hands on what was read of the photo in hand; returns whether to go on.
    fn hand_on(&mut self, read: Result<Option<Read>>) -> bool {
        if !self.return_to_work() {
            return false;
        }
        let (Some(held), Some(read)) = (self.held.as_mut(), read.transpose()) else { return false };
        let (Some(mut ticket), share) = (held.ticket.take(), held.share.take()) else { return false };
        ticket.read += held.begun.elapsed();
        let fetched = read.and_then(|read| match (read, share) {
            (Read::There(bytes), _) => Ok(Fetched::There(bytes)),
            (Read::Photo { input, bytes, original }, Some(share)) => {
                let is_whole = bytes.len() as u64 >= original.status.len;
                let rest = (!is_whole).then(|| Rest { input, requests: held.requests.clone() });
                Ok(Fetched::Content(Content { bytes, is_whole, original, rest, share }))
            }
            (Read::Photo { .. }, None) => Err(Error::new(Kind::Bug, "it was read without room")),
        });
        let fetched = fetched.map_err(|error| match (&error.path, self.source.set().get(ticket.index)) {
            (None, Some(photo)) => error.at(photo.path),
            _ => error,
        });
        held.jobs.send(Job { ticket, fetched }).is_ok()
    }

    /// Returns `None` when the run was stopped meanwhile, or the reader given up.
    fn fetch(&mut self, photo: &Photo<'_>) -> Result<Option<Read>> {
        let source = Arc::clone(&self.source);
        let output = source.output(photo)?;
        let is_known = source.is_known(&output);
        let Some(ticket) = self.ticket() else { return Ok(None) };
        let index = ticket.index;
        ticket.output = Some(output.clone());
        source.check_collision(index)?;
        self.wait();
        let path = source.path(photo);
        if is_known {
            // What cannot be asked for fails once more, and is named, when it is opened.
            let status = source.originals.status_by(photo, &|| self.post.wait());
            // The drive that outputs are on is another matter.
            let (true, Some(ticket)) = (self.return_to_work(), self.ticket()) else { return Ok(None) };
            if let Ok(status) = status
                && let Some(bytes) = source.there(&output, &path, status)
            {
                ticket.size = Some(status.len);
                return Ok(Some(Read::There(bytes)));
            }
            self.wait();
        }
        let input = source.originals.open_by(photo, &|| self.post.wait())?;
        let (true, Some(ticket)) = (self.return_to_work(), self.ticket()) else { return Ok(None) };
        ticket.size = Some(input.status().len);
        self.read_photo(&source, input, path)
    }

    /// Reads as much of a photo as is needed.
    fn read_photo(&mut self, source: &Source, mut input: Input, path: PathBuf) -> Result<Option<Read>> {
        let status = input.status();
        input.check_len(source.limits.max_file)?;
        let wanted = match source.portion {
            Portion::Whole => status.len,
            Portion::Enough | Portion::Head | Portion::First => status.len.min(HEAD as u64),
        };
        let (Some(share), Some(held)) = (source.budget.take(wanted, source.stop()), self.held.as_mut())
        else {
            return Ok(None);
        };
        held.share = Some(share);
        let mut bytes = Vec::new();
        let is_enough = match source.portion {
            Portion::Whole => Some(false),
            Portion::Enough => {
                let wanted = (&source.recipe, &source.limits);
                let make_room = |bytes: u64| self.make_room(bytes.min(status.len));
                shortcut::read_enough(&mut input, &mut bytes, wanted, make_room)?
            }
            Portion::First => {
                self.wait();
                self.read_to(HEAD as u64, &mut input, &mut bytes).map(|()| Some(true))?
            }
            Portion::Head => self.read_head(&mut input, &mut bytes).map(|()| Some(true))?,
        };
        match is_enough {
            Some(true) => {}
            Some(false) if self.make_room(status.len) => self.read_to(u64::MAX, &mut input, &mut bytes)?,
            _ => return Ok(None),
        }
        let (input, original) = (Box::new(input), Original { path, status });
        Ok(Some(Read::Photo { input, bytes, original }))
    }

    /// Waits for room for so many bytes of the photo in hand, and then for the drive; returns false when the run was
    /// stopped meanwhile, or the reader given up.
    fn make_room(&mut self, bytes: u64) -> bool {
        self.return_to_work();
        let share = self.held.as_mut().and_then(|held| held.share.as_mut());
        let has_room = share.is_some_and(|share| share.grow(bytes, self.source.stop()));
        if has_room {
            self.wait();
        }
        has_room
    }

    /// Reads on up to a byte, or to the end.
    fn read_to(&mut self, upto: u64, input: &mut Input, bytes: &mut Vec<u8>) -> Result<()> {
        let (post, pace, mut asked) = (&self.post, &mut self.pace, Instant::now());
        input.read_to(upto, self.source.limits.max_file, bytes, &mut |got| {
            if got > 0 {
                pace.took(got, asked.elapsed());
            }
            asked = Instant::now();
            post.wait();
            pace.size()
        })
    }

    /// Reads as much of a photo as precedes its first scan.
    fn read_head(&mut self, input: &mut Input, bytes: &mut Vec<u8>) -> Result<()> {
        loop {
            self.wait();
            let most = bytes.len().max(HEAD);
            let is_whole = input.read_more(bytes, most)? < most;
            // What is wrong with it is told by who plans with it.
            if is_whole || !matches!(Header::read_head(bytes, false), Ok(Head::NeedMore)) {
                return Ok(());
            }
        }
    }

    fn ticket(&mut self) -> Option<&mut Ticket> {
        self.held.as_mut()?.ticket.as_mut()
    }
}

/// What a reader found.
enum Read {
    /// The output is there and up to date; its bytes.
    There(u64),
    /// The first bytes of a photo, or all.
    Photo { input: Box<Input>, bytes: Vec<u8>, original: Original },
}

/// Asks where photos lie, and waits for the drive no longer than that takes.
struct Asking<'a> {
    source: &'a Source,
    post: &'a Post<Held>,
}

impl Places for Asking<'_> {
    fn inode(&self, photo: usize) -> u64 {
        self.source.originals.inode(photo)
    }

    fn root(&self, photo: usize) -> usize {
        self.source.originals.root(photo)
    }

    fn position(&self, photo: usize) -> Option<u64> {
        // Who was given up asks nothing more.
        if self.post.is_bare() {
            return None;
        }
        let position = self.source.position_by(photo, &|| self.post.wait());
        self.post.rest();
        position
    }

    fn wait_for(&self, first: usize) -> bool {
        self.source.wait_for(first)
    }
}
