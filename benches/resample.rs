//! What shrinking of decoded planes costs: `cargo bench --bench resample`.

#![allow(missing_docs, reason = "the macro makes a public function")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jpegasus::frame::{Frame, Layout, Resampler, turn};
use jpegasus::photo::Orientation;
use jpegasus::units::{Dims, Window};
use std::hint::black_box;

/// Planes as the decoder leaves them of a photo of 6000x4000 at 1/8, 1/4 and 1/2, and what they become.
const CASES: [((u32, u32), (u32, u32)); 5] = [
    ((750, 500), (256, 171)),
    ((1500, 1000), (256, 171)),
    ((1500, 1000), (1024, 683)),
    ((3000, 2000), (1024, 683)),
    ((3000, 2000), (512, 341)),
];

/// Returns a plane or a picture with detail at every scale; the same each time.
fn picture(dims: Dims, layout: Layout) -> Frame {
    let count = layout.bytes(dims).expect("it fits into memory");
    let mut state = 1_u32;
    let mut grain = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 28
    };
    let slope = |i: usize| i / 7 % 120 + i / (dims.width as usize * 3) % 120;
    #[allow(clippy::cast_possible_truncation, reason = "at most 238 and 15")]
    let samples = (0..count).map(|i| slope(i) as u8 + grain() as u8).collect();
    Frame::new(dims, layout, samples).expect("as many samples as pixels")
}

/// One round resamples one plane, or one RGB picture of the same size; counts samples of the source.
fn shrink(c: &mut Criterion) {
    for (name, layout) in [("plane", Layout::Grey), ("rgb", Layout::Rgb)] {
        let mut group = c.benchmark_group(format!("resample/{name}"));
        for ((width, height), to) in CASES {
            let source = picture(Dims::new(width, height), layout);
            let (window, to) = (Window::whole(source.dims()), Dims::new(to.0, to.1));
            let mut resampler = Resampler::new();
            group.throughput(Throughput::Elements(source.samples().len() as u64));
            group.bench_function(BenchmarkId::from_parameter(format!("{} to {to}", source.dims())), |b| {
                b.iter(|| resampler.resample(black_box(&source), window, to).expect("a window inside"));
            });
        }
        group.finish();
    }
}

/// One round stands one plane of a picture inside 1024x1024 upright; counts samples.
fn upright(c: &mut Criterion) {
    let plane = picture(Dims::new(1024, 683), Layout::Grey);
    let mut group = c.benchmark_group("turn");
    group.throughput(Throughput::Elements(plane.samples().len() as u64));
    for orientation in [Orientation::Rotated90, Orientation::Rotated180] {
        group.bench_function(BenchmarkId::from_parameter(orientation.exif()), |b| {
            b.iter(|| turn(black_box(plane.clone()), orientation));
        });
    }
    group.finish();
}

criterion_group!(benches, shrink, upright);
criterion_main!(benches);
