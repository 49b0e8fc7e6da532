//! One more number for a running call: its money to the present deadline is held, or nothing changes.

use chrono::{DateTime, Utc};

use super::bundles;
use super::call_changed;
use super::caps::{bar, room};
use super::refusals::keep_of_call;
use super::wanted::{Caller, rated};
use super::{FlowError, Rules};
use crate::domain::call::addition::{AddRefusal, AddingTerms, Addition};
use crate::domain::call::machine::MachineChoice;
use crate::domain::call::{Call, Command, Leg};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::refused::Deed;
use crate::domain::wallet::{Reserve, Wallet};
use crate::ids;
use crate::storage::audit::Change;
use crate::storage::{Tx, accounts, audit, calls, caps, holds};

#[derive(Debug, Clone)]
pub struct AddRequest {
    pub call: String,
    pub number: PhoneNumber,
    pub machine: MachineChoice,
    /// Made once by whoever adds: sending the request again adds nothing.
    pub request_key: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    Leg {
        id: String,
    },
    /// This request was carried out before.
    Already {
        id: String,
    },
    /// The key was used for another call or another number.
    OtherRequest,
    Refused(AddRefusal),
}

/// `by`: the administrator or program that does it, who stands in the audit then; `None` is the caller.
pub fn add_leg(
    tx: &mut Tx,
    request: &AddRequest,
    by: Option<&str>,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Added, FlowError> {
    let mut change = call_changed::lock(tx, &request.call)?;
    if let Some(before) = added_before(tx, &change.call, request)? {
        return Ok(before);
    }
    let (id, commands) = match take_in(tx, &mut change, request, rules, now)? {
        Ok(added) => added,
        Err(refusal) => {
            let (code, sentence) = (refusal.code(), refusal.to_string());
            keep_of_call(tx, &change.call, Deed::Add, by, (code, sentence, Some(&request.number)), now)?;
            return Ok(Added::Refused(refusal));
        }
    };
    if let Some(actor) = by {
        let (subject, account) = (request.call.as_str(), Some(change.call.account.as_str()));
        let (detail, action) = (format!("{}, {id}", request.number), "add_leg");
        audit::change(
            tx,
            &Change { actor, action, subject, account, detail: &detail, before: None, after: None },
            now,
        )?;
    }
    call_changed::save(tx, change, commands, now)?;
    Ok(Added::Leg { id })
}

/// What became of this request, if it was carried out before.
pub(super) fn added_before(tx: &mut Tx, call: &Call, request: &AddRequest) -> Result<Option<Added>, FlowError> {
    let Some((its_call, leg)) = calls::leg_by_request_key(tx, &call.account, &request.request_key)? else {
        return Ok(None);
    };
    let of_this = |leg: &Leg| leg.number == request.number && !leg.is_supervisor();
    let same = its_call == request.call && call.leg(&leg).is_some_and(of_this);
    Ok(Some(if same { Added::Already { id: leg } } else { Added::OtherRequest }))
}

/// Holds the money and writes the new leg, or changes nothing. The rest is still to be saved with the commands.
pub(super) fn take_in(
    tx: &mut Tx,
    change: &mut call_changed::Change,
    request: &AddRequest,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Result<(String, Vec<Command>), AddRefusal>, FlowError> {
    let (_, answer) = consider(tx, &change.call, &change.wallet, &request.number, rules, now)?;
    let addition = match answer {
        Ok(addition) => addition,
        Err(refusal) => return Ok(Err(refusal)),
    };
    hold(tx, change, addition.more)?;
    let id = ids::new("leg");
    let commands = change.call.add(&addition, &request.machine, id.clone(), now);
    holds::change(tx, &change.call.id, change.call.held)?;
    call_changed::insert_leg(tx, change, &request.request_key)?;
    Ok(Ok((id, commands)))
}

fn hold(tx: &mut Tx, change: &mut call_changed::Change, more: Money) -> Result<(), FlowError> {
    let Reserve::Reserved(wallet) = change.wallet.reserve(more) else {
        unreachable!("an addition takes no more than is available");
    };
    accounts::save_wallet(tx, &change.call.account, &wallet)?;
    change.wallet = wallet;
    Ok(())
}

/// What adding a number would take, or why it may not be added, in the account's currency.
pub fn quote_leg(
    tx: &mut Tx,
    call: &str,
    number: &PhoneNumber,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<(Currency, Result<Addition, AddRefusal>), FlowError> {
    let call = calls::find(tx, call)?.ok_or_else(|| FlowError::not_found("call", call))?;
    let wallet = accounts::wallet(tx, &call.account)?.unwrap_or_default();
    consider(tx, &call, &wallet, number, rules, now)
}

fn consider(
    tx: &mut Tx,
    call: &Call,
    wallet: &Wallet,
    number: &PhoneNumber,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<(Currency, Result<Addition, AddRefusal>), FlowError> {
    let unknown = || FlowError::not_found("account", &call.account);
    let (account, plan) = accounts::find_with_plan(tx, &call.account)?.ok_or_else(unknown)?;
    // The taxes are those the call was dialled with; its deck may have changed.
    let caller = Caller { plan: &plan.id, taxes: &call.terms.taxes, number: Some(&call.payer().number) };
    let mut wanted = rated(tx, &caller, &[number], now)?;
    let caps = caps::of_account(tx, &plan.id, &account.id)?;
    bar(&caps, &mut wanted);
    bundles::allot_to(tx, &call.account, &mut wanted, rules.timing.most_seconds, now)?;
    let wanted = wanted.remove(0);
    let terms = AddingTerms {
        available: wallet.available(),
        room: room(tx, &caps, &account.id, wallet.reserved, now)?,
        account_open: account.is_open(),
        account_frozen: account.is_frozen(),
        most_legs: call.terms.most_legs(rules.most_legs),
        least_seconds: rules.least_seconds,
        timing: rules.timing,
    };
    Ok((account.currency, call.may_add(wanted, &terms, now)))
}
