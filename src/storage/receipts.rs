//! Money of an account that came from a card or went back to one: what receipts are made of.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::schema::{disputes, payment_methods, payments, refunds, transfers};
use super::{StorageError, Tx, utc};
use crate::domain::money::Money;

/// A transfer between a card processor and the account.
#[derive(Debug, Clone)]
pub struct Movement {
    /// The transfer's, and the receipt's number.
    pub id: String,
    pub at: DateTime<Utc>,
    /// Above zero.
    pub amount: Money,
    pub kind: Kind,
    pub processor: String,
    /// The processor's name of the charge; of a refund, our own.
    pub reference: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A card was charged, and the money reached the wallet.
    Charge,
    /// A card was charged, and the money repaid what was owed.
    DebtRepaid,
    Refund,
    /// A refund failed, and its money came back.
    RefundReturned,
    /// The charge was disputed, and its money taken.
    Disputed,
    /// The dispute was won, and its money came back.
    DisputeReturned,
}

type Columns = (transfers::id, transfers::fact_key, transfers::amount, transfers::at);
const COLUMNS: Columns = (transfers::id, transfers::fact_key, transfers::amount, transfers::at);
type Row = (String, String, i64, NaiveDateTime);

/// Newest first, those after the transfer `after` in that order.
pub fn page(tx: &mut Tx, account: &str, after: Option<&str>, most: i64) -> Result<Vec<Movement>, StorageError> {
    let mut query = transfers::table
        .filter(transfers::account_id.eq(account.to_owned()))
        .filter(is_with_a_processor())
        .order((transfers::at.desc(), transfers::id.desc()))
        .limit(most)
        .select(COLUMNS)
        .into_boxed();
    if let Some(after) = after {
        let known = transfers::table.find(after).filter(transfers::account_id.eq(account)).select(transfers::at);
        let Some(at) = known.first::<NaiveDateTime>(tx.conn).optional()? else { return Ok(vec![]) };
        query = query.filter(transfers::at.lt(at).or(transfers::at.eq(at).and(transfers::id.lt(after.to_owned()))));
    }
    let rows: Vec<Row> = query.load(tx.conn)?;
    Ok(rows.into_iter().filter_map(movement).collect())
}

/// Written out, as in the indexes that have only these.
pub(super) fn is_with_a_processor() -> SqlLiteral<Bool> {
    sql::<Bool>("(transfers.debit LIKE 'clearing:%' OR transfers.credit LIKE 'clearing:%')")
}

/// `None` also for a transfer of somebody else's, and for one that has nothing to do with a card.
pub fn find(tx: &mut Tx, account: &str, transfer: &str) -> Result<Option<Movement>, StorageError> {
    let row: Option<Row> = transfers::table
        .find(transfer)
        .filter(transfers::account_id.eq(account))
        .filter(is_with_a_processor())
        .select(COLUMNS)
        .first(tx.conn)
        .optional()?;
    Ok(row.and_then(movement))
}

/// The saved card that was charged automatically; `None` if the charge was a top-up.
pub fn card(tx: &mut Tx, account: &str, charge: &str) -> Result<Option<String>, StorageError> {
    let query = payments::table
        .inner_join(payment_methods::table.on(payment_methods::id.eq(payments::method_id)))
        .filter(payments::account_id.eq(account))
        .filter(payments::reference.eq(charge));
    Ok(query.select(payment_methods::label).first(tx.conn).optional()?)
}

/// Which charge is disputed, by the processor's name of the dispute.
pub fn charge_of_dispute(tx: &mut Tx, account: &str, dispute: &str) -> Result<Option<String>, StorageError> {
    let query = disputes::table.filter(disputes::account_id.eq(account)).filter(disputes::reference.eq(dispute));
    Ok(query.select(disputes::charge_ref).first(tx.conn).optional()?)
}

/// Of which charge a refund of ours was, by the processor's name of it.
pub fn charge_of_refund(tx: &mut Tx, account: &str, refund: &str) -> Result<Option<String>, StorageError> {
    let query = refunds::table.find(refund).filter(refunds::account_id.eq(account)).select(refunds::charge_ref);
    Ok(query.first(tx.conn).optional()?)
}

/// What it is stands in its fact key: `credit:stripe:pi_…`, `debt:stripe:pi_…`, `refund:stripe:ref_…`,
/// `debt:refund_failed:stripe:ref_…`.
fn movement((id, fact_key, amount, at): Row) -> Option<Movement> {
    let mut parts = fact_key.split(':');
    let kind = match (parts.next()?, parts.clone().next()?) {
        ("credit", _) => Kind::Charge,
        ("dispute", _) | ("owed", "dispute") => Kind::Disputed,
        ("dispute_won", _) | ("debt", "dispute_won") => Kind::DisputeReturned,
        ("owed", "refund") => Kind::Refund,
        ("debt", "refund_failed") | ("refund_failed", _) => Kind::RefundReturned,
        ("debt", _) => Kind::DebtRepaid,
        ("refund", _) => Kind::Refund,
        _ => return None,
    };
    let reference = parts.next_back()?.to_owned();
    let processor = parts.next_back()?.to_owned();
    Some(Movement { id, at: utc(at), amount: Money::from_micros(amount), kind, processor, reference })
}
