//! Which settings are tried for a load.

use super::{BenchPlan, Load, Setting};
use crate::batch::WorkerKind;
use crate::device::{Policy, ReadOrder};
use crate::scan::IgnoreFiles;

/// What decides which settings make sense on a drive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'a> {
    pub(super) plan: &'a BenchPlan,
    pub(super) policy: &'a Policy,
    /// Whether the file system tells where photos lie.
    pub(super) has_positions: bool,
    pub(super) cores: u32,
}

impl Terms<'_> {
    /// Returns the settings that are tried for a load, each once; `best` are those that were the best for
    /// whole photos.
    pub(super) fn settings(&self, load: Load, best: &[Setting]) -> Vec<Setting> {
        let is_asked = !self.plan.readers.is_empty() || !self.plan.orders.is_empty();
        let mut settings = match load {
            Load::Walk => self.walks(),
            Load::Head | Load::Read => self.crossed(),
            Load::Decode | Load::Crop if is_asked => self.crossed(),
            Load::Decode | Load::Crop => {
                let mut few = vec![self.naive(), self.default(load).with(WorkerKind::Threads)];
                few.extend(best.iter().map(|setting| Setting::new(setting.readers, setting.order)));
                few
            }
        };
        let mut seen = Vec::new();
        settings.retain(|setting| {
            !seen.contains(setting) && {
                seen.push(*setting);
                true
            }
        });
        let kinds = self.plan.worker_kinds(load);
        settings.into_iter().flat_map(|setting| kinds.iter().map(move |kind| setting.with(*kind))).collect()
    }

    /// Returns the setting that is taken for a load unless somebody knows better.
    pub(super) fn default(&self, load: Load) -> Setting {
        let readers = match load {
            Load::Walk => self.policy.walkers,
            Load::Head => self.policy.heads,
            _ => self.policy.whole,
        };
        let order = match (load, self.policy.order) {
            (Load::Walk, _) if readers == 1 => ReadOrder::Inode,
            (Load::Walk, _) => ReadOrder::Path,
            (_, ReadOrder::Physical) if !self.has_positions => ReadOrder::Inode,
            (_, order) => order,
        };
        let workers = self.plan.worker_kinds(load).first().copied().unwrap_or_default();
        Setting::new(u32::try_from(readers).unwrap_or(u32::MAX).max(1), order).with(workers)
    }

    /// Returns what a simple program would do.
    const fn naive(&self) -> Setting {
        Setting::new(self.cores, ReadOrder::Path)
    }

    /// One sweep in the order of inodes, and several threads that take folders from each other.
    fn walks(&self) -> Vec<Setting> {
        let readers = self.plan.readers();
        let has_sweep = readers.contains(&1) && self.plan.scan.ignore_files == IgnoreFiles::Disregard;
        let sweep = has_sweep.then_some(Setting::new(1, ReadOrder::Inode));
        let several = readers.into_iter().map(|readers| Setting::new(readers, ReadOrder::Path));
        several.chain(sweep).collect()
    }

    fn crossed(&self) -> Vec<Setting> {
        let near = if self.has_positions { ReadOrder::Physical } else { ReadOrder::Inode };
        let mut orders = self.plan.orders.clone();
        if orders.is_empty() {
            orders = vec![ReadOrder::Path, near];
        }
        let told = |order: ReadOrder| if order == ReadOrder::Physical { near } else { order };
        let readers = self.plan.readers();
        orders
            .into_iter()
            .flat_map(|order| readers.iter().map(move |&readers| Setting::new(readers, told(order))))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Processes, Workers};
    use crate::device::{DriveKind, policy};
    use crate::scan::ScanPlan;

    fn plan() -> BenchPlan {
        BenchPlan::new(ScanPlan::default(), "orient,inside=8x8".parse().unwrap())
    }

    fn texts(terms: &Terms<'_>, load: Load, best: &[Setting]) -> Vec<String> {
        terms.settings(load, best).iter().map(Setting::to_string).collect()
    }

    #[test]
    fn readers_and_orders_are_crossed_and_walks_have_a_sweep() {
        let (plan, policy) = (plan(), policy(DriveKind::Hdd));
        let terms = Terms { plan: &plan, policy: &policy, has_positions: true, cores: 2 };
        let read = texts(&terms, Load::Read, &[]);
        assert_eq!(read.len(), 10);
        assert_eq!((&*read[0], &*read[9]), ("1 × path", "16 × physical"));
        assert_eq!(texts(&terms, Load::Walk, &[])[4..], ["16 × path", "1 × inode"]);
        let best = Setting::new(2, ReadOrder::Physical);
        let usual = format!("{} × physical", policy.whole);
        assert_eq!(texts(&terms, Load::Crop, &[best, best]), ["2 × path", &*usual, "2 × physical"]);
        assert_eq!(terms.default(Load::Walk).to_string(), "1 × inode");
        let terms = Terms { has_positions: false, ..terms };
        assert_eq!(texts(&terms, Load::Head, &[])[5], "1 × inode");
        assert_eq!(terms.default(Load::Read).to_string(), format!("{} × inode", policy.whole));
    }

    #[test]
    fn every_setting_is_tried_with_all_workers_and_walks_know_none() {
        let (mut plan, policy) = (plan(), policy(DriveKind::Nvme));
        (plan.readers, plan.orders) = (vec![1, 2], vec![ReadOrder::Path]);
        plan.workers = vec![Workers::Processes(Processes::of_this_program(7)), Workers::Threads];
        let terms = Terms { plan: &plan, policy: &policy, has_positions: true, cores: 2 };
        let all = ["1 × path", "1 × path, processes", "2 × path", "2 × path, processes"];
        for load in [Load::Head, Load::Read, Load::Decode, Load::Crop] {
            assert_eq!(texts(&terms, load, &[]), all, "{load}");
        }
        assert_eq!(texts(&terms, Load::Walk, &[]), ["1 × path", "2 × path", "1 × inode"]);
        assert_eq!(terms.default(Load::Crop).workers, WorkerKind::Threads);
        let (mut plan, best) = (plan.clone(), Setting::new(3, ReadOrder::Inode));
        (plan.readers, plan.orders) = (Vec::new(), Vec::new());
        plan.workers.pop();
        let terms = Terms { plan: &plan, ..terms };
        let crops = texts(&terms, Load::Crop, &[best, best.with(WorkerKind::Processes)]);
        assert_eq!(crops, ["2 × path, processes", "4 × path, processes", "3 × inode, processes"]);
        assert_eq!(terms.default(Load::Crop).workers, WorkerKind::Processes);
        assert_eq!(plan.workers(WorkerKind::Processes).processes().unwrap().count, 0, "as many as decoders");
    }

    #[test]
    fn what_is_asked_for_is_tried_and_nothing_else() {
        let (mut plan, policy) = (plan(), policy(DriveKind::Unknown));
        (plan.readers, plan.orders) = (vec![3], vec![ReadOrder::Physical, ReadOrder::Inode]);
        let terms = Terms { plan: &plan, policy: &policy, has_positions: false, cores: 2 };
        assert_eq!(texts(&terms, Load::Read, &[]), ["3 × inode"]);
        assert_eq!(texts(&terms, Load::Decode, &[]), ["3 × inode"]);
        assert_eq!(texts(&terms, Load::Walk, &[]), ["3 × path"]);
    }
}
