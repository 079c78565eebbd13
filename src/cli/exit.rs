//! Exit codes are a type; scripts rely on them.

use super::console::Console;
use crate::device::LostDrive;
use crate::error::Shown;
use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Everything found was read and written; no hits is not an error.
    Success,
    /// Finished, but some files or folders failed; each was named.
    SomeFailed,
    /// Wrong usage; nothing was done.
    Usage,
    /// A bench was slower than the one it was compared with.
    Slower,
    /// The output cannot be written; stopped early, safe to run again.
    OutputLost,
    /// A drive with originals stopped answering; the others were gone through, safe to run again.
    DriveLost,
    /// A bug in this program.
    Bug,
    /// Ended by a signal after cleaning up.
    Signal(u8),
}

impl Exit {
    /// Returns the number that the shell sees.
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::SomeFailed => 1,
            Self::Usage => 2,
            Self::Slower => 3,
            Self::OutputLost => 4,
            Self::DriveLost => 5,
            Self::Bug => 70,
            Self::Signal(number) => 128 + number,
        }
    }
}

impl Exit {
    /// Returns the exit of a run that has ended so far as it could, and names the drives that were lost.
    pub(super) fn unless_lost(self, drives: &[LostDrive], console: &Console) -> Self {
        for LostDrive { mount_point, unread } in drives {
            let drive = Shown(mount_point);
            let files = if *unread == 1 { "file on it was" } else { "files on it were" };
            console.say(&format_args!(
                "the drive at {drive} does not answer any more, {unread} {files} not read; run the same command \
                 again when it does"
            ));
        }
        if drives.is_empty() { self } else { Self::DriveLost }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::console::{Level, Style};
    use super::super::progress::Progress;
    use super::*;

    #[test]
    fn a_lost_drive_decides_the_exit_of_a_run_that_ended() {
        let style = Style { level: Level::Quiet, is_terminal: false, has_color: false };
        let console = Console::new(style, Progress::none());
        let lost = LostDrive { mount_point: "/mnt/photos".into(), unread: 3 };
        for exit in [Exit::Success, Exit::SomeFailed] {
            assert_eq!(exit.unless_lost(&[], &console), exit);
            assert_eq!(exit.unless_lost(std::slice::from_ref(&lost), &console).code(), 5);
        }
    }
}
