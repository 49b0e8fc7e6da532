//! What a plan offers of bundles, and how an account comes to have one: its caller buys it, or an administrator grants it.

use chrono::{DateTime, Utc};

use super::tell::tell;
use super::{FlowError, look_again};
use crate::domain::bundle::{BadOffer, Bundle, BundleTerms, Offer};
use crate::domain::event::Event;
use crate::domain::ledger::bundle_price;
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::rating::Rate;
use crate::domain::rating::cost::Cost;
use crate::domain::rating::tax::Tax;
use crate::domain::wallet::Debit;
use crate::ids;
use crate::storage::accounts::{Account, Plan};
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, bundle_offers, bundles, ledger};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offered {
    Now(Box<Offer>),
    Bad(BadOffer),
}

pub fn offer_bundle(
    tx: &mut Tx,
    plan: &str,
    terms: BundleTerms,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Offered, FlowError> {
    accounts::plan_by_id(tx, plan)?.ok_or_else(|| FlowError::not_found("plan", plan))?;
    let terms = match terms.checked() {
        Ok(terms) => terms,
        Err(bad) => return Ok(Offered::Bad(bad)),
    };
    let (id, plan, made_by) = (ids::new("off"), plan.to_owned(), actor.to_owned());
    let offer = Offer { id, plan, terms, made_by, made_at: now, withdrawn_at: None };
    bundle_offers::insert(tx, &offer)?;
    let BundleTerms { name, prefixes, seconds, days, price, .. } = &offer.terms;
    let detail = format!("{}: {name}, {seconds} s to {prefixes} for {days} days at {price}", offer.id);
    audit::record(tx, actor, "offer_bundle", &offer.plan, &detail, now)?;
    Ok(Offered::Now(Box::new(offer)))
}

/// Nobody can have it any more; those who have it keep it.
pub fn withdraw_offer(tx: &mut Tx, id: &str, actor: &str, now: DateTime<Utc>) -> Result<Offer, FlowError> {
    let offer = bundle_offers::find(tx, id)?.ok_or_else(|| FlowError::not_found("offer", id))?;
    if offer.withdrawn_at.is_some() {
        return Ok(offer);
    }
    bundle_offers::set_withdrawn(tx, id, now)?;
    audit::record(tx, actor, "withdraw_bundle", &offer.plan, &format!("{id}: {}", offer.terms.name), now)?;
    Ok(Offer { withdrawn_at: Some(now), ..offer })
}

/// Who pays for a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaidBy {
    /// The account, from its cash.
    Account,
    /// Nobody: it is granted.
    House,
}

#[derive(Debug, Clone)]
pub struct BundleWish {
    pub account: String,
    pub offer: String,
    pub paid_by: PaidBy,
    /// Made up once by whoever wants it: asking again changes nothing.
    pub key: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bought {
    Now(Box<Bundle>),
    /// The same was bought before under this key.
    Already(Box<Bundle>),
    /// The key was used for another offer.
    OtherOffer,
    Refused(NoBundle),
}

/// Why no bundle was had; each says what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoBundle {
    #[error("This account is closed, blocked or on hold. Ask your provider.")]
    AccountNotOpen,
    #[error("This is not offered under your plan, or not any more. Choose another one.")]
    NotOffered,
    #[error("It costs {needed}, and {free} of your balance is free for it. Top up first.")]
    NotFree { free: Money, needed: Money },
}

impl NoBundle {
    pub fn code(self) -> &'static str {
        match self {
            Self::AccountNotOpen => "account_not_open",
            Self::NotOffered => "not_offered",
            Self::NotFree { .. } => "not_enough_free",
        }
    }
}

/// Paid and had in one transaction. Calls that run are looked at: they may go on by it.
pub fn buy_bundle(tx: &mut Tx, wish: &BundleWish, actor: &str, now: DateTime<Utc>) -> Result<Bought, FlowError> {
    let unknown = || FlowError::not_found("account", &wish.account);
    let wallet = accounts::lock_wallet(tx, &wish.account)?.ok_or_else(unknown)?;
    let (account, plan) = accounts::find_with_plan(tx, &wish.account)?.ok_or_else(unknown)?;
    if let Some(before) = bundles::by_key(tx, &wish.account, &wish.key)? {
        let same = before.offer == wish.offer;
        return Ok(if same { Bought::Already(Box::new(before)) } else { Bought::OtherOffer });
    }
    let found = bundle_offers::find(tx, &wish.offer)?;
    let Some(offer) = found.filter(|offer| offer.plan == plan.id && offer.withdrawn_at.is_none()) else {
        return Ok(Bought::Refused(NoBundle::NotOffered));
    };
    if !account.is_open() || account.is_frozen() {
        return Ok(Bought::Refused(NoBundle::AccountNotOpen));
    }
    let price = match wish.paid_by {
        PaidBy::Account => price_for(&offer, &account, &plan, now),
        PaidBy::House => Cost { net: Money::ZERO, tax: Money::ZERO, gross: Money::ZERO },
    };
    let Debit::Debited(after) = wallet.debit(price.gross) else {
        return Ok(Bought::Refused(NoBundle::NotFree { free: wallet.free_cash(), needed: price.gross }));
    };
    let bundle = new_bundle(wish, &offer, price.gross, actor, now);
    bundles::insert(tx, &bundle)?;
    let country = tax_of(&account, &plan).map_or("", |tax| tax.country.as_str());
    for transfer in bundle_price(&account.id, &bundle.id, price, country, &bundle.name) {
        ledger::post(tx, &transfer, account.currency, actor, now)?;
    }
    accounts::save_wallet(tx, &account.id, &after)?;
    note(tx, wish, &bundle, actor, now)?;
    tell(tx, &account.id, &Event::bundle_bought(&bundle, account.currency), now)?;
    look_again::all_calls(tx, &account.id, now)?;
    Ok(Bought::Now(Box::new(bundle)))
}

/// What the account would pay, with the tax that its own number's country has under the plan.
pub fn price_for(offer: &Offer, account: &Account, plan: &Plan, now: DateTime<Utc>) -> Cost {
    // Once, like a fee to connect.
    let tax = tax_of(account, plan).cloned();
    Rate { connection_fee: offer.terms.price, tax, ..Rate::free("bundle") }.taxed(now, 1)
}

fn tax_of<'a>(account: &Account, plan: &'a Plan) -> Option<&'a Tax> {
    let country = account.own_number.as_ref().and_then(PhoneNumber::country).map(|country| country.code());
    plan.terms.taxes.of(country)
}

fn new_bundle(wish: &BundleWish, offer: &Offer, price: Money, actor: &str, now: DateTime<Utc>) -> Bundle {
    Bundle {
        id: ids::new("bnd"),
        account: wish.account.clone(),
        offer: offer.id.clone(),
        name: offer.terms.name.clone(),
        prefixes: offer.terms.prefixes.clone(),
        seconds: offer.terms.seconds,
        increment_seconds: offer.terms.increment_seconds,
        remaining: offer.terms.seconds,
        price,
        bought_at: now,
        expires_at: offer.terms.expires_at(now),
        bought_by: actor.to_owned(),
        key: wish.key.clone(),
    }
}

fn note(tx: &mut Tx, wish: &BundleWish, bundle: &Bundle, actor: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let action = match wish.paid_by {
        PaidBy::Account => "buy_bundle",
        PaidBy::House => "grant_bundle",
    };
    let change = Change {
        actor,
        action,
        subject: &wish.account,
        account: Some(&wish.account),
        detail: &format!("{}: {} for {}", bundle.id, bundle.name, bundle.price),
        before: None,
        after: None,
    };
    Ok(audit::change(tx, &change, now)?)
}
