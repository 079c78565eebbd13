//! Found photos, one record each.

use crate::error::Shown;
use crate::photo::{Batch, Photo};
use base64::Engine as _;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// How names are written into lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Byte for byte: for pipes and files.
    Raw,
    /// With control characters, invalid bytes and bidi marks escaped: for a terminal.
    Shown,
}

/// How found photos are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Render {
    /// A path a line.
    Lines(Names),
    /// Paths as bytes, each ended by NUL.
    Nul,
    /// A JSON object a line.
    Json,
}

/// A JSON Lines row. Keys that are not known are left out.
#[derive(Serialize)]
struct Row<'a> {
    path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_b64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    orientation: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progressive: Option<bool>,
}

impl Render {
    /// Returns all that is written of a batch, if it lies there as it is written.
    pub fn whole(self, batch: &mut Batch) -> Option<&[u8]> {
        match self {
            Self::Lines(Names::Raw) => batch.ended_by(b'\n'),
            Self::Nul => batch.ended_by(b'\0'),
            Self::Lines(Names::Shown) | Self::Json => None,
        }
    }

    /// Writes one photo.
    ///
    /// JSON: `path` is UTF-8, with U+FFFD for bytes that are not; then `path_b64` has the exact
    /// bytes in standard Base64. `width` and `height` are pixels as stored, `orientation` is the
    /// Exif value, where the header was read.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(self, photo: &Photo<'_>, to: &mut impl Write) -> io::Result<()> {
        let bytes = photo.path.as_os_str().as_bytes();
        match self {
            Self::Lines(Names::Raw) => {
                to.write_all(bytes)?;
                to.write_all(b"\n")
            }
            Self::Lines(Names::Shown) => writeln!(to, "{}", Shown(photo.path)),
            Self::Nul => {
                to.write_all(bytes)?;
                to.write_all(b"\0")
            }
            Self::Json if photo.facts.is_none() && is_plain(bytes) => {
                to.write_all(b"{\"path\":\"")?;
                to.write_all(bytes)?;
                to.write_all(b"\"}\n")
            }
            Self::Json => {
                let (path, path_b64) = encoded(photo.path);
                let row = Row {
                    path,
                    path_b64,
                    width: photo.facts.map(|facts| facts.dims.width),
                    height: photo.facts.map(|facts| facts.dims.height),
                    orientation: photo.facts.map(|facts| facts.orientation.exif()),
                    progressive: photo.facts.map(|facts| facts.is_progressive),
                };
                serde_json::to_writer(&mut *to, &row)?;
                to.write_all(b"\n")
            }
        }
    }
}

/// Tells whether a path is in JSON as it is: UTF-8 without what JSON escapes (RFC 8259, section 7).
fn is_plain(bytes: &[u8]) -> bool {
    // Looks at all bytes, as that takes less time than to ask after each whether it is the last.
    let escaped = |&byte: &u8| byte < b' ' || byte == b'"' || byte == b'\\';
    !bytes.iter().fold(false, |any, byte| any | escaped(byte)) && std::str::from_utf8(bytes).is_ok()
}

/// Returns a path as JSON has it: UTF-8 with U+FFFD for bytes that are not, and then its exact bytes in
/// standard Base64.
pub(super) fn encoded(path: &Path) -> (Cow<'_, str>, Option<String>) {
    let exact = base64::engine::general_purpose::STANDARD;
    let is_exact = path.to_str().is_some();
    (path.to_string_lossy(), (!is_exact).then(|| exact.encode(path.as_os_str().as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photo::{Facts, Orientation, Root};
    use crate::units::Dims;
    use proptest::prelude::*;
    use std::ffi::OsStr;

    fn told(render: Render, name: &[u8], facts: Option<Facts>) -> Vec<u8> {
        let path = Path::new(OsStr::from_bytes(name));
        let mut out = Vec::new();
        render.write(&Photo { path, relative: path, root: 0, inode: 0, facts }, &mut out).unwrap();
        out
    }

    #[test]
    fn a_name_is_raw_on_a_pipe_and_harmless_on_a_terminal() {
        let name = b"a\n\xff\x1b.jpg";
        assert_eq!(told(Render::Lines(Names::Raw), name, None), b"a\n\xff\x1b.jpg\n");
        assert_eq!(told(Render::Nul, name, None), b"a\n\xff\x1b.jpg\0");
        assert_eq!(told(Render::Lines(Names::Shown), name, None), b"a\\n\\xff\\x1b.jpg\n");
    }

    #[test]
    fn json_keeps_every_byte() {
        let facts =
            Facts { dims: Dims::new(4, 3), orientation: Orientation::Rotated90, is_progressive: false };
        assert_eq!(
            String::from_utf8(told(Render::Json, b"a\n.jpg", Some(facts))).unwrap(),
            "{\"path\":\"a\\n.jpg\",\"width\":4,\"height\":3,\"orientation\":6,\"progressive\":false}\n"
        );
        assert_eq!(
            String::from_utf8(told(Render::Json, b"\xff.jpg", None)).unwrap(),
            "{\"path\":\"\u{fffd}.jpg\",\"path_b64\":\"/y5qcGc=\"}\n"
        );
    }

    #[test]
    fn a_batch_is_told_as_a_whole_where_it_lies_there_so() {
        let roots = [Root::folder("d")];
        let facts = Facts { dims: Dims::new(4, 3), orientation: Orientation::Upright, is_progressive: false };
        for (render, is_whole) in [
            (Render::Lines(Names::Raw), true),
            (Render::Nul, true),
            (Render::Lines(Names::Shown), false),
            (Render::Json, false),
        ] {
            for facts in [None, Some(facts)] {
                let mut batch = Batch::default();
                for name in [&b"a.jpg"[..], b"b\n.jpg", b"\xff.jpg"] {
                    batch.push_with(0, &[b"d/", name], 0, facts);
                }
                let mut single = Vec::new();
                batch.iter(&roots).for_each(|photo| render.write(&photo, &mut single).unwrap());
                let whole = render.whole(&mut batch);
                assert_eq!(whole, (is_whole && facts.is_none()).then_some(&single[..]), "{render:?}");
            }
        }
    }

    proptest! {
        /// Paths that are written as they are, and those that are not, are what serde_json makes of them.
        #[test]
        fn json_is_what_serde_makes_of_it(
            text in any::<String>(),
            some in prop::collection::vec(prop::sample::select(&b"aZ /.\"\\\x1f\x20\x7f\xc3\xbc\xff"[..]), 0..9),
        ) {
            for bytes in [text.as_bytes(), &some, &[text.as_bytes(), &some].concat()] {
                let (path, path_b64) = encoded(Path::new(OsStr::from_bytes(bytes)));
                let (width, height, orientation, progressive) = (None, None, None, None);
                let row = Row { path, path_b64, width, height, orientation, progressive };
                let expected = serde_json::to_string(&row).unwrap() + "\n";
                prop_assert_eq!(String::from_utf8(told(Render::Json, bytes, None)).unwrap(), expected);
            }
        }
    }
}
