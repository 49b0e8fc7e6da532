//! Somebody gives a PIN, on a page, through a program or by phone: its voucher's face is credited, once. Wrong PINs are
//! kept and counted here, so that every way in is throttled, and on all nodes together.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::agents::is_agent;
use super::credit::{credit, is_too_much};
use super::refusals::keep;
use super::watch::look_soon;
use crate::domain::ledger::redemption;
use crate::domain::refused::{Deed, Refused, Way};
use crate::domain::voucher::{
    GUESSES_FROM_A_SOURCE, GUESSES_OF_AN_ACCOUNT, MayRedeem, NotRedeemed, Pin, PinKey, Voucher, must_wait,
};
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, voucher_guesses, vouchers};

#[derive(Debug, Clone)]
pub struct Redemption {
    pub account: String,
    pub pin: Pin,
    /// The network or the phone of who tries, if only they can be behind it; a program's is everybody's.
    pub source: Option<String>,
    pub actor: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    Now(Box<Voucher>),
    /// By this account, before.
    Already(Box<Voucher>),
    Refused(NotRedeemed),
}

/// A PIN that nobody has takes the same steps as one that was used: its MAC is made and looked for, and it is noted.
/// The account's lock makes its own guesses wait for each other; of a source that tries many accounts at the same
/// moment a few more may pass.
pub fn redeem_voucher(tx: &mut Tx, key: &PinKey, wish: &Redemption, now: DateTime<Utc>) -> Result<Redeemed, FlowError> {
    let redeemed = redeemed_or_not(tx, key, wish, now)?;
    if let Redeemed::Refused(refusal) = &redeemed {
        let refused = Refused {
            account: wish.account.clone(),
            deed: Deed::Redeem,
            way: Way::of(Some(&wish.actor)),
            code: refusal.code(),
            sentence: refusal.to_string(),
            number: None,
        };
        keep(tx, &refused, now)?;
    }
    Ok(redeemed)
}

fn redeemed_or_not(tx: &mut Tx, key: &PinKey, wish: &Redemption, now: DateTime<Utc>) -> Result<Redeemed, FlowError> {
    let unknown = || FlowError::not_found("account", &wish.account);
    let wallet = accounts::lock_wallet(tx, &wish.account)?.ok_or_else(unknown)?;
    let account = accounts::find(tx, &wish.account)?.ok_or_else(unknown)?;
    if !account.is_open() {
        return Ok(Redeemed::Refused(NotRedeemed::AccountNotOpen));
    }
    if account.is_frozen() {
        return Ok(Redeemed::Refused(NotRedeemed::AccountFrozen));
    }
    if is_agent(tx, &wish.account)? {
        return Ok(Redeemed::Refused(NotRedeemed::AgentsAccount));
    }
    if let Some(seconds) = throttled(tx, wish, now)? {
        return Ok(Redeemed::Refused(NotRedeemed::TooManyGuesses { seconds }));
    }
    let Some(voucher) = vouchers::lock_by_mac(tx, &key.mac(&wish.pin))? else { return wrong(tx, wish, now) };
    match voucher.may_redeem(&wish.account, account.currency, now) {
        MayRedeem::Yes if is_too_much(&wallet, voucher.face) => Ok(Redeemed::Refused(NotRedeemed::TooMuch)),
        MayRedeem::Yes => redeem(tx, wish, voucher, now),
        MayRedeem::Already => Ok(Redeemed::Already(Box::new(voucher))),
        MayRedeem::No(NotRedeemed::WrongPin) => wrong(tx, wish, now),
        MayRedeem::No(refusal) => Ok(Redeemed::Refused(refusal)),
    }
}

fn redeem(tx: &mut Tx, wish: &Redemption, voucher: Voucher, now: DateTime<Utc>) -> Result<Redeemed, FlowError> {
    let transfer = redemption(&wish.account, &voucher.id, &voucher.serial, voucher.face);
    credit(tx, &transfer, &wish.actor, now)?;
    vouchers::note_redeemed(tx, &voucher.id, &wish.account, now)?;
    let change = Change {
        actor: &wish.actor,
        action: "redeem_voucher",
        subject: &voucher.id,
        account: Some(&wish.account),
        detail: &format!("{}: {} {}", voucher.serial, voucher.face, voucher.currency),
        before: Some("activated"),
        after: Some("redeemed"),
    };
    audit::change(tx, &change, now)?;
    Ok(Redeemed::Now(Box::new(voucher)))
}

fn wrong(tx: &mut Tx, wish: &Redemption, now: DateTime<Utc>) -> Result<Redeemed, FlowError> {
    voucher_guesses::insert(tx, &wish.account, wish.source.as_deref(), now)?;
    look_soon(tx, &wish.account, now)?;
    Ok(Redeemed::Refused(NotRedeemed::WrongPin))
}

fn throttled(tx: &mut Tx, wish: &Redemption, now: DateTime<Utc>) -> Result<Option<i64>, FlowError> {
    let of_account = voucher_guesses::of_account(tx, &wish.account, GUESSES_OF_AN_ACCOUNT)?;
    let from_source = match &wish.source {
        Some(source) => voucher_guesses::from_source(tx, source, GUESSES_FROM_A_SOURCE)?,
        None => None,
    };
    Ok([of_account, from_source].into_iter().filter_map(|earliest| must_wait(earliest, now)).max())
}
