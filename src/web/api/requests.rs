//! What waits for a second person: asked for by one program or person, approved or refused by another.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use super::auth::who;
use super::input::{Query, path_id};
use crate::app::App;
use crate::domain::two_persons::{Request, Who};
use crate::flows::FlowError;
use crate::flows::two_persons::{Decided, approve, turn_down};
use crate::storage::{Tx, requests};
use crate::web::error::ApiError;
use crate::web::peer;

/// What moves more money than one person may.
#[derive(Serialize, ToSchema)]
pub struct RequestBody {
    #[schema(example = "apr_01ja0000000000000000000000")]
    id: String,
    /// `credit`, `debit`, `cash`, `promo`, `write_off`, `assign` or `batch`.
    #[schema(example = "credit")]
    kind: &'static str,
    #[schema(example = "acc_01ja0000000000000000000000")]
    account: Option<String>,
    /// What it is about: an account, or a batch of vouchers.
    #[schema(example = "acc_01ja0000000000000000000000")]
    subject: String,
    #[schema(example = "5000.00")]
    amount: String,
    #[schema(example = "USD")]
    currency: String,
    #[schema(example = "a large order")]
    reason: String,
    /// When what is asked for would end, if it has an end.
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_until: Option<DateTime<Utc>>,
    /// `waiting`, `approved`, `refused`, `withdrawn` or `expired`.
    #[schema(example = "waiting")]
    state: &'static str,
    #[schema(example = "ada@example.com")]
    asked_by: String,
    #[schema(value_type = String, format = DateTime)]
    asked_at: DateTime<Utc>,
    /// Until then it can be approved.
    #[schema(value_type = String, format = DateTime)]
    expires_at: DateTime<Utc>,
    #[schema(example = "bob@example.com")]
    decided_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<DateTime<Utc>>,
}

/// List requests
#[utoipa::path(get, path = "/api/v1/requests", tag = "requests",
    params(("waiting" = Option<bool>, Query, description = "Only those that wait"),
        ("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<RequestBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let (paging, waiting) = (query.paging()?, query.flag("waiting")?);
    query.done()?;
    let now = app.clock.now();
    let page = app.db.read(move |tx| {
        let found = requests::list(tx, waiting.then_some(now), paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |request| request.id.clone());
        let items = found.into_iter().map(|request| rendered(request, now)).collect();
        Ok::<_, ApiError>(Page { items, next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Show a request
#[utoipa::path(get, path = "/api/v1/requests/{id}", tag = "requests", params(("id" = String, Path)),
    responses((status = 200, body = RequestBody, description = "The request")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (id, now) = (path_id(&request, "request")?, app.clock.now());
    let found = app.db.read(move |tx| {
        let found = requests::find(tx, &id)?;
        found.ok_or_else(|| ApiError::not_found("request", &id))
    });
    Ok(HttpResponse::Ok().json(rendered(found.await?, now)))
}

/// Approve a request
///
/// It is done in the same moment. Who asked, and any program whose token they made, cannot.
#[utoipa::path(post, path = "/api/v1/requests/{id}/approve", tag = "requests", params(("id" = String, Path)),
    responses((status = 200, body = RequestBody, description = "Approved, and done"),
        (status = 409, description = "same_person, already_decided, request_expired"),
        (status = 422, description = "not_enough_free, balance_too_large, account_not_open")))]
pub async fn yes(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    decide(request, app, approve).await
}

/// Refuse a request
///
/// Who asked takes it back so.
#[utoipa::path(post, path = "/api/v1/requests/{id}/refuse", tag = "requests", params(("id" = String, Path)),
    responses((status = 200, body = RequestBody, description = "Refused, or withdrawn"),
        (status = 409, description = "already_decided")))]
pub async fn no(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    decide(request, app, turn_down).await
}

type Decision = fn(&mut Tx, &str, &Who, DateTime<Utc>) -> Result<Decided, FlowError>;

async fn decide(request: HttpRequest, app: web::Data<App>, decision: Decision) -> Result<HttpResponse, ApiError> {
    let (id, who) = (path_id(&request, "request")?, who(&request));
    let (from, now) = (peer::address(&request), app.clock.now());
    let decided = app.db.write_from(from, move |tx| decision(tx, &id, &who, now));
    match decided.await? {
        Decided::Now(request) | Decided::Already(request) => Ok(HttpResponse::Ok().json(rendered(*request, now))),
        Decided::Cannot(cannot) => Err(ApiError::conflict(cannot.code(), cannot.to_string())),
        Decided::NotDone(why) => Err(ApiError::unprocessable(why.code(), why.to_string())),
    }
}

/// What answers a deed that waits for a second person.
pub(super) fn waits(request: Request, now: DateTime<Utc>) -> HttpResponse {
    let place = format!("/api/v1/requests/{}", request.id);
    HttpResponse::Accepted().insert_header((actix_web::http::header::LOCATION, place)).json(rendered(request, now))
}

fn rendered(request: Request, now: DateTime<Utc>) -> RequestBody {
    let (decided_by, decided_at) = request.decided.clone().map(|(by, at)| (by.actor, at)).unzip();
    RequestBody {
        kind: request.kind.code(),
        state: request.standing(now),
        id: request.id,
        account: request.account,
        subject: request.subject,
        amount: request.amount.to_string(),
        currency: request.currency.to_string(),
        reason: request.reason,
        asked_by: request.asked.actor,
        asked_at: request.asked_at,
        expires_at: request.expires_at,
        valid_until: request.valid_until,
        decided_by,
        decided_at,
    }
}
