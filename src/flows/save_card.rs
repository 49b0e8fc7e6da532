//! A card that was saved with the card processor.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::ids;
use crate::storage::payments::{self, Method};
use crate::storage::{Tx, accounts, audit, cards};

/// What the processor calls the customer and the card, and what the owner knows the card by: `Visa ••4242`.
#[derive(Debug, Clone)]
pub struct SavedCard {
    pub processor: &'static str,
    pub customer_ref: String,
    pub method_ref: String,
    pub label: String,
    /// Its last month, `2030-12`, if that is known.
    pub expires: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    Now,
    Refused(NotSaved),
}

/// Why a card could never be charged for this account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSaved {
    #[error("The card processor has no such card with this customer. Attach it to the customer there first.")]
    NotTheirs,
    #[error(
        "The account is another customer at the card processor. Attach the card to that one, or save it at the \
             processor's own page."
    )]
    OtherCustomer,
    #[error("The customer is another account's. Make one of its own for this account.")]
    CustomerTaken,
}

impl NotSaved {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotTheirs => "card_not_theirs",
            Self::OtherCustomer => "other_customer",
            Self::CustomerTaken => "customer_taken",
        }
    }
}

/// Adds a card after those the account has. The customer is noted with the first. That the card is this customer's at the
/// processor was asked before.
pub fn save_card(
    tx: &mut Tx,
    account: &str,
    card: &SavedCard,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Saved, FlowError> {
    accounts::lock_wallet(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
    match payments::customer(tx, account, card.processor)? {
        Some(known) if known == card.customer_ref => {}
        Some(_) => return Ok(Saved::Refused(NotSaved::OtherCustomer)),
        None if payments::account_of_customer(tx, card.processor, &card.customer_ref)?.is_some() => {
            return Ok(Saved::Refused(NotSaved::CustomerTaken));
        }
        None => payments::insert_customer(tx, account, card.processor, &card.customer_ref)?,
    }
    let method = Method {
        id: ids::new("pm"),
        processor: card.processor.to_owned(),
        method_ref: card.method_ref.clone(),
        label: card.label.clone(),
    };
    let position = i32::try_from(payments::usable_methods(tx, account)?.len()).unwrap_or(i32::MAX);
    payments::insert_method(tx, account, &method, position, now)?;
    if let Some(expires) = &card.expires {
        cards::set_expiry(tx, &method.id, expires)?;
    }
    audit::record(tx, actor, "save_card", account, &method.label, now)?;
    Ok(Saved::Now)
}
