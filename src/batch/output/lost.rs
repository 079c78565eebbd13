//! Which faults mean that no further output can be written.

use crate::error::{Error, Kind};
use std::io;

/// Why an output fails whose folders are open and whose bytes are there.
pub(in crate::batch) const CANNOT_WRITE: &str = "cannot write";

/// Tells whether no further output can be written: OUT is full, read-only or gone.
pub(in crate::batch) fn ends_the_run(error: &Error) -> bool {
    use io::ErrorKind::{
        NetworkDown, QuotaExceeded, ReadOnlyFilesystem, StaleNetworkFileHandle, StorageFull,
    };
    // EIO, ENXIO, ENODEV and ENOTCONN have no `ErrorKind` of their own: a drive that was pulled out and a
    // dead file system of FUSE answer with them.
    const GONE: [i32; 4] = [5, 6, 19, 107];
    // The folders are held: what is not found there was removed under our hands.
    let is_removed =
        |source: &io::Error| error.why == CANNOT_WRITE && source.kind() == io::ErrorKind::NotFound;
    error.kind == Kind::OutputFailed
        && error.source.as_ref().is_some_and(|source| {
            matches!(
                source.kind(),
                StorageFull | QuotaExceeded | ReadOnlyFilesystem | StaleNetworkFileHandle | NetworkDown
            ) || source.raw_os_error().is_some_and(|errno| GONE.contains(&errno))
                || is_removed(source)
        })
}
