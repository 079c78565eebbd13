//! From samples, or from coefficients, to the entropy-coded data of a photo.
//!
//! A block of coefficients becomes Huffman symbols ([`code`]), which are either counted
//! ([`Frequencies`], of which [`Optimal`] makes a table) or written ([`Coder`], with [`Codes`], to a
//! [`Writer`]).

#![allow(dead_code, unused_imports, reason = "what uses them comes next")]

mod block;
mod codes;
mod optimal;
mod writer;

pub(in crate::jpeg) use block::{Coder, Frequencies, Sink, bits, category, code, nonzero};
pub(in crate::jpeg) use codes::Codes;
pub(in crate::jpeg) use optimal::Optimal;
pub(in crate::jpeg) use writer::Writer;
