//! Who did what, for programs that keep watch.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use super::input::{Query, moment};
use crate::app::App;
use crate::storage::audit_search::{self, Entry, Filter, LOOKED_AT};
use crate::web::error::ApiError;

/// Who did what to what.
#[derive(Serialize, ToSchema)]
pub struct AuditBody {
    id: String,
    #[schema(value_type = String, format = DateTime)]
    at: DateTime<Utc>,
    /// An administrator's e-mail, or the part of the service.
    actor: String,
    #[schema(example = "block_account")]
    action: String,
    subject: String,
    account: Option<String>,
    before: Option<String>,
    after: Option<String>,
    detail: String,
    /// The address on the network it was asked from, if known.
    address: Option<String>,
}

/// Search the audit log
#[utoipa::path(get, path = "/api/v1/audit", operation_id = "search_audit", tag = "audit",
    params(("actor" = Option<String>, Query), ("action" = Option<String>, Query),
        ("subject" = Option<String>, Query, description = "A subject or an account"),
        ("from" = Option<String>, Query, description = "RFC 3339"),
        ("until" = Option<String>, Query, description = "RFC 3339, not included"),
        ("text" = Option<String>, Query, description = "Somewhere in before, after or detail. It is looked for in 2000 entries at a time: a page may be empty and yet have a `next`."),
        ("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<AuditBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    let filter = Filter {
        actor: query.optional("actor")?,
        action: query.optional("action")?,
        subject: query.optional("subject")?,
        from: moment(&mut query, "from")?,
        until: moment(&mut query, "until")?,
        text: query.optional("text")?,
    };
    query.done()?;
    let most = usize::try_from(paging.limit).expect("it is 1 to 100");
    let found =
        app.db.read(move |tx| audit_search::find(tx, &filter, paging.after.as_deref(), most, LOOKED_AT)).await?;
    let page = Page { items: found.entries.into_iter().map(body).collect(), next: found.next };
    Ok(HttpResponse::Ok().json(page))
}

fn body(entry: Entry) -> AuditBody {
    AuditBody {
        id: entry.id,
        at: entry.at,
        actor: entry.actor,
        action: entry.action,
        subject: entry.subject,
        account: entry.account,
        before: entry.before,
        after: entry.after,
        detail: entry.detail,
        address: entry.from_address,
    }
}
