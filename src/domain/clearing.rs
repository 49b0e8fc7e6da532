//! What a card processor owes us: its own statement, line by line, and our books of it, brought to the same things. A
//! thing is a charge, a refund, a dispute, a fee or a payout; what moved for it on each side is summed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::currency::Currency;
use super::ledger::{HouseTransfer, Place};
use super::money::Money;
use super::reconcile::{self, Comparison, Row, Span};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Charge,
    Refund,
    Dispute,
    /// What the processor keeps, for a payment or for a dispute.
    Fee,
    DisputeFee,
    /// What it pays to our bank.
    Payout,
    /// What nobody of us has a posting for: a human looks.
    Other,
}

impl Kind {
    pub const ALL: [Self; 7] =
        [Self::Charge, Self::Refund, Self::Dispute, Self::Fee, Self::DisputeFee, Self::Payout, Self::Other];

    pub fn code(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::Dispute => "dispute",
            Self::Fee => "fee",
            Self::DisputeFee => "dispute_fee",
            Self::Payout => "payout",
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
        Kind::Refund => &["refund", "owed:refund", "refund_failed", "debt:refund_failed"],
        Kind::Dispute => &["dispute", "owed:dispute", "dispute_won", "debt:dispute_won"],
        Kind::Fee => &["fee"],
        Kind::DisputeFee => &["dispute_fee"],
        Kind::Payout => &["payout", "payout_failed"],
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
        "refund" | "owed:refund" | "refund_failed" | "debt:refund_failed" => Kind::Refund,
        "dispute" | "owed:dispute" | "dispute_won" | "debt:dispute_won" => Kind::Dispute,
        "fee" => Kind::Fee,
        "dispute_fee" => Kind::DisputeFee,
        "payout" | "payout_failed" => Kind::Payout,
        _ => return None,
    };
    Some((kind, reference))
}

/// What the house books of a line: nobody tells us of fees and payouts otherwise. `None` for what is a customer's.
pub fn house_posting(line: &Line, processor: &'static str) -> Option<HouseTransfer> {
    let Movement { kind, reference, amount, .. } = &line.moved;
    let back = amount.is_positive();
    let (fact, place, note) = match kind {
        Kind::Fee => ("fee", Place::Fees, "fee of the card processor"),
        Kind::DisputeFee => ("dispute_fee", Place::DisputeFees, "fee for a dispute"),
        Kind::Payout if back => ("payout_failed", Place::Bank, "a payout came back"),
        Kind::Payout => ("payout", Place::Bank, "payout"),
        Kind::Charge | Kind::Refund | Kind::Dispute | Kind::Other => return None,
    };
    let (debit, credit) = match back {
        true => (Place::Clearing(processor.to_owned()), place),
        false => (place, Place::Clearing(processor.to_owned())),
    };
    let amount = if back { *amount } else { -*amount };
    let fact_key = format!("{fact}:{processor}:{reference}");
    amount.is_positive().then(|| HouseTransfer { fact_key, debit, credit, amount, note: note.to_owned() })
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
    fn the_house_books_fees_and_payouts_and_takes_both_back() {
        let booked = |kind, amount| {
            house_posting(&Line { id: "x".to_owned(), moved: moved(kind, "txn_1", amount) }, "stripe")
                .map(|it| (it.fact_key, it.debit.name(), it.credit.name(), it.amount.to_string()))
        };
        let text = |words: [&str; 4]| {
            Some((words[0].to_owned(), words[1].to_owned(), words[2].to_owned(), words[3].to_owned()))
        };
        assert_eq!(booked(Kind::Fee, "-0.32"), text(["fee:stripe:txn_1", "expense:fees", "clearing:stripe", "0.32"]));
        assert_eq!(
            booked(Kind::DisputeFee, "15"),
            text(["dispute_fee:stripe:txn_1", "clearing:stripe", "expense:dispute", "15.00"])
        );
        assert_eq!(booked(Kind::Payout, "-9"), text(["payout:stripe:txn_1", "bank", "clearing:stripe", "9.00"]));
        assert_eq!(booked(Kind::Payout, "9"), text(["payout_failed:stripe:txn_1", "clearing:stripe", "bank", "9.00"]));
        assert_eq!((booked(Kind::Charge, "1"), booked(Kind::Fee, "0")), (None, None));
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
