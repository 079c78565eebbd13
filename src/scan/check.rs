//! Checking content: threads that open what has a photo's name and pass the photos on.
//!
//! What is no JPEG is no hit; what cannot be read is a fault, and so is a JPEG that is broken.
//! Nothing is held against a file but what was asked: a photo of a process that is not decoded here
//! passes a check of its header.

use super::lists::Listed;
use super::outlet::{Message, Outlet};
use super::plan::{Check, ScanPlan};
use super::rules::Rules;
use super::turns::{Turn, Turns};
use crate::device::{DriveKind, Pace, Patience, Policy, Post};
use crate::error::{Error, Kind, Result};
use crate::fs::{Folder, Fs, Input, Links};
use crate::jpeg::{Decoder, Head, Header, Limits, Scale, View, is_jpeg_magic};
use crate::photo::{Batch, Facts, Photo, Root};
use crossbeam_channel::Receiver;
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// The first read of a header; most end well within.
const FIRST_READ: usize = 64 << 10;

/// A header that has not ended after so much is none. A guess: a profile, a preview and maker notes
/// together take some hundred KiB.
const LONGEST_HEADER: usize = 16 << 20;

/// One read of a whole photo asks for so much at most.
const MOST_READ: usize = 16 << 20;

/// What the checking threads share.
#[derive(Clone)]
pub(super) struct Checker(Arc<Shared>);

struct Shared {
    check: Check,
    links: Links,
    limits: Limits,
    decoders: usize,
    /// Who decodes, on all drives.
    decoding: Turns,
    patience: Patience,
    fs: Fs,
    roots: Arc<[Root]>,
    listed: Listed,
    outlet: Outlet,
}

impl Shared {
    /// Tells whether a photo is listed and to be handed on whatever is wrong with it.
    fn trusts(&self, photo: &Photo<'_>) -> bool {
        self.listed == Listed::Trusted && self.roots.get(photo.root).is_some_and(Root::is_list)
    }
}

impl Checker {
    pub(super) fn new(plan: &ScanPlan, rules: &Rules, fs: &Fs, roots: Arc<[Root]>, outlet: Outlet) -> Self {
        let (check, links, limits, fs) = (rules.check, rules.links, plan.limits, fs.clone());
        let listed = plan.listed;
        let decoders = match plan.check_threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            given => given,
        };
        let decoding = Turns::new(decoders);
        let patience = Patience::new(plan.read_timeout);
        let shared = Shared { check, links, limits, decoders, decoding, patience, fs, roots, listed, outlet };
        Self(Arc::new(shared))
    }

    /// Returns how many threads are to check what lies on one drive, `most` at most, and their turns at
    /// reading all of a photo from it.
    pub(super) fn threads(&self, policy: &Policy, most: usize) -> (usize, Turns) {
        match self.0.check {
            Check::Full => ((self.0.decoders + policy.whole).min(most), Turns::new(policy.whole.min(most))),
            // They hardly compute, and take no turns.
            _ => (policy.heads.min(most), Turns::new(1)),
        }
    }

    pub(super) fn roots(&self) -> &Arc<[Root]> {
        &self.0.roots
    }

    pub(super) fn is_halted(&self) -> bool {
        self.0.outlet.is_halted()
    }

    /// Says something that is no fault.
    pub(super) fn note(&self, path: &Path, what: &str) {
        self.0.outlet.note(path, what);
    }

    /// Takes a batch back whose photos are not needed any more.
    pub(super) fn spare(&self, batch: Batch) {
        self.0.outlet.spare.give(batch);
    }

    /// Returns a desk; `step` is called before each question to a drive.
    pub(super) fn desk<'a>(&'a self, step: &'a dyn Fn()) -> Desk<'a> {
        let pace = Pace::new(DriveKind::Unknown, MOST_READ, self.0.patience.most());
        let (root, folder, bytes, decoder) = (None, None, Vec::new(), Decoder::new());
        Desk { shared: &self.0, step, pace, root, folder, bytes, decoder }
    }

    pub(super) fn patience(&self) -> Patience {
        self.0.patience
    }

    /// Returns what a thread begins with.
    pub(super) fn hand(&self, ends: &Arc<Ends>) -> Hand {
        let (batch, good) = (Arc::default(), Batch::default());
        Hand { batch, at: 0, good, turn: None, _ends: Arc::clone(ends) }
    }

    /// Says that nothing more comes when it is dropped.
    pub(super) fn ends(&self) -> Arc<Ends> {
        Arc::new(Ends(self.0.outlet.clone()))
    }

    /// Checks what is in hand and what comes in until nothing more does, or the thread is given up.
    pub(super) fn run(&self, work: &Work, post: &Post<Hand>, mut hand: Hand) {
        let shared = &*self.0;
        let step = || post.wait();
        let mut desk = self.desk(&step);
        loop {
            let batch = Arc::clone(&hand.batch);
            for photo in batch.iter(&shared.roots).skip(hand.at) {
                if shared.outlet.is_halted() {
                    return;
                }
                if work.is_failing.load(Ordering::Relaxed) {
                    work.unread.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                hand.turn = (shared.check == Check::Full).then(|| work.turns.take());
                post.lay_down(hand);
                let read = desk.safely(|desk| desk.read(&photo));
                let Some(back) = post.take_up() else { return };
                hand = Hand { turn: None, at: back.at + 1, ..back };
                let verdict = read.and_then(|facts| match shared.check {
                    Check::Full => {
                        let _turn = shared.decoding.take();
                        desk.safely(Desk::full).map(Some)
                    }
                    _ => Ok(facts),
                });
                self.judge(&photo, verdict, &mut hand.good);
            }
            drop(batch);
            if let Ok(batch) = Arc::try_unwrap(std::mem::take(&mut hand.batch)) {
                shared.outlet.spare.give(batch);
            }
            if !hand.good.is_empty() {
                shared.outlet.batch(std::mem::take(&mut hand.good));
            }
            match work.candidates.recv() {
                Ok(Message::Batch(batch)) => (hand.batch, hand.at) = (Arc::new(batch), 0),
                Ok(Message::Fault(_)) => {}
                Err(_) => return,
            }
        }
    }

    /// Keeps a photo, if it is one, or tells what is wrong with it.
    fn judge(&self, photo: &Photo<'_>, verdict: Result<Option<Facts>>, good: &mut Batch) {
        let path = [photo.path.as_os_str().as_bytes()];
        match verdict {
            Ok(facts) => good.push_with(photo.root, &path, photo.inode, facts),
            Err(error) if error.kind == Kind::NotJpeg => {}
            // Who opens it finds the same.
            Err(_) if self.0.trusts(photo) => good.push(photo.root, &path, photo.inode),
            Err(error) => self.0.outlet.fault(error.at(photo.path)),
        }
    }

    /// Tells of a photo that its drive did not give.
    pub(super) fn timed_out(&self, hand: &Hand) -> Option<Error> {
        let photo = hand.batch.iter(&self.0.roots).nth(hand.at)?;
        let error = self.0.patience.fault().at(photo.path);
        self.0.outlet.tell_fault(&error);
        Some(error)
    }
}

/// What the threads that check one drive share.
pub(super) struct Work {
    pub(super) candidates: Receiver<Message>,
    pub(super) turns: Turns,
    /// Whether the drive is given up: nothing more is asked of it.
    pub(super) is_failing: AtomicBool,
    /// How many photos were not looked at since.
    pub(super) unread: Arc<AtomicU64>,
}

/// What a thread that checks has in hand. While it waits for the drive this lies on its post, and may be taken
/// from it.
pub(super) struct Hand {
    batch: Arc<Batch>,
    /// Which of them is being looked at.
    at: usize,
    /// Those that passed.
    good: Batch,
    turn: Option<Turn>,
    /// As long as somebody has this, something may come.
    _ends: Arc<Ends>,
}

impl Hand {
    /// Lets others read whole photos from the drive.
    pub(super) fn end_turn(&mut self) {
        self.turn = None;
    }

    /// Goes on to the next photo.
    pub(super) const fn pass(&mut self) {
        self.at += 1;
    }
}

/// Says that nothing more comes, when the last one is dropped.
pub(super) struct Ends(Outlet);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// One checking thread: the folders it has open and the memory it takes.
pub(super) struct Desk<'a> {
    shared: &'a Shared,
    /// Called before each question to a drive.
    step: &'a dyn Fn(),
    /// How much is asked for at once.
    pace: Pace,
    /// The root of the last file.
    root: Option<(usize, Folder)>,
    /// The folder of the last file, if it is not the root: neighbours mostly come together.
    folder: Option<(PathBuf, Folder)>,
    bytes: Vec<u8>,
    decoder: Decoder,
}

impl Desk<'_> {
    /// Does something with a file; a panic costs that file.
    fn safely<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|_| {
            self.decoder = Decoder::new();
            Err(Error::new(Kind::DecoderCrashed, "the decoder panicked"))
        })
    }

    /// Reads as much of a file as the check wants.
    fn read(&mut self, photo: &Photo<'_>) -> Result<Option<Facts>> {
        match self.shared.check {
            Check::Full => self.read_all(photo).map(|()| None),
            check => self.open(photo).and_then(|input| self.head(input, check)),
        }
    }

    /// Looks at the beginning of a file.
    fn head(&mut self, mut input: Input, check: Check) -> Result<Option<Facts>> {
        self.bytes.clear();
        match check {
            Check::Name => Ok(None),
            Check::Magic => self.magic(&mut input).map(|()| None),
            Check::Header | Check::Full => {
                if input.status().len == 0 {
                    return Err(not_jpeg());
                }
                self.header(&mut input).map(Some)
            }
        }
    }

    pub(super) fn open(&mut self, photo: &Photo<'_>) -> Result<Input> {
        let unreadable = |error| Error::new(Kind::Unreadable, "cannot open its folder").because(error);
        let Shared { fs, roots, links, .. } = self.shared;
        let (root, step) = (&roots[photo.root], self.step);
        step();
        if !root.is_folder() {
            return fs.open_file_by(photo.path, step);
        }
        if self.root.as_ref().is_none_or(|(at, _)| *at != photo.root) {
            self.folder = None;
            self.root = Some((photo.root, fs.open_folder(&root.path).map_err(unreadable)?));
        }
        let top = &self.root.as_ref().expect("it was set above").1;
        let name = Path::new(photo.relative.file_name().unwrap_or_default());
        let way = match photo.relative.parent() {
            Some(way) if !way.as_os_str().is_empty() => way,
            _ => return top.open_file_by(name, *links, step),
        };
        if self.folder.as_ref().is_none_or(|(open, _)| open != way) {
            self.folder = None;
            step();
            let folder = top.open_folder(way, *links).map_err(unreadable)?;
            self.folder = Some((way.to_owned(), folder));
        }
        self.folder.as_ref().expect("it was set above").1.open_file_by(name, *links, step)
    }

    fn magic(&mut self, input: &mut Input) -> Result<()> {
        while self.bytes.len() < 3 {
            let missing = 3 - self.bytes.len();
            (self.step)();
            if input.read_more(&mut self.bytes, missing)? == 0 {
                break;
            }
        }
        is_jpeg_magic(&self.bytes).then_some(()).ok_or_else(not_jpeg)
    }

    fn header(&mut self, input: &mut Input) -> Result<Facts> {
        let mut wanted = FIRST_READ;
        loop {
            let missing = wanted - self.bytes.len();
            (self.step)();
            let is_whole = input.read_more(&mut self.bytes, missing)? < missing;
            match Header::read_head(&self.bytes, is_whole)? {
                Head::Complete(header) => return Ok(facts(&header)),
                Head::NeedMore if wanted < LONGEST_HEADER => wanted *= 4,
                Head::NeedMore => {
                    let why = format!("the header goes on for more than {} MiB", LONGEST_HEADER >> 20);
                    return Err(Error::new(Kind::TooLarge, why));
                }
            }
        }
    }

    /// Reads a file to its end, unless it is no JPEG: a film is not read only to learn that it is none.
    fn read_all(&mut self, photo: &Photo<'_>) -> Result<()> {
        let mut input = self.open(photo)?;
        self.bytes.clear();
        self.magic(&mut input)?;
        let (step, pace, mut asked) = (self.step, &mut self.pace, Instant::now());
        input.read_to(u64::MAX, self.shared.limits.max_file, &mut self.bytes, &mut |got| {
            if got > 0 {
                pace.took(got, asked.elapsed());
            }
            asked = Instant::now();
            step();
            pace.size()
        })
    }

    fn full(&mut self) -> Result<Facts> {
        let limits = &self.shared.limits;
        let header = Header::read(&self.bytes)?;
        header.check_supported()?;
        // Every code is followed at any scale; the smallest takes least.
        let view = View::whole(&header, Scale::Eighth);
        header.check_limits(limits, &view)?;
        self.decoder.decode(&self.bytes, &header, &view)?;
        Ok(facts(&header))
    }
}

fn not_jpeg() -> Error {
    Error::new(Kind::NotJpeg, "it does not begin with FF D8 FF")
}

fn facts(header: &Header) -> Facts {
    let (dims, orientation) = (header.dims, header.orientation);
    Facts { dims, orientation, is_progressive: header.process.is_progressive() }
}
