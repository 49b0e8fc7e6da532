//! What a new deck changes for callers, prefix by prefix, before anybody takes it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::deck::DeckRate;

/// How many of each kind are shown.
const SHOWN: usize = 20;

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DeckChange {
    pub new: usize,
    pub changed: usize,
    pub removed: usize,
    pub unchanged: usize,
    /// The first of each, in the order of their prefixes.
    pub new_ones: Vec<Line>,
    pub removed_ones: Vec<Line>,
    /// Changed prices, the greatest change first, measured by the price before.
    pub rises: Vec<Line>,
    pub falls: Vec<Line>,
}

/// One prefix. Prices are per minute.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    pub prefix: String,
    pub destination: String,
    pub before: Option<Decimal>,
    pub after: Option<Decimal>,
}

/// Compares what holds at `at`. Of several rates for one prefix that is the newest that has begun, or the first to come.
pub fn compare(before: &[DeckRate], after: &[DeckRate], at: DateTime<Utc>) -> DeckChange {
    let (before, after) = (in_effect(before, at), in_effect(after, at));
    let mut change = DeckChange::default();
    let (mut new, mut removed, mut priced) = (vec![], vec![], vec![]);
    for (prefix, rate) in &after {
        let rate = *rate;
        match before.get(prefix).copied() {
            None => new.push(line(rate, None, Some(rate))),
            Some(old) if old.asks_the_same(rate) => change.unchanged += 1,
            Some(old) => {
                change.changed += 1;
                priced.push(line(rate, Some(old), Some(rate)));
            }
        }
    }
    removed.extend(
        before.iter().filter(|(prefix, _)| !after.contains_key(*prefix)).map(|(_, old)| line(old, Some(old), None)),
    );
    priced.sort_by_key(growth);
    (change.new, change.removed) = (new.len(), removed.len());
    change.falls = priced.iter().filter(|line| line.after < line.before).take(SHOWN).cloned().collect();
    change.rises = priced.into_iter().rev().filter(|line| line.after > line.before).take(SHOWN).collect();
    new.truncate(SHOWN);
    removed.truncate(SHOWN);
    (change.new_ones, change.removed_ones) = (new, removed);
    change
}

/// By the two prefixes.
pub(super) fn in_effect(rates: &[DeckRate], at: DateTime<Utc>) -> BTreeMap<(&str, &str), &DeckRate> {
    let mut chosen: BTreeMap<(&str, &str), &DeckRate> = BTreeMap::new();
    for rate in rates {
        let known = chosen.entry((&rate.rate.prefix, &rate.rate.origination)).or_insert(rate);
        let better = match (known.effective_from <= at, rate.effective_from <= at) {
            (true, true) => rate.effective_from > known.effective_from,
            (false, false) => rate.effective_from < known.effective_from,
            (false, true) => true,
            (true, false) => false,
        };
        if better {
            *known = rate;
        }
    }
    chosen
}

fn line(named: &DeckRate, before: Option<&DeckRate>, after: Option<&DeckRate>) -> Line {
    let price = |rate: Option<&DeckRate>| rate.map(|rate| rate.rate.price_per_minute.normalize());
    Line {
        prefix: named.rate.prefix.clone(),
        destination: named.rate.destination.clone(),
        before: price(before),
        after: price(after),
    }
}

/// The new price as a part of the old one. What was free has grown more than anything.
fn growth(line: &Line) -> Decimal {
    let (before, after) = (line.before.unwrap_or_default(), line.after.unwrap_or_default());
    match after.checked_div(before) {
        Some(part) => part,
        None if after.is_zero() => Decimal::ONE,
        None => Decimal::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::super::deck;
    use super::*;

    fn rates(csv: &str) -> Vec<DeckRate> {
        let csv = format!("prefix,price_per_minute,effective_from\n{csv}");
        deck::read(csv.as_bytes(), DateTime::UNIX_EPOCH).unwrap()
    }

    fn at() -> DateTime<Utc> {
        "2026-06-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn every_prefix_is_new_changed_removed_or_unchanged_and_the_greatest_change_comes_first() {
        let before = rates("1,0.01,\n44,0.10,\n49,0.20,\n33,0,\n7,1,\n");
        let after = rates("1,0.010,\n44,0.11,\n49,0.10,\n33,0.01,\n55,0.5,\n");
        let change = compare(&before, &after, at());
        assert_eq!((change.new, change.changed, change.removed, change.unchanged), (1, 3, 1, 1));
        let prefixes = |lines: &[Line]| lines.iter().map(|line| line.prefix.clone()).collect::<Vec<_>>();
        assert_eq!(prefixes(&change.rises), ["33", "44"]);
        assert_eq!(prefixes(&change.falls), ["49"]);
        assert_eq!((prefixes(&change.new_ones), prefixes(&change.removed_ones)), (vec!["55".into()], vec!["7".into()]));
    }

    #[test]
    fn another_origin_is_another_rate_and_hours_and_blocks_are_changes() {
        let read = |csv: &str| {
            let csv = format!("prefix,price_per_minute,origination,bands,blocked\n{csv}");
            deck::read(csv.as_bytes(), DateTime::UNIX_EPOCH).unwrap()
        };
        let before = read("1,1,,,\n1,2,49,,\n44,1,,,\n33,1,,,\n");
        let after = read("1,1,,,\n1,2,43,,\n44,1,,UTC; Su 0,\n33,1,,,yes\n");
        let change = compare(&before, &after, at());
        assert_eq!((change.new, change.changed, change.removed, change.unchanged), (1, 2, 1, 1));
    }

    #[test]
    fn what_holds_at_the_time_is_compared() {
        let before = rates("1,0.01,2026-01-01\n1,0.02,2026-05-01\n1,0.03,2026-07-01\n");
        let after = rates("1,0.02,2026-06-02\n1,0.05,2026-08-01\n");
        assert_eq!(compare(&before, &after, at()).unchanged, 1);
    }
}
