//! Recognising a JPEG, and what is none, by its first bytes.

use crate::error::{Error, Kind};
use memchr::memmem;
use std::borrow::Cow;

/// The first bytes of every JPEG: SOI and the FF of the next marker.
const MAGIC: [u8; 3] = [0xff, 0xd8, 0xff];

/// Tells whether a file that begins so may be a JPEG: `FF D8 FF`.
///
/// JPEG-LS begins so too; [`Header`](super::Header) tells them apart.
#[must_use]
pub fn is_jpeg_magic(first: &[u8]) -> bool {
    first.starts_with(&MAGIC)
}

/// Tells whether more bytes could still make it begin like a JPEG.
pub(super) fn may_become_jpeg(first: &[u8]) -> bool {
    first.len() < MAGIC.len() && MAGIC.starts_with(first)
}

/// Returns the error for a file that does not begin like a JPEG.
pub(super) fn not_jpeg(bytes: &[u8]) -> Error {
    Error::new(Kind::NotJpeg, resemblance(bytes)).offset(0)
}

/// Returns what a file that is no JPEG looks like.
fn resemblance(bytes: &[u8]) -> Cow<'static, str> {
    const LOOKS: [(usize, &[u8], &str); 24] = [
        (0, b"\x89PNG\r\n\x1a\n", "it is a PNG"),
        (0, b"GIF8", "it is a GIF"),
        (8, b"WEBP", "it is a WebP"),
        (0, b"BM", "it looks like a BMP"),
        (0, b"II*\0", "it is a TIFF or camera raw file"),
        (0, b"MM\0*", "it is a TIFF or camera raw file"),
        (0, b"\0\0\0\x0cjP  ", "it is a JPEG 2000"),
        (0, b"\xff\x4f\xff\x51", "it is a JPEG 2000"),
        (0, b"\xff\x0a", "it is a JPEG XL"),
        (0, b"\0\0\0\x0cJXL ", "it is a JPEG XL"),
        (4, b"ftypavif", "it is an AVIF"),
        (4, b"ftypavis", "it is an AVIF"),
        (4, b"ftyphei", "it is a HEIC"),
        (4, b"ftyphev", "it is a HEIC"),
        (4, b"ftypmif1", "it is a HEIF"),
        (4, b"ftypmsf1", "it is a HEIF"),
        (4, b"ftyp", "it is a video"),
        (0, b"8BPS", "it is a Photoshop file"),
        (0, b"%PDF", "it is a PDF"),
        (0, b"qoif", "it is a QOI"),
        (0, b"PK\x03\x04", "it is a ZIP archive"),
        (0, b"version https://git-lfs", "it is a git-lfs pointer, not the photo itself"),
        (0, b"\0\x05\x16\x07", "it is an AppleDouble side file"),
        (0, b"\0\0\x01\0", "it is an icon"),
    ];
    let begins =
        |&(at, magic, _): &(usize, &[u8], &str)| bytes.get(at..).is_some_and(|rest| rest.starts_with(magic));
    let first = &bytes[..bytes.len().min(4096)];
    let what = match LOOKS.iter().find(|look| begins(look)) {
        _ if bytes.is_empty() => "the file is empty",
        Some((_, _, what)) => what,
        None if first.iter().all(|&byte| byte == 0) => "it begins with nothing but zeros",
        None if looks_like_markup(first) => "it is an HTML or XML page",
        None if may_become_jpeg(bytes) => "it ends within the first three bytes",
        None => return misplaced(first),
    };
    what.into()
}

/// Returns where a JPEG seems to begin in what does not begin with one.
///
/// It is not taken for one: that would make photos of mail folders, archives and films.
fn misplaced(first: &[u8]) -> Cow<'static, str> {
    if let Some(at) = memmem::find(first, &MAGIC) {
        return format!("it does not begin with FF D8 FF; a JPEG seems to begin at byte {at}").into();
    }
    let behind = first.strip_prefix(&MAGIC[..2]).and_then(|rest| memmem::find(rest, &[0xff]));
    match behind {
        Some(stray) => format!("{stray} bytes that belong to no segment follow SOI").into(),
        None => "it does not begin with FF D8 FF".into(),
    }
}

/// Tells whether text in angle brackets comes first.
fn looks_like_markup(first: &[u8]) -> bool {
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
    let second = text.get(1).copied().unwrap_or(0);
    text.first() == Some(&b'<') && (second.is_ascii_alphabetic() || matches!(second, b'!' | b'?'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_says_what_it_looks_like() {
        for (bytes, what) in [
            (&b""[..], "empty"),
            (b"\0\0\0\0\0\0", "zeros"),
            (b"\n <!DOCTYPE html>", "HTML"),
            (b"\0\0\0\x18ftypheic", "HEIC"),
            (b"\xff\xd8", "first three"),
            (b"hello", "FF D8 FF"),
            (b"\r\n\xff\xd8\xff\xe0", "at byte 2"),
            (b"\xff\xd8junk\xff\xdb", "4 bytes that belong to no segment follow SOI"),
        ] {
            let error = not_jpeg(bytes);
            assert!(error.kind == Kind::NotJpeg && error.why.contains(what), "{error}");
        }
        assert!(is_jpeg_magic(b"\xff\xd8\xff\xe0") && !is_jpeg_magic(b"\xff\xd8"));
    }
}
