//! What is done to an account: blocked, unblocked, closed, given another plan or a new password.

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::accounts::{AccountBody, body};
use super::auth::actor;
use super::idempotency::ShownOnce;
use super::input::{Fields, path_id};
use crate::app::App;
use crate::flows::change_account::{NewStatus, PlanChanged, StatusChanged, change_plan, change_status};
use crate::flows::change_language::change_language;
use crate::flows::set_password::{PasswordSet, set_callers_password};
use crate::storage::{Tx, accounts};
use crate::web::auth::password;
use crate::web::error::ApiError;
use crate::web::peer;

/// Why.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct Reason {
    /// For the audit.
    #[schema(example = "chargeback")]
    reason: String,
}

/// Why, and whether to close it whatever is left in it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct Closing {
    /// For the audit.
    #[schema(example = "as the owner asked")]
    reason: String,
    /// Although calls are live (they are ended), or there is a balance or a debt.
    anyway: Option<bool>,
}

/// The plan an account is to be called by.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewPlanOfAccount {
    /// Name of a plan of the account's currency.
    #[schema(example = "standard")]
    plan: String,
}

/// The language an account's callers are to be spoken to in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewLanguage {
    /// `en`, `de`, `es`, `fr`, `it` or `pt`.
    #[schema(example = "de")]
    language: String,
}

/// A new password.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewPassword {
    /// At least ten characters; without it one is made.
    #[schema(example = "correct horse battery staple")]
    password: Option<String>,
}

/// Who signs in with it from now on. All their sessions are ended.
#[derive(Serialize, ToSchema)]
pub struct PasswordBody {
    /// Id of who signs in.
    #[schema(example = "usr_01ja0000000000000000000000")]
    pub user: String,
    pub email: String,
    /// The one that was made, this once; null if it was given.
    #[schema(example = json!(null))]
    pub password: Option<String>,
}

/// Block an account
///
/// Nobody dials from it any more, and its calls are ended.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/block", tag = "accounts", request_body = Reason,
    params(("id" = String, Path)),
    responses((status = 200, body = AccountBody, description = "Blocked, its calls ended"),
        (status = 409, description = "account_closed")))]
pub async fn block(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let reason = fields.text("reason")?;
    fields.done()?;
    status(&request, &app, NewStatus::Blocked, reason).await
}

/// Unblock an account
///
/// It may dial again.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/unblock", tag = "accounts", request_body = Reason,
    params(("id" = String, Path)),
    responses((status = 200, body = AccountBody, description = "Open again"),
        (status = 409, description = "account_closed")))]
pub async fn unblock(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let reason = fields.text("reason")?;
    fields.done()?;
    status(&request, &app, NewStatus::Open, reason).await
}

/// Close an account
///
/// For good: it is never opened again. With live calls, money or debt only if `anyway` is true.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/close", tag = "accounts", request_body = Closing,
    params(("id" = String, Path)),
    responses((status = 200, body = AccountBody, description = "Closed for good"),
        (status = 409, description = "account_closed, account_not_empty")))]
pub async fn close(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let (reason, anyway) = (fields.text("reason")?, fields.flag("anyway")?);
    fields.done()?;
    status(&request, &app, NewStatus::Closed { anyway }, reason).await
}

async fn status(request: &HttpRequest, app: &App, new: NewStatus, reason: String) -> Result<HttpResponse, ApiError> {
    let actor = actor(request);
    let (id, from, now) = (path_id(request, "account")?, peer::address(request), app.clock.now());
    let changed = app.db.write_from(from, move |tx| {
        let changed = change_status(tx, &id, new, &reason, &actor, now)?;
        Ok::<_, ApiError>((changed, account(tx, &id)?))
    });
    let (changed, account) = changed.await?;
    match changed {
        StatusChanged::Now | StatusChanged::Already => Ok(HttpResponse::Ok().json(account)),
        StatusChanged::ClosedForGood => Err(closed()),
        StatusChanged::NotEmpty { live_calls, balance, debt } => {
            let detail = format!("Live calls: {live_calls}, balance: {balance}, debt: {debt}.");
            Err(ApiError::conflict("account_not_empty", detail).at("anyway"))
        }
    }
}

fn closed() -> ApiError {
    ApiError::conflict("account_closed", "The account is closed, and stays so.")
}

fn account(tx: &mut Tx, id: &str) -> Result<AccountBody, ApiError> {
    let account = accounts::find(tx, id)?.ok_or_else(|| ApiError::not_found("account", id))?;
    body(tx, &account)
}

/// Move an account to another plan
#[utoipa::path(post, path = "/api/v1/accounts/{id}/plan", operation_id = "change_account_plan", tag = "accounts", request_body = NewPlanOfAccount,
    params(("id" = String, Path)),
    responses((status = 200, body = AccountBody, description = "Rated by this plan from the next call on"),
        (status = 409, description = "account_closed"),
        (status = 422, description = "unknown_plan, other_currency")))]
pub async fn plan(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let actor = actor(&request);
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let plan = fields.text("plan")?;
    fields.done()?;
    let (from, now) = (peer::address(&request), app.clock.now());
    let changed = app.db.write_from(from, move |tx| {
        let changed = change_plan(tx, &id, &plan, &actor, now)?;
        Ok::<_, ApiError>((changed, account(tx, &id)?))
    });
    let (changed, account) = changed.await?;
    match changed {
        PlanChanged::Now | PlanChanged::Already => Ok(HttpResponse::Ok().json(account)),
        PlanChanged::UnknownPlan => {
            Err(ApiError::unprocessable("unknown_plan", "There is no plan of this name.").at("plan"))
        }
        PlanChanged::OtherCurrency { plan } => {
            let detail = format!("The plan's currency is {plan}, and an account keeps its own.");
            Err(ApiError::unprocessable("other_currency", detail).at("plan"))
        }
        PlanChanged::ClosedForGood => Err(closed()),
    }
}

/// Change the language of an account
///
/// From its next call on.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/language", tag = "accounts", request_body = NewLanguage,
    operation_id = "change_language", params(("id" = String, Path)),
    responses((status = 200, body = AccountBody, description = "The account with its language")))]
pub async fn language(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let (actor, from, now) = (actor(&request), peer::address(&request), app.clock.now());
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let language = fields.parsed("language")?;
    fields.done()?;
    let changed = app.db.write_from(from, move |tx| {
        change_language(tx, &id, language, &actor, now)?;
        account(tx, &id)
    });
    Ok(HttpResponse::Ok().json(changed.await?))
}

/// Set the password of an account's caller
#[utoipa::path(post, path = "/api/v1/accounts/{id}/password", operation_id = "set_account_password", tag = "accounts", request_body = NewPassword,
    params(("id" = String, Path)),
    responses((status = 200, body = PasswordBody, description = "The caller signs in with it; where nobody did, the account's address does now"),
        (status = 409, description = "email_taken, secret_shown_once")))]
pub async fn set_password(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let actor = actor(&request);
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let given = fields.optional_text("password")?;
    fields.done()?;
    let wish = Wish::new(given)?;
    let (hash, from, now) = (wish.hash().await, peer::address(&request), app.clock.now());
    let set = app.db.write_from(from, move |tx| set_callers_password(tx, &id, None, hash, &actor, now));
    match set.await? {
        PasswordSet::Of(user) => Ok(wish.answer(HttpResponse::Ok(), user.id, user.email)),
        PasswordSet::EmailTaken => {
            Err(ApiError::conflict("email_taken", "Somebody else signs in with the account's address."))
        }
    }
}

/// A password given, or made here.
pub(super) struct Wish {
    given: Option<String>,
    words: String,
}

impl Wish {
    pub fn new(given: Option<String>) -> Result<Self, ApiError> {
        if let Some(objection) = given.as_deref().and_then(password::objection) {
            return Err(ApiError::unprocessable("invalid_field", objection).at("password"));
        }
        let words = given.clone().unwrap_or_else(password::make);
        Ok(Self { given, words })
    }

    pub async fn hash(&self) -> String {
        password::hashed(self.words.clone()).await
    }

    /// A password that was made here is not kept to be shown again.
    pub fn answer(self, mut response: HttpResponseBuilder, user: String, email: String) -> HttpResponse {
        let password = self.given.is_none().then_some(self.words);
        let is_secret = password.is_some();
        let mut response = response.json(PasswordBody { user, email, password });
        if is_secret {
            response.extensions_mut().insert(ShownOnce);
        }
        response
    }
}
