//! The nightly comparisons with the card processor in the made-up books: one of them found something.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Seed, WEEKS};
use crate::domain::reconcile::{Comparison, Kind, Reconciliation, Row, Span, compare};
use crate::flows::FlowError;
use crate::storage::{Tx, reconciliations};

/// The one that found something.
pub const RECONCILIATION: &str = "rcn_00000000000000000000000001";
const FOUND: u32 = 120;

impl Seed {
    pub(super) fn compare_nightly(&mut self, tx: &mut Tx) -> Result<(), FlowError> {
        for days in 0..WEEKS * 7 {
            let to = self.now - TimeDelta::days(days);
            let span = Span { from: to - TimeDelta::days(1), to };
            let id = if days == 3 { RECONCILIATION.to_owned() } else { self.id("rcn", to) };
            let found = if days == 3 { differing(to, &span) } else { Comparison::default() };
            let made = Reconciliation {
                id,
                kind: Kind::Payments,
                source: "stripe".to_owned(),
                span,
                alike: i64::try_from(200 + self.chance.below(100)).expect("it is small"),
                differing: i64::try_from(found.differences.len()).expect("it is small"),
                actor: "schedule".to_owned(),
                at: to,
            };
            reconciliations::insert(tx, &made, &found.differences)?;
        }
        Ok(())
    }
}

fn differing(to: DateTime<Utc>, span: &Span) -> Comparison {
    let row = |number: u32, amount: &str| Row {
        key: format!("charge pi_{number:08}"),
        account: None,
        at: to - TimeDelta::minutes(i64::from(number) + 1),
        fields: BTreeMap::from([("amount", amount.to_owned()), ("currency", "USD".to_owned())]),
    };
    compare((0..FOUND / 2).map(|at| row(at, "20.00")).collect(), (0..FOUND).map(|at| row(at, "25.00")).collect(), span)
}
