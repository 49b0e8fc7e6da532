//! Two lists of the same things, ours and somebody else's, compared both ways. What differs is told and kept for people
//! to look at; nothing is ever repaired by it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// What card processors owe us.
    Payments,
    /// What the carrier has of our legs.
    Calls,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Payments, Self::Calls];

    pub fn code(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Calls => "calls",
        }
    }
}

/// From the first moment to before the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Span {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

impl Span {
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// A thing as one of the two knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// What both call it.
    pub key: String,
    /// Whose it is, if that is known.
    pub account: Option<String>,
    pub at: DateTime<Utc>,
    /// What has to be the same on both sides.
    pub fields: BTreeMap<&'static str, String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Only we have it.
    Ours,
    /// Only they have it.
    Theirs,
    /// Both have it, but not alike.
    Both,
}

impl Side {
    pub const ALL: [Self; 3] = [Self::Ours, Self::Theirs, Self::Both];

    pub fn code(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Theirs => "theirs",
            Self::Both => "both",
        }
    }
}

/// What each of the two says of a field; `None`: it does not have the thing, or not this field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Said {
    pub name: String,
    pub ours: Option<String>,
    pub theirs: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    pub key: String,
    pub side: Side,
    pub account: Option<String>,
    pub at: DateTime<Utc>,
    /// Of a thing that both have, only what differs.
    pub fields: Vec<Said>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Comparison {
    /// How many things are the same on both sides.
    pub alike: i64,
    pub differences: Vec<Difference>,
}

/// A comparison that was made, without its differences.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reconciliation {
    pub id: String,
    pub kind: Kind,
    /// With whom: `stripe`.
    pub source: String,
    pub span: Span,
    pub alike: i64,
    pub differing: i64,
    pub actor: String,
    pub at: DateTime<Utc>,
}

/// Counts and tells of what happened within the span, by either's clock. Lists may reach further, so that what one side
/// has a little before or after the span meets its counterpart. A key that one side has more often than the other is a
/// difference, too.
pub fn compare(ours: Vec<Row>, theirs: Vec<Row>, span: &Span) -> Comparison {
    let mut pairs: BTreeMap<String, (Vec<Row>, Vec<Row>)> = BTreeMap::new();
    for row in ours {
        pairs.entry(row.key.clone()).or_default().0.push(row);
    }
    for row in theirs {
        pairs.entry(row.key.clone()).or_default().1.push(row);
    }
    let mut comparison = Comparison::default();
    for (ours, theirs) in pairs.into_values() {
        for at in 0..ours.len().max(theirs.len()) {
            let (our, their) = (ours.get(at), theirs.get(at));
            if ![our, their].into_iter().flatten().any(|row| span.contains(row.at)) {
                continue;
            }
            match difference(our, their) {
                Some(difference) => comparison.differences.push(difference),
                None => comparison.alike += 1,
            }
        }
    }
    comparison
}

fn difference(ours: Option<&Row>, theirs: Option<&Row>) -> Option<Difference> {
    let one = theirs.or(ours)?;
    let side = match (ours, theirs) {
        (Some(_), Some(_)) => Side::Both,
        (Some(_), None) => Side::Ours,
        (None, _) => Side::Theirs,
    };
    let said = |row: Option<&Row>, name: &str| row.and_then(|row| row.fields.get(name).cloned());
    let names = [ours, theirs].into_iter().flatten().flat_map(|row| row.fields.keys().copied());
    let names: std::collections::BTreeSet<_> = names.collect();
    let fields: Vec<_> = names
        .into_iter()
        .map(|name| Said { name: name.to_owned(), ours: said(ours, name), theirs: said(theirs, name) })
        .filter(|said| said.ours != said.theirs)
        .collect();
    let account = [ours, theirs].into_iter().flatten().find_map(|row| row.account.clone());
    (side != Side::Both || !fields.is_empty()).then(|| Difference {
        key: one.key.clone(),
        side,
        account,
        at: one.at,
        fields,
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn row(key: u8, amount: u8, seconds: i64) -> Row {
        let fields = BTreeMap::from([("amount", amount.to_string())]);
        Row { key: key.to_string(), account: None, at: at(seconds), fields }
    }

    const SPAN: Span = Span { from: DateTime::UNIX_EPOCH, to: DateTime::<Utc>::MAX_UTC };

    #[test]
    fn each_side_is_told_what_the_other_lacks_and_what_it_says_otherwise() {
        let ours = vec![row(1, 10, 0), row(2, 20, 0), row(3, 30, 0)];
        let theirs = vec![row(4, 40, 0), row(3, 31, 0), row(2, 20, 0)];
        let comparison = compare(ours, theirs, &SPAN);
        assert_eq!(comparison.alike, 1);
        let told: Vec<_> = comparison.differences.iter().map(|one| (one.key.as_str(), one.side)).collect();
        assert_eq!(told, [("1", Side::Ours), ("3", Side::Both), ("4", Side::Theirs)]);
        let said = Said { name: "amount".to_owned(), ours: Some("30".to_owned()), theirs: Some("31".to_owned()) };
        assert_eq!(comparison.differences[1].fields, [said]);
    }

    #[test]
    fn what_one_side_has_twice_is_a_difference() {
        let comparison = compare(vec![row(1, 10, 0)], vec![row(1, 10, 0), row(1, 10, 5)], &SPAN);
        assert_eq!((comparison.alike, comparison.differences.len()), (1, 1));
        assert_eq!(comparison.differences[0].side, Side::Theirs);
    }

    #[test]
    fn a_thing_counts_in_the_span_in_which_either_has_it() {
        let span = Span { from: at(10), to: at(20) };
        let both = |ours, theirs| compare(vec![row(1, 1, ours)], vec![row(1, 1, theirs)], &span).alike;
        assert_eq!([both(9, 9), both(9, 10), both(19, 20), both(20, 20)], [0, 1, 1, 0]);
        assert_eq!(compare(vec![row(1, 1, 9)], vec![], &span), Comparison::default(), "it is told in its own span");
        assert_eq!(compare(vec![row(1, 1, 10)], vec![], &span).differences.len(), 1);
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself_in_any_order(keys in proptest::collection::vec((0..9_u8, 0..3_u8), 0..30)) {
            let mut keys = keys;
            keys.sort_unstable();
            keys.dedup_by_key(|(key, _)| *key);
            let list: Vec<_> = keys.iter().map(|(key, amount)| row(*key, *amount, 0)).collect();
            let turned = list.iter().rev().cloned().collect();
            let expected = Comparison { alike: list.len().try_into().unwrap(), differences: vec![] };
            prop_assert_eq!(compare(list, turned, &SPAN), expected);
        }

        #[test]
        fn every_row_is_alike_or_told_once(ours in proptest::collection::vec((0..9_u8, 0..3_u8), 0..30), theirs in proptest::collection::vec((0..9_u8, 0..3_u8), 0..30)) {
            let rows = |list: &[(u8, u8)]| list.iter().map(|(key, amount)| row(*key, *amount, 0)).collect::<Vec<_>>();
            let comparison = compare(rows(&ours), rows(&theirs), &SPAN);
            let of = |side| comparison.differences.iter().filter(|one| one.side == side).count();
            let pairs = usize::try_from(comparison.alike).unwrap() + of(Side::Both);
            prop_assert_eq!((pairs + of(Side::Ours), pairs + of(Side::Theirs)), (ours.len(), theirs.len()));
        }
    }
}
