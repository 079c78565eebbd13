//! The order of a set: bytewise by path, then by root.
//!
//! Walkers hand on photos folder by folder, so neighbours mostly share one. Folders are sorted first; then
//! the names within each, which are short and need no look at the folder's own bytes; then the photos of a
//! folder are laid around those of its subfolders. Where hardly any neighbours share a folder, paths are
//! sorted as they are. Either way takes eight bytes a photo while it lasts, a few for each folder, and [`COPY`].

use super::batch::{Span, path_bytes};
use super::strings::{Strings, index, packed};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use std::ops::Range;

/// Fewer photos than this are sorted before a pool of threads has begun. A guess.
const WORTH_A_POOL: usize = 5_000;

/// Photos that one thread looks through for folders at a time.
const CHUNK: usize = 16 << 10;

/// Sorting by folders is worth while from this many neighbours in one folder, on average. A guess.
const NEIGHBOURS: usize = 4;

/// Bytes of spans that are copied to be put into order: copying does not wait for one span to find the next.
const COPY: usize = 8 << 20;

/// Sorts photos; tells whether some have equal paths.
pub(super) fn sort(spans: &mut Vec<Span>, arenas: &[Vec<u8>]) -> bool {
    let bytes = |span: &Span| path_bytes(span, &arenas[span.arena as usize]);
    if spans.is_sorted_by(|a, b| bytes(a) < bytes(b)) {
        return false;
    }
    if u32::try_from(spans.len()).is_err() {
        spans.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)).then(a.root.cmp(&b.root)));
        return true;
    }
    let pool = (spans.len() >= WORTH_A_POOL).then(|| ThreadPoolBuilder::new().build().ok()).flatten();
    let found = Found { spans, arenas, in_pool: pool.is_some() };
    let (mut order, has_equals) = pool.map_or_else(|| found.order(), |pool| pool.install(|| found.order()));
    permute(spans, &mut order);
    has_equals
}

/// Photos of one folder: where they are in the order, and one of them.
struct Group {
    items: Range<usize>,
    any: u32,
}

/// Photos as they came.
#[derive(Clone, Copy)]
struct Found<'a> {
    spans: &'a [Span],
    arenas: &'a [Vec<u8>],
    in_pool: bool,
}

impl<'a> Found<'a> {
    fn path(self, at: u32) -> &'a [u8] {
        let span = &self.spans[at as usize];
        path_bytes(span, &self.arenas[span.arena as usize])
    }

    /// Returns the path of the folder of a photo, with the slash behind it.
    fn folder(self, at: u32) -> &'a [u8] {
        folder(self.path(at))
    }

    /// Works out the order: the upper half of each item is the place of the photo that belongs here.
    /// Tells also whether some have equal paths.
    fn order(self) -> (Vec<u64>, bool) {
        let strings = Strings::new(|at| self.path(at), |at| self.spans[at as usize].root, self.in_pool);
        let starts = self.starts();
        if starts.len() > self.spans.len() / NEIGHBOURS {
            let mut order: Vec<_> = (0..).map(|at| packed(0, at)).take(self.spans.len()).collect();
            strings.sort(&mut order, 0);
            order.iter_mut().for_each(|item| *item = packed(index(*item), 0));
            return (order, strings.has_equals());
        }
        let (mut order, groups) = self.groups(&starts);
        self.sort_groups(&strings, &groups, &mut order);
        self.interleave(&groups, &mut order);
        (order, strings.has_equals())
    }

    /// Returns where runs of photos of one folder start.
    fn starts(self) -> Vec<u32> {
        let chunk = |spans: &[Span]| {
            let (mut starts, mut before) = (Vec::new(), None);
            for (at, span) in (0..).zip(spans) {
                let path = path_bytes(span, &self.arenas[span.arena as usize]);
                let is_same = |folder: &&[u8]| {
                    let name = path.strip_prefix(*folder);
                    name.is_some_and(|name| memchr::memchr(b'/', name).is_none())
                };
                if before.filter(is_same).is_none() {
                    before = Some(folder(path));
                    starts.push(at);
                }
            }
            starts
        };
        let chunks: Vec<_> = if self.in_pool {
            self.spans.par_chunks(CHUNK).map(chunk).collect()
        } else {
            self.spans.chunks(CHUNK).map(chunk).collect()
        };
        let chunks = (0..).step_by(CHUNK).zip(chunks);
        chunks.flat_map(|(base, starts): (u32, _)| starts.into_iter().map(move |at| base + at)).collect()
    }

    /// Brings folders into order, and beneath each its photos as they came.
    fn groups(self, starts: &[u32]) -> (Vec<u64>, Vec<Group>) {
        let mut runs: Vec<_> = (0..).map(|at| packed(0, at)).take(starts.len()).collect();
        Strings::new(|run| self.folder(starts[run as usize]), |_| 0, self.in_pool).sort(&mut runs, 0);
        let (mut order, mut groups) = (Vec::with_capacity(self.spans.len()), Vec::<Group>::new());
        for run in runs {
            let run = index(run) as usize;
            let first = starts[run];
            let end = starts.get(run + 1).map_or(self.spans.len(), |&end| end as usize);
            let begun = order.len();
            order.extend((first..).map(|at| packed(0, at)).take(end - first as usize));
            match groups.last_mut() {
                Some(group) if self.folder(group.any) == self.folder(first) => group.items.end = order.len(),
                _ => groups.push(Group { items: begun..order.len(), any: first }),
            }
        }
        (order, groups)
    }

    /// Sorts the names within each folder.
    fn sort_groups<F, R>(self, strings: &Strings<F, R>, groups: &[Group], order: &mut [u64])
    where
        F: Fn(u32) -> &'a [u8] + Sync,
        R: Fn(u32) -> u16 + Sync,
    {
        if self.in_pool && groups.len() > 1 && order.len() >= WORTH_A_POOL / 4 {
            let (few, more) = groups.split_at(groups.len() / 2);
            let (left, right) = order.split_at_mut(more[0].items.start - few[0].items.start);
            rayon::join(|| self.sort_groups(strings, few, left), || self.sort_groups(strings, more, right));
            return;
        }
        let mut order = order;
        for group in groups {
            let (items, rest) = order.split_at_mut(group.items.len());
            strings.sort(items, self.folder(group.any).len());
            order = rest;
        }
    }

    /// Lays the photos of each folder around those of the folders beneath it, which follow it.
    fn interleave(self, groups: &[Group], order: &mut [u64]) {
        let mut placed = 0;
        let mut place = |order: &mut [u64], items: Range<usize>| {
            for at in items {
                order[placed] = packed(index(order[at]), index(order[placed]));
                placed += 1;
            }
        };
        // Folders above the one that is looked at, with what is left of each.
        let mut above: Vec<(&[u8], Range<usize>)> = Vec::new();
        for group in groups {
            let folder = self.folder(group.any);
            while let Some((_, left)) = above.pop_if(|(upper, _)| !folder.starts_with(upper)) {
                place(order, left);
            }
            if let Some((_, left)) = above.last_mut() {
                let before = order[left.clone()].partition_point(|&item| self.path(index(item)) < folder);
                let middle = left.start + before;
                place(order, left.start..middle);
                left.start = middle;
            }
            above.push((folder, group.items.clone()));
        }
        while let Some((_, left)) = above.pop() {
            place(order, left);
        }
    }
}

/// Returns the path of the folder of a photo, with the slash behind it.
fn folder(path: &[u8]) -> &[u8] {
    &path[..memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1)]
}

/// Puts spans into order, where the upper half of each item is the place of the span that belongs here.
fn permute(spans: &mut Vec<Span>, order: &mut [u64]) {
    let source = |item: u64| (item >> 32) as usize;
    if size_of_val(spans.as_slice()) <= COPY {
        *spans = order.iter().map(|&item| spans[source(item)]).collect();
        return;
    }
    for start in 0..spans.len() {
        if source(order[start]) == start {
            continue;
        }
        let (first, mut at) = (spans[start], start);
        loop {
            let from = source(std::mem::replace(&mut order[at], (at as u64) << 32));
            if from == start {
                break;
            }
            spans[at] = spans[from];
            at = from;
        }
        spans[at] = first;
    }
}
