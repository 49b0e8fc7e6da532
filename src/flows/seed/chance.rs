//! Numbers that look like chance and are the same each time: SplitMix64.

pub struct Chance(u64);

impl Chance {
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to `bound` without it. The little that the remainder favours small numbers does not matter here.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// One of the places of something so long.
    pub fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(u64::try_from(length).unwrap_or(u64::MAX))).expect("it is below a usize")
    }

    pub fn seconds(&mut self, bound: u64) -> i64 {
        i64::try_from(self.below(bound)).expect("bounds of seconds are small")
    }

    /// So many times of a hundred.
    pub fn happens(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_always_gives_the_same_and_another_something_else() {
        let row = |number| {
            let mut chance = Chance::new(number);
            (0..50).map(|_| chance.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(row(1), row(1));
        assert_ne!(row(1), row(2));
        assert!(row(1).iter().any(|n| *n < 200) && row(1).iter().any(|n| *n > 800));
    }
}
