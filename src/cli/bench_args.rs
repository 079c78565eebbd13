//! What was typed behind `bench`.

use super::args::{ColorArg, CommonArgs, ReadOrderArg, SelectArgs, one_of, value};
use crate::bench::{Load, Percent, Span, Warmth};
use crate::device::ReadOrder;
use clap::builder::TypedValueParser;
use clap::{ArgAction, Args};
use std::path::PathBuf;

/// What stands below the help.
pub(super) const EXAMPLES: &str = "\
Examples:
  jpegasus bench /mnt/photos                     a minute: what is the best for each drive below
  jpegasus bench . --load read -J 1,4,16 --time 2m
  jpegasus bench . -o now.json -o now.html       a file for --compare, and a page to look at
  jpegasus bench . --compare old.json            exit 3 if slower by more than 5 %
Nothing is written but the files of -o, and by --save. Exit codes: 0 measured, 1 some photos could
not be read, 2 wrong usage, 3 slower than before";

#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    #[command(flatten)]
    pub(super) select: SelectArgs,
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
    /// Threads that decode; 0 is one for each core
    #[arg(short = 'j', long, value_name = "N", default_value_t = 0, hide_default_value = true,
          value_parser = clap::value_parser!(u16).range(..=1024), help_heading = "General")]
    threads: u16,
    /// No progress; faults are still told
    #[arg(short, long, help_heading = "General")]
    quiet: bool,
    /// Also tell what is odd but no fault
    #[arg(short, long, action = ArgAction::Count, help_heading = "General", conflicts_with = "quiet")]
    verbose: u8,
    /// Colour: auto, always or never
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "General"
    )]
    color: ColorArg,
    /// No progress bar
    #[arg(long, help_heading = "General", hide_short_help = true)]
    no_progress: bool,
}

impl BenchArgs {
    /// Returns the flags that every verb has. Who reads, and how, is for the bench to try.
    pub(super) const fn common(&self) -> CommonArgs {
        CommonArgs {
            threads: self.threads,
            io_threads: None,
            read_order: ReadOrderArg::Auto,
            quiet: self.quiet,
            verbose: self.verbose,
            color: self.color,
            no_progress: self.no_progress,
        }
    }
}
