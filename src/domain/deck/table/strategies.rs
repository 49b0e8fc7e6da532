//! Random decks that are dense: many prefixes begin with one another, many rates are for the same prefix.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::domain::rating::strategies::rates;

pub fn digits(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![Just('1'), Just('2'), Just('9')], 0..=most).prop_map(String::from_iter)
}

prop_compose! {
    fn deck_rate()(
        rate in rates(),
        prefix in digits(6),
        origination in prop_oneof![Just(String::new()), digits(3)],
        named in any::<bool>(),
        blocked in any::<bool>(),
        bands in prop_oneof![3 => Just(None), 1 => Just(Some("UTC; 08:00-18:00 0.30+0.05"))],
        hours in 0..4_i64,
    ) -> DeckRate {
        let prefix = format!("1{prefix}");
        let destination = if named { format!("to {}", prefix.len()) } else { prefix.clone() };
        let bands: Option<Bands> = bands.map(|bands| bands.parse().expect("a band"));
        let tiers = if bands.is_some() { vec![] } else { rate.tiers };
        let rate = Rate { prefix, origination, destination, tiers, ..rate };
        // What a leg is frozen with besides is not of its deck.
        let rate = Rate { changes: vec![], tax: None, allowances: vec![], ..rate };
        let price_per_minute = rate.price_per_minute.normalize();
        let effective_from = DateTime::UNIX_EPOCH + TimeDelta::hours(hours);
        DeckRate { rate: Rate { price_per_minute, ..rate }, bands, blocked, effective_from }
    }
}

/// No two for the same calls from the same moment on.
pub fn decks(most: usize) -> impl Strategy<Value = Vec<DeckRate>> {
    prop::collection::vec(deck_rate(), 0..most).prop_map(|mut deck| {
        let key = |line: &DeckRate| (line.rate.prefix.clone(), line.rate.origination.clone(), line.effective_from);
        deck.sort_by_key(key);
        deck.dedup_by_key(|line| key(line));
        deck
    })
}
