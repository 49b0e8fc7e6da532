//! What was earned with each destination.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::input::{Query, invalid};
use crate::app::App;
use crate::domain::deck;
use crate::domain::margin_report::Line;
use crate::flows::carrier_prices::margins;
use crate::web::error::ApiError;

/// What was earned in a span of time. Every phone counts as a call, those of the house too.
#[derive(Serialize, ToSchema)]
pub struct EarnedBody {
    #[schema(value_type = String, format = DateTime)]
    from: DateTime<Utc>,
    #[schema(value_type = String, format = DateTime)]
    to: DateTime<Utc>,
    /// That of which least is left first.
    destinations: Vec<DestinationBody>,
}

/// Amounts are decimal strings in `currency`, without taxes.
#[derive(Serialize, ToSchema)]
struct DestinationBody {
    destination: String,
    #[schema(example = "USD")]
    currency: String,
    calls: i64,
    /// Begun ones, as the carrier bills them.
    minutes: i64,
    #[schema(example = "0.60")]
    revenue: String,
    /// By the carrier's own prices of calls.
    #[schema(example = "0.028")]
    carrier_cost: String,
    /// Reckoned: what the carrier takes for the conference.
    #[schema(example = "0.0036")]
    conference_cost: String,
    #[schema(example = "0.5684")]
    margin: String,
    /// Calls of which the carrier has told no price: in revenue, but in neither cost nor margin.
    unpriced: i64,
}

/// Show what was earned by destination
///
/// Of calls that were settled from one moment to before another.
#[utoipa::path(get, path = "/api/v1/margins", operation_id = "show_margins", tag = "figures",
    params(("from" = String, Query, description = "A day or a time"), ("to" = String, Query, description = "A day or a time after it")),
    responses((status = 200, body = EarnedBody, description = "The losses first")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let moment =
        |name: &str, given: String| deck::time(&given).map_err(|why| invalid(name, &format!("cannot be read: {why}")));
    let from = moment("from", query.required("from")?)?;
    let to = moment("to", query.required("to")?)?;
    query.done()?;
    if to <= from {
        return Err(invalid("to", "is not after from"));
    }
    let billing = app.config.carrier_billing;
    let lines = app.db.read(move |tx| margins(tx, from, to, billing)).await?;
    let destinations = lines.into_iter().map(body).collect();
    Ok(HttpResponse::Ok().json(EarnedBody { from, to, destinations }))
}

fn body(line: Line) -> DestinationBody {
    DestinationBody {
        destination: line.destination,
        currency: line.currency.to_string(),
        calls: line.calls,
        minutes: line.minutes,
        revenue: line.revenue.to_string(),
        carrier_cost: line.cost.to_string(),
        conference_cost: line.conference.to_string(),
        margin: line.margin.to_string(),
        unpriced: line.unpriced,
    }
}
