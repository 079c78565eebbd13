//! A scan as its caller sees it: photos and faults as they come, and the set of all in the end.

use super::check::Checker;
use super::checkers::Checkers;
use super::engine::{Anchor, Descriptors, Walk, engine};
use super::lanes::{Lane, Splitter, lanes};
use super::lists;
use super::outlet::{Collector, Halt, Message, Outlet, Spare, Way};
use super::plan::{Check, ScanPlan};
use super::roots::Roots;
use super::rules::Rules;
use super::watch::Watch;
use crate::device::LostDrive;
use crate::error::{Error, Kind, Result};
use crate::event::{Event, Observer, Stop};
use crate::fs::{self, Fs};
use crate::photo::{Batch, Facts, PhotoSet, Root};
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What every thread that checks files is called, with its number behind it.
pub const CHECK_THREAD: &str = "check";

/// Batches under way between two stages: 64 of 64 KiB each are 4 MiB.
const UNDER_WAY: usize = 64;

/// Descriptors for each thread that checks: its root, the folder, the file, and as many for the walkers.
const DESCRIPTORS: u64 = 6;

/// A check is handed so few photos at a time that one flat folder is spread over its threads.
const CHECKED_AT_ONCE: usize = 32;

/// How often a scan that waits looks whether it shall stop.
const GLANCE: Duration = Duration::from_millis(50);

/// How long a scan that ends waits for its threads. A read that a drive never answers cannot be
/// ended from outside; its thread is left behind then. A guess.
const FAREWELL: Duration = Duration::from_secs(5);

/// A photo that was found, with paths of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPhoto {
    /// Its path: the root as given and what lies beneath.
    pub path: PathBuf,
    /// Which root it was found under, as an index into [`Scan::roots`].
    pub root: usize,
    /// Its inode number, 0 where the walker did not learn it.
    pub inode: u64,
    /// What its header says, where the scan read it.
    pub facts: Option<Facts>,
}

/// How a scan came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything was looked at.
    Whole,
    /// It was told to stop before.
    Stopped,
}

/// What a scan came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanTotals {
    /// Folders that were read to their end.
    pub folders: u64,
    /// Photos that were handed on. A set may hold fewer: it has no duplicates.
    pub photos: u64,
    /// How many faults there were of each kind.
    pub faults: BTreeMap<Kind, u64>,
    /// Drives that did not answer any more while files on them were checked.
    pub lost_drives: Vec<LostDrive>,
    /// Whether everything was looked at.
    pub ended: Ended,
}

/// A scan under way: hands on photos and faults as they are found, in no order.
///
/// Faults were told to the observer as well. Dropping it stops its threads and waits for them, but
/// no longer than some seconds for one that a drive does not answer.
pub struct Scan {
    roots: Arc<[Root]>,
    messages: Option<Receiver<Message>>,
    threads: Vec<JoinHandle<()>>,
    halt: Halt,
    observer: Arc<dyn Observer>,
    /// What the walkers have: taken from them when they do not come to an end.
    outlet: Outlet,
    watch: Watch,
    /// Those who check, drive by drive.
    checkers: Vec<Checkers>,
    /// When they are looked after next.
    next_glance: Instant,
    /// Faults of files that were given up, not handed on yet.
    given_up: Vec<Error>,
    totals: ScanTotals,
    /// Photos of a batch that was begun.
    begun: std::vec::IntoIter<FoundPhoto>,
}

/// Starts a scan.
///
/// Costs a look at each root; everything else happens in threads of its own, which wait while
/// nothing is taken from the scan: at most some MiB of paths are under way.
///
/// # Errors
/// [`Kind::Usage`] before any work when a root is missing or is neither a file nor a folder, when a list
/// cannot be opened, and when the plan makes no sense. A list that breaks off is a fault of that kind.
pub fn scan(plan: &ScanPlan, fs: &Fs, observer: Arc<dyn Observer>) -> Result<Scan> {
    scan_until(plan, fs, observer, Stop::default())
}

/// Starts a scan that also ends when `stop` is set.
///
/// # Errors
/// As [`scan`].
pub fn scan_until(plan: &ScanPlan, fs: &Fs, observer: Arc<dyn Observer>, stop: Stop) -> Result<Scan> {
    let rules = Rules::new(plan)?;
    let Roots { all, walks, files, lists, faults } = Roots::resolve(&plan.roots, &plan.lists, &rules, fs)?;
    let lists = lists::open(lists, plan.listed, fs)?;
    let roots: Arc<[Root]> = all.into();
    let halt = Halt { own: Stop::default(), outside: stop };
    let (found, messages) = bounded(UNDER_WAY);
    let folders = Arc::new(AtomicU64::new(0));
    let (photos, faults_way) = (Way::new(found.clone()), Way::new(found.clone()));
    let mut outlet = Outlet {
        photos,
        faults: faults_way,
        observer,
        halt,
        folders,
        batch_len: usize::MAX,
        spare: Spare::default(),
    };
    let mut candidates = None;
    if rules.check != Check::Name {
        let (named, unchecked) = bounded(UNDER_WAY);
        (outlet.photos, outlet.batch_len) = (Way::new(named), CHECKED_AT_ONCE);
        candidates = Some(unchecked);
    }
    let watch = Watch::new(plan.read_timeout);
    let mut scan = Scan::new(roots.clone(), messages, outlet.clone(), watch.clone());
    if let Some(candidates) = candidates {
        // The checkers' own: it must last longer than that of the walkers.
        let way = Way::new(found);
        let out = Outlet { photos: way.clone(), faults: way, ..outlet.clone() };
        scan.check(
            &Checker::new(plan, &rules, fs, roots.clone(), out),
            candidates,
            &lanes(plan, &roots, fs),
        )?;
    } else {
        drop(found);
    }
    let walk = Walk {
        rules,
        anchors: walks.iter().map(|_| Anchor::default()).collect(),
        roots: walks,
        fs: fs.clone(),
        threads: plan.threads,
        reading: plan.reading.clone(),
        outlet,
        descriptors: Descriptors::default(),
        watch,
    };
    let engine = engine(plan.engine);
    scan.start("scan".to_owned(), move || {
        // Also when it panics: threads that hang must not keep the scan from its end.
        let _ends = Ends(walk.outlet.clone(), walk.watch.clone());
        let mut collector = Collector::default();
        faults.into_iter().for_each(|fault| walk.outlet.fault(fault));
        for (root, inode) in files {
            collector.push(&walk.outlet, root, &[roots[root].prefix()], inode);
        }
        for list in lists {
            list.read(&mut collector, &walk);
        }
        collector.flush(&walk.outlet);
        engine.walk(&Arc::new(walk));
    })?;
    Ok(scan)
}

/// Closes the outlet of the walkers when the walk has ended, and dismisses those who watched.
struct Ends(Outlet, Watch);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.close();
        self.1.end();
    }
}

impl Scan {
    fn new(roots: Arc<[Root]>, messages: Receiver<Message>, outlet: Outlet, watch: Watch) -> Self {
        let (folders, photos, faults, lost_drives) = (0, 0, BTreeMap::new(), Vec::new());
        let totals = ScanTotals { folders, photos, faults, lost_drives, ended: Ended::Whole };
        let (halt, observer) = (outlet.halt.clone(), outlet.observer.clone());
        let (messages, begun, threads) = (Some(messages), Vec::new().into_iter(), Vec::new());
        let (checkers, next_glance, given_up) = (Vec::new(), Instant::now(), Vec::new());
        Self {
            roots,
            messages,
            threads,
            halt,
            observer,
            outlet,
            watch,
            checkers,
            next_glance,
            given_up,
            totals,
            begun,
        }
    }

    fn start(&mut self, name: String, work: impl FnOnce() + Send + 'static) -> Result<()> {
        let thread = std::thread::Builder::new().name(name).spawn(work);
        let thread = thread.map_err(|error| Error::new(Kind::Bug, "cannot start a thread").because(error))?;
        self.threads.push(thread);
        Ok(())
    }

    /// Starts the threads that check candidates, those of each drive on their own.
    fn check(&mut self, checker: &Checker, candidates: Receiver<Message>, lanes: &[Lane]) -> Result<()> {
        let (mut sources, ends) = (vec![candidates], checker.ends());
        if lanes.len() > 1 {
            let (outs, split) = lanes.iter().map(|_| bounded(UNDER_WAY)).unzip();
            let splitter = Splitter::new(checker, lanes, outs);
            let candidates = std::mem::replace(&mut sources, split);
            self.start(format!("{CHECK_THREAD} split"), move || splitter.run(&candidates[0]))?;
        }
        let most = (fs::descriptor_limit() / DESCRIPTORS / lanes.len().max(1) as u64).max(1);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        for (drive, (lane, mut source)) in lanes.iter().zip(sources).enumerate() {
            let (out, sorted) = bounded(UNDER_WAY);
            let sorter = lane.sorter(checker, out);
            let unsorted = sorter.map(|sorter| (sorter, std::mem::replace(&mut source, sorted)));
            let (threads, turns) = checker.threads(lane.policy(), most);
            lane.tell(threads, &self.outlet);
            let place = (drive, lane.mount_point().to_owned());
            let mut checkers = Checkers::new((checker, turns), source, place);
            if let Some((sorter, candidates)) = unsorted {
                self.threads.push(checkers.start_sorter(sorter, candidates)?);
            }
            for _ in 0..threads {
                self.threads.push(checkers.start(&ends)?);
            }
            self.checkers.push(checkers);
        }
        Ok(())
    }

    /// Returns the roots that are looked at: those of the plan without what others find as well.
    #[must_use]
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// Returns the next photos, a fault, or `None` at the end. Waits for them.
    ///
    /// The quickest way to take photos; not to be mixed with the iterator, which may hold some back.
    pub fn next_batch(&mut self) -> Option<Result<Batch>> {
        let message = self.receive();
        match message? {
            Message::Batch(batch) => {
                self.totals.photos += batch.len() as u64;
                Some(Ok(batch))
            }
            Message::Fault(fault) => {
                *self.totals.faults.entry(fault.kind).or_default() += 1;
                Some(Err(fault))
            }
        }
    }

    /// Takes a batch back whose photos are not needed any more: its memory is used for others.
    pub fn give_back(&self, batch: Batch) {
        self.outlet.spare.give(batch);
    }

    fn receive(&mut self) -> Option<Message> {
        loop {
            if self.halt.outside.is_set() {
                self.totals.ended = Ended::Stopped;
                self.messages = None;
            }
            let messages = self.messages.as_ref()?;
            if let Some(fault) = self.given_up.pop() {
                return Some(Message::Fault(fault));
            }
            match messages.recv_timeout(GLANCE) {
                Ok(message) => return Some(message),
                Err(RecvTimeoutError::Timeout) => {
                    if self.watch.glance(&self.outlet) {
                        self.outlet.close();
                    }
                    self.look_after_checkers();
                }
                Err(RecvTimeoutError::Disconnected) => {
                    self.messages = None;
                    let panicked = self.join();
                    if let Some(fault) = &panicked {
                        // An observer that panics, too, has been told all it can be told.
                        let tell = AssertUnwindSafe(|| self.observer.on(Event::ScanFault(fault)));
                        _ = catch_unwind(tell);
                    }
                    // Walkers may have seen the wish to stop before this thread did.
                    if panicked.is_some() || self.halt.is_set() || self.watch.is_cut() {
                        self.totals.ended = Ended::Stopped;
                    }
                    return panicked.map(Message::Fault);
                }
            }
        }
    }

    /// Gives up those who check and wait for too long, if it is time to look after them.
    fn look_after_checkers(&mut self) {
        let now = Instant::now();
        if let Some(checkers) = self.checkers.first()
            && now >= self.next_glance
        {
            self.next_glance = now + checkers.glance_every();
            let threads = &mut self.threads;
            self.given_up.extend(self.checkers.iter_mut().flat_map(|checkers| checkers.glance(threads)));
        }
    }

    /// Waits for the threads, each of which has ended or soon will; tells if one panicked.
    fn join(&mut self) -> Option<Error> {
        let begun = Instant::now();
        // Who was given up is not waited for once more.
        let has_lost = self.watch.has_lost() || self.checkers.iter().any(Checkers::has_lost);
        let farewell = if has_lost { GLANCE } else { FAREWELL };
        self.checkers.iter_mut().for_each(Checkers::end);
        let mut panicked = None;
        for thread in self.threads.drain(..) {
            while !thread.is_finished() && begun.elapsed() < farewell {
                std::thread::sleep(Duration::from_micros(200));
            }
            if thread.is_finished() && thread.join().is_err() {
                panicked = Some(Error::new(Kind::Bug, "a thread of the scan panicked"));
            }
        }
        panicked
    }

    /// Takes all photos into a sorted set. Faults are counted; the observer was told of each.
    #[must_use]
    pub fn into_set(mut self) -> (PhotoSet, ScanTotals) {
        let mut set = PhotoSet::new(self.roots.to_vec());
        while let Some(found) = self.next_batch() {
            if let Ok(batch) = found {
                set.absorb(batch);
            }
        }
        set.finish();
        (set, self.totals())
    }

    /// Returns what the scan has come to so far.
    #[must_use]
    pub fn totals(&self) -> ScanTotals {
        let lost_drives = self.checkers.iter().filter_map(Checkers::lost_drive).collect();
        let folders = self.outlet.folders.load(Ordering::Relaxed);
        ScanTotals { folders, lost_drives, ..self.totals.clone() }
    }
}

impl Iterator for Scan {
    type Item = Result<FoundPhoto>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(photo) = self.begun.next() {
                return Some(Ok(photo));
            }
            match self.next_batch()? {
                Ok(batch) => {
                    let photos: Vec<_> = batch.iter(&self.roots).map(FoundPhoto::from).collect();
                    self.give_back(batch);
                    self.begun = photos.into_iter();
                }
                Err(fault) => return Some(Err(fault)),
            }
        }
    }
}

impl From<crate::photo::Photo<'_>> for FoundPhoto {
    fn from(photo: crate::photo::Photo<'_>) -> Self {
        Self { path: photo.path.to_owned(), root: photo.root, inode: photo.inode, facts: photo.facts }
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        self.halt.own.set();
        self.messages = None;
        self.join();
    }
}
