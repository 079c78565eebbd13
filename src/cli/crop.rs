//! The verb `crop`.

use super::console::{Console, Level};
use super::crop_args::CropArgs;
use super::exit::Exit;
use super::rows::Rows;
use super::signals::Caught;
use super::{Env, exit_of, plan, signals, state};
use crate::batch::{Ended, Output, Report, crop_into, dry_run};
use crate::error::{Error, Kind, Result};
use crate::event::Stop;
use crate::fs::Fs;
use crate::report::{Names, Summary};
use crate::scan::{Listed, scan_until};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// Runs the verb and tells of it.
pub(super) fn run(args: &CropArgs, env: Env, console: Console) -> Exit {
    let console = Arc::new(console);
    let start = Instant::now();
    let stop = Stop::default();
    let ran = signals::watch(&stop).and_then(|caught| Ok((batch(args, env, &console, &stop)?, caught)));
    let ((report, rows), caught) = match ran {
        Ok(ran) => ran,
        Err(error) => {
            console.refuse(&error);
            return exit_of(&error);
        }
    };
    let failed = added(console.scan_faults(), report.failed_by_kind());
    let has_failed = !failed.is_empty() || !report.salvaged.is_empty();
    let closed = rows.close();
    console.close();
    let exit = exit(&report, has_failed, &console, &caught);
    if console.level() > Level::Quiet {
        console.tell_summary(&Summary {
            photos: report.photos,
            folders: console.folders(),
            already_there: report.already_there,
            planned: report.planned,
            salvaged: report.salvaged.len() as u64,
            lost_media: report.lost_media,
            with_warnings: report.with_warnings,
            failed,
            unfinished: report.unfinished(),
            elapsed: start.elapsed(),
        });
    }
    match closed {
        Ok(()) => exit,
        Err(error) => {
            console.say(&error);
            if exit == Exit::Success || exit == Exit::SomeFailed { Exit::OutputLost } else { exit }
        }
    }
}

/// Finds the photos and crops them.
fn batch(args: &CropArgs, env: Env, console: &Arc<Console>, stop: &Stop) -> Result<(Report, Rows)> {
    let fs = Fs::default();
    let mut crop_plan = plan::crop(args)?;
    let mut scan_plan = plan::scan(&args.select, &args.common, &args.read)?;
    crop_plan.reading.saved = state::saved(console, &fs);
    scan_plan.reading = crop_plan.reading.clone();
    plan::check(&scan_plan, &crop_plan, args, &fs)?;
    let lines = args.dry_run.then_some(if env.stdout_is_terminal { Names::Shown } else { Names::Raw });
    let mut output = None;
    if args.dry_run {
        // What is not there cannot be walked into.
        scan_plan.prune.extend(fs.status(&args.out).map(|status| status.id));
    } else {
        let output = output.insert(Output::open(&fs, &crop_plan)?);
        // Again, now that OUT is there: its name may lead elsewhere than it did.
        plan::check_out(&scan_plan, args, output.id(), &fs)?;
        scan_plan.prune.push(output.id());
    }
    let recipe = crop_plan.recipe.to_string();
    let rows = Rows::open(&fs, args.report.as_deref(), lines, recipe, Arc::clone(console))?;
    // What is wrong with a listed photo is told with the others, when it is opened.
    scan_plan.listed = Listed::Trusted;
    let (set, totals) = scan_until(&scan_plan, &fs, Arc::clone(console) as _, stop.clone())?.into_set();
    if totals.faults.contains_key(&Kind::Usage) {
        return Err(Error::usage("nothing was done, for a list is not complete"));
    }
    let mut report = match &mut output {
        Some(output) => crop_into(&set, &crop_plan, output, &fs, &rows, stop),
        None => dry_run(&set, &crop_plan, &fs, &rows, stop),
    }?;
    report.lost_drives.extend(totals.lost_drives);
    Ok((report, rows))
}

fn exit(report: &Report, has_failed: bool, console: &Console, caught: &Caught) -> Exit {
    let has_bug =
        console.scan_faults().contains_key(&Kind::Bug) || report.failed_by_kind().contains_key(&Kind::Bug);
    let again = "run the same command again to go on";
    if let Ended::OutputLost(error) = &report.ended {
        console.say(error);
        console
            .say(&format_args!("stopped: nothing more can be written; make room or mend it, then {again}"));
        return Exit::OutputLost;
    }
    if matches!(report.ended, Ended::Crashed) || has_bug {
        console.say(&"a part of jpegasus crashed, and some photos were not looked at; please report it");
        return Exit::Bug;
    }
    if let Some(signal) = caught.number() {
        console
            .say(&format_args!("stopped by {}; every output that is there is whole; {again}", caught.name()));
        return Exit::Signal(signal);
    }
    let exit = if has_failed { Exit::SomeFailed } else { Exit::Success };
    exit.unless_lost(&report.lost_drives, console)
}

fn added(mut one: BTreeMap<Kind, u64>, other: BTreeMap<Kind, u64>) -> BTreeMap<Kind, u64> {
    for (kind, count) in other {
        *one.entry(kind).or_default() += count;
    }
    one
}
