//! What encoding JPEG costs: `cargo bench --bench encode`.

#![allow(missing_docs, reason = "the macro makes a public function")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jpegasus::codec::Decoder;
use jpegasus::frame::{Frame, Plane, Planes, Resampler};
use jpegasus::jpeg::{Header, Scale, encode};
use jpegasus::recipe::Huffman;
use jpegasus::units::{Dims, Window};
use std::hint::black_box;

/// A photo of flowers, 640×427.
const PHOTO: &str = "fixtures/photos/2011-08 china/flower.jpg";

/// The photo at a size, as planes; its green, red and blue stand for Y, Cb and Cr, as coding looks at
/// numbers only: colour has far more detail than it would have.
fn busy(frame: &Frame, dims: Dims) -> Planes {
    let channel = |channel: usize, dims: Dims| {
        let made = Resampler::new().resample(frame, Window::whole(frame.dims()), dims).expect("a sound size");
        let samples = made.samples().as_chunks::<3>().0.iter().map(|pixel| pixel[channel]).collect();
        Plane::new(dims, samples).expect("as many samples as pixels")
    };
    let chroma = Planes::chroma_dims(dims);
    Planes::ycc(channel(1, dims), channel(0, chroma), channel(2, chroma)).expect("sizes of 4:2:0")
}

/// The photo at a size, its colour nearly flat, as that of most photos is.
fn usual(frame: &Frame, dims: Dims) -> Planes {
    let busy = busy(frame, dims);
    let flat = |plane: &Plane| {
        let samples = plane.samples().iter().map(|sample| 112 + sample / 8).collect();
        Plane::new(plane.dims(), samples).expect("as many samples as before")
    };
    let chroma = busy.chroma().expect("it has colour").each_ref().map(flat);
    let [cb, cr] = chroma;
    Planes::ycc(busy.luma().clone(), cb, cr).expect("sizes of 4:2:0")
}

/// One round encodes planes of 4:2:0, or grey, at quality 85; counts pixels, and bytes of the file.
fn coding(c: &mut Criterion) {
    let bytes = std::fs::read(PHOTO).expect("the fixtures are there");
    let header = Header::read(&bytes).expect("a good photo");
    let frame = Decoder::new().decode(&bytes, &header, Scale::Full).expect("a good photo").clone();
    for dims in [Dims::new(256, 192), Dims::new(1024, 768)] {
        let usual = usual(&frame, dims);
        let grey = Planes::grey(usual.luma().clone());
        for (name, planes) in [("4:2:0", usual), ("4:2:0 busy", busy(&frame, dims)), ("grey", grey)] {
            for huffman in [Huffman::Standard, Huffman::Optimised] {
                let size = encode(&planes, 85, huffman).expect("a sound size").len();
                let mut group = c.benchmark_group(format!("encode {name} {huffman:?}"));
                for throughput in [Throughput::Elements(dims.area()), Throughput::Bytes(size as u64)] {
                    let unit = if matches!(throughput, Throughput::Bytes(_)) { "bytes" } else { "pixels" };
                    group.throughput(throughput);
                    group.bench_function(BenchmarkId::new(unit, dims), |b| {
                        b.iter(|| encode(black_box(&planes), 85, huffman));
                    });
                }
                group.finish();
            }
        }
    }
}

criterion_group!(benches, coding);
criterion_main!(benches);
