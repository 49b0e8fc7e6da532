//! Agents: appointed, dismissed, and what they sell: vouchers that are activated, cash that is taken.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::{actor, who};
use super::input::{Fields, Query, id as an_id, invalid, path_id};
use super::quotes::named_in_body;
use super::requests::{RequestBody, waits};
use super::{Page, created};
use crate::app::App;
use crate::domain::agent::{Agent, Commission};
use crate::domain::cash::Receipt;
use crate::domain::money::Money;
use crate::flows::activate_vouchers::{Activated, Activation, activate_vouchers};
use crate::flows::agents::{appoint as appoint_agent, dismiss as dismiss_agent};
use crate::flows::cash::{Taken, take_cash, take_cash_by_agent};
use crate::flows::two_persons::{Asked, Deed};
use crate::storage::{agents, cash_receipts};
use crate::web::error::ApiError;
use crate::web::peer;

/// An account that is to sell.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewAgent {
    #[schema(example = "acc_01ja0000000000000000000000")]
    account: String,
    /// What it keeps of each sale, in percent: 0 to 50, at most two digits after the point.
    #[schema(example = "5")]
    commission: String,
}

#[derive(Serialize, ToSchema)]
pub struct AgentBody {
    #[schema(example = "acc_01ja0000000000000000000000")]
    account: String,
    #[schema(example = "5.00")]
    commission: String,
    #[schema(example = "ada@example.com")]
    appointed_by: String,
    #[schema(value_type = String, format = DateTime)]
    appointed_at: DateTime<Utc>,
    #[schema(value_type = Option<String>, format = DateTime)]
    dismissed_at: Option<DateTime<Utc>>,
}

/// Vouchers that become money.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewActivation {
    /// A serial.
    #[schema(example = "7K2MQX-00001")]
    first: String,
    /// The last of the same batch, if there are more; at most 1000.
    #[schema(example = "7K2MQX-00100")]
    last: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ActivationBody {
    /// How many were activated by this request.
    #[schema(example = 100)]
    pieces: usize,
    /// What has left the agent's balance.
    #[schema(example = "950.00")]
    paid: String,
}

/// Cash for an account.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewCash {
    /// Above zero, in the account's currency.
    #[schema(example = "20.00")]
    amount: String,
    /// For the receipt.
    #[schema(example = "at the counter")]
    reason: String,
    /// The agent that takes it, whose balance pays; the house itself if not given.
    agent: Option<String>,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ReceiptBody {
    #[schema(example = "rcp_01ja0000000000000000000000")]
    id: String,
    #[schema(example = "7K2MQX-00042")]
    number: String,
    /// The account it was taken for.
    #[schema(example = "acc_01ja0000000000000000000000")]
    account: String,
    #[schema(example = "acc_01ja0000000000000000000000")]
    agent: Option<String>,
    #[schema(example = "20.00")]
    amount: String,
    #[schema(example = "USD")]
    currency: String,
    #[schema(example = "at the counter")]
    reason: String,
    /// `taken`: on its way to the account; `credited`.
    #[schema(example = "credited")]
    state: &'static str,
    #[schema(example = "ada@example.com")]
    taken_by: String,
    #[schema(value_type = String, format = DateTime)]
    taken_at: DateTime<Utc>,
}

/// List agents
#[utoipa::path(get, path = "/api/v1/agents", tag = "agents",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<AgentBody>, description = "Newest accounts first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        let found = agents::list(tx, paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |listed| listed.agent.account.clone());
        Ok::<_, ApiError>(Page { items: found.into_iter().map(|listed| rendered(listed.agent)).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Appoint an agent
///
/// Or change what it keeps, from its next sale on.
#[utoipa::path(post, path = "/api/v1/agents", operation_id = "appoint_agent", tag = "agents", request_body = NewAgent,
    responses((status = 200, body = AgentBody, description = "The agent"),
        (status = 422, description = "unknown_account")))]
pub async fn appoint(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let account = an_id("account", fields.text("account")?)?;
    let commission: Commission = fields.parsed("commission")?;
    fields.done()?;
    let (actor, from, now) = (actor(&request), peer::address(&request), app.clock.now());
    let agent = app.db.write_from(from, move |tx| appoint_agent(tx, &account, commission, &actor, now));
    let agent = agent.await.map_err(|error| named_in_body(error.into(), "unknown_account", "account"))?;
    Ok(HttpResponse::Ok().json(rendered(agent)))
}

/// Dismiss an agent
///
/// It sells nothing any more; what it has sold stays good, and its balance its own.
#[utoipa::path(post, path = "/api/v1/agents/{id}/dismiss", operation_id = "dismiss_agent", tag = "agents", params(("id" = String, Path)),
    responses((status = 200, body = AgentBody, description = "The agent, dismissed")))]
pub async fn dismiss(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (id, actor) = (path_id(&request, "agent")?, actor(&request));
    let (from, now) = (peer::address(&request), app.clock.now());
    let agent = app.db.write_from(from, move |tx| dismiss_agent(tx, &id, &actor, now));
    Ok(HttpResponse::Ok().json(rendered(agent.await?)))
}

/// Activate vouchers
///
/// The agent's balance pays for all of them, or nothing is done. Repeating it pays nothing again.
#[utoipa::path(post, path = "/api/v1/agents/{id}/activations", operation_id = "activate_vouchers", tag = "agents", request_body = NewActivation,
    params(("id" = String, Path, description = "The agent's account")),
    responses((status = 200, body = ActivationBody, description = "They can be redeemed now"),
        (status = 422, description = "not_an_agent, agent_not_open, agent_without_money, unknown_voucher, voucher_not_printed, no_range, other_currency")))]
pub async fn activate(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let (agent, actor) = (path_id(&request, "account")?, actor(&request));
    let mut fields = Fields::read(&request, payload).await?;
    let (first, last) = (an_id("first", fields.text("first")?)?, fields.optional_text("last")?);
    let last = last.map(|last| an_id("last", last)).transpose()?;
    fields.done()?;
    let (from, now) = (peer::address(&request), app.clock.now());
    let activated =
        app.db.write_from(from, move |tx| activate_vouchers(tx, &Activation { agent, first, last }, &actor, now));
    let body = match activated.await? {
        Activated::Now { pieces, paid } => ActivationBody { pieces, paid: paid.to_string() },
        Activated::Already => ActivationBody { pieces: 0, paid: Money::ZERO.to_string() },
        Activated::Refused(why) => return Err(ApiError::unprocessable(why.code(), why.to_string())),
    };
    Ok(HttpResponse::Ok().json(body))
}

/// Take cash for an account
///
/// By an agent, whose balance pays for it, or by the house; much of the house's waits for a second person.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/cash-receipts", operation_id = "take_cash", tag = "agents", request_body = NewCash,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key takes it once.")),
    responses((status = 201, body = ReceiptBody, description = "The receipt"),
        (status = 202, body = RequestBody, description = "Nothing is booked before a second person approves it: the request, to be looked at where Location says"),
        (status = 200, body = ReceiptBody, description = "Taken before under this key"),
        (status = 400, description = "missing_idempotency_key"),
        (status = 422, description = "idempotency_key_reused, not_an_agent, agent_not_open, agent_without_money, unknown_account, account_not_open, other_currency, agents_account, balance_too_large")))]
pub async fn take(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (account, who) = (path_id(&request, "account")?, who(&request));
    let mut fields = Fields::read(&request, payload).await?;
    let (amount, reason): (Money, _) = (fields.parsed("amount")?, fields.text("reason")?);
    let agent = fields.optional_text("agent")?.map(|agent| an_id("agent", agent)).transpose()?;
    let key = fields.idempotency_key(&request)?;
    fields.done()?;
    if !amount.is_positive() {
        return Err(invalid("amount", "must be above zero"));
    }
    let (limits, from, now) = (app.config.two_persons.clone(), peer::address(&request), app.clock.now());
    let deed = Deed { account, key, amount, reason };
    let taken = app.db.write_from(from, move |tx| match agent {
        Some(agent) => take_cash_by_agent(tx, &agent, &deed, &who.actor, now).map(Asked::Done),
        None => take_cash(tx, &deed, &who, &limits, now),
    });
    match taken.await? {
        Asked::Done(Taken::Now(receipt)) => Ok(created(&place(&receipt), receipt_body(*receipt))),
        Asked::Done(Taken::Already(receipt)) => Ok(HttpResponse::Ok().json(receipt_body(*receipt))),
        Asked::Done(Taken::Refused(why)) => Err(ApiError::unprocessable(why.code(), why.to_string())),
        Asked::Waits(request) => Ok(waits(*request, now)),
    }
}

/// List receipts of cash
#[utoipa::path(get, path = "/api/v1/cash-receipts", tag = "agents",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<ReceiptBody>, description = "Newest first")))]
pub async fn receipts(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        let found = cash_receipts::list(tx, None, paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |receipt| receipt.id.clone());
        Ok::<_, ApiError>(Page { items: found.into_iter().map(receipt_body).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Show a receipt of cash
#[utoipa::path(get, path = "/api/v1/cash-receipts/{id}", tag = "agents", params(("id" = String, Path)),
    responses((status = 200, body = ReceiptBody, description = "The receipt")))]
pub async fn receipt(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "receipt")?;
    let found = app.db.read(move |tx| {
        let found = cash_receipts::find(tx, &id)?;
        found.ok_or_else(|| ApiError::not_found("receipt", &id))
    });
    Ok(HttpResponse::Ok().json(receipt_body(found.await?)))
}

fn place(receipt: &Receipt) -> String {
    format!("/api/v1/cash-receipts/{}", receipt.id)
}

fn rendered(agent: Agent) -> AgentBody {
    AgentBody {
        account: agent.account,
        commission: agent.commission.to_string(),
        appointed_by: agent.appointed_by,
        appointed_at: agent.appointed_at,
        dismissed_at: agent.dismissed_at,
    }
}

fn receipt_body(receipt: Receipt) -> ReceiptBody {
    ReceiptBody {
        number: receipt.shown_number(),
        agent: receipt.is_agents().then(|| receipt.issuer.clone()),
        state: receipt.state.code(),
        amount: receipt.amount.to_string(),
        currency: receipt.currency.to_string(),
        id: receipt.id,
        account: receipt.customer,
        reason: receipt.reason,
        taken_by: receipt.taken_by,
        taken_at: receipt.taken_at,
    }
}
