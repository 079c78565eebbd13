//! What a bench measured: plain data, which reports tell and files keep.
//!
//! The fields are the JSON schema; [`SCHEMA`] is raised when one of them changes its meaning or goes.

use super::WorkerCost;
use crate::batch::WorkerKind;
use crate::device::{DriveKind, ReadOrder};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The number of this schema.
pub const SCHEMA: u32 = 1;

/// All that a bench measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchResult {
    /// The schema that this follows.
    pub schema: u32,
    /// The version of the program.
    pub version: String,
    /// When it began, in seconds since 1970, UTC.
    pub started: u64,
    /// How long it took, in seconds.
    pub elapsed: f64,
    /// What was typed.
    pub command: Vec<String>,
    /// What chose the photos of each run.
    pub seed: u64,
    /// How it came to its end.
    pub ended: BenchEnd,
    /// Where.
    pub machine: Machine,
    /// What was measured, drive by drive.
    pub drives: Vec<DriveResult>,
    /// What is worth knowing of all of it, such as that nothing could be made cold.
    pub notes: Vec<String>,
}

/// How a bench came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BenchEnd {
    /// Every interval is as tight as it was to be, but those of settings that are far behind.
    Tight,
    /// The time was spent.
    TimeSpent,
    /// Somebody stopped it.
    Stopped,
}

/// The machine that measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The kernel and its release, such as `Linux 6.12.9`.
    pub kernel: String,
    /// The model of its processor.
    pub cpu: String,
    /// Its cores, as far as this program may use them.
    pub cores: u32,
    /// Its memory, in bytes.
    pub memory: u64,
}

/// What was measured on one drive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriveResult {
    /// The drive.
    pub drive: DriveFacts,
    /// Photos on it that were to be measured with.
    pub photos: u64,
    /// Their bytes, as far as they are known.
    pub bytes: u64,
    /// What was measured, in the order of [`Load`], cold before warm, and of the settings as swept.
    pub series: Vec<Series>,
    /// What is the best for each load.
    pub advice: Vec<Advice>,
    /// What worker processes cost beside threads, load by load; none where only one of them was measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<WorkerCost>,
}

/// What is known of a drive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriveFacts {
    /// The disks beneath, such as `sda`, or what is mounted.
    pub name: String,
    /// The kind that it was taken for.
    pub kind: DriveKind,
    /// Why.
    pub reason: String,
    /// Its model, if it says.
    pub model: Option<String>,
    /// How it is connected, such as `sata` or `usb`.
    pub bus: Option<String>,
    /// Where it is mounted.
    pub mount_point: String,
    /// The type of its file system.
    pub fs_type: String,
    /// The options of its mount.
    pub mount_options: String,
    /// What the file system is known by.
    pub uuid: Option<String>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Load {
    /// Finding all photos.
    Walk,
    /// Reading the first 64 KiB of each.
    Head,
    /// Reading each whole.
    Read,
    /// Reading and decoding each.
    Decode,
    /// Reading each and making a thumbnail of it, which is thrown away.
    Crop,
}

impl Load {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Walk, Self::Head, Self::Read, Self::Decode, Self::Crop];

    /// Returns the word it is written with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::Head => "head",
            Self::Read => "read",
            Self::Decode => "decode",
            Self::Crop => "crop",
        }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is in memory before a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Warmth {
    /// Nothing of what the run reads, nor folders and inodes.
    Cold,
    /// No content of files; folders and inodes are.
    DataCold,
    /// All of it.
    Warm,
}

impl Warmth {
    /// Returns the word it is written with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::DataCold => "data-cold",
            Self::Warm => "warm",
        }
    }
}

impl fmt::Display for Warmth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One way to read a drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Setting {
    /// Threads that read, or walk; at least 1.
    pub readers: u32,
    /// In which order.
    pub order: ReadOrder,
    /// Who gets what is read; threads in files that do not say.
    #[serde(default, skip_serializing_if = "WorkerKind::is_threads")]
    pub workers: WorkerKind,
}

impl Setting {
    /// So many readers in an order; threads get what they read.
    #[must_use]
    pub const fn new(readers: u32, order: ReadOrder) -> Self {
        Self { readers, order, workers: WorkerKind::Threads }
    }

    /// The same with other workers.
    #[must_use]
    pub const fn with(self, workers: WorkerKind) -> Self {
        Self { workers, ..self }
    }
}

impl fmt::Display for Setting {
    /// Writes readers and order, and workers unless they are threads: `4 × path`, `4 × path, processes`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.readers, self.order)?;
        match self.workers {
            WorkerKind::Threads => Ok(()),
            workers => write!(f, ", {workers}"),
        }
    }
}

/// What settings are compared within: a load, what was in memory, and which workers.
pub type Subject = (Load, Warmth, WorkerKind);

impl Series {
    /// Returns what it belongs to.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        (self.load, self.warmth, self.setting.workers)
    }
}

impl Advice {
    /// Returns what it is for.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        (self.load, self.warmth, self.best.workers)
    }
}

/// All runs of one load with one setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The load.
    pub load: Load,
    /// What was in memory.
    pub warmth: Warmth,
    /// How it was read.
    pub setting: Setting,
    /// Its runs, in the order they were made; at least one.
    pub runs: Vec<Run>,
    /// Their rates in photos a second, summed up.
    pub summary: Summary,
    /// How long single reads took; none for walks.
    pub latency: Option<Latency>,
}

/// One run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// When it began, in seconds since the bench did.
    pub at: f64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Photos in it.
    pub photos: u64,
    /// Their bytes that the program read.
    pub bytes: u64,
    /// Bytes that came from drives for it (`/proc/self/io`), if the system says.
    pub from_drive: Option<u64>,
    /// Seconds of processors that it took, of all threads and worker processes.
    pub cpu: f64,
    /// Whether it is far from the others (by [`Summary`]'s measure) and so not counted.
    pub is_outlier: bool,
    /// The round that it was made in, from 0. What settings that differ in their workers only did in one round was done
    /// with the same photos.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u32>,
}

/// Rates, in photos a second, without outliers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The median.
    pub median: f64,
    /// The lower end of its 95 % bootstrap interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Runs that were left out because they are far from the others.
    pub outliers: u32,
    /// Whether rates rose or fell in the course of the bench more than they scatter, as a share of the
    /// median from the first to the last run; 0 where they did not.
    pub drift: f64,
}

/// How long the reads of a series took, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The latencies at 0, 1, 2, … 100 percent; 101 of them, rising.
    pub percentiles: Vec<f64>,
}

/// What is best for a load on a drive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// The load.
    pub load: Load,
    /// What was in memory.
    pub warmth: Warmth,
    /// The setting to take: the simplest of those that do not differ from the fastest.
    pub best: Setting,
    /// Photos a second with it.
    pub rate: f64,
    /// The setting that a simple program would take: threads as there are cores, in the order of paths.
    pub naive: Option<Setting>,
    /// So many times as fast as the naive one, with its interval; `None` where that was not measured.
    pub gain: Option<[f64; 3]>,
    /// Settings whose rates do not differ from the best.
    pub equals: Vec<Setting>,
    /// What keeps it from being faster; for loads that compute.
    pub limit: Option<Limit>,
}

/// What keeps a load from being faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// The drive.
    Drive,
    /// The processors.
    Cpu,
}
