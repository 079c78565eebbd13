//! What was typed behind `bench`.

use super::args::{CommonArgs, SelectArgs, one_of, value};
use crate::batch::WorkerKind;
use crate::bench::{Load, Percent, Span, Warmth};
use crate::device::ReadOrder;
use clap::Args;
use clap::builder::TypedValueParser;
use std::path::PathBuf;

/// What stands below the help.
pub(super) const EXAMPLES: &str = "\
Examples:
  jpegasus bench /mnt/photos                     a minute: what is the best for each drive below
  jpegasus bench . --load read -J 1,4,16 --time 2m
  jpegasus bench . --load crop --workers threads,processes
  jpegasus bench . -o now.json -o now.html       a file for --compare, and a page to look at
  jpegasus bench . --compare old.json            exit 3 if slower by more than 5 %
Nothing is written but the files of -o, and by --save. Exit codes: 0 measured, 1 some photos could
not be read, 2 wrong usage or nothing to measure, 3 slower than before, 4 a file cannot be written,
130 stopped";

#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    #[command(flatten)]
    pub(super) select: SelectArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
    /// Any of walk, head, read, decode, crop [default: all]
    ///
    /// walk: find all photos. head: read the first 64 KiB of each. read: read each whole. decode: read and
    /// decode each. crop: read each and shrink it to 256x256, which is thrown away.
    #[arg(long, value_name = "LIST", value_delimiter = ',', hide_possible_values = true,
          value_parser = one_of(Load::ALL.map(Load::name)).try_map(|name| name.parse::<Load>()),
          help_heading = "Measurement")]
    pub(super) load: Vec<Load>,
    /// Numbers of readers and walkers to try [default: 1,2,4,8,16]
    #[arg(short = 'J', long, value_name = "LIST", value_delimiter = ',',
          value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Measurement")]
    pub(super) io_threads: Vec<u16>,
    /// Orders to try: path, inode, physical [default: path,physical]
    #[arg(long, value_name = "LIST", value_delimiter = ',', hide_possible_values = true,
          value_parser = one_of(ReadOrder::ALL.map(ReadOrder::name)).try_map(|name| name.parse::<ReadOrder>()),
          help_heading = "Measurement")]
    pub(super) read_order: Vec<ReadOrder>,
    /// Any of cold, data-cold, warm [default: walk cold,warm, others data-cold,warm]
    ///
    /// cold: nothing of what is read is in memory, nor folders and inodes; that takes root, who empties the
    /// caches of the whole system, else it is data-cold: the content of the files is not in memory. Each
    /// run is proven to be so, or dropped.
    #[arg(long, value_name = "LIST", value_delimiter = ',', hide_possible_values = true,
          value_parser = one_of(Warmth::ALL.map(Warmth::name)).try_map(|name| name.parse::<Warmth>()),
          help_heading = "Measurement")]
    pub(super) cache: Vec<Warmth>,
    /// Where photos are decoded: threads, processes, or both side by side [default: threads]
    ///
    /// Both take the same photos in each round, so that what confined processes cost beside threads is told in pairs.
    /// Where nothing is decoded (head, read), processes are handed the bytes and throw them away.
    #[arg(long, value_name = "LIST", value_delimiter = ',', hide_possible_values = true,
          value_parser = one_of(WorkerKind::ALL.map(WorkerKind::name)).try_map(|name| name.parse::<WorkerKind>()),
          help_heading = "Measurement")]
    pub(super) workers: Vec<WorkerKind>,
    /// How long to measure, such as 90s or 2m
    ///
    /// Less where all rates are known well before: to 3 % with 95 % confidence.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = value::<Span>,
          help_heading = "Measurement")]
    pub(super) time: Span,
    /// What chooses the photos of each run
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Measurement")]
    pub(super) seed: u64,
    /// Write what was measured to FILE: .json, .csv, .md, .html
    #[arg(short, long, value_name = "FILE", help_heading = "Result")]
    pub(super) out: Vec<PathBuf>,
    /// Compare with an earlier .json; exit 3 if slower
    #[arg(long, value_name = "FILE", help_heading = "Result")]
    pub(super) compare: Option<PathBuf>,
    /// Changes up to this share do not count
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = value::<Percent>,
          help_heading = "Result")]
    pub(super) threshold: Percent,
    /// Keep the best settings of each drive, for scan and crop
    #[arg(long, help_heading = "Result")]
    pub(super) save: bool,
}
