//! What a card processor owes us: its own statement, line by line, and our books of it, brought to the same things. A
//! thing is a charge, a refund, a dispute, a fee or a payout; what moved for it on each side is summed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::currency::Currency;
use super::money::Money;
use super::reconcile::{self, Comparison, Row, Span};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Charge,
    Refund,
    /// What nobody of us has a posting for: a human looks.
    Other,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Charge, Self::Refund, Self::Other];

    pub fn code(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::Other => "other",
        }
    }
}

/// What moved, on either side.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Movement {
    pub kind: Kind,
    /// Our own name of the thing, if both know it, else the processor's.
    pub reference: String,
    /// Whose it is, as far as is known.
    pub account: Option<String>,
    /// Above zero: the processor owes us so much more.
    pub amount: Money,
    pub currency: Currency,
    pub at: DateTime<Utc>,
}

/// A line of the processor's statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// The processor's name of the line.
    pub id: String,
    pub moved: Movement,
}

/// Under which facts our books have a thing.
pub fn facts_of(kind: Kind, processor: &str, reference: &str) -> Vec<String> {
    let beginnings: &[&str] = match kind {
        Kind::Charge => &["credit", "debt"],
        Kind::Refund => &["refund", "refund_failed", "debt:refund_failed"],
        Kind::Other => &[],
    };
    beginnings.iter().map(|beginning| format!("{beginning}:{processor}:{reference}")).collect()
}

/// Of which thing with this processor a fact is, if it is of any.
pub fn thing_of<'a>(fact_key: &'a str, processor: &str) -> Option<(Kind, &'a str)> {
    let (rest, reference) = fact_key.rsplit_once(':')?;
    let beginning = rest.strip_suffix(processor)?.strip_suffix(':')?;
    let kind = match beginning {
        "credit" | "debt" => Kind::Charge,
        "refund" | "refund_failed" | "debt:refund_failed" => Kind::Refund,
        _ => return None,
    };
    Some((kind, reference))
}

/// Things whose movements cancel each other out need not be known to both: a refund that failed before it began, say.
pub fn compare(ours: &[Movement], theirs: &[Movement], span: &Span) -> Comparison {
    let (mut ours, mut theirs) = (things(ours), things(theirs));
    let nothing = |thing: &Thing| thing.amount == Money::ZERO;
    let known: BTreeSet<_> = ours.keys().filter(|key| theirs.contains_key(*key)).cloned().collect();
    ours.retain(|key, thing| known.contains(key) || !nothing(thing));
    theirs.retain(|key, thing| known.contains(key) || !nothing(thing));
    reconcile::compare(rows(ours), rows(theirs), span)
}

struct Thing {
    account: Option<String>,
    amount: Money,
    currency: Currency,
    /// When it changed last.
    at: DateTime<Utc>,
}

type Key = (Kind, String);

fn things(movements: &[Movement]) -> BTreeMap<Key, Thing> {
    let mut things: BTreeMap<Key, Thing> = BTreeMap::new();
    for moved in movements {
        let new = || Thing { account: None, amount: Money::ZERO, currency: moved.currency, at: moved.at };
        let thing = things.entry((moved.kind, moved.reference.clone())).or_insert_with(new);
        thing.amount += moved.amount;
        thing.at = thing.at.max(moved.at);
        thing.account = thing.account.take().or_else(|| moved.account.clone());
    }
    things
}

fn rows(things: BTreeMap<Key, Thing>) -> Vec<Row> {
    let row = |((kind, reference), thing): (Key, Thing)| Row {
        key: format!("{} {reference}", kind.code()),
        account: thing.account,
        at: thing.at,
        fields: BTreeMap::from([("amount", thing.amount.to_string()), ("currency", thing.currency.code().to_owned())]),
    };
    things.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::super::reconcile::Side;
    use super::*;

    fn moved(kind: Kind, reference: &str, amount: &str) -> Movement {
        let (amount, currency) = (amount.parse().unwrap(), "USD".parse().unwrap());
        Movement { kind, reference: reference.to_owned(), account: None, amount, currency, at: DateTime::UNIX_EPOCH }
    }

    const SPAN: Span = Span { from: DateTime::UNIX_EPOCH, to: DateTime::<Utc>::MAX_UTC };

    #[test]
    fn a_fact_and_its_thing_know_each_other() {
        for kind in Kind::ALL {
            for fact in facts_of(kind, "stripe", "x_1") {
                assert_eq!(thing_of(&fact, "stripe"), Some((kind, "x_1")), "{fact}");
            }
        }
        for other in
            ["leg:leg_1", "adjust:acc_1:key", "debt:adjust:acc_1:key", "debt:voucher:vch_1", "credit:other:pi_1"]
        {
            assert_eq!(thing_of(other, "stripe"), None, "{other}");
        }
    }

    #[test]
    fn parts_of_a_thing_are_one() {
        let ours = [moved(Kind::Charge, "pi_1", "0.40"), moved(Kind::Charge, "pi_1", "0.60")];
        let comparison = compare(&ours, &[moved(Kind::Charge, "pi_1", "1")], &SPAN);
        assert_eq!((comparison.alike, comparison.differences.len()), (1, 0));
    }

    #[test]
    fn a_refund_that_came_to_nothing_need_not_be_known_but_one_that_did_not_must_be() {
        let failed = [moved(Kind::Refund, "ref_1", "-1"), moved(Kind::Refund, "ref_1", "1")];
        assert_eq!(compare(&failed, &[], &SPAN), Comparison::default());
        let given = [moved(Kind::Refund, "ref_1", "-1")];
        assert_eq!(compare(&failed, &given, &SPAN).differences[0].side, Side::Both);
        assert_eq!(compare(&given, &[], &SPAN).differences[0].side, Side::Ours);
    }
}
