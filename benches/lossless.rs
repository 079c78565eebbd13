//! What cutting and turning without loss costs: `cargo bench --bench lossless`.

#![allow(missing_docs, reason = "the macro makes a public function")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jpegasus::jpeg::{Excerpt, Header, transform};
use jpegasus::photo::Orientation;
use jpegasus::units::{Dims, Window};
use std::hint::black_box;

/// Photos of the fixtures: baseline of 8.3 megapixels, 4:4:4, and a small progressive one, 4:2:0.
const PHOTOS: [(&str, &str); 2] = [
    ("baseline", "fixtures/photos/wallpapers/umang_by_Abhishek_Mudgal.jpg"),
    ("progressive", "fixtures/photos/formats/progressive-420.jpg"),
];

/// One round cuts the quarter in the middle out of one photo, or turns all of it; counts the photo's bytes.
fn lossless(c: &mut Criterion) {
    for (coding, path) in PHOTOS {
        let bytes = std::fs::read(path).expect("the fixtures are there");
        let header = Header::read(&bytes).expect("a good photo");
        let Dims { width, height } = header.dims;
        let quarter = Window { x: width / 4, y: height / 4, dims: Dims::new(width / 2, height / 2) };
        let whole = Window::whole(header.dims);
        let mut group = c.benchmark_group(format!("lossless/{coding}"));
        group.throughput(Throughput::BytesDecimal(bytes.len() as u64)).sample_size(20);
        for (work, window, orientation) in
            [("quarter", quarter, Orientation::Upright), ("turn", whole, Orientation::Rotated90)]
        {
            let excerpt = Excerpt::new(&header, window, orientation).expect("it lies inside");
            group.bench_function(work, |b| {
                b.iter(|| transform(black_box(&bytes), &header, &excerpt).expect("a good photo"));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, lossless);
criterion_main!(benches);
