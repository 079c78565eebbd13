//! The map of the rooms is true: no room imports one that stands right of it or in its own cell.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Cells from left to right; rooms in one cell do not import each other.
const MAP: &str = "error | units | event photo | fs | process | device | recipe frame | jpeg | codec | scan batch \
                   | bench | report | cli";

/// Crates that only one place may know, and which place.
const ONLY: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("indicatif", &["cli/progress.rs"]),
    ("image", &["codec"]),
    ("image_webp", &["codec"]),
    ("crc32fast", &["codec"]),
    ("csv", &["report/bench"]),
    ("roxmltree", &["codec/metadata"]),
    ("zune_jpeg", &["codec"]),
    ("moxcms", &["codec"]),
    ("fast_image_resize", &["frame"]),
    ("rustix", &["fs", "process"]),
    ("landlock", &["process/confine.rs"]),
    ("seccompiler", &["process/filter.rs"]),
    ("libc", &["process/filter.rs"]),
    ("nix", &["fs"]),
    ("fiemap", &["fs"]),
    ("ignore", &["scan/engine"]),
    ("jwalk", &["scan/engine"]),
];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// Returns every source file by its path beneath src, with its code; tests in it are left out.
fn code() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&src, &mut paths);
    paths
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name != "tests.rs"))
        .map(|path| {
            let name = path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().lines();
            let code: Vec<_> = lines.filter(|line| !line.trim_start().starts_with("//")).collect();
            (name, code.join("\n"))
        })
        .collect()
}

fn room_of(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Returns the words that follow `prefix` in `text`, also those of `prefix::{a::x, b}`.
fn words_after(text: &str, prefix: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    text.match_indices(prefix)
        .flat_map(|(at, _)| {
            let rest = &text[at + prefix.len()..];
            match rest.strip_prefix('{') {
                None => vec![name(rest)],
                Some(list) => {
                    let mut depth = 1;
                    list.split_inclusive(['{', '}', ','])
                        .take_while(|part| {
                            let is_inside = depth > 0;
                            depth =
                                (depth + part.matches('{').count()).saturating_sub(part.matches('}').count());
                            is_inside
                        })
                        .map(|part| name(part.trim_start()))
                        .collect()
                }
            }
        })
        .filter(|word| !word.is_empty())
        .collect()
}

#[test]
fn every_arrow_points_to_the_left() {
    let cells: BTreeMap<&str, usize> = MAP
        .split('|')
        .enumerate()
        .flat_map(|(place, cell)| cell.split_whitespace().map(move |room| (room, place)))
        .collect();
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for (file, text) in code() {
        let room = room_of(&file);
        if ["lib", "main"].contains(&room) {
            continue;
        }
        let place = cells.get(room).unwrap_or_else(|| panic!("{file} is in no room of the map"));
        for word in words_after(&text, "crate::") {
            let Some(other) = cells.get(word.as_str()) else {
                panic!("{file}: crate::{word} is no room of the map");
            };
            arrows += 1;
            if word != room && other >= place {
                wrong.push(format!("{file} imports {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(arrows > 50, "only {arrows} imports were seen: this test reads the wrong thing");
}

#[test]
fn each_outer_crate_is_known_in_one_place() {
    let mut wrong = Vec::new();
    for (file, text) in code() {
        for (name, places) in ONLY {
            let is_used = words_after(&text, "use ").iter().any(|word| word == name)
                || text
                    .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                    .any(|word| word.strip_prefix(name).is_some_and(|rest| rest.starts_with("::")));
            if is_used && !places.iter().any(|place| file.starts_with(place)) {
                wrong.push(format!("{file} knows {name}"));
            }
        }
        let touches_files =
            ["std::fs", "fs::File::", "File::open", "OpenOptions"].iter().any(|word| text.contains(word));
        if touches_files && room_of(&file) != "fs" {
            wrong.push(format!("{file} touches files"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
