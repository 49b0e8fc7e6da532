//! A card that was saved with the card processor.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::ids;
use crate::storage::payments::{self, Method};
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
