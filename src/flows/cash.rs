//! Cash is taken for an account, against a receipt. What the house takes is credited at once. What an agent takes moves
//! between two accounts, one transaction each:
//!
//! | a crash after | leaves | and then |
//! | --- | --- | --- |
//! | the agent's balance has paid, with the receipt and a job | the money on its way | the job, or the sweep, credits it |
//! | the customer is credited | the receipt says that it is on its way | the job finds the fact booked, and marks it |
//! | the receipt is marked | nothing to do | |

use chrono::{DateTime, Utc};

use super::agents::{Till, is_agent};
use super::credit::{credit, is_too_much};
use super::two_persons::{Asked, Before, Deed, before};
use super::{FlowError, Job};
use crate::domain::cash::{NotTaken, Receipt, State};
use crate::domain::ledger::{Place, cash};
use crate::domain::money::Money;
use crate::domain::two_persons::{Kind, Limits, Who};
use crate::ids;
use crate::storage::accounts::{self, Account};
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, cash_receipts};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    Now(Box<Receipt>),
    /// Under this key before.
    Already(Box<Receipt>),
    Refused(NotTaken),
}

/// Cash in the house's own till. Much of it waits for a second person, like any credit by hand.
pub fn take_cash(
    tx: &mut Tx,
    deed: &Deed,
    who: &Who,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Result<Asked<Taken>, FlowError> {
    match before(tx, Kind::Cash, deed, None, who, limits, now)? {
        Before::Nothing => take_by_house(tx, deed, &who.actor, now).map(Asked::Done),
        Before::OtherAmount { .. } => Ok(Asked::Done(Taken::Refused(NotTaken::OtherReceipt))),
        Before::Waits(request) => Ok(Asked::Waits(request)),
    }
}

pub(super) fn take_by_house(tx: &mut Tx, deed: &Deed, actor: &str, now: DateTime<Utc>) -> Result<Taken, FlowError> {
    let unknown = || FlowError::not_found("account", &deed.account);
    let wallet = accounts::lock_wallet(tx, &deed.account)?.ok_or_else(unknown)?;
    let customer = accounts::find(tx, &deed.account)?.ok_or_else(unknown)?;
    if let Some(before) = taken_before(tx, &deed.account, &deed.key, &deed.account, deed.amount)? {
        return Ok(before);
    }
    if !customer.is_open() {
        return Ok(Taken::Refused(NotTaken::AccountNotOpen));
    }
    if is_too_much(&wallet, deed.amount) {
        return Ok(Taken::Refused(NotTaken::TooMuch));
    }
    let receipt = receipt(tx, &deed.account, &customer, deed, State::Credited, actor, now)?;
    keep(tx, &receipt, now)?;
    let transfer = cash(&customer.id, &receipt.id, Place::Cash, deed.amount, &said(&receipt));
    credit(tx, &transfer, actor, now)?;
    Ok(Taken::Now(Box::new(receipt)))
}

/// Cash in an agent's till, for `deed.account`: the agent's balance pays for it.
pub fn take_cash_by_agent(
    tx: &mut Tx,
    agent: &str,
    deed: &Deed,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Taken, FlowError> {
    let till = match Till::open(tx, agent)? {
        Ok(till) => till,
        Err(no_sale) => return Ok(Taken::Refused(no_sale.into())),
    };
    if let Some(before) = taken_before(tx, agent, &deed.key, &deed.account, deed.amount)? {
        return Ok(before);
    }
    // Looked at only: its own transaction will lock it.
    let customer = match accounts::find(tx, &deed.account)? {
        None => return Ok(Taken::Refused(NotTaken::NoAccount)),
        Some(customer) => customer,
    };
    if is_agent(tx, &customer.id)? {
        return Ok(Taken::Refused(NotTaken::AgentsAccount));
    }
    if let Some(refused) = refused_for(&customer, &till.account) {
        return Ok(Taken::Refused(refused));
    }
    if accounts::wallet(tx, &customer.id)?.is_some_and(|wallet| is_too_much(&wallet, deed.amount)) {
        return Ok(Taken::Refused(NotTaken::TooMuch));
    }
    let receipt = receipt(tx, agent, &customer, deed, State::Taken, actor, now)?;
    let sold = [(receipt.id.as_str(), said(&receipt))];
    if let Err(no_sale) = till.pay(tx, deed.amount, &Place::CashOnItsWay, &sold, actor, now)? {
        return Ok(Taken::Refused(no_sale.into()));
    }
    keep(tx, &receipt, now)?;
    Job::CreditCash { receipt: receipt.id.clone() }.enqueue(tx, now)?;
    Ok(Taken::Now(Box::new(receipt)))
}

fn refused_for(customer: &Account, agent: &Account) -> Option<NotTaken> {
    if !customer.is_open() {
        Some(NotTaken::AccountNotOpen)
    } else if customer.currency != agent.currency {
        Some(NotTaken::OtherCurrency(customer.currency))
    } else {
        None
    }
}

fn taken_before(
    tx: &mut Tx,
    issuer: &str,
    key: &str,
    customer: &str,
    amount: Money,
) -> Result<Option<Taken>, FlowError> {
    let found = cash_receipts::by_key(tx, issuer, key)?;
    Ok(found.map(|receipt| match receipt.customer == customer && receipt.amount == amount {
        true => Taken::Already(Box::new(receipt)),
        false => Taken::Refused(NotTaken::OtherReceipt),
    }))
}

/// With the next number of its issuer, who is locked, so that none is given twice. It is kept once it is paid for.
fn receipt(
    tx: &mut Tx,
    issuer: &str,
    customer: &Account,
    deed: &Deed,
    state: State,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Receipt, FlowError> {
    Ok(Receipt {
        id: ids::new("rcp"),
        issuer: issuer.to_owned(),
        number: cash_receipts::last_number(tx, issuer)? + 1,
        customer: customer.id.clone(),
        amount: deed.amount,
        currency: customer.currency,
        reason: deed.reason.clone(),
        key: deed.key.clone(),
        taken_by: actor.to_owned(),
        taken_at: now,
        state,
    })
}

fn keep(tx: &mut Tx, receipt: &Receipt, now: DateTime<Utc>) -> Result<(), FlowError> {
    cash_receipts::insert(tx, receipt)?;
    let change = Change {
        actor: &receipt.taken_by,
        action: "take_cash",
        subject: &receipt.id,
        account: Some(&receipt.issuer),
        detail: &format!("{} {} for {}: {}", receipt.amount, receipt.currency, receipt.customer, receipt.reason),
        before: None,
        after: Some(receipt.state.code()),
    };
    Ok(audit::change(tx, &change, now)?)
}

fn said(receipt: &Receipt) -> String {
    format!("cash, receipt {}", receipt.shown_number())
}

/// The second step: the customer has the money, once, whatever became of the account meanwhile. It is theirs.
pub fn credit_cash(tx: &mut Tx, receipt: &Receipt, now: DateTime<Utc>) -> Result<(), FlowError> {
    let transfer = cash(&receipt.customer, &receipt.id, Place::CashOnItsWay, receipt.amount, &said(receipt));
    credit(tx, &transfer, &receipt.taken_by, now)?;
    Ok(())
}

/// The third: the agent's receipt says so.
pub fn cash_credited(tx: &mut Tx, receipt: &Receipt) -> Result<(), FlowError> {
    Ok(cash_receipts::mark_credited(tx, &receipt.id)?)
}
