//! What moves much money waits for a second person. Whoever asks for it leaves a request; whoever approves it, and is
//! somebody else, does it in the same transaction.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::assign_stray::{Assigned, NotAssigned, do_assign};
use super::by_hand::{Booked, ByHand, NotBooked, book};
use super::cash::{Taken, take_by_house};
use super::promo::{Granted, NotGranted, grant_promo};
use super::voucher_batches::approve_batch;
use crate::domain::cash::NotTaken;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::two_persons::{CannotDecide, Kind, LASTS, Limits, Request, State, Who};
use crate::ids;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, requests};

/// Something to be done with an account's money by hand.
#[derive(Debug, Clone)]
pub struct Deed {
    pub account: String,
    /// Made up once by whoever asks: asking again changes nothing.
    pub key: String,
    pub amount: Money,
    pub reason: String,
}

/// What came of asking for a deed: what came of the deed, or a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked<T> {
    Done(T),
    /// Nothing is done before somebody else approves it; or it was refused, or nobody did in time.
    Waits(Box<Request>),
}

/// Promotional credit until then.
pub fn promo(
    tx: &mut Tx,
    deed: &Deed,
    until: DateTime<Utc>,
    who: &Who,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Result<Asked<Granted>, FlowError> {
    match before(tx, Kind::Promo, deed, Some(until), who, limits, now)? {
        Before::Nothing => grant_promo(tx, deed, until, &who.actor, now).map(Asked::Done),
        Before::OtherAmount { was } => Ok(Asked::Done(Granted::OtherAmount { was })),
        Before::Waits(request) => Ok(Asked::Waits(request)),
    }
}

/// What stands before a deed.
pub(super) enum Before {
    Nothing,
    Waits(Box<Request>),
    /// The key was used to ask for another amount.
    OtherAmount {
        was: Money,
    },
}

/// Asks for a deed that takes a second person, once a key.
pub(super) fn before(
    tx: &mut Tx,
    kind: Kind,
    deed: &Deed,
    valid_until: Option<DateTime<Utc>>,
    who: &Who,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Result<Before, FlowError> {
    let unknown = || FlowError::not_found("account", &deed.account);
    accounts::lock_wallet(tx, &deed.account)?.ok_or_else(unknown)?;
    let currency = accounts::find(tx, &deed.account)?.ok_or_else(unknown)?.currency;
    match requests::by_key(tx, &deed.account, kind, &deed.key)? {
        Some(request) if request.amount != deed.amount => return Ok(Before::OtherAmount { was: request.amount }),
        // It is done; that it is asked for again is told by its own key.
        Some(request) if request.state == State::Approved => return Ok(Before::Nothing),
        Some(request) => return Ok(Before::Waits(Box::new(request))),
        None => {}
    }
    if !limits.need_another(deed.amount, currency) {
        return Ok(Before::Nothing);
    }
    let (account, subject) = (Some(deed.account.as_str()), deed.account.as_str());
    let about = About { kind, account, subject, amount: deed.amount, currency, valid_until };
    ask(tx, &about, &deed.key, &deed.reason, who, now).map(|request| Before::Waits(Box::new(request)))
}

pub(super) struct About<'a> {
    pub kind: Kind,
    pub account: Option<&'a str>,
    pub subject: &'a str,
    pub amount: Money,
    pub currency: Currency,
    pub valid_until: Option<DateTime<Utc>>,
}

pub(super) fn ask(
    tx: &mut Tx,
    about: &About,
    key: &str,
    reason: &str,
    who: &Who,
    now: DateTime<Utc>,
) -> Result<Request, FlowError> {
    let request = Request {
        id: ids::new("apr"),
        kind: about.kind,
        account: about.account.map(str::to_owned),
        subject: about.subject.to_owned(),
        amount: about.amount,
        currency: about.currency,
        reason: reason.to_owned(),
        valid_until: about.valid_until,
        key: key.to_owned(),
        asked: who.clone(),
        asked_at: now,
        expires_at: now + LASTS,
        state: State::Waiting,
        decided: None,
    };
    requests::insert(tx, &request)?;
    note(tx, &request, &who.actor, "ask_for_approval", None, State::Waiting, now)?;
    Ok(request)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    Now(Box<Request>),
    /// This person decided so before.
    Already(Box<Request>),
    Cannot(CannotDecide),
    /// It cannot be done as things are, so the request waits on.
    NotDone(NotDone),
}

/// Why what was approved is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    #[error(transparent)]
    Money(NotBooked),
    #[error("Its key was used for {was} meanwhile. Refuse it, and ask for it anew.")]
    KeyUsed { was: Money },
    #[error(transparent)]
    Cash(NotTaken),
    #[error(transparent)]
    Promo(NotGranted),
    #[error(transparent)]
    Assign(NotAssigned),
}

impl NotDone {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Money(why) => why.code(),
            Self::KeyUsed { .. } => "idempotency_key_reused",
            Self::Cash(why) => why.code(),
            Self::Promo(why) => why.code(),
            Self::Assign(why) => why.code(),
        }
    }
}

/// A second person says yes, and it is done.
pub fn approve(tx: &mut Tx, id: &str, by: &Who, now: DateTime<Utc>) -> Result<Decided, FlowError> {
    let request = locked(tx, id)?;
    if is_decision(&request, State::Approved, by) {
        return Ok(Decided::Already(Box::new(request)));
    }
    if let Err(cannot) = request.may_be_approved(by, now) {
        return Ok(Decided::Cannot(cannot));
    }
    if let Some(not_done) = carry_out(tx, &request, now)? {
        return Ok(Decided::NotDone(not_done));
    }
    decide(tx, request, State::Approved, by, now)
}

/// Somebody says no; who asked takes it back so.
pub fn turn_down(tx: &mut Tx, id: &str, by: &Who, now: DateTime<Utc>) -> Result<Decided, FlowError> {
    let request = locked(tx, id)?;
    if is_decision(&request, State::Refused, by) || is_decision(&request, State::Withdrawn, by) {
        return Ok(Decided::Already(Box::new(request)));
    }
    match request.turned_down(by) {
        Ok(state) => decide(tx, request, state, by, now),
        Err(cannot) => Ok(Decided::Cannot(cannot)),
    }
}

fn locked(tx: &mut Tx, id: &str) -> Result<Request, FlowError> {
    requests::lock(tx, id)?.ok_or_else(|| FlowError::not_found("request", id))
}

fn is_decision(request: &Request, state: State, by: &Who) -> bool {
    request.state == state && request.decided.as_ref().is_some_and(|(who, _)| who == by)
}

/// In the name of who asked: the audit has who approved beside it.
fn carry_out(tx: &mut Tx, request: &Request, now: DateTime<Utc>) -> Result<Option<NotDone>, FlowError> {
    let deed = Deed {
        account: request.account.clone().unwrap_or_default(),
        key: request.key.clone(),
        amount: request.amount,
        reason: request.reason.clone(),
    };
    let actor = &request.asked.actor;
    Ok(match request.kind {
        Kind::Credit => not_booked(book(tx, ByHand::Credit, &deed, actor, now)?),
        Kind::Debit => not_booked(book(tx, ByHand::Debit, &deed, actor, now)?),
        Kind::WriteOff => not_booked(book(tx, ByHand::WriteOff, &deed, actor, now)?),
        Kind::Cash => match take_by_house(tx, &deed, actor, now)? {
            Taken::Now(_) | Taken::Already(_) => None,
            Taken::Refused(why) => Some(NotDone::Cash(why)),
        },
        Kind::Promo => {
            let until = request.valid_until.expect("promotional credit is asked for with its end");
            match grant_promo(tx, &deed, until, actor, now)? {
                Granted::Now(_) | Granted::Already(_) => None,
                Granted::OtherAmount { was } => Some(NotDone::KeyUsed { was }),
                Granted::Refused(why) => Some(NotDone::Promo(why)),
            }
        }
        Kind::Assign => match do_assign(tx, &deed, actor, now)? {
            Assigned::Now | Assigned::Already => None,
            Assigned::Refused(why) => Some(NotDone::Assign(why)),
        },
        Kind::Batch => {
            approve_batch(tx, &request.subject)?;
            None
        }
    })
}

fn not_booked(booked: Booked) -> Option<NotDone> {
    match booked {
        Booked::Now | Booked::Already => None,
        Booked::Refused(NotBooked::KeyUsed { was }) => Some(NotDone::KeyUsed { was }),
        Booked::Refused(why) => Some(NotDone::Money(why)),
    }
}

fn decide(tx: &mut Tx, request: Request, state: State, by: &Who, now: DateTime<Utc>) -> Result<Decided, FlowError> {
    requests::decide(tx, &request.id, state, by, now)?;
    let action = match state {
        State::Approved => "approve_request",
        State::Withdrawn => "withdraw_request",
        State::Refused | State::Waiting => "refuse_request",
    };
    note(tx, &request, &by.actor, action, Some(request.state), state, now)?;
    Ok(Decided::Now(Box::new(Request { state, decided: Some((by.clone(), now)), ..request })))
}

fn note(
    tx: &mut Tx,
    request: &Request,
    actor: &str,
    action: &str,
    before: Option<State>,
    after: State,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let change = Change {
        actor,
        action,
        subject: &request.id,
        account: request.account.as_deref(),
        detail: &request.to_string(),
        before: before.map(State::code),
        after: Some(after.code()),
    };
    Ok(audit::change(tx, &change, now)?)
}
