//! Visits to the card processor's own page: begin one, look at it, list them, cancel one.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query, invalid, path_id};
use super::{Page, created};
use crate::app::App;
use crate::domain::checkout::{CONSENT_VERSION, Checkout, Purpose, State};
use crate::domain::money::Money;
use crate::flows::begin_checkout::{Begun, CheckoutWish, NoCheckout, begin_checkout};
use crate::flows::settle_checkout::cancel_checkout;
use crate::storage::checkouts::Consent;
use crate::storage::{accounts, checkouts};
use crate::web::error::ApiError;

/// What the customer is sent to the card processor's page for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewCheckout {
    /// `top_up` or `save_card`.
    #[schema(example = "top_up")]
    purpose: String,
    /// Of a top-up, in the account's currency.
    #[schema(example = "20.00")]
    amount: Option<String>,
    /// Of a top-up: keep the card for automatic recharges besides. Not if it is not given.
    #[schema(example = true)]
    save_card: Option<bool>,
    /// The words the owner agreed to, as they were shown; needed if a card is saved.
    #[schema(max_length = 2000)]
    consent_text: Option<String>,
    /// From where the owner agreed: an address, or the call; needed if a card is saved.
    #[schema(example = "203.0.113.7")]
    consent_from: Option<String>,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

/// A visit to the card processor's own page.
#[derive(Serialize, ToSchema)]
pub struct CheckoutBody {
    #[schema(example = "chk_01ja0000000000000000000000")]
    id: String,
    account: String,
    purpose: &'static str,
    /// Null when only a card is saved.
    #[schema(example = "20.00")]
    amount: Option<String>,
    #[schema(example = "USD")]
    currency: &'static str,
    save_card: bool,
    /// `planned`, `open`, `processing`, `closing`, `complete`, `expired`, `failed` or `quarantined`.
    #[schema(example = "open")]
    state: &'static str,
    /// Where to send the customer; null until the processor has answered, and when the page is of no use any more.
    url: Option<String>,
    /// The money is in the account.
    credited: bool,
    /// The card can be charged from now on.
    card_saved: bool,
    /// Why it failed.
    reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: chrono::DateTime<chrono::Utc>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: chrono::DateTime<chrono::Utc>,
}

/// Begin a checkout
///
/// To top up or to save a card on the card processor's own page. Its address is in `url` as soon as the processor has
/// answered: look at the checkout until it is.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/checkouts", tag = "checkouts", request_body = NewCheckout,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key changes nothing.")),
    responses((status = 201, body = CheckoutBody, description = "Begun; its page is asked for"),
        (status = 200, body = CheckoutBody, description = "Begun before under this key; nothing changed"),
        (status = 400, description = "missing_idempotency_key"),
        (status = 422, description = "idempotency_key_reused, account_not_open, account_frozen, amount_too_small, amount_too_large, amount_too_fine, no_consent, too_many_checkouts")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let purpose = purpose(&mut fields)?;
    let consent = consent(&mut fields, purpose)?;
    let key = fields.idempotency_key(&request)?;
    fields.done()?;
    let wish = CheckoutWish { account: id, purpose, consent, key: format!("api:{key}"), actor: actor(&request) };
    let (forms, now) = (app.forms.clone(), app.clock.now());
    match app.db.write(move |tx| begin_checkout(tx, &wish, &forms, now)).await? {
        Begun::Checkout(checkout) => Ok(created(&format!("/api/v1/checkouts/{}", checkout.id), body(&checkout))),
        Begun::Already(checkout) => Ok(HttpResponse::Ok().json(body(&checkout))),
        Begun::OtherWish => {
            let detail = "This key was used for another purpose or amount.";
            Err(ApiError::unprocessable("idempotency_key_reused", detail).at("Idempotency-Key"))
        }
        Begun::Refused(refusal) => Err(refused(&refusal)),
    }
}

fn purpose(fields: &mut Fields) -> Result<Purpose, ApiError> {
    match fields.text("purpose")?.as_str() {
        "save_card" => Ok(Purpose::SaveCard),
        "top_up" => {
            let amount: Money = fields.parsed("amount")?;
            Ok(Purpose::TopUp { amount, save_card: fields.flag("save_card")? })
        }
        _ => Err(invalid("purpose", "must be top_up or save_card")),
    }
}

fn consent(fields: &mut Fields, purpose: Purpose) -> Result<Option<Consent>, ApiError> {
    if !purpose.saves_card() {
        return Ok(None);
    }
    let (text, from) = (fields.consent_text()?, fields.text("consent_from")?);
    Ok(Some(Consent { text, version: CONSENT_VERSION.to_owned(), from }))
}

fn refused(refusal: &NoCheckout) -> ApiError {
    let problem = ApiError::unprocessable(refusal.code(), refusal.to_string());
    match refusal {
        NoCheckout::TooSmall { .. } | NoCheckout::TooLarge { .. } | NoCheckout::TooFine(_) => problem.at("amount"),
        NoCheckout::NoConsent => problem.at("consent_text"),
        NoCheckout::AccountNotOpen
        | NoCheckout::AccountFrozen
        | NoCheckout::ChargingOff
        | NoCheckout::ProcessorDown
        | NoCheckout::TooManyOpen { .. } => problem,
    }
}

/// List checkouts of an account
#[utoipa::path(get, path = "/api/v1/accounts/{id}/checkouts", tag = "checkouts",
    params(("id" = String, Path), ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<CheckoutBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        accounts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("account", &id))?;
        let found = checkouts::list(tx, &id, paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |checkout| checkout.id.clone());
        Ok::<_, ApiError>(Page { items: found.iter().map(body).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Show a checkout
#[utoipa::path(get, path = "/api/v1/checkouts/{id}", tag = "checkouts", params(("id" = String, Path)),
    responses((status = 200, body = CheckoutBody, description = "The checkout"),
        (status = 404, description = "not_found")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "checkout")?;
    let found = app.db.read(move |tx| {
        checkouts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("checkout", &id)).map(|found| body(&found))
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// Cancel a checkout
#[utoipa::path(post, path = "/api/v1/checkouts/{id}/cancel", tag = "checkouts", params(("id" = String, Path)),
    responses((status = 200, body = CheckoutBody, description = "Being cancelled, or as it was if it is past that"),
        (status = 404, description = "not_found")))]
pub async fn cancel(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (id, now) = (path_id(&request, "checkout")?, app.clock.now());
    let canceled = app.db.write(move |tx| {
        cancel_checkout(tx, &id, now)?;
        checkouts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("checkout", &id)).map(|found| body(&found))
    });
    Ok(HttpResponse::Ok().json(canceled.await?))
}

fn body(checkout: &Checkout) -> CheckoutBody {
    let usable = checkout.state == State::Open && checkout.paid_by.is_none();
    CheckoutBody {
        id: checkout.id.clone(),
        account: checkout.account.clone(),
        purpose: checkout.purpose.code(),
        amount: checkout.purpose.amount().map(|amount| amount.to_string()),
        currency: checkout.currency.code(),
        save_card: checkout.purpose.saves_card(),
        state: checkout.state.code(),
        url: checkout.url.clone().filter(|_| usable),
        credited: checkout.paid_by.is_some(),
        card_saved: checkout.card.is_some(),
        reason: checkout.verdict.clone(),
        created_at: checkout.created_at,
        expires_at: checkout.expires_at,
    }
}
