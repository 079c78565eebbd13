//! Thousands of photos of which one in three is damaged: the program neither crashes nor hangs nor eats memory, and
//! the good ones come out as ever.

mod world;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Damaged photos in all; as many again, twice, are good.
const DAMAGED: usize = 3000;

/// The program, and all processes that it starts, may take this much.
const MEMORY: u64 = 512 << 20;

/// No photo may take longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Xorshift (Marsaglia 2003): the same damage every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Returns a number below `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }
}

/// Damages a photo in one to three places.
fn damaged(photo: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = photo.to_vec();
    for _ in 0..=dice.below(3) {
        // Most that decides how all else is read lies in the first part.
        let reach = if dice.below(2) == 0 { bytes.len().min(700) } else { bytes.len() };
        if reach < 8 {
            break;
        }
        let at = 2 + dice.below(reach - 2);
        let len = [1, 2, 16, 300][dice.below(4)];
        let end = (at + len).min(bytes.len());
        match dice.below(7) {
            0 | 1 => bytes[at] ^= 1 << dice.below(8),
            2 => bytes[at] = [0, 0xff, 0x7f, 0x80, 1][dice.below(5)],
            3 => drop(bytes.drain(at..end)),
            4 => bytes.truncate(at),
            5 => {
                let from = dice.below(other.len());
                let piece = &other[from..(from + len).min(other.len())];
                drop(bytes.splice(at..at, piece.iter().copied()));
            }
            _ => {
                let code = [0xc0, 0xc2, 0xc4, 0xd0, 0xd7, 0xd9, 0xda, 0xdb, 0xdd, 0xe1][dice.below(10)];
                drop(bytes.splice(at..(at + 2).min(bytes.len()), [0xff, code]));
            }
        }
    }
    bytes
}

/// Fills a folder; returns the names of what is good, by which photo it is.
fn fill(folder: &Path) -> BTreeMap<String, usize> {
    let sources: Vec<Vec<u8>> = ["formats", "sizes", "metadata", "orientation"]
        .iter()
        .flat_map(|part| world::files(&world::project("fixtures/photos").join(part)).into_values())
        .filter(|bytes| bytes.len() < 30_000)
        .collect();
    assert!(sources.len() > 30);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut good = BTreeMap::new();
    for number in 0..3 * DAMAGED {
        let which = dice.below(sources.len());
        let folder = folder.join(format!("{:02}", number / 500));
        if number % 500 == 0 {
            std::fs::create_dir_all(&folder).unwrap();
        }
        let name = format!("{number:05}.jpg");
        if number % 3 == 0 {
            let other = &sources[dice.below(sources.len())];
            std::fs::write(folder.join(&name), damaged(&sources[which], other, &mut dice)).unwrap();
        } else {
            std::fs::write(folder.join(&name), &sources[which]).unwrap();
            good.insert(format!("{:02}/{name}", number / 500), which);
        }
    }
    good
}

/// What came of all photos: how many of each kind, and the outputs.
type Came = (BTreeMap<String, usize>, BTreeMap<PathBuf, Vec<u8>>);

/// Crops all photos within the bounds, where `workers` says.
fn crop(dir: &Path, workers: &[&str]) -> Came {
    _ = std::fs::remove_dir_all(dir.join("out"));
    let args = ["crop", "photos", "-o", "out", "-s", "32", "--sync", "none", "--report", "rows.jsonl", "-q"];
    let args: Vec<&OsStr> = args.iter().chain(workers).map(OsStr::new).collect();
    let begun = Instant::now();
    let (ran, peak) = world::run_measured(dir, &args);
    let took = begun.elapsed();
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(peak <= MEMORY, "{} MiB", peak >> 20);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    let rows = std::fs::read_to_string(dir.join("rows.jsonl")).unwrap();
    let mut kinds = BTreeMap::new();
    for row in rows.lines() {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let work = row["work_ms"].as_f64().unwrap_or(0.0);
        assert!(Duration::from_secs_f64(work / 1000.0) < PATIENCE, "{row}");
        let kind = row["kind"].as_str().unwrap_or(row["result"].as_str().unwrap()).to_owned();
        assert_ne!(kind, "decoder-crashed", "{row}");
        *kinds.entry(kind).or_insert(0_usize) += 1;
    }
    assert_eq!(kinds.values().sum::<usize>(), 3 * DAMAGED, "{kinds:?}");
    assert!(took < Duration::from_secs(240), "{took:?}");
    (kinds, world::outputs(&dir.join("out")))
}

#[test]
fn one_photo_in_three_is_damaged_and_costs_itself_alone() {
    let dir = tempfile::tempdir().unwrap();
    let good = fill(&dir.path().join("photos"));
    assert_eq!(good.len(), 2 * DAMAGED);
    let came = crop(dir.path(), &[]);
    let (kinds, outputs) = &came;
    assert!(kinds["corrupt"] > 300 && kinds["truncated"] > 300, "{kinds:?}");
    let mut firsts: BTreeMap<usize, &Vec<u8>> = BTreeMap::new();
    for (name, which) in good {
        let output =
            outputs.get(Path::new(&name)).unwrap_or_else(|| panic!("{name} is good and has no output"));
        assert_eq!(*firsts.entry(which).or_insert(output), output, "{name} differs from a copy of it");
    }
    if String::from_utf8_lossy(&world::run(["crop", "--help"]).stdout).contains("--workers") {
        let by_processes = crop(dir.path(), &["--workers", "processes:2"]);
        assert!(by_processes == came, "processes: {:?}, threads: {kinds:?}", by_processes.0);
    }
}
