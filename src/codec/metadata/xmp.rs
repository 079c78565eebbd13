//! XMP packets: RDF in XML (ISO 16684-1), of which a few properties are changed and the rest stays as it is.

use super::Change;
use roxmltree::{Document, Node, ParsingOptions};
use std::ops::Range;
use std::str;

/// What stands before a packet in APP1 (XMP part 3 §1.1.3).
pub(super) const SIGNATURE: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// What stands before a part of a second packet, for what does not fit into one segment.
pub(super) const EXTENSION: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";

const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
const BASIC: &str = "http://ns.adobe.com/xap/1.0/";
const PREVIEW: &str = "http://ns.adobe.com/xap/1.0/g/img/";
const NOTE: &str = "http://ns.adobe.com/xmp/note/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
const DUBLIN_CORE: &str = "http://purl.org/dc/elements/1.1/";
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const GAIN_MAPS: [&str; 2] = ["http://ns.adobe.com/hdr-gain-map/1.0/", "http://ns.apple.com/HDRGainMap/1.0/"];
const CAMERA: &str = "http://ns.google.com/photos/1.0/camera/";
const CONTAINER: &str = "http://ns.google.com/photos/1.0/container/";

/// The most elements and attributes of a packet; a segment has room for fewer in practice.
const NODES: u32 = 100_000;

/// What happens to a property.
enum Fate {
    Stays,
    Goes,
    Becomes(u32),
}

/// Returns a packet as it is true of the result, without previews; `None` when it cannot be read.
///
/// `has_media` says that the pictures or the video behind the photo are kept, and what points to them.
pub(super) fn edited(packet: &[u8], change: &Change, has_media: bool) -> Option<Vec<u8>> {
    let (text, start) = text(packet)?;
    let document = parse(text)?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut gone = 0;
    for node in document.descendants().filter(Node::is_element) {
        if node.range().start < gone {
            continue;
        }
        let name = node.tag_name();
        match fate(name.namespace().unwrap_or_default(), name.name(), node.text(), change, has_media) {
            Fate::Goes => {
                gone = node.range().end;
                edits.push((node.range(), String::new()));
                continue;
            }
            Fate::Becomes(value) => {
                let mut children = node.children();
                if let (Some(text), None) = (children.next().filter(Node::is_text), children.next()) {
                    edits.push((text.range(), value.to_string()));
                }
            }
            Fate::Stays => {}
        }
        for attribute in node.attributes() {
            let namespace = attribute.namespace().unwrap_or_default();
            match fate(namespace, attribute.name(), Some(attribute.value()), change, has_media) {
                Fate::Goes => edits.push((attribute.range(), String::new())),
                Fate::Becomes(value) => edits.push((attribute.range_value(), value.to_string())),
                Fate::Stays => {}
            }
        }
    }
    apply(packet, start, edits)
}

/// Tells what happens to a property.
fn fate(namespace: &str, name: &str, value: Option<&str>, change: &Change, has_media: bool) -> Fate {
    let intact = change.is_intact;
    let goes = match (namespace, name) {
        (TIFF, "Orientation") if change.is_upright => return Fate::Becomes(1),
        (TIFF, "ImageWidth") | (EXIF, "PixelXDimension") => return Fate::Becomes(change.dims.width),
        (TIFF, "ImageLength") | (EXIF, "PixelYDimension") => return Fate::Becomes(change.dims.height),
        (EXIF, "ColorSpace") if change.is_srgb => return Fate::Becomes(1),
        (PHOTOSHOP, "ICCProfile") => change.is_srgb,
        (BASIC, "Thumbnails") | (PREVIEW, "image") => true,
        (NOTE, "HasExtendedXMP") => !keeps_extension(change),
        (CONTAINER, "Directory") => !has_media,
        (CAMERA, name) if name.starts_with("MotionPhoto") || name.starts_with("MicroVideo") => !has_media,
        (namespace, _) if GAIN_MAPS.contains(&namespace) => !has_media,
        // Whatever it is called, it is a JPEG in base64.
        _ => !intact && value.is_some_and(|value| value.trim_start().starts_with("/9j/")),
    };
    if goes { Fate::Goes } else { Fate::Stays }
}

/// Tells whether the second packet stays true; it cannot be read in parts, so it is not changed.
pub(super) const fn keeps_extension(change: &Change) -> bool {
    change.is_jpeg && change.is_intact && !change.is_srgb
}

/// Tells whether a packet says that a picture or a depth map lies in the second packet.
pub(super) fn has_pictures_in_extension(packet: &[u8]) -> bool {
    [&b"GDepth:"[..], b"GImage:"].iter().any(|prefix| memchr::memmem::find(packet, prefix).is_some())
}

/// Returns what a Dublin Core property says: its items, put together, or of several languages one.
pub(super) fn dublin_core(packet: &[u8], name: &str) -> Option<String> {
    let document = parse(text(packet)?.0)?;
    let mut elements = document.descendants().filter(Node::is_element);
    let said = if let Some(property) = elements.find(|node| node.has_tag_name((DUBLIN_CORE, name))) {
        let items: Vec<_> = property.descendants().filter(|node| node.has_tag_name((RDF, "li"))).collect();
        let is_alternative = property.descendants().any(|node| node.has_tag_name((RDF, "Alt")));
        let said = |node: &Node<'_, '_>| node.text().unwrap_or_default().trim().to_owned();
        if items.is_empty() {
            said(&property)
        } else if is_alternative {
            let default = items.iter().find(|item| item.attributes().any(|a| a.value() == "x-default"));
            default.or(items.first()).map(said)?
        } else {
            items.iter().map(said).filter(|item| !item.is_empty()).collect::<Vec<_>>().join("; ")
        }
    } else {
        let mut nodes = document.descendants();
        nodes.find_map(|node| node.attribute((DUBLIN_CORE, name)))?.trim().to_owned()
    };
    (!said.is_empty()).then_some(said)
}

/// Returns the XML of a packet and where it begins: some writers put other bytes around it.
fn text(packet: &[u8]) -> Option<(&str, usize)> {
    let start = memchr::memchr(b'<', packet)?;
    let end = memchr::memrchr(b'>', packet)?;
    Some((str::from_utf8(packet.get(start..=end)?).ok()?, start))
}

fn parse(text: &str) -> Option<Document<'_>> {
    Document::parse_with_options(text, ParsingOptions { nodes_limit: NODES, ..ParsingOptions::default() })
        .ok()
}

/// Replaces parts of a packet; `None` when what comes of it is no longer XML.
fn apply(packet: &[u8], start: usize, mut edits: Vec<(Range<usize>, String)>) -> Option<Vec<u8>> {
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = Vec::with_capacity(packet.len());
    let mut at = 0;
    for (range, text) in &edits {
        out.extend_from_slice(packet.get(at..start + range.start)?);
        out.extend_from_slice(text.as_bytes());
        at = start + range.end;
    }
    out.extend_from_slice(packet.get(at..)?);
    let is_sound = edits.is_empty() || text(&out).is_some_and(|(text, _)| parse(text).is_some());
    is_sound.then_some(out)
}
