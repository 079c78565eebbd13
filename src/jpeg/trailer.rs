//! What follows the end of the picture.

use super::sniff::is_jpeg_magic;
use super::warning::WarningKind;
use memchr::memmem;
use std::borrow::Cow;

/// How far to look for something known; a guess: vendors put up to some KB of padding first.
const LOOK: usize = 64 << 10;

/// Returns what the bytes after EOI are; `None` when there are none.
pub(super) fn describe(after: &[u8], mpf_images: u32) -> Option<(WarningKind, Cow<'static, str>)> {
    let size = after.len();
    let first = &after[..size.min(LOOK)];
    let said = |what: &str| {
        Some((WarningKind::TrailingMedia, Cow::Owned(format!("{size} bytes follow the picture: {what}"))))
    };
    if after.is_empty() {
        None
    } else if mpf_images > 1 {
        said("further pictures of a multi-picture file")
    } else if is_jpeg_magic(after) {
        said("another JPEG")
    } else if after.get(4..8) == Some(b"ftyp") || has(first, b"MotionPhoto_Data") || has(first, b"ftypmp4") {
        said("the video of a motion photo")
    } else if has(first, b"\xff\xd8\xff") {
        said("another JPEG after other bytes")
    } else {
        Some((WarningKind::TrailingBytes, Cow::Owned(format!("{size} bytes follow the picture"))))
    }
}

/// Tells whether bytes contain others.
fn has(bytes: &[u8], what: &[u8]) -> bool {
    memmem::find(bytes, what).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_trailers_are_notes() {
        assert_eq!(describe(b"", 2), None);
        for (after, mpf_images, kind) in [
            (&b"\0\0\0\0"[..], 0, WarningKind::TrailingBytes),
            (b"\0\0", 3, WarningKind::TrailingMedia),
            (b"\0\0\xff\xd8\xff\xe1", 0, WarningKind::TrailingMedia),
            (b"\0\0\0\x18ftypisom", 0, WarningKind::TrailingMedia),
        ] {
            assert_eq!(describe(after, mpf_images).unwrap().0, kind);
        }
    }
}
