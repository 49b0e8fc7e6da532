//! Plans: what accounts are called by.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query, path_id};
use super::{Page, created};
use crate::app::App;
use crate::domain::currency::Currency;
use crate::flows::make_plan::{Made, make_plan};
use crate::storage::accounts::{self, Plan};
use crate::web::error::ApiError;

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

/// A plan; its rates are in its decks.
#[derive(Serialize, ToSchema)]
pub struct PlanBody {
    #[schema(example = "plan_01ja0000000000000000000000")]
    id: String,
    name: String,
    currency: String,
    /// The caller's own phone costs nothing.
    payer_leg_free: bool,
}

/// List plans
#[utoipa::path(get, path = "/api/v1/plans", tag = "rates",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<PlanBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let (after, fetch) = (paging.after.clone(), paging.fetch());
    let plans = app.db.read(move |tx| Ok::<_, ApiError>(accounts::list_plans(tx, after.as_deref(), fetch)?)).await?;
    let (plans, next) = paging.cut(plans, |plan| plan.id.clone());
    Ok(HttpResponse::Ok().json(Page { items: plans.into_iter().map(body).collect(), next }))
}

/// Make a plan
#[utoipa::path(post, path = "/api/v1/plans", tag = "rates", request_body = NewPlan,
    responses((status = 201, body = PlanBody, description = "The plan"),
        (status = 409, description = "already_exists, plan_exists")))]
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
        Made::Plan(plan) => Ok(created(&format!("/api/v1/plans/{}", plan.id), body(*plan))),
        Made::NameTaken => Err(ApiError::conflict("plan_exists", "There is a plan of this name.").at("name")),
    }
}

/// Show a plan
#[utoipa::path(get, path = "/api/v1/plans/{id}", tag = "rates", params(("id" = String, Path)),
    responses((status = 200, body = PlanBody, description = "The plan")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "plan")?;
    let found = app.db.read(move |tx| accounts::plan_by_id(tx, &id)?.ok_or_else(|| ApiError::not_found("plan", &id)));
    Ok(HttpResponse::Ok().json(body(found.await?)))
}

fn body(plan: Plan) -> PlanBody {
    PlanBody { id: plan.id, name: plan.name, currency: plan.currency.to_string(), payer_leg_free: plan.payer_leg_free }
}
