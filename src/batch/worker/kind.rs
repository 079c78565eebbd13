//! Which workers: the word for them.

use super::Workers;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Which workers make pictures of photos.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkerKind {
    /// Threads of this process.
    #[default]
    Threads,
    /// Processes of their own.
    Processes,
}

impl WorkerKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Threads, Self::Processes];

    /// Returns the word it is written with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Threads => "threads",
            Self::Processes => "processes",
        }
    }

    /// Tells whether they are threads, as they are unless somebody says otherwise.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    pub(crate) const fn is_threads(&self) -> bool {
        matches!(self, Self::Threads)
    }
}

impl Workers {
    /// Returns which they are.
    #[must_use]
    pub const fn kind(&self) -> WorkerKind {
        match self {
            Self::Threads => WorkerKind::Threads,
            Self::Processes(_) => WorkerKind::Processes,
        }
    }
}

impl fmt::Display for WorkerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for WorkerKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| Error::usage(format!("'{text}' are no workers")).hint("threads or processes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Processes;

    #[test]
    fn workers_are_known_by_their_words() {
        for kind in WorkerKind::ALL {
            assert_eq!(kind.to_string().parse::<WorkerKind>().unwrap(), kind);
        }
        for wrong in ["", "thread", "Threads", "processes:2"] {
            let error = wrong.parse::<WorkerKind>().unwrap_err();
            assert_eq!(error.hint.unwrap(), "threads or processes", "{wrong}");
        }
        assert_eq!(Workers::Threads.kind(), WorkerKind::default());
        assert_eq!(Workers::Processes(Processes::of_this_program(3)).kind(), WorkerKind::Processes);
    }
}
