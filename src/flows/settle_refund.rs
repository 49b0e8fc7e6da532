//! A refund goes its way: the next request is chosen and noted before it is sent, and money whose refund failed is
//! booked back.

use chrono::{DateTime, Utc};

use super::credit::credit;
use super::report::Message;
use super::strays::{Strange, keep_stray};
use super::take_back::{Whose, take_back, whose_charge};
use super::{FlowError, Job};
use crate::domain::exchange::{Reply, Sent};
use crate::domain::ledger::{refund as given_back, refund_failed};
use crate::domain::payment::Doubt;
use crate::domain::refund::{Consequence, Heard, Refund, Seen, State, Step};
use crate::storage::exchanges::{self, Subject};
use crate::storage::refunds::Frozen;
use crate::storage::{Tx, accounts, audit, refunds};

/// A request to send, with everything it is made of.
#[derive(Debug, Clone)]
pub struct ToSend {
    pub step: Step,
    pub refund: Refund,
    pub frozen: Frozen,
    /// Its place in the history.
    pub seq: i64,
}

#[derive(Debug)]
pub enum Next {
    Send(Box<ToSend>),
    Later(DateTime<Utc>),
    Over,
}

/// Chooses the next request and notes it, as `told` renders it.
pub fn next_step(
    tx: &mut Tx,
    refund: &str,
    told: impl FnOnce(Step, &Refund, &Frozen) -> Sent,
    now: DateTime<Utc>,
) -> Result<Next, FlowError> {
    let (mut refund, frozen) = lock(tx, refund)?;
    let step = refund.next_step(now);
    refunds::save(tx, &refund)?;
    Ok(match (step, refund.next_at) {
        (Some(step), _) => {
            let seq = exchanges::sent(tx, subject(&refund), step.code(), &told(step, &refund, &frozen), now)?;
            Next::Send(Box::new(ToSend { step, refund, frozen, seq }))
        }
        (None, Some(at)) => Next::Later(at),
        (None, None) => Next::Over,
    })
}

/// What came of a request.
#[derive(Debug)]
pub struct Answer {
    pub step: Step,
    pub seq: i64,
    pub heard: Result<Heard, Doubt>,
    pub reply: Reply,
}

pub fn answered(
    tx: &mut Tx,
    refund: &str,
    answer: &Answer,
    processor: &'static str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let (mut refund, _) = lock(tx, refund)?;
    let was = refund.state;
    let consequence = refund.answered(answer.step, &answer.heard, now);
    let outcome = outcome(&answer.heard);
    exchanges::answered(tx, subject(&refund), answer.seq, &answer.reply, &outcome, now)?;
    refunds::save(tx, &refund)?;
    match consequence {
        Consequence::Continue => {}
        Consequence::BookBack => book_back(tx, &refund, was, processor, now)?,
        Consequence::Alarm => {
            tracing::error!(refund = refund.id, state = refund.state.code(), outcome, "a refund needs a human's eyes");
        }
    }
    if let Some(at) = refund.next_at {
        Job::AdvanceRefund { refund: refund.id.clone() }.enqueue(tx, at)?;
    }
    Ok(())
}

/// A message of the processor's about refunds of a charge. It is a hint to look; only that there is a refund of which we
/// know nothing is believed.
#[derive(Debug, Clone)]
pub struct RefundHint {
    /// Our id, if the message carries it.
    pub refund: Option<String>,
    pub charge: Option<String>,
    /// The refund as it is told, if the message is about one alone.
    pub seen: Option<Seen>,
    pub kind: String,
    /// For the history.
    pub told: Sent,
}

pub fn hinted(
    tx: &mut Tx,
    hint: &RefundHint,
    message: &Message,
    processor: &'static str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    if !message.keep(tx, now)? {
        return Ok(());
    }
    if let Some(seen) = &hint.seen
        && !is_known(tx, hint, seen, processor)?
    {
        return outside(tx, hint, seen, &message.id, processor, now).map(|_| ());
    }
    let meant = match (&hint.refund, &hint.charge) {
        (Some(id), _) if refunds::account_of(tx, id)?.is_some() => vec![id.clone()],
        (_, Some(charge)) => refunds::of_charge_at(tx, processor, charge)?,
        (_, None) => vec![],
    };
    for id in meant {
        let (mut refund, _) = lock(tx, &id)?;
        refund.hinted(now);
        refunds::save(tx, &refund)?;
        exchanges::told(tx, subject(&refund), &format!("webhook {}", hint.kind), &hint.told, "a hint to look", now)?;
        if refund.next_at.is_some() {
            Job::AdvanceRefund { refund: id }.enqueue(tx, now)?;
        }
    }
    Ok(())
}

/// The same message is read once more, when its charge is somebody's. With whom it is booked then, if it is.
pub fn hinted_again(
    tx: &mut Tx,
    hint: &RefundHint,
    message: &str,
    processor: &'static str,
    now: DateTime<Utc>,
) -> Result<Option<String>, FlowError> {
    match &hint.seen {
        Some(seen) if is_known(tx, hint, seen, processor)? => Ok(None),
        Some(seen) => outside(tx, hint, seen, message, processor, now),
        None => Ok(None),
    }
}

/// By our own name of it, or, of one that was made elsewhere, by the processor's.
fn is_known(tx: &mut Tx, hint: &RefundHint, seen: &Seen, processor: &str) -> Result<bool, FlowError> {
    let ours = hint.refund.as_ref().unwrap_or(&seen.reference);
    if refunds::account_of(tx, ours)?.is_some() || refunds::account_of(tx, &seen.reference)?.is_some() {
        return Ok(true);
    }
    Ok(refunds::by_reference(tx, processor, &seen.reference)?.is_some())
}

/// Somebody gave the charge back at the processor's own page: the money is gone, so it leaves the account. Which, if it is
/// anybody's.
fn outside(
    tx: &mut Tx,
    hint: &RefundHint,
    seen: &Seen,
    message: &str,
    processor: &'static str,
    now: DateTime<Utc>,
) -> Result<Option<String>, FlowError> {
    let Some(charge) = seen.charge.as_ref().or(hint.charge.as_ref()) else { return Ok(None) };
    let nobodys = |tx: &mut Tx| {
        let strange = Strange {
            processor,
            what: "refund",
            reference: &seen.reference,
            charge: Some(charge),
            amount: Some((seen.amount, seen.currency)),
            told: &hint.told,
            message,
        };
        keep_stray(tx, &strange, now).map(|()| None)
    };
    let account = match whose_charge(tx, processor, charge)? {
        Whose::Account(account) => account,
        Whose::NotYet => return Err(FlowError::TooEarly(charge.clone())),
        Whose::Nobodys => return nobodys(tx),
    };
    let unknown = || FlowError::not_found("account", &account);
    accounts::lock_wallet(tx, &account)?.ok_or_else(unknown)?;
    if accounts::find(tx, &account)?.ok_or_else(unknown)?.currency != seen.currency {
        return nobodys(tx);
    }
    let Some(refund) = Refund::outside(seen, &account, charge, processor, now) else { return Ok(Some(account)) };
    let frozen = Frozen {
        reason: "given back at the card processor's own page".to_owned(),
        actor: processor.to_owned(),
        request_key: refund.id.clone(),
        body: String::new(),
    };
    refunds::insert(tx, &refund, &frozen)?;
    take_back(tx, &given_back(&account, processor, &refund.id, refund.amount), processor, now)?;
    exchanges::told(tx, subject(&refund), &format!("webhook {}", hint.kind), &hint.told, "made elsewhere", now)?;
    let detail = format!("{} of {} as {}", refund.amount, refund.charge, refund.id);
    audit::record(tx, processor, "refund_outside", &account, &detail, now)?;
    Job::AdvanceRefund { refund: refund.id.clone() }.enqueue(tx, now)?;
    Ok(Some(account))
}

/// By a transfer with a fact key of its own. Like every credit it repays debt first, and wakes calls that wait for money.
fn book_back(
    tx: &mut Tx,
    refund: &Refund,
    was: State,
    processor: &'static str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    credit(tx, &refund_failed(&refund.account, processor, &refund.id, refund.amount), processor, now)?;
    let why = refund.verdict.as_deref().unwrap_or_default();
    let detail = format!("{} of {} as {} was {}: {why}", refund.amount, refund.charge, refund.id, was.code());
    Ok(audit::record(tx, processor, "refund_failed", &refund.account, &detail, now)?)
}

fn lock(tx: &mut Tx, refund: &str) -> Result<(Refund, Frozen), FlowError> {
    let unknown = || FlowError::not_found("refund", refund);
    let account = refunds::account_of(tx, refund)?.ok_or_else(unknown)?;
    accounts::lock_wallet(tx, &account)?;
    refunds::find(tx, refund)?.ok_or_else(unknown)
}

fn subject(refund: &Refund) -> Subject<'_> {
    Subject { id: &refund.id, account: &refund.account }
}

fn outcome(heard: &Result<Heard, Doubt>) -> String {
    match heard {
        Ok(Heard::Refund(seen)) => format!("{}: {:?}", seen.reference, seen.standing),
        Ok(Heard::NoSuch) => "not among the charge's refunds".to_owned(),
        Err(doubt) => format!("{doubt:?}"),
    }
}
