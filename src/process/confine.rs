//! Giving up what a process that only computes does not need, on Linux.

use super::Confinement;
use super::filter;
use crate::fs::{offer_to_oom_killer, read_text};
use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetStatus, Scope,
};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, getrlimit, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit,
};
use std::path::Path;

/// The newest interface of Landlock that is asked for; kernels that know less give less.
const NEWEST: ABI = ABI::V6;

/// Gives up files, network, other processes, and memory beyond `memory` bytes more than it has now, as far as the
/// kernel lets it; ends with the thread that started this process.
///
/// Standard input, output and error stay. There is no way back. What the kernel did not give is told, not held
/// against it.
#[must_use]
pub fn confine(memory: u64) -> Confinement {
    // Who is short of memory shall end this process before others; raising the score is anybody's right.
    offer_to_oom_killer();
    let used = used_memory();
    let is_tied = set_parent_process_death_signal(Some(Signal::KILL)).is_ok();
    let is_quiet = set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok();
    let landlock = shut_out();
    // Behind Landlock, which takes a descriptor.
    let limits = [
        (Resource::As, used.saturating_add(memory)),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Nproc, 0),
        (Resource::Nofile, 0),
    ];
    let refused = limits.into_iter().filter(|&(resource, most)| {
        // Whoever started this may have set a lower one already, which nobody may raise.
        let most = getrlimit(resource).maximum.map_or(most, |given| given.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).is_err()
    });
    let is_limited = refused.count() == 0;
    let seccomp = filter::apply();
    Confinement { landlock, seccomp, limits: is_tied && is_quiet && is_limited }
}

/// Shuts the process out of all files and TCP ports, and from signals and sockets of others; returns by which version
/// of Landlock, 0 for none.
fn shut_out() -> u32 {
    let ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(NEWEST)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(NEWEST)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self);
    match ruleset {
        Ok(status) if status.ruleset != RulesetStatus::NotEnforced => match status.landlock {
            LandlockStatus::Available { effective_abi, .. } => (effective_abi as u32).min(NEWEST as u32),
            _ => 0,
        },
        _ => 0,
    }
}

/// Returns the bytes of address space that this process has.
fn used_memory() -> u64 {
    let statm = read_text(Path::new("/proc/self/statm")).unwrap_or_default();
    let pages: u64 = statm.split(' ').next().and_then(|pages| pages.parse().ok()).unwrap_or(1 << 16);
    pages.saturating_mul(rustix::param::page_size() as u64)
}
