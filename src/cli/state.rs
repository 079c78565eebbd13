//! What the program keeps between runs: the best settings of drives.

use super::console::Console;
use crate::device::{Saved, SavedDrive, state_dir};
use crate::fs::Fs;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Returns the folder that it is kept in; `None` where the environment names none.
pub(super) fn folder() -> Option<PathBuf> {
    let (xdg, home) = (std::env::var_os("XDG_STATE_HOME"), std::env::var_os("HOME"));
    state_dir(xdg.as_deref(), home.as_deref())
}

/// Returns the settings that were saved. Without them nothing is lost but time, so what is wrong with them is
/// told and no fault.
pub(super) fn saved(console: &Console, fs: &Fs) -> BTreeMap<String, SavedDrive> {
    let loaded = folder().map(|folder| Saved::load(&folder, fs));
    match loaded {
        None => BTreeMap::new(),
        Some(Ok(saved)) => saved.drives().clone(),
        Some(Err(error)) => {
            console.say(&format_args!("{error}; drives are read as their kinds want"));
            BTreeMap::new()
        }
    }
}
