//! Conversions of currencies, by which cost decks in another currency are priced.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query, invalid, path_id};
use super::{Page, created};
use crate::app::App;
use crate::domain::conversion::{Conversion, rate};
use crate::domain::currency::Currency;
use crate::domain::deck;
use crate::flows::keep_conversions::keep;
use crate::storage::conversions::{self, Listed};
use crate::web::error::ApiError;

/// So much of one currency is one unit of another, from a moment on.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewConversion {
    #[schema(example = "USD", pattern = "^[A-Za-z]{3}$")]
    from: String,
    #[schema(example = "EUR", pattern = "^[A-Za-z]{3}$")]
    to: String,
    /// Above 0, with at most 12 digits after the point.
    #[schema(example = "0.92")]
    rate: String,
    /// A day or a time; at once if not given.
    #[schema(format = DateTime, example = "2026-11-21T00:00:00Z")]
    effective_from: Option<String>,
}

/// A row is never changed; a newer one goes before it.
#[derive(Serialize, ToSchema)]
pub struct ConversionBody {
    #[schema(example = "conv_01ja0000000000000000000000")]
    id: String,
    #[schema(example = "USD", pattern = "^[A-Z]{3}$")]
    from: &'static str,
    #[schema(example = "EUR", pattern = "^[A-Z]{3}$")]
    to: &'static str,
    #[schema(example = "0.92")]
    rate: String,
    #[schema(value_type = String, format = DateTime)]
    effective_from: chrono::DateTime<chrono::Utc>,
    #[schema(example = "owner@example.com")]
    added_by: String,
    #[schema(value_type = String, format = DateTime)]
    added_at: chrono::DateTime<chrono::Utc>,
}

/// List conversions of currencies
#[utoipa::path(get, path = "/api/v1/conversions", operation_id = "list_conversions", tag = "rates",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<ConversionBody>, description = "The newest rows first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let (after, fetch) = (paging.after.clone(), paging.fetch());
    let rows = app.db.read(move |tx| Ok::<_, ApiError>(conversions::list(tx, after.as_deref(), fetch)?)).await?;
    let (rows, next) = paging.cut(rows, |row| row.id.clone());
    Ok(HttpResponse::Ok().json(Page { items: rows.into_iter().map(body).collect(), next }))
}

/// Add a conversion of currencies
///
/// One that stands there already with the same rate is not added again.
#[utoipa::path(post, path = "/api/v1/conversions", operation_id = "add_conversion", tag = "rates",
    request_body = NewConversion,
    responses((status = 201, body = ConversionBody, description = "The row")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let (from, to): (Currency, Currency) = (fields.parsed("from")?, fields.parsed("to")?);
    let rate = rate(&fields.text("rate")?).map_err(|why| invalid("rate", &format!("cannot be so: {why}")))?;
    let at = fields.optional_text("effective_from")?.map(|given| deck::time(&given)).transpose();
    let at = at.map_err(|why| invalid("effective_from", &format!("cannot be read: {why}")))?;
    fields.done()?;
    let now = app.clock.now();
    let given = Conversion::new(from, to, rate, at.unwrap_or(now));
    let given = given.map_err(|why| invalid("to", &format!("cannot be so: {why}")))?;
    let actor = actor(&request);
    let kept = app.db.write(move |tx| {
        let (id, _) = keep(tx, &given, &actor, now)?;
        conversions::find(tx, &id)?.ok_or_else(|| ApiError::not_found("conversion", &id))
    });
    let kept = kept.await?;
    Ok(created(&format!("/api/v1/conversions/{}", kept.id), body(kept)))
}

/// Show a conversion of currencies
#[utoipa::path(get, path = "/api/v1/conversions/{id}", operation_id = "show_conversion", tag = "rates",
    params(("id" = String, Path)),
    responses((status = 200, body = ConversionBody, description = "The row")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    Query::read(&request).done()?;
    let id = path_id(&request, "conversion")?;
    let found =
        app.db.read(move |tx| conversions::find(tx, &id)?.ok_or_else(|| ApiError::not_found("conversion", &id)));
    Ok(HttpResponse::Ok().json(body(found.await?)))
}

fn body(row: Listed) -> ConversionBody {
    let Conversion { from, to, rate, effective_from } = row.conversion;
    ConversionBody {
        id: row.id,
        from: from.code(),
        to: to.code(),
        rate: rate.to_string(),
        effective_from,
        added_by: row.added_by,
        added_at: row.added_at,
    }
}
