//! What the parsers of this room share: numbers, quoting, and the nearest known name.

use super::MAX_SIDE;
use crate::error::{Error, Result, Shown};
use crate::units::Dims;
use std::path::Path;

/// Characters of a wrong part that an error repeats; a guess at what still helps on one line.
const QUOTED: usize = 48;

/// Returns a part of the text in quotes, on one line and not too long.
pub(super) fn quoted(part: &str) -> String {
    match part.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("'{}…'", Shown(Path::new(&part[..end]))),
        None => format!("'{}'", Shown(Path::new(part))),
    }
}

/// Returns a decimal number without sign, `None` for anything else or above `u32::MAX`.
pub(super) fn number(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Returns the length of a side in pixels, 1 to [`MAX_SIDE`].
pub(super) fn side(text: &str) -> Result<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match number(text) {
        Some(side) => checked(side),
        None if digits => Err(too_long(text)),
        None => Err(Error::usage(format!("{} is not a number of pixels", quoted(text)))),
    }
}

/// Returns `side` if a picture can have it: 1 to [`MAX_SIDE`] pixels.
pub(super) fn checked(side: u32) -> Result<u32> {
    match side {
        0 => Err(Error::usage("a side of 0 pixels")),
        1..=MAX_SIDE => Ok(side),
        _ => Err(too_long(&side.to_string())),
    }
}

fn too_long(side: &str) -> Error {
    Error::usage(format!("a side of {} pixels is above {MAX_SIDE}", Shown(Path::new(side))))
}

/// Returns dimensions written `WxH`, each side 1 to [`MAX_SIDE`].
pub(super) fn dims(text: &str) -> Result<Dims> {
    let (width, height) = text
        .split_once('x')
        .ok_or_else(|| Error::usage(format!("{} is not WIDTHxHEIGHT in pixels", quoted(text))))?;
    Ok(Dims::new(side(width)?, side(height)?))
}

/// Tells of a name that is none of `names`; the hint is the nearest of them, or all.
pub(super) fn unknown(what: &str, name: &str, names: &[&str]) -> Error {
    let hint = match nearest(name, names) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("known are {}", names.join(", ")),
    };
    Error::usage(format!("{} is not a {what}", quoted(name))).hint(hint)
}

/// Returns the one of `names` that differs least, if it differs in no more than a third.
fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let name = name.trim().to_ascii_lowercase();
    let close = |&(distance, near): &(usize, &str)| {
        distance <= (near.len().max(name.len()) / 3).max(1) && distance < near.len().min(name.len())
    };
    let candidates = names.iter().map(|&near| (distance(&name, near), near)).filter(close);
    candidates.min_by_key(|&(distance, _)| distance).map(|(_, near)| near)
}

/// Returns how many bytes must be put in, left out or changed (Levenshtein 1965).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_plain_numbers_from_1_to_65535() {
        assert_eq!(side("1").unwrap(), 1);
        assert_eq!(side("065535").unwrap(), 65535);
        for bad in
            ["", "0", "65536", "4294967296", "99999999999999999999", "+5", "-5", " 5", "5 ", "5.0", "٣"]
        {
            assert!(side(bad).is_err(), "{bad}");
        }
        assert!(dims("5x6x7").is_err() && dims("5").is_err() && dims("5x").is_err());
    }

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        let names = ["crop", "inside", "cover", "jpeg"];
        for (slip, meant) in [("insde", "inside"), ("Crop", "crop"), (" inside", "inside"), ("jpg", "jpeg")] {
            assert_eq!(nearest(slip, &names), Some(meant));
        }
        for other in ["", "x", "resize", "thumbnail", "a"] {
            assert_eq!(nearest(other, &names), None, "{other}");
        }
    }

    #[test]
    fn a_hostile_part_is_quoted_on_one_short_line() {
        assert_eq!(quoted("a\nb"), r"'a\nb'");
        assert!(quoted(&"é".repeat(5000)).len() < 120);
    }
}
