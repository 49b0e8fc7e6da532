//! Refunds: give a charge back, wholly or in part, and see what became of that.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, path_id};
use super::payments::{ExchangeBody, exchange};
use crate::app::App;
use crate::domain::money::Money;
use crate::domain::refund::{Refund, Refusal};
use crate::flows::refund::{RefundWish, Refunded, refund};
use crate::storage::refunds::Frozen;
use crate::storage::{exchanges, payments, refunds};
use crate::web::error::ApiError;
use crate::web::peer;

const LONGEST_HISTORY: i64 = 200;

/// What is to go back to the card.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewRefund {
    /// Above zero, no finer than the currency's smallest coin; at most what of the charge was not given back.
    #[schema(example = "4.50")]
    amount: String,
    /// For the audit.
    #[schema(example = "charged by mistake")]
    reason: String,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

/// Money that goes back to a card. It has left the balance, and comes back only if the state is `failed`.
#[derive(Serialize, ToSchema)]
pub struct RefundBody {
    #[schema(example = "ref_01ja0000000000000000000000")]
    id: String,
    account: String,
    /// The processor's name of the charge.
    #[schema(example = "pi_3MtwBwLkdIwHu7ix28a3tqPa")]
    charge: String,
    #[schema(example = "4.50")]
    amount: String,
    #[schema(example = "USD")]
    currency: String,
    /// `asking`, `unknown`, `searching`, `pending`, `succeeded` or `failed`. A bank may send back what has succeeded.
    #[schema(example = "succeeded")]
    state: &'static str,
    /// Why it failed, as a code.
    verdict: Option<String>,
    /// The processor's name of it.
    reference: Option<String>,
    reason: String,
    actor: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: chrono::DateTime<chrono::Utc>,
}

/// A refund with everything that was said about it.
#[derive(Serialize, ToSchema)]
pub struct RefundStory {
    #[serde(flatten)]
    #[schema(inline)]
    refund: RefundBody,
    history: Vec<ExchangeBody>,
}

/// Refund a payment
///
/// Wholly or in part; the money leaves the balance at once and goes back to the card it came from.
#[utoipa::path(post, path = "/api/v1/payments/{id}/refunds", tag = "payments", request_body = NewRefund,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key refunds once.")),
    responses((status = 201, body = RefundBody, description = "Begun: the money has left the balance"),
        (status = 200, body = RefundBody, description = "Begun before under this key; as it is now"),
        (status = 400, description = "missing_idempotency_key"),
        (status = 422, description = "idempotency_key_reused, nothing_charged, more_than_charged, not_enough_free")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "payment")?;
    let mut fields = Fields::read(&request, payload).await?;
    let (amount, reason): (Money, _) = (fields.parsed("amount")?, fields.text("reason")?);
    let key = fields.idempotency_key(&request)?;
    fields.done()?;
    let (forms, actor, now) = (app.forms.clone(), actor(&request), app.clock.now());
    let from = peer::address(&request);
    let refunded = app.db.write_from(from, move |tx| {
        let (payment, _) = payments::find(tx, &id)?.ok_or_else(|| ApiError::not_found("payment", &id))?;
        let charge = payment.reference.ok_or(Refusal::NothingCharged)?;
        let wish = RefundWish { account: payment.account, charge, amount, reason, key, actor };
        let refunded = refund(tx, &wish, &forms, now)?;
        let (refund, begun) = match refunded {
            Refunded::Begun(refund) => (refund, true),
            Refunded::Already(refund) => (refund, false),
            Refunded::OtherWish => {
                let detail = "This key was used for another refund.";
                return Err(ApiError::unprocessable("idempotency_key_reused", detail).at("Idempotency-Key"));
            }
            Refunded::Refused(refusal) => return Err(refusal.into()),
        };
        let kept = refunds::find(tx, &refund.id)?.ok_or_else(|| ApiError::not_found("refund", &refund.id))?;
        Ok((kept, begun))
    });
    let ((refund, frozen), begun) = refunded.await?;
    let place = format!("/api/v1/refunds/{}", refund.id);
    let body = rendered(refund, frozen);
    Ok(if begun { super::created(&place, body) } else { HttpResponse::Ok().json(body) })
}

/// Show a refund with its history
#[utoipa::path(get, path = "/api/v1/refunds/{id}", tag = "payments", params(("id" = String, Path)),
    responses((status = 200, body = RefundStory, description = "The refund with its history"),
        (status = 404, description = "not_found")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "refund")?;
    let story = app.db.read(move |tx| {
        let (refund, frozen) = refunds::find(tx, &id)?.ok_or_else(|| ApiError::not_found("refund", &id))?;
        let history = exchanges::page(tx, &id, None, LONGEST_HISTORY)?;
        let history = history.into_iter().map(exchange).collect();
        Ok::<_, ApiError>(RefundStory { refund: rendered(refund, frozen), history })
    });
    Ok(HttpResponse::Ok().json(story.await?))
}

pub(super) fn rendered(refund: Refund, asked: Frozen) -> RefundBody {
    RefundBody {
        id: refund.id,
        account: refund.account,
        charge: refund.charge,
        amount: refund.amount.to_string(),
        currency: refund.currency.to_string(),
        state: refund.state.code(),
        verdict: refund.verdict,
        reference: refund.reference,
        reason: asked.reason,
        actor: asked.actor,
        created_at: refund.created_at,
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::unprocessable(refusal.code(), refusal.to_string()).at("amount")
    }
}
