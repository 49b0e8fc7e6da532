//! Promotional credit of an account: what was granted, and granting more.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::who;
use super::input::{Fields, Query, invalid, path_id};
use super::requests::RequestBody;
use super::{Page, created, requests};
use crate::app::App;
use crate::domain::deck;
use crate::domain::money::Money;
use crate::domain::promo::Grant;
use crate::flows::promo::{Granted, NotGranted};
use crate::flows::two_persons::{Asked, Deed, promo};
use crate::storage::{accounts, promo_grants};
use crate::web::error::ApiError;
use crate::web::peer;

/// Spent before cash, never given back, and gone at its end.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewPromo {
    /// Above zero, at most six digits after the point.
    #[schema(example = "5.00")]
    amount: String,
    /// Its end: in the future, and within five years.
    #[schema(value_type = String, format = DateTime)]
    expires_at: String,
    /// For the statement and the audit.
    #[schema(example = "welcome")]
    reason: String,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

/// Amounts are decimal strings in the account's currency.
#[derive(Serialize, ToSchema)]
pub struct PromoBody {
    #[schema(example = "prm_01ja0000000000000000000000")]
    id: String,
    account: String,
    #[schema(example = "5.00")]
    amount: String,
    /// Neither spent nor expired.
    #[schema(example = "3.20")]
    remaining: String,
    #[schema(example = "0.00")]
    expired: String,
    /// What calls hold then expires when they let go of it.
    #[schema(value_type = String, format = DateTime)]
    expires_at: DateTime<Utc>,
    reason: String,
    #[schema(example = "ada@example.com")]
    granted_by: String,
    #[schema(value_type = String, format = DateTime)]
    granted_at: DateTime<Utc>,
}

/// Grant promotional credit
#[utoipa::path(post, path = "/api/v1/accounts/{id}/promos", operation_id = "grant_promo", tag = "accounts", request_body = NewPromo,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key changes nothing.")),
    responses((status = 201, body = PromoBody, description = "Granted"),
        (status = 202, body = RequestBody, description = "Nothing is granted before a second person approves it: the request, to be looked at where Location says"),
        (status = 200, body = PromoBody, description = "Granted before under this key; nothing changed"),
        (status = 400, description = "missing_idempotency_key"),
        (status = 409, description = "account_closed"),
        (status = 422, description = "idempotency_key_reused, balance_too_large, bad_end")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let (amount, reason): (Money, _) = (fields.parsed("amount")?, fields.text("reason")?);
    let until = deck::time(&fields.text("expires_at")?);
    let until = until.map_err(|why| invalid("expires_at", &format!("cannot be read: {why}")))?;
    let key = fields.idempotency_key(&request)?;
    fields.done()?;
    if !amount.is_positive() {
        return Err(invalid("amount", "must be above zero"));
    }
    let (who, limits) = (who(&request), app.config.two_persons.clone());
    let (from, now) = (peer::address(&request), app.clock.now());
    let deed = Deed { account: id, key, amount, reason };
    let asked = app.db.write_from(from, move |tx| promo(tx, &deed, until, &who, &limits, now));
    match asked.await? {
        Asked::Waits(request) => Ok(requests::waits(*request, now)),
        Asked::Done(Granted::Now(grant)) => {
            Ok(created(&format!("/api/v1/accounts/{}/promos", grant.account), rendered(*grant)))
        }
        Asked::Done(Granted::Already(grant)) => Ok(HttpResponse::Ok().json(rendered(*grant))),
        Asked::Done(Granted::OtherAmount { was }) => {
            let detail = format!("This key was used for a grant of {was}.");
            Err(ApiError::unprocessable("idempotency_key_reused", detail).at("Idempotency-Key"))
        }
        Asked::Done(Granted::Refused(why)) => Err(refused(why)),
    }
}

fn refused(why: NotGranted) -> ApiError {
    match why {
        NotGranted::AccountClosed => ApiError::conflict(why.code(), why.to_string()),
        NotGranted::TooMuch => ApiError::unprocessable(why.code(), why.to_string()).at("amount"),
        NotGranted::BadEnd => ApiError::unprocessable(why.code(), why.to_string()).at("expires_at"),
    }
}

/// List an account's promotional credit
#[utoipa::path(get, path = "/api/v1/accounts/{id}/promos", operation_id = "list_promos", tag = "accounts",
    params(("id" = String, Path), ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<PromoBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        accounts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("account", &id))?;
        let grants = promo_grants::list(tx, &id, paging.after.as_deref(), paging.fetch())?;
        let (grants, next) = paging.cut(grants, |grant| grant.id.clone());
        Ok::<_, ApiError>(Page { items: grants.into_iter().map(rendered).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

fn rendered(grant: Grant) -> PromoBody {
    PromoBody {
        id: grant.id,
        account: grant.account,
        amount: grant.amount.to_string(),
        remaining: grant.remaining.to_string(),
        expired: grant.expired.to_string(),
        expires_at: grant.expires_at,
        reason: grant.reason,
        granted_by: grant.granted_by,
        granted_at: grant.granted_at,
    }
}
