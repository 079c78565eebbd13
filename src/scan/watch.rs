//! Who reads folders at this moment, and whether the drive answers them.
//!
//! A call that a drive never answers cannot be ended from outside. So whoever reads folders has a [`Post`],
//! and leaves there what he has found while he waits for the drive. When he waits for too long, the scan
//! takes that from him, names the folder, and goes on without him.

use super::outlet::{Collector, Outlet};
use crate::error::{Error, Kind};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Those who walk together: they must know when one of them is lost.
pub(super) trait Crew: Send + Sync {
    /// One is lost, with the folder that he was reading, and others that he had read and not told of.
    fn lose(self: Arc<Self>, untold: usize);

    /// Tells whether nobody who is not lost works any more.
    fn is_over(&self) -> bool;
}

/// Where one who reads folders works.
#[derive(Default)]
pub(super) struct Post {
    /// Those he walks with.
    crew: Option<Arc<dyn Crew>>,
    /// Since when he waits for the drive, in milliseconds of the watch and one more; 0 while he does not.
    since: AtomicU64,
    /// What `since` was when he was last seen to wait for too long.
    seen: AtomicU64,
    /// Folders that he has read and not told his crew of.
    untold: AtomicUsize,
    desk: Mutex<Desk>,
}

/// What he works on. Not locked while he waits for the drive.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// The path of the folder being read: the root's prefix, and a slash behind every name.
    pub(super) path: Vec<u8>,
    /// What he has found.
    pub(super) collector: Collector,
    /// Whether he waited for too long: nothing of what he does counts any more.
    pub(super) is_lost: bool,
}

impl Post {
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on he waits for the drive.
    pub(super) fn wait(&self, watch: &Watch) {
        self.wait_from(Instant::now(), watch);
    }

    /// Since this time, which is now, he waits for the drive.
    pub(super) fn wait_from(&self, now: Instant, watch: &Watch) {
        self.since.store(watch.at(now), Ordering::Relaxed);
    }

    /// Returns how many folders he has read and not told his crew of.
    pub(super) fn untold(&self) -> usize {
        self.untold.load(Ordering::Relaxed)
    }

    /// Says how many folders he has read and not told his crew of; only for himself.
    pub(super) fn set_untold(&self, count: usize) {
        self.untold.store(count, Ordering::Relaxed);
    }

    /// He does not wait for the drive any more.
    pub(super) fn rest(&self) {
        self.since.store(0, Ordering::Relaxed);
    }

    /// He does not wait any more and will not be given up; returns whether he was, before.
    pub(super) fn is_lost(&self) -> bool {
        self.rest();
        self.desk().is_lost
    }

    /// Tells whether he is seen for the second time to wait since the same moment.
    ///
    /// A program that was halted finds all who wait overdue: at the second glance they had time to go on.
    fn is_seen_again(&self, since: u64) -> bool {
        self.seen.swap(since, Ordering::Relaxed) == since
            && self.desk.try_lock().is_ok_and(|desk| !desk.is_lost)
    }
}

/// Looks after all posts of a walk. Its clones are one.
#[derive(Clone)]
pub(super) struct Watch(Arc<Shared>);

struct Shared {
    begun: Instant,
    patience: Duration,
    posts: Mutex<Vec<Arc<Post>>>,
    crews: Mutex<Vec<Arc<dyn Crew>>>,
    is_cut: AtomicBool,
}

impl Watch {
    /// Makes a watch that gives a drive so much time for an answer.
    pub(super) fn new(patience: Duration) -> Self {
        let (posts, crews) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Shared {
            begun: Instant::now(),
            patience,
            posts,
            crews,
            is_cut: AtomicBool::new(false),
        }))
    }

    /// Makes a post for one who walks with a crew, or alone.
    pub(super) fn post(&self, crew: Option<Arc<dyn Crew>>) -> Arc<Post> {
        let post = Arc::new(Post { crew, ..Post::default() });
        self.posts().push(post.clone());
        post
    }

    /// Adds a crew: the walk is not over before all of them are done.
    pub(super) fn add_crew(&self, crew: Arc<dyn Crew>) {
        self.crews().push(crew);
    }

    /// Returns a time as posts have it.
    fn at(&self, time: Instant) -> u64 {
        let since = time.saturating_duration_since(self.0.begun).as_millis();
        u64::try_from(since).unwrap_or(u64::MAX - 1) + 1
    }

    /// Gives up those who wait for too long; to be called now and then. Tells whether nobody is left who
    /// works.
    pub(super) fn glance(&self, outlet: &Outlet) -> bool {
        for post in self.posts().iter() {
            let since = post.since.load(Ordering::Relaxed);
            let waited = Duration::from_millis(self.at(Instant::now()).saturating_sub(since));
            if since > 0 && waited >= self.0.patience && post.is_seen_again(since) {
                // In a thread of its own: the caller is the one who takes what is handed on. If there is none
                // to be had, the next glance tries again.
                let (watch, post, outlet) = (self.clone(), post.clone(), outlet.clone());
                let thread = std::thread::Builder::new().name("scan-late".to_owned());
                _ = thread.spawn(move || watch.give_up(&post, since, &outlet));
            }
        }
        let crews = self.crews();
        !crews.is_empty() && crews.iter().all(|crew| crew.is_over())
    }

    /// Forgets all posts and crews, because the walk is over: they know it, and it knows this.
    pub(super) fn end(&self) {
        self.posts().clear();
        self.crews().clear();
    }

    /// Notes that not everything will be looked at.
    pub(super) fn cut(&self) {
        self.0.is_cut.store(true, Ordering::Relaxed);
    }

    /// Tells whether not everything was looked at.
    pub(super) fn is_cut(&self) -> bool {
        self.0.is_cut.load(Ordering::Relaxed)
    }

    /// Tells whether someone was given up.
    pub(super) fn has_lost(&self) -> bool {
        self.posts().iter().any(|post| post.desk.try_lock().is_ok_and(|desk| desk.is_lost))
    }

    /// Hands on what one who waits since then had found, and names the folder.
    fn give_up(&self, post: &Post, since: u64, outlet: &Outlet) {
        let (path, mut collector) = {
            // He who holds it is at work after all.
            let Ok(mut desk) = post.desk.try_lock() else { return };
            let still = post.since.compare_exchange(since, 0, Ordering::Relaxed, Ordering::Relaxed);
            if desk.is_lost || still.is_err() {
                return;
            }
            desk.is_lost = true;
            (std::mem::take(&mut desk.path), std::mem::take(&mut desk.collector))
        };
        collector.flush(outlet);
        let bare = path.strip_suffix(b"/").filter(|bare| !bare.is_empty()).unwrap_or(&path);
        let why = format!("the drive did not answer for {:?}", self.0.patience);
        let error = Error::new(Kind::TimedOut, why).at(Path::new(OsStr::from_bytes(bare)));
        match post.crew.clone() {
            Some(crew) => {
                outlet.fault(error);
                crew.lose(post.untold());
            }
            None => {
                self.cut();
                outlet.fault(error.hint("the walk ends here, because this engine has one thread only"));
                outlet.close();
            }
        }
    }

    fn posts(&self) -> MutexGuard<'_, Vec<Arc<Post>>> {
        self.0.posts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn crews(&self) -> MutexGuard<'_, Vec<Arc<dyn Crew>>> {
        self.0.crews.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Nobody;
    use crate::scan::outlet::{Halt, Message, Spare, Way};

    #[test]
    fn who_waits_is_given_up_once_and_not_at_the_first_glance() {
        let (sender, receiver) = crossbeam_channel::unbounded();
        let outlet = Outlet {
            photos: Way::new(sender.clone()),
            faults: Way::new(sender),
            observer: Arc::new(Nobody),
            halt: Halt::default(),
            folders: Arc::default(),
            batch_len: 1,
            spare: Spare::default(),
        };
        let watch = Watch::new(Duration::from_millis(1));
        let post = watch.post(None);
        post.desk().path = b"a/b/".to_vec();
        post.wait(&watch);
        std::thread::sleep(Duration::from_millis(5));
        watch.glance(&outlet);
        assert!(
            receiver.recv_timeout(Duration::from_millis(100)).is_err(),
            "the program may have been halted"
        );
        // Who went on in the meantime is not overdue by what was seen before.
        post.wait(&watch);
        std::thread::sleep(Duration::from_millis(5));
        watch.glance(&outlet);
        assert!(!post.desk().is_lost);
        watch.glance(&outlet);
        let told = receiver.recv_timeout(Duration::from_secs(5)).unwrap();
        assert!(matches!(told, Message::Fault(fault) if fault.path.as_deref() == Some(Path::new("a/b"))));
        // He comes back, and waits again: nothing of it counts.
        post.wait(&watch);
        std::thread::sleep(Duration::from_millis(5));
        (0..3).for_each(|_| _ = watch.glance(&outlet));
        assert!(post.is_lost() && watch.is_cut());
        drop(outlet);
        assert!(receiver.recv_timeout(Duration::from_secs(5)).is_err(), "he is lost once");
    }
}
