//! Events out: where they are sent, what was sent, and what became of it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::idempotency::ShownOnce;
use super::input::{Fields, Query, id, invalid, path_id};
use super::{Page, created};
use crate::app::App;
use crate::domain::event::Kind;
use crate::domain::money::Money;
use crate::flows::tell::{Added, NewEndpoint, add_endpoint, send_again, switch_endpoint};
use crate::storage::event_endpoints::{self, Endpoint};
use crate::storage::events::{self, Delivery};
use crate::web::error::ApiError;

/// Where events are to be sent.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewEndpointBody {
    #[schema(example = "https://example.com/talktime")]
    url: String,
    /// All kinds if not given.
    #[schema(example = json!(["call.ended", "balance.low"]))]
    kinds: Option<Vec<String>>,
    /// The balance below which an account's is low, in its currency; 0 if not given: never.
    #[schema(example = "1.00")]
    low_balance: Option<String>,
}

/// Where events are sent.
#[derive(Serialize, ToSchema)]
pub struct EndpointBody {
    #[schema(example = "end_01ja0000000000000000000000")]
    id: String,
    url: String,
    kinds: Vec<&'static str>,
    #[schema(example = "1.00")]
    low_balance: String,
    active: bool,
    /// Signs what is sent; only in the answer that makes the endpoint.
    secret: Option<String>,
}

/// All of them: endpoints are few.
#[derive(Serialize, ToSchema)]
pub struct Endpoints {
    items: Vec<EndpointBody>,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub struct EventBody {
    id: String,
    account: String,
    #[serde(rename = "type")]
    #[schema(example = "call.ended")]
    kind: String,
    #[schema(value_type = String, format = DateTime)]
    at: chrono::DateTime<chrono::Utc>,
    /// The document that is sent, as it is signed.
    body: String,
}

/// An event on its way to an endpoint.
#[derive(Serialize, ToSchema)]
pub struct DeliveryBody {
    id: String,
    event: String,
    #[serde(rename = "type")]
    kind: String,
    endpoint: String,
    /// `waiting`, `delivered` or `failed`.
    #[schema(example = "delivered")]
    state: String,
    tries: i64,
    #[schema(value_type = String, format = DateTime)]
    next_try_at: chrono::DateTime<chrono::Utc>,
}

/// List event endpoints
#[utoipa::path(get, path = "/api/v1/event-endpoints", tag = "events",
    responses((status = 200, body = Endpoints, description = "All endpoints, newest first, without their secrets")))]
pub async fn endpoints(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    Query::read(&request).done()?;
    let found = app.db.read(|tx| Ok::<_, ApiError>(event_endpoints::all(tx)?)).await?;
    let items = found.into_iter().map(|endpoint| EndpointBody { secret: None, ..body(endpoint) }).collect();
    Ok(HttpResponse::Ok().json(Endpoints { items }))
}

/// Add an event endpoint
///
/// The answer is the only place its secret is ever shown; repeating the request with its key shows it no more.
#[utoipa::path(post, path = "/api/v1/event-endpoints", tag = "events", request_body = NewEndpointBody,
    responses((status = 201, body = EndpointBody, description = "The endpoint, with its secret this once"),
        (status = 409, description = "secret_shown_once")))]
pub async fn add(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let actor = actor(&request);
    let mut fields = Fields::read(&request, payload).await?;
    let url = fields.text("url")?;
    let kinds: Vec<Kind> = if fields.has("kinds") { fields.list("kinds")? } else { Kind::ALL.to_vec() };
    let low_balance = fields.optional_parsed::<Money>("low_balance")?.unwrap_or(Money::ZERO);
    fields.done()?;
    let (new, now) = (NewEndpoint { url, kinds, low_balance }, app.clock.now());
    match app.db.write(move |tx| add_endpoint(tx, new, &actor, now)).await? {
        Added::Endpoint(endpoint) => {
            let location = format!("/api/v1/event-endpoints/{}", endpoint.id);
            let mut response = created(&location, body(endpoint));
            response.extensions_mut().insert(ShownOnce);
            Ok(response)
        }
        Added::BadUrl => {
            Err(invalid("url", "must begin with https:// or http:// and hold nothing but plain characters"))
        }
        Added::NoKinds => Err(invalid("kinds", "is empty")),
    }
}

/// Show an event endpoint
#[utoipa::path(get, path = "/api/v1/event-endpoints/{id}", tag = "events", params(("id" = String, Path)),
    responses((status = 200, body = EndpointBody, description = "The endpoint, without its secret")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "endpoint")?;
    let found =
        app.db.read(move |tx| event_endpoints::find(tx, &id)?.ok_or_else(|| ApiError::not_found("endpoint", &id)));
    Ok(HttpResponse::Ok().json(EndpointBody { secret: None, ..body(found.await?) }))
}

/// Pause an event endpoint
#[utoipa::path(post, path = "/api/v1/event-endpoints/{id}/pause", tag = "events", params(("id" = String, Path)),
    responses((status = 200, body = EndpointBody, description = "Nothing is sent there until it is resumed"),
        (status = 404, description = "not_found")))]
pub async fn pause(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    switch(&request, &app, false).await
}

/// Resume an event endpoint
#[utoipa::path(post, path = "/api/v1/event-endpoints/{id}/resume", tag = "events", params(("id" = String, Path)),
    responses((status = 200, body = EndpointBody, description = "What waited is sent; what happened meanwhile is not"),
        (status = 404, description = "not_found")))]
pub async fn resume(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    switch(&request, &app, true).await
}

async fn switch(request: &HttpRequest, app: &App, active: bool) -> Result<HttpResponse, ApiError> {
    let actor = actor(request);
    let (id, now) = (path_id(request, "endpoint")?, app.clock.now());
    let endpoint = app.db.write(move |tx| {
        switch_endpoint(tx, &id, active, &actor, now)?;
        event_endpoints::find(tx, &id)?.ok_or_else(|| ApiError::not_found("endpoint", &id))
    });
    Ok(HttpResponse::Ok().json(EndpointBody { secret: None, ..body(endpoint.await?) }))
}

/// List events
#[utoipa::path(get, path = "/api/v1/events", tag = "events",
    params(("account" = Option<String>, Query), ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<EventBody>, description = "What was sent somewhere, newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let account = query.optional("account")?.map(|account| id("account", account)).transpose()?;
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        let found = events::list(tx, account.as_deref(), paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |event| event.id.clone());
        let item = |event: events::Told| EventBody {
            id: event.id,
            account: event.account,
            kind: event.kind,
            at: event.at,
            body: event.body,
        };
        Ok::<_, ApiError>(Page { items: found.into_iter().map(item).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// List deliveries of events
#[utoipa::path(get, path = "/api/v1/event-deliveries", tag = "events",
    params(("state" = Option<String>, Query, description = "`waiting`, `delivered` or `failed`"),
        ("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<DeliveryBody>, description = "Newest first")))]
pub async fn deliveries(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let state = query.optional("state")?;
    if state.as_deref().is_some_and(|state| !["waiting", "delivered", "failed"].contains(&state)) {
        return Err(invalid("state", "must be waiting, delivered or failed"));
    }
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        let found = events::deliveries(tx, state.as_deref(), paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |(delivery, _)| delivery.id.clone());
        Ok::<_, ApiError>(Page { items: found.into_iter().map(|(found, kind)| delivery(found, kind)).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Send a delivery of an event again
#[utoipa::path(post, path = "/api/v1/event-deliveries/{id}/again", operation_id = "send_delivery_again", tag = "events", params(("id" = String, Path)),
    responses((status = 202, description = "It is sent again"),
        (status = 404, description = "not_found")))]
pub async fn again(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (id, now) = (path_id(&request, "delivery")?, app.clock.now());
    app.db.write(move |tx| Ok::<_, ApiError>(send_again(tx, &id, now)?)).await?;
    Ok(HttpResponse::Accepted().finish())
}

fn delivery(delivery: Delivery, kind: String) -> DeliveryBody {
    DeliveryBody {
        next_try_at: delivery.next_try_at(),
        id: delivery.id,
        event: delivery.event,
        kind,
        endpoint: delivery.endpoint,
        state: delivery.state,
        tries: delivery.tries,
    }
}

fn body(endpoint: Endpoint) -> EndpointBody {
    EndpointBody {
        id: endpoint.id,
        url: endpoint.url,
        kinds: endpoint.kinds.iter().map(|kind| kind.code()).collect(),
        low_balance: endpoint.low_balance.to_string(),
        active: endpoint.active,
        secret: Some(endpoint.secret),
    }
}
