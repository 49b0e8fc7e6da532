//! Saved cards, by the card processor's names of them, and the agreement to charge them automatically.

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::ToSchema;

use super::accounts::{AccountBody, body};
use super::auth::actor;
use super::input::{Fields, invalid, path_id};
use crate::app::App;
use crate::domain::money::Money;
use crate::domain::recharge::Agreement;
use crate::flows::FlowError;
use crate::flows::save_card::{SavedCard, agree_to_recharge, save_card};
use crate::storage::payments::Consent;
use crate::storage::{Tx, accounts};
use crate::web::error::ApiError;

/// What an owner who says nothing else agrees to, at most.
const MOST_PER_DAY: i64 = 3;
const MOST_PER_MONTH: i64 = 10;

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

/// The owner's agreement to automatic recharge; it replaces an earlier one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewAgreement {
    /// Charged each time.
    #[schema(example = "10.00")]
    amount: String,
    /// 3 if not given.
    most_per_day: Option<i64>,
    /// 10 if not given.
    most_per_month: Option<i64>,
    /// The words agreed to, as they were shown.
    consent_text: String,
    /// From where: an address, or the call.
    #[schema(example = "203.0.113.7")]
    consent_from: String,
}

/// Save a card
///
/// A card that the card processor knows already; its number never comes here.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/cards", tag = "accounts", request_body = NewCard,
    params(("id" = String, Path)),
    responses((status = 201, body = AccountBody, description = "Saved, after the cards the account has"),
        (status = 409, description = "already_exists")))]
pub async fn save(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let card = SavedCard {
        processor: app.processor.name(),
        customer_ref: fields.text("customer")?,
        method_ref: fields.text("method")?,
        label: fields.text("label")?,
    };
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    changed(&app, id, move |tx, id| save_card(tx, id, &card, &actor, now)).await
}

/// Agree to automatic recharge
///
/// Replaces an earlier agreement. The words agreed to are kept.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/recharge", operation_id = "agree_to_recharge", tag = "accounts", request_body = NewAgreement,
    params(("id" = String, Path)),
    responses((status = 201, body = AccountBody, description = "Agreed")))]
pub async fn agree(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let amount: Money = fields.parsed("amount")?;
    let most_per_day = fields.whole_number("most_per_day", 1000)?.unwrap_or(MOST_PER_DAY);
    let most_per_month = fields.whole_number("most_per_month", 10_000)?.unwrap_or(MOST_PER_MONTH);
    let (actor, now) = (actor(&request), app.clock.now());
    let consent = Consent { text: fields.text("consent_text")?, at: now, from: fields.text("consent_from")? };
    fields.done()?;
    if !amount.is_positive() {
        return Err(invalid("amount", "must be above zero"));
    }
    let agreement = Agreement { amount, most_per_day, most_per_month, paused: false };
    changed(&app, id, move |tx, id| agree_to_recharge(tx, id, &agreement, &consent, &actor, now)).await
}

/// Changes the account and answers with it as it is then.
async fn changed(
    app: &App,
    id: String,
    change: impl FnOnce(&mut Tx, &str) -> Result<(), FlowError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let account = app.db.write(move |tx| {
        let account = accounts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("account", &id))?;
        change(tx, &id)?;
        body(tx, &account)
    });
    Ok(HttpResponse::Created().json(account.await?))
}
