//! What is known of file systems by their kind.

use super::Folder;

/// Numbers that Linux tells file systems apart by (`linux/magic.h`; ZFS and bcachefs have theirs from
/// their own sources).
#[cfg(target_os = "linux")]
mod magic {
    pub(super) const EXT4: u64 = 0xef53;
    pub(super) const WITH_INODES: [u64; 10] = [
        EXT4,
        0x5846_5342, // XFS
        0x9123_683e, // btrfs
        0xf2f5_2010, // F2FS
        0x0102_1994, // tmpfs
        0x8584_58f6, // ramfs
        0x794c_7630, // overlayfs
        0x2fc1_2fc1, // ZFS
        0xca45_1a4e, // bcachefs
        0x6969,      // NFS
    ];
}

impl Folder {
    /// Tells whether its names are listed in the order of a hash, as those of large folders of ext4 are, so
    /// that a listing can begin anywhere between two [places](super::Entry::next).
    #[must_use]
    pub fn is_listed_by_hash(&self) -> bool {
        #[cfg(target_os = "linux")]
        return self.file_system() == Some(magic::EXT4);
        #[cfg(not(target_os = "linux"))]
        return false;
    }

    /// Tells whether inode numbers are kept on the drive, so that two folders never have the same one and
    /// one folder never has two. FAT, exFAT and what runs on FUSE make them up.
    #[must_use]
    pub fn has_true_inodes(&self) -> bool {
        #[cfg(target_os = "linux")]
        return self.file_system().is_some_and(|kind| magic::WITH_INODES.contains(&kind));
        #[cfg(not(target_os = "linux"))]
        return false;
    }

    #[cfg(target_os = "linux")]
    #[allow(clippy::cast_sign_loss, clippy::unnecessary_cast, reason = "the field differs between systems")]
    fn file_system(&self) -> Option<u64> {
        Some(rustix::fs::fstatfs(&self.fd).ok()?.f_type as u64 & 0xffff_ffff)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use crate::fs::Fs;
    use std::path::Path;

    #[test]
    fn proc_has_no_inodes_on_a_drive() {
        let folder = Fs::default().open_folder(Path::new("/proc")).unwrap();
        assert!(!folder.has_true_inodes() && !folder.is_listed_by_hash());
    }
}
