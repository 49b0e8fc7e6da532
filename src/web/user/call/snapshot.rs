//! A call as its page shows it at one moment: drawn on the page, and sent again whenever it changes.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::words;
use crate::domain::call::{Call, Leg, Phase, Role};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::time_limit::whole_seconds;
use crate::flows::FlowError;
use crate::storage::{Tx, accounts, call_records, calls};
use crate::web::pages::show::{Moment, duration, money, price};
use crate::web::user::calls::cost;

#[derive(Serialize, PartialEq, Debug)]
pub struct Snapshot {
    #[serde(skip)]
    pub id: String,
    pub phase: &'static str,
    /// The phase in plain words.
    pub title: &'static str,
    /// Nothing of it will change any more.
    pub over: bool,
    /// May be hung up.
    pub running: bool,
    /// Until the carrier ends the payer's leg, as far as it has been told.
    pub seconds_left: Option<i64>,
    /// The same to be read, or what stands in its place.
    pub countdown: String,
    pub limit_at: Option<String>,
    pub checkpoint_at: Option<String>,
    pub cost: String,
    pub held: String,
    pub burn: String,
    pub legs: Vec<LegView>,
    pub lines: Vec<LineView>,
}

#[derive(Serialize, PartialEq, Debug)]
pub struct LegView {
    pub id: String,
    pub number: String,
    pub destination: String,
    pub yours: bool,
    pub state: &'static str,
    pub time: String,
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

pub fn snapshot(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<Snapshot, FlowError> {
    let call = calls::find(tx, id)?.ok_or_else(|| FlowError::not_found("call", id))?;
    let account = accounts::find(tx, &call.account)?.ok_or_else(|| FlowError::not_found("account", &call.account))?;
    let lines = call_records::since(tx, id, 0)?;
    Ok(view(&call, account.currency, &lines, now))
}

fn view(call: &Call, currency: Currency, lines: &[call_records::Line], now: DateTime<Utc>) -> Snapshot {
    let (running, over) = (call.is_running(), matches!(call.phase, Phase::Settled(_)));
    let limit = call.payer().authorised_until.filter(|_| running);
    let seconds_left = limit.map(|until| whole_seconds(until - now));
    let burn: Decimal = call.legs.iter().filter(|leg| leg.is_in()).map(|leg| leg.rate.price_per_minute).sum();
    Snapshot {
        id: call.id.clone(),
        phase: phase_code(call.phase),
        title: words::phase(call),
        over,
        running,
        seconds_left,
        countdown: seconds_left.map_or_else(|| "–:––".to_owned(), duration),
        limit_at: limit.map(|at| Moment(at).iso()),
        checkpoint_at: call.checkpoint_at.map(|at| Moment(at).iso()),
        cost: money(cost(call, now), currency),
        held: money(if over { Money::ZERO } else { call.held }, currency),
        burn: price(burn, currency),
        legs: call.legs.iter().map(|leg| leg_view(leg, now)).collect(),
        lines: lines.iter().map(|line| line_view(line, call, currency)).collect(),
    }
}

fn phase_code(phase: Phase) -> &'static str {
    match phase {
        Phase::Running => "running",
        Phase::Ending(_) => "ending",
        Phase::Settled(_) => "settled",
    }
}

fn leg_view(leg: &Leg, now: DateTime<Utc>) -> LegView {
    let seconds = match leg.started_at {
        Some(start) if !leg.is_over() => Some(whole_seconds(now - start)),
        Some(_) => Some(leg.billable_seconds()),
        None => None,
    };
    LegView {
        id: leg.id.clone(),
        number: leg.number.to_string(),
        destination: leg.rate.destination.clone(),
        yours: leg.role == Role::Payer,
        state: words::leg_state(leg),
        time: seconds.map_or_else(|| "–".to_owned(), duration),
    }
}

fn line_view(line: &call_records::Line, call: &Call, currency: Currency) -> LineView {
    let (kind, text) = words::line(&line.record, call, currency);
    LineView { seq: line.seq, at: Moment(line.at).iso(), clock: Moment(line.at).clock(), kind, text }
}
