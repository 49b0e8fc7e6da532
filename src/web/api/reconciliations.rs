//! Our books beside those of others: what was compared, and what differed.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use super::input::{Query, path_id};
use crate::app::App;
use crate::domain::reconcile::{Difference, Reconciliation, Said};
use crate::storage::reconciliations;
use crate::web::error::ApiError;

/// More are on the page of administrators.
const MOST_DIFFERENCES: i64 = 1000;

/// A comparison of our books with somebody else's, for a span of time.
#[derive(Serialize, ToSchema)]
pub struct ReconciliationBody {
    #[schema(example = "rcn_01ja0000000000000000000000")]
    id: String,
    /// What was compared.
    #[schema(example = "payments")]
    kind: &'static str,
    /// With whom.
    #[schema(example = "stripe")]
    source: String,
    #[schema(value_type = String, format = DateTime)]
    from: DateTime<Utc>,
    /// Not included.
    #[schema(value_type = String, format = DateTime)]
    to: DateTime<Utc>,
    /// How many things are the same on both sides.
    alike: i64,
    /// How many are not.
    differing: i64,
    /// Who asked for it.
    actor: String,
    #[schema(value_type = String, format = DateTime)]
    at: DateTime<Utc>,
}

/// A comparison with what differed, at most the first 1000.
#[derive(Serialize, ToSchema)]
pub struct ReconciliationStory {
    #[serde(flatten)]
    #[schema(inline)]
    made: ReconciliationBody,
    differences: Vec<DifferenceBody>,
}

/// Something that only one side has, or both have otherwise.
#[derive(Serialize, ToSchema)]
pub struct DifferenceBody {
    /// What it is.
    #[schema(example = "charge pi_3MtwBwLkdIwHu7ix28a3tqPa")]
    key: String,
    /// `ours`: only we have it; `theirs`: only they do; `both`: both have it, but not alike.
    #[schema(example = "theirs")]
    side: &'static str,
    /// Whose it seems to be.
    #[schema(example = "acc_01ja0000000000000000000000")]
    whose: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: DateTime<Utc>,
    fields: Vec<SaidBody>,
}

/// What each side says of a field; null if it does not have it.
#[derive(Serialize, ToSchema)]
pub struct SaidBody {
    #[schema(example = "amount")]
    name: String,
    #[schema(example = "10.00")]
    ours: Option<String>,
    #[schema(example = "12.50")]
    theirs: Option<String>,
}

/// List comparisons with others
#[utoipa::path(get, path = "/api/v1/reconciliations", tag = "reconciliations",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<ReconciliationBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        let found = reconciliations::list(tx, paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |made| made.id.clone());
        Ok::<_, ApiError>(Page { items: found.into_iter().map(rendered).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Show a comparison with what differed
#[utoipa::path(get, path = "/api/v1/reconciliations/{id}", tag = "reconciliations", params(("id" = String, Path)),
    responses((status = 200, body = ReconciliationStory, description = "The comparison"),
        (status = 404, description = "not_found")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "reconciliation")?;
    let story = app.db.read(move |tx| {
        let made = reconciliations::find(tx, &id)?.ok_or_else(|| ApiError::not_found("reconciliation", &id))?;
        let found = reconciliations::differences(tx, &id, None, MOST_DIFFERENCES)?;
        let differences = found.into_iter().map(|(_, one)| difference(one)).collect();
        Ok::<_, ApiError>(ReconciliationStory { made: rendered(made), differences })
    });
    Ok(HttpResponse::Ok().json(story.await?))
}

fn rendered(made: Reconciliation) -> ReconciliationBody {
    ReconciliationBody {
        id: made.id,
        kind: made.kind.code(),
        source: made.source,
        from: made.span.from,
        to: made.span.to,
        alike: made.alike,
        differing: made.differing,
        actor: made.actor,
        at: made.at,
    }
}

fn difference(one: Difference) -> DifferenceBody {
    let said = |Said { name, ours, theirs }| SaidBody { name, ours, theirs };
    let fields = one.fields.into_iter().map(said).collect();
    DifferenceBody { key: one.key, side: one.side.code(), whose: one.account, at: one.at, fields }
}
