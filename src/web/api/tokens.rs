//! Tokens: who may use the API, and for what.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::idempotency::ShownOnce;
use super::input::{Fields, Query, invalid, path_id};
use super::{Page, created};
use crate::app::App;
use crate::domain::deck;
use crate::domain::scope::Scope;
use crate::flows::api_tokens::{Made, NewToken as Wanted, make_token, revoke_token};
use crate::storage::api_tokens::{self, ApiToken};
use crate::web::error::ApiError;

/// A token to be made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewToken {
    /// What audit and ledger call it, after `api:`. No name is given twice.
    #[schema(example = "web shop", max_length = 100)]
    name: String,
    #[schema(example = json!(["accounts:read", "money:write"]))]
    scopes: Vec<ScopeName>,
    /// A day or a time; never if not given.
    #[schema(example = "2030-01-01")]
    expires_at: Option<String>,
}

/// What a token is good for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `Scope` reads and writes")]
pub enum ScopeName {
    #[serde(rename = "accounts:read")]
    AccountsRead,
    #[serde(rename = "accounts:write")]
    AccountsWrite,
    #[serde(rename = "money:read")]
    MoneyRead,
    #[serde(rename = "money:write")]
    MoneyWrite,
    #[serde(rename = "money:approve")]
    MoneyApprove,
    #[serde(rename = "calls:read")]
    CallsRead,
    #[serde(rename = "calls:write")]
    CallsWrite,
    #[serde(rename = "calls:supervise")]
    CallsSupervise,
    #[serde(rename = "rates:read")]
    RatesRead,
    #[serde(rename = "rates:write")]
    RatesWrite,
    #[serde(rename = "admin")]
    Admin,
}

/// A token, without what opens anything.
#[derive(Serialize, ToSchema)]
pub struct TokenBody {
    #[schema(example = "ttk_01ja0000000000000000000000")]
    id: String,
    #[schema(example = "web shop")]
    name: String,
    #[schema(value_type = Vec<ScopeName>, example = json!(["accounts:read", "money:write"]))]
    scopes: Vec<&'static str>,
    #[schema(example = "owner@example.com")]
    created_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: DateTime<Utc>,
    /// To the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<DateTime<Utc>>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<DateTime<Utc>>,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<DateTime<Utc>>,
    /// What to send as `Authorization: Bearer`: only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ttk_01ja0000000000000000000000_5f0c…")]
    bearer: Option<String>,
}

/// List tokens
///
/// Those that were revoked or have expired, too.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<TokenBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let after = paging.after.clone();
    let fetch = paging.fetch();
    let found = app.db.read(move |tx| Ok::<_, ApiError>(api_tokens::list(tx, after.as_deref(), fetch)?)).await?;
    let (found, next) = paging.cut(found, |token| token.id.clone());
    let items = found.into_iter().map(|token| body(token, None)).collect();
    Ok(HttpResponse::Ok().json(Page::<TokenBody> { items, next }))
}

/// Make a token
///
/// The answer is the only place its secret is ever shown; repeating the request with its key shows it no more.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", request_body = NewToken,
    responses((status = 201, body = TokenBody, description = "The token with its secret"),
        (status = 409, description = "already_exists, token_exists, secret_shown_once")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let (name, scopes) = (fields.text("name")?, fields.list::<Scope>("scopes")?);
    let expires_at = fields.optional_text("expires_at")?.map(|given| deck::time(&given)).transpose();
    let expires_at = expires_at.map_err(|why| invalid("expires_at", &format!("cannot be read: {why}")))?;
    fields.done()?;
    if name.chars().count() > 100 {
        return Err(invalid("name", "is longer than 100 characters"));
    }
    let wanted = Wanted { name, scopes: scopes.into_iter().collect(), expires_at };
    let (actor, now) = (actor(&request), app.clock.now());
    match app.db.write(move |tx| make_token(tx, &wanted, &actor, now)).await? {
        Made::Token { token, bearer } => {
            let mut response = created(&format!("/api/v1/tokens/{}", token.id), body(token, Some(bearer)));
            response.extensions_mut().insert(ShownOnce);
            Ok(response)
        }
        Made::NameTaken => Err(ApiError::conflict("token_exists", "There is or was a token of this name.").at("name")),
        Made::NoScope => Err(invalid("scopes", "is empty")),
        Made::Expired => Err(invalid("expires_at", "is over already")),
    }
}

/// Show a token
#[utoipa::path(get, path = "/api/v1/tokens/{id}", tag = "tokens", params(("id" = String, Path)),
    responses((status = 200, body = TokenBody, description = "The token, without its secret")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "token")?;
    let found = app.db.read(move |tx| {
        let token = api_tokens::find(tx, &id)?;
        token.ok_or_else(|| ApiError::not_found("token", &id))
    });
    Ok(HttpResponse::Ok().json(body(found.await?, None)))
}

/// Revoke a token
///
/// It opens nothing from the next request on. Revoking it again changes nothing.
#[utoipa::path(post, path = "/api/v1/tokens/{id}/revoke", tag = "tokens", params(("id" = String, Path)),
    responses((status = 200, body = TokenBody, description = "The token, revoked")))]
pub async fn revoke(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "token")?;
    let (actor, now) = (actor(&request), app.clock.now());
    let token = app.db.write(move |tx| revoke_token(tx, &id, &actor, now)).await?;
    Ok(HttpResponse::Ok().json(body(token, None)))
}

fn body(token: ApiToken, bearer: Option<String>) -> TokenBody {
    TokenBody {
        id: token.id,
        name: token.name,
        scopes: token.scopes.codes(),
        created_by: token.created_by,
        created_at: token.created_at,
        last_used_at: token.last_used_at,
        expires_at: token.expires_at,
        revoked_at: token.revoked_at,
        bearer,
    }
}
