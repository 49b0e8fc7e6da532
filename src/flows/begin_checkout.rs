//! A caller wants to pay, or to save a card, at the card processor's own page: what is wanted is written down with a job
//! that opens the page. Nothing has left the house yet.

use chrono::{DateTime, Utc};

use super::breaker::is_down;
use super::refusals::keep;
use super::{FlowError, Job};
use crate::domain::checkout::{Checkout, NewCheckout, OPEN_FOR, Purpose, State};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::refused::{Deed, Refused, Way};
use crate::ids;
use crate::storage::checkouts::{self, Consent};
use crate::storage::{Tx, accounts, audit, charging};

/// Whoever needs more than these at once has lost track of them.
const MOST_OPEN: i64 = 5;
/// Times the processor's smallest amount: about a thousand dollars, in whatever currency.
const MOST_TIMES_SMALLEST: i64 = 2000;

/// What a processor with pages of its own brings to the books.
pub trait CheckoutForms: Send + Sync {
    fn processor(&self) -> &'static str;
    fn smallest(&self, currency: Currency) -> Money;
    fn customer_body(&self, account: &str) -> String;
    fn checkout_body(&self, checkout: &NewCheckout) -> String;
    /// Where the customer comes back to when done, and when not.
    fn back_urls(&self, checkout: &str) -> (String, String);
}

#[derive(Debug, Clone)]
pub struct CheckoutWish {
    pub account: String,
    pub purpose: Purpose,
    /// Needed if a card is saved.
    pub consent: Option<Consent>,
    /// Made up once by whoever asks, so that asking again begins nothing.
    pub key: String,
    pub actor: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    Checkout(Box<Checkout>),
    /// Begun before under this key.
    Already(Box<Checkout>),
    /// The key was used for something else.
    OtherWish,
    Refused(NoCheckout),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCheckout {
    #[error("This account is not open. Please ask us about it.")]
    AccountNotOpen,
    #[error("This account is on hold until we have looked at something. Ask us about it.")]
    AccountFrozen,
    #[error("Give an amount of {least} or more.")]
    TooSmall { least: Money },
    #[error("Give an amount of up to {most}.")]
    TooLarge { most: Money },
    #[error("Nobody can be charged such a fraction of {0}.")]
    TooFine(Currency),
    #[error("A card is saved only with your consent.")]
    NoConsent,
    #[error("At the moment we take no payments by card. Please try again later.")]
    ChargingOff,
    #[error("The card processor does not answer at the moment. Please try again in some minutes.")]
    ProcessorDown,
    #[error("{most} payments are open already. Finish or cancel one of them first.")]
    TooManyOpen { most: i64 },
}

impl NoCheckout {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccountNotOpen => "account_not_open",
            Self::AccountFrozen => "account_frozen",
            Self::TooSmall { .. } => "amount_too_small",
            Self::TooLarge { .. } => "amount_too_large",
            Self::TooFine(_) => "amount_too_fine",
            Self::NoConsent => "no_consent",
            Self::ChargingOff => "charging_off",
            Self::ProcessorDown => "processor_down",
            Self::TooManyOpen { .. } => "too_many_checkouts",
        }
    }
}

/// The least and the most that is taken at once.
pub fn bounds(forms: &dyn CheckoutForms, currency: Currency) -> (Money, Money) {
    let least = forms.smallest(currency);
    (least, Money::from_micros(least.micros() * MOST_TIMES_SMALLEST))
}

pub fn begin_checkout(
    tx: &mut Tx,
    wish: &CheckoutWish,
    forms: &dyn CheckoutForms,
    now: DateTime<Utc>,
) -> Result<Begun, FlowError> {
    let begun = begun_or_not(tx, wish, forms, now)?;
    if let Begun::Refused(refusal) = &begun {
        let refused = Refused {
            account: wish.account.clone(),
            deed: Deed::TopUp,
            way: Way::of(Some(&wish.actor)),
            code: refusal.code(),
            sentence: refusal.to_string(),
            number: None,
        };
        keep(tx, &refused, now)?;
    }
    Ok(begun)
}

fn begun_or_not(
    tx: &mut Tx,
    wish: &CheckoutWish,
    forms: &dyn CheckoutForms,
    now: DateTime<Utc>,
) -> Result<Begun, FlowError> {
    let unknown = || FlowError::not_found("account", &wish.account);
    accounts::lock_wallet(tx, &wish.account)?.ok_or_else(unknown)?;
    let account = accounts::find(tx, &wish.account)?.ok_or_else(unknown)?;
    if let Some(known) = checkouts::by_request_key(tx, &account.id, &wish.key)? {
        let same = known.purpose == wish.purpose;
        return Ok(if same { Begun::Already(Box::new(known)) } else { Begun::OtherWish });
    }
    if account.status != "open" {
        return Ok(Begun::Refused(NoCheckout::AccountNotOpen));
    }
    if account.is_frozen() {
        return Ok(Begun::Refused(NoCheckout::AccountFrozen));
    }
    if wish.purpose.amount().is_some() && !charging::state(tx)?.allows_top_ups() {
        return Ok(Begun::Refused(NoCheckout::ChargingOff));
    }
    if is_down(tx, forms.processor(), now)? {
        return Ok(Begun::Refused(NoCheckout::ProcessorDown));
    }
    if let Some(refused) = refused(wish, account.currency, forms) {
        return Ok(Begun::Refused(refused));
    }
    if checkouts::count_usable(tx, &account.id, now)? >= MOST_OPEN {
        return Ok(Begun::Refused(NoCheckout::TooManyOpen { most: MOST_OPEN }));
    }
    let checkout = planned(wish, account.currency, now);
    let consent = wish.consent.as_ref().filter(|_| wish.purpose.saves_card());
    checkouts::insert(tx, &checkout, forms.processor(), &wish.key, consent)?;
    Job::AdvanceCheckout { checkout: checkout.id.clone() }.enqueue(tx, now)?;
    let detail = wish.purpose.amount().map_or_else(String::new, |amount| amount.to_string());
    audit::record(tx, &wish.actor, wish.purpose.code(), &account.id, &detail, now)?;
    Ok(Begun::Checkout(Box::new(checkout)))
}

fn refused(wish: &CheckoutWish, currency: Currency, forms: &dyn CheckoutForms) -> Option<NoCheckout> {
    if let Some(amount) = wish.purpose.amount() {
        let (least, most) = bounds(forms, currency);
        if amount < least {
            return Some(NoCheckout::TooSmall { least });
        }
        if amount > most {
            return Some(NoCheckout::TooLarge { most });
        }
        if amount.to_minor(currency).is_none() {
            return Some(NoCheckout::TooFine(currency));
        }
    }
    (wish.purpose.saves_card() && wish.consent.is_none()).then_some(NoCheckout::NoConsent)
}

fn planned(wish: &CheckoutWish, currency: Currency, now: DateTime<Utc>) -> Checkout {
    Checkout {
        id: ids::new("chk"),
        account: wish.account.clone(),
        purpose: wish.purpose,
        currency,
        customer_ref: None,
        state: State::Planned,
        reference: None,
        url: None,
        paid_by: None,
        card: None,
        created_at: now,
        expires_at: now + OPEN_FOR,
        not_before: now,
        looked_at: None,
        tries: 0,
        verdict: None,
    }
}
