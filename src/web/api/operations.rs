//! Doing something to a running call.

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::ToSchema;

use super::auth::{actor, onlooker, require};
use super::calls::{CallBody, find, with_record};
use super::input::{Fields, invalid, missing, path_id};
use crate::app::App;
use crate::domain::call::message::{BadMessage, Message};
use crate::domain::call::operation::{BadOperation, Given, Operation, OperationRefusal};
use crate::domain::call::supervision::{BadMode, Mode, Onlooker, SuperviseRefusal};
use crate::domain::phone_number::PhoneNumber;
use crate::domain::scope::Scope;
use crate::flows::operate::operate;
use crate::flows::supervise::{SuperviseRequest, Supervised, supervise};
use crate::web::error::ApiError;

/// What to do, and to whom.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewOperation {
    /// `hold`, `unhold`, `mute`, `unmute`: in the room. `park`, `unpark`: out of it and back. `enqueue`,
    /// `dequeue`: in a call of two, into a queue of the carrier's while the other waits too, and talking again; only
    /// where the operator allows it. `remove` hangs up, `dismiss` with a last word.
    /// `voicemail_drop` leaves a message on the leg's answering machine and hangs it up; the call ends then if nobody else is
    /// in it, and the message is heard to its end. `announce` says something,
    /// `announce_recording` that the call is being recorded: to `leg`, or without it to everybody in the room.
    /// `start_recording`, `pause_recording`, `resume_recording` and `stop_recording` are of the call, without `leg`.
    /// `connect` ends a warm transfer, `take_back` undoes one: both are of the call, without `leg`. `supervise` lets a
    /// supervisor in and `set_mode` changes what one does; both need the scope `calls:supervise`, too, without which
    /// there are no supervisors' legs.
    #[schema(example = "hold")]
    operation: String,
    #[schema(example = "leg_01ja0000000000000000000000")]
    leg: Option<String>,
    /// Words that are heard; for `dismiss` and `announce`, unless there is a `sound`. Without either `voicemail_drop` leaves
    /// what machines are left in this call.
    #[schema(example = json!(null))]
    message: Option<String>,
    /// The address of a sound file instead.
    #[schema(example = json!(null))]
    sound: Option<String>,
    /// Whom to ring; for `supervise`.
    #[schema(example = json!(null))]
    number: Option<String>,
    /// `monitor` hears all, `whisper` is heard by one leg, `barge` by all; for `supervise` and `set_mode`.
    #[schema(example = json!(null))]
    mode: Option<String>,
    /// The leg that hears the whispering.
    #[schema(example = json!(null))]
    coaches: Option<String>,
}

/// Do something to a running call
///
/// Doing what is done already changes nothing. A leg that is on hold or parked burns all the same; a supervisor costs
/// nothing, and whose call it is does not see it.
#[utoipa::path(post, path = "/api/v1/calls/{id}/operations", operation_id = "operate_call", tag = "calls", request_body = NewOperation,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required for `supervise`. Repeating a key rings nobody.")),
    responses((status = 202, body = CallBody, description = "It is so in the books and is being made so at the carrier"),
        (status = 403, description = "missing_scope"),
        (status = 409, description = "call_is_over, no_such_leg, not_in_the_call, payer_stays, queue_hold_off, not_two_parties, not_in_the_queue, no_message, no_transfer, nobody_to_connect, not_a_supervisor, is_a_supervisor, cannot_be_coached, too_many_supervisors, never_recorded, always_recorded, not_recorded, recording_is_paused"),
        (status = 422, description = "same_number_twice, idempotency_key_reused")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "call")?;
    let mut fields = Fields::read(&request, payload).await?;
    let word = fields.text("operation")?;
    if word == "supervise" {
        return let_in(&request, fields, id, &app).await;
    }
    let operation = read(&word, &mut fields)?;
    if fields.optional_text("number")?.is_some() {
        return Err(invalid("number", "is for `supervise` only"));
    }
    fields.done()?;
    if matches!(operation, Operation::SetMode { .. }) {
        require(Scope::CallsSupervise, &request)?;
    }
    let (by, eyes, now) = (actor(&request), onlooker(&request), app.clock.now());
    let answer = app.db.write(move |tx| {
        let hidden = eyes == Onlooker::Caller && find(tx, &id)?.is_about_a_supervisor(&operation);
        let done = match hidden {
            true => Err(OperationRefusal::NoSuchLeg),
            false => operate(tx, &id, &operation, Some(&by), now)?,
        };
        let call = find(tx, &id)?;
        Ok::<_, ApiError>((done, with_record(tx, call, eyes)?))
    });
    let (done, call) = answer.await?;
    done.map_err(|refusal: OperationRefusal| ApiError::conflict(refusal.code(), refusal.to_string()))?;
    Ok(HttpResponse::Accepted().json(call))
}

async fn let_in(
    request: &HttpRequest,
    mut fields: Fields,
    call: String,
    app: &web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    require(Scope::CallsSupervise, request)?;
    let number: PhoneNumber = fields.parsed("number")?;
    let mode = mode(&mut fields)?.ok_or_else(|| missing("mode"))?;
    let request_key = fields.idempotency_key(request)?;
    fields.done()?;
    let wanted = SuperviseRequest { call, number, mode, request_key };
    let (by, eyes, now) = (actor(request), onlooker(request), app.clock.now());
    let answer = app.db.write(move |tx| {
        let done = supervise(tx, &wanted, &by, now)?;
        let call = find(tx, &wanted.call)?;
        Ok::<_, ApiError>((done, with_record(tx, call, eyes)?))
    });
    let (done, call) = answer.await?;
    match done {
        Supervised::Leg { .. } | Supervised::Already { .. } => Ok(HttpResponse::Accepted().json(call)),
        Supervised::OtherRequest => {
            let detail = "This key was used for another number, or for another call.";
            Err(ApiError::unprocessable("idempotency_key_reused", detail).at("Idempotency-Key"))
        }
        Supervised::Refused(refusal) => Err(refusal.into()),
    }
}

impl From<SuperviseRefusal> for ApiError {
    fn from(refusal: SuperviseRefusal) -> Self {
        let (code, detail) = (refusal.code(), refusal.to_string());
        match refusal {
            SuperviseRefusal::InTheCall { .. } => Self::unprocessable(code, detail).at("number"),
            SuperviseRefusal::CallIsOver
            | SuperviseRefusal::TooMany
            | SuperviseRefusal::CannotBeCoached
            | SuperviseRefusal::IsAGuest { .. } => Self::conflict(code, detail),
        }
    }
}

fn read(word: &str, fields: &mut Fields) -> Result<Operation, ApiError> {
    let given =
        Given { leg: fields.optional_text("leg")?, message: message(fields, "message", "sound")?, mode: mode(fields)? };
    Operation::read(word, given).map_err(|bad| {
        let field = match bad {
            BadOperation::Unknown => "operation",
            BadOperation::NoLeg => "leg",
            BadOperation::NoMessage => "message",
            BadOperation::NoMode => "mode",
        };
        invalid(field, &bad.to_string())
    })
}

fn mode(fields: &mut Fields) -> Result<Option<Mode>, ApiError> {
    let (word, to) = (fields.optional_text("mode")?, fields.optional_text("coaches")?);
    word.map(|word| Mode::read(&word, to)).transpose().map_err(|bad| {
        let field = match bad {
            BadMode::Unknown => "mode",
            BadMode::NoListener => "coaches",
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
