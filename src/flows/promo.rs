//! Promotional credit is given, and is over: what no call holds at its end goes back to the house, what calls hold when
//! they settle.

use chrono::{DateTime, TimeDelta, Utc};

use super::credit::is_too_much;
use super::two_persons::Deed;
use super::{FlowError, Job, look_again};
use crate::domain::currency::Currency;
use crate::domain::ledger::{promo_expiry, promo_grant};
use crate::domain::money::Money;
use crate::domain::promo::{Grant, over, spent};
use crate::domain::wallet::Wallet;
use crate::ids;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, agreements, ledger, promo_grants};

/// Whatever lasts longer was mistyped.
const LASTS_AT_MOST: TimeDelta = TimeDelta::days(5 * 366);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Granted {
    Now(Box<Grant>),
    /// The same was granted before under this key.
    Already(Box<Grant>),
    /// The key was used for another amount.
    OtherAmount {
        was: Money,
    },
    Refused(NotGranted),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotGranted {
    #[error("No balance may be so large.")]
    TooMuch,
    #[error("The account is closed.")]
    AccountClosed,
    #[error("Promotional credit ends in the future, and within five years.")]
    BadEnd,
}

impl NotGranted {
    pub fn code(self) -> &'static str {
        match self {
            Self::TooMuch => "balance_too_large",
            Self::AccountClosed => "account_closed",
            Self::BadEnd => "bad_end",
        }
    }
}

/// Once a key. Calls that wait for money are looked at again.
pub(super) fn grant_promo(
    tx: &mut Tx,
    deed: &Deed,
    until: DateTime<Utc>,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Granted, FlowError> {
    let unknown = || FlowError::not_found("account", &deed.account);
    let wallet = accounts::lock_wallet(tx, &deed.account)?.ok_or_else(unknown)?;
    let account = accounts::find(tx, &deed.account)?.ok_or_else(unknown)?;
    match promo_grants::by_key(tx, &deed.account, &deed.key)? {
        Some(before) if before.amount == deed.amount => return Ok(Granted::Already(Box::new(before))),
        Some(before) => return Ok(Granted::OtherAmount { was: before.amount }),
        None => {}
    }
    if let Some(refused) = refusal(&wallet, deed.amount, &account.status, until, now) {
        return Ok(Granted::Refused(refused));
    }
    let grant = new_grant(deed, until, actor, now);
    promo_grants::insert(tx, &grant)?;
    let transfer = promo_grant(&account.id, &grant.id, grant.amount, &grant.reason);
    ledger::post(tx, &transfer, account.currency, actor, now)?;
    let after = wallet.grant(grant.amount);
    accounts::save_wallet(tx, &account.id, &after)?;
    note(tx, &grant, &wallet, &after, now)?;
    Job::ExpirePromo { account: account.id.clone() }.enqueue(tx, until)?;
    look_again::all_calls(tx, &account.id, now)?;
    Ok(Granted::Now(Box::new(grant)))
}

fn refusal(
    wallet: &Wallet,
    amount: Money,
    status: &str,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<NotGranted> {
    if status == "closed" {
        Some(NotGranted::AccountClosed)
    } else if is_too_much(wallet, amount) {
        Some(NotGranted::TooMuch)
    } else {
        (until <= now || until > now + LASTS_AT_MOST).then_some(NotGranted::BadEnd)
    }
}

fn new_grant(deed: &Deed, until: DateTime<Utc>, actor: &str, now: DateTime<Utc>) -> Grant {
    Grant {
        id: ids::new("prm"),
        account: deed.account.clone(),
        amount: deed.amount,
        remaining: deed.amount,
        expired: Money::ZERO,
        expires_at: until,
        reason: deed.reason.clone(),
        granted_by: actor.to_owned(),
        granted_at: now,
        key: deed.key.clone(),
    }
}

fn note(tx: &mut Tx, grant: &Grant, before: &Wallet, after: &Wallet, now: DateTime<Utc>) -> Result<(), FlowError> {
    let change = Change {
        actor: &grant.granted_by,
        action: "grant_promo",
        subject: &grant.account,
        account: Some(&grant.account),
        detail: &format!("{} until {}: {}", grant.amount, grant.expires_at, grant.reason),
        before: Some(&before.promo.to_string()),
        after: Some(&after.promo.to_string()),
    };
    Ok(audit::change(tx, &change, now)?)
}

/// A charge of promotional credit, which the wallet has paid, comes from the grants that expire first.
pub(super) fn spend(tx: &mut Tx, account: &str, amount: Money) -> Result<(), FlowError> {
    if !amount.is_positive() {
        return Ok(());
    }
    let grants = promo_grants::left(tx, account)?;
    let amounts = spent(&grants, amount);
    for (grant, spent) in grants.into_iter().zip(amounts).filter(|(_, spent)| spent.is_positive()) {
        promo_grants::save(tx, &Grant { remaining: grant.remaining - spent, ..grant })?;
    }
    Ok(())
}

/// When the time of grants is over: takes back what no call holds of them. When the next one ends, if any does.
pub fn expire_promo(tx: &mut Tx, account: &str, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, FlowError> {
    let unknown = || FlowError::not_found("account", account);
    let wallet = accounts::lock_wallet(tx, account)?.ok_or_else(unknown)?;
    let currency = accounts::find(tx, account)?.ok_or_else(unknown)?.currency;
    let after = take_back(tx, account, currency, wallet, now)?;
    let agreed = agreements::find(tx, account)?;
    if after != wallet && agreed.is_some_and(|kept| kept.agreement.wants_more_than(after.available())) {
        Job::ConsiderRecharge { account: account.to_owned() }.enqueue(tx, now)?;
    }
    Ok(promo_grants::left(tx, account)?.into_iter().map(|grant| grant.expires_at).find(|end| *end > now))
}

/// The wallet without what is over and no call holds: by the job at a grant's end, and whenever a call lets go of money.
/// The caller has locked the wallet.
pub(super) fn take_back(
    tx: &mut Tx,
    account: &str,
    currency: Currency,
    wallet: Wallet,
    now: DateTime<Utc>,
) -> Result<Wallet, FlowError> {
    if !wallet.promo.is_positive() {
        return Ok(wallet);
    }
    let grants = promo_grants::left(tx, account)?;
    let amounts = over(&grants, wallet.reserved, now);
    let mut after = wallet;
    for (grant, gone) in grants.into_iter().zip(amounts).filter(|(_, gone)| gone.is_positive()) {
        ledger::post(tx, &promo_expiry(account, &grant.id, gone, grant.expired), currency, "system", now)?;
        after = after.expire(gone);
        promo_grants::save(tx, &Grant { remaining: grant.remaining - gone, expired: grant.expired + gone, ..grant })?;
    }
    if after != wallet {
        accounts::save_wallet(tx, account, &after)?;
    }
    Ok(after)
}
