//! Links that start calls: make, look, list, revoke.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::idempotency::ShownOnce;
use super::input::{Fields, Query, invalid, path_id};
use super::{Page, created};
use crate::app::App;
use crate::domain::call_link::{BadLink, CallLink, MOST_CALLS};
use crate::domain::deck;
use crate::flows::FlowError;
use crate::flows::call_links::{Made, NewLink, make_call_link, revoke_call_link};
use crate::ids;
use crate::storage::{accounts, call_links};
use crate::web::click;
use crate::web::error::ApiError;
use crate::web::peer::Peer;

/// A link to be made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewCallLink {
    /// What visitors read.
    #[schema(example = "Talk to our support", max_length = 100)]
    label: String,
    /// The agent's phone, rung first.
    #[schema(example = "+14155550100")]
    own_number: String,
    /// Rung when the agent's phone has answered.
    #[schema(example = json!(["+14155550101"]))]
    numbers: Vec<String>,
    /// How many calls it may start in all, one at a time; one if not given.
    #[schema(example = 20, minimum = 1, maximum = 10000)]
    most_calls: Option<i64>,
    /// A day or a time, within 366 days.
    #[schema(example = "2026-12-31")]
    expires_at: String,
}

/// A link by which strangers start a call that the account pays for.
#[derive(Serialize, ToSchema)]
pub struct CallLinkBody {
    #[schema(example = "clk_01ja0000000000000000000000")]
    id: String,
    account: String,
    #[schema(example = "Talk to our support")]
    label: String,
    own_number: String,
    numbers: Vec<String>,
    /// `open`, `used_up`, `expired` or `revoked`.
    #[schema(example = "open")]
    state: &'static str,
    most_calls: i64,
    calls_made: i64,
    /// The newest call it started.
    #[schema(example = "call_01ja0000000000000000000000")]
    last_call: Option<String>,
    #[schema(example = "owner@example.com")]
    made_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: DateTime<Utc>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: DateTime<Utc>,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<DateTime<Utc>>,
    /// What to give away: only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://talk.example/click/clk_01ja0000000000000000000000_5f0c…")]
    url: Option<String>,
}

/// Make a call link
///
/// Whoever opens its address and presses the button starts a call that the account pays for. The answer is the only place
/// the address is ever shown; repeating the request with its key shows it no more.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/call-links", tag = "calls", request_body = NewCallLink,
    params(("id" = String, Path)),
    responses((status = 201, body = CallLinkBody, description = "The link with its address"),
        (status = 409, description = "secret_shown_once"),
        (status = 422, description = "account_not_open, nobody_to_dial, too_many_numbers, same_number_twice, no_rate, destination_blocked")))]
pub async fn create(
    Peer(from): Peer,
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let account = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let new = NewLink {
        account,
        label: fields.text("label")?,
        own_number: fields.parsed("own_number")?,
        numbers: fields.list("numbers")?,
        most_calls: fields.whole_number("most_calls", MOST_CALLS)?.unwrap_or(1),
        expires_at: deck::time(&fields.text("expires_at")?)
            .map_err(|why| invalid("expires_at", &format!("cannot be read: {why}")))?,
        // A repeated request does not come so far.
        request_key: ids::new("req"),
    };
    fields.done()?;
    let (actor, rules, now) = (actor(&request), app.config.rules, app.clock.now());
    let make = app.db.write_from(from, move |tx| make_call_link(tx, &new, &actor, &rules, now));
    match make.await? {
        Made::Link { link, token } => {
            let url = click::address(&app.config.public_url, &token);
            let location = format!("/api/v1/call-links/{}", link.id);
            let mut response = created(&location, body(link, Some(url), now));
            response.extensions_mut().insert(ShownOnce);
            Ok(response)
        }
        Made::Already(link) => Ok(HttpResponse::Ok().json(body(link, None, now))),
        Made::Bad(BadLink::Label) => Err(invalid("label", "must have 1 to 100 characters that can be read")),
        Made::Bad(BadLink::MostCalls) => Err(invalid("most_calls", "must be from 1 to 10000")),
        Made::Bad(BadLink::End) => Err(invalid("expires_at", "must be to come, within 366 days")),
        Made::Refused(refusal) => Err(refusal.into()),
    }
}

/// List call links of an account
///
/// Those that start no call any more, too.
#[utoipa::path(get, path = "/api/v1/accounts/{id}/call-links", tag = "calls",
    params(("id" = String, Path), ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<CallLinkBody>, description = "Newest first, without their addresses")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let (after, fetch, now) = (paging.after.clone(), paging.fetch(), app.clock.now());
    let found = app.db.read(move |tx| {
        accounts::find(tx, &id)?.ok_or_else(|| FlowError::not_found("account", &id))?;
        Ok::<_, FlowError>(call_links::list(tx, &id, after.as_deref(), fetch)?)
    });
    let (found, next) = paging.cut(found.await?, |link| link.id.clone());
    let items = found.into_iter().map(|link| body(link, None, now)).collect();
    Ok(HttpResponse::Ok().json(Page::<CallLinkBody> { items, next }))
}

/// Show a call link
#[utoipa::path(get, path = "/api/v1/call-links/{id}", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, body = CallLinkBody, description = "The link, without its address")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (id, now) = (path_id(&request, "call link")?, app.clock.now());
    let found = app.db.read(move |tx| {
        let found = call_links::find(tx, &id)?;
        found.ok_or_else(|| ApiError::not_found("call link", &id))
    });
    let (link, _) = found.await?;
    Ok(HttpResponse::Ok().json(body(link, None, now)))
}

/// Revoke a call link
///
/// It starts no call from now on; one that runs goes on. Revoking it again changes nothing.
#[utoipa::path(post, path = "/api/v1/call-links/{id}/revoke", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, body = CallLinkBody, description = "The link, revoked")))]
pub async fn revoke(Peer(from): Peer, request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "call link")?;
    let (actor, now) = (actor(&request), app.clock.now());
    let link = app.db.write_from(from, move |tx| revoke_call_link(tx, &id, &actor, now)).await?;
    Ok(HttpResponse::Ok().json(body(link, None, now)))
}

fn body(link: CallLink, url: Option<String>, now: DateTime<Utc>) -> CallLinkBody {
    CallLinkBody {
        state: link.standing(now).code(),
        id: link.id,
        account: link.account,
        label: link.label,
        own_number: link.own_number.to_string(),
        numbers: link.numbers.iter().map(ToString::to_string).collect(),
        most_calls: link.most_calls,
        calls_made: link.calls_made,
        last_call: link.last_call,
        made_by: link.made_by,
        created_at: link.created_at,
        expires_at: link.expires_at,
        revoked_at: link.revoked_at,
        url,
    }
}
