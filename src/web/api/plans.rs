//! Plans: what accounts are called by.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query};
use crate::app::App;
use crate::domain::currency::Currency;
use crate::flows::make_plan::{Made, make_plan};
use crate::storage::accounts::{self, Plan};
use crate::web::error::{ApiError, Problem};

/// What a plan is made of; its rates come with a deck.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewPlan {
    #[schema(example = "standard")]
    name: String,
    #[schema(example = "USD")]
    currency: String,
    /// The caller's own phone costs nothing.
    payer_leg_free: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub struct PlanBody {
    id: String,
    name: String,
    currency: String,
    payer_leg_free: bool,
}

/// All of them: plans are few.
#[derive(Serialize, ToSchema)]
pub struct Plans {
    items: Vec<PlanBody>,
}

#[utoipa::path(get, path = "/api/v1/plans", tag = "rates",
    responses((status = 200, body = Plans, description = "All plans, by name"),
        (status = "default", body = Problem, content_type = "application/problem+json", description = "A problem")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    Query::read(&request).done()?;
    let plans = app.db.read(|tx| Ok::<_, ApiError>(accounts::all_plans(tx)?)).await?;
    Ok(HttpResponse::Ok().json(Plans { items: plans.into_iter().map(body).collect() }))
}

#[utoipa::path(post, path = "/api/v1/plans", tag = "rates", request_body = NewPlan,
    responses((status = 201, body = PlanBody, description = "The plan"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "plan_exists"),
        (status = "default", body = Problem, content_type = "application/problem+json", description = "A problem")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let (name, currency): (_, Currency) = (fields.text("name")?, fields.parsed("currency")?);
    let payer_leg_free = fields.flag("payer_leg_free")?;
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    let made = app.db.write(move |tx| make_plan(tx, &name, currency, payer_leg_free, &actor, now)).await?;
    match made {
        Made::Plan(plan) => Ok(HttpResponse::Created().json(body(plan))),
        Made::NameTaken => Err(ApiError::conflict("plan_exists", "There is a plan of this name.").at("name")),
    }
}

fn body(plan: Plan) -> PlanBody {
    PlanBody { id: plan.id, name: plan.name, currency: plan.currency.to_string(), payer_leg_free: plan.payer_leg_free }
}
