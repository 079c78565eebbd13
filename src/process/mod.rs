//! Other processes that work for this one: started, talked to over pipes, given up, confined.
//!
//! A [`Child`] is a program that answers one message at a time on its standard output. It is given nothing
//! else: no path, no descriptor, no environment. Whatever it does, also when it is stopped, loops or writes
//! garbage, [`Child::ask`] comes back within the time that it was given, and the child can be ended. A
//! process that is about to touch what nobody vouches for gives up all that it does not need by
//! [`confine()`].
//!
//! Left out on purpose: what the messages say, and when a child is worth another try.

mod child;
#[cfg(target_os = "linux")]
mod confine;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
mod filter;
/// There is no filter for this architecture.
#[cfg(all(
    target_os = "linux",
    not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))
))]
mod filter {
    pub(super) const fn apply() -> bool {
        false
    }
}
mod message;
mod patience;

pub use child::{Child, Lost};
#[cfg(target_os = "linux")]
pub use confine::confine;
#[doc(hidden)]
pub use message::hear;
pub use message::{Message, read_message, write_message};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// What the kernel took from a process that asked for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confinement {
    /// Landlock took files, TCP and signals to others, by this version of its interface; 0 where it did not.
    pub landlock: u32,
    /// A filter of system calls is in force.
    pub seccomp: bool,
    /// Limits of memory, files and core dumps are set.
    pub limits: bool,
}

impl Confinement {
    /// Tells whether the process can open no file, no socket and start no process.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.seccomp && self.limits
    }
}

impl fmt::Display for Confinement {
    /// Writes what is in force, such as `landlock 7, seccomp, limits`, or `nothing`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let landlock = (self.landlock > 0).then(|| format!("landlock {}", self.landlock));
        let parts = [landlock, self.seccomp.then(|| "seccomp".into()), self.limits.then(|| "limits".into())];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        f.write_str(if parts.is_empty() { "nothing" } else { "" })?;
        f.write_str(&parts.join(", "))
    }
}

/// Gives up nothing: how that is done is not known of this system.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn confine(_: u64) -> Confinement {
    Confinement::default()
}

/// Returns the path by which this very program is started once more, also when its file has been replaced since.
#[must_use]
pub fn this_program() -> PathBuf {
    #[cfg(target_os = "linux")]
    return "/proc/self/exe".into();
    #[cfg(not(target_os = "linux"))]
    std::env::current_exe().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_force_is_told() {
        let mut confinement = Confinement::default();
        assert_eq!(confinement.to_string(), "nothing");
        confinement.seccomp = true;
        assert_eq!(confinement.to_string(), "seccomp");
        assert!(!confinement.is_closed());
        confinement = Confinement { landlock: 6, seccomp: true, limits: true };
        assert_eq!(confinement.to_string(), "landlock 6, seccomp, limits");
        assert!(confinement.is_closed());
    }
}
