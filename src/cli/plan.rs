//! What was meant: typed arguments become plans, once.

use super::args::{CommonArgs, ReadArgs, ReadOrderArg, ScanArgs, SelectArgs, Sort};
use super::crop_args::{CropArgs, FormatArg, MetadataArg};
use crate::batch::{CropPlan, Existing, OnFault, Workers};
use crate::device::{ReadOrder, Wishes};
use crate::error::{Error, Result, Shown};
use crate::fs::{FileId, FileKind, Fs, Links};
use crate::jpeg::Limits;
use crate::recipe::{Enlarge, Flags, Format, Huffman, Keep, Mode, Quality, Recipe, Turn};
use crate::report::{Names, Render};
use crate::scan::{Boundary, EngineKind, IgnoreFiles, List, ScanPlan, Separator, SystemNames};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a scan writes to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// How many photos there are.
    Count,
    /// All of them, by path.
    Sorted(Render),
    /// All of them, drive by drive, near as they lie on it.
    OnDisk(Render),
    /// Each as it is found.
    Streamed(Render),
}

/// Works out what a scan writes.
pub(super) fn listing(args: &ScanArgs, stdout_is_terminal: bool) -> Listing {
    let render = match (args.null, args.json, stdout_is_terminal) {
        (true, _, _) => Render::Nul,
        (_, true, _) => Render::Json,
        (_, _, true) => Render::Lines(Names::Shown),
        (_, _, false) => Render::Lines(Names::Raw),
    };
    match args.sort {
        _ if args.count => Listing::Count,
        Sort::Path => Listing::Sorted(render),
        Sort::Disk => Listing::OnDisk(render),
        Sort::None => Listing::Streamed(render),
    }
}

/// Works out what to scan and how.
pub(super) fn scan(select: &SelectArgs, common: &CommonArgs, read: &ReadArgs) -> Result<ScanPlan> {
    let defaults = ScanPlan::default();
    let extensions = if select.extension.is_empty() {
        defaults.extensions.clone()
    } else {
        select.extension.iter().map(|e| e.trim_start_matches('.').to_owned()).collect()
    };
    let engine = match (select.engine, select.ignore) {
        (Some(engine), _) => engine,
        (None, true) => EngineKind::Ignore,
        (None, false) => EngineKind::default(),
    };
    Ok(ScanPlan {
        roots: select.paths.clone(),
        lists: lists(select),
        extensions,
        check: select.check,
        engine,
        ignore_files: if select.ignore { IgnoreFiles::Obey } else { IgnoreFiles::Disregard },
        exclude: select.exclude.clone(),
        system_names: if select.skip_system { SystemNames::Skip } else { SystemNames::Include },
        max_depth: select.max_depth,
        boundary: if select.one_file_system { Boundary::OneFilesystem } else { Boundary::None },
        links: links(select),
        file_size: select.file_size.clone(),
        limits: limits(select),
        threads: read.io_threads.map_or(0, usize::from),
        check_threads: common.threads.into(),
        reading: wishes(read),
        read_timeout: read_timeout(select),
        ..defaults
    })
}

/// Works out what is wished of how drives are read.
fn wishes(read: &ReadArgs) -> Wishes {
    let order = match read.read_order {
        ReadOrderArg::Auto => None,
        ReadOrderArg::Path => Some(ReadOrder::Path),
        ReadOrderArg::Inode => Some(ReadOrder::Inode),
        ReadOrderArg::Physical => Some(ReadOrder::Physical),
    };
    Wishes { readers: read.io_threads.map_or(0, usize::from), order, ..Wishes::default() }
}

fn lists(select: &SelectArgs) -> Vec<List> {
    let of = |paths: &[PathBuf], separator| -> Vec<List> {
        paths.iter().map(|path| List::new(path, separator)).collect()
    };
    let mut lists = of(&select.files_from, Separator::Newline);
    lists.extend(of(&select.files0_from, Separator::Nul));
    lists
}

const fn links(select: &SelectArgs) -> Links {
    if select.follow { Links::Follow } else { Links::Ignore }
}

fn read_timeout(select: &SelectArgs) -> Duration {
    Duration::from_secs(select.read_timeout.into())
}

fn limits(select: &SelectArgs) -> Limits {
    Limits {
        max_file: select.max_file,
        max_scans: select.max_scans,
        max_pixels: select.max_pixels,
        max_memory: select.max_memory,
    }
}

/// Works out what to do with each photo.
pub(super) fn crop(args: &CropArgs) -> Result<CropPlan> {
    Ok(CropPlan {
        limits: limits(&args.select),
        links: links(&args.select),
        decoders: args.common.threads.into(),
        workers: args.workers.clone().unwrap_or(Workers::Threads),
        photo_timeout: Duration::from_secs(args.photo_timeout.into()),
        reading: wishes(&args.read),
        read_timeout: read_timeout(&args.select),
        existing: if args.overwrite { Existing::Overwrite } else { Existing::Keep },
        sync: args.sync,
        on_fault: if args.fail_fast { OnFault::Stop } else { OnFault::Continue },
        ..CropPlan::new(recipe(args)?, &args.out)
    })
}

fn recipe(args: &CropArgs) -> Result<Recipe> {
    if let Some(recipe) = &args.recipe {
        return Ok(recipe.clone());
    }
    let format = format(args)?;
    // Thumbnails are what most people want; whoever cuts an area wants its pixels.
    let size = match (args.size, args.area) {
        (None, None) if !args.lossless => Some("256".parse()?),
        (size, _) => size,
    };
    Recipe::from_flags(&Flags {
        turn: if args.no_orient { Turn::AsStored } else { Turn::Upright },
        area: args.area,
        gravity: args.gravity,
        size,
        fit: args.fit,
        enlarge: if args.enlarge { Enlarge::Allowed } else { Enlarge::Never },
        modes: modes(args),
        format,
        keep: match args.metadata {
            // What loses no pixel should lose nothing else unasked.
            None if args.lossless => Keep::All,
            None => Keep::default(),
            Some(MetadataArg::None) => Keep::None,
            Some(MetadataArg::Icc) => Keep::Icc,
            Some(MetadataArg::Copyright) => Keep::Copyright,
            Some(MetadataArg::All) => Keep::All,
        },
    })
}

fn modes(args: &CropArgs) -> Vec<Mode> {
    let asked = [
        (args.lossless, Mode::Lossless),
        (args.embedded, Mode::Embedded),
        (args.fast, Mode::Fast),
        (args.salvage, Mode::Salvage),
        (args.srgb, Mode::Srgb),
    ];
    asked.into_iter().filter_map(|(is_asked, mode)| is_asked.then_some(mode)).collect()
}

fn format(args: &CropArgs) -> Result<Format> {
    let needless = match (args.format, args.quality, args.optimize) {
        (FormatArg::Jpeg, quality, optimize) => {
            let quality = quality.map(Quality::new).transpose()?.unwrap_or_default();
            let huffman = if optimize { Huffman::Optimised } else { Huffman::Standard };
            return Ok(Format::Jpeg { quality, huffman });
        }
        (_, Some(_), _) => "-Q",
        (_, None, true) => "--optimize",
        (FormatArg::Png, None, false) => return Ok(Format::Png),
        (FormatArg::Webp, None, false) => return Ok(Format::Webp),
    };
    Err(Error::usage(format!("{needless} has no meaning for a lossless format"))
        .hint(format!("leave {needless} out, or use JPEG")))
}

/// Checks a crop before anything is made.
///
/// # Errors
/// [`Kind::Usage`](crate::error::Kind::Usage) for a plan that makes no sense, for a root that is not
/// there, for OUT that is a root, and for a root inside OUT together with `--overwrite`, where an output
/// could replace an original.
pub(super) fn check(scan: &ScanPlan, crop: &CropPlan, args: &CropArgs, fs: &Fs) -> Result<()> {
    crop.check(&scan.resolve(fs)?, fs)?;
    match fs.status(&args.out) {
        Ok(out) => check_out(scan, args, out.id, fs),
        Err(_) => Ok(()),
    }
}

/// Checks that OUT, which is there, does not lie among the originals.
///
/// # Errors
/// [`Kind::Usage`](crate::error::Kind::Usage).
pub(super) fn check_out(scan: &ScanPlan, args: &CropArgs, out: FileId, fs: &Fs) -> Result<()> {
    let here = [PathBuf::from(".")];
    for root in if scan.roots.is_empty() && scan.lists.is_empty() { &here } else { &scan.roots[..] } {
        let Ok(status) = fs.status(root) else { continue };
        if status.id == out {
            return Err(Error::usage("the outputs would lie among the originals")
                .at(root)
                .hint("choose another folder with -o, it may lie inside this one"));
        }
        if args.overwrite && is_inside(root, status.kind, out, fs) {
            let why = format!("it lies inside {}, where --overwrite could replace it", Shown(&args.out));
            return Err(Error::usage(why).at(root).hint("choose another folder with -o"));
        }
    }
    Ok(())
}

fn is_inside(root: &Path, kind: FileKind, out: FileId, fs: &Fs) -> bool {
    // What cannot be resolved could be anywhere.
    let Ok(canonical) = fs.canonical(root) else { return true };
    let levels = canonical.ancestors().skip(usize::from(kind == FileKind::File));
    levels.into_iter().any(|folder| fs.status(folder).is_ok_and(|status| status.id == out))
}
