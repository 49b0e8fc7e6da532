//! Saved cards of an account: list them, put them in order or one first, remove one.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query, invalid, path_id};
use crate::app::App;
use crate::flows::saved_cards::{Ordered, order_cards, prefer_card, remove_card};
use crate::storage::cards::{self, Card};
use crate::storage::{Tx, accounts};
use crate::web::error::ApiError;

/// A saved card; its number is known to the card processor alone.
#[derive(Serialize, ToSchema)]
pub struct CardBody {
    #[schema(example = "pm_01ja0000000000000000000000")]
    id: String,
    account: String,
    /// What its owner knows it by.
    #[schema(example = "Visa ••4242")]
    label: String,
    /// Its last month; null if that is not known.
    #[schema(example = "2030-12")]
    expires: Option<String>,
    /// It may be charged: not removed, and never declined for good.
    usable: bool,
    removed: bool,
    #[schema(value_type = String, format = DateTime)]
    saved_at: chrono::DateTime<chrono::Utc>,
}

/// All of them: an owner has a few.
#[derive(Serialize, ToSchema)]
pub struct CardsBody {
    items: Vec<CardBody>,
}

/// List an account's saved cards
#[utoipa::path(get, path = "/api/v1/accounts/{id}/cards", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = CardsBody, description = "In the order they are charged in")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    Query::read(&request).done()?;
    let found = app.db.read(move |tx| {
        accounts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("account", &id))?;
        Ok::<_, ApiError>(cards::list(tx, &id)?)
    });
    Ok(HttpResponse::Ok().json(CardsBody { items: found.await?.into_iter().map(body).collect() }))
}

/// In which order they are charged.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct CardOrder {
    /// Every saved card of the account, once.
    #[schema(example = json!(["pm_01ja0000000000000000000000"]), max_items = 100)]
    cards: Vec<String>,
}

/// Put an account's saved cards in order
#[utoipa::path(post, path = "/api/v1/accounts/{id}/cards/order", operation_id = "order_cards", tag = "accounts", request_body = CardOrder,
    params(("id" = String, Path)),
    responses((status = 200, body = CardsBody, description = "Charged in this order from now on"),
        (status = 422, description = "invalid_field")))]
pub async fn order(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (id, actor, now) = (path_id(&request, "account")?, actor(&request), app.clock.now());
    let mut fields = Fields::read(&request, payload).await?;
    let wanted: Vec<String> = fields.list("cards")?;
    fields.done()?;
    let ordered = app.db.write(move |tx| match order_cards(tx, &id, &wanted, &actor, now)? {
        Ordered::Done => Ok(cards::list(tx, &id)?),
        Ordered::OtherCards => Err(invalid("cards", "must name each saved card of the account once")),
    });
    Ok(HttpResponse::Ok().json(CardsBody { items: ordered.await?.into_iter().map(body).collect() }))
}

/// Remove a saved card
#[utoipa::path(post, path = "/api/v1/cards/{id}/remove", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = CardBody, description = "It is not charged any more"),
        (status = 404, description = "not_found")))]
pub async fn remove(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let actor = actor(&request);
    let (id, now) = (path_id(&request, "card")?, app.clock.now());
    let card = app.db.write(move |tx| {
        remove_card(tx, &id, &actor, now)?;
        card(tx, &id)
    });
    Ok(HttpResponse::Ok().json(card.await?))
}

/// Prefer a saved card
///
/// It is charged before the others.
#[utoipa::path(post, path = "/api/v1/cards/{id}/prefer", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = CardBody, description = "It is charged before all others from now on"),
        (status = 404, description = "not_found")))]
pub async fn prefer(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let actor = actor(&request);
    let (id, now) = (path_id(&request, "card")?, app.clock.now());
    let card = app.db.write(move |tx| {
        prefer_card(tx, &id, &actor, now)?;
        card(tx, &id)
    });
    Ok(HttpResponse::Ok().json(card.await?))
}

fn card(tx: &mut Tx, id: &str) -> Result<CardBody, ApiError> {
    Ok(body(cards::find(tx, id)?.ok_or_else(|| ApiError::not_found("card", id))?))
}

fn body(card: Card) -> CardBody {
    CardBody {
        id: card.id,
        account: card.account,
        label: card.label,
        expires: card.expires,
        usable: card.usable,
        removed: card.removed,
        saved_at: card.saved_at,
    }
}
