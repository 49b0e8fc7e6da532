//! Rate decks: taken whole, or refused with every bad line.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Query, body, invalid};
use super::quotes::named_in_body;
use crate::app::App;
use crate::domain::deck;
use crate::flows::import_deck::{DeckUpload, Imported, import_deck};
use crate::web::error::ApiError;

pub const LARGEST_DECK: usize = 20 * 1024 * 1024;

#[derive(Serialize, ToSchema)]
pub struct DeckBody {
    /// Null after a dry run.
    id: Option<String>,
    plan: String,
    rates: usize,
    #[schema(value_type = Option<String>, format = DateTime)]
    effective_from: Option<chrono::DateTime<chrono::Utc>>,
    dry_run: bool,
}

/// Upload a deck
///
/// A CSV file with the rates of a plan. It is taken whole, or refused with every bad line.
#[utoipa::path(post, path = "/api/v1/decks", tag = "rates",
    params(("plan" = String, Query, description = "Name of the plan"),
        ("effective_from" = Option<String>, Query, description = "A day or a time; at once if not given"),
        ("dry_run" = Option<bool>, Query, description = "Only read it and report")),
    request_body(content = String, content_type = "text/csv", description = "At most 20 MB; `prefix` and `price_per_minute` are required",
        example = "prefix,destination,price_per_minute,connection_fee,minimum_seconds,increment_seconds,grace_seconds,effective_from\n44,United Kingdom,0.015,0,0,1,0,\n"),
    responses((status = 201, body = DeckBody, description = "The whole deck was taken"),
        (status = 200, body = DeckBody, description = "A dry run: it would have been taken"),
        (status = 422, description = "bad_deck, missing_field, unknown_plan")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let (plan_name, dry_run) = (query.required("plan")?, query.flag("dry_run")?);
    let effective_from = match query.optional("effective_from")? {
        None => None,
        Some(given) => {
            Some(deck::time(&given).map_err(|why| invalid("effective_from", &format!("cannot be read: {why}")))?)
        }
    };
    query.done()?;
    let csv = body(&request, payload, "text/csv", LARGEST_DECK).await?.to_vec();
    let upload = DeckUpload { plan_name: plan_name.clone(), csv, effective_from, actor: actor(&request), dry_run };
    let now = app.clock.now();
    let imported = app.db.write(move |tx| import_deck(tx, &upload, now)).await;
    let imported = imported.map_err(|error| named_in_body(error.into(), "unknown_plan", "plan"))?;
    answer(plan_name, imported)
}

fn answer(plan: String, imported: Imported) -> Result<HttpResponse, ApiError> {
    match imported {
        Imported::Deck { id, rates, effective_from } => {
            let effective_from = Some(effective_from);
            Ok(HttpResponse::Created().json(DeckBody { id: Some(id), plan, rates, effective_from, dry_run: false }))
        }
        Imported::Readable { rates } => {
            Ok(HttpResponse::Ok().json(DeckBody { id: None, plan, rates, effective_from: None, dry_run: true }))
        }
        Imported::Refused(errors) => {
            let detail = format!("{} lines cannot be taken, so nothing was.", errors.len());
            Err(ApiError { errors, ..ApiError::unprocessable("bad_deck", detail) })
        }
    }
}
