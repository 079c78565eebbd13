//! What was typed. What was meant is worked out in `plan`.

use super::bench_args::{self, BenchArgs};
use super::crop_args::CropArgs;
use crate::error::Error;
use crate::scan::{Check, EngineKind, SizeFilter};
use crate::units::Bytes;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;
use std::str::FromStr;

/// Finds every JPEG on a drive; crops and shrinks them in batch.
#[derive(Debug, Parser)]
#[command(name = "jpegasus", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "\
Examples:
  jpegasus scan /mnt/photos                      list every JPEG below, sorted
  jpegasus crop /mnt/photos -o thumbs            shrink each to fit 256x256, in thumbs/
  jpegasus crop . -o square -s 512x512 --fit cover
  jpegasus bench /mnt/photos                     how many readers its drives want
Exit codes: 0 all well, 1 some files failed (each is named), 2 wrong usage, 4 output lost,
5 a drive with photos lost")]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// List every JPEG, as a sorted set
    #[command(after_help = "\
Examples:
  jpegasus scan /mnt/photos                      every .jpg .jpeg .jpe .jfif below, in any case
  jpegasus scan -e '*' --json --check header .   every JPEG whatever its name, with its dimensions
  jpegasus scan -0 . | xargs -0 exiftool         safe with any name")]
    Scan(ScanArgs),
    /// Crop or shrink every JPEG into another tree
    #[command(after_help = "\
Examples:
  jpegasus crop /mnt/photos -o thumbs            inside 256x256, upright, quality 85
  jpegasus crop a b -o out -s 1024 --format webp
  jpegasus crop . -o wide -a 16:9 -g north       cut without shrinking
  jpegasus crop . -o upright --lossless          turn upright, coefficients and metadata kept
  jpegasus crop . -o x --recipe orient,crop=1:1@center,inside=96x96,jpeg=80")]
    Crop(Box<CropArgs>),
    /// Measure drives: how many readers, in which order
    #[command(after_help = bench_args::EXAMPLES)]
    Bench(Box<BenchArgs>),
    /// Answer jobs on standard input; for crop, which starts it
    #[command(hide = true)]
    Worker {
        /// How many bytes of memory it may take
        memory: u64,
    },
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page, or write one page per verb into a folder
    Man {
        /// The folder; without it the main page goes to standard output
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct ScanArgs {
    #[command(flatten)]
    pub(super) select: SelectArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
    #[command(flatten)]
    pub(super) read: ReadArgs,
    /// End each path with NUL instead of a newline
    #[arg(short = '0', long = "null", help_heading = "Output", conflicts_with_all = ["json", "count"])]
    pub(super) null: bool,
    /// One JSON object a line: path, and path_b64 where it is not UTF-8
    #[arg(long, help_heading = "Output", conflicts_with = "count")]
    pub(super) json: bool,
    /// Print only how many there are
    #[arg(long, help_heading = "Output")]
    pub(super) count: bool,
    /// By path, none (as found), or by disk (near as they lie on it)
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "ORDER",
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub(super) sort: Sort,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Sort {
    #[default]
    Path,
    None,
    Disk,
}

/// Which photos; the same for every verb.
#[derive(Debug, Args)]
pub(super) struct SelectArgs {
    /// Folders to look through, or photos; the current folder if none, and no list
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Photos listed in FILE, one path a line; - is stdin
    ///
    /// Nothing is quoted. A listed photo counts whatever its name; its output lies below the output folder
    /// at the path as written, without a leading slash.
    #[arg(short = 'T', long, value_name = "FILE", help_heading = "Selection")]
    pub(super) files_from: Vec<PathBuf>,
    /// The same, each path ended by NUL
    #[arg(long, value_name = "FILE", help_heading = "Selection", hide_short_help = true)]
    pub(super) files0_from: Vec<PathBuf>,
    /// Names with this ending, '*' for any [default: jpg,jpeg,jpe,jfif]
    #[arg(short, long, value_name = "EXT", value_delimiter = ',', help_heading = "Selection")]
    pub(super) extension: Vec<String>,
    /// Trust the name, magic bytes, the header, or only full decoding
    #[arg(long, value_name = "HOW", default_value = "name", hide_possible_values = true,
          value_parser = one_of(Check::ALL.map(Check::name)).try_map(|name| name.parse::<Check>()),
          help_heading = "Selection")]
    pub(super) check: Check,
    /// Leave out names, or with a slash paths below PATH, that match
    #[arg(short = 'E', long, value_name = "GLOB", help_heading = "Selection")]
    pub(super) exclude: Vec<String>,
    /// Leave out @eaDir, .thumbnails, $RECYCLE.BIN, ._* and their like
    #[arg(long, help_heading = "Selection")]
    pub(super) skip_system: bool,
    /// Obey .gitignore and .ignore files
    #[arg(long, help_heading = "Selection")]
    pub(super) ignore: bool,
    /// Files of +1M at least, -500k at most, 10k exactly
    #[arg(short = 'S', long, value_name = "SIZE", allow_hyphen_values = true,
          value_parser = value::<SizeFilter>, help_heading = "Selection")]
    pub(super) file_size: Vec<SizeFilter>,
    /// Go down N levels at most; 1 is PATH itself
    #[arg(short = 'd', long, value_name = "N", help_heading = "Selection")]
    pub(super) max_depth: Option<u32>,
    /// Stay on the file system of PATH
    #[arg(short = 'x', long, help_heading = "Selection")]
    pub(super) one_file_system: bool,
    /// Follow symbolic links
    #[arg(short = 'L', long, help_heading = "Selection")]
    pub(super) follow: bool,
    /// How folders are walked: auto (hard disks by sweep, others by native), native (by several threads),
    /// sweep (by one, in the order of inodes), serial, ignore (knows ignore files), jwalk
    #[arg(long, value_name = "NAME", help_heading = "Selection", hide_short_help = true,
          value_parser = one_of(EngineKind::ALL.map(EngineKind::name)).try_map(|name| name.parse::<EngineKind>()))]
    pub(super) engine: Option<EngineKind>,
    /// The most pixels a photo may have
    #[arg(
        long,
        value_name = "N",
        default_value_t = 500_000_000,
        help_heading = "Limits",
        hide_short_help = true
    )]
    pub(super) max_pixels: u64,
    /// The most memory that one photo may need
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = value::<Bytes>,
          help_heading = "Limits", hide_short_help = true)]
    pub(super) max_memory: Bytes,
    /// The largest file that is read
    #[arg(long, value_name = "SIZE", default_value = "2GB", value_parser = value::<Bytes>,
          help_heading = "Limits", hide_short_help = true)]
    pub(super) max_file: Bytes,
    /// The most scans that a photo may have
    #[arg(long, value_name = "N", default_value_t = 100, help_heading = "Limits", hide_short_help = true)]
    pub(super) max_scans: u32,
    /// How many seconds a drive may take for an answer before a folder or photo is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..),
          help_heading = "Limits", hide_short_help = true)]
    pub(super) read_timeout: u32,
}

/// Flags of every verb.
#[derive(Debug, Args)]
pub(super) struct CommonArgs {
    /// Threads that compute; 0 is one for each core
    #[arg(short = 'j', long, value_name = "N", default_value_t = 0, hide_default_value = true,
          value_parser = clap::value_parser!(u16).range(..=1024), help_heading = "General")]
    pub(super) threads: u16,
    /// No progress and no summary; faults are still told
    #[arg(short, long, help_heading = "General")]
    pub(super) quiet: bool,
    /// Also tell what is odd but no fault; -vv each photo
    #[arg(short, long, action = ArgAction::Count, help_heading = "General", conflicts_with = "quiet")]
    pub(super) verbose: u8,
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
    pub(super) color: ColorArg,
    /// No progress bar
    #[arg(long, help_heading = "General", hide_short_help = true)]
    pub(super) no_progress: bool,
}

/// How drives are read; a bench tries it out instead.
#[derive(Debug, Default, Args)]
pub(super) struct ReadArgs {
    /// Threads that read from each drive [default: by its kind]
    #[arg(short = 'J', long, value_name = "N", value_parser = clap::value_parser!(u16).range(..=1024),
          help_heading = "General")]
    pub(super) io_threads: Option<u16>,
    /// In which order photos are read: auto (by kind of drive), path, inode, physical
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "ORDER",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "General"
    )]
    pub(super) read_order: ReadOrderArg,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ReadOrderArg {
    #[default]
    Auto,
    Path,
    Inode,
    Physical,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorArg {
    #[default]
    Auto,
    Always,
    Never,
}

/// Accepts one of some names, which completions then know.
pub(super) fn one_of<const N: usize>(names: [&'static str; N]) -> PossibleValuesParser {
    PossibleValuesParser::new(names)
}

/// Parses a value that says itself what is wrong with a text and how to mend it.
pub(super) fn value<T: FromStr<Err = Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: Error| match &error.hint {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn short_help_fits_a_screen() {
        for verb in ["scan", "crop", "bench"] {
            let mut command = Cli::command();
            let help = command.find_subcommand_mut(verb).unwrap().render_help().to_string();
            let lines = help.lines().count();
            assert!(lines <= 60, "{verb}: {lines} lines");
        }
    }
}
