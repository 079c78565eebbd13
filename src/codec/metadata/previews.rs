//! JPEGs hidden in other data: previews, which still show what was cut away.

use memchr::memmem;
use std::ops::Range;

/// Segments before the pictures of a hidden JPEG, beyond which it is taken as chance; a guess.
const SEGMENTS: usize = 200;

/// Finds every JPEG in some data, as far as it goes, whether it ends well or not.
///
/// Its first byte may be anything: some maker notes (Minolta) change it.
pub(super) fn find(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in memmem::find_iter(bytes, b"\xd8\xff") {
        let Some(start) = at.checked_sub(1) else { continue };
        if found.last().is_some_and(|last| start < last.end) {
            continue;
        }
        if let Some(end) = end(bytes, at + 1) {
            found.push(start..end);
        }
    }
    found
}

/// Overwrites every JPEG in some data with zeros.
pub(super) fn blank(bytes: &mut [u8]) {
    for range in find(bytes) {
        bytes[range].fill(0);
    }
}

/// Walks from marker to marker and returns where a JPEG ends; `None` when no scan is met.
fn end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    for _ in 0..SEGMENTS {
        let &[0xff, code, ref rest @ ..] = bytes.get(at..)? else { return None };
        match code {
            0xff => at += 1,
            0xc0..=0xcf | 0xda..=0xdf | 0xe0..=0xef | 0xfe => {
                let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
                if length < 2 {
                    return None;
                }
                at += 2 + length;
                if code == 0xda {
                    return Some(scans_end(bytes, at));
                }
            }
            _ => return None,
        }
    }
    None
}

/// Walks through coded data, from its beginning, and returns where the last scan ends.
fn scans_end(bytes: &[u8], mut at: usize) -> usize {
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(skipped) = memchr::memchr(0xff, rest) else { return bytes.len() };
        let marker = at + skipped;
        match bytes.get(marker + 1) {
            None => return bytes.len(),
            Some(0 | 0x01 | 0xd0..=0xd7) => at = marker + 2,
            Some(0xff) => at = marker + 1,
            Some(0xd9) => return marker + 2,
            Some(0xc0..=0xcf | 0xda..=0xdf | 0xe0..=0xef | 0xfe) => {
                let length = bytes.get(marker + 2..).and_then(<[u8]>::first_chunk);
                let length = length.map_or(0, |&length| usize::from(u16::from_be_bytes(length)));
                at = marker + 2 + length;
                if length < 2 || at > bytes.len() {
                    return marker;
                }
            }
            Some(_) => return marker,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &[u8] =
        b"\xff\xd8\xff\xdb\0\x03q\xff\xda\0\x03sdata\xff\0more\xff\xd0\xff\xda\0\x02x\xff\xd9";

    #[test]
    fn a_hidden_picture_is_found_whatever_its_first_byte_and_its_end() {
        let mut bytes = [b"before", SMALL, b"after", &SMALL[..20]].concat();
        assert_eq!(find(&bytes), [6..6 + SMALL.len(), 11 + SMALL.len()..bytes.len()]);
        bytes[6] = 0x12;
        assert_eq!(find(&bytes)[0], 6..6 + SMALL.len());
        blank(&mut bytes);
        assert_eq!(bytes[..13], *b"before\0\0\0\0\0\0\0");
        assert!(memmem::find(&bytes, b"after").is_some() && memmem::find(&bytes, b"data").is_none());
    }

    #[test]
    fn what_only_begins_like_a_picture_stays() {
        for bytes in
            [&b"x\xff\xd8\xffx"[..], b"\xff\xd8\xff\xdb\0\x03q", b"\xff\xd8\xff\xdb\0\x01q\xff\xda\0\x03sd"]
        {
            assert!(find(bytes).is_empty(), "{bytes:?}");
        }
    }
}
