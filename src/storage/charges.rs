//! Money of one account that came from a card processor, newest first.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::transfers;
use super::{StorageError, Tx, utc};
use crate::domain::ledger::Place;
use crate::domain::money::Money;

#[derive(Debug, Clone)]
pub struct Charge {
    /// The transfer's.
    pub id: String,
    pub at: DateTime<Utc>,
    pub amount: Money,
    /// It paid what was owed, and did not reach the wallet.
    pub repaid: bool,
}

/// Those after the transfer `after` in that order.
pub fn page(
    tx: &mut Tx,
    account: &str,
    processor: &'static str,
    after: Option<&str>,
    most: i64,
) -> Result<Vec<Charge>, StorageError> {
    let mut query = transfers::table
        .filter(transfers::account_id.eq(account.to_owned()))
        .filter(transfers::debit.eq(Place::Clearing(processor).name()))
        .order((transfers::at.desc(), transfers::id.desc()))
        .limit(most)
        .select((transfers::id, transfers::at, transfers::amount, transfers::credit))
        .into_boxed();
    if let Some(after) = after {
        let known = transfers::table.find(after).filter(transfers::account_id.eq(account)).select(transfers::at);
        let Some(at) = known.first::<NaiveDateTime>(tx.conn).optional()? else { return Ok(vec![]) };
        query = query.filter(transfers::at.lt(at).or(transfers::at.eq(at).and(transfers::id.lt(after.to_owned()))));
    }
    let debt = Place::Debt(account.to_owned()).name();
    let rows: Vec<(String, NaiveDateTime, i64, String)> = query.load(tx.conn)?;
    let charges = rows.into_iter().map(|(id, at, amount, credit)| Charge {
        id,
        at: utc(at),
        amount: Money::from_micros(amount),
        repaid: credit == debt,
    });
    Ok(charges.collect())
}
