//! What a plan says about names, places and sizes, made ready to be asked millions of times.

use super::names::{Extensions, is_system_file, is_system_folder};
use super::plan::{Boundary, Check, IgnoreFiles, ScanPlan, SystemNames};
use super::{EngineKind, SizeFilter};
use crate::error::{Error, Result};
use crate::fs::{FileId, Fs, Links};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Folders deeper than this are not real: no one made them, a broken file system did.
pub(super) const DEPTH_LIMIT: u32 = 4096;

/// The filters of a plan. Names and paths are bytes; a folder's path is relative to its root and
/// ends in a slash, or is empty for the root.
#[derive(Debug)]
pub(super) struct Rules {
    extensions: Extensions,
    excluded_names: GlobSet,
    excluded_paths: GlobSet,
    has_globs: bool,
    system_names: SystemNames,
    sizes: Vec<SizeFilter>,
    pub(super) check: Check,
    pub(super) ignore_files: IgnoreFiles,
    pub(super) max_depth: Option<u32>,
    pub(super) boundary: Boundary,
    pub(super) links: Links,
    pub(super) prune: HashSet<FileId>,
}

impl Rules {
    /// Makes the filters of a plan ready.
    pub(super) fn new(plan: &ScanPlan) -> Result<Self> {
        if plan.ignore_files == IgnoreFiles::Obey && plan.engine != EngineKind::Ignore {
            return Err(Error::usage(format!("the engine '{}' does not know ignore files", plan.engine))
                .hint("only the engine 'ignore' obeys them"));
        }
        let extensions = Extensions::new(&plan.extensions)?;
        let check = if extensions.takes_any() { plan.check.max(Check::Magic) } else { plan.check };
        let (excluded_names, excluded_paths) = globs(&plan.exclude)?;
        Ok(Self {
            extensions,
            excluded_names,
            excluded_paths,
            has_globs: !plan.exclude.is_empty(),
            system_names: plan.system_names,
            sizes: plan.file_size.clone(),
            check,
            ignore_files: plan.ignore_files,
            max_depth: plan.max_depth,
            boundary: plan.boundary,
            links: plan.links,
            prune: plan.prune.iter().copied().collect(),
        })
    }

    /// Tells whether a name ends as those of photos do: what a file must have at least.
    #[inline]
    pub(super) fn has_ending(&self, name: &[u8]) -> bool {
        self.extensions.takes(name)
    }

    /// Tells whether a regular file of this name in this folder is a photo by name.
    #[inline]
    pub(super) fn takes_file(&self, folder: &[u8], name: &[u8]) -> bool {
        let is_systems = || self.system_names == SystemNames::Skip && is_system_file(name);
        self.extensions.takes(name) && !is_systems() && !self.excludes(folder, name)
    }

    /// Tells whether a subfolder of this name in this folder is to be entered.
    pub(super) fn enters(&self, folder: &[u8], name: &[u8]) -> bool {
        let is_systems = self.system_names == SystemNames::Skip && is_system_folder(name);
        !is_systems && !self.excludes(folder, name)
    }

    /// Tells whether entries at this depth are looked at; those directly in a root are at 1.
    pub(super) fn reaches(&self, depth: u32) -> bool {
        self.max_depth.is_none_or(|max| depth <= max)
    }

    /// Tells whether a file's size must be asked for.
    pub(super) fn asks_size(&self) -> bool {
        !self.sizes.is_empty()
    }

    /// Tells whether a file of this many bytes is wanted.
    pub(super) fn takes_size(&self, len: u64) -> bool {
        self.sizes.iter().all(|size| size.takes(len))
    }

    /// Tells whether a folder must be asked which it is once it is open.
    pub(super) fn asks_identity(&self) -> bool {
        self.links == Links::Follow || self.boundary == Boundary::OneFilesystem || !self.prune.is_empty()
    }

    /// Tells whether a folder is out of bounds for a root on `device`.
    pub(super) fn bars(&self, folder: FileId, device: u64) -> bool {
        self.prune.contains(&folder) || (self.boundary == Boundary::OneFilesystem && folder.device != device)
    }

    /// Tells whether a folder lies somewhere beneath one that is never entered; a link may lead there.
    pub(super) fn bars_above(&self, folder: &Path, fs: &Fs) -> bool {
        let is_pruned = |above: &Path| fs.status(above).is_ok_and(|status| self.prune.contains(&status.id));
        self.links == Links::Follow
            && !self.prune.is_empty()
            && fs.canonical(folder).is_ok_and(|path| path.ancestors().skip(1).any(is_pruned))
    }

    /// Tells whether a folder inside a root is treated as it would be if it were a root itself.
    pub(super) fn are_the_same_everywhere(&self) -> bool {
        self.max_depth.is_none()
            && self.excluded_paths.is_empty()
            && self.ignore_files == IgnoreFiles::Disregard
    }

    #[inline]
    fn excludes(&self, folder: &[u8], name: &[u8]) -> bool {
        self.has_globs && self.is_excluded(folder, name)
    }

    fn is_excluded(&self, folder: &[u8], name: &[u8]) -> bool {
        (!self.excluded_names.is_empty() && self.excluded_names.is_match(OsStr::from_bytes(name)))
            || (!self.excluded_paths.is_empty()
                && self.excluded_paths.is_match(OsStr::from_bytes(&[folder, name].concat())))
    }
}

/// Sorts globs into those of names and those of paths.
fn globs(texts: &[String]) -> Result<(GlobSet, GlobSet)> {
    let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
    for text in texts {
        let bad = |why: String| Error::usage(format!("'{text}' is not a glob: {why}"));
        let is_path = text.trim_end_matches('/').contains('/');
        let bare = text.trim_end_matches('/');
        let bare = bare.strip_prefix("./").unwrap_or(bare).trim_start_matches('/');
        if bare.is_empty() || bare == "." {
            return Err(bad("it names nothing".to_owned()));
        }
        let glob = GlobBuilder::new(bare).literal_separator(is_path).build();
        let glob = glob.map_err(|error| bad(error.kind().to_string()))?;
        if is_path {
            paths.add(glob)
        } else {
            names.add(glob)
        };
    }
    let built = |set: GlobSetBuilder| set.build().map_err(|error| Error::usage(error.to_string()));
    Ok((built(names)?, built(paths)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(exclude: &[&str]) -> Result<Rules> {
        let exclude = exclude.iter().map(ToString::to_string).collect();
        Rules::new(&ScanPlan { exclude, ..ScanPlan::default() })
    }

    #[test]
    fn a_glob_without_a_slash_is_a_name_and_with_one_a_path_from_the_root() {
        let names = rules(&["IMG_*", "cache/"]).unwrap();
        assert!(!names.takes_file(b"a/b/", b"IMG_1.jpg") && names.takes_file(b"IMG_x/", b"a.jpg"));
        assert!(!names.enters(b"a/", b"cache") && names.enters(b"a/", b"caches"));
        let paths = rules(&["DCIM/*.jpg", "/top", "**/deep/x", "./dot/y"]).unwrap();
        assert!(!paths.takes_file(b"DCIM/", b"a.jpg") && paths.takes_file(b"DCIM/b/", b"a.jpg"));
        assert!(!paths.enters(b"", b"top") && paths.enters(b"a/", b"top"));
        assert!(!paths.enters(b"a/deep/", b"x") && !paths.enters(b"deep/", b"x"));
        assert!(!paths.enters(b"dot/", b"y") && paths.enters(b"a/dot/", b"y"));
        let bytes = rules(&["*.tmp.jpg"]).unwrap();
        assert!(!bytes.takes_file(b"", b"\xff\n.tmp.jpg"));
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        for text in ["", "/", "[a", "a{b", "./"] {
            assert_eq!(rules(&[text]).unwrap_err().kind, crate::error::Kind::Usage, "{text}");
        }
    }

    #[test]
    fn every_name_asks_for_the_first_bytes() {
        let plan = ScanPlan { extensions: vec!["*".to_owned()], ..ScanPlan::default() };
        assert_eq!(Rules::new(&plan).unwrap().check, Check::Magic);
    }
}
