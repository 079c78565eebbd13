//! The machine that measures.

use super::Machine;
use crate::fs::read_text;
use std::path::Path;

/// What is said of what is not known.
const UNKNOWN: &str = "unknown";

impl Machine {
    /// Returns what the system says of this machine.
    #[must_use]
    pub fn ask() -> Self {
        let text = |path: &str| read_text(Path::new(path)).unwrap_or_default();
        let kernel = format!(
            "{} {}",
            text("/proc/sys/kernel/ostype").trim(),
            text("/proc/sys/kernel/osrelease").trim()
        );
        let kernel = if kernel.trim().is_empty() { std::env::consts::OS.to_owned() } else { kernel };
        Self {
            kernel,
            cpu: cpu(&text("/proc/cpuinfo")).unwrap_or_else(|| UNKNOWN.to_owned()),
            cores: cores(),
            memory: memory(&text("/proc/meminfo")).unwrap_or(0),
        }
    }
}

/// Returns how many cores this program may use.
pub(super) fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
}

/// Returns the model of the first processor, as `/proc/cpuinfo` has it: each architecture in its own words.
fn cpu(table: &str) -> Option<String> {
    ["model name", "Model", "cpu model", "Hardware", "cpu"].iter().find_map(|key| {
        let mut lines = table.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(name, _)| name.trim() == *key).map(|(_, model)| model.trim().to_owned())
    })
}

/// Returns the bytes of memory, as `/proc/meminfo` has it.
fn memory(table: &str) -> Option<u64> {
    let line = table.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_the_system_are_read() {
        let table = "processor\t: 0\nvendor_id\t: X\nmodel name\t: Some CPU @ 2 GHz\nprocessor\t: 1\n";
        assert_eq!(cpu(table).as_deref(), Some("Some CPU @ 2 GHz"));
        assert_eq!(cpu("processor : 0\n"), None);
        assert_eq!(memory("MemTotal:       16384 kB\nMemFree: 1 kB\n"), Some(16 << 20));
        assert_eq!(memory("MemTotal: many\n"), None);
        let machine = Machine::ask();
        assert!(machine.cores > 0 && !machine.kernel.is_empty() && !machine.cpu.is_empty());
    }
}
