//! What an account's owner agrees to be charged without being asked again: made, changed, paused when something is wrong,
//! turned on again, ended.

use chrono::{DateTime, Utc};

use super::tell::tell;
use super::{FlowError, Job};
use crate::domain::event::Event;
use crate::domain::money::Money;
use crate::domain::payment::Payment;
use crate::domain::recharge::Agreement;
use crate::domain::recharge::pause::{PauseReason, Turn, after_change, pause_after};
use crate::domain::saved_card::Change;
use crate::storage::agreements::{self, Consent};
use crate::storage::{Tx, accounts, audit, payments};

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
    lock(tx, account)?;
    let paused = agreements::find(tx, account)?.and_then(|before| before.paused_because);
    agreements::replace(tx, account, agreement, consent)?;
    audit::record(tx, actor, "agree_to_recharge", account, &detail(agreement, consent), now)?;
    if let Some(because) = paused {
        tell(tx, account, &Event::recharge_resumed(because), now)?;
    }
    consider(tx, account, agreement, now)
}

/// `false` if there was nothing to turn off.
pub fn stop_recharge(tx: &mut Tx, account: &str, actor: &str, now: DateTime<Utc>) -> Result<bool, FlowError> {
    lock(tx, account)?;
    let ended = agreements::end(tx, account)?;
    if ended {
        audit::record(tx, actor, "stop_recharge", account, "", now)?;
    }
    Ok(ended)
}

/// Nothing is charged until the owner acts. For whoever learns that something is wrong, in a transaction that has locked the
/// account's wallet; the first reason stays, and without an agreement there is nothing to pause.
pub fn pause_recharge(tx: &mut Tx, account: &str, because: PauseReason, now: DateTime<Utc>) -> Result<(), FlowError> {
    let Some(kept) = agreements::find(tx, account)? else { return Ok(()) };
    if kept.paused_because.is_some() {
        return Ok(());
    }
    begin_pause(tx, account, because, now)
}

fn begin_pause(tx: &mut Tx, account: &str, because: PauseReason, now: DateTime<Utc>) -> Result<(), FlowError> {
    agreements::set_pause(tx, account, Some(because))?;
    audit::record(tx, "system", "pause_recharge", account, because.code(), now)?;
    Ok(tell(tx, account, &Event::recharge_paused(because), now)?)
}

/// A charge ended without money; that may be a reason to charge no more.
pub(super) fn pause_after_loss(tx: &mut Tx, payment: &Payment, now: DateTime<Utc>) -> Result<(), FlowError> {
    let Some(kept) = agreements::find(tx, &payment.account)? else { return Ok(()) };
    let since_agreed = payments::begun_since(tx, &payment.account, kept.consent.at)?;
    let cards_left = !payments::usable_methods(tx, &payment.account)?.is_empty();
    match pause_after(payment.verdict.as_ref(), cards_left, &since_agreed) {
        Some(because) => pause_recharge(tx, &payment.account, because, now),
        None => Ok(()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumed {
    /// Also if it was not paused: a card that rests may be tried again.
    Now,
    /// There is no agreement to turn on again.
    NotAgreed,
}

/// The owner says yes once more to the words that stand.
pub fn resume_recharge(
    tx: &mut Tx,
    account: &str,
    from: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Resumed, FlowError> {
    lock(tx, account)?;
    let Some(kept) = agreements::find(tx, account)? else { return Ok(Resumed::NotAgreed) };
    agreements::set_consent(tx, account, from, now)?;
    let was = kept.paused_because.map_or("not paused", PauseReason::code);
    let detail = format!("was {was}; version {:?} from {from}", kept.consent.version);
    audit::record(tx, actor, "resume_recharge", account, &detail, now)?;
    end_pause(tx, account, kept.paused_because, now)?;
    consider(tx, account, &Agreement { paused: false, ..kept.agreement }, now)?;
    Ok(Resumed::Now)
}

/// The owner was at the processor's own page, where the bank has asked what it wanted to ask.
pub(super) fn authenticated(tx: &mut Tx, account: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let Some(kept) = agreements::find(tx, account)? else { return Ok(()) };
    if kept.paused_because.is_some_and(PauseReason::ends_with_authentication) {
        audit::record(tx, "system", "resume_recharge", account, "the owner has authenticated", now)?;
        end_pause(tx, account, kept.paused_because, now)?;
    }
    Ok(())
}

/// A saved card was changed elsewhere. `was_usable`: it could be charged before.
pub(super) fn card_changed(
    tx: &mut Tx,
    account: &str,
    change: Change,
    was_usable: bool,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let Some(kept) = agreements::find(tx, account)? else { return Ok(()) };
    match after_change(change, was_usable, kept.paused_because) {
        Some(Turn::Pause(because)) => begin_pause(tx, account, because, now),
        Some(Turn::Resume) => {
            audit::record(tx, "system", "resume_recharge", account, "the card was renewed", now)?;
            end_pause(tx, account, kept.paused_because, now)?;
            consider(tx, account, &Agreement { paused: false, ..kept.agreement }, now)
        }
        None => Ok(()),
    }
}

fn end_pause(tx: &mut Tx, account: &str, was: Option<PauseReason>, now: DateTime<Utc>) -> Result<(), FlowError> {
    let Some(because) = was else { return Ok(()) };
    agreements::set_pause(tx, account, None)?;
    Ok(tell(tx, account, &Event::recharge_resumed(because), now)?)
}

/// A threshold may be above the balance already.
fn consider(tx: &mut Tx, account: &str, agreement: &Agreement, now: DateTime<Utc>) -> Result<(), FlowError> {
    if agreement.threshold.is_positive() {
        Job::ConsiderRecharge { account: account.to_owned() }.enqueue(tx, now)?;
    }
    Ok(())
}

fn lock(tx: &mut Tx, account: &str) -> Result<(), FlowError> {
    accounts::lock_wallet(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
    Ok(())
}

fn detail(agreement: &Agreement, consent: &Consent) -> String {
    let Agreement { amount, smaller, threshold, most_per_day, most_per_month, cap_per_day, cap_per_month, paused: _ } =
        agreement;
    let smaller = smaller.map_or_else(String::new, |smaller| format!(" or {smaller}"));
    let cap = |cap: &Option<Money>| cap.map_or_else(String::new, |cap| format!(" and {cap}"));
    format!(
        "{amount}{smaller} below {threshold}, at most {most_per_day}{} a day and {most_per_month}{} a month, \
         version {:?} from {}: {}",
        cap(cap_per_day),
        cap(cap_per_month),
        consent.version,
        consent.from,
        consent.text
    )
}
