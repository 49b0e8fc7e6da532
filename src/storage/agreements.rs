//! What accounts agreed to be charged without being asked again, and the words they agreed to.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::recharge_agreements as table;
use super::{StorageError, Tx, utc};
use crate::domain::money::Money;
use crate::domain::recharge::Agreement;
use crate::domain::recharge::pause::PauseReason;

/// The consent that goes with an agreement: the text and its version, when, and from which address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub text: String,
    pub version: String,
    pub at: DateTime<Utc>,
    pub from: String,
}

/// An agreement with all that is kept about it.
#[derive(Debug, Clone)]
pub struct Kept {
    pub agreement: Agreement,
    pub paused_because: Option<PauseReason>,
    pub consent: Consent,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
struct Row {
    account_id: String,
    amount: i64,
    most_per_day: i64,
    most_per_month: i64,
    paused_because: Option<String>,
    consent_text: String,
    consent_at: NaiveDateTime,
    consent_from: String,
    threshold: i64,
    cap_per_day: Option<i64>,
    cap_per_month: Option<i64>,
    consent_version: String,
    smaller_amount: Option<i64>,
}

pub fn replace(tx: &mut Tx, account: &str, agreement: &Agreement, consent: &Consent) -> Result<(), StorageError> {
    diesel::delete(table::table.find(account)).execute(tx.conn)?;
    let row = Row {
        account_id: account.to_owned(),
        amount: agreement.amount.micros(),
        most_per_day: agreement.most_per_day,
        most_per_month: agreement.most_per_month,
        paused_because: None,
        consent_text: consent.text.clone(),
        consent_at: consent.at.naive_utc(),
        consent_from: consent.from.clone(),
        threshold: agreement.threshold.micros(),
        cap_per_day: agreement.cap_per_day.map(Money::micros),
        cap_per_month: agreement.cap_per_month.map(Money::micros),
        consent_version: consent.version.clone(),
        smaller_amount: agreement.smaller.map(Money::micros),
    };
    diesel::insert_into(table::table).values(row).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, account: &str) -> Result<Option<Kept>, StorageError> {
    let row: Option<Row> = table::table.find(account).select(Row::as_select()).first(tx.conn).optional()?;
    Ok(row.map(|row| Kept {
        agreement: Agreement {
            amount: Money::from_micros(row.amount),
            smaller: row.smaller_amount.map(Money::from_micros),
            threshold: Money::from_micros(row.threshold),
            most_per_day: row.most_per_day,
            most_per_month: row.most_per_month,
            cap_per_day: row.cap_per_day.map(Money::from_micros),
            cap_per_month: row.cap_per_month.map(Money::from_micros),
            paused: row.paused_because.is_some(),
        },
        paused_because: row.paused_because.as_deref().map(PauseReason::of_code),
        consent: Consent {
            text: row.consent_text,
            version: row.consent_version,
            at: utc(row.consent_at),
            from: row.consent_from,
        },
    }))
}

/// `false` if there was none.
pub fn end(tx: &mut Tx, account: &str) -> Result<bool, StorageError> {
    Ok(diesel::delete(table::table.find(account)).execute(tx.conn)? == 1)
}

pub fn set_pause(tx: &mut Tx, account: &str, because: Option<PauseReason>) -> Result<(), StorageError> {
    let because = because.map(PauseReason::code);
    diesel::update(table::table.find(account)).set(table::paused_because.eq(because)).execute(tx.conn)?;
    Ok(())
}

/// The owner has said yes to the same words once more.
pub fn set_consent(tx: &mut Tx, account: &str, from: &str, at: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::update(table::table.find(account))
        .set((table::consent_at.eq(at.naive_utc()), table::consent_from.eq(from)))
        .execute(tx.conn)?;
    Ok(())
}
