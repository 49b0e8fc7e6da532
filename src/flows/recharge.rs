//! The automatic recharge: what the rule needs to know, and the beginning of a payment.

use chrono::{DateTime, TimeDelta, Utc};

use super::{FlowError, Job, breaker};
use crate::domain::call::{Call, Timing};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::payment::{NewPayment, Payment, State};
use crate::domain::recharge::{Method, Recharge, Situation, WhyNot, recharge};
use crate::ids;
use crate::storage::Tx;
use crate::storage::accounts::Account;
use crate::storage::payments::{self, Frozen};
use crate::storage::{accounts, agreements, charging};

/// Somebody whose call was refused waits about this long for the money.
const DIALLING_AGAIN: TimeDelta = TimeDelta::seconds(60);

/// Nobody waits for money that fills the balance up; past this the need is looked at anew.
const FILLING_UP: TimeDelta = TimeDelta::hours(1);

/// What card processors bring to the books: the smallest amount, and the bodies to freeze.
pub trait PaymentForms: Send + Sync {
    /// Whether cards saved with this processor can be charged.
    fn reaches(&self, processor: &str) -> bool;
    fn smallest(&self, currency: Currency) -> Money;
    /// Where the processor may send a browser, which off-session never happens.
    fn return_url(&self) -> String;
    /// `None` if the processor cannot be reached.
    fn bodies(&self, processor: &str, payment: &NewPayment) -> Option<Bodies>;
}

/// What creates a payment, and what confirms it.
pub struct Bodies {
    pub create: String,
    pub confirm: String,
}

/// What a recharge is for: a live call that it would lengthen, one that could not begin for want of money, or a balance
/// below its threshold.
#[derive(Clone, Copy)]
pub struct Purpose<'a> {
    pub account: &'a Account,
    pub call: Option<&'a Call>,
    /// Past this the money would come too late for it.
    pub useful_until: DateTime<Utc>,
}

pub fn situation(
    tx: &mut Tx,
    purpose: &Purpose,
    forms: &dyn PaymentForms,
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<Situation, FlowError> {
    let account = purpose.account;
    let kept = agreements::find(tx, &account.id)?;
    let methods = payments::usable_methods(tx, &account.id)?;
    let reached = methods.into_iter().filter(|method| forms.reaches(&method.processor));
    let method = |method: payments::Method| {
        Ok::<_, FlowError>(Method { down: breaker::is_down(tx, &method.processor, now)?, id: method.id })
    };
    let methods = reached.map(method).collect::<Result<_, _>>()?;
    Ok(Situation {
        agreed_at: kept.as_ref().map_or(now, |kept| kept.consent.at),
        agreement: kept.map(|kept| kept.agreement),
        methods,
        stopped: !charging::state(tx)?.allows_automatic(),
        call: purpose.call.map(|call| call.id.clone()),
        open_payment: payments::open(tx, &account.id)?.is_some(),
        begun: payments::begun_since(tx, &account.id, now - TimeDelta::days(31))?,
        second_leg_answered: purpose.call.is_none_or(Call::second_leg_answered),
        time_can_be_given: purpose.call.is_none_or(|call| call.time_can_be_given(timing, now)),
        smallest: forms.smallest(account.currency),
    })
}

/// Writes the payment down with its requests frozen; the job sends them. Nothing has left the house yet. `false`: at this
/// moment the card's processor turned out to be down.
pub fn begin(
    tx: &mut Tx,
    purpose: &Purpose,
    amount: Money,
    method: &str,
    forms: &dyn PaymentForms,
    now: DateTime<Utc>,
) -> Result<bool, FlowError> {
    let account = purpose.account;
    let method = payments::usable_methods(tx, &account.id)?
        .into_iter()
        .find(|known| known.id == method)
        .ok_or_else(|| FlowError::not_found("card", method))?;
    let customer_ref = payments::customer(tx, &account.id, &method.processor)?
        .ok_or_else(|| FlowError::not_found("customer at the card processor for account", &account.id))?;
    let new = NewPayment {
        payment: ids::new("pay"),
        account: account.id.clone(),
        amount,
        currency: account.currency,
        customer_ref: customer_ref.clone(),
        method_ref: method.method_ref,
        return_url: forms.return_url(),
    };
    if !breaker::lets_begin(tx, &method.processor, &new.payment, now)? {
        return Ok(false);
    }
    let bodies = forms
        .bodies(&method.processor, &new)
        .ok_or_else(|| FlowError::not_found("card processor", &method.processor))?;
    let frozen = Frozen {
        processor: method.processor,
        method_id: method.id,
        create_body: bodies.create,
        confirm_body: bodies.confirm,
    };
    let payment = Payment {
        id: new.payment,
        account: account.id.clone(),
        call: purpose.call.map(|call| call.id.clone()),
        amount,
        currency: account.currency,
        customer_ref,
        state: State::Planned,
        reference: None,
        confirm: 0,
        useful_until: purpose.useful_until,
        created_at: now,
        tries: 0,
        not_before: now,
        verdict: None,
    };
    payments::insert(tx, &payment, &frozen)?;
    Job::AdvancePayment { payment: payment.id }.enqueue(tx, now)?;
    Ok(true)
}

/// A call was refused for want of money: if the owner agreed, the card is charged, and the caller may dial again.
pub fn before_a_call(
    tx: &mut Tx,
    account: &Account,
    forms: &dyn PaymentForms,
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<bool, FlowError> {
    let purpose = Purpose { account, call: None, useful_until: now + DIALLING_AGAIN };
    match recharge(&situation(tx, &purpose, forms, timing, now)?, now) {
        Recharge::Charge { amount, method } => begin(tx, &purpose, amount, &method, forms, now),
        Recharge::Wait => Ok(true),
        Recharge::No(_) => Ok(false),
    }
}

/// After a call, or when it was agreed: a free balance below the owner's threshold is recharged without any call asking.
/// Returns when to look again, if only time is missing.
pub fn keep_above_threshold(
    tx: &mut Tx,
    account: &str,
    forms: &dyn PaymentForms,
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, FlowError> {
    let unknown = || FlowError::not_found("account", account);
    let wallet = accounts::lock_wallet(tx, account)?.ok_or_else(unknown)?;
    let account = accounts::find(tx, account)?.ok_or_else(unknown)?;
    let purpose = Purpose { account: &account, call: None, useful_until: now + FILLING_UP };
    let situation = situation(tx, &purpose, forms, timing, now)?;
    let wanted = situation.agreement.as_ref().is_some_and(|agreement| agreement.wants_more_than(wallet.available()));
    if !wanted || !account.is_open() || account.is_frozen() {
        return Ok(None);
    }
    match recharge(&situation, now) {
        Recharge::Charge { amount, method } => {
            let begun = begin(tx, &purpose, amount, &method, forms, now)?;
            Ok(if begun { None } else { situation.look_again(WhyNot::ProcessorDown, now) })
        }
        Recharge::Wait => Ok(None),
        Recharge::No(why_not) => Ok(situation.look_again(why_not, now)),
    }
}
