//! A payment goes its way: the next request is chosen and noted before it is sent, the answer booked when it comes.

use chrono::{DateTime, Utc};

use super::agreement::pause_after_loss;
use super::breaker::{Heard, evidence, heard};
use super::credit_charge::{Came, Charge, credit_charge};
use super::report::Message;
use super::strays::keep_stray_payment;
use super::tell::tell;
use super::watch::look_soon;
use super::{FlowError, Job, call_changed};
use crate::domain::call::Command;
use crate::domain::call::record::Record;
use crate::domain::event::Event;
use crate::domain::exchange::{Reply, Sent};
use crate::domain::payment::{Consequence, DeclineClass, Doubt, Payment, Receipt, Seen, Step, Verdict};
use crate::storage::exchanges::{self, Subject};
use crate::storage::payments::Frozen;
use crate::storage::{Tx, accounts, calls, cards, charging, payments};

/// A request to send, with everything it is made of.
#[derive(Debug, Clone)]
pub struct ToSend {
    pub step: Step,
    pub payment: Payment,
    pub frozen: Frozen,
    /// Its place in the history.
    pub seq: i64,
}

/// What an open payment needs next: a request now, or nothing before the given time.
#[derive(Debug)]
pub enum Next {
    Send(Box<ToSend>),
    Later(DateTime<Utc>),
    Over,
}

/// Chooses the next request and notes it, as `told` renders it. A payment whose call is over, or whose card was removed,
/// is not confirmed any more, nor any when the operator has stopped automatic charges.
pub fn next_step(
    tx: &mut Tx,
    payment: &str,
    told: impl FnOnce(Step, &Payment, &Frozen) -> Sent,
    now: DateTime<Utc>,
) -> Result<Next, FlowError> {
    let (mut payment, frozen) = lock(tx, payment)?;
    if !purpose_stands(tx, &payment)?
        || !cards::is_usable(tx, &frozen.method_id)?
        || !charging::state(tx)?.allows_automatic()
    {
        payment.give_up(now);
    }
    let was = payment.state;
    let step = payment.next_step(now);
    payments::save(tx, &payment)?;
    if was.is_open() && !payment.state.is_open() {
        lost(tx, &payment, &frozen, now)?;
    }
    Ok(match step {
        Some(step) => {
            let seq = exchanges::sent(tx, subject(&payment), step.code(), &told(step, &payment, &frozen), now)?;
            Next::Send(Box::new(ToSend { step, payment, frozen, seq }))
        }
        None if payment.state.is_open() => Next::Later(payment.not_before),
        None => Next::Over,
    })
}

/// What came of a request.
#[derive(Debug)]
pub struct Answer {
    pub step: Step,
    pub seq: i64,
    pub seen: Result<Seen, Doubt>,
    pub reply: Reply,
}

pub fn answered(
    tx: &mut Tx,
    payment: &str,
    answer: &Answer,
    processor: &'static str,
    live: bool,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let (mut payment, frozen) = lock(tx, payment)?;
    let consequence = payment.answered(answer.step, &answer.seen, live, now);
    exchanges::answered(tx, subject(&payment), answer.seq, &answer.reply, &outcome(&answer.seen), now)?;
    let about = Heard {
        processor,
        about: &payment.id,
        account: &payment.account,
        step: answer.step.code(),
        evidence: evidence(&answer.seen, answer.step == Step::Confirm || !payment.state.is_open()),
    };
    heard(tx, &about, now)?;
    follow(tx, &mut payment, &frozen, consequence, processor, now)
}

/// A message of the processor's about a payment of ours.
#[derive(Debug, Clone)]
pub struct ProcessorSays {
    /// Our id, if the message carries it.
    pub payment: Option<String>,
    pub reference: String,
    /// Only a success may be believed; anything else is a hint to look.
    pub succeeded: Option<Receipt>,
    pub kind: String,
    /// For the history.
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
    let by_our_id = match &says.payment {
        Some(id) => payments::account_of(tx, id)?.map(|_| id.clone()),
        None => None,
    };
    let Some(id) =
        by_our_id.map_or_else(|| payments::by_reference(tx, processor, &says.reference), |id| Ok(Some(id)))?
    else {
        return match &says.succeeded {
            Some(receipt) => {
                keep_stray_payment(tx, (processor, &says.reference), receipt, &says.told, &message.id, now)
            }
            None => Ok(()),
        };
    };
    let (mut payment, frozen) = lock(tx, &id)?;
    let step = format!("webhook {}", says.kind);
    let foreign = payment.reference.as_ref().is_some_and(|known| *known != says.reference);
    let consequence = match &says.succeeded {
        Some(receipt) if !foreign => payment.reported_success(&says.reference, receipt, live, now),
        Some(_) => Consequence::Alarm,
        None => {
            exchanges::told(tx, subject(&payment), &step, &says.told, "a hint to look", now)?;
            if payment.state.is_open() {
                Job::AdvancePayment { payment: id }.enqueue(tx, now)?;
            }
            return Ok(());
        }
    };
    exchanges::told(tx, subject(&payment), &step, &says.told, "succeeded", now)?;
    follow(tx, &mut payment, &frozen, consequence, processor, now)
}

fn follow(
    tx: &mut Tx,
    payment: &mut Payment,
    frozen: &Frozen,
    consequence: Consequence,
    processor: &'static str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    payments::save(tx, payment)?;
    match consequence {
        Consequence::Continue => {}
        Consequence::Credit => {
            let reference = payment.reference.clone().unwrap_or_default();
            let charge = Charge { processor, reference: &reference, amount: payment.amount };
            if credit_charge(tx, &payment.account, &charge, processor, now)? == Came::Here {
                charged(tx, payment, now)?;
                tell_of(tx, payment, None, now)?;
            }
        }
        Consequence::Lost => lost(tx, payment, frozen, now)?,
        Consequence::Alarm => {
            tracing::error!(payment = payment.id, state = payment.state.code(), "a payment needs a human's eyes");
        }
    }
    if payment.state.is_open() {
        Job::AdvancePayment { payment: payment.id.clone() }.enqueue(tx, payment.not_before)?;
    }
    Ok(())
}

/// It ended without money: remember what that says about the card and the agreement, and look at what it was for again.
fn lost(tx: &mut Tx, payment: &Payment, frozen: &Frozen, now: DateTime<Utc>) -> Result<(), FlowError> {
    if let Some(Verdict::Declined(decline)) = &payment.verdict
        && decline.class == DeclineClass::Hard
    {
        payments::make_unusable(tx, &frozen.method_id)?;
    }
    pause_after_loss(tx, payment, now)?;
    let reason = payment.verdict.as_ref().map_or("canceled", |verdict| verdict.code()).to_owned();
    tell_of(tx, payment, Some(&reason), now)?;
    record(tx, payment, Record::Declined { reason }, now)?;
    look_soon(tx, &payment.account, now)?;
    let again = match &payment.call {
        Some(call) => Job::Checkpoint { call: call.clone() },
        None => Job::ConsiderRecharge { account: payment.account.clone() },
    };
    Ok(again.enqueue(tx, now)?)
}

/// `because`: why it ended without money.
fn tell_of(tx: &mut Tx, payment: &Payment, because: Option<&str>, now: DateTime<Utc>) -> Result<(), FlowError> {
    let event = Event::recharge(because.is_none(), &payment.id, payment.amount, payment.currency, because);
    Ok(tell(tx, &payment.account, &event, now)?)
}

/// The call that it was for has the charge in its record, and its payer hears of it.
fn charged(tx: &mut Tx, payment: &Payment, now: DateTime<Utc>) -> Result<(), FlowError> {
    let Some(call) = &payment.call else { return Ok(()) };
    let change = call_changed::lock(tx, call)?;
    let heard = change.call.topped_up(change.call.records, now);
    let charged = Command::Record(Record::Charged { amount: payment.amount });
    call_changed::save(tx, change, [charged].into_iter().chain(heard).collect(), now)
}

fn record(tx: &mut Tx, payment: &Payment, record: Record, now: DateTime<Utc>) -> Result<(), FlowError> {
    match &payment.call {
        Some(call) => call_changed::note(tx, call, record, now),
        None => Ok(()),
    }
}

/// Is the call it was decided for still running?
fn purpose_stands(tx: &mut Tx, payment: &Payment) -> Result<bool, FlowError> {
    let Some(call) = &payment.call else { return Ok(true) };
    Ok(calls::find(tx, call)?.is_some_and(|call| call.is_running()))
}

fn lock(tx: &mut Tx, payment: &str) -> Result<(Payment, Frozen), FlowError> {
    let unknown = || FlowError::not_found("payment", payment);
    let account = payments::account_of(tx, payment)?.ok_or_else(unknown)?;
    accounts::lock_wallet(tx, &account)?;
    payments::find(tx, payment)?.ok_or_else(unknown)
}

fn subject(payment: &Payment) -> Subject<'_> {
    Subject { id: &payment.id, account: &payment.account }
}

/// For the payment's history; no secret is in any of it.
fn outcome(answer: &Result<Seen, Doubt>) -> String {
    match answer {
        Ok(seen) => format!("{}: {:?}", seen.reference, seen.standing),
        Err(doubt) => format!("{doubt:?}"),
    }
}

impl Step {
    fn code(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Confirm => "confirm",
            Self::Look => "look",
            Self::Fence => "fence",
        }
    }
}
