//! Which names are photos' names, and which belong to the system.

use crate::error::{Error, Result};

/// The endings of photo names.
#[derive(Debug)]
pub(super) struct Extensions {
    /// Those that fit into eight bytes with their dots.
    short: Vec<Tail>,
    /// The others, in lower case, without the dot.
    long: Vec<Box<[u8]>>,
    takes_any: bool,
}

/// The end of a name as a number, its last byte lowest: one comparison for all letters and their cases.
#[derive(Clone, Copy, Debug)]
struct Tail {
    /// The bits of the last bytes of a name that count.
    mask: u64,
    /// The bit by which lower letters differ from upper ones, where the ending has a letter.
    letters: u64,
    /// What is then to be there.
    wanted: u64,
}

impl Tail {
    /// Makes one of an ending in lower case, without its dot; `None` when it is too long.
    fn new(ending: &[u8]) -> Option<Self> {
        if ending.len() > 7 {
            return None;
        }
        let mut tail = Self { mask: 0xff, letters: 0, wanted: u64::from(b'.') };
        for &byte in ending {
            let letter = if byte.is_ascii_lowercase() { 0x20 } else { 0 };
            tail.mask = tail.mask << 8 | 0xff;
            tail.letters = tail.letters << 8 | letter;
            tail.wanted = tail.wanted << 8 | u64::from(byte);
        }
        Some(tail)
    }

    /// Returns the last eight bytes of a name, or all of it behind zeros, which no name has.
    #[inline]
    fn of(name: &[u8]) -> u64 {
        match name.last_chunk() {
            Some(last) => u64::from_be_bytes(*last),
            None => name.iter().fold(0, |tail, &byte| tail << 8 | u64::from(byte)),
        }
    }

    #[inline]
    fn takes(self, name: u64) -> bool {
        (name & self.mask | self.letters) == self.wanted
    }
}

impl Extensions {
    /// Reads endings such as `jpg`, `.jpg` or `*`.
    pub(super) fn new(words: &[String]) -> Result<Self> {
        if words.is_empty() {
            return Err(Error::usage("no extension is given").hint("'*' stands for every name"));
        }
        if words.iter().any(|word| word == "*") {
            return Ok(Self { short: Vec::new(), long: Vec::new(), takes_any: true });
        }
        let ending = |word: &String| {
            let bare = word.strip_prefix('.').unwrap_or(word);
            let plain = !bare.is_empty() && !bare.contains(['/', '*', '?', '[', '\0']);
            plain
                .then(|| bare.to_ascii_lowercase().into_bytes().into_boxed_slice())
                .ok_or_else(|| Error::usage(format!("'{word}' is no extension")))
        };
        let all: Vec<_> = words.iter().map(ending).collect::<Result<_>>()?;
        let short = all.iter().filter_map(|ending| Tail::new(ending)).collect();
        let long = all.into_iter().filter(|ending| Tail::new(ending).is_none()).collect();
        Ok(Self { short, long, takes_any: false })
    }

    /// Tells whether every name will do.
    pub(super) fn takes_any(&self) -> bool {
        self.takes_any
    }

    /// Tells whether a name ends in a dot and one of the endings, in any case.
    #[inline]
    pub(super) fn takes(&self, name: &[u8]) -> bool {
        let ends = |ending: &[u8]| {
            name.len()
                .checked_sub(ending.len() + 1)
                .is_some_and(|dot| name[dot] == b'.' && name[dot + 1..].eq_ignore_ascii_case(ending))
        };
        let tail = Tail::of(name);
        self.short.iter().any(|ending| ending.takes(tail))
            || self.takes_any
            || self.long.iter().any(|ending| ends(ending))
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
        let odd = extensions(&["jpg_large", "a1@", "1234567", "\u{e9}"]).unwrap();
        for name in ["x.JPG_Large", "x.A1@", ".1234567", "x.\u{e9}", "x.1234567"] {
            assert!(odd.takes(name.as_bytes()), "{name}");
        }
        for name in ["x.jpg_larg", "x.A1`", "x.a\u{11}@", "1234567", "x.\u{c9}", "x01234567"] {
            assert!(!odd.takes(name.as_bytes()), "{name}");
        }
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
