//! Money that is nobody's, and whose it is after all.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::{actor, who};
use super::input::{Fields, Query, id, path_id};
use super::quotes::named_in_body;
use super::requests::RequestBody;
use super::{Page, requests};
use crate::app::App;
use crate::flows::assign_stray::{Assigned, NotAssigned, assign_stray};
use crate::flows::strays::settle_stray;
use crate::flows::two_persons::Asked;
use crate::storage::unassigned::{self, Stray};
use crate::web::error::ApiError;
use crate::web::peer;

/// What a card processor told of money that no account of ours has.
#[derive(Serialize, ToSchema)]
pub struct UnassignedBody {
    #[schema(example = "una_01ja0000000000000000000000")]
    id: String,
    #[schema(example = "stripe")]
    processor: String,
    /// `payment`, `refund` or `dispute`.
    #[schema(example = "payment")]
    what: String,
    reference: String,
    /// Of which charge a refund or dispute is, by the processor's name of it.
    charge: Option<String>,
    #[schema(example = "10.00")]
    amount: Option<String>,
    currency: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: DateTime<Utc>,
    /// Whose it is after all; null while it is nobody's.
    account: Option<String>,
    /// What somebody did about it; null while nobody has.
    #[schema(example = "given back at the processor's page")]
    done: Option<String>,
    #[schema(example = "ada@example.com")]
    done_by: Option<String>,
}

/// What was done about money that is nobody's.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct Settlement {
    #[schema(example = "given back at the processor's page")]
    note: String,
}

/// Whose a payment is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct Assignment {
    #[schema(example = "acc_01ja0000000000000000000000")]
    account: String,
    /// Why it is this account's, for the audit.
    #[schema(example = "paid by an invoice of ours")]
    note: String,
}

/// List money that is nobody's
#[utoipa::path(get, path = "/api/v1/unassigned", operation_id = "list_unassigned", tag = "disputes",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<UnassignedBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        let found = unassigned::list(tx, paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |stray| stray.id.clone());
        Ok::<_, ApiError>(Page { items: found.into_iter().map(stray).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Show money that is nobody's
#[utoipa::path(get, path = "/api/v1/unassigned/{id}", operation_id = "show_unassigned", tag = "disputes", params(("id" = String, Path)),
    responses((status = 200, body = UnassignedBody, description = "As it is now"), (status = 404, description = "not_found")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "unassigned thing")?;
    let found =
        app.db.read(move |tx| unassigned::find(tx, &id)?.ok_or_else(|| ApiError::not_found("unassigned thing", &id)));
    Ok(HttpResponse::Ok().json(stray(found.await?)))
}

/// Say what was done about money that is nobody's
#[utoipa::path(post, path = "/api/v1/unassigned/{id}/settle", operation_id = "settle_unassigned", tag = "disputes", request_body = Settlement,
    params(("id" = String, Path)),
    responses((status = 200, body = UnassignedBody, description = "Settled, now or before"),
        (status = 404, description = "not_found")))]
pub async fn settle(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "unassigned thing")?;
    let mut fields = Fields::read(&request, payload).await?;
    let note = fields.text("note")?;
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    let from = peer::address(&request);
    let settled = app.db.write_from(from, move |tx| {
        settle_stray(tx, &id, &note, &actor, now)?;
        unassigned::find(tx, &id)?.ok_or_else(|| ApiError::not_found("unassigned thing", &id))
    });
    Ok(HttpResponse::Ok().json(stray(settled.await?)))
}

/// Credit a payment of nobody's to an account
///
/// Once, whoever asks. Refunds and disputes of the payment that were told before are booked with the account, too.
#[utoipa::path(post, path = "/api/v1/unassigned/{id}/assign", operation_id = "assign_unassigned", tag = "disputes", request_body = Assignment,
    params(("id" = String, Path)),
    responses((status = 200, body = UnassignedBody, description = "Credited to this account, now or before"),
        (status = 202, body = RequestBody, description = "Nothing is booked before a second person approves it: the request, to be looked at where Location says"),
        (status = 404, description = "not_found"),
        (status = 409, description = "dealt_with"),
        (status = 422, description = "unknown_account, not_a_payment, other_currency, balance_too_large")))]
pub async fn assign(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let stray_id = path_id(&request, "unassigned thing")?;
    let mut fields = Fields::read(&request, payload).await?;
    let (account, note) = (id("account", fields.text("account")?)?, fields.text("note")?);
    fields.done()?;
    let (who, limits, now) = (who(&request), app.config.two_persons.clone(), app.clock.now());
    let from = peer::address(&request);
    let assigned = app.db.write_from(from, move |tx| {
        let unknown = || ApiError::not_found("unassigned thing", &stray_id);
        unassigned::find(tx, &stray_id)?.ok_or_else(unknown)?;
        let assigned = assign_stray(tx, &stray_id, &account, &note, &who, &limits, now).map_err(ApiError::from);
        let assigned = assigned.map_err(|error| named_in_body(error, "unknown_account", "account"))?;
        Ok::<_, ApiError>((assigned, unassigned::find(tx, &stray_id)?.ok_or_else(unknown)?))
    });
    match assigned.await? {
        (Asked::Waits(request), _) => Ok(requests::waits(*request, now)),
        (Asked::Done(Assigned::Now | Assigned::Already), found) => Ok(HttpResponse::Ok().json(stray(found))),
        (Asked::Done(Assigned::Refused(why)), _) => Err(not_assigned(&why)),
    }
}

fn not_assigned(why: &NotAssigned) -> ApiError {
    match why {
        NotAssigned::DealtWith => ApiError::conflict(why.code(), why.to_string()),
        NotAssigned::NotAPayment => ApiError::unprocessable(why.code(), why.to_string()),
        NotAssigned::OtherCurrency { .. } | NotAssigned::TooMuch => {
            ApiError::unprocessable(why.code(), why.to_string()).at("account")
        }
    }
}

fn stray(stray: Stray) -> UnassignedBody {
    let (done, done_by) = stray.done.map(|done| (done.note, done.by)).unzip();
    UnassignedBody {
        id: stray.id,
        processor: stray.processor,
        what: stray.what,
        reference: stray.reference,
        charge: stray.charge,
        amount: stray.amount.map(|amount| amount.to_string()),
        currency: stray.currency,
        at: stray.at,
        account: stray.assigned_to,
        done,
        done_by,
    }
}
