//! Checking content: threads that open what has a photo's name and pass the photos on.
//!
//! What is no JPEG is no hit; what cannot be read is a fault, and so is a JPEG that is broken.
//! Nothing is held against a file but what was asked: a photo of a process that is not decoded here
//! passes a check of its header.

use super::lists::Listed;
use super::outlet::{Message, Outlet};
use super::plan::{Check, ScanPlan};
use super::rules::Rules;
use crate::device::Policy;
use crate::error::{Error, Kind, Result};
use crate::fs::{Folder, Fs, Input, Links};
use crate::jpeg::{Decoder, Head, Header, Limits, Scale, View, is_jpeg_magic};
use crate::photo::{Batch, Facts, Photo, Root};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The first read of a header; most end well within.
const FIRST_READ: usize = 64 << 10;

/// A header that has not ended after so much is none. A guess: a profile, a preview and maker notes
/// together take some hundred KiB.
const LONGEST_HEADER: usize = 16 << 20;

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
        Self(Arc::new(Shared { check, links, limits, decoders, decoding, fs, roots, listed, outlet }))
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

    pub(super) fn desk(&self) -> Desk<'_> {
        Desk { shared: &self.0, root: None, folder: None, bytes: Vec::new(), decoder: Decoder::new() }
    }

    /// Checks what comes in until nothing more does.
    pub(super) fn run(&self, candidates: &Receiver<Message>, turns: &Turns) {
        let shared = &*self.0;
        let mut desk = self.desk();
        for message in candidates {
            if shared.outlet.is_halted() {
                return;
            }
            let Message::Batch(batch) = message else { continue };
            let mut good = Batch::default();
            for photo in batch.iter(&shared.roots) {
                match desk.check_safely(&photo, turns) {
                    Ok(Verdict::Photo(facts)) => {
                        good.push_with(photo.root, &[photo.path.as_os_str().as_bytes()], photo.inode, facts);
                    }
                    Ok(Verdict::Other) => {}
                    // Who opens it finds the same.
                    Err(_) if shared.trusts(&photo) => {
                        good.push(photo.root, &[photo.path.as_os_str().as_bytes()], photo.inode);
                    }
                    Err(error) => shared.outlet.fault(error.at(photo.path)),
                }
                if shared.outlet.is_halted() {
                    return;
                }
            }
            shared.outlet.spare.give(batch);
            if !good.is_empty() {
                shared.outlet.batch(good);
            }
        }
    }
}

/// What a file turned out to be.
enum Verdict {
    Photo(Option<Facts>),
    Other,
}

/// So many threads at once do something while others wait: read whole photos from a drive, or decode.
#[derive(Clone)]
pub(super) struct Turns(Sender<()>, Receiver<()>);

impl Turns {
    fn new(count: usize) -> Self {
        let (give, take) = bounded(count.max(1));
        (0..count.max(1)).for_each(|_| _ = give.send(()));
        Self(give, take)
    }

    /// Waits for a turn, works, and lets others work again, also after a panic.
    fn take<T>(&self, work: impl FnOnce() -> T) -> T {
        struct Back<'a>(&'a Sender<()>);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                // There is room: each gives back what it took.
                _ = self.0.try_send(());
            }
        }
        _ = self.1.recv();
        let _back = Back(&self.0);
        work()
    }
}

/// One checking thread: the folders it has open and the memory it takes.
pub(super) struct Desk<'a> {
    shared: &'a Shared,
    /// The root of the last file.
    root: Option<(usize, Folder)>,
    /// The folder of the last file, if it is not the root: neighbours mostly come together.
    folder: Option<(PathBuf, Folder)>,
    bytes: Vec<u8>,
    decoder: Decoder,
}

impl Desk<'_> {
    /// Checks a file; a panic costs that file.
    fn check_safely(&mut self, photo: &Photo<'_>, turns: &Turns) -> Result<Verdict> {
        catch_unwind(AssertUnwindSafe(|| self.check(photo, turns))).unwrap_or_else(|_| {
            self.decoder = Decoder::new();
            Err(Error::new(Kind::DecoderCrashed, "the decoder panicked"))
        })
    }

    fn check(&mut self, photo: &Photo<'_>, turns: &Turns) -> Result<Verdict> {
        let verdict = match self.shared.check {
            Check::Full => turns.take(|| self.read_all(photo)).and_then(|()| {
                let decoding = self.shared.decoding.clone();
                decoding.take(|| self.full()).map(Some)
            }),
            check => self.open(photo).and_then(|input| self.head(input, check)),
        };
        match verdict {
            Ok(facts) => Ok(Verdict::Photo(facts)),
            Err(error) if error.kind == Kind::NotJpeg => Ok(Verdict::Other),
            Err(error) => Err(error),
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
        let root = &roots[photo.root];
        if !root.is_folder() {
            return fs.open_file(photo.path);
        }
        if self.root.as_ref().is_none_or(|(at, _)| *at != photo.root) {
            self.folder = None;
            self.root = Some((photo.root, fs.open_folder(&root.path).map_err(unreadable)?));
        }
        let top = &self.root.as_ref().expect("it was set above").1;
        let name = Path::new(photo.relative.file_name().unwrap_or_default());
        let way = match photo.relative.parent() {
            Some(way) if !way.as_os_str().is_empty() => way,
            _ => return top.open_file(name, *links),
        };
        if self.folder.as_ref().is_none_or(|(open, _)| open != way) {
            self.folder = None;
            let folder = top.open_folder(way, *links).map_err(unreadable)?;
            self.folder = Some((way.to_owned(), folder));
        }
        self.folder.as_ref().expect("it was set above").1.open_file(name, *links)
    }

    fn magic(&mut self, input: &mut Input) -> Result<()> {
        while self.bytes.len() < 3 {
            let missing = 3 - self.bytes.len();
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
        input.read_rest(self.shared.limits.max_file, &mut self.bytes)
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
