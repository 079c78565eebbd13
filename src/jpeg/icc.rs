//! The ICC profile, cut into APP2 segments (ICC.1:2010 annex B.4).

use std::ops::Range;

/// What stands before each part.
pub(super) const SIGNATURE: &[u8] = b"ICC_PROFILE\0";

/// One segment of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Which part it is, from 1.
    pub(super) number: u8,
    /// How many parts there are.
    pub(super) total: u8,
    /// Where its bytes are in the file.
    pub(super) range: Range<usize>,
}

/// Returns the ranges of the parts in order, or what is wrong with them.
pub(super) fn in_order(parts: &[Part]) -> Result<Vec<Range<usize>>, &'static str> {
    if parts.iter().any(|part| usize::from(part.total) != parts.len()) {
        return Err("the ICC profile lacks a part, or its parts disagree on their number");
    }
    let numbered = |number| parts.iter().find(|part| usize::from(part.number) == number);
    (1..=parts.len())
        .map(|number| numbered(number).map(|part| part.range.clone()))
        .collect::<Option<_>>()
        .ok_or("the parts of the ICC profile are misnumbered")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_put_in_order_and_must_be_complete() {
        let part = |number, total| Part { number, total, range: usize::from(number)..9 };
        assert_eq!(in_order(&[part(2, 2), part(1, 2)]).unwrap(), [1..9, 2..9]);
        assert!(in_order(&[]).unwrap().is_empty());
        for bad in [&[part(1, 2)][..], &[part(0, 1)], &[part(1, 2), part(1, 2)], &[part(1, 1), part(2, 2)]] {
            assert!(in_order(bad).is_err(), "{bad:?}");
        }
    }
}
