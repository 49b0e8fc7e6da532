//! Disputes and warnings of them.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::disputes;
use super::{StorageError, Tx, utc, utc_option};
use crate::domain::dispute::{Dispute, Phase};
use crate::domain::money::Money;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = disputes, treat_none_as_null = true)]
struct Row {
    id: String,
    account_id: String,
    processor: String,
    reference: String,
    charge_ref: String,
    amount: i64,
    currency: String,
    reason: String,
    phase: String,
    due_by: Option<NaiveDateTime>,
    taken: Option<i64>,
    returned: Option<i64>,
    opened_at: NaiveDateTime,
    said_at: NaiveDateTime,
}

pub fn insert(tx: &mut Tx, dispute: &Dispute) -> Result<(), StorageError> {
    diesel::insert_into(disputes::table).values(row(dispute)).execute(tx.conn)?;
    Ok(())
}

pub fn save(tx: &mut Tx, dispute: &Dispute) -> Result<(), StorageError> {
    diesel::update(disputes::table.find(&dispute.id)).set(row(dispute)).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Dispute>, StorageError> {
    disputes::table.find(id).select(Row::as_select()).first(tx.conn).optional()?.map(dispute).transpose()
}

/// The account's, by the processor's name of it.
pub fn by_reference(
    tx: &mut Tx,
    account: &str,
    processor: &str,
    reference: &str,
) -> Result<Option<Dispute>, StorageError> {
    let query = disputes::table
        .filter(disputes::account_id.eq(account))
        .filter(disputes::processor.eq(processor))
        .filter(disputes::reference.eq(reference));
    query.select(Row::as_select()).first(tx.conn).optional()?.map(dispute).transpose()
}

/// Which are wanted: all that fit every part that is given.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub account: Option<String>,
    pub phase: Option<Phase>,
    /// Those after this one, newest first.
    pub after: Option<String>,
}

/// Newest first.
pub fn search(tx: &mut Tx, filter: &Filter, most: i64) -> Result<Vec<Dispute>, StorageError> {
    let mut query = disputes::table.order(disputes::id.desc()).limit(most).select(Row::as_select()).into_boxed();
    if let Some(account) = &filter.account {
        query = query.filter(disputes::account_id.eq(account.clone()));
    }
    if let Some(phase) = filter.phase {
        query = query.filter(disputes::phase.eq(phase.code()));
    }
    if let Some(after) = &filter.after {
        query = query.filter(disputes::id.lt(after.clone()));
    }
    query.load(tx.conn)?.into_iter().map(dispute).collect()
}

fn row(dispute: &Dispute) -> Row {
    Row {
        id: dispute.id.clone(),
        account_id: dispute.account.clone(),
        processor: dispute.processor.clone(),
        reference: dispute.reference.clone(),
        charge_ref: dispute.charge.clone(),
        amount: dispute.amount.micros(),
        currency: dispute.currency.code().to_owned(),
        reason: dispute.reason.clone(),
        phase: dispute.phase.code().to_owned(),
        due_by: dispute.due_by.map(|at| at.naive_utc()),
        taken: dispute.taken.map(Money::micros),
        returned: dispute.returned.map(Money::micros),
        opened_at: dispute.opened_at.naive_utc(),
        said_at: dispute.said_at.naive_utc(),
    }
}

fn dispute(row: Row) -> Result<Dispute, StorageError> {
    let bad = |what: &str| StorageError::unreadable("disputes", format!("{}: {what}", row.id));
    let phase = Phase::ALL.into_iter().find(|phase| phase.code() == row.phase).ok_or_else(|| bad(&row.phase))?;
    let currency = row.currency.parse().map_err(|_| bad(&row.currency))?;
    Ok(Dispute {
        id: row.id,
        account: row.account_id,
        processor: row.processor,
        reference: row.reference,
        charge: row.charge_ref,
        amount: Money::from_micros(row.amount),
        currency,
        reason: row.reason,
        phase,
        due_by: utc_option(row.due_by),
        taken: row.taken.map(Money::from_micros),
        returned: row.returned.map(Money::from_micros),
        opened_at: utc(row.opened_at),
        said_at: utc(row.said_at),
    })
}
