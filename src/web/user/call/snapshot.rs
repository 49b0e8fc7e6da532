//! A call as its page shows it: the facts, which change when something happens, and what moves by itself, which follows
//! from them and the time. A browser is sent the facts when they have changed and moves the rest on its own.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::rate_view::RateView;
use super::recordings::{self, RecordingView};
use super::words::{self, Notice};
use crate::domain::call::supervision::{BadMode, Mode, Onlooker};
use crate::domain::call::{Call, Leg, Phase, Role, Whereabouts};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::time_limit::whole_seconds;
use crate::flows::FlowError;
use crate::storage::{Tx, accounts, call_records, calls};
use crate::web::pages::show::{Moment, duration, money, price};
use crate::web::user::calls::cost;

/// With less left the page warns.
const NEAR_THE_END_SECONDS: i64 = 30;

#[derive(Serialize, PartialEq, Debug)]
pub struct Snapshot {
    #[serde(skip)]
    pub id: String,
    /// How many lines are shown.
    #[serde(skip)]
    pub records: i64,
    pub phase: &'static str,
    /// The phase in plain words.
    pub title: &'static str,
    /// Nothing of it will change any more.
    pub over: bool,
    /// May be hung up.
    pub running: bool,
    /// When the carrier ends the payer's leg, as far as it has been told. Moments are milliseconds since 1970.
    pub limit_at: Option<i64>,
    pub next_look_at: Option<i64>,
    /// No leg costs anything past this.
    pub paid_until: Option<i64>,
    pub held: String,
    pub burn: String,
    pub currency: &'static str,
    pub near_seconds: i64,
    /// In the room of another account's call.
    #[serde(skip)]
    pub guest: bool,
    pub legs: Vec<LegView>,
    pub recording: RecordingView,
    /// What a supervisor may do in it.
    #[serde(skip)]
    pub choices: Vec<(Mode, String)>,
    pub good_news: Option<Notice>,
    pub warnings: Vec<Notice>,
    pub lines: Vec<LineView>,
}

impl Snapshot {
    /// Somebody may hand it over.
    pub fn transferable(&self) -> bool {
        self.legs.iter().any(|leg| leg.transfers)
    }
}

#[derive(Serialize, PartialEq, Debug)]
pub struct LegView {
    pub id: String,
    pub number: String,
    pub destination: String,
    pub yours: bool,
    pub state: &'static str,
    pub price: String,
    /// Since when it is in the call.
    pub since: Option<i64>,
    /// How long it was, once it is over.
    pub seconds: Option<i64>,
    pub rate: RateView,
    /// It may hand the call over.
    pub transfers: bool,
    /// What may be done to it now.
    pub operations: Vec<OperationView>,
}

#[derive(Serialize, PartialEq, Debug)]
pub struct OperationView {
    pub word: Cow<'static, str>,
    pub label: Cow<'static, str>,
}

#[derive(Serialize, PartialEq, Debug)]
pub struct LineView {
    pub seq: i64,
    pub at: String,
    /// Of the day.
    pub clock: String,
    pub kind: &'static str,
    pub text: String,
}

/// What moves with the time, at one moment of it.
#[derive(Serialize, PartialEq, Debug)]
pub struct Moving {
    pub seconds_left: Option<i64>,
    /// The same to be read, or what stands in its place.
    pub countdown: String,
    pub near: bool,
    pub next_look: String,
    pub cost: String,
    /// How long each leg has been in the call.
    pub times: Vec<String>,
}

pub fn snapshot(
    tx: &mut Tx,
    id: &str,
    onlooker: Onlooker,
    now: DateTime<Utc>,
) -> Result<(Snapshot, Moving), FlowError> {
    let call = calls::find(tx, id)?.ok_or_else(|| FlowError::not_found("call", id))?.seen_by(onlooker);
    let account = accounts::find(tx, &call.account)?.ok_or_else(|| FlowError::not_found("account", &call.account))?;
    let mut lines = call_records::since(tx, id, 0)?;
    lines.retain(|line| call.shows(&line.record));
    let recording = recordings::view(tx, &call, onlooker, now)?;
    Ok((facts(&call, account.currency, onlooker, recording, &lines, now), moving(&call, account.currency, now)))
}

fn facts(
    call: &Call,
    currency: Currency,
    onlooker: Onlooker,
    recording: RecordingView,
    lines: &[call_records::Line],
    now: DateTime<Utc>,
) -> Snapshot {
    let (running, over) = (call.is_running(), matches!(call.phase, Phase::Settled(_)));
    let records: Vec<_> = lines.iter().map(|line| &line.record).collect();
    let (good_news, warnings) = if running { words::notices(&records, currency) } else { (None, vec![]) };
    Snapshot {
        id: call.id.clone(),
        records: i64::try_from(lines.len()).expect("lines are few"),
        phase: phase_code(call.phase),
        title: words::phase(call),
        over,
        running,
        limit_at: limit(call).map(millis),
        next_look_at: call.checkpoint_at.filter(|_| running).map(millis),
        paid_until: call.deadline.map(millis),
        held: money(if over { Money::ZERO } else { call.held }, currency),
        burn: price(burn(call, now), currency),
        currency: currency.code(),
        near_seconds: NEAR_THE_END_SECONDS,
        guest: call.host.is_some(),
        legs: call.legs.iter().map(|leg| leg_view(leg, call, currency, onlooker, now)).collect(),
        recording,
        choices: choices(call),
        good_news,
        warnings,
        lines: lines.iter().zip(0..).map(|(line, seq)| line_view(line, seq, call, currency)).collect(),
    }
}

fn moving(call: &Call, currency: Currency, now: DateTime<Utc>) -> Moving {
    let seconds_left = limit(call).map(|until| whole_seconds(until - now));
    let next_look = call.checkpoint_at.filter(|_| call.is_running());
    Moving {
        seconds_left,
        countdown: seconds_left.map_or_else(|| "–:––".to_owned(), duration),
        near: seconds_left.is_some_and(|left| left <= NEAR_THE_END_SECONDS),
        next_look: next_look.map_or_else(|| "–".to_owned(), |at| in_a_while(at, now)),
        cost: money(cost(call, now), currency),
        times: call.legs.iter().map(|leg| time_in_call(leg, now)).collect(),
    }
}

/// Until when the payer, or who stands for it, may talk, as far as the carrier has been told.
pub fn limit(call: &Call) -> Option<DateTime<Utc>> {
    call.anchor().authorised_until.filter(|_| call.is_running())
}

/// What a minute costs with everybody who is in.
pub fn burn(call: &Call, now: DateTime<Utc>) -> Decimal {
    call.legs.iter().filter(|leg| leg.is_in()).map(|leg| price_now(leg, now)).sum()
}

/// Of a leg that is not in the call: of its first second.
fn price_now(leg: &Leg, now: DateTime<Utc>) -> Decimal {
    let start = leg.started_at.unwrap_or(now);
    leg.rate.price_at(start, whole_seconds(now - start))
}

pub fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

pub fn in_a_while(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if at <= now { "now".to_owned() } else { format!("in {}", duration(whole_seconds(at - now))) }
}

fn phase_code(phase: Phase) -> &'static str {
    match phase {
        Phase::Running => "running",
        Phase::Ending(_) => "ending",
        Phase::Settled(_) => "settled",
    }
}

fn time_in_call(leg: &Leg, now: DateTime<Utc>) -> String {
    let seconds = match leg.started_at {
        Some(start) if !leg.is_over() => Some(whole_seconds(now - start)),
        Some(_) => Some(leg.billable_seconds()),
        None => None,
    };
    seconds.map_or_else(|| "–".to_owned(), duration)
}

fn leg_view(leg: &Leg, call: &Call, currency: Currency, onlooker: Onlooker, now: DateTime<Utc>) -> LegView {
    let rate = &leg.rate;
    LegView {
        id: leg.id.clone(),
        number: leg.number.to_string(),
        destination: rate.destination.clone(),
        yours: leg.role == Role::Payer,
        state: words::leg_state(leg),
        price: price(price_now(leg, now), currency),
        since: leg.started_at.map(millis),
        seconds: leg.is_over().then(|| leg.billable_seconds()),
        rate: RateView::of(rate),
        transfers: call.may_transfer(&leg.id).is_ok(),
        operations: match (call.is_running(), leg.mode(), onlooker) {
            (false, ..) | (true, Some(_), Onlooker::Caller) => vec![],
            (true, Some(mode), Onlooker::House) => modes(leg, &mode, call),
            (true, None, _) => operations(leg, call),
        },
    }
}

/// Buttons a person would want, in their order.
fn operations(leg: &Leg, call: &Call) -> Vec<OperationView> {
    let mut words = vec![];
    let under_way = call.transfer.as_ref().filter(|transfer| transfer.target.as_ref() == Some(&leg.id));
    if under_way.is_some_and(|transfer| transfer.queue.is_none()) {
        words.extend(leg.joined.then_some(("connect", "Connect")));
        words.push(("take_back", "Take back"));
    }
    if leg.is_in() {
        match leg.whereabouts {
            // You leave another's call, and that is all.
            _ if call.host.is_some() => {}
            Whereabouts::Room | Whereabouts::Bridge { .. } => {
                words.push(if leg.stance.hold { ("unhold", "Take off hold") } else { ("hold", "Hold") });
                words.push(if leg.stance.muted { ("unmute", "Unmute") } else { ("mute", "Mute") });
                if !leg.is_guest() {
                    words.push(("park", "Park"));
                }
                if call.may_enqueue(&leg.id) {
                    words.push(("enqueue", "Hold in a queue"));
                }
            }
            Whereabouts::Queue => words.push(("dequeue", "Take out of the queue")),
            Whereabouts::Music => words.push(("unpark", "Bring back")),
            Whereabouts::Whisper | Whereabouts::RecordingNotice | Whereabouts::Leaving(_) | Whereabouts::Dropped => {}
        }
    }
    if call.may_drop_voicemail(leg) {
        words.push(("voicemail_drop", "Leave the message and go"));
    }
    if leg.role != Role::Payer && !leg.is_over() {
        words.push(("remove", "Remove"));
    }
    words.into_iter().map(|(word, label)| OperationView { word: word.into(), label: label.into() }).collect()
}

/// The other modes of a supervisor, and its end.
fn modes(leg: &Leg, mode: &Mode, call: &Call) -> Vec<OperationView> {
    if leg.is_over() {
        return vec![];
    }
    let view = |(mode, label): (Mode, String)| OperationView { word: mode_word(&mode).into(), label: label.into() };
    let others = choices(call).into_iter().filter(|(other, _)| other != mode).map(view);
    others.chain([OperationView { word: "remove".into(), label: "Remove".into() }]).collect()
}

/// What a supervisor may do in this call, and what that is called.
fn choices(call: &Call) -> Vec<(Mode, String)> {
    let parties = call.legs.iter().filter(|leg| leg.is_party() && !leg.is_guest() && !leg.is_over());
    let whispers =
        parties.map(|leg| (Mode::Whisper { to: leg.id.clone() }, format!("Whisper to {}", words::name(call, &leg.id))));
    let listens = (Mode::Monitor, "Listen".to_owned());
    [listens].into_iter().chain(whispers).chain([(Mode::Barge, "Speak to all".to_owned())]).collect()
}

/// A mode in one word, as a button sends it.
pub fn mode_word(mode: &Mode) -> String {
    match mode {
        Mode::Whisper { to } => format!("whisper:{to}"),
        Mode::Monitor | Mode::Barge => mode.code().to_owned(),
    }
}

pub fn mode_of_word(word: &str) -> Result<Mode, BadMode> {
    match word.split_once(':') {
        Some((word, to)) => Mode::read(word, Some(to.to_owned())),
        None => Mode::read(word, None),
    }
}

fn line_view(line: &call_records::Line, seq: i64, call: &Call, currency: Currency) -> LineView {
    let (kind, text) = words::line(&line.record, call, currency);
    LineView { seq, at: Moment(line.at).iso(), clock: Moment(line.at).clock(), kind, text }
}
