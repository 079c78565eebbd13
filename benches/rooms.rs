//! What each room costs: `cargo bench`. Each says what one round does and what it counts.

#![allow(missing_docs, reason = "the macro makes a public function")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jpegasus::batch::Performer;
use jpegasus::event::Nobody;
use jpegasus::fs::Fs;
use jpegasus::jpeg::{Header, Limits};
use jpegasus::photo::Orientation;
use jpegasus::recipe::Recipe;
use jpegasus::scan::{EngineKind, ScanPlan, scan};
use jpegasus::units::Dims;
use std::hint::black_box;
use std::sync::Arc;

/// A baseline photo of 8.3 megapixels, 4:4:4.
const PHOTO: &str = "fixtures/photos/wallpapers/umang_by_Abhishek_Mudgal.jpg";

/// One round walks all markers of one photo; counts its bytes.
fn header(c: &mut Criterion) {
    let bytes = std::fs::read(PHOTO).expect("the fixtures are there");
    let mut group = c.benchmark_group("header");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("read", |b| b.iter(|| Header::read(black_box(&bytes)).unwrap()));
    group.finish();
}

/// One round folds a recipe of three stages; counts recipes.
fn recipe(c: &mut Criterion) {
    let recipe: Recipe = "orient,crop=16:9@center,inside=256x256".parse().expect("a good recipe");
    c.bench_function("recipe/fold", |b| {
        b.iter(|| recipe.fold(black_box(Dims::new(6000, 4000)), Orientation::Rotated90).unwrap());
    });
}

/// One round follows a recipe for one photo in memory, on one thread; counts its pixels.
fn perform(c: &mut Criterion) {
    let bytes = std::fs::read(PHOTO).expect("the fixtures are there");
    let pixels = Header::read(&bytes).expect("a good photo").dims.area();
    let mut group = c.benchmark_group("perform");
    group.throughput(Throughput::Elements(pixels)).sample_size(20);
    for text in
        ["orient,inside=256x256", "orient,inside=1024x1024", "orient,cover=512x512", "orient,crop=1:1"]
    {
        let mut performer = Performer::new(text.parse().expect("a good recipe"), Limits::default());
        group.bench_function(text, |b| b.iter(|| performer.perform(black_box(&bytes)).unwrap()));
    }
    group.finish();
}

/// One round finds every photo of the fixtures by name; counts photos.
fn finding(c: &mut Criterion) {
    let mut group = c.benchmark_group("scan");
    for engine in EngineKind::ALL {
        let roots = ["fixtures/photos", "fixtures/hostile", "fixtures/colour"].map(Into::into).to_vec();
        let plan = ScanPlan { roots, engine, ..ScanPlan::default() };
        group.bench_function(engine.name(), |b| {
            b.iter(|| scan(&plan, &Fs::default(), Arc::new(Nobody)).unwrap().into_set().0.len());
        });
    }
    group.finish();
}

criterion_group!(benches, header, recipe, perform, finding);
criterion_main!(benches);
