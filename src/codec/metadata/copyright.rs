//! Who made a photo and whose it is, in an Exif block of two tags.

use super::photoshop;
use super::tiff::Tiff;
use super::xmp;

const ARTIST: u16 = 0x013b;
const COPYRIGHT: u16 = 0x8298;
/// IPTC By-line.
const BY_LINE: u8 = 80;
/// IPTC Copyright Notice.
const NOTICE: u8 = 116;

/// The longest text that is carried over, in bytes, so that both fit into a segment.
const LONGEST: usize = 30_000;

/// Returns a new Exif block with artist and copyright; `None` when nobody is named.
///
/// Each is taken from Exif, else from IPTC, else from XMP.
pub(super) fn block(exif: Option<&[u8]>, resources: &[u8], packet: Option<&[u8]>) -> Option<Vec<u8>> {
    let find = |tag, dataset, property| {
        let text = exif
            .and_then(|exif| read(exif, tag))
            .or_else(|| photoshop::iptc(resources, dataset).map(String::into_bytes))
            .or_else(|| {
                packet.and_then(|packet| xmp::dublin_core(packet, property)).map(String::into_bytes)
            })?;
        Some((tag, text))
    };
    let found = [find(ARTIST, BY_LINE, "creator"), find(COPYRIGHT, NOTICE, "rights")];
    let found: Vec<_> = found.into_iter().flatten().collect();
    (!found.is_empty()).then(|| write(&found))
}

/// Reads a text of the first directory, which may consist of several, ended by a zero each.
fn read(exif: &[u8], tag: u16) -> Option<Vec<u8>> {
    let tiff = Tiff::open(exif.to_vec())?;
    let directory = tiff.directory(tiff.first()?)?;
    let entry = directory.entries.iter().find(|entry| entry.tag == tag && entry.is_text())?;
    let text = tiff.content(entry)?.trim_ascii_end();
    let end = text.iter().rposition(|&byte| byte != 0 && byte != b' ')? + 1;
    text.get(..end).map(<[u8]>::to_vec)
}

/// Writes texts as the one directory of a TIFF structure, in the order of their tags.
fn write(texts: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut values = Vec::new();
    let mut table = Vec::new();
    let start = 8 + 2 + 12 * texts.len() + 4;
    for (tag, text) in texts {
        let mut text = text.get(..LONGEST).unwrap_or(text).to_vec();
        text.push(0);
        table.extend(tag.to_be_bytes());
        table.extend(2_u16.to_be_bytes());
        table.extend(long(text.len()));
        if text.len() <= 4 {
            text.resize(4, 0);
            table.extend(text);
        } else {
            table.extend(long(start + values.len()));
            values.extend(text);
            values.resize(values.len().next_multiple_of(2), 0);
        }
    }
    let count = if texts.len() == 1 { [0, 1] } else { [0, 2] };
    [b"MM\0*\0\0\0\x08", &count[..], &table, &[0; 4], &values].concat()
}

/// Returns a number below 64 Ki as a double word.
fn long(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(0).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of resources with one IPTC record.
    fn iptc(datasets: &[u8]) -> Vec<u8> {
        let size = u32::try_from(datasets.len()).unwrap().to_be_bytes();
        [b"8BIM\x04\x04\0\0", &size[..], datasets].concat()
    }

    #[test]
    fn each_is_taken_from_the_first_place_that_names_somebody() {
        let exif = write(&[(ARTIST, b"Ann".to_vec())]);
        let resources = iptc(b"\x1c\x02\x50\0\x03Bob\x1c\x02\x74\0\x05\xa9 Bob");
        let packet = br#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF
            xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="http://purl.org/dc/elements/1.1/">
            <r:Description><d:creator><r:Seq><r:li>Cy</r:li><r:li>Di</r:li></r:Seq></d:creator>
            <d:rights><r:Alt><r:li xml:lang="de">Recht</r:li><r:li xml:lang="x-default">Right</r:li></r:Alt>
            </d:rights></r:Description></r:RDF></x:xmpmeta>"#;
        let block = block(Some(&exif), &resources, Some(packet)).unwrap();
        assert_eq!(read(&block, ARTIST).unwrap(), b"Ann");
        assert_eq!(read(&block, COPYRIGHT).unwrap(), "© Bob".as_bytes());
        let block = super::block(None, b"", Some(packet)).unwrap();
        assert_eq!(read(&block, ARTIST).unwrap(), b"Cy; Di");
        assert_eq!(read(&block, COPYRIGHT).unwrap(), b"Right");
        assert_eq!(super::block(Some(b"no TIFF"), b"8BI", Some(b"<no XML")), None);
    }
}
