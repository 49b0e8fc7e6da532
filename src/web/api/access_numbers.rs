//! Access numbers: list, make, look, change, remove.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query, path_id};
use super::{created, settings};
use crate::app::App;
use crate::domain::access::{AccessNumber, SETTINGS};
use crate::domain::phone_number::PhoneNumber;
use crate::flows::access_numbers::{NumberKept, change_access_number, make_access_number, remove_access_number};
use crate::storage::access_numbers;
use crate::web::error::ApiError;
use crate::web::peer::Peer;

/// A number that callers ring to call on from there.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made of the table of settings")]
pub struct AccessNumberBody {
    #[schema(example = "acn_01ja0000000000000000000000")]
    id: String,
    number: String,
    /// What callers read.
    #[schema(example = "Berlin")]
    label: String,
    /// In which callers are spoken to until it is known whose account pays: `en`, `de`, `es`, `fr`, `it` or `pt`.
    #[schema(example = "de")]
    language: String,
    /// Who is asked for a PIN: `strangers`, whose phone is not known, or `everybody`.
    #[schema(example = "strangers")]
    asks: String,
    /// Callers are told so and hung up.
    closed: bool,
}

/// A number to be made an access number. At the carrier it must be owned, with our address for calls that come in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewAccessNumber {
    number: String,
    /// What callers read.
    #[schema(example = "Berlin")]
    label: Option<String>,
    /// `en`, `de`, `es`, `fr`, `it` or `pt`.
    #[schema(example = "de")]
    language: Option<String>,
    /// `strangers` or `everybody`.
    #[schema(example = "strangers")]
    asks: Option<String>,
    closed: Option<bool>,
}

/// What is not mentioned stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct AccessNumberChange {
    /// What callers read.
    #[schema(example = "Berlin")]
    label: Option<String>,
    /// `en`, `de`, `es`, `fr`, `it` or `pt`.
    #[schema(example = "de")]
    language: Option<String>,
    /// `strangers` or `everybody`.
    #[schema(example = "everybody")]
    asks: Option<String>,
    closed: Option<bool>,
}

/// Some of them.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made of the table of settings")]
pub struct AccessNumbers {
    items: Vec<AccessNumberBody>,
    /// Give this as `after` for the next page; null on the last one.
    next: Option<String>,
}

/// List access numbers
#[utoipa::path(get, path = "/api/v1/access-numbers", operation_id = "list_access_numbers", tag = "access",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = AccessNumbers, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let (after, fetch) = (paging.after.clone(), paging.fetch());
    let found = app.db.read(move |tx| Ok::<_, ApiError>(access_numbers::list(tx, after.as_deref(), fetch)?)).await?;
    let (found, next) = paging.cut(found, |number| number.id.clone());
    let items: Vec<_> = found.iter().map(body).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next": next })))
}

/// Show an access number
#[utoipa::path(get, path = "/api/v1/access-numbers/{id}", operation_id = "show_access_number", tag = "access",
    params(("id" = String, Path)),
    responses((status = 200, body = AccessNumberBody, description = "The number")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "access number")?;
    let unknown = |id: &str| ApiError::not_found("access number", id);
    let found = app.db.read(move |tx| access_numbers::find(tx, &id)?.ok_or_else(|| unknown(&id)));
    Ok(HttpResponse::Ok().json(body(&found.await?)))
}

/// Make an access number
#[utoipa::path(post, path = "/api/v1/access-numbers", operation_id = "make_access_number", tag = "access",
    request_body = NewAccessNumber,
    responses((status = 201, body = AccessNumberBody, description = "The number"),
        (status = 409, description = "already_exists")))]
pub async fn create(
    Peer(from): Peer,
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let number: PhoneNumber = fields.parsed("number")?;
    let given = settings::given(&mut fields, SETTINGS)?;
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    let make = app.db.write_from(from, move |tx| make_access_number(tx, &number, &given, &actor, now));
    let made = kept(make.await?)?;
    Ok(created(&format!("/api/v1/access-numbers/{}", made.id), body(&made)))
}

/// Change an access number
///
/// Calls that have come in keep what they began with.
#[utoipa::path(post, path = "/api/v1/access-numbers/{id}/change", operation_id = "change_access_number",
    tag = "access", request_body = AccessNumberChange, params(("id" = String, Path)),
    responses((status = 200, body = AccessNumberBody, description = "The number as it is now")))]
pub async fn change(
    Peer(from): Peer,
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "access number")?;
    let mut fields = Fields::read(&request, payload).await?;
    let given = settings::given(&mut fields, SETTINGS)?;
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    let change = app.db.write_from(from, move |tx| change_access_number(tx, &id, &given, &actor, now));
    Ok(HttpResponse::Ok().json(body(&kept(change.await?)?)))
}

/// Remove an access number
///
/// Whoever calls it from then on is told that it is not in service.
#[utoipa::path(post, path = "/api/v1/access-numbers/{id}/remove", operation_id = "remove_access_number",
    tag = "access", params(("id" = String, Path)),
    responses((status = 200, body = AccessNumberBody, description = "The number as it was")))]
pub async fn remove(Peer(from): Peer, request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "access number")?;
    let (actor, now) = (actor(&request), app.clock.now());
    let remove = app.db.write_from(from, move |tx| remove_access_number(tx, &id, &actor, now));
    Ok(HttpResponse::Ok().json(body(&remove.await?)))
}

fn kept(kept: NumberKept) -> Result<AccessNumber, ApiError> {
    match kept {
        NumberKept::Now(number) | NumberKept::Already(number) => Ok(number),
        NumberKept::NumberTaken => {
            Err(ApiError::conflict("already_exists", "This is an access number already.").at("number"))
        }
        NumberKept::Bad(bad) => Err(settings::refused(&bad)),
    }
}

fn body(one: &AccessNumber) -> Value {
    let mut body = settings::shown(SETTINGS, &one.settings);
    body.insert("id".to_owned(), one.id.clone().into());
    body.insert("number".to_owned(), one.number.as_str().into());
    Value::Object(body)
}
