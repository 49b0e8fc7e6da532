//! Dialling: admit the call, hold its money, and ring the payer's phone.

use chrono::{DateTime, TimeDelta, Utc};

use super::bundles;
use super::caps::{bar, dialled_lately, is_full, room};
use super::change_terms::terms_of;
use super::recharge::{PaymentForms, before_a_call};
use super::refusals::keep;
use super::wanted::wanted;
use super::{FlowError, Job, Rules};
use crate::domain::admission::{self, Admitted, Refusal, Terms, admit};
use crate::domain::call::machine::{MachineChoice, MachineTerms};
use crate::domain::call::message::Message;
use crate::domain::call::record::Record;
use crate::domain::call::recording::{CallRecording, Wanted};
use crate::domain::call::sentence::Sentence;
use crate::domain::call::terms::CallTerms;
use crate::domain::call::{Call, Leg, Role};
use crate::domain::caps::combined::Combined;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::refused::{Deed, Refused, Way};
use crate::domain::wallet::{Reserve, Wallet};
use crate::ids;
use crate::storage::accounts::{self, Account, Plan};
use crate::storage::{Tx, call_records, calls, caps, holds, sounds};

/// A call still queued at the carrier so long after its creation is given up.
pub const QUEUED_AT_MOST: TimeDelta = TimeDelta::seconds(60);

#[derive(Debug, Clone)]
pub struct DialRequest {
    pub account: String,
    pub own_number: PhoneNumber,
    pub numbers: Vec<PhoneNumber>,
    /// What those who are called hear before being joined, instead of the plan's.
    pub whisper: Option<Message>,
    /// Whether the call is recorded from its start, where the plan leaves that to who dials.
    pub record: Option<bool>,
    pub machine: MachineChoice,
    /// Made once by whoever dials: sending the request again finds the call it made.
    pub request_key: String,
    /// By which whoever dials came.
    pub way: Way,
}

#[derive(Debug)]
pub enum Placed {
    Call {
        id: String,
        admitted: Admitted,
    },
    /// This request was carried out before.
    Already {
        id: String,
    },
    Refused(Refusal),
}

/// Dials, and remembers from which phone.
pub fn place_call(
    tx: &mut Tx,
    request: &DialRequest,
    forms: &dyn PaymentForms,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Placed, FlowError> {
    let placed = place(tx, request, forms, rules, now)?;
    if let Placed::Call { .. } = placed {
        let account = accounts::find(tx, &request.account)?;
        if account.is_some_and(|account| account.own_number.as_ref() != Some(&request.own_number)) {
            accounts::remember_own_number(tx, &request.account, &request.own_number)?;
        }
    }
    Ok(placed)
}

/// How the payer's phone comes into the call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Payer<'a> {
    IsRung,
    /// It has called us, and waits.
    CalledIn {
        call_sid: &'a str,
        at: DateTime<Utc>,
    },
}

/// Without remembering: whoever dials may not be the account's owner.
pub(super) fn place(
    tx: &mut Tx,
    request: &DialRequest,
    forms: &dyn PaymentForms,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Placed, FlowError> {
    place_for(tx, request, Payer::IsRung, forms, rules, now)
}

pub(super) fn place_for(
    tx: &mut Tx,
    request: &DialRequest,
    payer: Payer,
    forms: &dyn PaymentForms,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Placed, FlowError> {
    let placed = admitted_or_not(tx, request, payer, forms, rules, now)?;
    if let Placed::Refused(refusal) = &placed {
        let refused = Refused {
            account: request.account.clone(),
            deed: Deed::Dial,
            way: request.way,
            code: refusal.code(),
            sentence: refusal.to_string(),
            number: refusal.number().or(request.numbers.first()).cloned(),
        };
        keep(tx, &refused, now)?;
    }
    Ok(placed)
}

fn admitted_or_not(
    tx: &mut Tx,
    request: &DialRequest,
    payer: Payer,
    forms: &dyn PaymentForms,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Placed, FlowError> {
    let unknown = || FlowError::not_found("account", &request.account);
    let wallet = accounts::lock_wallet(tx, &request.account)?.ok_or_else(unknown)?;
    if let Some(id) = calls::by_request_key(tx, &request.account, &request.request_key)? {
        return Ok(Placed::Already { id });
    }
    let (account, plan) = accounts::find_with_plan(tx, &request.account)?.ok_or_else(unknown)?;
    let caps = caps::of_account(tx, &plan.id, &account.id)?;
    let mut wanted = wanted(tx, &plan, &request.own_number, &request.numbers, now)?;
    bar(&caps, &mut wanted);
    bundles::allot_to(tx, &account.id, &mut wanted, rules.timing.most_seconds, now)?;
    let settled = call_terms(tx, request, &account, &plan)?;
    let admitted = match admit(&wanted, &terms(tx, (&account, &caps), &settled, &wallet, rules, now)?, now) {
        Ok(admitted) => admitted,
        Err(Refusal::NotEnoughCredit { .. }) if before_a_call(tx, &account, forms, &rules.timing, now)? => {
            return Ok(Placed::Refused(Refusal::BeingToppedUp));
        }
        Err(refusal) => return Ok(Placed::Refused(refusal)),
    };
    let recording = match settled.recorded_from_start(request.record) {
        Ok(recorded) => CallRecording { wanted: if recorded { Wanted::On } else { Wanted::Off }, told: vec![] },
        Err(refusal) => return Ok(Placed::Refused(refusal)),
    };
    let settled = CallTerms { queue_hold: rules.queue_hold, ..settled };
    let mut call = Call { recording, ..new_call(&account, wanted, &admitted, settled, now) };
    if let Payer::CalledIn { call_sid, at } = payer {
        call.legs[0] = call.legs[0].clone().called_in(call_sid, at);
    }
    let id = book(tx, call, &request.request_key, &admitted, &wallet, now)?;
    Ok(Placed::Call { id, admitted })
}

/// Holds the money, writes the call and has its payer rung.
pub(super) fn book(
    tx: &mut Tx,
    mut call: Call,
    request_key: &str,
    admitted: &Admitted,
    wallet: &Wallet,
    now: DateTime<Utc>,
) -> Result<String, FlowError> {
    let Reserve::Reserved(held) = wallet.reserve(admitted.hold) else {
        unreachable!("admission holds no more than is available");
    };
    bundles::let_go(call.legs.iter_mut().map(|leg| &mut leg.rate), admitted.limit_seconds);
    // That it was dialled.
    call.records = 1;
    calls::insert(tx, &call, request_key)?;
    holds::insert(tx, &call.id, &call.account, admitted.hold)?;
    bundles::keep(tx, &[], &call)?;
    accounts::save_wallet(tx, &call.account, &held)?;
    let dialled = Record::Dialled { funds: admitted.hold, seconds: admitted.limit_seconds };
    call_records::insert(tx, &call, 0, &[dialled], now)?;
    let payer = call.payer();
    if payer.called_in_at.is_none() {
        Job::RingLeg { leg: payer.id.clone() }.enqueue(tx, now)?;
    }
    Job::AskCarrier { leg: payer.id.clone() }.enqueue(tx, now + QUEUED_AT_MOST)?;
    Ok(call.id)
}

pub(super) fn terms(
    tx: &mut Tx,
    (account, caps): (&Account, &Combined),
    settled: &CallTerms,
    wallet: &Wallet,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Terms, FlowError> {
    Ok(Terms {
        available: wallet.available(),
        account_open: account.is_open(),
        account_frozen: account.is_frozen(),
        live_calls: calls::count_live(tx, &account.id)?,
        most_live_calls: caps.live_calls().map_or(rules.most_live_calls, |most| most.min(rules.most_live_calls)),
        dialled_lately: dialled_lately(tx, caps, &account.id, now)?,
        most_calls_a_minute: caps.calls_a_minute(),
        house_is_full: is_full(tx, &caps.house, now)?,
        room: room(tx, caps, &account.id, wallet.reserved, now)?,
        most_legs: settled.most_legs(rules.most_legs),
        least_seconds: rules.least_seconds,
        most_seconds: rules.timing.most_seconds,
        slice: settled.slice(&rules.timing),
    })
}

fn call_terms(tx: &mut Tx, request: &DialRequest, account: &Account, plan: &Plan) -> Result<CallTerms, FlowError> {
    let settled = terms_of(tx, plan)?;
    let whisper = request.whisper.clone().or(settled.whisper.clone());
    let recording_sound = sounds::find(tx, Sentence::Recording, account.language)?;
    let machine = request.machine.over(&settled.machine);
    Ok(CallTerms { language: account.language, whisper, recording_sound, machine, ..settled })
}

fn new_call(
    account: &Account,
    wanted: Vec<admission::Wanted>,
    admitted: &Admitted,
    settled: CallTerms,
    now: DateTime<Utc>,
) -> Call {
    let legs = wanted.into_iter().enumerate().map(|(position, wanted)| {
        let role = match (position, wanted.is_bot) {
            (0, _) => Role::Payer,
            (_, true) => Role::Bot,
            (_, false) => Role::Other,
        };
        let rate = wanted.rate.expect("a number without a rate is refused");
        let leg = Leg::new(ids::new("leg"), role, wanted.number, rate);
        Leg { machine: if role == Role::Other { settled.machine.clone() } else { MachineTerms::default() }, ..leg }
    });
    let call = Call::new(ids::new("call"), account.id.clone(), ids::new("room"), admitted.hold, legs.collect(), now);
    Call { terms: settled, ..call }
}
