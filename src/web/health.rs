//! What the operator's machines ask: does it live, can it work, what does it count.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Error, HttpResponse};
use chrono::TimeDelta;
use serde::Serialize;

use crate::app::App;
use crate::domain::charging::Charging;
use crate::metrics;
use crate::metrics::InBooks;
use crate::storage::{
    StorageError, Tx, alerts, breakers, calls, charging, jobs, payments, reconciliations, unassigned,
};

/// Nodes decide by their own clocks about one database; further apart than this they would disagree about deadlines.
/// A clock made faster for a demonstration is further away on purpose, so the skew is reported, not punished.
const TOLERATED_SKEW: TimeDelta = TimeDelta::seconds(2);

pub fn routes(service: &mut ServiceConfig) {
    service
        .route("/healthz", web::get().to(alive))
        .route("/readyz", web::get().to(ready))
        .route("/metrics", web::get().to(counted));
}

async fn alive() -> &'static str {
    "ok\n"
}

#[derive(Serialize)]
struct Readiness {
    /// `ready`, `clock_skewed` (still served) or `database_unavailable`.
    status: &'static str,
    database: bool,
    /// Our clock minus the database's.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_skew_seconds: Option<i64>,
}

async fn ready(app: web::Data<App>) -> HttpResponse {
    let its_time = match app.db.its_time().await {
        Ok(its_time) => its_time,
        Err(error) => {
            tracing::warn!(%error, "not ready");
            let unready = Readiness { status: "database_unavailable", database: false, clock_skew_seconds: None };
            return HttpResponse::ServiceUnavailable().json(unready);
        }
    };
    let skew = app.clock.now() - its_time;
    let status = if skew.abs() <= TOLERATED_SKEW { "ready" } else { "clock_skewed" };
    HttpResponse::Ok().json(Readiness { status, database: true, clock_skew_seconds: Some(skew.num_seconds()) })
}

fn in_books(tx: &mut Tx) -> Result<InBooks, StorageError> {
    let (waiting_jobs, failing_jobs) = jobs::counts(tx)?;
    let (live_calls, open_payments) = (calls::count_all_live(tx)?, payments::count_open(tx)?);
    let (open_alerts, differences) = (alerts::count_open(tx)?, reconciliations::count_latest(tx)?);
    let charging_stopped = match charging::state(tx)? {
        Charging::On => 0,
        Charging::NoAutomatic => 1,
        Charging::Off => 2,
    };
    let open_breakers = breakers::count_not_closed(tx)?;
    Ok(InBooks {
        live_calls,
        open_payments,
        waiting_jobs,
        failing_jobs,
        open_alerts,
        differences,
        open_breakers,
        charging_stopped,
        unassigned: unassigned::count_open(tx)?,
    })
}

/// Without a database the counters still stand; only the gauges of the books stay as they were.
async fn counted(app: web::Data<App>) -> HttpResponse {
    match app.db.read(in_books).await {
        Ok(counts) => metrics::in_books(counts),
        Err(error) => tracing::warn!(%error, "what is open could not be counted"),
    }
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(metrics::text())
}

/// Middleware for the whole server: counts answers.
pub async fn count(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let answered = next.call(request).await;
    metrics::request_answered(match &answered {
        Ok(response) => response.status().as_u16(),
        Err(error) => error.as_response_error().status_code().as_u16(),
    });
    answered
}
