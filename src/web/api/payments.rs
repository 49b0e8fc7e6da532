//! Payments: automatic charges of saved cards, with everything that was said about each.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use super::input::{Query, id, invalid, path_id};
use super::refunds::{RefundBody, rendered as rendered_refund};
use crate::app::App;
use crate::domain::exchange::Exchange;
use crate::domain::payment::{Payment, State};
use crate::storage::payments::Filter;
use crate::storage::{exchanges, payments, refunds};
use crate::web::error::ApiError;

/// A payment is polled hourly at most, so this is days.
const LONGEST_HISTORY: i64 = 200;

/// An automatic charge of a saved card.
#[derive(Serialize, ToSchema)]
pub struct PaymentBody {
    #[schema(example = "pay_01ja0000000000000000000000")]
    id: String,
    account: String,
    /// The call it was for, if it was for one.
    call: Option<String>,
    #[schema(example = "10.00")]
    amount: String,
    #[schema(example = "USD")]
    currency: String,
    /// `planned`, `begun`, `executing`, `unknown`, `processing`, `fencing`, `credited`, `failed`, `canceled` or
    /// `quarantined`.
    #[schema(example = "credited")]
    state: &'static str,
    /// Why it ended, or is being ended, without money, as a code.
    #[schema(example = "insufficient_funds")]
    verdict: Option<String>,
    /// The processor's name of it.
    #[schema(example = "pi_3MtwBwLkdIwHu7ix28a3tqPa")]
    reference: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: chrono::DateTime<chrono::Utc>,
}

/// A payment with its history.
#[derive(Serialize, ToSchema)]
pub struct PaymentStory {
    #[serde(flatten)]
    #[schema(inline)]
    payment: PaymentBody,
    /// What the owner knows the card by.
    card: Option<String>,
    refunds: Vec<RefundBody>,
    history: Vec<ExchangeBody>,
}

/// A request to the processor with its answer, or a message of the processor's; secrets and addresses are left out.
#[derive(Serialize, ToSchema)]
pub struct ExchangeBody {
    #[schema(value_type = String, format = DateTime)]
    at: chrono::DateTime<chrono::Utc>,
    #[schema(example = "confirm")]
    step: String,
    #[schema(example = "POST")]
    method: String,
    path: String,
    sent: String,
    /// Null while no answer is known.
    #[schema(value_type = Option<String>, format = DateTime)]
    answered_at: Option<chrono::DateTime<chrono::Utc>>,
    status: Option<i32>,
    reply: String,
    /// What it was taken to mean.
    outcome: String,
}

/// List payments
#[utoipa::path(get, path = "/api/v1/payments", tag = "payments",
    params(("account" = Option<String>, Query), ("state" = Option<String>, Query), ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<PaymentBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let account = query.optional("account")?.map(|account| id("account", account)).transpose()?;
    let state = query.optional("state")?.map(|given| state(&given)).transpose()?;
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        let filter = Filter { account, state, after: paging.after.clone() };
        let found = payments::search(tx, &filter, paging.fetch())?;
        let (found, next) = paging.cut(found, |payment| payment.id.clone());
        Ok::<_, ApiError>(Page { items: found.into_iter().map(rendered).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Show a payment with its history
#[utoipa::path(get, path = "/api/v1/payments/{id}", tag = "payments", params(("id" = String, Path)),
    responses((status = 200, body = PaymentStory, description = "The payment with its history"),
        (status = 404, description = "not_found")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "payment")?;
    let story = app.db.read(move |tx| {
        let (payment, frozen) = payments::find(tx, &id)?.ok_or_else(|| ApiError::not_found("payment", &id))?;
        let refunds = match &payment.reference {
            Some(charge) => refunds::of_charge(tx, &payment.account, charge)?,
            None => vec![],
        };
        let history = exchanges::page(tx, &id, None, LONGEST_HISTORY)?;
        Ok::<_, ApiError>(PaymentStory {
            card: payments::label(tx, &frozen.method_id)?,
            refunds: refunds.into_iter().map(|(refund, asked)| rendered_refund(refund, asked)).collect(),
            history: history.into_iter().map(exchange).collect(),
            payment: rendered(payment),
        })
    });
    Ok(HttpResponse::Ok().json(story.await?))
}

fn state(given: &str) -> Result<State, ApiError> {
    let known = State::ALL.into_iter().find(|state| state.code() == given);
    known.ok_or_else(|| invalid("state", "is not a state of a payment"))
}

fn rendered(payment: Payment) -> PaymentBody {
    PaymentBody {
        id: payment.id,
        account: payment.account,
        call: payment.call,
        amount: payment.amount.to_string(),
        currency: payment.currency.to_string(),
        state: payment.state.code(),
        verdict: payment.verdict.map(|verdict| verdict.code().to_owned()),
        reference: payment.reference,
        created_at: payment.created_at,
    }
}

pub(super) fn exchange(exchange: Exchange) -> ExchangeBody {
    let Exchange { seq: _, at, step, method, path, sent, answered_at, status, reply, outcome } = exchange;
    ExchangeBody { at, step, method, path, sent, answered_at, status, reply, outcome }
}
