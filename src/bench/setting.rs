//! What is tried: readers, order and workers.

use super::{Advice, Load, Series, Warmth};
use crate::batch::WorkerKind;
use crate::device::ReadOrder;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One way to read a drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Setting {
    /// Threads that read, or walk; at least 1.
    pub readers: u32,
    /// In which order.
    pub order: ReadOrder,
    /// Who gets what is read; threads in files that do not say.
    #[serde(default, skip_serializing_if = "WorkerKind::is_threads")]
    pub workers: WorkerKind,
}

impl Setting {
    /// So many readers in an order; threads get what they read.
    #[must_use]
    pub const fn new(readers: u32, order: ReadOrder) -> Self {
        Self { readers, order, workers: WorkerKind::Threads }
    }

    /// The same with other workers.
    #[must_use]
    pub const fn with(self, workers: WorkerKind) -> Self {
        Self { workers, ..self }
    }
}

impl fmt::Display for Setting {
    /// Writes readers and order, and workers unless they are threads: `4 × path`, `4 × path, processes`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.readers, self.order)?;
        match self.workers {
            WorkerKind::Threads => Ok(()),
            workers => write!(f, ", {workers}"),
        }
    }
}

/// What settings are compared within: a load, what was in memory, and which workers.
pub type Subject = (Load, Warmth, WorkerKind);

impl Series {
    /// Returns what it belongs to.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        (self.load, self.warmth, self.setting.workers)
    }
}

impl Advice {
    /// Returns what it is for.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        (self.load, self.warmth, self.best.workers)
    }
}
