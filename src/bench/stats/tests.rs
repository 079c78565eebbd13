//! Checked against values worked out by hand, and against drawn truths.

use super::*;

/// Draws from a normal distribution (Box and Muller 1958).
fn normal(random: &mut Random) -> f64 {
    let radius = (-2.0 * (1.0 - random.share()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.share()).cos()
}

fn run(photos: u64, seconds: f64) -> Run {
    Run { at: 0.0, seconds, photos, bytes: 0, from_drive: None, cpu: 0.0, is_outlier: false, round: None }
}

#[test]
fn random_numbers_are_those_of_the_algorithm() {
    // The first outputs for the seed 1234567, as published with SplitMix64's reference program.
    let mut random = Random::new(1_234_567);
    let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
    assert_eq!([random.bits(), random.bits(), random.bits()], expected);
    let mut seen = [0_u32; 7];
    for _ in 0..7000 {
        seen[random.below(7)] += 1;
    }
    assert!(seen.iter().all(|count| (850..1150).contains(count)), "{seen:?}");
    assert_eq!(random.below(0), 0);
}

#[test]
fn medians_and_deviations_are_right() {
    assert!(median(&[]).abs() < 1e-12);
    assert!((median(&[3.0]) - 3.0).abs() < 1e-12);
    assert!((median(&[9.0, 1.0, 5.0]) - 5.0).abs() < 1e-12);
    assert!((median(&[4.0, 1.0, 3.0, 2.0]) - 2.5).abs() < 1e-12);
    // The median is 2, the deviations 1 1 0 0 2 4 7, of which the median is 1.
    assert!((median_deviation(&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]) - 1.0).abs() < 1e-12);
}

#[test]
fn what_is_far_from_the_others_is_an_outlier() {
    // The median is 10 and that of the deviations 0.4: beyond 3.5 · 1.4826 · 0.4 = 2.0756 from 10.
    let odd = outliers(&[9.6, 9.8, 10.0, 10.2, 10.4, 7.93, 12.08]);
    assert_eq!(odd, [false, false, false, false, false, false, true]);
    assert_eq!(outliers(&[1.0, 1.0, 1.0, 900.0]), [false; 4], "four are too few");
    assert_eq!(outliers(&[1.0, 1.0, 1.0, 1.0, 2.0]), [false; 5], "nothing scatters");
    let two_kinds = [3296.0, 3294.0, 3467.0, 3585.0, 3423.0, 3310.0, 3306.0];
    assert_eq!(outliers(&two_kinds), [false; 7], "three of seven are no exception");
}

#[test]
fn intervals_cover_the_truth_as_often_as_they_say() {
    let mut random = Random::new(20);
    let (mut covered, mut covered_ratio) = (0, 0);
    for case in 0..500 {
        let a: Vec<f64> = (0..15).map(|_| 100.0 + 10.0 * normal(&mut random)).collect();
        let b: Vec<f64> = (0..15).map(|_| 50.0 + 5.0 * normal(&mut random)).collect();
        let (low, high) = median_interval(&a, case);
        covered += u32::from((low..=high).contains(&100.0));
        let [_, low, high] = ratio(&a, &b, case).unwrap();
        covered_ratio += u32::from((low..=high).contains(&2.0));
    }
    // 475 of 500 with a standard deviation of 4.9; a percentile bootstrap of medians errs to the wide.
    assert!((460..=492).contains(&covered), "{covered} of 500");
    assert!((460..=496).contains(&covered_ratio), "{covered_ratio} of 500");
}

#[test]
fn an_interval_of_three_is_their_range() {
    assert_eq!(median_interval(&[3.0, 1.0, 2.0], 5), (1.0, 3.0));
    assert_eq!(median_interval(&[], 5), (0.0, 0.0));
    let values = [5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0];
    assert_eq!(median_interval(&values, 5), median_interval(&values, 5));
}

#[test]
fn settings_differ_only_where_they_do() {
    let slow = [10.0, 10.5, 9.5, 10.2, 9.9];
    assert!(differs_among(&slow, &slow.map(|rate| rate * 1.2), 2, 3));
    assert!(differs_among(&slow.map(|rate| rate * 1.2), &slow, 2, 3));
    assert!(!differs_among(&slow, &slow.map(|rate| rate * 1.01), 2, 3));
    assert!(!differs_among(&slow, &[], 2, 3) && !differs_among(&[], &slow, 2, 3));
    let mut random = Random::new(4);
    let mut wrong = 0;
    for case in 0..300 {
        let mut draw = || (0..7).map(|_| 100.0 + 5.0 * normal(&mut random)).collect::<Vec<_>>();
        wrong += u32::from(differs_among(&draw(), &draw(), 2, case));
    }
    assert!(wrong <= 30, "{wrong} of 300 equal pairs were told apart");
}

#[test]
fn drift_is_told_from_scatter() {
    let rising: Vec<f64> = (0..9).map(|at| 100.0 + 2.5 * f64::from(at)).collect();
    // 20 from first to last, at a median of 110.
    assert!((drift(&rising) - 20.0 / 110.0).abs() < 1e-9);
    let falling: Vec<f64> = rising.iter().rev().copied().collect();
    assert!((drift(&falling) + 20.0 / 110.0).abs() < 1e-9);
    assert!(drift(&rising[..5]).abs() < 1e-12, "five are too few to be sure");
    let mut random = Random::new(2);
    let drifting = (0..500)
        .filter(|_| drift(&(0..10).map(|_| 100.0 + normal(&mut random)).collect::<Vec<_>>()) != 0.0)
        .count();
    assert!(drifting <= 15, "{drifting} of 500 that only scatter");
    let many: Vec<f64> = (0..20_000).map(|at| 100.0 + f64::from(at) / 1000.0).collect();
    assert!((drift(&many) - 20.0 / 110.0).abs() < 0.001, "{}", drift(&many));
    assert!(drift(&[]).abs() < 1e-12 && drift(&[0.0; 9]).abs() < 1e-12);
}

#[test]
fn runs_are_summed_up_without_outliers() {
    let mut runs = [100, 102, 98, 101, 99, 20].map(|photos| run(photos, 2.0));
    let summary = summarise(&mut runs, 1);
    assert!((summary.median - 50.0).abs() < 1e-9);
    assert!((49.0..50.0).contains(&summary.low) && (50.0..=51.0).contains(&summary.high), "{summary:?}");
    assert_eq!((summary.outliers, runs[5].is_outlier, runs[0].is_outlier), (1, true, false));
    assert!(is_tight(&summary, 0.03) && !is_tight(&summary, 0.001));
    let empty = summarise(&mut [], 1);
    assert_eq!(empty, Summary::default());
    assert!(!is_tight(&empty, 0.5));
    assert!(run(5, 0.0).rate().abs() < 1e-12);
}

#[test]
fn latencies_are_told_percent_by_percent() {
    let reads: Vec<_> = (0..=200).rev().map(Duration::from_millis).collect();
    let latency = latency(&reads).unwrap();
    assert_eq!(latency.percentiles.len(), 101);
    assert!(latency.percentiles.iter().enumerate().all(|(at, ms)| (ms - 2.0 * at as f64).abs() < 1e-9));
    assert_eq!(super::latency(&[]), None);
}
