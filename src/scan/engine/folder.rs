//! Reading one folder: what all engines of our own have in common.
//!
//! A folder is opened relative to the descriptor of the folder above it. Where the budget of
//! descriptors does not allow to keep that one open, the way is walked again from the root.

use super::descriptors::Allowance;
use super::level::{Door, Level, Place, Site, Subfolders};
use super::listing::{Listing, Split};
use super::parts::Part;
use super::{Walk, endless, parts};
use crate::error::{Error, Kind};
use crate::fs::{self, FileId, Folder, Links, ListBuffer};
use crate::scan::watch::{Crew, Desk, Post};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A folder that was opened and waits to be listed.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) place: Place,
    folder: Folder,
    id: Option<FileId>,
}

/// One who reads folders: his post, and the memory it takes, used again for each. One a thread.
pub(super) struct Reader {
    buffer: ListBuffer,
    post: Arc<Post>,
    subfolders: Subfolders,
    /// The level whose folder's path the desk's path begins with.
    spelled: Option<Arc<Level>>,
    allowance: Allowance,
    is_lost: bool,
}

impl Reader {
    pub(super) fn new(walk: &Walk, crew: Option<Arc<dyn Crew>>) -> Self {
        let (buffer, subfolders) = (ListBuffer::default(), Subfolders::default());
        let (post, allowance) = (walk.watch.post(crew), Allowance::default());
        Self { buffer, post, subfolders, spelled: None, allowance, is_lost: false }
    }

    /// Tells whether he waited for too long for a drive: nothing of what he does counts any more, and what he
    /// had in hand was counted when he was given up.
    pub(super) const fn is_lost(&self) -> bool {
        self.is_lost
    }

    pub(super) fn post(&self) -> &Post {
        &self.post
    }

    /// Hands on what he has found.
    pub(super) fn flush(&self, walk: &Walk) {
        self.post.desk().collector.flush(&walk.outlet);
    }

    /// Reads a folder, and returns its subfolders if it has any.
    pub(super) fn read(
        &mut self,
        walk: &Walk,
        place: Place,
        helpers: Option<&dyn Helpers>,
    ) -> Option<Arc<Level>> {
        self.begin(walk, &place);
        let opened = self.open_now(walk, place);
        let below = opened.and_then(|opened| self.list_now(walk, opened, helpers));
        self.unless_lost(below)
    }

    /// Opens a folder to list it later, unless a rule bars it.
    pub(super) fn open(&mut self, walk: &Walk, place: Place) -> Option<Opened> {
        self.begin(walk, &place);
        let opened = self.open_now(walk, place);
        self.unless_lost(opened)
    }

    /// Lists a folder that was opened, and returns its subfolders if it has any.
    pub(super) fn list(&mut self, walk: &Walk, opened: Opened) -> Option<Arc<Level>> {
        self.begin(walk, &opened.place);
        let below = self.list_now(walk, opened, None);
        self.unless_lost(below)
    }

    /// Lists a part of a folder, and returns the subfolders in it if there are any.
    pub(super) fn list_part(&mut self, walk: &Walk, part: &Part) -> Option<Arc<Level>> {
        {
            let mut desk = self.post.desk();
            desk.path.clear();
            desk.path.extend_from_slice(part.path());
            self.spelled = None;
            self.post.wait(&walk.watch);
        }
        let below = self.list_part_now(walk, part);
        self.unless_lost(below)
    }

    /// Ends what was begun, however it ended: from here on he cannot be given up for it. Returns what came
    /// of it, unless he was.
    fn unless_lost<T>(&mut self, done: Option<T>) -> Option<T> {
        self.is_lost |= self.post.is_lost();
        done.filter(|_| !self.is_lost)
    }

    /// Turns to a folder: spells its path, and waits for the drive from now on.
    fn begin(&mut self, walk: &Walk, place: &Place) {
        let mut desk = self.post.desk();
        let mut now = Instant::now();
        if desk.collector.is_due(now) {
            desk.collector.flush(&walk.outlet);
            now = Instant::now();
        }
        spell(walk, place, &mut self.spelled, &mut desk);
        self.post.wait_from(now, &walk.watch);
    }

    fn open_now(&mut self, walk: &Walk, place: Place) -> Option<Opened> {
        let asks = walk.rules.asks_identity();
        let opened = patiently(|| open_at(walk, &place, &self.post))
            .and_then(|folder| Ok((asks.then(|| folder.status()).transpose()?, folder)));
        let error = match opened {
            Ok((None, folder)) => return Some(Opened { place, folder, id: None }),
            Ok((Some(status), folder)) => {
                let id = status.id;
                if place.above.site.is_none() {
                    walk.anchors[place.child].device.get_or_init(|| id.device);
                }
                let is_barred = is_barred(walk, &place, id, &self.post);
                return (!is_barred).then_some(Opened { place, folder, id: Some(id) });
            }
            Err(error) => Error::new(Kind::Unreadable, "cannot open the folder").because(error),
        };
        if !self.post.is_lost() {
            let path = here(walk, &place, &self.post.desk());
            walk.outlet.fault(error.at(path));
        }
        None
    }

    fn list_now(&mut self, walk: &Walk, opened: Opened, helpers: Option<&dyn Helpers>) -> Option<Arc<Level>> {
        let Opened { place, folder, id } = opened;
        let site = Site::new(place, id);
        if !walk.rules.reaches(site.depth + 1) {
            return None;
        }
        let Self { buffer, post, subfolders, .. } = self;
        let split = |path: &[u8], next| {
            let helpers = helpers?;
            let (parts, whole, end) = parts::split(walk, &site, &folder, path, next, helpers.count())?;
            // Only who is not lost has helpers: what they do is counted.
            (!post.is_lost()).then(|| helpers.take(parts))?;
            Some((whole, end))
        };
        let listing = Listing::new(walk, site.walk_root, &folder, site.depth, post, subfolders);
        let (photos, whole) = listing.whole(buffer, helpers.is_some().then_some(&split as Split<'_>));
        if post.is_lost() {
            return None;
        }
        match (whole, photos) {
            (Some(whole), photos) => whole.end(photos, &mut post.desk().collector),
            (None, Some(photos)) => post.desk().collector.folder_read(photos),
            (None, None) => {}
        }
        if self.subfolders.is_empty() { None } else { self.below(walk, site, folder) }
    }

    fn list_part_now(&mut self, walk: &Walk, part: &Part) -> Option<Arc<Level>> {
        let Self { buffer, post, subfolders, .. } = self;
        let site = part.site();
        let listed = patiently(|| part.open()).map(|folder| {
            let listing = Listing::new(walk, site.walk_root, &folder, site.depth, post, subfolders);
            listing.part(buffer, part.from..part.end, Some(part.whole.clone()))
        });
        if post.is_lost() {
            return None;
        }
        let photos = listed.unwrap_or_else(|error| {
            subfolders.clear();
            part.tell(walk, error);
            None
        });
        part.whole.end(photos, &mut post.desk().collector);
        (!subfolders.is_empty()).then(|| Arc::new(subfolders.level(part.own_site())))
    }

    /// Makes a level of the subfolders that were found, unless the folder lies within itself.
    fn below(&mut self, walk: &Walk, site: Site, folder: Folder) -> Option<Arc<Level>> {
        let mut level = self.subfolders.level(site);
        if endless::is_suspect(&level) {
            self.post.wait(&walk.watch);
            let fault = endless::fault(walk, &level, &folder, &|| self.post.wait(&walk.watch));
            let is_lost = self.post.is_lost();
            if let Some(fault) = fault.filter(|_| !is_lost) {
                let path = self.post.desk().path.clone();
                walk.outlet.fault(fault.at(OsStr::from_bytes(path.strip_suffix(b"/").unwrap_or(&path))));
                return None;
            }
        }
        if let (Some(held), Some(site)) = (self.allowance.hold(folder, &walk.descriptors), &mut level.site) {
            if site.depth == 0 {
                // Each root is read once.
                _ = walk.anchors[site.walk_root].folder.set(held);
            } else {
                site.door = Door::Own(held);
            }
        }
        let level = Arc::new(level);
        self.spelled = Some(level.clone());
        Some(level)
    }
}

/// Others who read parts of a large folder.
pub(super) trait Helpers {
    /// Returns how many there are, the reader among them.
    fn count(&self) -> usize;

    /// Gives them parts.
    fn take(&self, parts: Vec<Part>);
}

/// Spells the path of a folder at a desk, of which the beginning may be there already.
fn spell(walk: &Walk, place: &Place, spelled: &mut Option<Arc<Level>>, desk: &mut Desk) {
    let Place { above, child } = place;
    let walk_root = above.site.as_ref().map_or(*child, |site| site.walk_root);
    let prefix = walk.roots[walk_root].prefix();
    let path = &mut desk.path;
    let Some(site) = &above.site else {
        path.clear();
        path.extend_from_slice(prefix);
        *spelled = None;
        return;
    };
    if spelled.as_ref().is_some_and(|level| Arc::ptr_eq(level, above)) {
        path.truncate(prefix.len() + site.path_len);
    } else {
        path.clear();
        path.extend_from_slice(prefix);
        above.spell(path, prefix.len());
        *spelled = Some(above.clone());
    }
    path.extend_from_slice(above.name(*child));
    path.push(b'/');
}

/// Returns the path that was spelled as it is printed: without the slash, a root as it was given.
fn here(walk: &Walk, place: &Place, desk: &Desk) -> PathBuf {
    match &place.above.site {
        None => walk.roots[place.child].path().to_owned(),
        Some(_) => PathBuf::from(OsStr::from_bytes(desk.path.strip_suffix(b"/").unwrap_or(&desk.path))),
    }
}

/// Tells whether a rule keeps the walk out of a folder.
fn is_barred(walk: &Walk, place: &Place, id: FileId, post: &Post) -> bool {
    let here = &here(walk, place, &post.desk());
    let site = place.above.site.as_ref();
    let device =
        site.and_then(|site| walk.anchors[site.walk_root].device.get()).map_or(id.device, |&own| own);
    if walk.rules.bars(id, device) || (site.is_some() && walk.rules.bars_above(here, &walk.fs)) {
        return true;
    }
    let mut above = std::iter::once(&*place.above).chain(place.above.above());
    let is_loop = walk.rules.links == Links::Follow
        && above.any(|level| level.site.as_ref().is_some_and(|site| site.id == Some(id)));
    // A note may take its time; that is not the drive's.
    if is_loop && !post.is_lost() {
        walk.outlet.note(here, "leads back to a folder above it");
    }
    is_loop
}

/// Opens a folder: by its name in the folder above, or by its way from the root.
fn open_at(walk: &Walk, place: &Place, post: &Post) -> io::Result<Folder> {
    let Some(site) = &place.above.site else { return walk.fs.open_folder(walk.roots[place.child].path()) };
    let links = walk.rules.links;
    if let Some(folder) = site.folder(walk) {
        let name = place.above.name(place.child);
        return folder.open_folder(Path::new(OsStr::from_bytes(name)), links);
    }
    let root = &walk.roots[site.walk_root];
    let path = post.desk().path.clone();
    let way = path.get(root.prefix().len()..path.len().saturating_sub(1)).unwrap_or_default();
    let way = Path::new(OsStr::from_bytes(way));
    match walk.anchors[site.walk_root].folder.get() {
        Some(held) => held.folder.open_folder(way, links),
        None => walk.fs.open_folder(root.path())?.open_folder(way, links),
    }
}

/// Opens, and waits a little when no descriptor is left: other threads give theirs back.
pub(super) fn patiently(mut open: impl FnMut() -> io::Result<Folder>) -> io::Result<Folder> {
    for pause in [1, 10, 100, 500] {
        match open() {
            Err(error) if fs::is_out_of_descriptors(&error) => {
                std::thread::sleep(Duration::from_millis(pause));
            }
            answer => return answer,
        }
    }
    open()
}
