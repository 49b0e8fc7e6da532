//! Rate decks: taken whole, or refused with every bad line.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::created;
use super::input::{Query, body, invalid, path_id};
use super::quotes::named_in_body;
use crate::app::App;
use crate::domain::deck::mapping::Mapping;
use crate::domain::deck::{self, BadLine};
use crate::domain::deck_change::{DeckChange, Line};
use crate::flows::FlowError;
use crate::flows::draft_deck::{Looked, look_at_deck};
use crate::flows::import_deck::{DeckUpload, Import, Imported, read_deck};
use crate::storage::{accounts, rates};
use crate::web::admin::plan::csv_of;
use crate::web::error::ApiError;

/// A million rates as they are exported, and more.
pub const LARGEST_DECK: usize = 128 * 1024 * 1024;
/// An answer names no more bad lines.
const MOST_NAMED: usize = 1000;

/// What became of an uploaded deck.
#[derive(Serialize, ToSchema)]
pub struct DeckBody {
    /// Null after a dry run.
    #[schema(example = "deck_01ja0000000000000000000000")]
    id: Option<String>,
    plan: String,
    /// How many there are in it.
    #[schema(example = 1)]
    rates: usize,
    #[schema(value_type = Option<String>, format = DateTime)]
    effective_from: Option<chrono::DateTime<chrono::Utc>>,
    dry_run: bool,
    /// After a dry run: what it would change.
    comparison: Option<Comparison>,
}

/// Prefixes that a deck adds, changes, removes and leaves as they are.
#[derive(Serialize, ToSchema)]
struct Comparison {
    new: usize,
    changed: usize,
    removed: usize,
    unchanged: usize,
    /// Of the changed: dearer, cheaper, newly blocked, blocked no longer, and at the same price changed otherwise.
    risen: usize,
    fallen: usize,
    blocked: usize,
    unblocked: usize,
    changed_otherwise: usize,
    /// The greatest first, 500 at most.
    biggest_rises: Vec<PriceChange>,
    biggest_falls: Vec<PriceChange>,
    /// The first 500 of each, by their prefixes.
    new_ones: Vec<PriceChange>,
    removed_ones: Vec<PriceChange>,
    blocked_ones: Vec<PriceChange>,
    unblocked_ones: Vec<PriceChange>,
    others: Vec<PriceChange>,
}

#[derive(Serialize, ToSchema)]
struct PriceChange {
    #[schema(example = "44")]
    prefix: String,
    destination: String,
    /// First digits of the callers it is for; empty for all.
    #[schema(example = "49")]
    origination: String,
    /// Per minute; null for a new prefix.
    #[schema(example = "0.015")]
    before: Option<String>,
    /// Per minute; null for a removed prefix.
    #[schema(example = "0.02")]
    after: Option<String>,
    /// What changes besides.
    #[schema(example = json!(["increment_seconds 60 → 1"]))]
    besides: Vec<String>,
}

/// Upload a deck
///
/// A CSV file with the rates of a plan. It is taken whole, or refused with every bad line, of which the first 1000 are
/// named.
///
/// Price lists of carriers are read as they are: UTF-8, UTF-16 or Windows-1252; commas, semicolons, tabs or bars between the
/// cells; decimal commas; the plan's currency beside an amount; columns by the names carriers give them, or by `map`; several
/// prefixes in a cell. What can be read in two ways is refused.
///
/// Columns that may be there besides: `origination`, first digits of the caller's own number; `bands`, prices by the hour,
/// `Europe/London; Mo-Fr 08:00-18:00 0.30; Sa,Su 0.10+0.05`; `tiers`, the first seconds of a call,
/// `60@0.30/30+0.02; 120@0.10/10`; `maximum_cost`, `5.00` beyond which it is free, or `5.00 end`; `blocked`, `yes`.
#[utoipa::path(post, path = "/api/v1/decks", tag = "rates",
    params(("plan" = String, Query, description = "Name of the plan"),
        ("effective_from" = Option<String>, Query, description = "A day or a time; at once if not given"),
        ("map" = Option<Vec<String>>, Query, description = "What a column of the file is, as in `price_per_minute=USD/min` or `ignore=Notes`; once for each"),
        ("dry_run" = Option<bool>, Query, description = "Only read it and report")),
    request_body(content = String, content_type = "text/csv", description = "At most 128 MB; `prefix` and `price_per_minute` are required",
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
    let mapping = query.every("map")?.join("\n").parse::<Mapping>();
    let mapping = mapping.map_err(|why| invalid("map", &format!("cannot be read: {why}")))?;
    query.done()?;
    let csv = body(&request, payload, "text/csv", LARGEST_DECK).await?.into();
    let upload = DeckUpload { plan_name: plan_name.clone(), csv, effective_from, actor: actor(&request), dry_run };
    let now = app.clock.now();
    if dry_run {
        let looked = app.db.read(move |tx| look_at_deck(tx, &upload, mapping, now)).await;
        let looked = looked.map_err(|error| named_in_body(error.into(), "unknown_plan", "plan"))?;
        return would_be(plan_name, looked);
    }
    let read = app.db.read(move |tx| {
        let rates = read_deck(tx, &upload, mapping, now)?;
        Ok::<_, FlowError>(rates.map(|rates| (upload.without_file(), rates)))
    });
    let read = read.await.map_err(|error| named_in_body(error.into(), "unknown_plan", "plan"))?;
    let (upload, rates) = read.map_err(bad_deck)?;
    let mut import = Import::of(&upload, rates, app.db.rows_at_once(), now);
    let imported = app.db.write_in_turns(move |tx| import.go_on(tx)).await;
    let imported = imported.map_err(|error: FlowError| named_in_body(error.into(), "unknown_plan", "plan"))?;
    answer(plan_name, imported)
}

fn would_be(plan: String, looked: Looked) -> Result<HttpResponse, ApiError> {
    match looked {
        Looked::Good { rates, change } => {
            let comparison = Some(comparison(*change));
            let body = DeckBody { id: None, plan, rates, effective_from: None, dry_run: true, comparison };
            Ok(HttpResponse::Ok().json(body))
        }
        Looked::Refused(errors) => Err(bad_deck(errors)),
    }
}

fn comparison(change: DeckChange) -> Comparison {
    let lines = |lines: Vec<Line>| {
        let line = |line: Line| PriceChange {
            before: line.before.map(|price| price.to_string()),
            after: line.after.map(|price| price.to_string()),
            prefix: line.prefix,
            destination: line.destination,
            origination: line.origination,
            besides: line.besides,
        };
        lines.into_iter().map(line).collect()
    };
    Comparison {
        new: change.new,
        changed: change.changed,
        removed: change.removed,
        unchanged: change.unchanged,
        risen: change.risen,
        fallen: change.fallen,
        blocked: change.blocked,
        unblocked: change.unblocked,
        changed_otherwise: change.otherwise,
        biggest_rises: lines(change.rises),
        biggest_falls: lines(change.falls),
        new_ones: lines(change.new_ones),
        removed_ones: lines(change.removed_ones),
        blocked_ones: lines(change.blocked_ones),
        unblocked_ones: lines(change.unblocked_ones),
        others: lines(change.others),
    }
}

fn answer(plan: String, imported: Imported) -> Result<HttpResponse, ApiError> {
    match imported {
        Imported::Deck { id, rates, effective_from } => {
            let effective_from = Some(effective_from);
            let place = format!("/api/v1/decks/{id}");
            let body = DeckBody { id: Some(id), plan, rates, effective_from, dry_run: false, comparison: None };
            Ok(created(&place, body))
        }
        Imported::Readable { .. } => unreachable!("a dry run is answered before"),
        Imported::Refused(errors) => Err(bad_deck(errors)),
    }
}

fn bad_deck(mut errors: Vec<BadLine>) -> ApiError {
    let detail = format!("{} lines cannot be taken, so nothing was.", errors.len());
    errors.truncate(MOST_NAMED);
    ApiError { errors, ..ApiError::unprocessable("bad_deck", detail) }
}

/// A deck in the list of its plan.
#[derive(Serialize, ToSchema)]
pub struct DeckLine {
    id: String,
    #[schema(format = DateTime)]
    effective_from: String,
    uploaded_by: String,
    /// How many there are in it.
    #[schema(example = 1)]
    rates: usize,
}

/// The newest 100, those to come among them.
#[derive(Serialize, ToSchema)]
pub struct Decks {
    items: Vec<DeckLine>,
}

/// List decks of a plan
#[utoipa::path(get, path = "/api/v1/plans/{id}/decks", tag = "rates", params(("id" = String, Path)),
    responses((status = 200, body = Decks, description = "Newest first, by the time they are in effect from"),
        (status = 404, description = "not_found")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "plan")?;
    Query::read(&request).done()?;
    let decks = app.db.read(move |tx| {
        accounts::plan_by_id(tx, &id)?.ok_or_else(|| ApiError::not_found("plan", &id))?;
        Ok::<_, ApiError>(rates::decks_of(tx, &id, 100)?)
    });
    let line = |deck: rates::Deck| DeckLine {
        effective_from: deck.effective_from.to_rfc3339(),
        uploaded_by: deck.uploaded_by,
        rates: deck.rates,
        id: deck.id,
    };
    Ok(HttpResponse::Ok().json(Decks { items: decks.await?.into_iter().map(line).collect() }))
}

/// Export a deck
///
/// As a CSV file that can be uploaded again.
#[utoipa::path(get, path = "/api/v1/decks/{id}", operation_id = "export_deck", tag = "rates", params(("id" = String, Path)),
    responses((status = 200, body = String, content_type = "text/csv", description = "Its rates, as they are imported",
        example = "prefix,destination,price_per_minute,connection_fee,minimum_seconds,increment_seconds,grace_seconds,effective_from\n44,United Kingdom,0.015,0,0,1,0,\n"),
        (status = 404, description = "not_found")))]
pub async fn export(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "deck")?;
    Query::read(&request).done()?;
    let written = app.db.read(move |tx| csv_of(tx, &id)).await?;
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(written))
}
