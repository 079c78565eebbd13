//! What a view depends on: which scans, how far down.

use super::scan::Extent;
use super::{Depth, View};
use crate::jpeg::header::Header;

/// Tells whether the first scans of a progressive photo, of the means of all blocks, are all that is needed.
///
/// Later scans may bring further low bits of the means; at an eighth of the size they would move a sample by
/// less than half a step of its quantisation, which is not worth nine tenths of the file.
pub(in crate::jpeg) fn is_means_only(header: &Header, view: &View) -> bool {
    view.depth == Depth::Needed && header.process.is_progressive() && view.is_means_only(header)
}

/// Returns how far down the scans are followed: not below the window, if the file has an end.
///
/// Without EOI, only following every MCU tells whether the last ones are there.
pub(super) fn extent(header: &Header, view: &View) -> Extent {
    let may_stop = view.depth == Depth::Needed && header.end.is_some();
    if may_stop { Extent::Wanted } else { Extent::Whole }
}

/// Tells of each scan whether it is needed.
///
/// From the last scan to the first: one that brings needed coefficients is, and if it refines them, then so is
/// all that came before of its band, for what it says depends on which of those are zero.
pub(super) fn scans(header: &Header, view: &View) -> Vec<bool> {
    if view.depth == Depth::All || !header.process.is_progressive() {
        return vec![true; header.plan.len()];
    }
    if is_means_only(header, view) {
        return header.plan.iter().map(|scan| scan.band.0 == 0 && !scan.is_refinement).collect();
    }
    // By component and place in zigzag order.
    let wanted = |size: usize| match size {
        1 => 1,
        2 => 5,
        4 => 25,
        _ => 64,
    };
    let mut wanted: Vec<[bool; 64]> =
        view.scales.iter().map(|scale| std::array::from_fn(|i| i < wanted(scale.block()))).collect();
    let mut needed: Vec<bool> = header
        .plan
        .iter()
        .rev()
        .map(|scan| {
            let band = scan.band.0..=scan.band.1;
            let is_needed =
                scan.members.iter().any(|member| wanted[member.component][band.clone()].contains(&true));
            if is_needed && scan.is_refinement {
                scan.members.iter().for_each(|member| wanted[member.component][band.clone()].fill(true));
            }
            is_needed
        })
        .collect();
    needed.reverse();
    needed
}
