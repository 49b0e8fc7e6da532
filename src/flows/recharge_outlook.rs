//! What the automatic recharge would do if money were needed now: for the pages that tell its owner beforehand.

use chrono::{DateTime, Utc};

use super::recharge::{PaymentForms, Purpose, situation};
use super::{FlowError, Rules};
use crate::domain::money::Money;
use crate::domain::recharge::pause::PauseReason;
use crate::domain::recharge::{Recharge, WhyNot, recharge};
use crate::storage::accounts::Account;
use crate::storage::{Tx, agreements, payments};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outlook {
    /// The card would be charged; it is named as its owner knows it.
    Charge { amount: Money, card: String },
    /// A payment is on its way already.
    Underway,
    /// Nobody agreed to it.
    Off,
    /// Agreed to, but it rests; what paused it, if something did, and until when, if time alone helps.
    Rests { why_not: WhyNot, paused_because: Option<PauseReason>, until: Option<DateTime<Utc>> },
}

pub fn outlook(
    tx: &mut Tx,
    account: &Account,
    forms: &dyn PaymentForms,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Outlook, FlowError> {
    let purpose = Purpose { account, call: None, useful_until: now };
    let situation = situation(tx, &purpose, forms, &rules.timing, now)?;
    Ok(match recharge(&situation, now) {
        Recharge::Charge { amount, method } => {
            let card = payments::usable_methods(tx, &account.id)?.into_iter().find(|card| card.id == method);
            Outlook::Charge { amount, card: card.map_or_else(|| "your card".to_owned(), |card| card.label) }
        }
        Recharge::Wait => Outlook::Underway,
        Recharge::No(WhyNot::NotAgreed) => Outlook::Off,
        Recharge::No(why_not) => {
            let paused_because = agreements::find(tx, &account.id)?.and_then(|kept| kept.paused_because);
            Outlook::Rests { why_not, paused_because, until: situation.look_again(why_not, now) }
        }
    })
}
