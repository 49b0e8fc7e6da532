//! The automatic recharge: what the rule needs to know, and the beginning of a payment.

use chrono::{DateTime, TimeDelta, Utc};

use super::{FlowError, Job};
use crate::domain::call::{Call, Timing};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::payment::{NewPayment, Payment, State};
use crate::domain::recharge::{Method, Situation};
use crate::ids;
use crate::storage::payments::{self, Frozen};
use crate::storage::{Tx, accounts};

/// What a card processor brings to the books: its smallest amount, and the bodies to freeze.
pub trait PaymentForms: Send + Sync {
    fn processor(&self) -> &'static str;
    fn smallest(&self, currency: Currency) -> Money;
    /// Where the processor may send a browser, which off-session never happens.
    fn return_url(&self) -> String;
    fn create_body(&self, payment: &NewPayment) -> String;
    fn confirm_body(&self, payment: &NewPayment) -> String;
}

pub fn situation(
    tx: &mut Tx,
    call: &Call,
    forms: &dyn PaymentForms,
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<Situation, FlowError> {
    let agreement = payments::agreement(tx, &call.account)?;
    let failed = payments::methods_failed_in(tx, &call.id)?;
    let methods = payments::usable_methods(tx, &call.account)?;
    let account = accounts::find(tx, &call.account)?.ok_or_else(|| FlowError::not_found("account", &call.account))?;
    Ok(Situation {
        agreement,
        methods: methods
            .into_iter()
            .filter(|method| method.processor == forms.processor())
            .map(|method| Method { declined_in_call: failed.contains(&method.id), id: method.id })
            .collect(),
        open_payment: payments::open(tx, &call.account)?.is_some(),
        begun_at: payments::begun_since(tx, &call.account, now - TimeDelta::days(31))?,
        second_leg_answered: call.second_leg_answered(),
        time_can_be_given: call.time_can_be_given(timing),
        smallest: forms.smallest(account.currency),
    })
}

/// Writes the payment down with its requests frozen; the job sends them. Nothing has left the house yet.
pub fn begin(
    tx: &mut Tx,
    call: &Call,
    amount: Money,
    method: &str,
    useful_until: DateTime<Utc>,
    forms: &dyn PaymentForms,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let account = accounts::find(tx, &call.account)?.ok_or_else(|| FlowError::not_found("account", &call.account))?;
    let customer_ref = payments::customer(tx, &call.account, forms.processor())?
        .ok_or_else(|| FlowError::not_found("customer at the card processor for account", &call.account))?;
    let method = payments::usable_methods(tx, &call.account)?
        .into_iter()
        .find(|known| known.id == method)
        .ok_or_else(|| FlowError::not_found("card", method))?;
    let new = NewPayment {
        payment: ids::new("pay"),
        account: call.account.clone(),
        amount,
        currency: account.currency,
        customer_ref: customer_ref.clone(),
        method_ref: method.method_ref,
        return_url: forms.return_url(),
    };
    let frozen = Frozen {
        processor: forms.processor().to_owned(),
        method_id: method.id,
        create_body: forms.create_body(&new),
        confirm_body: forms.confirm_body(&new),
    };
    let payment = Payment {
        id: new.payment,
        account: call.account.clone(),
        call: Some(call.id.clone()),
        amount,
        currency: account.currency,
        customer_ref,
        state: State::Planned,
        reference: None,
        confirm: 0,
        useful_until,
        created_at: now,
        tries: 0,
        not_before: now,
        verdict: None,
    };
    payments::insert(tx, &payment, &frozen)?;
    Job::AdvancePayment { payment: payment.id }.enqueue(tx, now)?;
    Ok(())
}
