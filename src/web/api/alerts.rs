//! What somebody of the house should look at, for programs that do or that pass it on.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use super::auth::actor;
use super::input::{Fields, Query, invalid, path_id};
use crate::app::App;
use crate::domain::alert::{Alert, Kind};
use crate::domain::setting::Choice;
use crate::flows::alerts::{Looked, handle_alert};
use crate::storage::alerts::{self, Filter};
use crate::web::error::ApiError;
use crate::web::peer;

/// What somebody should look at.
#[derive(Serialize, ToSchema)]
pub struct AlertBody {
    #[schema(example = "alr_01ja0000000000000000000000")]
    id: String,
    /// Null: it is about the house itself.
    #[schema(example = "acc_01ja0000000000000000000000")]
    account: Option<String>,
    #[schema(example = "short_calls")]
    kind: &'static str,
    /// Of several things of a kind, which one.
    subject: String,
    /// In words, as it was last.
    #[schema(example = "20 calls under 10 seconds in an hour")]
    seen: String,
    /// How often it was seen before anybody looked.
    times: i64,
    /// `open` or `handled`.
    #[schema(example = "open")]
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    raised_at: DateTime<Utc>,
    #[schema(value_type = String, format = DateTime)]
    last_at: DateTime<Utc>,
    #[schema(example = "ada@example.com")]
    handled_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    handled_at: Option<DateTime<Utc>>,
    #[schema(example = "Talked to them; all is well.")]
    note: Option<String>,
}

/// What came of it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct Handling {
    #[schema(example = "Talked to them; all is well.")]
    note: Option<String>,
}

/// List alerts
#[utoipa::path(get, path = "/api/v1/alerts", operation_id = "list_alerts", tag = "alerts",
    params(("open" = Option<bool>, Query, description = "Only those that nobody has looked at"),
        ("account" = Option<String>, Query), ("kind" = Option<String>, Query),
        ("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<AlertBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let (paging, open_only, account) = (query.paging()?, query.flag("open")?, query.optional("account")?);
    let kind = query.optional("kind")?;
    query.done()?;
    let kind = kind.map(|kind| Kind::read(&kind).map_err(|why| invalid("kind", &why))).transpose()?;
    let filter = Filter { open_only, account, kind };
    let page = app.db.read(move |tx| {
        let found = alerts::list(tx, &filter, paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |alert| alert.id.clone());
        Ok::<_, ApiError>(Page { items: found.into_iter().map(body).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Show an alert
#[utoipa::path(get, path = "/api/v1/alerts/{id}", operation_id = "show_alert", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, body = AlertBody, description = "The alert")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    Query::read(&request).done()?;
    let id = path_id(&request, "alert")?;
    let found = app.db.read(move |tx| alerts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("alert", &id)));
    Ok(HttpResponse::Ok().json(body(found.await?)))
}

/// Say that an alert was looked at
///
/// The first to say so counts; saying it again changes nothing.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/handle", operation_id = "handle_alert", tag = "alerts",
    request_body = Handling, params(("id" = String, Path)),
    responses((status = 200, body = AlertBody, description = "The alert")))]
pub async fn handle(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "alert")?;
    let mut fields = Fields::read(&request, payload).await?;
    let note = fields.optional_text("note")?.unwrap_or_default();
    fields.done()?;
    let (actor, from, now) = (actor(&request), peer::address(&request), app.clock.now());
    let handled = app.db.write_from(from, move |tx| handle_alert(tx, &id, &note, &actor, now));
    let (Looked::Now(alert) | Looked::Already(alert)) = handled.await?;
    Ok(HttpResponse::Ok().json(body(alert)))
}

fn body(alert: Alert) -> AlertBody {
    let state = alert.state();
    let handled = alert.handled;
    AlertBody {
        id: alert.id,
        account: alert.account,
        kind: alert.kind.code(),
        subject: alert.subject,
        seen: alert.seen,
        times: alert.times,
        state,
        raised_at: alert.raised_at,
        last_at: alert.last_at,
        handled_by: handled.as_ref().map(|handled| handled.by.clone()),
        handled_at: handled.as_ref().map(|handled| handled.at),
        note: handled.map(|handled| handled.note),
    }
}
