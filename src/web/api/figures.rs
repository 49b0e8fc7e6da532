//! Figures by the hour or day: what the dashboard draws.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::input::{Query, invalid};
use crate::app::App;
use crate::domain::figures::{Period, Point, Tally};
use crate::domain::money::Money;
use crate::flows::figures::of_period;
use crate::web::error::ApiError;

/// Hours of today, or days of UTC; the last one is not over.
#[derive(Serialize, ToSchema)]
pub struct FiguresBody {
    /// `today`, `week` or `month`.
    #[schema(example = "today")]
    period: &'static str,
    points: Vec<PointBody>,
}

/// What was counted in one hour or day.
#[derive(Serialize, ToSchema)]
struct PointBody {
    /// Its beginning.
    #[schema(value_type = String, format = DateTime)]
    at: DateTime<Utc>,
    calls_started: i64,
    calls_settled: i64,
    /// The most at once, looked at each minute.
    live_calls_peak: i64,
    seconds_billed: i64,
    revenue: Vec<RevenueBody>,
    recharges: Vec<RechargesBody>,
    webhooks: Vec<WebhooksBody>,
}

#[derive(Serialize, ToSchema)]
struct RevenueBody {
    #[schema(example = "USD")]
    currency: String,
    #[schema(example = "12.50")]
    amount: String,
}

#[derive(Serialize, ToSchema)]
struct RechargesBody {
    /// `credited`, `open`, or the reason why there was no money.
    #[schema(example = "insufficient_funds")]
    outcome: String,
    count: i64,
}

#[derive(Serialize, ToSchema)]
struct WebhooksBody {
    /// `stripe_delivery` and `hyperswitch_delivery` are how long the processor's messages were on their way.
    #[schema(example = "twilio")]
    source: String,
    count: i64,
    median_microseconds: Option<i64>,
    /// Ninety-five of a hundred took no longer.
    p95_microseconds: Option<i64>,
}

/// Show the figures of a period
#[utoipa::path(get, path = "/api/v1/figures", operation_id = "show_figures", tag = "figures",
    params(("period" = Option<String>, Query, description = "`today` (the default), `week` or `month`")),
    responses((status = 200, body = FiguresBody, description = "The figures, earliest first")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let period = match query.optional("period")? {
        None => Period::Today,
        Some(given) => {
            let known = Period::ALL.into_iter().find(|period| period.code() == given);
            known.ok_or_else(|| invalid("period", "must be today, week or month"))?
        }
    };
    query.done()?;
    let now = app.clock.now();
    let points = app.db.read(move |tx| of_period(tx, period, now)).await?;
    let points = points.into_iter().map(body).collect();
    Ok(HttpResponse::Ok().json(FiguresBody { period: period.code(), points }))
}

fn body(point: Point) -> PointBody {
    let revenue = |(currency, micros)| RevenueBody { currency, amount: Money::from_micros(micros).to_string() };
    PointBody {
        at: point.at,
        calls_started: point.calls_started,
        calls_settled: point.calls_settled,
        live_calls_peak: point.live_calls_peak,
        seconds_billed: point.seconds_billed,
        revenue: point.revenue.into_iter().map(revenue).collect(),
        recharges: point.recharges.into_iter().map(|(outcome, count)| RechargesBody { outcome, count }).collect(),
        webhooks: point.webhooks.into_iter().map(|(source, tally)| webhooks(source, &tally)).collect(),
    }
}

fn webhooks(source: String, tally: &Tally) -> WebhooksBody {
    WebhooksBody {
        source,
        count: tally.count,
        median_microseconds: tally.quantile(500),
        p95_microseconds: tally.quantile(950),
    }
}
