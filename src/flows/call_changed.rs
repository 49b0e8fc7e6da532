//! The one way a call changes: lock its account, let the domain decide, save, and carry out what follows from it.

use chrono::{DateTime, Utc};

use super::bundles;
use super::guests::tell_the_other_side;
use super::look_again::calls_without_money;
use super::place_call::QUEUED_AT_MOST;
use super::promo;
use super::tell::{tell_of_change, tell_of_charge};
use super::watch::look_soon;
use super::{FlowError, Job};
use crate::domain::call::bill::Charge;
use crate::domain::call::record::Record;
use crate::domain::call::{Call, Command};
use crate::domain::carrier_price::FIRST_LOOK;
use crate::domain::currency::Currency;
use crate::domain::event::Event;
use crate::domain::ledger::{debt_repaid, promo_first};
use crate::domain::money::Money;
use crate::domain::wallet::Wallet;
use crate::storage::caps::Whose;
use crate::storage::{Tx, accounts, agreements, call_records, calls, holds, ledger};

/// A call under its account's lock, as it was and as it becomes.
pub struct Change {
    before: Call,
    pub call: Call,
    pub wallet: Wallet,
}

/// Locks the account of a call and loads both. From here to the end of the transaction nothing else touches them.
pub fn lock(tx: &mut Tx, call: &str) -> Result<Change, FlowError> {
    let wallet = accounts::lock_wallet_of_call(tx, call)?.ok_or_else(|| FlowError::not_found("call", call))?;
    load(tx, call, wallet)
}

/// The same by one of the call's legs.
pub fn lock_by_leg(tx: &mut Tx, leg: &str) -> Result<Change, FlowError> {
    let (call, wallet) = accounts::lock_wallet_of_leg(tx, leg)?.ok_or_else(|| FlowError::not_found("leg", leg))?;
    load(tx, &call, wallet)
}

fn load(tx: &mut Tx, call: &str, wallet: Wallet) -> Result<Change, FlowError> {
    let call = calls::find(tx, call)?.ok_or_else(|| FlowError::not_found("call", call))?;
    Ok(Change { before: call.clone(), call, wallet })
}

/// Writes the leg that the domain has just added at the end of the call; what else changed is saved with the rest.
pub(super) fn insert_leg(tx: &mut Tx, change: &mut Change, request_key: &str) -> Result<(), FlowError> {
    calls::insert_leg(tx, &change.call, request_key)?;
    let mut added = change.call.legs.last().cloned();
    // What it has of bundles is still to be kept.
    added.iter_mut().for_each(|leg| leg.rate.allowances.clear());
    change.before.legs.extend(added);
    Ok(())
}

/// Saves the changed call and carries out the commands: books and records now, jobs for the rest.
pub fn save(tx: &mut Tx, mut change: Change, commands: Vec<Command>, now: DateTime<Utc>) -> Result<(), FlowError> {
    let (mut records, mut charged) = (vec![], None);
    change.call.let_go_of_seconds(now);
    bundles::keep(tx, &change.before.legs, &change.call)?;
    for command in commands {
        match command {
            Command::Record(record) => records.push(record),
            Command::Settle => {
                let (charges, lines) = settle(tx, &change, now)?;
                records.extend(lines);
                charged = Some(charges);
            }
            Command::Ring { leg } => {
                Job::RingLeg { leg: leg.clone() }.enqueue(tx, now)?;
                Job::AskCarrier { leg }.enqueue(tx, now + QUEUED_AT_MOST)?;
            }
            Command::HangUp { call_sid } => Job::HangUp { call_sid }.enqueue(tx, now)?,
            Command::AskCarrier { leg, at } => Job::AskCarrier { leg }.enqueue(tx, at)?,
            Command::Checkpoint { at } => Job::Checkpoint { call: change.call.id.clone() }.enqueue(tx, at)?,
            Command::LookAgain => {
                Job::LookAtCallsWithoutMoney { account: change.call.account.clone() }.enqueue(tx, now)?;
            }
            Command::Renew { leg } => Job::RenewLeg { leg }.enqueue(tx, now)?,
            Command::RenewPayer { at } => Job::RenewPayer { call: change.call.id.clone() }.enqueue(tx, at)?,
            Command::Adjust { leg } => Job::AdjustLeg { leg }.enqueue(tx, now)?,
            Command::CountRoom => count_room(tx, &change.call, now)?,
            Command::KeepRecorded => Job::KeepRecorded { call: change.call.id.clone() }.enqueue(tx, now)?,
            Command::LimitCall { leg } => Job::LimitCall { leg }.enqueue(tx, now)?,
            Command::EndAtDeadline { at } => Job::EndAtDeadline { call: change.call.id.clone() }.enqueue(tx, at)?,
            Command::GiveBack { amount } => {
                give_back(tx, &mut change, amount, now)?;
                records.push(Record::GaveBack { amount });
            }
            Command::Announce { announcement, leg, at, until } => {
                Job::Announce { call: change.call.id.clone(), announcement, leg, until }.enqueue(tx, at)?;
            }
            Command::LookAtLastMinute { at } => {
                Job::LookAtLastMinute { call: change.call.id.clone() }.enqueue(tx, at)?;
            }
        }
    }
    tell_of_change(tx, &change.before, &change.call, now)?;
    tell_the_other_side(tx, &change.before, &change.call, now)?;
    call_records::append(tx, &mut change.call, &records, now)?;
    match charged {
        Some(charges) => calls::save_settled(tx, &change.call, &charges, now)?,
        None => calls::save(tx, &change.before, &change.call)?,
    }
    Ok(())
}

/// Guests count for themselves: whose room it is may have ended without their knowing.
fn count_room(tx: &mut Tx, call: &Call, now: DateTime<Utc>) -> Result<(), FlowError> {
    let guests = call.guests().filter(|leg| !leg.is_over()).filter_map(|leg| leg.guest.clone());
    for call in guests.chain([call.id.clone()]) {
        Job::CountRoom { call }.enqueue(tx, now)?;
    }
    Ok(())
}

/// The call has lowered what it holds; the wallet has it back.
fn give_back(tx: &mut Tx, change: &mut Change, amount: Money, now: DateTime<Utc>) -> Result<(), FlowError> {
    change.wallet = change.wallet.settle(amount, Money::ZERO);
    accounts::save_wallet(tx, &change.call.account, &change.wallet)?;
    let account = accounts::find(tx, &change.call.account)?;
    if let Some(account) = account {
        change.wallet = promo::take_back(tx, &account.id, account.currency, change.wallet, now)?;
    }
    holds::change(tx, &change.call.id, change.call.held)?;
    calls_without_money(tx, &Whose::Account(change.call.account.clone()), now)
}

/// Charges each leg by the formula whose inverse set its limit, and gives back the rest of the hold. The charges are
/// still to be saved with the call, and its record to get their lines.
fn settle(tx: &mut Tx, change: &Change, now: DateTime<Utc>) -> Result<(Vec<Charge>, Vec<Record>), FlowError> {
    let call = &change.call;
    let account = accounts::find(tx, &call.account)?.ok_or_else(|| FlowError::not_found("account", &call.account))?;
    let charges = call.charges();
    let total: Money = charges.iter().map(|charge| charge.cost).sum();
    let (before, after) = (change.wallet, change.wallet.settle(call.held, total));
    let promo = before.promo - after.promo;
    bundles::tell_what_is_used_up(tx, call, now)?;
    let transfers = charges.iter().flat_map(|charge| charge.transfers(&call.account)).collect();
    for transfer in promo_first(transfers, promo) {
        ledger::post(tx, &transfer, account.currency, "billing", now)?;
    }
    accounts::save_wallet(tx, &call.account, &after)?;
    promo::spend(tx, &call.account, promo)?;
    let ended = Event::call_ended(call, total, account.currency);
    tell_of_charge(tx, &call.account, &ended, before.balance(), after.balance(), account.currency, now)?;
    let after = promo::take_back(tx, &call.account, account.currency, after, now)?;
    let after = repay_debt(tx, call, account.currency, after, now)?;
    holds::settle(tx, &call.id, total)?;
    calls_without_money(tx, &Whose::Account(call.account.clone()), now)?;
    look_soon(tx, &call.account, now)?;
    let agreed = agreements::find(tx, &call.account)?;
    if agreed.is_some_and(|kept| kept.agreement.wants_more_than(after.available())) {
        Job::ConsiderRecharge { account: call.account.clone() }.enqueue(tx, now)?;
    }
    Job::FetchPrices { call: call.id.clone() }.enqueue(tx, now + FIRST_LOOK)?;
    let released = Record::Released { amount: call.held - total };
    let lines = charges.iter().flat_map(|charge| charge.records()).chain([released]).collect();
    Ok((charges, lines))
}

/// What the call has left free, and whatever else is, repays a debt as a credit would.
fn repay_debt(
    tx: &mut Tx,
    call: &Call,
    currency: Currency,
    wallet: Wallet,
    now: DateTime<Utc>,
) -> Result<Wallet, FlowError> {
    let (after, repaid) = wallet.repay();
    if repaid.is_positive() {
        ledger::post(tx, &debt_repaid(&call.account, &call.id, repaid), currency, "billing", now)?;
        accounts::save_wallet(tx, &call.account, &after)?;
    }
    Ok(after)
}

/// Adds a line to a call's record.
pub fn note(tx: &mut Tx, call: &str, record: Record, now: DateTime<Utc>) -> Result<(), FlowError> {
    let change = lock(tx, call)?;
    save(tx, change, vec![Command::Record(record)], now)
}
