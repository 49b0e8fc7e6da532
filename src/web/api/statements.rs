//! The statement of an account for a month.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::input::{Query, path_id};
use crate::app::App;
use crate::domain::statement::{Month, Sum, TIME_ZONE};
use crate::flows::statement::{Line, Statement, statement};
use crate::web::error::ApiError;

/// All that moved an account's balance in a month, and what that comes to.
#[derive(Serialize, ToSchema)]
pub struct StatementBody {
    #[schema(example = "acc_01ja0000000000000000000000")]
    account: String,
    #[schema(example = "2026-11")]
    month: String,
    /// Whose midnights are the month's.
    #[schema(example = "UTC")]
    time_zone: &'static str,
    #[schema(example = "USD")]
    currency: String,
    /// The balance when the month began, less what was owed.
    #[schema(example = "12.00")]
    opening: String,
    /// The same when it ended, or now: `opening` and all `sums`.
    #[schema(example = "31.20")]
    closing: String,
    sums: Vec<SumBody>,
    /// Oldest first, a page of them.
    items: Vec<StatementLineBody>,
    /// The `after` of the next page; null on the last.
    next: Option<String>,
}

/// All movements of a kind.
#[derive(Serialize, ToSchema)]
pub struct SumBody {
    /// `card_charge`, `voucher`, `cash`, `credit`, `promo`, `call`, `bundle`, `tax`, `refund`, `refund_returned`, `disputed`, `repaid`, `debit` or `other`.
    #[schema(example = "call")]
    kind: &'static str,
    /// Of a tax.
    #[schema(example = "DE")]
    country: Option<String>,
    /// Below zero if it left.
    #[schema(example = "-0.80")]
    amount: String,
    count: i64,
}

/// One movement.
#[derive(Serialize, ToSchema)]
pub struct StatementLineBody {
    /// The transfer's.
    #[schema(example = "tr_01ja0000000000000000000000")]
    id: String,
    #[schema(value_type = String, format = DateTime)]
    at: DateTime<Utc>,
    #[schema(example = "call")]
    kind: &'static str,
    #[schema(example = "-0.80")]
    amount: String,
    note: String,
    /// The call it was charged for, or whose tax it is.
    #[schema(example = "call_01ja0000000000000000000000")]
    call: Option<String>,
    #[schema(example = "+14155550101")]
    number: Option<String>,
    #[schema(example = "United States")]
    destination: Option<String>,
    billed_seconds: Option<i64>,
}

/// Show a statement
#[utoipa::path(get, path = "/api/v1/accounts/{id}/statements/{month}", operation_id = "show_statement", tag = "accounts",
    params(("id" = String, Path), ("month" = String, Path, description = "Such as 2026-11"), ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = StatementBody, description = "The month, and a page of what moved in it"),
        (status = 404, description = "not_found")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "account")?;
    let name = request.match_info().get("month").unwrap_or_default();
    let month: Month = name.parse().map_err(|_| ApiError::not_found("month", name))?;
    if month.begin() > app.clock.now() {
        return Err(ApiError::not_found("month", name));
    }
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let read = app.db.read(move |tx| statement(tx, &id, month, paging.after.as_deref(), paging.fetch() - 1));
    Ok(HttpResponse::Ok().json(body(read.await?)))
}

fn body(statement: Statement) -> StatementBody {
    StatementBody {
        account: statement.account.id,
        month: statement.month.to_string(),
        time_zone: TIME_ZONE,
        currency: statement.account.currency.to_string(),
        opening: statement.opening.to_string(),
        closing: statement.closing.to_string(),
        sums: statement.sums.into_iter().map(sum).collect(),
        items: statement.lines.into_iter().map(line).collect(),
        next: statement.next,
    }
}

fn sum(sum: Sum) -> SumBody {
    SumBody { kind: sum.kind.code(), country: sum.country, amount: sum.amount.to_string(), count: sum.count }
}

fn line(line: Line) -> StatementLineBody {
    let leg = line.leg;
    StatementLineBody {
        id: line.entry.id,
        at: line.entry.at,
        kind: line.kind.code(),
        amount: line.amount.to_string(),
        note: line.entry.note,
        billed_seconds: leg.as_ref().map(|leg| leg.billed_seconds),
        call: leg.as_ref().map(|leg| leg.call.clone()),
        number: leg.as_ref().map(|leg| leg.number.clone()),
        destination: leg.map(|leg| leg.destination),
    }
}
