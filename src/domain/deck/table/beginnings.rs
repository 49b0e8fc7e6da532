//! Where to look for a number among prefixes in their order, by its first digits: what would be a search through memory
//! that no cache holds is one look.

use std::ops::Range;

use super::Node;
use crate::domain::deck::digits::Digits;

/// With fewer prefixes a table of their first four digits is not worth its memory.
const MANY: usize = 4096;
/// With fewer, one of their first five, of four megabytes, is not.
const VERY_MANY: usize = 100_000;

#[derive(Debug)]
pub(super) struct Beginnings {
    digits: u32,
    /// Of the first prefix that is not below each [`Digits::beginning`].
    places: Vec<u32>,
}

fn digits_for(prefixes: usize) -> u32 {
    match prefixes {
        ..MANY => 0,
        MANY..VERY_MANY => 4,
        VERY_MANY.. => 5,
    }
}

/// What it takes of memory for so many prefixes.
pub(super) fn bytes_for(prefixes: usize) -> usize {
    (Digits::beginnings(digits_for(prefixes)) + 1) * size_of::<u32>()
}

impl Default for Beginnings {
    fn default() -> Self {
        Self { digits: 0, places: vec![0, 0] }
    }
}

impl Beginnings {
    pub(super) fn of(nodes: &[Node]) -> Self {
        Self::by(digits_for(nodes.len()), nodes)
    }

    pub(super) fn by(digits: u32, nodes: &[Node]) -> Self {
        let small = |place: usize| u32::try_from(place).expect("a place in a deck is below 2^28");
        let mut places = Vec::with_capacity(Digits::beginnings(digits) + 1);
        for (place, node) in nodes.iter().enumerate() {
            places.resize(places.len().max(node.prefix.beginning(digits) + 1), small(place));
        }
        places.resize(Digits::beginnings(digits) + 1, small(nodes.len()));
        Self { digits, places }
    }

    /// The prefixes that begin as the number does.
    pub(super) fn range(&self, number: Digits) -> Range<usize> {
        let beginning = number.beginning(self.digits);
        self.places[beginning] as usize..self.places[beginning + 1] as usize
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.places[..])
    }
}
