//! Phones in a call that another account pays for.

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::ToSchema;

use super::auth::{actor, onlooker};
use super::calls::{CallBody, find, with_record};
use super::created;
use super::input::{Fields, id, path_id};
use super::quotes::named_in_body;
use crate::app::App;
use crate::domain::call::guest::GuestRefusal;
use crate::domain::phone_number::PhoneNumber;
use crate::flows::guests::Wish;
use crate::web::error::ApiError;
use crate::web::guests::{Joined, join};
use crate::web::peer::Peer;

/// Whom to let in, and who pays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewGuest {
    /// The account that pays for this phone, at its own plan's rates.
    #[schema(example = "acc_01ja0000000000000000000000")]
    account: String,
    #[schema(example = "+14155550103")]
    number: String,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

/// Let in a phone that another account pays for
///
/// It becomes a call of that account, with its own hold, limit, recharge and bill, in the room of this one. Its end ends
/// that phone only; the end of this call ends it.
#[utoipa::path(post, path = "/api/v1/calls/{id}/guests", operation_id = "add_guest", tag = "calls", request_body = NewGuest,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key lets nobody in.")),
    responses((status = 201, body = CallBody, description = "The guest's own call: its money is held, and it is being rung"),
        (status = 200, body = CallBody, description = "The call this key made before"),
        (status = 409, description = "call_is_over, call_not_begun, is_a_guest"),
        (status = 422, description = "unknown_account, pays_already, account_not_open, account_frozen, same_number_twice, too_many_numbers, no_rate, too_many_calls, too_many_calls_a_minute, lines_are_busy, spend_cap, not_enough_credit, being_topped_up, idempotency_key_reused")))]
pub async fn create(
    Peer(from): Peer,
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let host = path_id(&request, "call")?;
    let mut fields = Fields::read(&request, payload).await?;
    let account = id("account", fields.text("account")?)?;
    let number: PhoneNumber = fields.parsed("number")?;
    let request_key = fields.idempotency_key(&request)?;
    fields.done()?;
    let asked = host.clone();
    app.db.read(move |tx| find(tx, &asked)).await?;
    let wish = Wish { host, account, number, invitation: None, request_key };
    let joined = join(&app, wish, actor(&request), from).await.map_err(ApiError::from);
    let (new, id) = match joined.map_err(|error| named_in_body(error, "unknown_account", "account"))? {
        Joined::Call { id } => (true, id),
        Joined::Already { id } => (false, id),
        Joined::OtherRequest => {
            let detail = "This key was used for another call, account or number.";
            return Err(ApiError::unprocessable("idempotency_key_reused", detail).at("Idempotency-Key"));
        }
        Joined::NoPlace(refusal) => return Err(refusal.into()),
        Joined::NotInvited(_) => unreachable!("no invitation was shown"),
        Joined::Refused(refusal) => return Err(refusal.into()),
    };
    let eyes = onlooker(&request);
    let call = app.db.read(move |tx| {
        let call = find(tx, &id)?;
        with_record(tx, call, eyes)
    });
    let call = call.await?;
    if new { Ok(created(&format!("/api/v1/calls/{}", call.id), call)) } else { Ok(HttpResponse::Ok().json(call)) }
}

impl From<GuestRefusal> for ApiError {
    fn from(refusal: GuestRefusal) -> Self {
        let (code, detail) = (refusal.code(), refusal.to_string());
        match refusal {
            GuestRefusal::CallIsOver | GuestRefusal::NotBegun | GuestRefusal::IsAGuest => Self::conflict(code, detail),
            GuestRefusal::ItsOwn => Self::unprocessable(code, detail).at("account"),
            GuestRefusal::InTheCall { .. } | GuestRefusal::TooManyNumbers { .. } => {
                Self::unprocessable(code, detail).at("number")
            }
        }
    }
}
