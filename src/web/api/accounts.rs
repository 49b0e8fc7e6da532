//! Accounts: open one, look at one, list them.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query, invalid, path_id};
use super::recharge::{RechargeBody, rendered as rendered_agreement};
use super::{Page, created};
use crate::app::App;
use crate::domain::currency::Currency;
use crate::domain::language::{Language, UnknownLanguage};
use crate::domain::wallet::Wallet;
use crate::flows::change_language::change_language;
use crate::flows::open_account::{Opened, open_account};
use crate::storage::Tx;
use crate::storage::accounts::{self, Account, STATUSES, Wanted};
use crate::storage::agreements::{self, Kept};
use crate::web::error::ApiError;

/// What is needed to open an account.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewAccount {
    #[schema(example = "ada@example.com")]
    email: String,
    /// ISO 4217; the plan's.
    #[schema(example = "USD")]
    currency: String,
    /// Name of the plan.
    #[schema(example = "standard")]
    plan: String,
    /// In which its callers are spoken to: `en` (the default), `de`, `es`, `fr`, `it` or `pt`.
    #[schema(example = "en")]
    language: Option<String>,
}

/// Amounts are decimal strings in `currency`.
#[derive(Serialize, ToSchema)]
pub struct AccountBody {
    #[schema(example = "acc_01ja0000000000000000000000")]
    id: String,
    email: String,
    #[schema(example = "USD")]
    currency: String,
    /// `open`, `blocked` or `closed`.
    #[schema(example = "open")]
    status: String,
    /// Why it makes no calls and takes no money until somebody has looked; null: it is not frozen.
    #[schema(example = json!(null))]
    frozen_because: Option<String>,
    /// Name of the plan.
    plan: String,
    own_number: Option<String>,
    /// In which its callers are spoken to.
    #[schema(example = "en")]
    language: &'static str,
    /// With promotional credit.
    #[schema(example = "12.50")]
    balance: String,
    /// Of the balance, promotional credit: spent first, and never paid out.
    #[schema(example = "5.00")]
    promo: String,
    /// What running calls have set aside.
    #[schema(example = "0.80")]
    held: String,
    /// The balance without what is held.
    #[schema(example = "11.70")]
    available: String,
    #[schema(example = "0.00")]
    debt: String,
    recharge: Option<RechargeBody>,
}

impl AccountBody {
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// List accounts
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts",
    params(("email" = Option<String>, Query, description = "How the address begins"),
        ("status" = Option<String>, Query, description = "`open`, `blocked` or `closed`"),
        ("own_number" = Option<String>, Query, description = "The caller's own phone, of the last call"),
        ("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<AccountBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    let (wanted, status) = (wanted(&mut query)?, status(&mut query)?);
    query.done()?;
    let page = app.db.read(move |tx| {
        let found = accounts::search(tx, &wanted, status, paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |(account, _)| account.id.clone());
        let items = found.iter().map(|(account, _)| body(tx, account)).collect::<Result<_, _>>()?;
        Ok::<_, ApiError>(Page { items, next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

fn wanted(query: &mut Query) -> Result<Wanted, ApiError> {
    match (query.optional("email")?, query.optional("own_number")?) {
        (Some(_), Some(_)) => Err(invalid("own_number", "goes without email")),
        (Some(email), None) => Ok(Wanted::EmailBeginning(email.trim().to_lowercase())),
        (None, Some(number)) => {
            let number = number.parse().map_err(|_| invalid("own_number", "is not a phone number"))?;
            Ok(Wanted::OwnNumber(number))
        }
        (None, None) => Ok(Wanted::Any),
    }
}

fn status(query: &mut Query) -> Result<Option<&'static str>, ApiError> {
    let Some(given) = query.optional("status")? else { return Ok(None) };
    let known = STATUSES.into_iter().find(|known| *known == given);
    known.map(Some).ok_or_else(|| invalid("status", "is open, blocked or closed"))
}

/// Open an account
///
/// It begins with an empty wallet, under a plan that is there.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", request_body = NewAccount,
    responses((status = 201, body = AccountBody, description = "The account, with an empty wallet"),
        (status = 409, description = "already_exists, email_taken"),
        (status = 422, description = "unknown_plan, other_currency")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let (email, plan) = (fields.text("email")?, fields.text("plan")?);
    let currency: Currency = fields.parsed("currency")?;
    let language = language(&mut fields)?.unwrap_or_default();
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    let opened = app.db.write(move |tx| {
        let account = opened(open_account(tx, &email, currency, &plan, &actor, now)?)?;
        change_language(tx, &account.id, language, &actor, now)?;
        body(tx, &Account { language, ..account })
    });
    let account = opened.await?;
    Ok(created(&format!("/api/v1/accounts/{}", account.id), account))
}

pub(super) fn language(fields: &mut Fields) -> Result<Option<Language>, ApiError> {
    let given = fields.optional_text("language")?;
    let given = given.map(|given| given.parse().map_err(|bad: UnknownLanguage| invalid("language", &bad.to_string())));
    given.transpose()
}

fn opened(opened: Opened) -> Result<Account, ApiError> {
    match opened {
        Opened::Account(account) => Ok(account),
        Opened::EmailTaken => {
            Err(ApiError::conflict("email_taken", "Somebody has an account with this address.").at("email"))
        }
        Opened::UnknownPlan => {
            Err(ApiError::unprocessable("unknown_plan", "There is no plan of this name.").at("plan"))
        }
        Opened::OtherCurrency { plan } => {
            let detail = format!("The plan's currency is {plan}, and its accounts have the same.");
            Err(ApiError::unprocessable("other_currency", detail).at("currency"))
        }
        Opened::BadEmail => Err(ApiError::unprocessable("invalid_field", "This is not an e-mail address.").at("email")),
    }
}

/// Show an account
#[utoipa::path(get, path = "/api/v1/accounts/{id}", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = AccountBody, description = "The account")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let found = app.db.read(move |tx| {
        let account = accounts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("account", &id))?;
        body(tx, &account)
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// Changes the account and answers with it as it is then: made was what is at `place` below it, if something was.
pub(super) async fn changed(
    app: &App,
    id: String,
    place: Option<&str>,
    change: impl FnOnce(&mut Tx, &str) -> Result<(), ApiError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let account = app.db.write(move |tx| {
        let account = accounts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("account", &id))?;
        change(tx, &id)?;
        body(tx, &account)
    });
    let account = account.await?;
    Ok(match place {
        Some(place) => created(&format!("/api/v1/accounts/{}/{place}", account.id), account),
        None => HttpResponse::Ok().json(account),
    })
}

pub(super) fn body(tx: &mut Tx, account: &Account) -> Result<AccountBody, ApiError> {
    let wallet = accounts::wallet(tx, &account.id)?.unwrap_or_default();
    let plan = accounts::plan_by_id(tx, &account.plan)?.map(|plan| plan.name).unwrap_or_default();
    let agreement = agreements::find(tx, &account.id)?;
    Ok(rendered(account, plan, &wallet, agreement))
}

fn rendered(account: &Account, plan: String, wallet: &Wallet, agreement: Option<Kept>) -> AccountBody {
    AccountBody {
        id: account.id.clone(),
        email: account.email.clone(),
        currency: account.currency.to_string(),
        status: account.status.clone(),
        frozen_because: account.frozen_because.clone(),
        plan,
        language: account.language.code(),
        own_number: account.own_number.as_ref().map(ToString::to_string),
        balance: wallet.balance().to_string(),
        promo: wallet.promo.to_string(),
        held: wallet.reserved.to_string(),
        available: wallet.available().to_string(),
        debt: wallet.debt.to_string(),
        recharge: agreement.map(rendered_agreement),
    }
}
