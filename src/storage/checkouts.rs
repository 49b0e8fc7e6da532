//! Visits to the card processor's own page, with their frozen request and what was agreed to.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::checkouts;
use super::{StorageError, Tx, utc, utc_option};
use crate::domain::checkout::{Checkout, Purpose, State};
use crate::domain::money::Money;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = checkouts, treat_none_as_null = true)]
struct CheckoutRow {
    id: String,
    account_id: String,
    purpose: String,
    amount: Option<i64>,
    currency: String,
    save_card: bool,
    customer_ref: Option<String>,
    state: String,
    reference: Option<String>,
    url: Option<String>,
    paid_by: Option<String>,
    card: Option<String>,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    not_before: NaiveDateTime,
    looked_at: Option<NaiveDateTime>,
    tries: i32,
    verdict: Option<String>,
}

/// What its owner agreed to when a card is saved: which text, and from which address.
#[derive(Debug, Clone)]
pub struct Consent {
    pub text: String,
    pub version: String,
    pub from: String,
}

pub fn insert(
    tx: &mut Tx,
    checkout: &Checkout,
    processor: &str,
    request_key: &str,
    consent: Option<&Consent>,
) -> Result<(), StorageError> {
    diesel::insert_into(checkouts::table)
        .values((
            row(checkout),
            checkouts::processor.eq(processor),
            checkouts::request_key.eq(request_key),
            checkouts::consent_text.eq(consent.map(|consent| &consent.text)),
            checkouts::consent_version.eq(consent.map(|consent| &consent.version)),
            checkouts::consent_from.eq(consent.map(|consent| &consent.from)),
            checkouts::consent_at.eq(consent.map(|_| checkout.created_at.naive_utc())),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn save(tx: &mut Tx, checkout: &Checkout) -> Result<(), StorageError> {
    diesel::update(checkouts::table.find(&checkout.id)).set(row(checkout)).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Checkout>, StorageError> {
    let found: Option<CheckoutRow> =
        checkouts::table.find(id).select(CheckoutRow::as_select()).first(tx.conn).optional()?;
    found.map(checkout).transpose()
}

/// The checkout that a form began.
pub fn by_request_key(tx: &mut Tx, account: &str, key: &str) -> Result<Option<Checkout>, StorageError> {
    let query = checkouts::table.filter(checkouts::account_id.eq(account)).filter(checkouts::request_key.eq(key));
    let found: Option<CheckoutRow> = query.select(CheckoutRow::as_select()).first(tx.conn).optional()?;
    found.map(checkout).transpose()
}

/// The checkout a processor knows by this name.
pub fn by_reference(tx: &mut Tx, processor: &str, reference: &str) -> Result<Option<String>, StorageError> {
    let query = checkouts::table.filter(checkouts::reference.eq(reference)).filter(checkouts::processor.eq(processor));
    Ok(query.select(checkouts::id).first(tx.conn).optional()?)
}

/// Whom it was begun with.
pub fn processor_of(tx: &mut Tx, id: &str) -> Result<Option<String>, StorageError> {
    Ok(checkouts::table.find(id).select(checkouts::processor).first(tx.conn).optional()?)
}

pub fn account_of(tx: &mut Tx, id: &str) -> Result<Option<String>, StorageError> {
    Ok(checkouts::table.find(id).select(checkouts::account_id).first(tx.conn).optional()?)
}

/// The frozen body of the request that opens it.
pub fn body(tx: &mut Tx, id: &str) -> Result<Option<String>, StorageError> {
    Ok(checkouts::table.find(id).select(checkouts::body).first(tx.conn).optional()?.flatten())
}

pub fn freeze_body(tx: &mut Tx, id: &str, body: &str) -> Result<(), StorageError> {
    diesel::update(checkouts::table.find(id).filter(checkouts::body.is_null()))
        .set(checkouts::body.eq(body))
        .execute(tx.conn)?;
    Ok(())
}

/// Newest first, those after `after` in that order.
pub fn list(tx: &mut Tx, account: &str, after: Option<&str>, most: i64) -> Result<Vec<Checkout>, StorageError> {
    let mut query = checkouts::table
        .filter(checkouts::account_id.eq(account.to_owned()))
        .order(checkouts::id.desc())
        .limit(most)
        .select(CheckoutRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(checkouts::id.lt(after.to_owned()));
    }
    query.load(tx.conn)?.into_iter().map(checkout).collect()
}

/// How many of an account its owner could still use.
pub fn count_usable(tx: &mut Tx, account: &str, now: DateTime<Utc>) -> Result<i64, StorageError> {
    Ok(checkouts::table
        .filter(checkouts::account_id.eq(account))
        .filter(checkouts::state.eq_any(open_states()))
        .filter(checkouts::expires_at.gt(now.naive_utc()))
        .count()
        .get_result(tx.conn)?)
}

/// Open checkouts whose next step should have been taken by `before`.
pub fn open_before(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<String>, StorageError> {
    let query = checkouts::table
        .filter(checkouts::state.eq_any(open_states()))
        .filter(checkouts::not_before.lt(before.naive_utc()));
    Ok(query.select(checkouts::id).load(tx.conn)?)
}

fn open_states() -> Vec<&'static str> {
    State::ALL.into_iter().filter(|state| state.is_open()).map(State::code).collect()
}

fn row(checkout: &Checkout) -> CheckoutRow {
    CheckoutRow {
        id: checkout.id.clone(),
        account_id: checkout.account.clone(),
        purpose: checkout.purpose.code().to_owned(),
        amount: checkout.purpose.amount().map(Money::micros),
        currency: checkout.currency.code().to_owned(),
        save_card: checkout.purpose.saves_card(),
        customer_ref: checkout.customer_ref.clone(),
        state: checkout.state.code().to_owned(),
        reference: checkout.reference.clone(),
        url: checkout.url.clone(),
        paid_by: checkout.paid_by.clone(),
        card: checkout.card.clone(),
        created_at: checkout.created_at.naive_utc(),
        expires_at: checkout.expires_at.naive_utc(),
        not_before: checkout.not_before.naive_utc(),
        looked_at: checkout.looked_at.map(|at| at.naive_utc()),
        tries: checkout.tries,
        verdict: checkout.verdict.clone(),
    }
}

fn checkout(row: CheckoutRow) -> Result<Checkout, StorageError> {
    let bad = |what: &str| StorageError::unreadable("checkouts", format!("{}: {what}", row.id));
    let state = State::ALL.into_iter().find(|state| state.code() == row.state).ok_or_else(|| bad(&row.state))?;
    let currency = row.currency.parse().map_err(|_| bad(&row.currency))?;
    let purpose = match row.amount {
        Some(amount) => Purpose::TopUp { amount: Money::from_micros(amount), save_card: row.save_card },
        None => Purpose::SaveCard,
    };
    Ok(Checkout {
        id: row.id,
        account: row.account_id,
        purpose,
        currency,
        customer_ref: row.customer_ref,
        state,
        reference: row.reference,
        url: row.url,
        paid_by: row.paid_by,
        card: row.card,
        created_at: utc(row.created_at),
        expires_at: utc(row.expires_at),
        not_before: utc(row.not_before),
        looked_at: utc_option(row.looked_at),
        tries: row.tries,
        verdict: row.verdict,
    })
}
