//! What the system tells of this process and its memory, for those who measure.

use std::io;
use std::path::Path;
use std::time::Duration;

/// Where Linux is asked to empty its caches (`proc_sys_vm(5)`).
#[cfg(target_os = "linux")]
const DROP_CACHES: &str = "/proc/sys/vm/drop_caches";

/// Returns the time that processors have spent on this process, all threads together, and on those of its children that have
/// ended and were waited for.
#[must_use]
pub fn process_cpu() -> Duration {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeVal;
    #[allow(clippy::useless_conversion, reason = "microseconds differ in width between systems")]
    let duration = |time: TimeVal| {
        let micros = time.tv_sec().saturating_mul(1_000_000).saturating_add(time.tv_usec().into());
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    };
    let of = |who| {
        getrusage(who)
            .map_or(Duration::ZERO, |usage| duration(usage.user_time()) + duration(usage.system_time()))
    };
    of(UsageWho::RUSAGE_SELF) + of(UsageWho::RUSAGE_CHILDREN)
}

/// Returns the time that processors have spent on another process that is still there, all its threads together; `None`
/// where nobody says.
#[must_use]
pub fn cpu_of(process: u32) -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        let id = nix::unistd::Pid::from_raw(i32::try_from(process).ok()?);
        let clock = nix::time::clock_getcpuclockid(id).ok()?;
        clock.now().ok().map(Into::into)
    }
    #[cfg(not(target_os = "linux"))]
    {
        _ = process;
        None
    }
}

/// Returns how many bytes drives have delivered for this process, all threads together; `None` where nobody
/// counts.
#[must_use]
pub fn bytes_from_drives() -> Option<u64> {
    let text = super::read_text(Path::new("/proc/self/io")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("read_bytes:"))?.trim().parse().ok()
}

/// Empties the system's caches of files, folders and inodes. What is not on a drive yet stays.
///
/// # Errors
/// What the system says; `Unsupported` where it cannot be asked, mostly it takes root.
pub fn drop_caches() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    return std::fs::write(DROP_CACHES, "3\n");
    #[cfg(not(target_os = "linux"))]
    Err(io::ErrorKind::Unsupported.into())
}

/// Says that this process is the first to be ended when the system is out of memory (`proc(5)`, oom_score_adj); where
/// nobody listens, nothing happens.
pub fn offer_to_oom_killer() {
    #[cfg(target_os = "linux")]
    {
        _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    }
}

/// Tells whether [`drop_caches`] may be called, without calling it.
#[must_use]
pub fn may_drop_caches() -> bool {
    #[cfg(target_os = "linux")]
    return std::fs::OpenOptions::new().write(true).open(DROP_CACHES).is_ok();
    #[cfg(not(target_os = "linux"))]
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time_of_processors() {
        let before = process_cpu();
        let begun = std::time::Instant::now();
        let mut sum = 0_u64;
        while begun.elapsed() < Duration::from_millis(40) {
            sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(7));
        }
        assert!(process_cpu() > before);
        let first = bytes_from_drives();
        assert!(first <= bytes_from_drives());
    }
}
