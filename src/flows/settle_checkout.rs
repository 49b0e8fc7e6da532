//! A checkout goes its way: the next request is chosen and noted before it is sent, what is heard of it is booked when it
//! comes. The credit is a fact of the processor's payment, so it is booked once whoever tells of it first.

use chrono::{DateTime, Utc};

use super::agreement::authenticated;
use super::begin_checkout::CheckoutForms;
use super::breaker::{Heard, evidence, heard};
use super::credit_charge::{Charge, credit_charge};
use super::report::Message;
use super::saved_cards::keep_card;
use super::strays::keep_stray_payment;
use super::{FlowError, Job};
use crate::domain::checkout::{Checkout, Consequence, NewCheckout, Paid, Seen, Step};
use crate::domain::exchange::Sent;
use crate::domain::payment::Doubt;
use crate::storage::{Tx, accounts, charging, checkouts, payments};

/// A request to send, with everything it is made of.
#[derive(Debug, Clone)]
pub struct ToSend {
    pub step: Step,
    pub checkout: Checkout,
    /// What is sent, where the step has a body.
    pub body: String,
}

#[derive(Debug)]
pub enum Next {
    Send(Box<ToSend>),
    Later(DateTime<Utc>),
    Over,
}

pub fn next_step(
    tx: &mut Tx,
    checkout: &str,
    forms: &dyn CheckoutForms,
    now: DateTime<Utc>,
) -> Result<Next, FlowError> {
    let mut checkout = lock(tx, checkout)?;
    if let (None, Some(known)) = (&checkout.customer_ref, payments::customer(tx, &checkout.account, forms.processor())?)
    {
        checkout.customer_ref = Some(known);
    }
    if checkout.purpose.amount().is_some() && !charging::state(tx)?.allows_top_ups() {
        checkout.cancel(now);
    }
    let step = checkout.next_step(now);
    checkouts::save(tx, &checkout)?;
    Ok(match step {
        Some(step) => {
            let body = body(tx, step, &checkout, forms)?;
            Next::Send(Box::new(ToSend { step, checkout, body }))
        }
        None if checkout.state.is_open() => Next::Later(checkout.not_before),
        None => Next::Over,
    })
}

/// The body of the page is frozen as soon as the customer is known, and is the same ever after.
fn body(tx: &mut Tx, step: Step, checkout: &Checkout, forms: &dyn CheckoutForms) -> Result<String, FlowError> {
    match step {
        Step::MakeCustomer => Ok(forms.customer_body(&checkout.account)),
        Step::Look | Step::Expire => Ok(String::new()),
        Step::Open => {
            if let Some(frozen) = checkouts::body(tx, &checkout.id)? {
                return Ok(frozen);
            }
            let (success_url, cancel_url) = forms.back_urls(&checkout.id);
            let body = forms.checkout_body(&NewCheckout {
                checkout: checkout.id.clone(),
                account: checkout.account.clone(),
                purpose: checkout.purpose,
                currency: checkout.currency,
                customer_ref: checkout.customer_ref.clone().expect("opening comes after the customer is known"),
                expires_at: checkout.expires_at,
                success_url,
                cancel_url,
            });
            checkouts::freeze_body(tx, &checkout.id, &body)?;
            Ok(body)
        }
    }
}

/// The processor has a customer of this name for the checkout's account.
pub fn customer_made(
    tx: &mut Tx,
    checkout: &str,
    customer_ref: &str,
    processor: &'static str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let mut checkout = lock(tx, checkout)?;
    let known = match payments::customer(tx, &checkout.account, processor)? {
        Some(known) => known,
        None => {
            payments::insert_customer(tx, &checkout.account, processor, customer_ref)?;
            customer_ref.to_owned()
        }
    };
    checkout.customer_known(known, now);
    Ok(checkouts::save(tx, &checkout)?)
}

pub fn answered(
    tx: &mut Tx,
    checkout: &str,
    step: Step,
    answer: &Result<Seen, Doubt>,
    processor: &'static str,
    live: bool,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let mut checkout = lock(tx, checkout)?;
    let about = Heard {
        processor,
        about: &checkout.id,
        account: &checkout.account,
        step: step.code(),
        evidence: evidence(answer, true),
    };
    heard(tx, &about, now)?;
    let consequences = match answer {
        Ok(seen) => checkout.seen(seen, live, now),
        Err(doubt) => {
            tracing::warn!(checkout = checkout.id, ?step, ?doubt, "a checkout was not answered");
            checkout.doubted(step, doubt, now)
        }
    };
    follow(tx, &mut checkout, &consequences, processor, now)
}

/// A message of the processor's about a checkout of ours.
#[derive(Debug, Clone)]
pub struct ProcessorSays {
    /// Our id, if the message carries it.
    pub checkout: Option<String>,
    /// The processor's, if it carries that.
    pub reference: Option<String>,
    /// Only money that was taken may be believed; anything else is a hint to look.
    pub paid: Option<Paid>,
    /// What was told, if it is nobody's.
    pub told: Sent,
}

pub fn reported(
    tx: &mut Tx,
    says: &ProcessorSays,
    message: &Message,
    processor: &'static str,
    live: bool,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    if !message.keep(tx, now)? {
        return Ok(());
    }
    let Some(id) = named(tx, says, processor)? else {
        return match &says.paid {
            Some(Paid { payment, receipt }) => {
                keep_stray_payment(tx, (processor, payment), receipt, &says.told, &message.id, now)
            }
            None => Ok(()),
        };
    };
    let mut checkout = lock(tx, &id)?;
    if let (None, Some(reference)) = (&checkout.reference, &says.reference) {
        checkout.reference = Some(reference.clone());
    }
    let consequences = match &says.paid {
        Some(paid) => checkout.reported_paid(paid, live, now),
        None => {
            checkout.look_soon(now);
            vec![]
        }
    };
    follow(tx, &mut checkout, &consequences, processor, now)
}

fn named(tx: &mut Tx, says: &ProcessorSays, processor: &str) -> Result<Option<String>, FlowError> {
    if let Some(id) = &says.checkout
        && checkouts::account_of(tx, id)?.is_some()
    {
        return Ok(Some(id.clone()));
    }
    match &says.reference {
        Some(reference) => Ok(checkouts::by_reference(tx, processor, reference)?),
        None => Ok(None),
    }
}

/// Its owner is back from the processor's page and wants to know.
pub fn look_soon(tx: &mut Tx, checkout: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let mut checkout = lock(tx, checkout)?;
    checkout.look_soon(now);
    save(tx, &checkout)
}

/// Its owner does not want it any more.
pub fn cancel_checkout(tx: &mut Tx, checkout: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let mut checkout = lock(tx, checkout)?;
    checkout.cancel(now);
    save(tx, &checkout)
}

fn follow(
    tx: &mut Tx,
    checkout: &mut Checkout,
    consequences: &[Consequence],
    processor: &'static str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    for consequence in consequences {
        match consequence {
            Consequence::Credit { payment } => {
                let amount = checkout.purpose.amount().expect("only a top-up is ever credited");
                let charge = Charge { processor, reference: payment, amount };
                credit_charge(tx, &checkout.account, &charge, processor, now)?;
                authenticated(tx, &checkout.account, now)?;
            }
            Consequence::SaveCard(card) => {
                keep_card(tx, &checkout.account, processor, card, now)?;
                authenticated(tx, &checkout.account, now)?;
            }
            Consequence::Alarm => {
                tracing::error!(
                    checkout = checkout.id,
                    state = checkout.state.code(),
                    "a checkout needs a human's eyes"
                );
            }
        }
    }
    save(tx, checkout)
}

fn save(tx: &mut Tx, checkout: &Checkout) -> Result<(), FlowError> {
    checkouts::save(tx, checkout)?;
    if checkout.state.is_open() {
        Job::AdvanceCheckout { checkout: checkout.id.clone() }.enqueue(tx, checkout.not_before)?;
    }
    Ok(())
}

fn lock(tx: &mut Tx, checkout: &str) -> Result<Checkout, FlowError> {
    let unknown = || FlowError::not_found("checkout", checkout);
    let account = checkouts::account_of(tx, checkout)?.ok_or_else(unknown)?;
    accounts::lock_wallet(tx, &account)?;
    checkouts::find(tx, checkout)?.ok_or_else(unknown)
}
