//! What was refused to accounts.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use super::input::{Query, moment};
use crate::app::App;
use crate::domain::refused::Refusals;
use crate::domain::setting::Choice;
use crate::storage::refusals::{self, Filter};
use crate::web::error::ApiError;

/// Refusals that were alike within a minute.
#[derive(Serialize, ToSchema)]
pub struct RefusalsBody {
    #[schema(example = "rfs_01ja0000000000000000000000")]
    id: String,
    #[schema(example = "acc_01ja0000000000000000000000")]
    account: String,
    /// What was wanted: `dial`, `add`, `transfer`, `join`, `operate`, `redeem` or `top_up`.
    #[schema(example = "dial")]
    wanted: &'static str,
    /// `page`, `api`, `link` or `access_number`.
    #[schema(example = "page")]
    way: &'static str,
    #[schema(example = "destination_blocked")]
    code: String,
    /// How the number begins that it was about; empty if it was about none.
    #[schema(example = "+881621")]
    beginning: String,
    /// The country of that number.
    #[schema(example = "")]
    destination: String,
    /// As it was said last.
    #[schema(
        example = "Your plan does not allow calls to satellite phones and networks without a country, so +881612345678 cannot be called. Ask your provider."
    )]
    sentence: String,
    times: i64,
    /// The minute.
    #[schema(value_type = String, format = DateTime)]
    at: DateTime<Utc>,
    #[schema(value_type = String, format = DateTime)]
    last_at: DateTime<Utc>,
}

/// List what was refused
#[utoipa::path(get, path = "/api/v1/refusals", operation_id = "list_refusals", tag = "alerts",
    params(("account" = Option<String>, Query), ("code" = Option<String>, Query),
        ("from" = Option<String>, Query, description = "RFC 3339"),
        ("until" = Option<String>, Query, description = "RFC 3339, not included"),
        ("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<RefusalsBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    let filter = Filter {
        account: query.optional("account")?,
        code: query.optional("code")?,
        from: moment(&mut query, "from")?,
        until: moment(&mut query, "until")?,
    };
    query.done()?;
    let page = app.db.read(move |tx| {
        let found = refusals::list(tx, &filter, paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |refusals| refusals.id.clone());
        Ok::<_, ApiError>(Page { items: found.into_iter().map(body).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

fn body(refusals: Refusals) -> RefusalsBody {
    RefusalsBody {
        wanted: refusals.deed.code(),
        way: refusals.way.code(),
        id: refusals.id,
        account: refusals.account,
        code: refusals.code,
        beginning: refusals.beginning,
        destination: refusals.destination,
        sentence: refusals.sentence,
        times: refusals.times,
        at: refusals.minute,
        last_at: refusals.last_at,
    }
}
