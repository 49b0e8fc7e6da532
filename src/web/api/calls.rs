//! Calls: dial, look, list, hang up.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{NaiveDate, TimeDelta};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::{actor, onlooker};
use super::input::{Fields, Query, id, invalid, path_id};
use super::machines::machine;
use super::operations::message;
use super::quotes::{dialled, named_in_body};
use super::{Page, created};
use crate::app::App;
use crate::domain::admission::Refusal;
use crate::domain::call::bill::Charge;
use crate::domain::call::machine::AnsweredBy;
use crate::domain::call::record::Record;
use crate::domain::call::supervision::Onlooker;
use crate::domain::call::{Call, Leg, LegState, Phase, Role};
use crate::domain::deck::time;
use crate::domain::phone_number::beginnings;
use crate::domain::refused::Way;
use crate::domain::setting::Choice;
use crate::flows::end_call::end_call;
use crate::flows::place_call::{DialRequest, Placed, place_call};
use crate::storage::call_lists::{self, Of, Wanted};
use crate::storage::{Tx, accounts, call_records, calls};
use crate::web::error::ApiError;

type Time = chrono::DateTime<chrono::Utc>;

/// Whom to call.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewCall {
    #[schema(example = "acc_01ja0000000000000000000000")]
    account: String,
    /// The phone of the caller, rung first.
    #[schema(example = "+14155550100")]
    own_number: String,
    #[schema(example = json!(["+14155550101"]))]
    numbers: Vec<String>,
    /// Words that those who are called hear before being joined, instead of the plan's.
    #[schema(example = json!(null))]
    whisper: Option<String>,
    /// The address of a sound file instead.
    #[schema(example = json!(null))]
    whisper_sound: Option<String>,
    /// Whether it is recorded from its start; only where its plan leaves that to who dials, and `false` there.
    #[schema(example = json!(null))]
    record: Option<bool>,
    /// If an answering machine answers: `off` connects it like a person; `detect` and `greeting_end` hang it up, or leave
    /// it the message given here, as soon as it is known or after its greeting. Not given: what the plan says.
    #[schema(example = "greeting_end")]
    machine_detection: Option<String>,
    /// Words that a machine is left; left after the greeting if there is no `machine_detection` here or in the plan.
    #[schema(example = "Please call us back.")]
    machine_message: Option<String>,
    /// The address of a sound file instead, heard for two minutes at most.
    #[schema(example = json!(null))]
    machine_sound: Option<String>,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

/// Amounts are decimal strings in `currency`.
#[derive(Serialize, ToSchema)]
pub struct CallBody {
    #[schema(example = "call_01ja0000000000000000000000")]
    pub(super) id: String,
    account: String,
    /// The call it is a guest of: in that call's room, paid by this account.
    #[schema(example = json!(null))]
    host: Option<String>,
    currency: String,
    /// `running`, `ending` or `settled`.
    #[schema(example = "running")]
    phase: &'static str,
    #[schema(example = json!(null))]
    end_reason: Option<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// When the caller's phone answered.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Time>,
    /// The end of the paid time.
    #[schema(value_type = Option<String>, format = DateTime)]
    deadline: Option<Time>,
    /// From `started_at` to `deadline`.
    time_limit_seconds: Option<i64>,
    /// How often the paid time has been extended.
    extensions: i32,
    held: String,
    /// What it cost, once it is settled.
    cost: Option<String>,
    /// How it is wanted: `off`, `on` or `paused`.
    #[schema(example = "off")]
    recording: &'static str,
    /// The caller's own phone first.
    /// One that is under way.
    #[schema(example = json!(null))]
    transfer: Option<super::transfers::TransferBody>,
    legs: Vec<LegBody>,
    /// What happened, line by line; only when one call is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<Vec<RecordLine>>,
}

#[derive(Serialize, ToSchema)]
struct LegBody {
    id: String,
    /// `payer`, `other`, `bot`, `guest` (another account pays for it) or, for tokens with the scope `calls:supervise`,
    /// `supervisor`.
    role: &'static str,
    /// What a supervisor does: `monitor`, `whisper` or `barge`.
    #[schema(example = json!(null))]
    mode: Option<&'static str>,
    /// The leg it whispers to.
    #[schema(example = json!(null))]
    coaches: Option<String>,
    /// Of a guest: its own call.
    #[schema(example = json!(null))]
    guest: Option<String>,
    number: String,
    destination: String,
    price_per_minute: String,
    /// `planned`, `calling`, `ringing`, `answered` or `over`.
    state: &'static str,
    ended_how: Option<&'static str>,
    /// What is listened for: `off`, `detect` or `greeting_end`.
    #[schema(example = "off")]
    machine_detection: &'static str,
    /// Who answered, once the carrier has listened: `human`, `machine`, `fax`, or `unknown`, which is let in like a person.
    #[schema(example = json!(null))]
    answered_by: Option<&'static str>,
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Time>,
    /// Seconds of talk it may have in all, as the carrier was told.
    authorised_seconds: i64,
    /// Seconds of talk that count, once the call is settled.
    seconds: Option<i64>,
    billed_seconds: Option<i64>,
    cost: Option<String>,
}

/// A line of a call's record; further fields depend on `event`.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordLine {
    seq: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    #[serde(flatten)]
    #[schema(value_type = RecordEvent)]
    record: Record,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the part all events share")]
pub struct RecordEvent {
    #[schema(example = "limit_set")]
    event: String,
}

/// Dial a call
///
/// Holds the money, then rings the caller's phone and, when it answers, the others.
#[utoipa::path(post, path = "/api/v1/calls", tag = "calls", request_body = NewCall,
    params(("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key finds the call it made.")),
    responses((status = 201, body = CallBody, description = "The caller's phone is being rung"),
        (status = 200, body = CallBody, description = "The call this key made before"),
        (status = 400, description = "missing_idempotency_key"),
        (status = 422, description = "idempotency_key_reused, account_not_open, account_frozen, nobody_to_dial, too_many_numbers, same_number_twice, no_rate, destination_blocked, too_many_calls, too_many_calls_a_minute, lines_are_busy, spend_cap, not_enough_credit, being_topped_up, recording_not_offered, recording_required, unknown_account")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let (account, own_number, numbers) = dialled(&mut fields)?;
    let whisper = message(&mut fields, "whisper", "whisper_sound")?;
    let record = fields.optional_flag("record")?;
    let machine = machine(&mut fields)?;
    let request_key = fields.idempotency_key(&request)?;
    fields.done()?;
    let dial = DialRequest { account, own_number, numbers, whisper, record, machine, request_key, way: Way::Api };
    let (forms, rules, now) = (app.forms.clone(), app.config.rules, app.clock.now());
    let eyes = onlooker(&request);
    let placed = app.db.write(move |tx| {
        let placed = place_call(tx, &dial, &forms, &rules, now)?;
        answer(tx, placed, &dial, eyes)
    });
    let placed = placed.await.map_err(|error| named_in_body(error, "unknown_account", "account"))?;
    let (new, call) = placed.map_err(ApiError::from)?;
    if !new {
        return Ok(HttpResponse::Ok().json(call));
    }
    Ok(created(&format!("/api/v1/calls/{}", call.id), call))
}

/// The call, and whether it is new. A refusal is an answer, too: what it set in motion is kept.
fn answer(
    tx: &mut Tx,
    placed: Placed,
    dial: &DialRequest,
    eyes: Onlooker,
) -> Result<Result<(bool, CallBody), Refusal>, ApiError> {
    let (new, id) = match placed {
        Placed::Call { id, admitted: _ } => (true, id),
        Placed::Already { id } => (false, id),
        Placed::Refused(refusal) => return Ok(Err(refusal)),
    };
    let call = find(tx, &id)?;
    // Whoever was added since is no part of what was dialled.
    let numbers = call.legs.iter().filter(|leg| leg.added_at.is_none()).map(|leg| &leg.number);
    let same = numbers.eq([&dial.own_number].into_iter().chain(&dial.numbers));
    if !same {
        let detail = "This key was used to dial other numbers.";
        return Err(ApiError::unprocessable("idempotency_key_reused", detail).at("Idempotency-Key"));
    }
    Ok(Ok((new, with_record(tx, call, eyes)?)))
}

/// List calls
#[utoipa::path(get, path = "/api/v1/calls", tag = "calls",
    params(("account" = Option<String>, Query), ("after" = Option<String>, Query),
        ("from" = Option<String>, Query, description = "Dialled at this moment or later; a day is its beginning, UTC", example = "2026-12-01"),
        ("to" = Option<String>, Query, description = "Dialled before this moment; a day is its end, UTC", example = "2026-12-31"),
        ("number" = Option<String>, Query, description = "With a number that begins so; needs `account`", example = "+4420"),
        ("live" = Option<bool>, Query, description = "Only those that are not settled", example = true),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<CallBody>, description = "Newest first, without their records")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let wanted = wanted(&mut query)?;
    let paging = query.paging()?;
    query.done()?;
    let eyes = onlooker(&request);
    let page = app.db.read(move |tx| {
        let found = call_lists::page(tx, &wanted, paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |call| call.id.clone());
        let mut currencies = HashMap::new();
        let mut items = vec![];
        for call in found {
            let currency = match currencies.get(&call.account) {
                Some(currency) => String::clone(currency),
                None => currency(tx, &call)?,
            };
            currencies.insert(call.account.clone(), currency.clone());
            items.push(body(&call.seen_by(eyes), currency));
        }
        Ok::<_, ApiError>(Page { items, next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Show a call with its record
#[utoipa::path(get, path = "/api/v1/calls/{id}", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, body = CallBody, description = "The call with its record")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (id, eyes) = (path_id(&request, "call")?, onlooker(&request));
    let found = app.db.read(move |tx| {
        let call = find(tx, &id)?;
        with_record(tx, call, eyes)
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// Hang up a call
///
/// Its phones are told to; look at the call until it is settled.
#[utoipa::path(post, path = "/api/v1/calls/{id}/hang-up", operation_id = "hang_up_call", tag = "calls", params(("id" = String, Path)),
    responses((status = 202, body = CallBody, description = "Being hung up, or over already")))]
pub async fn hang_up(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "call")?;
    let (by, eyes, now) = (actor(&request), onlooker(&request), app.clock.now());
    let ended = app.db.write(move |tx| {
        end_call(tx, &id, Some(&by), now)?;
        let call = find(tx, &id)?;
        with_record(tx, call, eyes)
    });
    Ok(HttpResponse::Accepted().json(ended.await?))
}

fn wanted(query: &mut Query) -> Result<Wanted, ApiError> {
    let account = query.optional("account")?.map(|given| id("account", given)).transpose()?;
    let beginnings = match query.optional("number")? {
        Some(_) if account.is_none() => return Err(invalid("number", "is looked for within an `account`; name one")),
        Some(given) => match beginnings(&given, None) {
            None => return Err(invalid("number", "is neither a number nor the beginning of one, such as +4420")),
            found => found,
        },
        None => None,
    };
    let moment = |name: &str, given: &str| time(given).map_err(|reason| invalid(name, &format!("is wrong: {reason}")));
    let from = query.optional("from")?.map(|given| moment("from", &given)).transpose()?;
    let before = match query.optional("to")? {
        // A day is meant to its end.
        Some(given) if given.parse::<NaiveDate>().is_ok() => Some(moment("to", &given)? + TimeDelta::days(1)),
        given => given.map(|given| moment("to", &given)).transpose()?,
    };
    let live = query.flag("live")?;
    Ok(Wanted { of: account.map(|account| Of { account, beginnings }), from, before, live })
}

pub(super) fn find(tx: &mut Tx, id: &str) -> Result<Call, ApiError> {
    calls::find(tx, id)?.ok_or_else(|| ApiError::not_found("call", id))
}

fn currency(tx: &mut Tx, call: &Call) -> Result<String, ApiError> {
    Ok(accounts::find(tx, &call.account)?.map(|account| account.currency.to_string()).unwrap_or_default())
}

pub(super) fn with_record(tx: &mut Tx, call: Call, eyes: Onlooker) -> Result<CallBody, ApiError> {
    let call = call.seen_by(eyes);
    let lines = call_records::since(tx, &call.id, 0)?.into_iter().filter(|line| call.shows(&line.record));
    let lines = lines.map(record_line).collect();
    Ok(CallBody { record: Some(lines), ..body(&call, currency(tx, &call)?) })
}

pub(super) fn record_line(line: call_records::Line) -> RecordLine {
    RecordLine { seq: line.seq, at: line.at, record: line.record }
}

fn body(call: &Call, currency: String) -> CallBody {
    let (phase, end_reason) = match call.phase {
        Phase::Running => ("running", None),
        Phase::Ending(reason) => ("ending", Some(reason.code())),
        Phase::Settled(reason) => ("settled", Some(reason.code())),
    };
    // Charged by the same function, so this is what was booked.
    let charges = matches!(call.phase, Phase::Settled(_)).then(|| call.charges());
    let cost = charges.as_ref().map(|charges| charges.iter().map(|charge| charge.cost).sum());
    CallBody {
        id: call.id.clone(),
        account: call.account.clone(),
        host: call.host.as_ref().map(|host| host.call.clone()),
        currency,
        phase,
        end_reason,
        created_at: call.created_at,
        started_at: call.started_at,
        deadline: call.deadline,
        time_limit_seconds: call.started_at.zip(call.deadline).map(|(start, end)| (end - start).num_seconds()),
        extensions: call.extension,
        held: call.held.to_string(),
        recording: call.recording.wanted.code(),
        transfer: super::transfers::body(call),
        cost: cost.map(|cost: crate::domain::money::Money| cost.to_string()),
        legs: call
            .legs
            .iter()
            .enumerate()
            .map(|(place, leg)| leg_body(leg, charges.as_ref().and_then(|charges| charges.get(place))))
            .collect(),
        record: None,
    }
}

fn leg_body(leg: &Leg, charge: Option<&Charge>) -> LegBody {
    let (state, ended_how) = match leg.state {
        LegState::Planned => ("planned", None),
        LegState::Calling => ("calling", None),
        LegState::Ringing => ("ringing", None),
        LegState::Answered => ("answered", None),
        LegState::Over(end) => ("over", Some(end.code())),
    };
    LegBody {
        id: leg.id.clone(),
        role: match leg.role {
            Role::Payer => "payer",
            Role::Other => "other",
            Role::Bot => "bot",
            Role::Supervisor => "supervisor",
            Role::Guest => "guest",
        },
        mode: leg.mode().map(|mode| mode.code()),
        coaches: leg.stance.coaches.clone(),
        guest: leg.guest.clone(),
        number: leg.number.to_string(),
        destination: leg.rate.destination.clone(),
        price_per_minute: leg.rate.price_per_minute.normalize().to_string(),
        state,
        ended_how,
        machine_detection: leg.machine.detection.code(),
        answered_by: leg.answered_by().map(AnsweredBy::code),
        started_at: leg.started_at,
        authorised_seconds: leg.authorised_seconds(),
        seconds: charge.map(|charge| charge.seconds),
        billed_seconds: charge.map(|charge| charge.billed_seconds),
        cost: charge.map(|charge| charge.cost.to_string()),
    }
}
