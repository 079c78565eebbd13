//! Which names are photos' names, and which belong to the system.

use crate::error::{Error, Result};

/// The endings of photo names.
#[derive(Debug)]
pub(super) struct Extensions {
    /// In lower case, without the dot; empty when every name will do.
    endings: Vec<Box<[u8]>>,
}

impl Extensions {
    /// Reads endings such as `jpg`, `.jpg` or `*`.
    pub(super) fn new(words: &[String]) -> Result<Self> {
        if words.is_empty() {
            return Err(Error::usage("no extension is given").hint("'*' stands for every name"));
        }
        if words.iter().any(|word| word == "*") {
            return Ok(Self { endings: Vec::new() });
        }
        let ending = |word: &String| {
            let bare = word.strip_prefix('.').unwrap_or(word);
            let plain = !bare.is_empty() && !bare.contains(['/', '*', '?', '[', '\0']);
            plain
                .then(|| bare.to_ascii_lowercase().into_bytes().into_boxed_slice())
                .ok_or_else(|| Error::usage(format!("'{word}' is no extension")))
        };
        Ok(Self { endings: words.iter().map(ending).collect::<Result<_>>()? })
    }

    /// Tells whether every name will do.
    pub(super) fn takes_any(&self) -> bool {
        self.endings.is_empty()
    }

    /// Tells whether a name ends in a dot and one of the endings, in any case.
    pub(super) fn takes(&self, name: &[u8]) -> bool {
        let ends = |ending: &[u8]| {
            name.len()
                .checked_sub(ending.len() + 1)
                .is_some_and(|dot| name[dot] == b'.' && name[dot + 1..].eq_ignore_ascii_case(ending))
        };
        self.endings.is_empty() || self.endings.iter().any(|ending| ends(ending))
    }
}

/// Tells whether a folder of this name is kept by a system for itself: trash, thumbnails, indexes.
pub(super) fn is_system_folder(name: &[u8]) -> bool {
    const EXACT: [&[u8]; 9] = [
        b"@eaDir",
        b"#recycle",
        b".thumbnails",
        b".Trash",
        b".Trashes",
        b".Spotlight-V100",
        b".DocumentRevisions-V100",
        b".fseventsd",
        b"lost+found",
    ];
    const ANY_CASE: [&[u8]; 2] = [b"$RECYCLE.BIN", b"System Volume Information"];
    let of_a_user = || {
        name.strip_prefix(b".Trash-").is_some_and(|id| !id.is_empty() && id.iter().all(u8::is_ascii_digit))
    };
    EXACT.contains(&name) || ANY_CASE.iter().any(|known| name.eq_ignore_ascii_case(known)) || of_a_user()
}

/// Tells whether a file of this name is what macOS puts beside a file on foreign drives.
pub(super) fn is_system_file(name: &[u8]) -> bool {
    name.starts_with(b"._")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extensions(words: &[&str]) -> Result<Extensions> {
        Extensions::new(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn endings_match_in_any_case_and_the_dot_alone_counts() {
        let photo = extensions(&["jpg", ".JPEG"]).unwrap();
        for name in ["a.jpg", "a.JpEg", ".jpg", "a.b.JPG", "..jpg", "\u{e9}.jpg"] {
            assert!(photo.takes(name.as_bytes()), "{name}");
        }
        for name in ["", "jpg", "a.jpg ", "a.jpgx", "a.xjpg", "a.jp", "a.jpe", "a.jpg.bak"] {
            assert!(!photo.takes(name.as_bytes()), "{name}");
        }
        assert!(photo.takes(b"\xff.jpg"));
        assert!(extensions(&["png", "*"]).unwrap().takes(b"anything"));
        for words in [&[][..], &[""], &["."], &["a/b"], &["j*"]] {
            assert!(extensions(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn system_folders_are_known_by_their_whole_name() {
        for name in ["@eaDir", "$Recycle.Bin", ".Trash-1000", ".Trashes", "lost+found"] {
            assert!(is_system_folder(name.as_bytes()), "{name}");
        }
        for name in [".Trash-", ".Trash-me", "eaDir", ".thumbnail", "trash", ".git"] {
            assert!(!is_system_folder(name.as_bytes()), "{name}");
        }
    }
}
