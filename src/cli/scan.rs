//! The verb `scan`.

use super::args::ScanArgs;
use super::console::{Console, Level};
use super::exit::Exit;
use super::plan::{self, Listing};
use super::stdout::{Stdout, with_stdout};
use super::{Env, exit_of, signals, state};
use crate::device::{Lane, LostDrive, Originals, Queue, ReadOrder, System};
use crate::error::{Kind, Result};
use crate::event::Stop;
use crate::fs::Fs;
use crate::photo::Photo;
use crate::report::{Render, Summary};
use crate::scan::{Scan, scan_until};
use std::hint::black_box;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::time::Instant;

/// Photos of a set that are fetched from memory at once: more than a core waits for at a time (about 20).
const AHEAD: usize = 32;

/// Runs the verb and tells of it.
pub(super) fn run(args: &ScanArgs, env: Env, console: Console) -> Exit {
    let console = Arc::new(console);
    let start = Instant::now();
    let stop = Stop::default();
    let ran = signals::watch(&stop).and_then(|caught| Ok((list(args, env, &console, &stop)?, caught)));
    let (Listed { exit, photos, lost }, caught) = match ran {
        Ok(ran) => ran,
        Err(error) => {
            console.refuse(&error);
            return exit_of(&error);
        }
    };
    let failed = console.scan_faults();
    let (has_failed, has_crashed) = (!failed.is_empty(), failed.contains_key(&Kind::Bug));
    let is_cut = failed.contains_key(&Kind::Usage);
    let folders = console.folders();
    console.close();
    if let Some(signal) = caught.number() {
        console.say(&format_args!("stopped by {}; the list is not complete", caught.name()));
        return Exit::Signal(signal);
    }
    if console.level() > Level::Quiet && (env.stderr_is_terminal || has_failed) {
        let elapsed = start.elapsed();
        console.tell_summary(&Summary { photos, folders, failed, elapsed, ..Summary::default() });
    }
    match exit {
        Exit::Success if has_crashed => Exit::Bug,
        Exit::Success if is_cut => Exit::Usage,
        Exit::Success if has_failed => Exit::SomeFailed.unless_lost(&lost, &console),
        exit => exit,
    }
}

/// What came of a scan.
struct Listed {
    exit: Exit,
    /// How many photos there were.
    photos: u64,
    /// Drives that did not answer any more.
    lost: Vec<LostDrive>,
}

/// Scans and writes to standard output.
fn list(args: &ScanArgs, env: Env, console: &Arc<Console>, stop: &Stop) -> Result<Listed> {
    let fs = Fs::default();
    let mut plan = plan::scan(&args.select, &args.common, &args.read)?;
    plan.reading.saved = state::saved(console, &fs);
    let mut found = scan_until(&plan, &fs, Arc::clone(console) as _, stop.clone())?;
    let (mut photos, mut lost) = (0, Vec::new());
    let exit = match plan::listing(args, env.stdout_is_terminal) {
        Listing::Count => {
            while let Some(batch) = found.next_batch() {
                // A fault was told by the observer already.
                let Ok(batch) = batch else { continue };
                photos += batch.len() as u64;
                found.give_back(batch);
            }
            lost = found.totals().lost_drives;
            // A count that was stopped looks like a whole one.
            with_stdout(|out| if stop.is_set() { Ok(()) } else { writeln!(out, "{photos}") })
        }
        Listing::Streamed(render) => with_stdout(|out| {
            let streamed = stream(&mut found, render, &mut photos, out);
            lost = found.totals().lost_drives;
            streamed
        }),
        Listing::Sorted(render) => {
            let (set, totals) = found.into_set();
            lost = totals.lost_drives;
            photos = set.len() as u64;
            with_stdout(|out| write_all(set.iter(), render, stop, out))
        }
        Listing::OnDisk(render) => {
            let (set, totals) = found.into_set();
            lost = totals.lost_drives;
            photos = set.len() as u64;
            let originals = Originals::new(&set, &fs, plan.links).until(stop);
            with_stdout(|out| {
                for lane in Lane::split(&set, &System::here(), originals.fs()) {
                    let queue = Queue::new(lane.photos, ReadOrder::Physical);
                    let next = || queue.next(&originals).and_then(|at| set.get(at));
                    write_all(std::iter::from_fn(next), render, stop, out)?;
                }
                Ok(())
            })
        }
    }?;
    Ok(Listed { exit, photos, lost })
}

/// Writes batches as they come, each at once: what was found is not held back.
fn stream(found: &mut Scan, render: Render, photos: &mut u64, out: &mut Stdout) -> io::Result<()> {
    while let Some(batch) = found.next_batch() {
        let Ok(mut batch) = batch else { continue };
        *photos += batch.len() as u64;
        match render.whole(&mut batch) {
            // Nothing is buffered: a copy into the buffer would be for nothing.
            Some(bytes) => out.get_mut().write_all(bytes)?,
            None => batch.iter(found.roots()).try_for_each(|photo| render.write(&photo, out))?,
        }
        out.flush()?;
        found.give_back(batch);
    }
    Ok(())
}

/// Writes photos in the order of a set.
fn write_all<'a>(
    mut photos: impl Iterator<Item = Photo<'a>>,
    render: Render,
    stop: &Stop,
    out: &mut impl Write,
) -> io::Result<()> {
    // A list that was stopped is not written: half of a sorted set looks like a whole one.
    if stop.is_set() {
        return Ok(());
    }
    let mut next = Vec::with_capacity(AHEAD);
    loop {
        if stop.is_set() {
            return Ok(());
        }
        next.clear();
        next.extend(photos.by_ref().take(AHEAD));
        if next.is_empty() {
            return Ok(());
        }
        // Neighbours in the set lie far from each other in memory: all are fetched before one is waited for.
        for photo in &next {
            let path = photo.path.as_os_str().as_bytes();
            black_box((path.first().copied(), path.last().copied()));
        }
        next.iter().try_for_each(|photo| render.write(photo, out))?;
    }
}
