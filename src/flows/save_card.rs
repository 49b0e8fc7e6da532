//! A saved card, and what its owner agreed it may be charged for without being asked again.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::recharge::Agreement;
use crate::ids;
use crate::storage::payments::{self, Consent, Method};
use crate::storage::{Tx, accounts, audit};

/// What the processor calls the customer and the card, and what the owner knows the card by: `Visa ••4242`.
#[derive(Debug, Clone)]
pub struct SavedCard {
    pub processor: &'static str,
    pub customer_ref: String,
    pub method_ref: String,
    pub label: String,
}

/// Adds a card after those the account has. The customer is noted with the first.
pub fn save_card(
    tx: &mut Tx,
    account: &str,
    card: &SavedCard,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    accounts::lock_wallet(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
    if payments::customer(tx, account, card.processor)?.is_none() {
        payments::insert_customer(tx, account, card.processor, &card.customer_ref)?;
    }
    let method = Method {
        id: ids::new("pm"),
        processor: card.processor.to_owned(),
        method_ref: card.method_ref.clone(),
        label: card.label.clone(),
    };
    let position = i32::try_from(payments::usable_methods(tx, account)?.len()).unwrap_or(i32::MAX);
    payments::insert_method(tx, account, &method, position, now)?;
    Ok(audit::record(tx, actor, "save_card", account, &method.label, now)?)
}

/// Off until somebody agrees, and kept with the words agreed to. A change is a new agreement in place of the old one;
/// the audit keeps both.
pub fn agree_to_recharge(
    tx: &mut Tx,
    account: &str,
    agreement: &Agreement,
    consent: &Consent,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    payments::replace_agreement(tx, account, agreement, consent)?;
    let Agreement { amount, most_per_day, most_per_month, paused: _ } = agreement;
    let detail = format!(
        "{amount}, at most {most_per_day} a day and {most_per_month} a month, from {}: {}",
        consent.from, consent.text
    );
    Ok(audit::record(tx, actor, "agree_to_recharge", account, &detail, now)?)
}
