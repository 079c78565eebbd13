//! What waits to be read, and in which order: by work stealing, or swept like a hard disk's arm.

use super::folder::Opened;
use super::level::{Level, Place};
use super::parts::Part;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Something to do.
pub(super) enum Job {
    /// Open a folder and list it.
    Read(Place),
    /// Open a folder; it will be listed later.
    Open(Place),
    /// List an open folder.
    List(Opened),
    /// List a part of a folder.
    Part(Part),
}

/// Who does what next. Threads are told apart by numbers from 0 on.
pub(super) trait Line: Send + Sync {
    /// Adds subfolders that a thread has found.
    fn add(&self, me: usize, level: Arc<Level>, some: Range<usize>);

    /// Adds parts of a folder.
    fn add_parts(&self, me: usize, parts: Vec<Part>);

    /// Takes a folder back that was opened to be listed later.
    fn opened(&self, opened: Opened);

    /// Returns what a thread of so many is to do next.
    fn take(&self, me: usize, threads: usize) -> Option<Job>;

    /// Tells whether nothing waits at any of so many threads.
    fn is_empty(&self, threads: usize) -> bool;
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Some subfolders of a level, or a part of a folder.
enum Share {
    Some(Arc<Level>, Range<usize>),
    Part(Part),
}

impl Share {
    /// Takes the first thing to do out; returns it, and what is left.
    fn first(self) -> (Job, Option<Self>) {
        match self {
            Self::Part(part) => (Job::Part(part), None),
            Self::Some(above, some) => {
                let (child, rest) = (some.start, some.start + 1..some.end);
                let left = (!rest.is_empty()).then(|| Self::Some(above.clone(), rest));
                (Job::Read(Place { above, child }), left)
            }
        }
    }
}

/// A stack for each thread: it goes down into what it found last, and one without work takes from
/// another what lies nearest to the root.
pub(super) struct Stacks(Vec<Mutex<VecDeque<Share>>>);

impl Stacks {
    /// Makes stacks for so many threads.
    pub(super) fn new(threads: usize) -> Self {
        Self((0..threads).map(|_| Mutex::default()).collect())
    }

    /// Takes half of what one thread has, the older half, for another one.
    fn steal(&self, from: usize, me: usize) -> Option<Job> {
        let mut stolen: VecDeque<Share> = {
            let mut stack = lock(&self.0[from]);
            if let (1, Some(Share::Some(level, some))) = (stack.len(), stack.front_mut()) {
                let middle = some.start + some.len() / 2;
                let half = some.start..middle;
                if half.is_empty() {
                    stack.drain(..).collect()
                } else {
                    some.start = middle;
                    VecDeque::from([Share::Some(level.clone(), half)])
                }
            } else {
                let half = stack.len().div_ceil(2);
                stack.drain(..half).collect()
            }
        };
        let (job, left) = stolen.pop_back()?.first();
        stolen.extend(left);
        if !stolen.is_empty() {
            lock(&self.0[me]).append(&mut stolen);
        }
        Some(job)
    }
}

impl Line for Stacks {
    fn add(&self, me: usize, level: Arc<Level>, some: Range<usize>) {
        lock(&self.0[me]).push_back(Share::Some(level, some));
    }

    fn add_parts(&self, me: usize, parts: Vec<Part>) {
        lock(&self.0[me]).extend(parts.into_iter().rev().map(Share::Part));
    }

    fn opened(&self, _: Opened) {}

    fn take(&self, me: usize, threads: usize) -> Option<Job> {
        {
            let mut stack = lock(&self.0[me]);
            if let Some(share) = stack.pop_back() {
                let (job, left) = share.first();
                stack.extend(left);
                return Some(job);
            }
        }
        (1..threads).find_map(|step| self.steal((me + step) % threads, me))
    }

    fn is_empty(&self, threads: usize) -> bool {
        self.0.iter().take(threads).all(|stack| lock(stack).is_empty())
    }
}

/// The whole frontier in the order of inodes, swept from the lowest to the highest and again.
///
/// Inodes of one drive lie on it in the order of their numbers, and what is in a folder mostly near to its
/// inode. Some folders at a time are opened, which reads their inodes, and then listed.
pub(super) struct Sweep {
    at_once: usize,
    state: Mutex<Frontier>,
}

#[derive(Default)]
struct Frontier {
    /// By inode, then by the order they were found in.
    waiting: BTreeMap<(u64, u64), Place>,
    found: u64,
    /// The next inode that the sweep comes by.
    at: u64,
    /// How many are still to be opened before the open ones are listed.
    to_open: usize,
    open: VecDeque<Opened>,
}

impl Sweep {
    /// Makes one that opens so many folders before it lists them.
    pub(super) fn new(at_once: usize) -> Self {
        Self { at_once: at_once.max(1), state: Mutex::default() }
    }
}

impl Frontier {
    fn next(&mut self, at_once: usize) -> Option<Job> {
        if self.to_open == 0 {
            if let Some(opened) = self.open.pop_front() {
                return Some(Job::List(opened));
            }
            self.to_open = at_once;
            if self.waiting.range((self.at, 0)..).next().is_none() {
                self.at = 0;
            }
        }
        let Some((&key, _)) = self.waiting.range((self.at, 0)..).next() else {
            self.to_open = 0;
            return self.open.pop_front().map(Job::List);
        };
        self.to_open -= 1;
        self.at = key.0;
        self.waiting.remove(&key).map(Job::Open)
    }
}

impl Line for Sweep {
    fn add(&self, _: usize, level: Arc<Level>, some: Range<usize>) {
        let mut state = lock(&self.state);
        for child in some {
            let key = (level.children()[child].inode, state.found);
            state.found += 1;
            state.waiting.insert(key, Place { above: level.clone(), child });
        }
    }

    fn add_parts(&self, _: usize, _: Vec<Part>) {}

    fn opened(&self, opened: Opened) {
        lock(&self.state).open.push_back(opened);
    }

    fn take(&self, _: usize, _: usize) -> Option<Job> {
        lock(&self.state).next(self.at_once)
    }

    fn is_empty(&self, _: usize) -> bool {
        let state = lock(&self.state);
        state.waiting.is_empty() && state.open.is_empty()
    }
}
