//! The house's own part of the ledger: transfers that are no customer's, posted once a fact, never changed.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::schema::{catch_ups, house_transfers};
use super::{StorageError, Tx, dialect, utc};
use crate::domain::currency::Currency;
use crate::domain::ledger::{HouseTransfer, Posted};
use crate::domain::money::Money;
use crate::ids;

#[derive(Insertable)]
#[diesel(table_name = house_transfers)]
pub(super) struct HouseRow {
    id: String,
    fact_key: String,
    debit: String,
    credit: String,
    amount: i64,
    currency: String,
    note: String,
    actor: String,
    at: NaiveDateTime,
}

/// Books it unless its fact is booked already.
pub fn post_for_house(
    tx: &mut Tx,
    transfer: &HouseTransfer,
    currency: Currency,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Posted, StorageError> {
    let row = HouseRow {
        id: ids::new("htr"),
        fact_key: transfer.fact_key.clone(),
        debit: transfer.debit.name(),
        credit: transfer.credit.name(),
        amount: transfer.amount.micros(),
        currency: currency.code().to_owned(),
        note: transfer.note.clone(),
        actor: actor.to_owned(),
        at: now.naive_utc(),
    };
    Ok(if dialect::insert_house_transfer(tx.conn, &row)? { Posted::Now } else { Posted::Already })
}

/// What card processors owe us, by what it is for.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Standing {
    /// `clearing:stripe`.
    #[diesel(sql_type = Text)]
    pub place: String,
    #[diesel(sql_type = Text)]
    pub currency: String,
    /// `charges`, `refunds`, `disputes`, `fees`, `payouts` or `other`.
    #[diesel(sql_type = Text)]
    pub what: String,
    #[diesel(sql_type = BigInt)]
    amount: i64,
}

impl Standing {
    /// Above zero: the processor owes us so much.
    pub fn amount(&self) -> Money {
        Money::from_micros(self.amount)
    }
}

/// Every fact with a processor is of one kind. An entry of ours is a debit where the processor owes us more.
const STANDINGS: &str = "SELECT place, currency, what, CAST(SUM(-amount) AS BIGINT) AS amount FROM
    (SELECT e.place, e.currency, e.amount, CASE
        WHEN t.fact_key LIKE 'credit:%' THEN 'charges'
        WHEN t.fact_key LIKE '%dispute:%' OR t.fact_key LIKE '%dispute_won:%' THEN 'disputes'
        WHEN t.fact_key LIKE '%refund:%' OR t.fact_key LIKE '%refund_failed:%' THEN 'refunds'
        WHEN t.fact_key LIKE 'debt:%' THEN 'charges'
        WHEN t.fact_key LIKE 'fee:%' OR t.fact_key LIKE 'dispute_fee:%' THEN 'fees'
        WHEN t.fact_key LIKE 'payout%' THEN 'payouts'
        ELSE 'other' END AS what
     FROM ledger_entries e JOIN
        (SELECT id, fact_key FROM transfers WHERE debit LIKE 'clearing:%' OR credit LIKE 'clearing:%'
         UNION ALL SELECT id, fact_key FROM house_transfers) t ON t.id = e.transfer_id
     WHERE e.place LIKE 'clearing:%') parts
    GROUP BY place, currency, what ORDER BY place, currency, what";

pub fn standings(tx: &mut Tx) -> Result<Vec<Standing>, StorageError> {
    Ok(diesel::sql_query(STANDINGS).load(tx.conn)?)
}

/// Until when a processor's events were asked for.
pub fn caught_up_at(tx: &mut Tx, processor: &str) -> Result<Option<DateTime<Utc>>, StorageError> {
    let at: Option<NaiveDateTime> = catch_ups::table.find(processor).select(catch_ups::at).first(tx.conn).optional()?;
    Ok(at.map(utc))
}

pub fn catch_up(tx: &mut Tx, processor: &str, at: DateTime<Utc>) -> Result<(), StorageError> {
    Ok(dialect::upsert_catch_up(tx.conn, processor, at.naive_utc()).map(|_| ())?)
}
