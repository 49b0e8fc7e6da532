//! The money of a charge comes into a wallet, into one only, whoever says whose it is.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::credit::credit;
use super::strays::look_at_strays_of;
use crate::domain::ledger::{card_credit, charge_facts};
use crate::domain::money::Money;
use crate::storage::unassigned::{self, Done};
use crate::storage::{Tx, accounts, statements};

/// The processor's names of itself and of the charge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Charge<'a> {
    pub processor: &'a str,
    pub reference: &'a str,
    pub amount: Money,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// Now or before.
    Here,
    /// It was credited to another account.
    Elsewhere,
}

pub(super) fn credit_charge(
    tx: &mut Tx,
    account: &str,
    charge: &Charge,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Came, FlowError> {
    let Charge { processor, reference, amount } = *charge;
    accounts::lock_wallet(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
    // Two accounts that are to have it at one moment meet at this row.
    let done = Done { note: "credited".to_owned(), by: actor.to_owned(), at: now };
    unassigned::mark_payment_done(tx, processor, reference, &done, account)?;
    if statements::whose(tx, &charge_facts(processor, reference))?.is_some_and(|whose| whose != account) {
        tracing::error!(account, processor, reference, "a charge was credited to another account before");
        return Ok(Came::Elsewhere);
    }
    credit(tx, &card_credit(account, processor, reference, amount), actor, now)?;
    look_at_strays_of(tx, processor, reference, now)?;
    Ok(Came::Here)
}
