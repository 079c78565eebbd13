//! Photoshop's image resources in APP13 (Adobe Photoshop File Formats, "Image Resources").

use super::{Change, exif, xmp};
use std::ops::Range;

/// What stands before each part.
pub(super) const SIGNATURE: &[u8] = b"Photoshop 3.0\0";

const IPTC: u16 = 0x0404;
const THUMBNAIL_BGR: u16 = 0x0409;
const THUMBNAIL: u16 = 0x040c;
const EXIF: [u16; 2] = [0x0422, 0x0423];
const XMP: u16 = 0x0424;

/// An image resource.
struct Resource {
    id: u16,
    /// Signature, number and name.
    head: Range<usize>,
    data: Range<usize>,
}

/// Returns the resources in a block, up to the first that cannot be read.
fn resources(block: &[u8]) -> impl Iterator<Item = Resource> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let head = block.get(at..)?;
        if ![&b"8BIM"[..], b"PHUT", b"DCSR", b"AgHg", b"MeSa"].contains(&head.get(..4)?) {
            return None;
        }
        let id = u16::from_be_bytes(*head.get(4..)?.first_chunk()?);
        // A length, the name, and a zero where that makes an odd number of bytes.
        let name = (usize::from(*head.get(6)?) + 2) & !1;
        let size = u32::from_be_bytes(*head.get(6 + name..)?.first_chunk()?);
        let start = at + 6 + name + 4;
        let end = start.checked_add(usize::try_from(size).ok()?)?;
        block.get(start..end)?;
        let resource = Resource { id, head: at..start - 4, data: start..end };
        at = end.checked_add((end - start) & 1)?;
        Some(resource)
    })
}

/// Returns a block as it is true of the result, without thumbnails; empty when nothing is left.
pub(super) fn edited(block: &[u8], change: &Change, has_media: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(block.len());
    for Resource { id, head, data } in resources(block) {
        let (Some(head), Some(data)) = (block.get(head), block.get(data)) else { break };
        let data = match id {
            THUMBNAIL | THUMBNAIL_BGR => None,
            XMP => xmp::edited(data, change, has_media),
            id if EXIF.contains(&id) => exif::edited(data, change),
            _ => Some(data.to_vec()),
        };
        let Some(data) = data else { continue };
        let Ok(size) = u32::try_from(data.len()) else { continue };
        out.extend_from_slice(head);
        out.extend_from_slice(&size.to_be_bytes());
        out.extend_from_slice(&data);
        out.resize(out.len().next_multiple_of(2), 0);
    }
    out
}

/// Returns what an IPTC dataset of the application record (IIM 4.2 §6) says, repeated ones put together.
pub(super) fn iptc(block: &[u8], dataset: u8) -> Option<String> {
    let resource = resources(block).find(|resource| resource.id == IPTC)?;
    let mut rest = block.get(resource.data)?;
    let (mut said, mut is_utf8) = (Vec::new(), false);
    while let [0x1c, record, number, high, low, after @ ..] = rest {
        // Longer ones are marked by the highest bit; no name has 32 KB.
        let Some((value, next)) = after.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))
        else {
            break;
        };
        match (*record, *number) {
            (1, 90) => is_utf8 = value == b"\x1b%G",
            (2, number) if number == dataset => said.push(value),
            _ => {}
        }
        rest = next;
    }
    let texts = said.iter().map(|&value| match str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        // Without a mark most writers mean Latin-1.
        Err(_) if !is_utf8 => value.iter().map(|&byte| char::from(byte)).collect(),
        Err(_) => String::from_utf8_lossy(value).into_owned(),
    });
    let texts: Vec<_> = texts.map(|text| text.trim_matches(['\0', ' ']).to_owned()).collect();
    let said = texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
    (!said.is_empty()).then_some(said)
}
