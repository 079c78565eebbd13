//! What worker processes cost beside threads, in words.

use super::words;
use crate::bench::{DriveResult, Load, WorkerCost};

/// A ratio above this is told in times, not in percent.
const TIMES: f64 = 2.0;

/// Says in one sentence what processes cost beside threads; `None` where only one of them was measured.
pub(super) fn sentence(drive: &DriveResult) -> Option<String> {
    let part = |cost: &WorkerCost| format!("{}, {}: {}", cost.load, cost.warmth, beside(cost));
    let parts: Vec<_> = drive.workers.iter().map(part).collect();
    (!parts.is_empty()).then(|| format!("Processes beside threads: {}.", parts.join("; ")))
}

/// Tells whether processes are no slower where photos are made smaller: in all that was measured of `crop`, else of
/// `decode`.
pub(super) fn may_be_processes(drive: &DriveResult) -> bool {
    let of = |load| drive.workers.iter().filter(move |cost| cost.load == load);
    let load = if of(Load::Crop).next().is_some() { Load::Crop } else { Load::Decode };
    of(load).next().is_some() && of(load).all(WorkerCost::is_no_slower)
}

/// Says what they cost for one load.
fn beside(cost: &WorkerCost) -> String {
    let Some(time) = cost.time else {
        return format!("too few rounds to tell ({})", pairs(cost.pairs));
    };
    let time = match more(time) {
        Some((more, interval)) => format!("{more} time (95 %: {interval})"),
        None => {
            let [_, low, high] = time;
            let (low, high) = (signed(low), signed(high));
            format!("not to be told apart in time (95 %: {low} to {high})")
        }
    };
    match cost.cpu.and_then(more) {
        Some((more, interval)) => format!("{time}, {more} work for the processors ({interval})"),
        None => time,
    }
}

fn pairs(count: u32) -> String {
    format!("{count} {} of runs", if count == 1 { "pair" } else { "pairs" })
}

/// Returns how much more or less a ratio is, and its interval; `None` where it may be neither.
fn more([middle, low, high]: [f64; 3]) -> Option<(String, String)> {
    let percent = |share: f64| words::percent(share);
    match () {
        () if low > 1.0 && middle >= TIMES => {
            Some((format!("{} times the", words::number(middle)), words::interval(low, high)))
        }
        () if low > 1.0 => Some((
            format!("{} more", percent(middle - 1.0)),
            format!("{} to {}", percent(low - 1.0), percent(high - 1.0)),
        )),
        () if high < 1.0 => Some((
            format!("{} less", percent(1.0 - middle)),
            format!("{} to {}", percent(1.0 - high), percent(1.0 - low)),
        )),
        () => None,
    }
}

/// Returns by how much a ratio differs from 1, such as `−1.2 %` or `+0.5 %`.
fn signed(ratio: f64) -> String {
    let sign = if ratio < 1.0 { "−" } else { "+" };
    format!("{sign}{}", words::percent((ratio - 1.0).abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{DriveFacts, Warmth};

    fn drive(costs: &[(Load, u32, Option<[f64; 3]>, Option<[f64; 3]>)]) -> DriveResult {
        let cost = |&(load, pairs, time, cpu): &(Load, u32, _, _)| WorkerCost {
            load,
            warmth: Warmth::Warm,
            pairs,
            time,
            cpu,
        };
        let (series, advice) = (Vec::new(), Vec::new());
        let workers = costs.iter().map(cost).collect();
        DriveResult { drive: DriveFacts::default(), photos: 9, bytes: 9, series, advice, workers }
    }

    #[test]
    fn one_sentence_says_it_all() {
        let all = drive(&[
            (Load::Head, 3, None, None),
            (Load::Read, 9, Some([3.11, 3.0, 3.2]), None),
            (Load::Decode, 9, Some([1.002, 0.988, 1.02]), Some([0.9, 0.88, 0.95])),
            (Load::Crop, 9, Some([1.08, 1.06, 1.1]), Some([1.12, 1.11, 1.2])),
        ]);
        let said = "Processes beside threads: head, warm: too few rounds to tell (3 pairs of runs); read, warm: 3.11 \
                    times the time (95 %: 3.00–3.20); decode, warm: not to be told apart in time (95 %: −1.2 % to \
                    +2.0 %), 10 % less work for the processors (5.0 % to 12 %); crop, warm: 8.0 % more time (95 %: \
                    6.0 % to 10 %), 12 % more work for the processors (11 % to 20 %).";
        assert_eq!(sentence(&all).unwrap(), said);
        assert_eq!(sentence(&drive(&[])), None);
    }

    #[test]
    fn processes_are_offered_where_they_are_no_slower() {
        let (same, slow) = (Some([1.0, 0.99, 1.02]), Some([1.08, 1.06, 1.1]));
        for (costs, expected) in [
            (&[][..], false),
            (&[(Load::Read, 9, same, None)], false),
            (&[(Load::Decode, 9, same, None), (Load::Read, 9, slow, None)], true),
            (&[(Load::Decode, 9, same, None), (Load::Crop, 9, slow, None)], false),
            (&[(Load::Decode, 9, slow, None), (Load::Crop, 9, same, None)], true),
            (&[(Load::Crop, 9, same, None), (Load::Crop, 3, None, None)], false),
        ] {
            assert_eq!(may_be_processes(&drive(costs)), expected, "{costs:?}");
        }
    }
}
