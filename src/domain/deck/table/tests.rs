//! A table answers as the rule says, and gives back what went in.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::strategies::{decks, digits};
use super::*;

fn table(deck: &[DeckRate]) -> RateTable {
    RateTable::of(deck).expect("no two are the same")
}

/// The rule as it is said.
fn expected<'a>(deck: &'a [DeckRate], number: &str, caller: &str, now: DateTime<Utc>) -> Option<&'a DeckRate> {
    let fitting = deck.iter().filter(|line| number.starts_with(&line.rate.prefix));
    let fitting = fitting.filter(|line| caller.starts_with(&line.rate.origination) && line.effective_from <= now);
    fitting.max_by_key(|line| (line.rate.prefix.len(), line.rate.origination.len(), line.effective_from))
}

proptest! {
    #[test]
    fn a_number_has_the_rate_that_the_rule_gives_it(
        deck in decks(40), number in digits(8), caller in digits(4), hours in -1..5_i64,
    ) {
        let (number, now) = (format!("1{number}"), DateTime::UNIX_EPOCH + TimeDelta::hours(hours));
        let mut table = table(&deck);
        for digits in [0, 2, 4] {
            table.beginnings = Beginnings::by(digits, &table.nodes);
            let found = table.find(&number, &caller, now).map(|entry| entry.to_rate());
            prop_assert_eq!(found.as_ref(), expected(&deck, &number, &caller, now), "by {} digits", digits);
        }
    }

    #[test]
    fn what_went_in_comes_out(deck in decks(40)) {
        let table = table(&deck);
        let out: Vec<_> = table.iter().map(|entry| entry.to_rate()).collect();
        prop_assert_eq!(&out, &deck);
        let rest: Vec<_> = table.iter_from(deck.len() / 3).map(|entry| entry.to_rate()).collect();
        prop_assert_eq!(&rest[..], &deck[deck.len() / 3..]);
    }
}

/// So many that their beginnings have a table, of four digits and of five.
#[test]
fn a_number_of_a_large_deck_has_its_longest_prefix() {
    let rate = |prefix: String| DeckRate::plain(Rate { prefix, ..Rate::free("x") }, DateTime::UNIX_EPOCH);
    for numbers in [10_000..20_000, 100_000..200_000] {
        let mut deck: Vec<_> = numbers.map(|prefix| rate(prefix.to_string())).collect();
        deck.extend(["1", "2", "9", "99"].map(|prefix| rate(prefix.to_owned())));
        let table = table(&deck);
        assert!(table.beginnings.bytes() > 1000);
        for number in ["1234567", "199990", "1999", "20000", "3", "9", "98", "999999999999999", "1"] {
            let found = table.find(number, "", DateTime::UNIX_EPOCH).map(|entry| entry.to_rate());
            assert_eq!(found.as_ref(), expected(&deck, number, "", DateTime::UNIX_EPOCH), "{number}");
        }
    }
}

/// There a question took three seconds with 12,000 prefixes: here as many places are looked at as with a few.
#[test]
fn cgrates_22_a_lookup_that_took_longer_the_larger_the_deck() {
    let rate = |prefix: String| DeckRate::plain(Rate { prefix, ..Rate::free("x") }, DateTime::UNIX_EPOCH);
    let nested = (1..=6).map(|digits| "123456"[..digits].to_owned());
    let looks = |others: u32, number: &str| {
        let deck: Vec<_> =
            nested.clone().chain((70_000..70_000 + others).map(|prefix| prefix.to_string())).map(rate).collect();
        let table = table(&deck);
        let last = table.last_not_above(Digits::read(number).expect("digits"));
        last.map_or(0, |last| table.lineage(last).count())
    };
    for number in ["12345678", "1235", "129", "70005", "80000000", "0"] {
        let of_few = looks(10, number);
        assert!(of_few <= 6, "{number}: {of_few}");
        assert_eq!(looks(12_000, number), of_few, "{number}");
    }
}

#[test]
fn what_is_there_twice_is_named_by_both_lines() {
    let rate =
        |prefix: &str| DeckRate::plain(Rate { prefix: prefix.to_owned(), ..Rate::free("x") }, DateTime::UNIX_EPOCH);
    let twice = RateTable::of(&["44", "1", "44", "44", "1"].map(rate)).expect_err("two are there twice");
    let lines: Vec<_> = twice.iter().map(|twice| (&*twice.prefix, twice.first_line, twice.line)).collect();
    assert_eq!(lines, [("44", 1, 3), ("44", 1, 4), ("1", 2, 5)]);
}

#[test]
fn equal_terms_are_kept_once() {
    let rate = |prefix: u32| {
        let maximum = crate::domain::rating::notation::read_maximum("5 end").ok();
        let rate = Rate { prefix: prefix.to_string(), maximum, ..Rate::free("everywhere") };
        DeckRate::plain(rate, DateTime::UNIX_EPOCH)
    };
    let deck: Vec<_> = (1..=1000).map(rate).collect();
    let table = table(&deck);
    assert_eq!((table.terms.len(), table.extras.len(), table.names.len()), (1, 1, 1));
    assert!(table.bytes() < 1000 * 60, "{} bytes", table.bytes());
}
