//! What changed from one bench to another.

use super::{BenchResult, DriveResult, Load, Series, Setting, Warmth, advice, stats};
use serde::Serialize;

/// What changed from one bench to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// A change below this share is none.
    pub threshold: f64,
    /// What was measured in both, in the order of the newer one.
    pub changes: Vec<Change>,
    /// What only the older one has.
    pub only_old: Vec<Which>,
    /// What only the newer one has.
    pub only_new: Vec<Which>,
    /// In what else the two differ, such as another kernel.
    pub notes: Vec<String>,
}

impl Comparison {
    /// Tells whether anything is slower.
    #[must_use]
    pub fn is_slower(&self) -> bool {
        self.changes.iter().any(|change| change.verdict == Verdict::Slower)
    }
}

/// Which series is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Which {
    /// The name of its drive.
    pub drive: String,
    /// Its load.
    pub load: Load,
    /// What was in memory.
    pub warmth: Warmth,
    /// How it was read.
    pub setting: Setting,
}

/// How one series changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Which.
    pub which: Which,
    /// The median rate of the older one, in photos a second.
    pub old: f64,
    /// The median rate of the newer one.
    pub new: f64,
    /// The newer as a multiple of the older, with the ends of its interval: all intervals hold the truth together
    /// with 95 %.
    pub ratio: [f64; 3],
    /// What that means.
    pub verdict: Verdict,
}

/// What a change means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The whole interval lies above the threshold.
    Faster,
    /// The whole interval lies below the threshold.
    Slower,
    /// Neither can be said.
    Same,
}

impl Verdict {
    /// Returns the word it is written with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Same => "same",
        }
    }

    /// Says what a ratio with its interval means, given the share below which a change is none.
    fn of([_, low, high]: [f64; 3], threshold: f64) -> Self {
        match () {
            () if high < 1.0 - threshold => Self::Slower,
            () if low > 1.0 + threshold => Self::Faster,
            () => Self::Same,
        }
    }
}

/// Compares two benches, series by series; `threshold` is a share, such as 0.05 for 5 %.
///
/// Drives are the same where their file systems have one UUID, else where they have one name.
#[must_use]
pub fn compare(old: &BenchResult, new: &BenchResult, threshold: f64) -> Comparison {
    let pairs = pair_drives(&old.drives, &new.drives);
    let before = |partner: &Option<usize>| partner.map_or(&[][..], |index| &old.drives[index].series);
    let both = new.drives.iter().zip(&pairs).map(|(drive, partner)| {
        drive.series.iter().filter(|series| counterpart(series, before(partner)).is_some()).count()
    });
    // Among many that did not change, one or the other would look so by chance.
    let among = both.sum();
    let mut comparison = Comparison {
        threshold,
        changes: Vec::new(),
        only_old: Vec::new(),
        only_new: Vec::new(),
        notes: differences(old, new, &pairs),
    };
    for (drive, partner) in new.drives.iter().zip(&pairs) {
        for series in &drive.series {
            let other = counterpart(series, before(partner));
            let change =
                other.and_then(|old| change(which(drive, series), (old, series), among, threshold, new.seed));
            match change {
                Some(change) => comparison.changes.push(change),
                None => comparison.only_new.push(which(drive, series)),
            }
        }
    }
    for (index, drive) in old.drives.iter().enumerate() {
        let partner = pairs.iter().position(|pair| *pair == Some(index)).map(|at| &new.drives[at]);
        let after = partner.map_or(&[][..], |drive| &drive.series);
        let gone = drive.series.iter().filter(|series| counterpart(series, after).is_none());
        comparison.only_old.extend(gone.map(|series| which(drive, series)));
    }
    comparison
}

/// Returns of each newer drive which older one it is.
fn pair_drives(old: &[DriveResult], new: &[DriveResult]) -> Vec<Option<usize>> {
    let mut pairs = vec![None; new.len()];
    let has_uuid = |a: &DriveResult, b: &DriveResult| a.drive.uuid.is_some() && a.drive.uuid == b.drive.uuid;
    let has_name = |a: &DriveResult, b: &DriveResult| a.drive.name == b.drive.name;
    let tests: [fn(&DriveResult, &DriveResult) -> bool; 2] = [has_uuid, has_name];
    for is_one in tests {
        for at in 0..new.len() {
            if pairs[at].is_none() {
                pairs[at] = (0..old.len()).find(|o| !pairs.contains(&Some(*o)) && is_one(&old[*o], &new[at]));
            }
        }
    }
    pairs
}

/// Returns the series that measured the same as this one; `None` where one of the two has no rate.
fn counterpart<'a>(series: &Series, others: &'a [Series]) -> Option<&'a Series> {
    let other = advice::series_of(others, series.load, series.warmth, series.setting)?;
    let has_rates = |series: &Series| !stats::rates(&series.runs).is_empty();
    (has_rates(series) && has_rates(other)).then_some(other)
}

/// Names a series.
fn which(drive: &DriveResult, series: &Series) -> Which {
    Which {
        drive: drive.drive.name.clone(),
        load: series.load,
        warmth: series.warmth,
        setting: series.setting,
    }
}

/// Says how a series changed; `None` where one of the two has no rate.
fn change(
    which: Which,
    (old, new): (&Series, &Series),
    among: usize,
    threshold: f64,
    seed: u64,
) -> Option<Change> {
    let (before, after) = (stats::rates(&old.runs), stats::rates(&new.runs));
    let told = stats::ratio_among(&after, &before, among, seed);
    let ratio = told.or_else(|| stats::ratio(&after, &before, seed))?;
    // Of a run or two nothing can be said.
    let verdict = told.map_or(Verdict::Same, |ratio| Verdict::of(ratio, threshold));
    Some(Change { which, old: stats::median(&before), new: stats::median(&after), ratio, verdict })
}

/// Says in what the circumstances of two benches differ.
fn differences(old: &BenchResult, new: &BenchResult, pairs: &[Option<usize>]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |what: &str, a: &str, b: &str| {
        if a != b {
            notes.push(format!("{what}: {a} before, {b} now"));
        }
    };
    note("version", &old.version, &new.version);
    note("kernel", &old.machine.kernel, &new.machine.kernel);
    note("processor", &old.machine.cpu, &new.machine.cpu);
    note("cores", &old.machine.cores.to_string(), &new.machine.cores.to_string());
    for (drive, partner) in new.drives.iter().zip(pairs) {
        let Some(before) = partner.map(|index| &old.drives[index]) else { continue };
        let name = &drive.drive.name;
        let uuid = |drive: &DriveResult| drive.drive.uuid.clone().unwrap_or_else(|| "none".into());
        note(&format!("{name}: UUID"), &uuid(before), &uuid(drive));
        note(&format!("{name}: file system"), &before.drive.fs_type, &drive.drive.fs_type);
        note(&format!("{name}: mount options"), &before.drive.mount_options, &drive.drive.mount_options);
        note(&format!("{name}: photos"), &before.photos.to_string(), &drive.photos.to_string());
    }
    notes
}

#[cfg(test)]
mod tests;
