//! The workers of a load: started before anything is measured and kept for all its settings, as they are for all photos of
//! a crop. What they hold in memory stays warm, in threads as in processes.

use crate::batch::{CropPlan, Task, Worker, WorkerKind, start_workers};
use crate::bench::BenchPlan;
use crate::error::Result;
use crate::event::Stop;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Workers of one kind.
type Workers = Vec<Box<dyn Worker>>;

/// The workers of a load.
#[derive(Default)]
pub(super) struct Crew {
    threads: Mutex<Workers>,
    processes: Mutex<Workers>,
}

impl Crew {
    /// Returns the workers of a kind; none if they were not started.
    pub(super) fn of(&self, kind: WorkerKind) -> MutexGuard<'_, Workers> {
        let workers = match kind {
            WorkerKind::Threads => &self.threads,
            WorkerKind::Processes => &self.processes,
        };
        workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the workers of a kind, if they are not there, and waits until each has answered.
    ///
    /// # Errors
    /// [`Kind::Bug`](crate::error::Kind::Bug) when one cannot be started.
    pub(super) fn start(&self, kind: WorkerKind, plan: &BenchPlan) -> Result<()> {
        let mut workers = self.of(kind);
        if !workers.is_empty() {
            return Ok(());
        }
        let plan = CropPlan {
            limits: plan.scan.limits,
            decoders: plan.decoders(),
            workers: plan.workers(kind),
            ..CropPlan::new(plan.recipe.clone(), "")
        };
        let mut started = start_workers(&plan, &Stop::default())?.workers;
        for worker in &mut started {
            worker.work(&[], true, Task::Take)?;
        }
        *workers = started;
        Ok(())
    }

    /// Returns the time that processors have spent on the processes that are there.
    pub(super) fn cpu(&self) -> Duration {
        self.of(WorkerKind::Processes).iter().map(|worker| worker.cpu()).sum()
    }
}
