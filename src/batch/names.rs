//! Which output each photo gets: the input tree mirrored, and collisions found beforehand.

use crate::error::{Error, Kind, Result, Shown};
use crate::fs::Fs;
use crate::photo::{Photo, PhotoSet, Root};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

/// The folder in OUT that belongs to this program.
pub(super) const OWN_FOLDER: &str = ".jpegasus";

/// The longest name that Linux and macOS file systems take, in bytes.
const LONGEST_NAME: usize = 255;

/// How inputs become names beneath OUT.
#[derive(Debug)]
pub(super) struct Names {
    /// What stands before the relative path, for each root.
    tops: Vec<PathBuf>,
    /// What is appended to the name, such as `.png`; empty where the name stays.
    suffix: &'static str,
}

impl Names {
    /// Lays the names out: one root has no top folder, several have the last part of their
    /// canonical path. A file that was named itself lies at the top.
    ///
    /// # Errors
    /// [`Kind::Usage`] when two roots would share a top folder.
    pub(super) fn new(roots: &[Root], suffix: &'static str, fs: &Fs) -> Result<Self> {
        let mut tops = vec![PathBuf::new(); roots.len()];
        if roots.len() > 1 {
            let mut taken: HashMap<OsString, &Path> = HashMap::new();
            for (top, root) in tops.iter_mut().zip(roots).filter(|(_, root)| root.is_folder()) {
                let name = top_folder(&root.path, fs);
                if let Some(other) = taken.insert(name.clone(), &root.path) {
                    let why = format!("its outputs and those of {} would share a folder", Shown(other));
                    return Err(Error::usage(why)
                        .at(&root.path)
                        .hint("run them one after the other, each with its own -o"));
                }
                *top = PathBuf::from(name);
            }
        }
        Ok(Self { tops, suffix })
    }

    /// Returns the path of a photo's output beneath OUT.
    ///
    /// # Errors
    /// [`Kind::OutputFailed`] for a name longer than 255 bytes or inside our own folder, and for a listed
    /// path with `..` in it.
    pub(super) fn output(&self, photo: &Photo<'_>) -> Result<PathBuf> {
        let relative = if photo.relative.as_os_str().is_empty() {
            Path::new(photo.path.file_name().unwrap_or(OsStr::new("photo")))
        } else {
            photo.relative
        };
        let relative = plain(relative).ok_or_else(|| {
            let why = "the output would not lie where the path says, for '..' is in it";
            Error::new(Kind::OutputFailed, why).at(photo.path).hint("list it without '..'")
        })?;
        let mut path = self.tops[photo.root].join(relative).into_os_string().into_vec();
        path.extend_from_slice(self.suffix.as_bytes());
        let path = PathBuf::from(OsString::from_vec(path));
        if path.iter().any(|part| part.len() > LONGEST_NAME) {
            let why = format!("the output's name would be longer than {LONGEST_NAME} bytes");
            return Err(Error::new(Kind::OutputFailed, why).at(photo.path));
        }
        if path.iter().next() == Some(OsStr::new(OWN_FOLDER)) {
            let why = "the output would lie in the folder that jpegasus keeps for itself";
            return Err(Error::new(Kind::OutputFailed, why).at(photo.path));
        }
        Ok(path)
    }

    /// Finds the photos whose output another photo, earlier in set order, stands in the way of.
    ///
    /// Returns the later ones with the index of the first: they would have one name, or one would
    /// be a file where the other needs a folder. `folds_case` is whether names that differ in case only
    /// are one name in OUT. Names within one root differ as their inputs do; so there is nothing to
    /// find, and nothing to pay, for one root whose folders cannot be taken for outputs.
    pub(super) fn collisions(&self, set: &PhotoSet, folds_case: bool) -> HashMap<usize, usize> {
        let mut later = HashMap::new();
        let is_one = set.roots().len() < 2 && !set.roots().iter().any(Root::is_list);
        if is_one && !folds_case && !self.has_folder_like_an_output(set) {
            return later;
        }
        let mut claims: HashMap<Vec<u8>, Claim> = HashMap::with_capacity(set.len());
        for (index, photo) in set.iter().enumerate() {
            let Ok(output) = self.output(&photo) else { continue };
            let is_folder = |first: usize| self.is_folder(set, first, photo.root);
            if let Some(first) = claim(&mut claims, &output, index, folds_case, is_folder) {
                later.insert(index, first);
            }
        }
        later
    }

    /// Tells whether a photo must be a folder of the input, because a path of the same root leads through
    /// its name. It fails for that alone, and stands in nobody's way.
    fn is_folder(&self, set: &PhotoSet, photo: usize, root: usize) -> bool {
        let is_listed = set.roots().get(root).is_some_and(Root::is_list);
        self.suffix.is_empty() && is_listed && set.get(photo).is_some_and(|photo| photo.root == root)
    }

    fn has_folder_like_an_output(&self, set: &PhotoSet) -> bool {
        let is_like = |folder: &OsStr| folder.as_bytes().ends_with(self.suffix.as_bytes());
        !self.suffix.is_empty()
            && set.iter().any(|photo| photo.relative.parent().is_some_and(|p| p.iter().any(is_like)))
    }
}

/// Returns a path without what leads nowhere, `/` before it and `.` in it; `None` where `..` leads back.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir | Component::Prefix(_) => return None,
        }
    }
    Some(plain)
}

/// What a name in OUT is needed for, and by which photo first.
#[derive(Clone, Copy)]
enum Claim {
    File(usize),
    Folder(usize),
}

/// Claims an output and the folders it lies in; returns who was there first.
fn claim(
    claims: &mut HashMap<Vec<u8>, Claim>,
    output: &Path,
    index: usize,
    folds_case: bool,
    is_folder: impl Fn(usize) -> bool,
) -> Option<usize> {
    for folder in output.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
        let claim = claims.entry(key(folder.as_os_str(), folds_case)).or_insert(Claim::Folder(index));
        match *claim {
            Claim::File(first) if is_folder(first) => *claim = Claim::Folder(index),
            Claim::File(first) => return Some(first),
            Claim::Folder(_) => {}
        }
    }
    match claims.entry(key(output.as_os_str(), folds_case)) {
        Entry::Vacant(entry) => {
            entry.insert(Claim::File(index));
            None
        }
        Entry::Occupied(entry) => match *entry.get() {
            Claim::File(first) | Claim::Folder(first) => Some(first),
        },
    }
}

fn key(name: &OsStr, folds_case: bool) -> Vec<u8> {
    match name.to_str() {
        Some(text) if folds_case => text.to_lowercase().into_bytes(),
        _ => name.as_bytes().to_vec(),
    }
}

/// Returns the last part of a root's canonical path; of the path as given where that cannot be asked.
fn top_folder(root: &Path, fs: &Fs) -> OsString {
    let canonical = fs.canonical(root).unwrap_or_else(|_| root.to_owned());
    canonical.file_name().unwrap_or(OsStr::new("root")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photo::Batch;

    fn set(roots: Vec<Root>, names: &[(usize, &str)]) -> PhotoSet {
        let mut set = PhotoSet::new(roots);
        let mut batch = Batch::default();
        for (root, name) in names {
            let prefix = set.roots()[*root].prefix().to_vec();
            batch.push(*root, &[&prefix, name.as_bytes()], 0);
        }
        set.absorb(batch);
        set.finish();
        set
    }

    fn outputs(names: &Names, set: &PhotoSet) -> Vec<PathBuf> {
        set.iter().map(|photo| names.output(&photo).unwrap()).collect()
    }

    #[test]
    fn one_root_is_mirrored_without_a_top_folder_and_other_formats_append() {
        let set = set(vec![Root::folder("in")], &[(0, "a/x.JPG"), (0, "b.jpg")]);
        let names = Names::new(set.roots(), ".png", &Fs::default()).unwrap();
        assert_eq!(outputs(&names, &set), [Path::new("a/x.JPG.png"), Path::new("b.jpg.png")]);
        assert!(names.collisions(&set, false).is_empty());
    }

    #[test]
    fn several_roots_keep_apart_by_their_names_and_equal_names_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let [one, two, same] = ["one", "two", "deep/one"].map(|name| dir.path().join(name));
        for path in [&one, &two, &same] {
            std::fs::create_dir_all(path).unwrap();
        }
        let roots = vec![Root::folder(&one), Root::folder(two)];
        let set = set(roots, &[(0, "IMG_0001.JPG"), (1, "IMG_0001.JPG")]);
        let names = Names::new(set.roots(), "", &Fs::default()).unwrap();
        assert_eq!(outputs(&names, &set), [Path::new("one/IMG_0001.JPG"), Path::new("two/IMG_0001.JPG")]);
        let equal = [Root::folder(one), Root::folder(same)];
        assert_eq!(Names::new(&equal, "", &Fs::default()).unwrap_err().kind, Kind::Usage);
    }

    #[test]
    fn of_two_files_with_one_name_the_later_collides() {
        let set = set(vec![Root::file("a/x.jpg"), Root::file("b/x.jpg")], &[(0, ""), (1, "")]);
        let names = Names::new(set.roots(), "", &Fs::default()).unwrap();
        assert_eq!(names.collisions(&set, false), HashMap::from([(1, 0)]));
    }

    #[test]
    fn a_file_where_another_needs_a_folder_collides() {
        let set = set(vec![Root::folder("in")], &[(0, "x.jpg"), (0, "x.jpg.png/1.jpg"), (0, "y.jpg")]);
        let names = Names::new(set.roots(), ".png", &Fs::default()).unwrap();
        assert_eq!(names.collisions(&set, false), HashMap::from([(1, 0)]));
        let names = Names::new(set.roots(), "", &Fs::default()).unwrap();
        assert!(names.collisions(&set, false).is_empty());
    }

    #[test]
    fn names_that_differ_in_case_only_collide_where_out_folds_case() {
        let set =
            set(vec![Root::folder("in")], &[(0, "IMG.jpg"), (0, "img.JPG"), (0, "É.jpg"), (0, "é.jpg")]);
        let names = Names::new(set.roots(), "", &Fs::default()).unwrap();
        assert!(names.collisions(&set, false).is_empty());
        assert_eq!(names.collisions(&set, true).len(), 2);
    }

    #[test]
    fn a_name_that_no_file_system_takes_fails_beforehand() {
        let long = format!("{}.jpg", "n".repeat(251));
        let set = set(vec![Root::folder("in")], &[(0, &long)]);
        let fs = Fs::default();
        let photo = set.get(0).unwrap();
        assert!(Names::new(set.roots(), "", &fs).unwrap().output(&photo).is_ok());
        let error = Names::new(set.roots(), ".png", &fs).unwrap().output(&photo).unwrap_err();
        assert_eq!(error.kind, Kind::OutputFailed);
    }
}
