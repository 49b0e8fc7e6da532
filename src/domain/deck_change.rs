//! What a new deck changes for callers, prefix by prefix, before anybody takes it.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::deck::table::{Entry, RateTable};
use super::deck::{COLUMNS, cells_of};
use super::rating::Rate;

/// How many of each kind are kept to be shown.
pub const SHOWN: usize = 500;
/// What is shown beside the changes anyway, or is no change of what a call costs.
const NOT_TOLD: [&str; 5] = ["prefix", "origination", "price_per_minute", "effective_from", "blocked"];

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DeckChange {
    pub new: usize,
    /// All that follow.
    pub changed: usize,
    pub removed: usize,
    pub unchanged: usize,
    #[serde(default)]
    pub risen: usize,
    #[serde(default)]
    pub fallen: usize,
    #[serde(default)]
    pub blocked: usize,
    #[serde(default)]
    pub unblocked: usize,
    /// The same price a minute, and something else is not the same.
    #[serde(default)]
    pub otherwise: usize,
    /// The first of each, in the order of their prefixes.
    pub new_ones: Vec<Line>,
    pub removed_ones: Vec<Line>,
    #[serde(default)]
    pub blocked_ones: Vec<Line>,
    #[serde(default)]
    pub unblocked_ones: Vec<Line>,
    #[serde(default)]
    pub others: Vec<Line>,
    /// Changed prices, the greatest change first, measured by the price before.
    pub rises: Vec<Line>,
    pub falls: Vec<Line>,
}

/// One prefix. Prices are per minute.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    pub prefix: String,
    /// First digits of the callers it is for; empty for all.
    #[serde(default)]
    pub origination: String,
    pub destination: String,
    pub before: Option<Decimal>,
    pub after: Option<Decimal>,
    /// What changes besides: `increment_seconds 60 → 1`.
    #[serde(default)]
    pub besides: Vec<String>,
}

type Pair<'a> = (Entry<'a>, Entry<'a>);

/// Compares what holds at `at`. Of several rates for one prefix that is the newest that has begun, or the first to come.
pub fn compare(before: &RateTable, after: &RateTable, at: DateTime<Utc>) -> DeckChange {
    let mut change = DeckChange::default();
    let mut priced: Vec<(Decimal, Pair)> = vec![];
    let (mut old, mut new) = (in_effect(before, at).peekable(), in_effect(after, at).peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.key().cmp(&new.key()),
        };
        let old = if order.is_le() { old.next() } else { None };
        let new = if order.is_ge() { new.next() } else { None };
        match (old, new) {
            (Some(old), Some(new)) => change.count((old, new), &mut priced),
            (Some(old), None) => keep(&mut change.removed, &mut change.removed_ones, || removed(&old)),
            (None, Some(new)) => keep(&mut change.new, &mut change.new_ones, || added(&new)),
            (None, None) => {}
        }
    }
    priced.sort_by_key(|(growth, _)| *growth);
    change.falls = priced.iter().take(change.fallen.min(SHOWN)).map(|(_, pair)| changed(*pair)).collect();
    change.rises = priced.iter().rev().take(change.risen.min(SHOWN)).map(|(_, pair)| changed(*pair)).collect();
    change
}

impl DeckChange {
    /// What was compared by an earlier version is not.
    pub fn is_counted_apart(&self) -> bool {
        self.changed > 0 && self.changed == self.risen + self.fallen + self.blocked + self.unblocked + self.otherwise
    }

    fn count<'a>(&mut self, (old, new): Pair<'a>, priced: &mut Vec<(Decimal, Pair<'a>)>) {
        if old.asks_the_same(&new) {
            self.unchanged += 1;
            return;
        }
        self.changed += 1;
        let line = || changed((old, new));
        let (before, after) = (old.price_per_minute(), new.price_per_minute());
        match (old.is_blocked(), new.is_blocked()) {
            (false, true) => keep(&mut self.blocked, &mut self.blocked_ones, line),
            (true, false) => keep(&mut self.unblocked, &mut self.unblocked_ones, line),
            (true, true) | (false, false) if before == after => keep(&mut self.otherwise, &mut self.others, line),
            (true, true) | (false, false) => {
                let count = if after > before { &mut self.risen } else { &mut self.fallen };
                *count += 1;
                priced.push((growth(before, after), (old, new)));
            }
        }
    }
}

fn keep(count: &mut usize, kept: &mut Vec<Line>, line: impl FnOnce() -> Line) {
    *count += 1;
    if kept.len() < SHOWN {
        kept.push(line());
    }
}

/// One of each key, in their order.
pub(super) fn in_effect(rates: &RateTable, at: DateTime<Utc>) -> impl Iterator<Item = Entry<'_>> {
    let mut rates = rates.iter().peekable();
    std::iter::from_fn(move || {
        let mut chosen = rates.next()?;
        // Those of one key come in the order of their times.
        while let Some(next) = rates.next_if(|next| next.key() == chosen.key()) {
            if next.effective_from() <= at {
                chosen = next;
            }
        }
        Some(chosen)
    })
}

fn added(new: &Entry) -> Line {
    line(new, None, Some(new.price_per_minute()))
}

fn removed(old: &Entry) -> Line {
    line(old, Some(old.price_per_minute()), None)
}

fn changed((old, new): Pair) -> Line {
    let (before, after) = (cells_of(&old.to_rate()), cells_of(&new.to_rate()));
    let told = COLUMNS.iter().zip(before.iter().zip(&after));
    let told = told.filter(|(column, (before, after))| before != after && !NOT_TOLD.contains(*column));
    let shown = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
    let besides = told.map(|(column, (before, after))| format!("{column} {} → {}", shown(before), shown(after)));
    let line = line(&new, Some(old.price_per_minute()), Some(new.price_per_minute()));
    Line { besides: besides.collect(), ..line }
}

fn line(named: &Entry, before: Option<Decimal>, after: Option<Decimal>) -> Line {
    let rate = named.to_rate().rate;
    let Rate { prefix, origination, destination, .. } = rate;
    Line { prefix, origination, destination, before, after, besides: vec![] }
}

/// The new price as a part of the old one. What was free has grown more than anything.
fn growth(before: Decimal, after: Decimal) -> Decimal {
    after.checked_div(before).unwrap_or(Decimal::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::deck::{self, Reading};
    use super::*;

    fn read(csv: &str) -> RateTable {
        deck::read(csv.as_bytes(), &Reading::from(DateTime::UNIX_EPOCH)).unwrap()
    }

    fn rates(csv: &str) -> RateTable {
        read(&format!("prefix,price_per_minute,effective_from\n{csv}"))
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
        let read = |csv: &str| read(&format!("prefix,price_per_minute,origination,bands,blocked\n{csv}"));
        let before = read("1,1,,,\n1,2,49,,\n44,1,,,\n33,1,,,\n");
        let after = read("1,1,,,\n1,2,43,,\n44,1,,UTC; Su 0,\n33,1,,,yes\n");
        let change = compare(&before, &after, at());
        assert_eq!((change.new, change.changed, change.removed, change.unchanged), (1, 2, 1, 1));
        assert_eq!((change.blocked, change.otherwise, change.risen), (1, 1, 0));
        assert_eq!(change.others[0].besides, ["bands none → UTC; Su 0"]);
        assert_eq!((change.new_ones[0].origination.as_str(), change.blocked_ones[0].prefix.as_str()), ("43", "33"));
        assert_eq!(compare(&after, &before, at()).unblocked, 1);
    }

    #[test]
    fn of_very_many_only_the_first_are_kept_and_all_are_counted() {
        let csv = |price: &str| (1000..3000).map(|prefix| format!("{prefix},{price},\n")).collect::<String>();
        let change = compare(&rates(&csv("0.1")), &rates(&csv("0.2")), at());
        assert_eq!((change.risen, change.rises.len(), change.changed), (2000, SHOWN, 2000));
    }

    #[test]
    fn what_holds_at_the_time_is_compared() {
        let before = rates("1,0.01,2026-01-01\n1,0.02,2026-05-01\n1,0.03,2026-07-01\n");
        let after = rates("1,0.02,2026-06-02\n1,0.05,2026-08-01\n");
        assert_eq!(compare(&before, &after, at()).unchanged, 1);
    }
}
