//! What is watched for, and accounts that are frozen for it.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde_json::Value;
use utoipa::ToSchema;

use super::account_changes::Reason;
use super::accounts::{AccountBody, body as account_body};
use super::auth::actor;
use super::input::{Fields, Query, path_id};
use super::settings;
use crate::app::App;
use crate::domain::watch::{WATCH, Watch};
use crate::flows::FlowError;
use crate::flows::freeze;
use crate::flows::watch::{WatchChanged, change_watch};
use crate::storage::{Tx, accounts, watch};
use crate::web::error::ApiError;
use crate::web::peer;

/// The same settings twice: as they are, and for a change. What is read and answered is made of the table in
/// `domain/watch.rs`; a test compares the names.
macro_rules! described {
    ($($(#[$says:meta])* $field:ident: $kind:ty,)*) => {
        /// From which marks on an alert is raised; zero: not looked at.
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes what is made of the table of settings")]
        pub struct WatchBody {
            $($(#[$says])* $field: $kind,)*
        }

        /// What is not mentioned stays.
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes the body that `Fields` reads")]
        pub struct WatchChange {
            $($(#[$says])* $field: Option<$kind>,)*
        }
    };
}

described! {
    /// A conversation under so many seconds is short.
    #[schema(minimum = 1, maximum = 600, example = 10)]
    short_seconds: u16,
    #[schema(minimum = 0, maximum = 60000, example = 20)]
    short_calls_an_hour: u16,
    #[schema(minimum = 0, maximum = 60000, example = 100)]
    calls_an_hour: u16,
    /// Different ones.
    #[schema(minimum = 0, maximum = 60000, example = 50)]
    numbers_an_hour: u16,
    /// Spent in a day, in times an average day of the month before.
    #[schema(minimum = 0, maximum = 1000, example = 5)]
    sudden_times: u16,
    /// Less than this in a day is nothing sudden.
    #[schema(example = "20.00")]
    sudden_least: String,
    #[schema(minimum = 0, maximum = 60000, example = 4)]
    declined_a_day: u16,
    /// Within a quarter of an hour.
    #[schema(minimum = 0, maximum = 60000, example = 5)]
    wrong_vouchers: u16,
    /// Kinds of alerts that freeze an account.
    #[schema(example = "short_calls, many_numbers")]
    freezes: String,
}

/// Show what is watched for
#[utoipa::path(get, path = "/api/v1/watch", operation_id = "show_watch", tag = "alerts",
    responses((status = 200, body = WatchBody, description = "The settings")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    Query::read(&request).done()?;
    Ok(HttpResponse::Ok().json(body(&app.db.read(watch::settings).await?)))
}

/// Change what is watched for
#[utoipa::path(post, path = "/api/v1/watch", operation_id = "change_watch", tag = "alerts", request_body = WatchChange,
    responses((status = 200, body = WatchBody, description = "The settings as they are now")))]
pub async fn change(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let given = settings::given(&mut fields, WATCH)?;
    fields.done()?;
    let (actor, from, now) = (actor(&request), peer::address(&request), app.clock.now());
    let changed = app.db.write_from(from, move |tx| change_watch(tx, &given, &actor, now));
    match changed.await? {
        WatchChanged::Now(watch) | WatchChanged::Already(watch) => Ok(HttpResponse::Ok().json(body(&watch))),
        WatchChanged::Bad(bad) => Err(settings::refused(&bad)),
    }
}

fn body(watch: &Watch) -> Value {
    settings::shown(WATCH, watch).into()
}

/// Freeze an account
///
/// It makes no new calls and takes no money until that is ended; running calls end with what is paid for.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/freeze", operation_id = "freeze_account", tag = "accounts",
    request_body = Reason, params(("id" = String, Path)),
    responses((status = 200, body = AccountBody, description = "Frozen, now or before")))]
pub async fn freeze(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    set(request, payload, app, freeze::freeze).await
}

/// End that an account is frozen
#[utoipa::path(post, path = "/api/v1/accounts/{id}/unfreeze", operation_id = "unfreeze_account", tag = "accounts",
    request_body = Reason, params(("id" = String, Path)),
    responses((status = 200, body = AccountBody, description = "Not frozen any more, or not before")))]
pub async fn unfreeze(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    set(request, payload, app, freeze::unfreeze).await
}

type Change = fn(&mut Tx, &str, &str, &str, DateTime<Utc>) -> Result<bool, FlowError>;

async fn set(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
    change: Change,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let reason = fields.text("reason")?;
    fields.done()?;
    let (actor, from, now) = (actor(&request), peer::address(&request), app.clock.now());
    let changed = app.db.write_from(from, move |tx| {
        change(tx, &id, &reason, &actor, now)?;
        let account = accounts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("account", &id))?;
        account_body(tx, &account)
    });
    Ok(HttpResponse::Ok().json(changed.await?))
}
