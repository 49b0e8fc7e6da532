//! What happens to a call while it runs: numbers added to it, and its record, line by line.

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::ToSchema;

use super::auth::{actor, onlooker};
use super::calls::{CallBody, RecordLine, find, record_line, with_record};
use super::input::{Fields, Query, invalid, missing, path_id};
use super::machines::machine;
use super::{Page, created};
use crate::app::App;
use crate::domain::call::addition::AddRefusal;
use crate::domain::phone_number::PhoneNumber;
use crate::flows::add_leg::{AddRequest, Added, add_leg};
use crate::storage::{Tx, bots, call_records};
use crate::web::error::ApiError;

/// Whom to add.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewLeg {
    #[schema(example = "+14155550102")]
    number: Option<String>,
    /// The name of a bot instead.
    #[schema(example = json!(null))]
    bot: Option<String>,
    /// If an answering machine answers, as for a new call; what is not given is as the call has it.
    #[schema(example = "detect")]
    machine_detection: Option<String>,
    #[schema(example = json!(null))]
    machine_message: Option<String>,
    #[schema(example = json!(null))]
    machine_sound: Option<String>,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

/// Add a number or a bot to a call
///
/// A bot says things and hears the keys that are pressed in the call. It is free unless the plan has a rate for its
/// number, and keeps nobody company: the call ends when fewer than two others are left.
#[utoipa::path(post, path = "/api/v1/calls/{id}/legs", operation_id = "add_leg", tag = "calls", request_body = NewLeg,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key adds nothing.")),
    responses((status = 201, body = CallBody, description = "Added: its money is held, and it is rung once the caller's phone has answered"),
        (status = 200, body = CallBody, description = "This key added it before"),
        (status = 409, description = "call_is_over, in_anothers_room"),
        (status = 422, description = "account_not_open, account_frozen, same_number_twice, too_many_numbers, no_rate, destination_blocked, ends_sooner, too_little_time, spend_cap, not_enough_credit, idempotency_key_reused, unknown_bot")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "call")?;
    let mut fields = Fields::read(&request, payload).await?;
    let whom = whom(&mut fields)?;
    let machine = machine(&mut fields)?;
    let request_key = fields.idempotency_key(&request)?;
    fields.done()?;
    let (by, eyes, rules, now) = (actor(&request), onlooker(&request), app.config.rules, app.clock.now());
    let answer = app.db.write(move |tx| {
        let add = AddRequest { call: id, number: number_of(tx, whom)?, machine, request_key };
        let added = add_leg(tx, &add, Some(&by), &rules, now)?;
        let call = find(tx, &add.call)?;
        Ok::<_, ApiError>((added, with_record(tx, call, eyes)?))
    });
    let (added, call) = answer.await?;
    match added {
        Added::Leg { .. } => Ok(created(&format!("/api/v1/calls/{}", call.id), call)),
        Added::Already { .. } => Ok(HttpResponse::Ok().json(call)),
        Added::OtherRequest => {
            let detail = "This key was used to add another number, or to another call.";
            Err(ApiError::unprocessable("idempotency_key_reused", detail).at("Idempotency-Key"))
        }
        Added::Refused(refusal) => Err(refusal.into()),
    }
}

enum Whom {
    Number(PhoneNumber),
    Bot(String),
}

fn whom(fields: &mut Fields) -> Result<Whom, ApiError> {
    match (fields.optional_parsed("number")?, fields.optional_text("bot")?) {
        (Some(_), Some(_)) => Err(invalid("bot", "and `number` exclude each other")),
        (None, None) => Err(missing("number")),
        (Some(number), None) => Ok(Whom::Number(number)),
        (None, Some(bot)) => Ok(Whom::Bot(bot)),
    }
}

fn number_of(tx: &mut Tx, whom: Whom) -> Result<PhoneNumber, ApiError> {
    match whom {
        Whom::Number(number) => Ok(number),
        Whom::Bot(name) => {
            let found = bots::find(tx, &name)?.and_then(|bot| bot.bot.number);
            found.ok_or_else(|| ApiError::unprocessable("unknown_bot", "There is no bot of this name.").at("bot"))
        }
    }
}

/// List what happened in a call
#[utoipa::path(get, path = "/api/v1/calls/{id}/records", operation_id = "list_call_records", tag = "calls",
    params(("id" = String, Path), ("after" = Option<String>, Query, description = "The `seq` of the last line already seen."),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<RecordLine>, description = "What happened, oldest first")))]
pub async fn records(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "call")?;
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let first = match &paging.after {
        None => 0,
        Some(after) => match after.parse::<i64>() {
            Ok(seen) if (0..i64::MAX).contains(&seen) => seen + 1,
            Ok(_) | Err(_) => return Err(invalid("after", "must be the seq of a line")),
        },
    };
    let eyes = onlooker(&request);
    let page = app.db.read(move |tx| {
        let call = find(tx, &id)?.seen_by(eyes);
        let lines = call_records::page(tx, &id, first, paging.fetch())?;
        let (lines, next) = paging.cut(lines, |line| line.seq.to_string());
        let lines = lines.into_iter().filter(|line| call.shows(&line.record));
        Ok::<_, ApiError>(Page { items: lines.map(record_line).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

impl From<AddRefusal> for ApiError {
    fn from(refusal: AddRefusal) -> Self {
        let (code, detail) = (refusal.code(), refusal.to_string());
        match refusal {
            AddRefusal::CallIsOver | AddRefusal::InAnothersRoom => Self::conflict(code, detail),
            AddRefusal::AccountNotOpen | AddRefusal::AccountFrozen | AddRefusal::TooLittleTime { .. } => {
                Self::unprocessable(code, detail)
            }
            AddRefusal::InTheCall { .. }
            | AddRefusal::TooManyNumbers { .. }
            | AddRefusal::NoRate { .. }
            | AddRefusal::DestinationBlocked { .. }
            | AddRefusal::EndsSooner { .. }
            | AddRefusal::SpendCap { .. }
            | AddRefusal::NotEnoughCredit { .. } => Self::unprocessable(code, detail).at("number"),
        }
    }
}
