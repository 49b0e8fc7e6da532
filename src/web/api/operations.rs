//! Doing something to a running call.

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::ToSchema;

use super::auth::actor;
use super::calls::{CallBody, find, with_record};
use super::input::{Fields, invalid, path_id};
use crate::app::App;
use crate::domain::call::message::{BadMessage, Message};
use crate::domain::call::operation::{BadOperation, Given, Operation, OperationRefusal};
use crate::flows::operate::operate;
use crate::web::error::ApiError;

/// What to do, and to whom.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewOperation {
    /// `hold`, `unhold`, `mute`, `unmute`: in the room. `park`, `unpark`: out of it and back. `enqueue`,
    /// `dequeue`: in a call of two, into a queue of the carrier's while the other waits too, and talking again; only
    /// where the operator allows it. `remove` hangs up, `dismiss` with a last word. `announce` says something,
    /// `announce_recording` that the call is being recorded: to `leg`, or without it to everybody in the room.
    #[schema(example = "hold")]
    operation: String,
    #[schema(example = "leg_01ja0000000000000000000000")]
    leg: Option<String>,
    /// Words that are heard; for `dismiss` and `announce`, unless there is a `sound`.
    #[schema(example = json!(null))]
    message: Option<String>,
    /// The address of a sound file instead.
    #[schema(example = json!(null))]
    sound: Option<String>,
}

/// Do something to a running call
///
/// Doing what is done already changes nothing. A leg that is on hold or parked burns all the same.
#[utoipa::path(post, path = "/api/v1/calls/{id}/operations", operation_id = "operate_call", tag = "calls", request_body = NewOperation,
    params(("id" = String, Path)),
    responses((status = 202, body = CallBody, description = "It is so in the books and is being made so at the carrier"),
        (status = 409, description = "call_is_over, no_such_leg, not_in_the_call, payer_stays, queue_hold_off, not_two_parties, not_in_the_queue")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "call")?;
    let mut fields = Fields::read(&request, payload).await?;
    let operation = read(&mut fields)?;
    fields.done()?;
    let (by, now) = (actor(&request), app.clock.now());
    let answer = app.db.write(move |tx| {
        let done = operate(tx, &id, &operation, Some(&by), now)?;
        let call = find(tx, &id)?;
        Ok::<_, ApiError>((done, with_record(tx, &call)?))
    });
    let (done, call) = answer.await?;
    done.map_err(|refusal: OperationRefusal| ApiError::conflict(refusal.code(), refusal.to_string()))?;
    Ok(HttpResponse::Accepted().json(call))
}

fn read(fields: &mut Fields) -> Result<Operation, ApiError> {
    let word = fields.text("operation")?;
    let given = Given { leg: fields.optional_text("leg")?, message: message(fields, "message", "sound")? };
    Operation::read(&word, given).map_err(|bad| {
        let field = match bad {
            BadOperation::Unknown => "operation",
            BadOperation::NoLeg => "leg",
            BadOperation::NoMessage => "message",
        };
        invalid(field, &bad.to_string())
    })
}

/// Words in one field, or the address of a sound in another.
pub(super) fn message(
    fields: &mut Fields,
    words_in: &'static str,
    sound_in: &'static str,
) -> Result<Option<Message>, ApiError> {
    let bad = |field: &'static str| move |error: BadMessage| invalid(field, &error.to_string());
    match (fields.optional_text(words_in)?, fields.optional_text(sound_in)?) {
        (Some(_), Some(_)) => Err(invalid(sound_in, &format!("and `{words_in}` exclude each other"))),
        (Some(words), None) => Message::words(&words).map(Some).map_err(bad(words_in)),
        (None, Some(sound)) => Message::sound(&sound).map(Some).map_err(bad(sound_in)),
        (None, None) => Ok(None),
    }
}
