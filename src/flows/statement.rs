//! The statement of an account for a month, or a page of it: read in one snapshot, so that its figures add up.

use super::FlowError;
use crate::domain::ledger::places_of;
use crate::domain::money::Money;
use crate::domain::statement::{Kind, Month, Sides, Sum, summed};
use crate::storage::Tx;
use crate::storage::account_months::{self, ChargedLeg};
use crate::storage::accounts::{self, Account};
use crate::storage::statements::Entry;

#[derive(Debug)]
pub struct Statement {
    pub account: Account,
    pub month: Month,
    /// What was there when the month began, and when it ended or now; a debt is below zero.
    pub opening: Money,
    pub closing: Money,
    pub sums: Vec<Sum>,
    pub lines: Vec<Line>,
    /// The last of these lines, if there are more.
    pub next: Option<String>,
}

#[derive(Debug)]
pub struct Line {
    pub kind: Kind,
    /// Below zero if it left.
    pub amount: Money,
    pub entry: Entry,
    pub leg: Option<ChargedLeg>,
}

impl Statement {
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Sum> {
        self.sums.iter().filter(move |sum| sum.kind == kind)
    }

    pub fn total(&self) -> Money {
        self.sums.iter().map(|sum| sum.amount).sum()
    }
}

/// `most` lines after that transfer.
pub fn statement(
    tx: &mut Tx,
    account: &str,
    month: Month,
    after: Option<&str>,
    most: i64,
) -> Result<Statement, FlowError> {
    let account = accounts::find(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
    let sums = summed(account_months::sums(tx, &account.id, month)?);
    let mut lines = lines(tx, &account.id, month, after, most + 1)?;
    let more = i64::try_from(lines.len()).is_ok_and(|count| count > most);
    if more {
        lines.pop();
    }
    Ok(Statement {
        opening: account_months::net_before(tx, &account.id, month.begin())?,
        closing: account_months::net_before(tx, &account.id, month.end())?,
        next: lines.last().filter(|_| more).map(|last| last.entry.id.clone()),
        account,
        month,
        sums,
        lines,
    })
}

/// What was charged for a leg, and its tax, say which leg that was.
fn lines(tx: &mut Tx, account: &str, month: Month, after: Option<&str>, most: i64) -> Result<Vec<Line>, FlowError> {
    let (own, entries) = (places_of(account), account_months::page(tx, account, month, after, most)?);
    let legs: Vec<&str> = entries.iter().filter_map(|entry| leg_of(&entry.fact_key)).collect();
    let legs = account_months::charged_legs(tx, &legs)?;
    let line = |entry: Entry| {
        let sides = Sides { debit: &entry.debit, credit: &entry.credit, fact_key: &entry.fact_key };
        Line {
            kind: sides.kind(&own),
            amount: sides.signed(entry.amount, &own),
            leg: leg_of(&entry.fact_key).and_then(|leg| legs.get(leg).cloned()),
            entry,
        }
    };
    Ok(entries.into_iter().map(line).collect())
}

fn leg_of(fact_key: &str) -> Option<&str> {
    let paid = fact_key.strip_prefix("promo:").unwrap_or(fact_key);
    paid.strip_prefix("tax:").unwrap_or(paid).strip_prefix("leg:")
}
