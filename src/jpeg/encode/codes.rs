//! Huffman tables laid out for writing (T.81 Annex C).

/// The codes of up to 256 symbols.
#[derive(Clone)]
pub(in crate::jpeg) struct Codes([u32; 256]);

impl Codes {
    /// Makes codes of the counts and symbols of a DHT segment; `None` when they are impossible.
    pub(in crate::jpeg) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut codes = [0; 256];
        let (mut code, mut symbols) = (0_u32, symbols.iter());
        for (length, &count) in (1..).zip(counts) {
            for _ in 0..count {
                if code >> length != 0 {
                    return None;
                }
                codes[usize::from(*symbols.next()?)] = code << 8 | length;
                code += 1;
            }
            code <<= 1;
        }
        symbols.next().is_none().then_some(Self(codes))
    }

    /// Returns the code of a symbol and its length, 1 to 16; 0 and 0 where it has none.
    #[inline(always)]
    pub(in crate::jpeg) const fn get(&self, symbol: u8) -> (u32, u32) {
        let entry = self.0[symbol as usize];
        (entry >> 8, entry & 0xff)
    }

    /// Tells whether every symbol that occurs has a code.
    pub(in crate::jpeg) fn cover(&self, frequencies: &[u64; 256]) -> bool {
        self.0.iter().zip(frequencies).all(|(&entry, &frequency)| entry != 0 || frequency == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg::standard;

    #[test]
    fn standard_codes_are_those_printed_in_t81() {
        let dc = Codes::new(standard::DC_LUMA.0, standard::DC_LUMA.1).unwrap();
        assert_eq!([0, 1, 6, 11].map(|size| dc.get(size)), [(0, 2), (2, 3), (14, 4), (510, 9)]);
        let ac = Codes::new(standard::AC_LUMA.0, standard::AC_LUMA.1).unwrap();
        // End of block, 0/1, 0/A, 1/1, a run of sixteen zeros, F/A.
        let found = [0, 0x01, 0x0a, 0x11, 0xf0, 0xfa].map(|symbol| ac.get(symbol));
        assert_eq!(found, [(10, 4), (0, 2), (0xff83, 16), (12, 4), (0x7f9, 11), (0xfffe, 16)]);
        assert_eq!(ac.get(0x10), (0, 0));
        let chroma = Codes::new(standard::AC_CHROMA.0, standard::AC_CHROMA.1).unwrap();
        assert_eq!([0, 0xf0, 0xfa].map(|symbol| chroma.get(symbol)), [(0, 2), (0x3fa, 10), (0xfffe, 16)]);
    }

    #[test]
    fn impossible_tables_are_none() {
        let with = |at: usize, count| {
            let mut counts = [0; 16];
            counts[at] = count;
            counts
        };
        assert!(Codes::new(&with(0, 2), &[1, 2]).is_some());
        assert!(Codes::new(&with(0, 3), &[1, 2, 3]).is_none());
        assert!(Codes::new(&with(3, 2), &[1]).is_none());
        assert!(Codes::new(&with(3, 2), &[1, 2, 3]).is_none());
    }
}
