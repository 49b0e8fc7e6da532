//! Payments with their frozen requests, saved cards, and what an account agreed to.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::{Eq, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::schema::{payment_methods, payment_steps, payments, processor_customers, recharge_agreements};
use super::{StorageError, Tx, dialect, utc};
use crate::domain::money::Money;
use crate::domain::payment::{Decline, DeclineClass, Payment, State, Verdict};
use crate::domain::recharge::Agreement;

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

/// A request to the processor and what became of it, as [`note_step`] notes it.
pub struct StepNote {
    pub payment: String,
    pub seq: i64,
    pub account: String,
    pub at: DateTime<Utc>,
    pub step: String,
    pub outcome: String,
}

/// Many at once, with their steps: for made-up books.
pub fn insert_many(tx: &mut Tx, all: &[(Payment, Frozen)], steps: &[StepNote]) -> Result<(), StorageError> {
    for some in all.chunks(1000) {
        let rows: Vec<_> = some.iter().map(|(payment, frozen)| (row(payment), frozen.clone())).collect();
        dialect::insert_payments(tx.conn, &rows)?;
    }
    for some in steps.chunks(1000) {
        let rows: Vec<_> = some.iter().map(step_row).collect();
        dialect::insert_payment_steps(tx.conn, &rows)?;
    }
    Ok(())
}

pub(super) type StepRow = (
    Eq<payment_steps::payment_id, String>,
    Eq<payment_steps::seq, i64>,
    Eq<payment_steps::account_id, String>,
    Eq<payment_steps::at, NaiveDateTime>,
    Eq<payment_steps::step, String>,
    Eq<payment_steps::outcome, String>,
);

fn step_row(note: &StepNote) -> StepRow {
    (
        payment_steps::payment_id.eq(note.payment.clone()),
        payment_steps::seq.eq(note.seq),
        payment_steps::account_id.eq(note.account.clone()),
        payment_steps::at.eq(note.at.naive_utc()),
        payment_steps::step.eq(note.step.clone()),
        payment_steps::outcome.eq(note.outcome.clone()),
    )
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

/// When each payment of an account since `since` was begun.
pub fn begun_since(tx: &mut Tx, account: &str, since: DateTime<Utc>) -> Result<Vec<DateTime<Utc>>, StorageError> {
    let times: Vec<NaiveDateTime> = payments::table
        .filter(payments::account_id.eq(account))
        .filter(payments::created_at.ge(since.naive_utc()))
        .select(payments::created_at)
        .load(tx.conn)?;
    Ok(times.into_iter().map(utc).collect())
}

/// Cards that failed during a call.
pub fn methods_failed_in(tx: &mut Tx, call: &str) -> Result<Vec<String>, StorageError> {
    let ended = [State::Failed.code(), State::Canceled.code(), State::Quarantined.code()];
    let query = payments::table.filter(payments::call_id.eq(call)).filter(payments::state.eq_any(ended));
    Ok(query.select(payments::method_id).load(tx.conn)?)
}

/// Newest first, of one account or of all.
pub fn list(tx: &mut Tx, account: Option<&str>, most: i64) -> Result<Vec<Payment>, StorageError> {
    let mut query = payments::table.order(payments::id.desc()).limit(most).select(PaymentRow::as_select()).into_boxed();
    if let Some(account) = account {
        query = query.filter(payments::account_id.eq(account.to_owned()));
    }
    query.load(tx.conn)?.into_iter().map(payment).collect()
}

/// Notes a request and what became of it.
pub fn note_step(
    tx: &mut Tx,
    payment: &Payment,
    step: &str,
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let seq: i64 =
        payment_steps::table.filter(payment_steps::payment_id.eq(&payment.id)).count().get_result(tx.conn)?;
    diesel::insert_into(payment_steps::table)
        .values((
            payment_steps::payment_id.eq(&payment.id),
            payment_steps::seq.eq(seq),
            payment_steps::account_id.eq(&payment.account),
            payment_steps::at.eq(now.naive_utc()),
            payment_steps::step.eq(step),
            payment_steps::outcome.eq(outcome),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn customer(tx: &mut Tx, account: &str, processor: &str) -> Result<Option<String>, StorageError> {
    let query = processor_customers::table.find((account, processor)).select(processor_customers::customer_ref);
    Ok(query.first(tx.conn).optional()?)
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

/// What the owner of an account agreed to, in the words they were shown.
pub fn consent(tx: &mut Tx, account: &str) -> Result<Option<Consent>, StorageError> {
    let query = recharge_agreements::table.find(account).select((
        recharge_agreements::consent_text,
        recharge_agreements::consent_at,
        recharge_agreements::consent_from,
    ));
    let found: Option<(String, NaiveDateTime, String)> = query.first(tx.conn).optional()?;
    Ok(found.map(|(text, at, from)| Consent { text, at: utc(at), from }))
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

/// The consent that goes with an agreement: the text, when, and from which address.
#[derive(Debug, Clone)]
pub struct Consent {
    pub text: String,
    pub at: DateTime<Utc>,
    pub from: String,
}

pub fn replace_agreement(
    tx: &mut Tx,
    account: &str,
    agreement: &Agreement,
    consent: &Consent,
) -> Result<(), StorageError> {
    diesel::delete(recharge_agreements::table.find(account)).execute(tx.conn)?;
    diesel::insert_into(recharge_agreements::table)
        .values((
            recharge_agreements::account_id.eq(account),
            recharge_agreements::amount.eq(agreement.amount.micros()),
            recharge_agreements::most_per_day.eq(agreement.most_per_day),
            recharge_agreements::most_per_month.eq(agreement.most_per_month),
            recharge_agreements::consent_text.eq(&consent.text),
            recharge_agreements::consent_at.eq(consent.at.naive_utc()),
            recharge_agreements::consent_from.eq(&consent.from),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn agreement(tx: &mut Tx, account: &str) -> Result<Option<Agreement>, StorageError> {
    let row: Option<(i64, i64, i64, Option<String>)> = recharge_agreements::table
        .find(account)
        .select((
            recharge_agreements::amount,
            recharge_agreements::most_per_day,
            recharge_agreements::most_per_month,
            recharge_agreements::paused_because,
        ))
        .first(tx.conn)
        .optional()?;
    Ok(row.map(|(amount, most_per_day, most_per_month, paused_because)| Agreement {
        amount: Money::from_micros(amount),
        most_per_day,
        most_per_month,
        paused: paused_because.is_some(),
    }))
}

/// The code of what paused the agreement, if it is paused.
pub fn paused_because(tx: &mut Tx, account: &str) -> Result<Option<String>, StorageError> {
    let query = recharge_agreements::table.find(account).select(recharge_agreements::paused_because);
    Ok(query.first::<Option<String>>(tx.conn).optional()?.flatten())
}

pub fn pause_agreement(tx: &mut Tx, account: &str, because: &str) -> Result<(), StorageError> {
    diesel::update(recharge_agreements::table.find(account))
        .set(recharge_agreements::paused_because.eq(because))
        .execute(tx.conn)?;
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
