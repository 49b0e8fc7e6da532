//! Vouchers end without being redeemed: an administrator voids one, or its time is over.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::credit::credit;
use crate::domain::agent::Sale;
use crate::domain::ledger::{Place, breakage, sale_undone};
use crate::domain::voucher::{State, Voucher};
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, ledger, vouchers};

/// Expired ones that are booked in one transaction.
const AT_ONCE: i64 = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voided {
    Now(Box<Voucher>),
    Already(Box<Voucher>),
    /// It was redeemed or has expired.
    TooLate(State),
    /// Somebody activated it at this moment: look at it again.
    JustActivated,
}

/// The PIN is worth nothing any more. If an agent has paid for it, the agent has its money back.
pub fn void_voucher(
    tx: &mut Tx,
    serial: &str,
    reason: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Voided, FlowError> {
    let unknown = || FlowError::not_found("voucher", serial);
    let seen = vouchers::by_serial(tx, serial)?.ok_or_else(unknown)?;
    if let Some((agent, _)) = &seen.agent {
        accounts::lock_wallet(tx, agent)?;
    }
    let voucher = vouchers::lock(tx, &seen.id)?.ok_or_else(unknown)?;
    if voucher.state == State::Voided {
        return Ok(Voided::Already(Box::new(voucher)));
    }
    if !voucher.may_void() {
        return Ok(Voided::TooLate(voucher.state));
    }
    if voucher.agent != seen.agent {
        return Ok(Voided::JustActivated);
    }
    give_back(tx, &voucher, actor, now)?;
    vouchers::note_ended(tx, &voucher.id, State::Voided, now)?;
    let change = Change {
        actor,
        action: "void_voucher",
        subject: &voucher.id,
        account: voucher.agent.as_ref().map(|(agent, _)| agent.as_str()),
        detail: &format!("{serial}: {reason}"),
        before: Some(voucher.state.code()),
        after: Some(State::Voided.code()),
    };
    audit::change(tx, &change, now)?;
    Ok(Voided::Now(Box::new(Voucher { state: State::Voided, ended_at: Some(now), ..voucher })))
}

fn give_back(tx: &mut Tx, voucher: &Voucher, actor: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let Some((agent, commission)) = &voucher.agent else { return Ok(()) };
    let sale = Sale { paid: voucher.face - *commission, commission: *commission };
    let note = format!("voucher {} voided", voucher.serial);
    for part in sale_undone(agent, &voucher.id, &sale, &note).into_iter().filter(|part| part.amount.is_positive()) {
        match part.credit {
            Place::Wallet(_) => credit(tx, &part, actor, now)?,
            _ => ledger::post(tx, &part, voucher.currency, actor, now)?,
        };
    }
    Ok(())
}

/// Books what an agent's vouchers were worth that nobody redeemed in time. Whether there may be more.
pub fn expire_vouchers(tx: &mut Tx, agent: &str, now: DateTime<Utc>) -> Result<bool, FlowError> {
    accounts::lock_wallet(tx, agent)?.ok_or_else(|| FlowError::not_found("account", agent))?;
    let due = vouchers::expired(tx, agent, now, AT_ONCE)?;
    for id in &due {
        let Some(voucher) = vouchers::lock(tx, id)?.filter(|voucher| voucher.state == State::Activated) else {
            continue;
        };
        let transfer = breakage(agent, id, &voucher.serial, voucher.face);
        ledger::post(tx, &transfer, voucher.currency, "system", now)?;
        vouchers::note_ended(tx, id, State::Expired, now)?;
    }
    Ok(i64::try_from(due.len()).is_ok_and(|count| count == AT_ONCE))
}
