//! Saved cards, by the card processor's names of them.

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::ToSchema;

use super::accounts::{AccountBody, changed};
use super::auth::actor;
use super::input::{Fields, path_id};
use crate::app::App;
use crate::flows::save_card::{SavedCard, save_card};
use crate::web::error::ApiError;

/// A card that was saved with the card processor, which alone knows its number.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewCard {
    /// The processor's name of the customer.
    #[schema(example = "cus_NffrFeUfNV2Hib")]
    customer: String,
    /// The processor's name of the card.
    #[schema(example = "pm_1MqLiJLkdIwHu7ixUEgbFdYF")]
    method: String,
    /// What the owner knows it by.
    #[schema(example = "Visa ••4242")]
    label: String,
}

/// Save a card
///
/// A card that the card processor knows already; its number never comes here.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/cards", operation_id = "save_card", tag = "accounts", request_body = NewCard,
    params(("id" = String, Path)),
    responses((status = 201, body = AccountBody, description = "Saved, after the cards the account has"),
        (status = 409, description = "already_exists")))]
pub async fn save(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let card = SavedCard {
        processor: app.processors.chosen().name(),
        customer_ref: fields.text("customer")?,
        method_ref: fields.text("method")?,
        label: fields.text("label")?,
    };
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    changed(&app, id, Some("cards"), move |tx, id| Ok(save_card(tx, id, &card, &actor, now)?)).await
}
