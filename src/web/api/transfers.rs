//! Calls handed over: to a number, to a queue, and out of it.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use super::auth::{actor, onlooker};
use super::calls::{CallBody, find, with_record};
use super::input::{Fields, Query, id, invalid, path_id};
use crate::app::App;
use crate::domain::call::Call;
use crate::domain::call::machine::MachineChoice;
use crate::domain::call::transfer::{Kind, QueueName, TransferRefusal};
use crate::flows::add_leg::AddRequest;
use crate::flows::transfer::{To, TransferRequest, Transferred, take as take_call, transfer};
use crate::storage::{StorageError, queues};
use crate::web::error::ApiError;

/// Who hands the call over, and to whom.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewTransfer {
    /// The leg that leaves.
    #[schema(example = "leg_01ja0000000000000000000000")]
    leg: String,
    /// The number that takes over; or give a `queue`.
    #[schema(example = "+14155550102")]
    number: Option<String>,
    /// 1 to 40 of a-z, digits and hyphens. The others wait there with music until somebody takes the call.
    #[schema(example = json!(null))]
    queue: Option<String>,
    /// The others are on hold while the leg talks with the number, until `connect` or `take_back`.
    warm: Option<bool>,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

/// Who takes a waiting call.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewTake {
    #[schema(example = "+14155550102")]
    number: String,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

/// A transfer under way.
#[derive(Serialize, ToSchema)]
pub struct TransferBody {
    /// `cold` or `warm`.
    #[schema(example = "warm")]
    kind: &'static str,
    /// The leg that hands the call over.
    #[schema(example = "leg_01ja0000000000000000000000")]
    leg: String,
    /// The leg that takes it over, once there is one.
    #[schema(example = "leg_01ja0000000000000000000001")]
    target: Option<String>,
    #[schema(example = json!(null))]
    queue: Option<String>,
    /// Since when it waits in the queue.
    #[schema(value_type = Option<String>, format = DateTime)]
    queued_at: Option<DateTime<Utc>>,
}

/// A call that waits to be taken.
#[derive(Serialize, ToSchema)]
pub struct WaitingBody {
    #[schema(example = "call_01ja0000000000000000000000")]
    call: String,
    #[schema(example = "acc_01ja0000000000000000000000")]
    account: String,
    /// Since when it waits.
    #[schema(value_type = String, format = DateTime)]
    since: DateTime<Utc>,
    /// Who waits.
    #[schema(example = json!(["+14155550100"]))]
    numbers: Vec<String>,
}

pub fn body(call: &Call) -> Option<TransferBody> {
    call.transfer.clone().map(|transfer| TransferBody {
        kind: transfer.kind.code(),
        leg: transfer.transferor,
        target: transfer.target,
        queued_at: transfer.queue.as_ref().map(|queue| queue.since),
        queue: transfer.queue.map(|queue| queue.name.to_string()),
    })
}

/// Transfer a call
///
/// To a number: it is added like any other, and the leg leaves once it has answered; or, if `warm`, when the operation
/// `connect` says so. To a queue: the leg leaves at once. If the number is not reached all is as before.
#[utoipa::path(post, path = "/api/v1/calls/{id}/transfers", operation_id = "transfer_call", tag = "calls", request_body = NewTransfer,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key adds nothing.")),
    responses((status = 202, body = CallBody, description = "Under way, or was by this key before"),
        (status = 409, description = "call_is_over, no_such_leg, not_in_the_call, transfer_under_way, payer_ends_the_call, nobody_to_transfer, transfer_to_a_bot"),
        (status = 422, description = "account_not_open, account_frozen, same_number_twice, too_many_numbers, no_rate, destination_blocked, ends_sooner, too_little_time, spend_cap, not_enough_credit, idempotency_key_reused")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let call = path_id(&request, "call")?;
    let mut fields = Fields::read(&request, payload).await?;
    let transferor = id("leg", fields.text("leg")?)?;
    let to = to(&mut fields)?;
    let request_key = fields.idempotency_key(&request)?;
    fields.done()?;
    let wanted = TransferRequest { call: call.clone(), transferor, to, request_key };
    let (by, eyes, rules, now) = (actor(&request), onlooker(&request), app.config.rules, app.clock.now());
    let answer = app.db.write(move |tx| {
        let answer = transfer(tx, &wanted, Some(&by), &rules, now)?;
        let call = find(tx, &call)?;
        Ok::<_, ApiError>((answer, with_record(tx, call, eyes)?))
    });
    let (answer, call) = answer.await?;
    answered(answer, call)
}

fn to(fields: &mut Fields) -> Result<To, ApiError> {
    let kind = if fields.flag("warm")? { Kind::Warm } else { Kind::Cold };
    match (fields.optional_parsed("number")?, fields.optional_parsed("queue")?) {
        (Some(_), Some(_)) => Err(invalid("queue", "and `number` exclude each other")),
        (None, None) => Err(super::input::missing("number")),
        (Some(number), None) => Ok(To::Number { number, kind }),
        (None, Some(_)) if kind == Kind::Warm => Err(invalid("warm", "is for a `number`: nobody is in a queue")),
        (None, Some(queue)) => Ok(To::Queue(queue)),
    }
}

/// Take a waiting call
///
/// The number is rung and added like any other; when it has answered the music ends. If it is not reached the call waits
/// on.
#[utoipa::path(post, path = "/api/v1/calls/{id}/take", operation_id = "take_call", tag = "calls", request_body = NewTake,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key adds nothing.")),
    responses((status = 202, body = CallBody, description = "It is being rung, or was by this key before"),
        (status = 409, description = "call_is_over, nobody_waits, transfer_to_a_bot"),
        (status = 422, description = "account_not_open, account_frozen, same_number_twice, too_many_numbers, no_rate, destination_blocked, ends_sooner, too_little_time, spend_cap, not_enough_credit, idempotency_key_reused")))]
pub async fn take(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let call = path_id(&request, "call")?;
    let mut fields = Fields::read(&request, payload).await?;
    let number = fields.parsed("number")?;
    let request_key = fields.idempotency_key(&request)?;
    fields.done()?;
    let add = AddRequest { call, number, machine: MachineChoice::default(), request_key };
    let (by, eyes, rules, now) = (actor(&request), onlooker(&request), app.config.rules, app.clock.now());
    let answer = app.db.write(move |tx| {
        let answer = take_call(tx, &add, Some(&by), &rules, now)?;
        let call = find(tx, &add.call)?;
        Ok::<_, ApiError>((answer, with_record(tx, call, eyes)?))
    });
    let (answer, call) = answer.await?;
    answered(answer, call)
}

fn answered(answer: Transferred, call: CallBody) -> Result<HttpResponse, ApiError> {
    match answer {
        Transferred::UnderWay | Transferred::Already => Ok(HttpResponse::Accepted().json(call)),
        Transferred::OtherRequest => {
            let detail = "This key was used to add another number, or to another call.";
            Err(ApiError::unprocessable("idempotency_key_reused", detail).at("Idempotency-Key"))
        }
        Transferred::Refused(TransferRefusal::Add(refusal)) => Err(refusal.into()),
        Transferred::Refused(refusal) => Err(ApiError::conflict(refusal.code(), refusal.to_string())),
    }
}

/// List the calls in a queue
///
/// Who has waited longest comes first. A queue comes into being with its first call.
#[utoipa::path(get, path = "/api/v1/queues/{name}", operation_id = "show_queue", tag = "calls", params(("name" = String, Path)),
    responses((status = 200, body = Page<WaitingBody>, description = "The calls that nobody has taken yet")))]
pub async fn queue(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let name = request.match_info().get("name").unwrap_or_default();
    let name: QueueName = name.parse().map_err(|_| ApiError::not_found("queue", name))?;
    Query::read(&request).done()?;
    let found = app.db.read(move |tx| queues::waiting(tx, Some(&name))).await;
    let found = found.map_err(|error: StorageError| error)?;
    let items = found.iter().filter_map(waiting).collect();
    Ok(HttpResponse::Ok().json(Page::<WaitingBody> { items, next: None }))
}

fn waiting(call: &Call) -> Option<WaitingBody> {
    call.queued().map(|queued| WaitingBody {
        call: call.id.clone(),
        account: call.account.clone(),
        since: queued.since,
        numbers: call.who_waits().map(|leg| leg.number.to_string()).collect(),
    })
}
