//! What is left of a plan's prices after the carrier's bill.

use actix_web::{HttpRequest, HttpResponse, web};

use super::input::{Query, path_id};
use super::quotes::named_in_body;
use crate::app::App;
use crate::flows::check_margin::{MarginQuestion, MarginReport, check_margin};
use crate::storage::accounts;
use crate::web::error::ApiError;

/// Check the margin of a plan
///
/// The carrier bills every begun minute of a call and of each phone in a conference; a deck that counts seconds may lose
/// at short calls. Each rate is compared with the cost of the same numbers at the duration that is worst for it.
#[utoipa::path(get, path = "/api/v1/plans/{id}/margin", operation_id = "check_plan_margin", tag = "rates",
    params(("id" = String, Path), ("cost" = String, Query, description = "Name of the plan with the carrier's prices")),
    responses((status = 200, body = MarginReport, description = "What loses money, and how much is left"),
        (status = 422, description = "unknown_plan, no_conversion")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "plan")?;
    let mut query = Query::read(&request);
    let cost_plan = query.required("cost")?;
    query.done()?;
    let (billing, most_seconds) = (app.config.carrier_billing, app.config.rules.timing.most_seconds);
    let at = app.clock.now();
    let found = app.db.read(move |tx| {
        let plan = accounts::plan_by_id(tx, &id)?.ok_or_else(|| ApiError::not_found("plan", &id))?.name;
        let asked = MarginQuestion { plan, cost_plan, billing, most_seconds, at };
        check_margin(tx, &asked).map_err(|error| named_in_body(error.into(), "unknown_plan", "cost"))
    });
    let report = found.await?.map_err(|why| ApiError::unprocessable("no_conversion", format!("{why}.")).at("cost"))?;
    Ok(HttpResponse::Ok().json(report))
}
