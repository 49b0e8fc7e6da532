//! A plan that follows the decks of another, and with what markup.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query, path_id};
use super::settings;
use crate::app::App;
use crate::domain::rating::markup::MARKUP;
use crate::flows::change_markup::{COST_PLAN, MarkupChanged, PlanMarkup, change_markup, plan_markup};
use crate::web::error::ApiError;

/// What the plan asks where its own deck has no rate: the price of the followed plan's deck, converted, then the
/// percentage, then the amount, then rounded up to the next whole step.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made of the table of a markup")]
pub struct MarkupBody {
    #[schema(example = "plan_01ja0000000000000000000000")]
    plan: String,
    /// The name of the followed plan; null for none.
    #[schema(example = "carrier")]
    cost_plan: Option<String>,
    #[schema(example = "20")]
    percent: String,
    #[schema(example = "0.002")]
    per_minute: String,
    #[schema(example = "0.005")]
    price_step: String,
    #[schema(example = "0.00")]
    per_call: String,
    #[schema(example = "0.000001")]
    fee_step: String,
    /// So old may a conversion of currencies be; with an older one there is no rate.
    #[schema(minimum = 1, maximum = 365, example = 7)]
    conversion_days: u16,
}

/// What is not mentioned stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct MarkupChange {
    /// The name of a plan with decks of its own; null for none.
    #[schema(example = "carrier")]
    cost_plan: Option<String>,
    /// From 0 to 1000, with at most 4 digits after the point.
    #[schema(example = "20")]
    percent: Option<String>,
    /// Added to the price of a minute, in the plan's currency.
    #[schema(example = "0.002")]
    per_minute: Option<String>,
    /// Prices are rounded up to a whole multiple of it.
    #[schema(example = "0.005")]
    price_step: Option<String>,
    /// Added to the fee to connect.
    #[schema(example = "0")]
    per_call: Option<String>,
    #[schema(example = "0.01")]
    fee_step: Option<String>,
    #[schema(minimum = 1, maximum = 365, example = 7)]
    conversion_days: Option<u16>,
}

/// Show the markup of a plan
#[utoipa::path(get, path = "/api/v1/plans/{id}/markup", operation_id = "show_plan_markup", tag = "rates",
    params(("id" = String, Path)), responses((status = 200, body = MarkupBody, description = "The markup")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    Query::read(&request).done()?;
    let id = path_id(&request, "plan")?;
    let markup = app.db.read(move |tx| plan_markup(tx, &id)).await?;
    Ok(HttpResponse::Ok().json(body(&markup)))
}

/// Change the markup of a plan
///
/// It counts for calls that are dialled from then on.
#[utoipa::path(post, path = "/api/v1/plans/{id}/markup", operation_id = "change_plan_markup", tag = "rates",
    request_body = MarkupChange, params(("id" = String, Path)),
    responses((status = 200, body = MarkupBody, description = "The markup as it is now")))]
pub async fn change(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "plan")?;
    let mut fields = Fields::read(&request, payload).await?;
    let mut given = settings::given(&mut fields, MARKUP)?;
    let named = fields.has(COST_PLAN);
    let cost = fields.optional_text(COST_PLAN)?.or_else(|| named.then(String::new));
    given.extend(cost.map(|name| (COST_PLAN.to_owned(), name)));
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    match app.db.write(move |tx| change_markup(tx, &id, &given, &actor, now)).await? {
        MarkupChanged::Now(markup) | MarkupChanged::Already(markup) => Ok(HttpResponse::Ok().json(body(&markup))),
        MarkupChanged::Bad(bad) => Err(settings::refused(&bad)),
    }
}

fn body(of: &PlanMarkup) -> Value {
    let mut body = settings::shown(MARKUP, &of.markup);
    body.insert("plan".to_owned(), of.plan.id.clone().into());
    body.insert(COST_PLAN.to_owned(), of.cost.as_ref().map(|cost| cost.name.clone()).into());
    body.into()
}
