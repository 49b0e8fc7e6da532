//! Refunds with their frozen requests, and how much of a charge has gone back.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::refunds;
use super::{StorageError, Tx, utc, utc_option};
use crate::domain::money::Money;
use crate::domain::refund::{Refund, State};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = refunds, treat_none_as_null = true)]
struct Row {
    id: String,
    account_id: String,
    processor: String,
    charge_ref: String,
    reference: Option<String>,
    amount: i64,
    currency: String,
    state: String,
    unsure: i32,
    asked_at: Option<NaiveDateTime>,
    tries: i32,
    created_at: NaiveDateTime,
    next_at: Option<NaiveDateTime>,
    verdict: Option<String>,
}

/// What never changes once a refund is decided.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = refunds)]
pub struct Frozen {
    pub reason: String,
    pub actor: String,
    /// Made up once by whoever asked.
    pub request_key: String,
    pub body: String,
}

pub fn insert(tx: &mut Tx, refund: &Refund, frozen: &Frozen) -> Result<(), StorageError> {
    diesel::insert_into(refunds::table).values((row(refund), frozen.clone())).execute(tx.conn)?;
    Ok(())
}

pub fn save(tx: &mut Tx, refund: &Refund) -> Result<(), StorageError> {
    diesel::update(refunds::table.find(&refund.id)).set(row(refund)).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<(Refund, Frozen)>, StorageError> {
    let found = refunds::table.find(id).select((Row::as_select(), Frozen::as_select()));
    found.first(tx.conn).optional()?.map(both).transpose()
}

pub fn account_of(tx: &mut Tx, id: &str) -> Result<Option<String>, StorageError> {
    Ok(refunds::table.find(id).select(refunds::account_id).first(tx.conn).optional()?)
}

pub fn by_request_key(tx: &mut Tx, account: &str, key: &str) -> Result<Option<Refund>, StorageError> {
    let query = refunds::table.filter(refunds::account_id.eq(account)).filter(refunds::request_key.eq(key));
    query.select(Row::as_select()).first(tx.conn).optional()?.map(refund).transpose()
}

/// Refunds of one charge, in the order they were decided.
pub fn of_charge(tx: &mut Tx, account: &str, charge: &str) -> Result<Vec<(Refund, Frozen)>, StorageError> {
    let found: Vec<(Row, Frozen)> = refunds::table
        .filter(refunds::account_id.eq(account))
        .filter(refunds::charge_ref.eq(charge))
        .order(refunds::id)
        .select((Row::as_select(), Frozen::as_select()))
        .load(tx.conn)?;
    found.into_iter().map(both).collect()
}

/// Ids of the refunds that a message of the processor's may be about.
pub fn of_charge_at(tx: &mut Tx, processor: &str, charge: &str) -> Result<Vec<String>, StorageError> {
    let query = refunds::table.filter(refunds::charge_ref.eq(charge)).filter(refunds::processor.eq(processor));
    Ok(query.order(refunds::id).select(refunds::id).load(tx.conn)?)
}

/// The refund a processor knows by this name.
pub fn by_reference(tx: &mut Tx, processor: &str, reference: &str) -> Result<Option<String>, StorageError> {
    let query = refunds::table.filter(refunds::processor.eq(processor)).filter(refunds::reference.eq(reference));
    Ok(query.select(refunds::id).first(tx.conn).optional()?)
}

/// What of a charge went back or is on its way.
pub fn refunded(tx: &mut Tx, account: &str, charge: &str) -> Result<Money, StorageError> {
    let amounts: Vec<i64> = refunds::table
        .filter(refunds::account_id.eq(account))
        .filter(refunds::charge_ref.eq(charge))
        .filter(refunds::state.ne(State::Failed.code()))
        .select(refunds::amount)
        .load(tx.conn)?;
    Ok(amounts.into_iter().map(Money::from_micros).sum())
}

/// Those whose next step should have been taken by `before`.
pub fn due_before(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<String>, StorageError> {
    Ok(refunds::table.filter(refunds::next_at.lt(before.naive_utc())).select(refunds::id).load(tx.conn)?)
}

fn row(refund: &Refund) -> Row {
    Row {
        id: refund.id.clone(),
        account_id: refund.account.clone(),
        processor: refund.processor.clone(),
        charge_ref: refund.charge.clone(),
        reference: refund.reference.clone(),
        amount: refund.amount.micros(),
        currency: refund.currency.code().to_owned(),
        state: refund.state.code().to_owned(),
        unsure: refund.unsure,
        asked_at: refund.asked_at.map(|at| at.naive_utc()),
        tries: refund.tries,
        created_at: refund.created_at.naive_utc(),
        next_at: refund.next_at.map(|at| at.naive_utc()),
        verdict: refund.verdict.clone(),
    }
}

fn both((row, frozen): (Row, Frozen)) -> Result<(Refund, Frozen), StorageError> {
    Ok((refund(row)?, frozen))
}

fn refund(row: Row) -> Result<Refund, StorageError> {
    let bad = |what: &str| StorageError::unreadable("refunds", format!("{}: {what}", row.id));
    let state = State::ALL.into_iter().find(|state| state.code() == row.state).ok_or_else(|| bad(&row.state))?;
    let currency = row.currency.parse().map_err(|_| bad(&row.currency))?;
    Ok(Refund {
        id: row.id,
        account: row.account_id,
        processor: row.processor,
        charge: row.charge_ref,
        amount: Money::from_micros(row.amount),
        currency,
        state,
        reference: row.reference,
        unsure: row.unsure,
        asked_at: utc_option(row.asked_at),
        tries: row.tries,
        created_at: utc(row.created_at),
        next_at: utc_option(row.next_at),
        verdict: row.verdict,
    })
}
