//! Numbers and settings in words, the same in every format.

use crate::batch::WorkerKind;
use crate::bench::{Setting, Subject, Summary, Warmth};
use crate::error::Shown;
use std::path::Path;

/// Returns a number with three figures or so: `0.42`, `8.31`, `42.1`, `421`, `84.2k`, `1.21M`.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 999_500.0 => format!("{:.2}M", value / 1e6),
        size if size >= 99_950.0 => format!("{:.0}k", value / 1e3),
        size if size >= 9999.5 => format!("{:.1}k", value / 1e3),
        size if size >= 99.95 => format!("{value:.0}"),
        size if size >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// Returns an interval, such as `38.0–42.1`.
pub(super) fn interval(low: f64, high: f64) -> String {
    format!("{}–{}", number(low), number(high))
}

/// Returns a median with its interval, such as `40.1 (38.0–42.1)`.
pub(super) fn measured(summary: &Summary) -> String {
    format!("{} ({})", number(summary.median), interval(summary.low, summary.high))
}

/// Returns a share in percent, such as `12 %`.
pub(super) fn percent(share: f64) -> String {
    match (share * 100.0).abs() {
        size if size < 9.95 && size > 0.0 => format!("{:.1} %", share * 100.0),
        _ => format!("{:.0} %", share * 100.0),
    }
}

/// Returns a count with its thing, such as `1 reader` or `3 readers`.
pub(super) fn counted(count: u64, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

/// Returns a setting in words, such as `4 readers in physical order`.
pub(super) fn setting(setting: Setting) -> String {
    format!("{} in {} order", counted(setting.readers.into(), "reader"), setting.order)
}

/// Returns what settings are compared within: `crop, warm`, or `crop, warm, processes`.
pub(super) fn subject((load, warmth, workers): Subject) -> String {
    match workers {
        WorkerKind::Threads => format!("{load}, {warmth}"),
        WorkerKind::Processes => format!("{load}, {warmth}, {workers}"),
    }
}

/// Returns several things in a row: `a`, `a and b`, `a, b and c`.
pub(super) fn row(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Says what was in memory before a run.
pub(super) const fn memory(warmth: Warmth) -> &'static str {
    match warmth {
        Warmth::Cold => "cold: neither data nor folders and inodes in memory",
        Warmth::DataCold => "data-cold: no data in memory, folders and inodes are",
        Warmth::Warm => "warm: all of it in memory",
    }
}

/// Shows what somebody else chose on one line, without control characters.
pub(super) fn shown(text: &str) -> String {
    Shown(Path::new(text)).to_string()
}

/// Returns a time in seconds since 1970 as a date: `2026-11-26 03:29 UTC`.
///
/// Days are counted from 1 March of year 0, so that a leap day is the last of its year; 400 years
/// have 146,097 days, and 719,468 lie before 1970.
pub(super) fn date(seconds: u64) -> String {
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = match month < 10 {
        true => (year + era * 400, month + 3),
        false => (year + era * 400 + 1, month - 9),
    };
    let minute = seconds / 60 % 1440;
    format!("{year:04}-{month:02}-{of_month:02} {:02}:{:02} UTC", minute / 60, minute % 60)
}

/// Returns a time in seconds: `42 s`, `3 min 20 s`.
pub(super) fn time(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.0} s");
    }
    format!("{:.0} min {:.0} s", (seconds / 60.0).floor(), (seconds % 60.0).floor())
}

/// Returns a word as a shell wants it; what does not fit in a line of text is left to the reader.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    match word {
        _ if shown(word) != word => "PATH".into(),
        _ if !word.is_empty() && word.chars().all(is_plain) => word.into(),
        _ => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// Breaks text into lines of at most `width` characters; a longer word has a line of its own.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_340, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_709_164_800, "2024-02-29 00:00 UTC"),
            (1_735_689_599, "2024-12-31 23:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(date(seconds), expected);
        }
        assert!(!date(u64::MAX).is_empty());
    }

    #[test]
    fn numbers_are_short() {
        let pairs = [(0.0, "0.00"), (0.421, "0.42"), (9.996, "10.0"), (99.96, "100"), (1234.4, "1234")];
        for (value, expected) in pairs.into_iter().chain([(84_210.0, "84.2k"), (1_214_000.0, "1.21M")]) {
            assert_eq!(number(value), expected);
        }
        assert_eq!(
            (percent(0.0), percent(0.051), percent(1.0)),
            ("0 %".into(), "5.1 %".into(), "100 %".into())
        );
        assert_eq!(time(200.4), "3 min 20 s");
    }

    #[test]
    fn a_word_for_a_shell_is_one_word() {
        assert_eq!(quoted("/mnt/photos"), "/mnt/photos");
        assert_eq!(quoted("/mnt/it's $HOME"), r"'/mnt/it'\''s $HOME'");
        assert_eq!(quoted("a\nb"), "PATH");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("incomprehensible x", 8), ["incomprehensible", "x"]);
    }
}
