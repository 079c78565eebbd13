//! The best Huffman table for given frequencies (T.81 Annex K.2).

#![allow(clippy::cast_possible_truncation, reason = "there are at most 256 symbols")]

/// The longest code that JPEG has.
const LONGEST: usize = 16;

/// The symbol beyond all others that takes the code of ones.
const RESERVED: usize = 256;

/// A Huffman table as a DHT segment has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::jpeg) struct Optimal {
    /// How many codes there are of each length, 1 to 16.
    pub(in crate::jpeg) counts: [u8; LONGEST],
    /// The symbols by length of their codes, then by value.
    pub(in crate::jpeg) symbols: Vec<u8>,
}

/// A tree of codes under construction.
struct Tree {
    frequency: u64,
    /// The symbol that decides between trees of one frequency.
    symbol: usize,
    /// All symbols in it.
    leaves: Vec<usize>,
}

impl Optimal {
    /// Makes the table that codes symbols of these frequencies in the fewest bits, as far as the
    /// procedure of Annex K.2 finds it where codes would be longer than 16 bits.
    ///
    /// Exactly the symbols that occur have a code, and none consists of ones alone. The table is the
    /// one that libjpeg makes. Sums of frequencies saturate.
    pub(in crate::jpeg) fn new(frequencies: &[u64; 256]) -> Self {
        let lengths = lengths(frequencies);
        let mut counts = [0_u16; RESERVED + 1];
        lengths.iter().filter(|&&length| length > 0).for_each(|&length| counts[length] += 1);
        shorten(&mut counts);
        // The reserved symbol is as rare as any and comes last: its code is one of the longest.
        if let Some(count) = counts.iter_mut().rfind(|count| **count > 0) {
            *count -= 1;
        }
        let mut symbols: Vec<_> = (0..RESERVED).filter(|&symbol| lengths[symbol] > 0).collect();
        symbols.sort_by_key(|&symbol| lengths[symbol]);
        Self {
            counts: std::array::from_fn(|i| counts[i + 1] as u8),
            symbols: symbols.into_iter().map(|symbol| symbol as u8).collect(),
        }
    }
}

/// Returns how long the code of each symbol is without a limit, 0 where it does not occur.
///
/// At most 256: each of 257 symbols makes a tree one deeper at most.
fn lengths(frequencies: &[u64; 256]) -> [usize; RESERVED + 1] {
    let mut lengths = [0; RESERVED + 1];
    let leaf = |(symbol, frequency)| Tree { frequency, symbol, leaves: vec![symbol] };
    let all = frequencies.iter().copied().chain([1]).enumerate();
    let mut trees: Vec<_> = all.filter(|&(_, frequency)| frequency > 0).map(leaf).collect();
    while trees.len() > 1 {
        let (first, second) = (take_rarest(&mut trees), take_rarest(&mut trees));
        let leaves = [first.leaves, second.leaves].concat();
        leaves.iter().for_each(|&symbol| lengths[symbol] += 1);
        let frequency = first.frequency.saturating_add(second.frequency);
        trees.push(Tree { frequency, symbol: first.symbol, leaves });
    }
    lengths
}

/// Takes the tree out that occurs least, of equal ones that of the highest symbol.
fn take_rarest(trees: &mut Vec<Tree>) -> Tree {
    let key = |i: &usize| (trees[*i].frequency, RESERVED - trees[*i].symbol);
    // The callers have at least two trees, or one left of them.
    let rarest = (0..trees.len()).min_by_key(key).unwrap_or(0);
    trees.swap_remove(rarest)
}

/// Makes codes beyond the limit shorter, and as few others longer (T.81 figure K.3).
///
/// Two of the longest share their parent: one takes its place, the other goes, with the code that was
/// there, one below a shorter one.
fn shorten(counts: &mut [u16; RESERVED + 1]) {
    for long in (LONGEST + 1..counts.len()).rev() {
        while counts[long] > 0 {
            let Some(short) = (1..long - 1).rfind(|&length| counts[length] > 0) else { return };
            counts[long] -= 2;
            counts[long - 1] += 1;
            counts[short + 1] += 2;
            counts[short] -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg::encode::Codes;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Frequencies as pictures have them, as doubling ones that ask for the longest codes, and any.
    fn frequencies() -> impl Strategy<Value = [u64; 256]> {
        let one = prop_oneof![
            3 => Just(0),
            3 => 1..50_u64,
            2 => (0..48_u32, 0..2_u64).prop_map(|(shift, more)| (1 << shift) + more),
            1 => any::<u32>().prop_map(u64::from),
        ];
        vec(one, 256).prop_map(|all| all.try_into().unwrap())
    }

    /// Returns the sum of 2^(16 − length) of all codes; 65536 is every place there is.
    fn taken(counts: &[u8; 16]) -> u32 {
        (1..).zip(counts).map(|(length, &count)| u32::from(count) << (16 - length)).sum()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_table_is_a_complete_prefix_code_of_what_occurs(frequencies in frequencies()) {
            let table = Optimal::new(&frequencies);
            let mut symbols = table.symbols.clone();
            symbols.sort_unstable();
            let occurs: Vec<_> = (0..=255).filter(|&symbol| frequencies[usize::from(symbol)] > 0).collect();
            prop_assert_eq!(symbols, occurs);
            prop_assert_eq!(table.counts.iter().map(|&count| usize::from(count)).sum::<usize>(), table.symbols.len());
            // Kraft's sum: all places but one, which is of the longest code and stays free.
            if let Some(longest) = table.counts.iter().rposition(|&count| count > 0) {
                let places = 1 << (15 - longest);
                let free = 65536 - taken(&table.counts);
                prop_assert_eq!(free, places, "{:?}", table.counts);
            }
            let codes = Codes::new(&table.counts, &table.symbols).unwrap();
            prop_assert!(codes.cover(&frequencies));
            for &symbol in &table.symbols {
                let (code, length) = codes.get(symbol);
                prop_assert!((1..=16).contains(&length) && code + 1 < 1 << length);
            }
        }

        #[test]
        fn what_occurs_more_has_no_longer_code(frequencies in frequencies()) {
            let lengths = lengths(&frequencies);
            let mut used: Vec<_> = (0..256).filter(|&symbol| frequencies[symbol] > 0).collect();
            used.sort_by_key(|&symbol| lengths[symbol]);
            for pair in used.windows(2) {
                if lengths[pair[0]] < lengths[pair[1]] {
                    prop_assert!(frequencies[pair[0]] >= frequencies[pair[1]]);
                }
            }
        }
    }

    #[test]
    fn few_symbols_have_the_shortest_codes() {
        let with = |few: &[(usize, u64)]| {
            let mut frequencies = [0; 256];
            few.iter().for_each(|&(symbol, frequency)| frequencies[symbol] = frequency);
            Optimal::new(&frequencies)
        };
        assert_eq!(with(&[]), Optimal { counts: [0; 16], symbols: Vec::new() });
        assert_eq!((with(&[(7, 9)]).counts[0], with(&[(7, 9)]).symbols), (1, vec![7]));
        // 5, 1 and the reserved one: 1, 2 and 2 bits.
        let two = with(&[(3, 1), (200, 5)]);
        assert_eq!((&two.counts[..3], two.symbols), (&[1, 1, 0][..], vec![200, 3]));
    }

    #[test]
    fn frequencies_that_grow_fast_stay_within_16_bits() {
        let table = Optimal::new(&std::array::from_fn(|i| 1 << i.min(60)));
        assert_eq!(table.symbols.len(), 256);
        assert!(Codes::new(&table.counts, &table.symbols).is_some());
        let most = Optimal::new(&[u64::MAX; 256]);
        assert!(Codes::new(&most.counts, &most.symbols).is_some());
        let fibonacci = Optimal::new(&std::array::from_fn(|i| {
            (0..i.min(90)).fold((1_u64, 1_u64), |(a, b), _| (b, a + b)).0
        }));
        assert!(Codes::new(&fibonacci.counts, &fibonacci.symbols).is_some());
    }
}
