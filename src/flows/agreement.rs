//! What an account's owner agrees to be charged without being asked again: made, changed, resumed after a pause, ended.

use chrono::{DateTime, Utc};

use super::{FlowError, Job};
use crate::domain::money::Money;
use crate::domain::recharge::Agreement;
use crate::storage::agreements::{self, Consent};
use crate::storage::{Tx, accounts, audit};

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
    agreements::replace(tx, account, agreement, consent)?;
    audit::record(tx, actor, "agree_to_recharge", account, &detail(agreement, consent), now)?;
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumed {
    Now,
    NotPaused,
    /// There is no agreement to resume.
    NotAgreed,
}

pub fn resume_recharge(tx: &mut Tx, account: &str, actor: &str, now: DateTime<Utc>) -> Result<Resumed, FlowError> {
    lock(tx, account)?;
    let Some(kept) = agreements::find(tx, account)? else { return Ok(Resumed::NotAgreed) };
    let Some(because) = kept.paused_because else { return Ok(Resumed::NotPaused) };
    agreements::resume(tx, account)?;
    audit::record(tx, actor, "resume_recharge", account, &format!("was paused: {because}"), now)?;
    consider(tx, account, &Agreement { paused: false, ..kept.agreement }, now)?;
    Ok(Resumed::Now)
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
    let Agreement { amount, threshold, most_per_day, most_per_month, cap_per_day, cap_per_month, paused: _ } =
        agreement;
    let cap = |cap: &Option<Money>| cap.map_or_else(String::new, |cap| format!(" and {cap}"));
    format!(
        "{amount} below {threshold}, at most {most_per_day}{} a day and {most_per_month}{} a month, \
         version {:?} from {}: {}",
        cap(cap_per_day),
        cap(cap_per_month),
        consent.version,
        consent.from,
        consent.text
    )
}
