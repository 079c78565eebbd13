//! What jpegasus is measured against, on libjpeg-turbo: the same thumbnails, the same lossless crop, the raw
//! samples, and how good thumbnails look.
//!
//! A program for the benches only, with C in its build. `benches/README.md` tells how it is used.

mod files;
mod lossless;
mod ours;
mod planes;
mod quality;
mod raw;
mod reference;
mod thumbs;

use anyhow::Result;
use clap::{Parser, Subcommand};
use jpegasus::recipe::Recipe;
use std::path::PathBuf;

/// The same work on libjpeg-turbo, its raw samples, and SSIMULACRA2.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Shrinks photos: planes decoded by libjpeg-turbo, resampled, turned upright, encoded by libjpeg-turbo.
    Thumbs {
        /// What to make, such as orient,inside=256x256 or orient,cover=512x512@center,jpeg=85
        #[arg(long)]
        recipe: Recipe,
        /// How many times the output's size the decoded planes must have at least
        #[arg(long, default_value_t = 1.5)]
        over: f64,
        #[command(flatten)]
        run: Run,
    },
    /// Cuts the quarter in the middle out of photos without loss, in memory, by TurboJPEG's transform.
    Lossless {
        #[command(flatten)]
        run: Run,
    },
    /// Prints size and xxh3 of each plane of photos, as libjpeg-turbo decodes them and as jpegasus does.
    Planes {
        /// JPEG files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Compares the full-scale planes of jpegasus with libjpeg-turbo's; exit code 1 when one differs.
    CheckPlanes {
        /// The folder that holds the files, or the manifest's folder
        folder: PathBuf,
        /// A list with the columns path, djpeg, precision and sof: only files that djpeg calls clean count
        #[arg(long)]
        manifest: Option<PathBuf>,
        /// Also tell of each file
        #[arg(short, long)]
        verbose: bool,
    },
    /// Scores thumbnails by SSIMULACRA2 against a full decode and Lanczos3 in floating point.
    Quality {
        /// The recipe that made them
        #[arg(long)]
        recipe: Recipe,
        /// The folder of originals
        photos: PathBuf,
        /// Folders of thumbnails named as their originals; each folder's name is that of the tool
        #[arg(required = true)]
        outs: Vec<PathBuf>,
        /// Which of the tools the others are compared with
        #[arg(long, default_value = "vipsthumbnail")]
        against: String,
        /// Where to write all scores
        #[arg(long)]
        json: Option<PathBuf>,
    },
}

/// Where a run reads and writes, and by how many threads.
#[derive(clap::Args)]
struct Run {
    /// Threads
    #[arg(short = 'j', long, default_value_t = 2)]
    threads: usize,
    /// Folder for the outputs, flat, under the names of the inputs
    #[arg(short, long)]
    out: PathBuf,
    /// Photos, or folders of photos
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
}

fn main() -> Result<()> {
    match Cli::parse().verb {
        Verb::Thumbs { recipe, over, run } => files::each(&run, || thumbs::Worker::new(&recipe, over)),
        Verb::Lossless { run } => files::each(&run, lossless::Worker::new),
        Verb::Planes { files } => planes::print(&files),
        Verb::CheckPlanes { folder, manifest, verbose } => {
            let is_equal = planes::check(&folder, manifest.as_deref(), verbose)?;
            std::process::exit(i32::from(!is_equal));
        }
        Verb::Quality { recipe, photos, outs, against, json } => {
            quality::print(&recipe, &photos, &outs, &against, json.as_deref())
        }
    }
}
