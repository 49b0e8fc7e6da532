//! Random prefixes and numbers, the same in every run.

use std::collections::BTreeSet;

/// SplitMix64.
pub struct Chance(u64);

impl Chance {
    pub fn new() -> Self {
        Self(2026)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    /// Of three to nine digits, most of them long, with a price of one of some thousand.
    pub fn deck(&mut self, prefixes: usize) -> Vec<(String, String)> {
        let mut all = BTreeSet::new();
        while all.len() < prefixes {
            let digits = [3, 5, 6, 7, 7, 8, 8, 9][usize::try_from(self.below(8)).expect("it is small")];
            let first = 10_u64.pow(digits - 1);
            all.insert((first + self.below(9 * first)).to_string());
        }
        let mut deck: Vec<_> =
            all.into_iter().map(|prefix| (prefix, format!("0.{:04}", 1 + self.below(5000)))).collect();
        // As they come, in no order.
        for place in (1..deck.len()).rev() {
            let other = usize::try_from(self.below(place as u64 + 1)).expect("it is a place");
            deck.swap(place, other);
        }
        deck
    }

    /// Of twelve digits.
    pub fn number(&mut self) -> String {
        (100_000_000_000 + self.below(900_000_000_000)).to_string()
    }
}
