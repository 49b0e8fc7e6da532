//! How much accounts may use at once, and where to.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query, path_id};
use super::settings;
use crate::app::App;
use crate::domain::caps::Caps;
use crate::flows::caps::{CapsChanged, caps_of, change_caps, lines_of};
use crate::storage::caps::Whose;
use crate::web::error::ApiError;
use crate::web::peer;

/// The same caps twice: as they are, and for a change. What is read and answered is made of the table in
/// `domain/caps/mod.rs`; a test compares the names.
macro_rules! described {
    ($($(#[$says:meta])* $field:ident: $kind:ty,)*) => {
        /// Caps: zero and nothing are none.
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes what is made of the table of caps")]
        pub struct CapsBody {
            $($(#[$says])* $field: $kind,)*
            /// Calls at the same time of all accounts together; of the house alone.
            #[schema(minimum = 0, maximum = 60000, example = 500)]
            live_calls_in_all: Option<u16>,
            /// Calls dialled in a minute by all accounts together; of the house alone.
            #[schema(minimum = 0, maximum = 60000, example = 0)]
            calls_a_minute_in_all: Option<u16>,
        }

        /// What is not mentioned stays.
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes the body that `Fields` reads")]
        pub struct CapsChange {
            $($(#[$says])* $field: Option<$kind>,)*
        }

        /// What is not mentioned stays.
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes the body that `Fields` reads")]
        pub struct HouseCapsChange {
            $($(#[$says])* $field: Option<$kind>,)*
            /// Calls at the same time of all accounts together.
            #[schema(minimum = 0, maximum = 60000, example = 500)]
            live_calls_in_all: Option<u16>,
            /// Calls dialled in a minute by all accounts together.
            #[schema(minimum = 0, maximum = 60000, example = 0)]
            calls_a_minute_in_all: Option<u16>,
        }
    };
}

described! {
    /// Of each account; the smallest of the house's, its plan's and its own counts.
    #[schema(minimum = 0, maximum = 60000, example = 3)]
    most_live_calls: u16,
    /// Dialled by each account.
    #[schema(minimum = 0, maximum = 60000, example = 20)]
    most_calls_a_minute: u16,
    /// What is charged in sixty minutes, and what running calls hold, in the account's currency; empty: no cap.
    #[schema(example = "5.00")]
    most_an_hour: String,
    /// The same for 24 hours.
    #[schema(example = "20.00")]
    most_a_day: String,
    /// The same while the money is new, by the days since the first card payment, or without one the first credit.
    #[schema(example = "1: 5.00, 7: 20.00")]
    most_while_new: String,
    /// Countries of two letters and beginnings of numbers; empty: everywhere.
    #[schema(example = "GB, +1415")]
    only_to: String,
    /// The same, of where calls may not lead.
    #[schema(example = "CU, +882")]
    not_to: String,
    /// `unsaid`, `allowed` or `blocked`; the account's word counts before its plan's, and that before the house's. Nobody's
    /// word is `blocked`.
    #[schema(example = "unsaid")]
    premium_numbers: String,
    /// Satellite phones and networks without a country: the same.
    #[schema(example = "unsaid")]
    satellite_numbers: String,
    /// The same.
    #[schema(example = "unsaid")]
    shared_cost_numbers: String,
}

/// Show the caps of all accounts
#[utoipa::path(get, path = "/api/v1/caps", operation_id = "show_caps", tag = "caps",
    responses((status = 200, body = CapsBody, description = "The caps")))]
pub async fn of_house(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    show(&request, &app, Whose::House).await
}

/// Change the caps of all accounts
#[utoipa::path(post, path = "/api/v1/caps", operation_id = "change_caps", tag = "caps", request_body = HouseCapsChange,
    responses((status = 200, body = CapsBody, description = "The caps as they are now")))]
pub async fn set_house(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    set(request, payload, app, Whose::House).await
}

/// Show the caps of a plan
#[utoipa::path(get, path = "/api/v1/plans/{id}/caps", operation_id = "show_plan_caps", tag = "caps",
    params(("id" = String, Path)), responses((status = 200, body = CapsBody, description = "The caps")))]
pub async fn of_plan(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "plan")?;
    show(&request, &app, Whose::Plan(id)).await
}

/// Change the caps of a plan
///
/// They count for each of its accounts.
#[utoipa::path(post, path = "/api/v1/plans/{id}/caps", operation_id = "change_plan_caps", tag = "caps",
    request_body = CapsChange, params(("id" = String, Path)),
    responses((status = 200, body = CapsBody, description = "The caps as they are now")))]
pub async fn set_plan(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "plan")?;
    set(request, payload, app, Whose::Plan(id)).await
}

/// Show the caps of an account
#[utoipa::path(get, path = "/api/v1/accounts/{id}/caps", operation_id = "show_account_caps", tag = "caps",
    params(("id" = String, Path)), responses((status = 200, body = CapsBody, description = "Its own caps")))]
pub async fn of_account(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    show(&request, &app, Whose::Account(id)).await
}

/// Change the caps of an account
#[utoipa::path(post, path = "/api/v1/accounts/{id}/caps", operation_id = "change_account_caps", tag = "caps",
    request_body = CapsChange, params(("id" = String, Path)),
    responses((status = 200, body = CapsBody, description = "The caps as they are now")))]
pub async fn set_account(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    set(request, payload, app, Whose::Account(id)).await
}

async fn show(request: &HttpRequest, app: &App, whose: Whose) -> Result<HttpResponse, ApiError> {
    Query::read(request).done()?;
    let theirs = whose.clone();
    let caps = app.db.read(move |tx| caps_of(tx, &theirs)).await?;
    Ok(HttpResponse::Ok().json(body(&whose, &caps)))
}

async fn set(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
    whose: Whose,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let mut given = vec![];
    for lines in lines_of(&whose) {
        given.extend(settings::given(&mut fields, lines)?);
    }
    fields.done()?;
    let (actor, from, now) = (actor(&request), peer::address(&request), app.clock.now());
    let theirs = whose.clone();
    let changed = app.db.write_from(from, move |tx| change_caps(tx, &theirs, &given, &actor, now));
    match changed.await? {
        CapsChanged::Now(caps) | CapsChanged::Already(caps) => Ok(HttpResponse::Ok().json(body(&whose, &caps))),
        CapsChanged::Bad(bad) => Err(settings::refused(&bad)),
    }
}

fn body(whose: &Whose, caps: &Caps) -> Value {
    let all: Map<String, Value> = lines_of(whose).into_iter().flat_map(|lines| settings::shown(lines, caps)).collect();
    all.into()
}
