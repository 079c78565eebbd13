//! Ctrl-C and its relatives: the first finishes what is in hand, the second ends at once.

use crate::error::{Error, Kind, Result};
use crate::event::Stop;
use crate::fs::ignored_signals;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Which signal came, if any.
#[derive(Clone, Debug, Default)]
pub(super) struct Caught(Arc<AtomicUsize>);

impl Caught {
    /// Returns the number of the signal that came.
    pub(super) fn number(&self) -> Option<u8> {
        u8::try_from(self.0.load(Ordering::Relaxed)).ok().filter(|&number| number > 0)
    }

    /// Returns the name of the signal that came.
    pub(super) fn name(&self) -> &'static str {
        match self.number().map(i32::from) {
            Some(SIGHUP) => "SIGHUP",
            Some(SIGTERM) => "SIGTERM",
            _ => "Ctrl-C",
        }
    }
}

/// Sets `stop` on SIGHUP, SIGINT or SIGTERM. A signal that is ignored, as under nohup, stays so.
///
/// # Errors
/// [`Kind::Bug`] when the system refuses a handler.
pub(super) fn watch(stop: &Stop) -> Result<Caught> {
    let caught = Caught::default();
    let ignored = ignored_signals();
    for signal in [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0) {
        // In this order: the first signal finds the flag unset and sets it, the second ends.
        flag::register_conditional_shutdown(signal, 128 + signal, stop.flag())
            .and_then(|_| flag::register_usize(signal, Arc::clone(&caught.0), signal.unsigned_abs() as usize))
            .and_then(|_| flag::register(signal, stop.flag()))
            .map_err(|error| Error::new(Kind::Bug, "cannot watch for signals").because(error))?;
    }
    Ok(caught)
}
