//! From samples, or from coefficients, to the entropy-coded data of a photo.
//!
//! [`encode()`] makes a whole file of planes. A block of coefficients becomes Huffman symbols ([`code`]),
//! which are either counted ([`Frequencies`], of which [`Optimal`] makes a table) or written
//! ([`Coder`], with [`Codes`], to a [`Writer`]).

#![allow(dead_code, unused_imports, reason = "what uses them comes next")]

mod block;
mod codes;
mod dct;
mod file;
mod lane;
mod optimal;
mod picture;
mod quantiser;
mod writer;

pub(in crate::jpeg) use block::{Coder, Frequencies, Sink, bits, category, code, nonzero};
pub(in crate::jpeg) use block::{code_in_order, nonzero_in_order};
pub(in crate::jpeg) use codes::Codes;
pub use file::encode;
pub(in crate::jpeg) use optimal::Optimal;
pub(in crate::jpeg) use writer::Writer;

/// Coefficients of a block in the order of memory, row by row.
pub(in crate::jpeg) type Block = [i16; 64];
