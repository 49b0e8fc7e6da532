//! A card processor has taken money back: what is free leaves the wallet, never what calls hold, and the rest is owed.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::ledger::{Place, Posted, Transfer, charge_facts, owed_fact};
use crate::storage::{Tx, accounts, ledger, payments, statements};

/// Books it once. The transfer is from the wallet; what the wallet does not have is booked beside it, from a debt.
pub(super) fn take_back(
    tx: &mut Tx,
    transfer: &Transfer,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Posted, FlowError> {
    let unknown = || FlowError::not_found("account", &transfer.account);
    let wallet = accounts::lock_wallet(tx, &transfer.account)?.ok_or_else(unknown)?;
    let account = accounts::find(tx, &transfer.account)?.ok_or_else(unknown)?;
    let facts = [transfer.fact_key.clone(), owed_fact(&transfer.fact_key)];
    if statements::booked(tx, &transfer.account, &facts)?.is_some() {
        return Ok(Posted::Already);
    }
    let (wallet, taken) = wallet.take_back(transfer.amount);
    let parts = [
        Transfer { amount: taken.paid, ..transfer.clone() },
        Transfer {
            amount: taken.owed,
            debit: Place::Debt(transfer.account.clone()),
            fact_key: owed_fact(&transfer.fact_key),
            ..transfer.clone()
        },
    ];
    for part in parts.iter().filter(|part| part.amount.is_positive()) {
        ledger::post(tx, part, account.currency, actor, now)?;
    }
    accounts::save_wallet(tx, &transfer.account, &wallet)?;
    Ok(Posted::Now)
}

/// Whose money a charge was.
pub(super) enum Whose {
    Account(String),
    /// It may yet be credited: what is told of it comes too early.
    NotYet,
    Nobodys,
}

pub(super) fn whose_charge(tx: &mut Tx, processor: &str, charge: &str) -> Result<Whose, FlowError> {
    if let Some(account) = statements::whose(tx, &charge_facts(processor, charge))? {
        return Ok(Whose::Account(account));
    }
    let Some(payment) = payments::by_reference(tx, processor, charge)? else { return Ok(Whose::Nobodys) };
    let found = payments::find(tx, &payment)?;
    Ok(if found.is_some_and(|(payment, _)| payment.state.is_open()) { Whose::NotYet } else { Whose::Nobodys })
}
