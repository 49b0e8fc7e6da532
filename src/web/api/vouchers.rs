//! One voucher: shown by its serial, voided, and redeemed by its PIN.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::account_transfers::transfers_of;
use super::accounts::{AccountBody, body};
use super::auth::actor;
use super::created;
use super::input::{Fields, path_id};
use crate::app::App;
use crate::domain::voucher::{NotRedeemed, Pin, PinKey, Voucher};
use crate::flows::redeem_voucher::{Redeemed, Redemption, redeem_voucher};
use crate::flows::void_voucher::{Voided, void_voucher};
use crate::storage::{accounts, vouchers};
use crate::web::error::ApiError;
use crate::web::peer;

/// A voucher, without what opens it.
#[derive(Serialize, ToSchema)]
pub struct VoucherBody {
    #[schema(example = "vch_01ja0000000000000000000000")]
    id: String,
    #[schema(example = "7K2MQX-00042")]
    serial: String,
    #[schema(example = "vba_01ja0000000000000000000000")]
    batch: String,
    #[schema(example = "10.00")]
    face: String,
    #[schema(example = "USD")]
    currency: String,
    /// `printed`, `activated`, `redeemed`, `voided` or `expired`.
    #[schema(example = "activated")]
    state: &'static str,
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_until: Option<DateTime<Utc>>,
    /// The account of the agent that has paid for it.
    #[schema(example = "acc_01ja0000000000000000000000")]
    agent: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    activated_at: Option<DateTime<Utc>>,
    /// The account.
    #[schema(example = "acc_01ja0000000000000000000000")]
    redeemed_by: Option<String>,
    /// When it was redeemed, voided or expired.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<DateTime<Utc>>,
}

/// What opens a voucher.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewRedemption {
    /// 16 digits; spaces and dashes do not matter.
    #[schema(example = "1234 5678 9012 3456")]
    pin: String,
}

/// Why.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct VoidReason {
    /// For the audit.
    #[schema(example = "stolen")]
    reason: String,
}

/// Show a voucher by its serial
#[utoipa::path(get, path = "/api/v1/vouchers/{id}", tag = "vouchers", params(("id" = String, Path, description = "The serial")),
    responses((status = 200, body = VoucherBody, description = "The voucher, without its PIN")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (serial, now) = (path_id(&request, "voucher")?, app.clock.now());
    let found = app.db.read(move |tx| {
        let found = vouchers::by_serial(tx, &serial)?;
        found.ok_or_else(|| ApiError::not_found("voucher", &serial))
    });
    Ok(HttpResponse::Ok().json(rendered(found.await?, now)))
}

/// Void a voucher
///
/// Its PIN is worth nothing any more; an agent that has paid for it has its money back.
#[utoipa::path(post, path = "/api/v1/vouchers/{id}/void", tag = "vouchers", request_body = VoidReason,
    params(("id" = String, Path, description = "The serial")),
    responses((status = 200, body = VoucherBody, description = "Voided"),
        (status = 409, description = "voucher_over, just_activated")))]
pub async fn void(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (serial, actor) = (path_id(&request, "voucher")?, actor(&request));
    let mut fields = Fields::read(&request, payload).await?;
    let reason = fields.text("reason")?;
    fields.done()?;
    let (from, now) = (peer::address(&request), app.clock.now());
    let voided = app.db.write_from(from, move |tx| void_voucher(tx, &serial, &reason, &actor, now));
    match voided.await? {
        Voided::Now(voucher) | Voided::Already(voucher) => Ok(HttpResponse::Ok().json(rendered(*voucher, now))),
        Voided::TooLate(state) => Err(ApiError::conflict("voucher_over", format!("The voucher is {}.", state.code()))),
        Voided::JustActivated => {
            Err(ApiError::conflict("just_activated", "It was activated at this moment. Look again."))
        }
    }
}

/// Redeem a voucher
///
/// For this account; wrong PINs are counted against it, whoever tries them. Repeating it changes nothing.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/vouchers", tag = "vouchers", operation_id = "redeem_voucher",
    request_body = NewRedemption, params(("id" = String, Path)),
    responses((status = 201, body = AccountBody, description = "Credited: the account as it is now"),
        (status = 200, body = AccountBody, description = "It was redeemed for this account before; nothing changed"),
        (status = 409, description = "vouchers_off"),
        (status = 422, description = "wrong_pin, voucher_expired, other_currency, account_not_open, account_frozen, agents_account, balance_too_large"),
        (status = 429, description = "too_many_guesses")))]
pub async fn redeem(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let (id, actor) = (path_id(&request, "account")?, actor(&request));
    let mut fields = Fields::read(&request, payload).await?;
    let pin: Pin = fields.parsed("pin")?;
    fields.done()?;
    let key = key(&app)?;
    // A program asks for many customers from one address, so only the account counts.
    let wish = Redemption { account: id.clone(), pin, source: None, actor };
    let now = app.clock.now();
    let redeemed = app.db.write(move |tx| {
        let redeemed = redeem_voucher(tx, &key, &wish, now)?;
        let account = accounts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("account", &id))?;
        Ok::<_, ApiError>((redeemed, body(tx, &account)?))
    });
    let (redeemed, account) = redeemed.await?;
    match redeemed {
        Redeemed::Now(_) => Ok(created(&transfers_of(&account), account)),
        Redeemed::Already(_) => Ok(HttpResponse::Ok().json(account)),
        Redeemed::Refused(why) => Err(refused(why)),
    }
}

fn refused(why: NotRedeemed) -> ApiError {
    let status = match why {
        NotRedeemed::TooManyGuesses { .. } => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    ApiError::new(status, why.code(), why.to_string()).at("pin")
}

/// Without the operator's key there are no vouchers.
pub(super) fn key(app: &App) -> Result<PinKey, ApiError> {
    let off = || ApiError::conflict("vouchers_off", "The operator has not set TALKTIME_VOUCHER_KEY.");
    app.config.voucher_key.clone().ok_or_else(off)
}

pub(super) fn rendered(voucher: Voucher, now: DateTime<Utc>) -> VoucherBody {
    VoucherBody {
        state: voucher.standing(now).code(),
        face: voucher.face.to_string(),
        currency: voucher.currency.to_string(),
        id: voucher.id,
        serial: voucher.serial,
        batch: voucher.batch,
        valid_until: voucher.valid_until,
        agent: voucher.agent.map(|(agent, _)| agent),
        activated_at: voucher.activated_at,
        redeemed_by: voucher.redeemed_by,
        ended_at: voucher.ended_at,
    }
}
