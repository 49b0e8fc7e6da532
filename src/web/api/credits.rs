//! Money of an account: credits by hand, and the statement.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::accounts::{AccountBody, body};
use super::auth::who;
use super::input::{Fields, Query, invalid, path_id};
use super::requests::RequestBody;
use super::{Page, created, requests};
use crate::app::App;
use crate::domain::money::Money;
use crate::flows::credit::Credited;
use crate::flows::two_persons::{Asked, Deed, credit};
use crate::storage::statements::Entry;
use crate::storage::{accounts, statements};
use crate::web::error::ApiError;
use crate::web::peer;

/// A credit by hand.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewCredit {
    /// Above zero, at most six digits after the point.
    #[schema(example = "12.50")]
    amount: String,
    /// For the statement and the audit.
    #[schema(example = "goodwill")]
    reason: String,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

/// A transfer of an account; `amount` is above zero if it came into the balance, below if it left.
#[derive(Serialize, ToSchema)]
pub struct TransferBody {
    id: String,
    #[schema(value_type = String, format = DateTime)]
    at: chrono::DateTime<chrono::Utc>,
    #[schema(example = "-0.80")]
    amount: String,
    #[schema(example = "USD")]
    currency: String,
    debit: String,
    credit: String,
    note: String,
    /// Which fact this books; no fact is booked twice.
    fact_key: String,
    actor: String,
}

/// Credit an account
#[utoipa::path(post, path = "/api/v1/accounts/{id}/credits", tag = "accounts", request_body = NewCredit,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key changes nothing.")),
    responses((status = 201, body = AccountBody, description = "Booked: the account as it is now"),
        (status = 202, body = RequestBody, description = "Nothing is booked before a second person approves it: the request, to be looked at where Location says"),
        (status = 200, body = AccountBody, description = "Booked before under this key; nothing changed"),
        (status = 400, description = "missing_idempotency_key"),
        (status = 422, description = "idempotency_key_reused")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut fields = Fields::read(&request, payload).await?;
    let (amount, reason): (Money, _) = (fields.parsed("amount")?, fields.text("reason")?);
    let key = fields.idempotency_key(&request)?;
    fields.done()?;
    if !amount.is_positive() {
        return Err(invalid("amount", "must be above zero"));
    }
    let (who, limits, now) = (who(&request), app.config.two_persons.clone(), app.clock.now());
    let deed = Deed { account: id.clone(), key, amount, reason };
    let from = peer::address(&request);
    let credited = app.db.write_from(from, move |tx| {
        let credited = credit(tx, &deed, &who, &limits, now)?;
        let account = accounts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("account", &id))?;
        Ok::<_, ApiError>((credited, body(tx, &account)?))
    });
    let (credited, account) = credited.await?;
    let credited = match credited {
        Asked::Done(credited) => credited,
        Asked::Waits(request) => return Ok(requests::waits(*request, now)),
    };
    match credited {
        Credited::Now => Ok(created(&transfers_of(&account), account)),
        Credited::Already => Ok(HttpResponse::Ok().json(account)),
        Credited::OtherAmount { was } => {
            let detail = format!("This key was used for a credit of {was}.");
            Err(ApiError::unprocessable("idempotency_key_reused", detail).at("Idempotency-Key"))
        }
        Credited::TooMuch => Err(invalid("amount", "is more than the account can hold")),
    }
}

/// Where what was booked can be looked at.
pub(super) fn transfers_of(account: &AccountBody) -> String {
    format!("/api/v1/accounts/{}/transfers", account.id())
}

/// List an account's transfers
#[utoipa::path(get, path = "/api/v1/accounts/{id}/transfers", tag = "accounts",
    params(("id" = String, Path), ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<TransferBody>, description = "Newest first")))]
pub async fn statement(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        let account = accounts::find(tx, &id)?.ok_or_else(|| ApiError::not_found("account", &id))?;
        let entries = statements::page(tx, &id, paging.after.as_deref(), paging.fetch())?;
        let (entries, next) = paging.cut(entries, |entry| entry.id.clone());
        let items = entries.into_iter().map(|entry| transfer(entry, &id, account.currency.code())).collect();
        Ok::<_, ApiError>(Page { items, next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

fn transfer(entry: Entry, account: &str, currency: &str) -> TransferBody {
    let amount = entry.signed(account).to_string();
    TransferBody {
        id: entry.id,
        at: entry.at,
        amount,
        currency: currency.to_owned(),
        debit: entry.debit,
        credit: entry.credit,
        note: entry.note,
        fact_key: entry.fact_key,
        actor: entry.actor,
    }
}
