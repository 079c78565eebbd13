//! The verb `bench`.

use super::args::ReadArgs;
use super::bench_args::BenchArgs;
use super::bench_files::{self, Outputs};
use super::console::Console;
use super::exit::Exit;
use super::saving::save;
use super::stdout::with_stdout;
use super::{Env, exit_of, plan, signals};
use crate::batch::{Processes, WorkerKind, Workers};
use crate::bench::{BenchPlan, Load, bench, compare};
use crate::error::{Error, Result};
use crate::event::Stop;
use crate::fs::Fs;
use crate::report::{Paint, write_comparison, write_text};
use std::sync::Arc;

/// Runs the verb and tells of it.
pub(super) fn run(args: &BenchArgs, env: Env, console: Console) -> Exit {
    let console = Arc::new(console);
    let stop = Stop::default();
    let ran = signals::watch(&stop).and_then(|caught| Ok((measure(args, env, &console, &stop)?, caught)));
    let (is_slower, caught) = match ran {
        Ok(ran) => ran,
        Err(error) => {
            console.refuse(&error);
            return exit_of(&error);
        }
    };
    let has_failed = !console.scan_faults().is_empty();
    console.close();
    if let Some(signal) = caught.number() {
        console.say(&format_args!("stopped by {}; this is what was measured until then", caught.name()));
        return Exit::Signal(signal);
    }
    match (is_slower, has_failed) {
        (true, _) => Exit::Slower,
        (false, true) => Exit::SomeFailed,
        (false, false) => Exit::Success,
    }
}

/// Measures and tells; returns whether anything is slower than before.
fn measure(args: &BenchArgs, env: Env, console: &Arc<Console>, stop: &Stop) -> Result<bool> {
    let fs = Fs::default();
    let plan = bench_plan(args)?;
    // What could be wrong with files is found out before, not after all the work.
    let old = args.compare.as_deref().map(|path| bench_files::read(path, &fs)).transpose()?;
    let outputs = Outputs::open(&args.out, &fs)?;
    let tell = |step| console.measuring(&step);
    let result = bench(&plan, &fs, Arc::clone(console) as _, &tell, stop)?;
    console.end_progress();
    let is_empty = result.drives.iter().all(|drive| drive.series.is_empty());
    if is_empty && stop.is_set() {
        // What was written before stays.
        return Ok(false);
    }
    let comparison = old.map(|old| compare(&old, &result, args.threshold.0));
    let kept = outputs.write(&result).and_then(|()| match args.save && !stop.is_set() {
        true => save(&result, console, &fs),
        false => Ok(()),
    });
    let paint = if env.colors_stdout(&args.common) { Paint::Ansi } else { Paint::Plain };
    with_stdout(|out| {
        if !result.drives.is_empty() {
            write_text(&result, paint, out)?;
        }
        comparison.as_ref().map_or(Ok(()), |comparison| write_comparison(comparison, paint, out))
    })?;
    kept?;
    if is_empty {
        let hint = "see the notes above, or choose other words for --load and --cache";
        return Err(Error::usage("nothing could be measured").hint(hint));
    }
    match comparison {
        // That nothing is slower would not be known.
        Some(comparison) if comparison.changes.is_empty() => {
            let why = "nothing of what was measured before was measured now";
            Err(Error::usage(why).hint("measure with the same words as before"))
        }
        comparison => Ok(comparison.is_some_and(|comparison| comparison.is_slower())),
    }
}

/// Works out what to measure.
fn bench_plan(args: &BenchArgs) -> Result<BenchPlan> {
    // Who reads, and how, is for the bench to try.
    let scan = plan::scan(&args.select, &args.common, &ReadArgs::default())?;
    let mut plan = BenchPlan::new(scan, "orient,inside=256x256,jpeg=85,keep=icc".parse()?);
    if !args.load.is_empty() {
        plan.loads.clone_from(&args.load);
    }
    if !args.cache.is_empty() {
        plan.warmths.clone_from(&args.cache);
    }
    plan.readers = args.io_threads.iter().copied().map(u32::from).collect();
    plan.orders.clone_from(&args.read_order);
    plan.time = args.time.0;
    plan.seed = args.seed;
    plan.workers = workers(args)?;
    plan.decoders = args.common.threads.into();
    plan.command = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    Ok(plan)
}

/// Returns the workers that are tried, each once.
fn workers(args: &BenchArgs) -> Result<Vec<Workers>> {
    let kinds = &args.workers;
    if let Some(twice) =
        kinds.iter().enumerate().find_map(|(at, kind)| kinds[..at].contains(kind).then_some(kind))
    {
        return Err(Error::usage(format!("'{twice}' are named twice")).hint("--workers threads,processes"));
    }
    if kinds.contains(&WorkerKind::Processes) && args.load == [Load::Walk] {
        return Err(Error::usage("a walk has no workers").hint("leave --workers out, or name another --load"));
    }
    let workers = |kind: &WorkerKind| match kind {
        WorkerKind::Threads => Workers::Threads,
        WorkerKind::Processes => Workers::Processes(Processes::of_this_program(0)),
    };
    Ok(kinds.iter().map(workers).collect())
}
