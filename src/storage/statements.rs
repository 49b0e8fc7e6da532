//! Transfers of one account, page by page, and whether a fact is booked.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::receipts::is_with_a_processor;
use super::schema::transfers;
use super::{StorageError, Tx, utc};
use crate::domain::ledger::{Place, places_of};
use crate::domain::money::Money;

#[derive(Debug, Clone, Queryable)]
pub(super) struct Row {
    id: String,
    fact_key: String,
    debit: String,
    credit: String,
    amount: i64,
    note: String,
    actor: String,
    at: NaiveDateTime,
}

/// A transfer as its account's owner sees it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: String,
    pub at: DateTime<Utc>,
    /// Above zero.
    pub amount: Money,
    pub debit: String,
    pub credit: String,
    pub note: String,
    pub fact_key: String,
    pub actor: String,
}

impl Entry {
    /// Below zero if it left a balance of the account.
    pub fn signed(&self, account: &str) -> Money {
        let own = [Place::Wallet, Place::Promo].map(|place| place(account.to_owned()).name());
        if own.contains(&self.debit) { -self.amount } else { self.amount }
    }
}

pub(super) type Columns = (
    transfers::id,
    transfers::fact_key,
    transfers::debit,
    transfers::credit,
    transfers::amount,
    transfers::note,
    transfers::actor,
    transfers::at,
);
pub(super) const COLUMNS: Columns = (
    transfers::id,
    transfers::fact_key,
    transfers::debit,
    transfers::credit,
    transfers::amount,
    transfers::note,
    transfers::actor,
    transfers::at,
);

/// What moved its balances or debt, newest first, those after the transfer `after` in that order. What the house books
/// beside it, like what an agent keeps, is not its owner's.
pub fn page(tx: &mut Tx, account: &str, after: Option<&str>, most: i64) -> Result<Vec<Entry>, StorageError> {
    let own = places_of(account);
    let mut query = transfers::table
        .filter(transfers::account_id.eq(account.to_owned()))
        // Concatenated, so that SQLite does not take the indexes of the sides and sort a whole history for one page.
        .filter(transfers::debit.concat("").eq_any(own.clone()).or(transfers::credit.concat("").eq_any(own)))
        .order((transfers::at.desc(), transfers::id.desc()))
        .limit(most)
        .select(COLUMNS)
        .into_boxed();
    if let Some(after) = after {
        let known: Option<NaiveDateTime> =
            transfers::table.find(after).select(transfers::at).first(tx.conn).optional()?;
        let Some(at) = known else { return Ok(vec![]) };
        query = query.filter(transfers::at.le(at)).filter(transfers::at.lt(at).or(transfers::id.lt(after.to_owned())));
    }
    let rows: Vec<Row> = query.load(tx.conn)?;
    Ok(rows.into_iter().map(entry).collect())
}

pub(super) fn entry(row: Row) -> Entry {
    Entry {
        id: row.id,
        at: utc(row.at),
        amount: Money::from_micros(row.amount),
        debit: row.debit,
        credit: row.credit,
        note: row.note,
        fact_key: row.fact_key,
        actor: row.actor,
    }
}

/// What is booked under these fact keys, one by one.
pub fn of_facts(tx: &mut Tx, account: &str, fact_keys: &[String]) -> Result<Vec<Entry>, StorageError> {
    let rows: Vec<Row> = transfers::table
        .filter(transfers::account_id.eq(account))
        .filter(transfers::fact_key.eq_any(fact_keys))
        .select(COLUMNS)
        .load(tx.conn)?;
    Ok(rows.into_iter().map(entry).collect())
}

/// Whose account has any of these facts with a card processor.
pub fn whose(tx: &mut Tx, fact_keys: &[String]) -> Result<Option<String>, StorageError> {
    let query = transfers::table.filter(is_with_a_processor()).filter(transfers::fact_key.eq_any(fact_keys));
    Ok(query.select(transfers::account_id).first(tx.conn).optional()?)
}

/// What is booked under these fact keys together; `None` if nothing is.
pub fn booked(tx: &mut Tx, account: &str, fact_keys: &[String]) -> Result<Option<Money>, StorageError> {
    let amounts: Vec<i64> = transfers::table
        .filter(transfers::account_id.eq(account))
        .filter(transfers::fact_key.eq_any(fact_keys))
        .select(transfers::amount)
        .load(tx.conn)?;
    Ok((!amounts.is_empty()).then(|| amounts.into_iter().map(Money::from_micros).sum()))
}
