//! Payments with their frozen requests, and saved cards.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::schema::{payment_methods, payments, processor_customers};
use super::{StorageError, Tx, dialect, utc};
use crate::domain::money::Money;
use crate::domain::payment::{Decline, DeclineClass, Payment, State, Verdict};
use crate::domain::recharge::{Begun, Fate};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = payments, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct PaymentRow {
    id: String,
    account_id: String,
    call_id: Option<String>,
    customer_ref: String,
    amount: i64,
    currency: String,
    state: String,
    reference: Option<String>,
    confirm: i32,
    tries: i32,
    useful_until: NaiveDateTime,
    not_before: NaiveDateTime,
    created_at: NaiveDateTime,
    verdict: Option<String>,
    verdict_class: Option<String>,
}

/// What never changes once a payment is decided.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = payments)]
pub struct Frozen {
    pub processor: String,
    pub method_id: String,
    pub create_body: String,
    pub confirm_body: String,
}

/// A saved card. `label` is what the owner knows it by: `Visa ••4242`.
#[derive(Debug, Clone, Queryable)]
pub struct Method {
    pub id: String,
    pub processor: String,
    pub method_ref: String,
    pub label: String,
}

pub fn insert(tx: &mut Tx, payment: &Payment, frozen: &Frozen) -> Result<(), StorageError> {
    diesel::insert_into(payments::table).values((row(payment), frozen.clone())).execute(tx.conn)?;
    Ok(())
}

/// Many at once: for made-up books.
pub fn insert_many(tx: &mut Tx, all: &[(Payment, Frozen)]) -> Result<(), StorageError> {
    for some in all.chunks(1000) {
        let rows: Vec<_> = some.iter().map(|(payment, frozen)| (row(payment), frozen.clone())).collect();
        dialect::insert_payments(tx.conn, &rows)?;
    }
    Ok(())
}

pub fn save(tx: &mut Tx, payment: &Payment) -> Result<(), StorageError> {
    diesel::update(payments::table.find(&payment.id)).set(row(payment)).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<(Payment, Frozen)>, StorageError> {
    let found: Option<(PaymentRow, Frozen)> =
        payments::table.find(id).select((PaymentRow::as_select(), FROZEN)).first(tx.conn).optional()?;
    found.map(|(row, frozen)| Ok((payment(row)?, frozen))).transpose()
}

type FrozenColumns = (payments::processor, payments::method_id, payments::create_body, payments::confirm_body);
const FROZEN: FrozenColumns = (payments::processor, payments::method_id, payments::create_body, payments::confirm_body);

/// Whom it was begun with.
pub fn processor_of(tx: &mut Tx, id: &str) -> Result<Option<String>, StorageError> {
    Ok(payments::table.find(id).select(payments::processor).first(tx.conn).optional()?)
}

pub fn account_of(tx: &mut Tx, id: &str) -> Result<Option<String>, StorageError> {
    Ok(payments::table.find(id).select(payments::account_id).first(tx.conn).optional()?)
}

/// The payment a processor knows by this name.
pub fn by_reference(tx: &mut Tx, processor: &str, reference: &str) -> Result<Option<String>, StorageError> {
    let query = payments::table.filter(payments::processor.eq(processor)).filter(payments::reference.eq(reference));
    Ok(query.select(payments::id).first(tx.conn).optional()?)
}

/// The account's payment that may still succeed: there is at most one.
pub fn open(tx: &mut Tx, account: &str) -> Result<Option<String>, StorageError> {
    let query = payments::table.filter(payments::account_id.eq(account)).filter(open_state());
    Ok(query.select(payments::id).first(tx.conn).optional()?)
}

pub fn count_open(tx: &mut Tx) -> Result<i64, StorageError> {
    Ok(payments::table.filter(open_state()).count().get_result(tx.conn)?)
}

/// In a state in which it may still succeed. Written out, since SQLite takes the index of open payments only where it can
/// read the condition.
fn open_state() -> SqlLiteral<Bool> {
    let open = State::ALL.into_iter().filter(|state| state.is_open()).map(|state| format!("'{}'", state.code()));
    sql::<Bool>(&format!("payments.state IN ({})", open.collect::<Vec<_>>().join(", ")))
}

/// The payments of an account that were begun since `since`, oldest first.
pub fn begun_since(tx: &mut Tx, account: &str, since: DateTime<Utc>) -> Result<Vec<Begun>, StorageError> {
    let rows: Vec<(PaymentRow, String)> = payments::table
        .filter(payments::account_id.eq(account))
        .filter(payments::created_at.ge(since.naive_utc()))
        .order((payments::created_at, payments::id))
        .select((PaymentRow::as_select(), payments::method_id))
        .load(tx.conn)?;
    let begun = |(row, method)| {
        let payment = payment(row)?;
        let fate = fate(&payment);
        Ok(Begun { at: payment.created_at, amount: payment.amount, method, call: payment.call, fate })
    };
    rows.into_iter().map(begun).collect()
}

fn fate(payment: &Payment) -> Fate {
    match (payment.state, &payment.verdict) {
        (State::Quarantined, _) => Fate::Doubtful,
        (State::Failed | State::Canceled, Some(Verdict::Declined(decline))) => Fate::Lost(Some(decline.class)),
        (State::Failed | State::Canceled, Some(Verdict::NeedsCustomer)) => {
            Fate::Lost(Some(DeclineClass::CustomerNeeded))
        }
        (State::Failed | State::Canceled, Some(Verdict::Rejected(_) | Verdict::TooLate) | None) => Fate::Lost(None),
        (
            State::Planned
            | State::Begun
            | State::Executing
            | State::Unknown
            | State::Processing
            | State::Fencing
            | State::Credited,
            _,
        ) => Fate::Charged,
    }
}

/// Newest first, of one account or of all.
pub fn list(tx: &mut Tx, account: Option<&str>, most: i64) -> Result<Vec<Payment>, StorageError> {
    search(tx, &Filter { account: account.map(str::to_owned), ..Filter::default() }, most)
}

/// Which payments are wanted: all that fit every part that is given.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub account: Option<String>,
    pub state: Option<State>,
    /// Those after this one, newest first.
    pub after: Option<String>,
}

/// Newest first.
pub fn search(tx: &mut Tx, filter: &Filter, most: i64) -> Result<Vec<Payment>, StorageError> {
    let mut query = payments::table.order(payments::id.desc()).limit(most).select(PaymentRow::as_select()).into_boxed();
    if let Some(account) = &filter.account {
        query = query.filter(payments::account_id.eq(account.clone()));
    }
    if let Some(state) = filter.state {
        query = query.filter(payments::state.eq(state.code()));
    }
    if let Some(after) = &filter.after {
        query = query.filter(payments::id.lt(after.clone()));
    }
    query.load(tx.conn)?.into_iter().map(payment).collect()
}

/// What the owner knows a card by.
pub fn label(tx: &mut Tx, method: &str) -> Result<Option<String>, StorageError> {
    Ok(payment_methods::table.find(method).select(payment_methods::label).first(tx.conn).optional()?)
}

pub fn customer(tx: &mut Tx, account: &str, processor: &str) -> Result<Option<String>, StorageError> {
    let query = processor_customers::table.find((account, processor)).select(processor_customers::customer_ref);
    Ok(query.first(tx.conn).optional()?)
}

/// Whose customer at the processor this is, if anybody's of ours.
pub fn account_of_customer(tx: &mut Tx, processor: &str, customer_ref: &str) -> Result<Option<String>, StorageError> {
    let query = processor_customers::table
        .filter(processor_customers::processor.eq(processor))
        .filter(processor_customers::customer_ref.eq(customer_ref));
    Ok(query.select(processor_customers::account_id).first(tx.conn).optional()?)
}

pub fn insert_customer(tx: &mut Tx, account: &str, processor: &str, customer_ref: &str) -> Result<(), StorageError> {
    diesel::insert_into(processor_customers::table)
        .values((
            processor_customers::account_id.eq(account),
            processor_customers::processor.eq(processor),
            processor_customers::customer_ref.eq(customer_ref),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn insert_method(
    tx: &mut Tx,
    account: &str,
    method: &Method,
    position: i32,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::insert_into(payment_methods::table)
        .values((
            payment_methods::id.eq(&method.id),
            payment_methods::account_id.eq(account),
            payment_methods::processor.eq(&method.processor),
            payment_methods::method_ref.eq(&method.method_ref),
            payment_methods::label.eq(&method.label),
            payment_methods::position.eq(position),
            payment_methods::usable.eq(true),
            payment_methods::created_at.eq(now.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Cards that may be charged, in the order the owner wants.
pub fn usable_methods(tx: &mut Tx, account: &str) -> Result<Vec<Method>, StorageError> {
    Ok(payment_methods::table
        .filter(payment_methods::account_id.eq(account))
        .filter(payment_methods::usable.eq(true))
        .order((payment_methods::position, payment_methods::id))
        .select((payment_methods::id, payment_methods::processor, payment_methods::method_ref, payment_methods::label))
        .load(tx.conn)?)
}

pub fn make_unusable(tx: &mut Tx, method: &str) -> Result<(), StorageError> {
    diesel::update(payment_methods::table.find(method)).set(payment_methods::usable.eq(false)).execute(tx.conn)?;
    Ok(())
}

fn row(payment: &Payment) -> PaymentRow {
    let class = match &payment.verdict {
        Some(Verdict::Declined(decline)) => Some(decline.class.code()),
        Some(Verdict::NeedsCustomer) => Some("needs_customer"),
        Some(Verdict::Rejected(_)) => Some("rejected"),
        Some(Verdict::TooLate) => Some("too_late"),
        None => None,
    };
    PaymentRow {
        id: payment.id.clone(),
        account_id: payment.account.clone(),
        call_id: payment.call.clone(),
        customer_ref: payment.customer_ref.clone(),
        amount: payment.amount.micros(),
        currency: payment.currency.code().to_owned(),
        state: payment.state.code().to_owned(),
        reference: payment.reference.clone(),
        confirm: payment.confirm,
        tries: payment.tries,
        useful_until: payment.useful_until.naive_utc(),
        not_before: payment.not_before.naive_utc(),
        created_at: payment.created_at.naive_utc(),
        verdict: payment.verdict.as_ref().map(|verdict| verdict.code().to_owned()),
        verdict_class: class.map(str::to_owned),
    }
}

fn payment(row: PaymentRow) -> Result<Payment, StorageError> {
    let bad = |what: &str| StorageError::unreadable("payments", format!("{}: {what}", row.id));
    let state = State::ALL.into_iter().find(|state| state.code() == row.state).ok_or_else(|| bad(&row.state))?;
    let currency = row.currency.parse().map_err(|_| bad(&row.currency))?;
    let verdict = match (row.verdict_class.as_deref(), row.verdict) {
        (None, _) | (_, None) => None,
        (Some("needs_customer"), _) => Some(Verdict::NeedsCustomer),
        (Some("too_late"), _) => Some(Verdict::TooLate),
        (Some("rejected"), Some(code)) => Some(Verdict::Rejected(code)),
        (Some(class), Some(code)) => {
            let class = DeclineClass::ALL.into_iter().find(|known| known.code() == class);
            let class = class.ok_or_else(|| StorageError::unreadable("payments", format!("{}: class", row.id)))?;
            Some(Verdict::Declined(Decline { class, code }))
        }
    };
    Ok(Payment {
        id: row.id,
        account: row.account_id,
        call: row.call_id,
        amount: Money::from_micros(row.amount),
        currency,
        customer_ref: row.customer_ref,
        state,
        reference: row.reference,
        confirm: row.confirm,
        useful_until: utc(row.useful_until),
        created_at: utc(row.created_at),
        tries: row.tries,
        not_before: utc(row.not_before),
        verdict,
    })
}

/// Open payments whose next step should have been taken by `before`.
pub fn open_before(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<String>, StorageError> {
    let query = payments::table.filter(open_state()).filter(payments::not_before.lt(before.naive_utc()));
    Ok(query.select(payments::id).load(tx.conn)?)
}
