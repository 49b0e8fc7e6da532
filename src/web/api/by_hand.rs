//! An account's money by hand: credits, debits, and debts that are given up.

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::ToSchema;

use super::account_transfers::transfers_of;
use super::accounts::{AccountBody, body};
use super::auth::who;
use super::input::{Fields, invalid, path_id};
use super::requests::RequestBody;
use super::{created, requests};
use crate::app::App;
use crate::domain::money::Money;
use crate::flows::by_hand::{Booked, ByHand, NotBooked, by_hand};
use crate::flows::two_persons::{Asked, Deed};
use crate::storage::accounts;
use crate::web::error::ApiError;
use crate::web::peer;

/// A credit by hand.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewCredit {
    /// Above zero, at most six digits after the point.
    #[schema(example = "12.50")]
    amount: String,
    /// For the statement and the audit.
    #[schema(example = "goodwill")]
    reason: String,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

/// A debit by hand.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewDebit {
    /// Above zero, at most six digits after the point; at most what no call holds.
    #[schema(example = "12.50")]
    amount: String,
    /// For the statement and the audit.
    reason: String,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

/// A debt that is given up.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewWriteOff {
    /// Above zero, at most what is owed.
    #[schema(example = "12.50")]
    amount: String,
    /// For the statement and the audit.
    reason: String,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

/// Credit an account
#[utoipa::path(post, path = "/api/v1/accounts/{id}/credits", tag = "accounts", request_body = NewCredit,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key changes nothing.")),
    responses((status = 201, body = AccountBody, description = "Booked: the account as it is now"),
        (status = 202, body = RequestBody, description = "Nothing is booked before a second person approves it: the request, to be looked at where Location says"),
        (status = 200, body = AccountBody, description = "Booked before under this key; nothing changed"),
        (status = 400, description = "missing_idempotency_key"),
        (status = 422, description = "idempotency_key_reused, balance_too_large")))]
pub async fn credit(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    book(ByHand::Credit, request, payload, app).await
}

/// Debit an account by hand
#[utoipa::path(post, path = "/api/v1/accounts/{id}/debits", tag = "accounts", request_body = NewDebit,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key changes nothing.")),
    responses((status = 201, body = AccountBody, description = "Booked: the account as it is now"),
        (status = 202, body = RequestBody, description = "Nothing is booked before a second person approves it: the request, to be looked at where Location says"),
        (status = 200, body = AccountBody, description = "Booked before under this key; nothing changed"),
        (status = 400, description = "missing_idempotency_key"),
        (status = 422, description = "idempotency_key_reused, not_enough_free")))]
pub async fn debit(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    book(ByHand::Debit, request, payload, app).await
}

/// Write off a debt
#[utoipa::path(post, path = "/api/v1/accounts/{id}/write-offs", operation_id = "write_off_debt", tag = "accounts", request_body = NewWriteOff,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key changes nothing.")),
    responses((status = 201, body = AccountBody, description = "Booked: the account as it is now"),
        (status = 202, body = RequestBody, description = "Nothing is booked before a second person approves it: the request, to be looked at where Location says"),
        (status = 200, body = AccountBody, description = "Booked before under this key; nothing changed"),
        (status = 400, description = "missing_idempotency_key"),
        (status = 422, description = "idempotency_key_reused, not_owed")))]
pub async fn write_off(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    book(ByHand::WriteOff, request, payload, app).await
}

async fn book(
    what: ByHand,
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let (amount, reason): (Money, _) = (fields.parsed("amount")?, fields.text("reason")?);
    let key = fields.idempotency_key(&request)?;
    fields.done()?;
    if !amount.is_positive() {
        return Err(invalid("amount", "must be above zero"));
    }
    let (who, limits, now) = (who(&request), app.config.two_persons.clone(), app.clock.now());
    let deed = Deed { account: id.clone(), key, amount, reason };
    let booked = app.db.write_from(peer::address(&request), move |tx| {
        let asked = by_hand(tx, what, &deed, &who, &limits, now)?;
        let account = accounts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("account", &id))?;
        Ok::<_, ApiError>((asked, body(tx, &account)?))
    });
    let (asked, account) = booked.await?;
    match asked {
        Asked::Waits(request) => Ok(requests::waits(*request, now)),
        Asked::Done(Booked::Now) => Ok(created(&transfers_of(&account), account)),
        Asked::Done(Booked::Already) => Ok(HttpResponse::Ok().json(account)),
        Asked::Done(Booked::Refused(why)) => Err(not_booked(why)),
    }
}

fn not_booked(why: NotBooked) -> ApiError {
    let field = match why {
        NotBooked::KeyUsed { .. } => "Idempotency-Key",
        NotBooked::NotFree { .. } | NotBooked::NotOwed { .. } | NotBooked::TooMuch => "amount",
    };
    ApiError::unprocessable(why.code(), why.to_string()).at(field)
}
