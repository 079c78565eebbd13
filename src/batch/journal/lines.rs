//! Lines of a file that is read in blocks.

use std::io;

/// Lines that are longer are handed over as empty ones: no row is as long, two paths of any length that a
/// file system gives, and some numbers.
pub(super) const LONGEST: usize = 1 << 20;

/// Hands each line and its place in the file to `visit`; tells whether the last one has no end.
///
/// `more` puts what comes next behind what it is given, and returns how many bytes that are, 0 at the end.
///
/// # Errors
/// What `more` and `visit` say.
pub(super) fn each(
    mut more: impl FnMut(&mut Vec<u8>) -> io::Result<usize>,
    mut visit: impl FnMut(u64, &[u8]) -> io::Result<()>,
) -> io::Result<bool> {
    let (mut buffer, mut at, mut is_dropped) = (Vec::new(), 0_u64, false);
    while more(&mut buffer)? > 0 {
        let mut start = 0;
        while let Some(length) = memchr::memchr(b'\n', &buffer[start..]) {
            let line = &buffer[start..start + length];
            visit(at + start as u64, if std::mem::take(&mut is_dropped) { b"" } else { line })?;
            start += length + 1;
        }
        // A line without end in sight is not ours to keep in memory; what follows of it is no line.
        if is_dropped || buffer.len() - start > LONGEST {
            is_dropped = true;
            start = buffer.len();
        }
        buffer.drain(..start);
        at += start as u64;
    }
    Ok(is_dropped || !buffer.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the lines of a file with their places, and whether the last one has no end.
    fn lines(mut file: &[u8], step: usize) -> (Vec<(u64, Vec<u8>)>, bool) {
        let mut lines = Vec::new();
        let more = |buffer: &mut Vec<u8>| {
            let (now, rest) = file.split_at(step.min(file.len()));
            buffer.extend_from_slice(now);
            file = rest;
            Ok(now.len())
        };
        let is_torn = each(more, |at, line| {
            lines.push((at, line.to_vec()));
            Ok(())
        });
        (lines, is_torn.unwrap())
    }

    #[test]
    fn lines_are_the_same_in_blocks_of_any_length() {
        for step in 1..12 {
            let (found, is_torn) = lines(b"one\n\ntwo\nthr", step);
            assert_eq!(found, [(0, b"one".to_vec()), (4, vec![]), (5, b"two".to_vec())]);
            assert!(is_torn);
            assert!(!lines(b"one\n", step).1 && !lines(b"", step).1);
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_an_empty_one_whatever_it_ends_with() {
        let long = vec![b'x'; 2 * LONGEST];
        let file = [&long[..], b"row\nnext\n"].concat();
        let (found, is_torn) = lines(&file, LONGEST);
        assert_eq!(found.iter().map(|(_, line)| &line[..]).collect::<Vec<_>>(), [&b""[..], b"next"]);
        assert!(!is_torn);
        // It has no end although nothing of it is kept.
        assert_eq!(lines(&long, LONGEST), (vec![], true));
    }
}
