//! The default: a folder is split into its subfolders, each a task of a pool, and each of these is
//! split again as it is read. Threads with nothing to do steal the tasks nearest to the root.
//!
//! The calling thread goes ahead alone for a moment: a small tree never starts a pool.

use super::folder::{Level, Reader};
use super::serial::{Stack, read_all};
use super::{Engine, Walk};
use rayon::{Scope, ThreadPoolBuilder};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Threads, unless a plan says otherwise.
const THREADS: usize = 16;

/// How long the calling thread goes ahead alone.
const HEAD_START: Duration = Duration::from_millis(1);

pub(super) struct Split;

impl Engine for Split {
    fn walk(&self, walk: &Arc<Walk>) {
        let threads = if walk.threads == 0 { THREADS } else { walk.threads };
        let mut stack = vec![(Level::roots(walk), 0)];
        let mut reader = Reader::default();
        let begun = Instant::now();
        read_all(&mut reader, walk, &mut stack, || threads == 1 || begun.elapsed() < HEAD_START);
        reader.collector.flush(&walk.outlet);
        if stack.is_empty() || walk.outlet.is_halted() {
            return;
        }
        let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|at| format!("scan-{at}"));
        let shared = Shared { walk, readers: (0..threads).map(|_| Mutex::default()).collect() };
        let built = pool.build_scoped(rayon::ThreadBuilder::run, |pool| {
            let stack = std::mem::take(&mut stack);
            pool.scope(|scope| shared.begin(scope, stack));
        });
        if built.is_err() {
            // No threads are to be had: one must do.
            read_all(&mut reader, walk, &mut stack, || true);
            reader.collector.flush(&walk.outlet);
        }
        for reader in &shared.readers {
            reader.lock().unwrap_or_else(PoisonError::into_inner).collector.flush(&walk.outlet);
        }
    }
}

/// What all tasks share.
struct Shared<'a> {
    walk: &'a Walk,
    /// One for each thread of the pool, which alone locks it.
    readers: Vec<Mutex<Reader>>,
}

impl Shared<'_> {
    /// Hands what is waiting to the pool, so that what is nearest to the root is stolen first.
    fn begin<'scope>(&'scope self, scope: &Scope<'scope>, stack: Stack) {
        for (level, next) in stack {
            let waiting = next..level.len();
            let level = Arc::new(level);
            if !waiting.is_empty() {
                scope.spawn(move |scope| self.task(scope, level, waiting));
            }
        }
    }

    /// Reads some folders of a level, and all beneath them unless other threads take a share.
    fn task<'scope>(&'scope self, scope: &Scope<'scope>, mut level: Arc<Level>, mut some: Range<usize>) {
        while !self.walk.outlet.is_halted() {
            while some.len() > 1 {
                let middle = some.start + some.len() / 2;
                let (half, level) = (middle..some.end, level.clone());
                scope.spawn(move |scope| self.task(scope, level, half));
                some.end = middle;
            }
            let Some(below) = self.read(&level, some.start) else { return };
            some = 0..below.len();
            level = Arc::new(below);
        }
    }

    fn read(&self, level: &Level, child: usize) -> Option<Level> {
        let reader = &self.readers[rayon::current_thread_index().unwrap_or(0)];
        reader.lock().unwrap_or_else(PoisonError::into_inner).read(self.walk, level, child)
    }
}
