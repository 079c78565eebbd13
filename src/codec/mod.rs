//! Formats: JPEG in, JPEG, PNG and WebP out.
//!
//! [`Decoder`] turns a photo into a [`Frame`](crate::frame::Frame) or says what is wrong with it; a
//! photo with a missing MCU is never passed off as good. The encoders give the same bytes for the same frame,
//! quality and metadata. [`Carried`] is what an output takes over from its photo. Left out on purpose:
//! colour conversion.
//!
//! ```
//! use jpegasus::codec::{Carried, Decoder, encode_jpeg};
//! use jpegasus::frame::{Frame, Layout};
//! use jpegasus::jpeg::{Header, Scale};
//! use jpegasus::recipe::Huffman;
//! use jpegasus::units::Dims;
//! let grey = Frame::new(Dims::new(20, 10), Layout::Grey, vec![90; 200])?;
//! let photo = encode_jpeg(&grey, 85, Huffman::Standard, &Carried::default())?;
//! let header = Header::read(&photo)?;
//! assert_eq!(Decoder::new().decode(&photo, &header, Scale::Full)?, &grey);
//! # Ok::<(), jpegasus::error::Error>(())
//! ```

mod color;
mod decode;
mod encode;
mod metadata;
mod profile;
mod upsample;
mod ycc;

pub use color::has_output_colors;
pub use decode::Decoder;
pub use encode::{encode_jpeg, encode_jpeg_planes, encode_png, encode_webp};
pub use metadata::{Carried, Change};
pub use profile::{Conversion, Converter, Profile};
