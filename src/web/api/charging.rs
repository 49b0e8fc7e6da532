//! The switch over all charging of cards, and how the card processors answer.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query, invalid};
use crate::app::App;
use crate::domain::charging::Charging;
use crate::domain::setting::Choice;
use crate::flows::charging::switch_charging;
use crate::storage::{Tx, breakers, charging};
use crate::web::error::ApiError;
use crate::web::peer;

/// How much charging goes on from now on.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewCharging {
    /// `on`, `no_automatic` (only what customers pay themselves) or `off`.
    #[schema(example = "no_automatic")]
    state: String,
    #[schema(example = "strange charges since noon")]
    reason: String,
}

/// How much charging of cards goes on in the whole house.
#[derive(Serialize, ToSchema)]
pub struct ChargingBody {
    /// `on`, `no_automatic` or `off`.
    #[schema(example = "on")]
    state: &'static str,
    /// Null if it was never switched.
    #[schema(example = "strange charges since noon")]
    reason: Option<String>,
    #[schema(example = "ada@example.com")]
    changed_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    changed_at: Option<DateTime<Utc>>,
    processors: Vec<ProcessorBody>,
}

/// How a card processor answers.
#[derive(Serialize, ToSchema)]
pub struct ProcessorBody {
    #[schema(example = "stripe")]
    name: &'static str,
    /// `closed`: as usual; `open`: it does not answer, and nothing new is begun; `probing`: one payment tries it.
    #[schema(example = "closed")]
    breaker: &'static str,
    /// Since when, if it has ever been otherwise.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<DateTime<Utc>>,
}

/// Show how much charging goes on
#[utoipa::path(get, path = "/api/v1/charging", operation_id = "show_charging", tag = "payments",
    responses((status = 200, body = ChargingBody, description = "The switch, and each card processor")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    Query::read(&request).done()?;
    let names: Vec<_> = app.processors.names().collect();
    Ok(HttpResponse::Ok().json(app.db.read(move |tx| body(tx, &names)).await?))
}

/// Stop charging, or start it again
///
/// At once on every node. What was begun is looked after; automatic charges that were not sent yet are given up.
#[utoipa::path(post, path = "/api/v1/charging", operation_id = "switch_charging", tag = "payments", request_body = NewCharging,
    responses((status = 200, body = ChargingBody, description = "As it is from now on")))]
pub async fn switch(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let state = Charging::read(&fields.text("state")?).map_err(|why| invalid("state", &why))?;
    let reason = fields.text("reason")?;
    fields.done()?;
    let (actor, from, now) = (actor(&request), peer::address(&request), app.clock.now());
    let names: Vec<_> = app.processors.names().collect();
    let switched = app.db.write_from(from, move |tx| {
        switch_charging(tx, state, &reason, &actor, now)?;
        body(tx, &names)
    });
    Ok(HttpResponse::Ok().json(switched.await?))
}

fn body(tx: &mut Tx, names: &[&'static str]) -> Result<ChargingBody, ApiError> {
    let switched = charging::find(tx)?;
    let processor = |name: &&'static str| {
        let name = *name;
        let breaker = breakers::find(tx, name)?;
        let since = Some(breaker.since).filter(|since| *since > DateTime::UNIX_EPOCH);
        Ok::<_, ApiError>(ProcessorBody { name, breaker: breaker.state.code(), since })
    };
    let processors = names.iter().map(processor).collect::<Result<_, _>>()?;
    let (state, reason, changed_by, changed_at) = match switched {
        Some(switched) => (switched.state, Some(switched.reason), Some(switched.by), Some(switched.at)),
        None => (Charging::default(), None, None, None),
    };
    Ok(ChargingBody { state: state.code(), reason, changed_by, changed_at, processors })
}
