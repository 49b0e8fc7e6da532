//! The owner's agreement to automatic recharge: made, looked at, resumed after a pause, turned off.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::accounts::{AccountBody, changed};
use super::auth::actor;
use super::input::{Fields, invalid, path_id};
use crate::app::App;
use crate::domain::money::Money;
use crate::domain::recharge::Agreement;
use crate::flows::agreement::{Resumed, agree_to_recharge, resume_recharge, stop_recharge};
use crate::storage::agreements::{self, Consent, Kept};
use crate::web::error::ApiError;

/// What is kept as the version of words that a program showed without one.
const NO_VERSION: &str = "unversioned";

/// The owner's agreement to automatic recharge; it replaces an earlier one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewAgreement {
    /// Charged each time.
    #[schema(example = "10.00")]
    amount: String,
    /// Tried once in a call when a card has not enough for `amount`; less than that. Not at all, if not given.
    #[schema(example = "5.00")]
    smaller_amount: Option<String>,
    /// A free balance below this is recharged after a call. Only when a call needs it, if not given or 0.
    #[schema(example = "5.00")]
    threshold: Option<String>,
    /// 3 if not given.
    #[schema(example = 3, minimum = 0, maximum = 1000)]
    most_per_day: Option<i64>,
    /// 10 if not given.
    #[schema(example = 10, minimum = 0, maximum = 10_000)]
    most_per_month: Option<i64>,
    /// How much money may be charged in 24 hours, besides.
    #[schema(example = "20.00")]
    cap_per_day: Option<String>,
    /// How much money may be charged in 30 days, besides.
    #[schema(example = "60.00")]
    cap_per_month: Option<String>,
    /// The words agreed to, as they were shown.
    #[schema(max_length = 2000)]
    consent_text: String,
    /// Which version of your words that is.
    #[schema(example = "2026-11-21")]
    consent_version: Option<String>,
    /// From where: an address, or the call.
    #[schema(example = "203.0.113.7")]
    consent_from: String,
}

/// The owner's agreement to automatic recharge.
#[derive(Serialize, ToSchema)]
pub struct RechargeBody {
    #[schema(example = "10.00")]
    amount: String,
    #[schema(example = "5.00")]
    smaller_amount: Option<String>,
    /// 0 means: only when a call needs it.
    #[schema(example = "5.00")]
    threshold: String,
    most_per_day: i64,
    most_per_month: i64,
    #[schema(example = "20.00")]
    cap_per_day: Option<String>,
    #[schema(example = "60.00")]
    cap_per_month: Option<String>,
    paused: bool,
    /// Why: `authentication_required`, `card_declined`, `declined_repeatedly`, `disputed`, `fraud_warning` or `card_changed`.
    #[schema(example = "authentication_required")]
    paused_because: Option<String>,
    /// What happened, and what its owner does about it.
    #[schema(example = "Your bank has declined three charges in a row.")]
    pause_sentence: Option<String>,
    consent_text: String,
    consent_version: String,
    #[schema(value_type = String, format = DateTime)]
    consent_at: chrono::DateTime<chrono::Utc>,
    consent_from: String,
}

/// Show the agreement to automatic recharge
#[utoipa::path(get, path = "/api/v1/accounts/{id}/recharge", operation_id = "show_recharge_agreement", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = RechargeBody, description = "What was agreed to"),
        (status = 404, description = "not_found")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let kept = app
        .db
        .read(move |tx| agreements::find(tx, &id)?.ok_or_else(|| ApiError::not_found("agreement of account", &id)));
    Ok(HttpResponse::Ok().json(rendered(kept.await?)))
}

/// Agree to automatic recharge
///
/// On behalf of the owner, whose words are kept. It replaces an earlier agreement.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/recharge", operation_id = "agree_to_recharge", tag = "accounts", request_body = NewAgreement,
    params(("id" = String, Path)),
    responses((status = 201, body = AccountBody, description = "Agreed")))]
pub async fn agree(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let actor = actor(&request);
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let usual = Agreement::of(positive("amount", Some(fields.parsed("amount")?))?.unwrap_or_default());
    let threshold: Money = fields.optional_parsed("threshold")?.unwrap_or_default();
    let agreement = Agreement {
        smaller: positive("smaller_amount", fields.optional_parsed("smaller_amount")?)?,
        threshold,
        most_per_day: fields.whole_number("most_per_day", 1000)?.unwrap_or(usual.most_per_day),
        most_per_month: fields.whole_number("most_per_month", 10_000)?.unwrap_or(usual.most_per_month),
        cap_per_day: positive("cap_per_day", fields.optional_parsed("cap_per_day")?)?,
        cap_per_month: positive("cap_per_month", fields.optional_parsed("cap_per_month")?)?,
        ..usual
    };
    let now = app.clock.now();
    let consent = Consent {
        text: fields.consent_text()?,
        version: fields.optional_text("consent_version")?.unwrap_or_else(|| NO_VERSION.to_owned()),
        at: now,
        from: fields.text("consent_from")?,
    };
    fields.done()?;
    if threshold < Money::ZERO {
        return Err(invalid("threshold", "must not be below zero"));
    }
    if agreement.smaller.is_some_and(|smaller| smaller >= agreement.amount) {
        return Err(invalid("smaller_amount", "must be less than the amount"));
    }
    changed(&app, id, Some("recharge"), move |tx, id| Ok(agree_to_recharge(tx, id, &agreement, &consent, &actor, now)?))
        .await
}

/// Turn automatic recharge off
#[utoipa::path(post, path = "/api/v1/accounts/{id}/recharge/stop", operation_id = "stop_recharge", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = AccountBody, description = "Off, also if it was before")))]
pub async fn stop(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let actor = actor(&request);
    let (id, now) = (path_id(&request, "account")?, app.clock.now());
    changed(&app, id, None, move |tx, id| Ok(stop_recharge(tx, id, &actor, now).map(|_| ())?)).await
}

/// Turn automatic recharge on again
///
/// When something has paused it, or a declined card is to be tried before its day of rest is over. It counts as the owner's
/// consent to the words that stand.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/recharge/resume", operation_id = "resume_recharge", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = AccountBody, description = "On, also if it was not paused"),
        (status = 409, description = "recharge_not_agreed")))]
pub async fn resume(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let actor = actor(&request);
    let (id, now) = (path_id(&request, "account")?, app.clock.now());
    let resume = move |tx: &mut crate::storage::Tx, id: &str| match resume_recharge(tx, id, &actor, &actor, now)? {
        Resumed::Now => Ok(()),
        Resumed::NotAgreed => {
            Err(ApiError::conflict("recharge_not_agreed", "The owner has not agreed to automatic recharge."))
        }
    };
    changed(&app, id, None, resume).await
}

fn positive(name: &str, amount: Option<Money>) -> Result<Option<Money>, ApiError> {
    match amount {
        Some(amount) if !amount.is_positive() => Err(invalid(name, "must be above zero")),
        given => Ok(given),
    }
}

pub(super) fn rendered(kept: Kept) -> RechargeBody {
    let Agreement { amount, smaller, threshold, most_per_day, most_per_month, cap_per_day, cap_per_month, paused } =
        kept.agreement;
    RechargeBody {
        amount: amount.to_string(),
        smaller_amount: smaller.map(|smaller| smaller.to_string()),
        threshold: threshold.to_string(),
        most_per_day,
        most_per_month,
        cap_per_day: cap_per_day.map(|cap| cap.to_string()),
        cap_per_month: cap_per_month.map(|cap| cap.to_string()),
        paused,
        paused_because: kept.paused_because.map(|reason| reason.code().to_owned()),
        pause_sentence: kept.paused_because.map(|reason| reason.sentence().to_owned()),
        consent_text: kept.consent.text,
        consent_version: kept.consent.version,
        consent_at: kept.consent.at,
        consent_from: kept.consent.from,
    }
}
