//! Disputes of charges.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use super::input::{Query, id, invalid, path_id};
use super::payments::{ExchangeBody, exchange};
use crate::app::App;
use crate::domain::dispute::{Dispute, Phase};
use crate::storage::disputes::Filter;
use crate::storage::{disputes, exchanges};
use crate::web::error::ApiError;

const LONGEST_HISTORY: i64 = 200;

/// A charge that its cardholder takes back, or is likely to.
#[derive(Serialize, ToSchema)]
pub struct DisputeBody {
    #[schema(example = "dsp_01ja0000000000000000000000")]
    id: String,
    account: String,
    /// The processor's name of the charge.
    charge: String,
    /// The processor's name of the dispute.
    #[schema(example = "dp_1MtJUT2eZvKYlo2CNaw2HvEv")]
    reference: String,
    amount: String,
    currency: String,
    /// `warning`, `inquiry`, `needs_response`, `under_review`, `closed`, `won` or `lost`.
    #[schema(example = "needs_response")]
    phase: &'static str,
    /// The processor's word for what the cardholder says.
    #[schema(example = "fraudulent")]
    reason: String,
    /// Until when evidence is taken.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_by: Option<DateTime<Utc>>,
    /// What left the account for it; null if nothing did.
    #[schema(example = "10.00")]
    taken: Option<String>,
    /// What came back.
    #[schema(example = "10.00")]
    returned: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    opened_at: DateTime<Utc>,
}

/// A dispute with everything that was told of it.
#[derive(Serialize, ToSchema)]
pub struct DisputeStory {
    #[serde(flatten)]
    #[schema(inline)]
    dispute: DisputeBody,
    history: Vec<ExchangeBody>,
}

/// List disputes
#[utoipa::path(get, path = "/api/v1/disputes", tag = "disputes",
    params(("account" = Option<String>, Query), ("phase" = Option<String>, Query), ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<DisputeBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let account = query.optional("account")?.map(|account| id("account", account)).transpose()?;
    let phase = query.optional("phase")?.map(|given| phase(&given)).transpose()?;
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        let filter = Filter { account, phase, after: paging.after.clone() };
        let found = disputes::search(tx, &filter, paging.fetch())?;
        let (found, next) = paging.cut(found, |dispute| dispute.id.clone());
        Ok::<_, ApiError>(Page { items: found.into_iter().map(rendered).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Show a dispute with its history
#[utoipa::path(get, path = "/api/v1/disputes/{id}", tag = "disputes", params(("id" = String, Path)),
    responses((status = 200, body = DisputeStory, description = "The dispute with its history"),
        (status = 404, description = "not_found")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "dispute")?;
    let story = app.db.read(move |tx| {
        let dispute = disputes::find(tx, &id)?.ok_or_else(|| ApiError::not_found("dispute", &id))?;
        let history = exchanges::page(tx, &id, None, LONGEST_HISTORY)?;
        Ok::<_, ApiError>(DisputeStory {
            dispute: rendered(dispute),
            history: history.into_iter().map(exchange).collect(),
        })
    });
    Ok(HttpResponse::Ok().json(story.await?))
}

fn phase(given: &str) -> Result<Phase, ApiError> {
    let known = Phase::ALL.into_iter().find(|phase| phase.code() == given);
    known.ok_or_else(|| invalid("phase", "is not a phase of a dispute"))
}

fn rendered(dispute: Dispute) -> DisputeBody {
    DisputeBody {
        id: dispute.id,
        account: dispute.account,
        charge: dispute.charge,
        reference: dispute.reference,
        amount: dispute.amount.to_string(),
        currency: dispute.currency.to_string(),
        phase: dispute.phase.code(),
        reason: dispute.reason,
        due_by: dispute.due_by,
        taken: dispute.taken.map(|amount| amount.to_string()),
        returned: dispute.returned.map(|amount| amount.to_string()),
        opened_at: dispute.opened_at,
    }
}
