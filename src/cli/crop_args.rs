//! What was typed behind `crop`.

use super::args::{CommonArgs, ReadArgs, SelectArgs, one_of, value};
use crate::batch::{Processes, Sync, WorkerKind, Workers};
use crate::recipe::{Area, Fit, Gravity, Recipe, Size};
use clap::builder::TypedValueParser;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct CropArgs {
    #[command(flatten)]
    pub(super) select: SelectArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
    #[command(flatten)]
    pub(super) read: ReadArgs,
    /// Folder for the outputs; the tree of inputs is mirrored in it
    #[arg(short, long, value_name = "DIR", help_heading = "Output")]
    pub(super) out: PathBuf,
    /// Replace files that have an output's name
    #[arg(long, help_heading = "Output")]
    pub(super) overwrite: bool,
    /// Write nothing; print what would be done with each photo
    #[arg(short = 'n', long, help_heading = "Output")]
    pub(super) dry_run: bool,
    /// Write a JSON object a photo to FILE, - is stdout
    ///
    /// One row for each photo, in set order: path, result, kind and place of a fault, sizes, recipe, window,
    /// route, output, times. Written beside FILE and renamed when it is whole, also when the run is
    /// stopped. An existing FILE is replaced if it is such a report.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) report: Option<PathBuf>,
    /// Where photos are decoded: threads, processes, or processes:N [default: threads]
    ///
    /// A process that crashes, hangs or eats memory costs one photo, and the kernel lets it open no file, no socket
    /// and no further process: for photos of strangers. The outputs are the same; it takes a tenth more of
    /// the processors. N is how many, else as many as -j.
    #[arg(long, value_name = "WHERE", value_parser = workers, help_heading = "General", hide_short_help = true)]
    pub(super) workers: Option<Workers>,
    /// How many seconds a worker process may take for one photo
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..),
          help_heading = "Limits", hide_short_help = true)]
    pub(super) photo_timeout: u32,
    /// Begin no further photo when one has failed
    #[arg(long, help_heading = "Output")]
    pub(super) fail_fast: bool,
    /// Wait for the drive: each file, some dozen at a time (batch), none
    ///
    /// After a power failure, every name under DIR leads to a whole file, unless this is none. batch costs
    /// a hundredth of the time, each more on hard disks.
    #[arg(long, value_name = "HOW", default_value = "batch", hide_possible_values = true,
          value_parser = one_of(Sync::ALL.map(Sync::name)).try_map(|name| name.parse::<Sync>()),
          help_heading = "Output", hide_short_help = true)]
    pub(super) sync: Sync,
    /// Fit into N x N, WxH, Wx or xH pixels [default: 256]
    #[arg(short, long, value_name = "SIZE", value_parser = value::<Size>, help_heading = "Picture")]
    pub(super) size: Option<Size>,
    /// All inside the box, cover it (cut), or stretch
    #[arg(long, value_name = "HOW", default_value = "inside", hide_possible_values = true,
          value_parser = one_of(Fit::ALL.map(Fit::name)).try_map(|name| name.parse::<Fit>()),
          help_heading = "Picture")]
    pub(super) fit: Fit,
    /// First cut out WxH+X+Y, WxH or a ratio like 16:9
    #[arg(short, long, value_name = "AREA", value_parser = value::<Area>, help_heading = "Picture")]
    pub(super) area: Option<Area>,
    /// Where the cut is placed: center, north, southeast …
    #[arg(short, long, value_name = "WHERE", value_parser = value::<Gravity>, help_heading = "Picture")]
    pub(super) gravity: Option<Gravity>,
    /// Let small photos grow to the size
    #[arg(long, help_heading = "Picture")]
    pub(super) enlarge: bool,
    /// Leave pixels as stored instead of turning them upright
    #[arg(long, help_heading = "Picture")]
    pub(super) no_orient: bool,
    /// Convert colours to sRGB, also those of inks with a profile
    ///
    /// By the profile of each photo, or by what Exif says of Adobe RGB; photos that say nothing are taken
    /// as sRGB. Converted pictures carry no profile.
    #[arg(long, help_heading = "Picture", hide_short_help = true)]
    pub(super) srgb: bool,
    /// Use the preview in a photo's Exif where it is large enough
    ///
    /// And where it is not letter-boxed: its aspect is the photo's within 1 %. Of such a photo only the
    /// first 64 to 128 KiB are read, so that damage behind them is not found; all others are read as usual.
    /// -n and --report tell which they are. Some editors leave the preview as it was before they changed
    /// the photo.
    #[arg(long, help_heading = "Picture", hide_short_help = true)]
    pub(super) embedded: bool,
    /// Read no more of a photo than its picture needs
    ///
    /// Of a progressive photo that becomes an eighth of its size or less these are its first scans, a tenth
    /// of the file. Damage behind them is not found. Other photos are read as usual.
    #[arg(long, help_heading = "Picture", hide_short_help = true)]
    pub(super) fast: bool,
    /// Write what is there of damaged photos, and name them
    ///
    /// What is missing is grey; the exit code is 1, and the report says which part of each decoded.
    #[arg(long, help_heading = "Picture", hide_short_help = true)]
    pub(super) salvage: bool,
    /// Cut and turn without decoding, so without any loss
    ///
    /// The corner of an area moves up and left to the grid of the photo's blocks, 8 or 16 pixels wide, as with
    /// jpegtran: the result may be a little larger than asked. Where a photo is turned, columns or rows
    /// at its far edge that are no whole block are left out, with a warning. Metadata are kept as with -m all.
    #[arg(long, help_heading = "Picture")]
    pub(super) lossless: bool,
    /// jpeg, png, or webp (lossless)
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true,
        help_heading = "Picture"
    )]
    pub(super) format: FormatArg,
    /// JPEG quality, 1 to 100 [default: 85]
    #[arg(short = 'Q', long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100),
          help_heading = "Picture")]
    pub(super) quality: Option<u8>,
    /// Make JPEG files a little smaller, which takes longer
    ///
    /// By Huffman tables of their own instead of the usual ones: a few percent smaller, thumbnails more, with
    /// the very same pixels.
    #[arg(long, help_heading = "Picture", hide_short_help = true)]
    pub(super) optimize: bool,
    /// Carry over none, icc (the colour profile), copyright, or all [default: icc, lossless: all]
    ///
    /// copyright: the profile, and artist and copyright in Exif. all: Exif with maker notes and GPS, XMP, IPTC
    /// and the other segments, with orientation and dimensions set right and all previews removed; further
    /// pictures, gain maps and the video of a motion photo stay if nothing is cut, resized or turned.
    #[arg(
        short,
        long,
        value_enum,
        value_name = "WHAT",
        hide_possible_values = true,
        help_heading = "Picture"
    )]
    pub(super) metadata: Option<MetadataArg>,
    /// All of the above as one text, see --help
    ///
    /// Parts separated by commas, in this order: orient (turn upright by Exif); any number of
    /// crop=WxH+X+Y, crop=WxH@GRAVITY or crop=RATIO@GRAVITY, inside=WxH (or Wx, xH), cover=WxH@GRAVITY and
    /// stretch=WxH, the last three with !enlarge behind them to let pictures grow; lossless, embedded, fast,
    /// salvage and srgb; then jpeg=QUALITY, with !optimize behind it for smaller files, png or webp; then keep=none,
    /// keep=icc, keep=copyright or keep=all. Each part counts in pixels of the picture as the parts before have
    /// left it; all of them are folded into one cut and one resize. Quote it where your shell gives ! a
    /// meaning. Example: orient,crop=16:9@center,inside=256x256,jpeg=85,keep=icc
    #[arg(long, value_name = "TEXT", value_parser = value::<Recipe>, help_heading = "Picture",
          conflicts_with_all = ["size", "fit", "area", "gravity", "enlarge", "no_orient", "format",
                                "quality", "optimize", "metadata", "lossless", "embedded", "fast", "salvage",
                                "srgb"])]
    pub(super) recipe: Option<Recipe>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatArg {
    #[default]
    Jpeg,
    Png,
    /// Lossless
    Webp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum MetadataArg {
    None,
    Icc,
    Copyright,
    All,
}

/// Parses where photos are decoded.
pub(super) fn workers(text: &str) -> Result<Workers, String> {
    let wrong = || format!("'{text}' is none of threads, processes and processes:N, N from 1 to 1024");
    let (kind, count) = text.split_once(':').map_or((text, None), |(kind, count)| (kind, Some(count)));
    let count = match (kind.parse().map_err(|_| wrong())?, count) {
        (WorkerKind::Threads, None) => return Ok(Workers::Threads),
        (WorkerKind::Processes, None) => 0,
        (WorkerKind::Processes, Some(count)) => {
            count.parse().ok().filter(|count| (1..=1024).contains(count)).ok_or_else(wrong)?
        }
        (WorkerKind::Threads, Some(_)) => return Err(wrong()),
    };
    Ok(Workers::Processes(Processes::of_this_program(count)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_named() {
        let count = |text: &str| workers(text).map(|workers| workers.processes().map(|all| all.count));
        assert_eq!(count("threads"), Ok(None));
        assert_eq!(count("processes"), Ok(Some(0)));
        assert_eq!(count("processes:3"), Ok(Some(3)));
        for wrong in
            ["", "threads:2", "process", "processes:", "processes:0", "processes:1025", "processes:x"]
        {
            assert!(count(wrong).unwrap_err().contains("is none of"), "{wrong}");
        }
    }
}
