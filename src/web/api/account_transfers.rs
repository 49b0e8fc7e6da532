//! What moved into an account and out of it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use super::accounts::AccountBody;
use super::input::{Query, path_id};
use crate::app::App;
use crate::storage::statements::Entry;
use crate::storage::{accounts, statements};
use crate::web::error::ApiError;

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

/// Where what was booked can be looked at.
pub(super) fn transfers_of(account: &AccountBody) -> String {
    format!("/api/v1/accounts/{}/transfers", account.id())
}

/// List an account's transfers
#[utoipa::path(get, path = "/api/v1/accounts/{id}/transfers", tag = "accounts",
    params(("id" = String, Path), ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<TransferBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
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
