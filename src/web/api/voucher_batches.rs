//! Batches of vouchers: made, printed once, looked at and voided.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::{actor, who};
use super::idempotency::ShownOnce;
use super::input::{Fields, Query, invalid, path_id};
use super::vouchers::{VoidReason, VoucherBody, key, rendered as voucher};
use super::{Page, created};
use crate::app::App;
use crate::domain::deck;
use crate::domain::voucher::{BadBatch, Batch, MOST_PIECES};
use crate::flows::voucher_batches::{Card, Made, NewBatch as Wanted, Printed, make_batch, print_batch, void_batch};
use crate::storage::{voucher_batches, vouchers};
use crate::web::error::ApiError;
use crate::web::peer;

/// A batch to be made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewBatch {
    #[schema(example = "spring cards", max_length = 100)]
    label: String,
    #[schema(example = "USD")]
    currency: String,
    /// What each voucher is worth.
    #[schema(example = "10.00")]
    face: String,
    #[schema(example = 100, minimum = 1, maximum = 10000)]
    pieces: i64,
    /// A day (from its beginning they are over) or a time; for ever if not given.
    #[schema(example = "2030-01-01")]
    valid_until: Option<String>,
    /// Instead of the header `Idempotency-Key`.
    key: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct BatchBody {
    #[schema(example = "vba_01ja0000000000000000000000")]
    id: String,
    /// How the serial of each begins.
    #[schema(example = "7K2MQX")]
    serial_prefix: String,
    #[schema(example = "spring cards")]
    label: String,
    #[schema(example = "USD")]
    currency: String,
    #[schema(example = "10.00")]
    face: String,
    #[schema(example = 100)]
    pieces: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_until: Option<DateTime<Utc>>,
    #[schema(example = "ada@example.com")]
    made_by: String,
    #[schema(value_type = String, format = DateTime)]
    made_at: DateTime<Utc>,
    /// False as long as it waits for a second person.
    approved: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    printed_at: Option<DateTime<Utc>>,
    #[schema(value_type = Option<String>, format = DateTime)]
    voided_at: Option<DateTime<Utc>>,
}

/// What is printed on cards: shown this once.
#[derive(Serialize, ToSchema)]
pub struct PrintedBody {
    cards: Vec<CardBody>,
}

#[derive(Serialize, ToSchema)]
pub struct CardBody {
    #[schema(example = "7K2MQX-00042")]
    serial: String,
    #[schema(example = "1234 5678 9012 3456")]
    pin: String,
}

/// List batches of vouchers
#[utoipa::path(get, path = "/api/v1/voucher-batches", operation_id = "list_voucher_batches", tag = "vouchers",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<BatchBody>, description = "Newest first")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let page = app.db.read(move |tx| {
        let found = voucher_batches::list(tx, paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |batch| batch.id.clone());
        Ok::<_, ApiError>(Page { items: found.into_iter().map(rendered).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Make a batch of vouchers
///
/// It has no PINs before it is printed. One that is worth much waits for a second person.
#[utoipa::path(post, path = "/api/v1/voucher-batches", operation_id = "make_voucher_batch", tag = "vouchers", request_body = NewBatch,
    params(("Idempotency-Key" = Option<String>, Header, description = "Required, unless the body has `key`. Repeating a key makes one batch.")),
    responses((status = 201, body = BatchBody, description = "Made, to be printed"),
        (status = 202, body = BatchBody, description = "Made, and waits for a second person"),
        (status = 200, body = BatchBody, description = "Made before under this key"),
        (status = 400, description = "missing_idempotency_key"),
        (status = 422, description = "idempotency_key_reused")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let valid_until = fields.optional_text("valid_until")?.map(|given| deck::time(&given)).transpose();
    let wanted = Wanted {
        label: fields.text("label")?,
        currency: fields.parsed("currency")?,
        face: fields.parsed("face")?,
        pieces: fields.whole_number("pieces", MOST_PIECES)?.ok_or_else(|| super::input::missing("pieces"))?,
        valid_until: valid_until.map_err(|why| invalid("valid_until", &format!("cannot be read: {why}")))?,
        key: fields.idempotency_key(&request)?,
    };
    fields.done()?;
    let (who, limits) = (who(&request), app.config.two_persons.clone());
    let (from, now) = (peer::address(&request), app.clock.now());
    let made = app.db.write_from(from, move |tx| make_batch(tx, &wanted, &who, &limits, now));
    match made.await? {
        Made::Batch(batch, None) => Ok(created(&place(&batch), rendered(*batch))),
        Made::Batch(batch, Some(_)) => {
            Ok(HttpResponse::Accepted().insert_header((header::LOCATION, place(&batch))).json(rendered(*batch)))
        }
        Made::Already(batch) => Ok(HttpResponse::Ok().json(rendered(*batch))),
        Made::OtherBatch => {
            let detail = "This key was used for another batch.";
            Err(ApiError::unprocessable("idempotency_key_reused", detail).at("Idempotency-Key"))
        }
        Made::Bad(bad) => Err(ApiError::unprocessable("invalid_field", bad.to_string()).at(field(bad))),
    }
}

fn field(bad: BadBatch) -> &'static str {
    match bad {
        BadBatch::Label => "label",
        BadBatch::Face => "face",
        BadBatch::Pieces => "pieces",
        BadBatch::Over => "valid_until",
    }
}

fn place(batch: &Batch) -> String {
    format!("/api/v1/voucher-batches/{}", batch.id)
}

/// Show a batch of vouchers
#[utoipa::path(get, path = "/api/v1/voucher-batches/{id}", operation_id = "show_voucher_batch", tag = "vouchers", params(("id" = String, Path)),
    responses((status = 200, body = BatchBody, description = "The batch")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "voucher batch")?;
    let found = app.db.read(move |tx| {
        let found = voucher_batches::find(tx, &id)?;
        found.ok_or_else(|| ApiError::not_found("voucher batch", &id))
    });
    Ok(HttpResponse::Ok().json(rendered(found.await?)))
}

/// List the vouchers of a batch
#[utoipa::path(get, path = "/api/v1/voucher-batches/{id}/vouchers", operation_id = "list_vouchers_of_batch", tag = "vouchers",
    params(("id" = String, Path), ("after" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = Page<VoucherBody>, description = "By their serials")))]
pub async fn of_batch(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "voucher batch")?;
    let mut query = Query::read(&request);
    let (paging, now) = (query.paging()?, app.clock.now());
    query.done()?;
    let page = app.db.read(move |tx| {
        voucher_batches::find(tx, &id)?.ok_or_else(|| ApiError::not_found("voucher batch", &id))?;
        let found = vouchers::of_batch(tx, &id, paging.after.as_deref(), paging.fetch())?;
        let (found, next) = paging.cut(found, |voucher| voucher.serial.clone());
        Ok::<_, ApiError>(Page { items: found.into_iter().map(|one| voucher(one, now)).collect(), next })
    });
    Ok(HttpResponse::Ok().json(page.await?))
}

/// Print a batch of vouchers
///
/// The answer is the only place its PINs are ever shown. If it is lost, void the batch and make another.
#[utoipa::path(post, path = "/api/v1/voucher-batches/{id}/print", operation_id = "print_voucher_batch", tag = "vouchers", params(("id" = String, Path)),
    responses((status = 201, body = PrintedBody, description = "Each serial with its PIN"),
        (status = 409, description = "vouchers_off, printed_before, needs_second_person, batch_voided, secret_shown_once, already_exists")))]
pub async fn print(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (id, actor, key) = (path_id(&request, "voucher batch")?, actor(&request), key(&app)?);
    let (from, now) = (peer::address(&request), app.clock.now());
    let printed = app.db.write_from(from, move |tx| print_batch(tx, &key, &id, &actor, now));
    match printed.await? {
        Printed::Cards(batch, cards) => {
            let card = |card: Card| CardBody { pin: card.pin.grouped(), serial: card.serial };
            let body = PrintedBody { cards: cards.into_iter().map(card).collect() };
            let mut response = created(&place(&batch), body);
            response.extensions_mut().insert(ShownOnce);
            Ok(response)
        }
        Printed::Before => Err(ApiError::conflict(
            "printed_before",
            "The PINs of this batch were shown once, and are not known any more.",
        )),
        Printed::NotApproved => Err(ApiError::conflict("needs_second_person", "This batch waits for a second person.")),
        Printed::Voided => Err(ApiError::conflict("batch_voided", "This batch is void.")),
    }
}

/// Void a batch of vouchers
///
/// What of it is not activated yet never will be; what is stays good.
#[utoipa::path(post, path = "/api/v1/voucher-batches/{id}/void", operation_id = "void_voucher_batch", tag = "vouchers", request_body = VoidReason,
    params(("id" = String, Path)),
    responses((status = 200, body = BatchBody, description = "Void")))]
pub async fn void(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (id, actor) = (path_id(&request, "voucher batch")?, actor(&request));
    let mut fields = Fields::read(&request, payload).await?;
    let reason = fields.text("reason")?;
    fields.done()?;
    let (from, now) = (peer::address(&request), app.clock.now());
    let voided = app.db.write_from(from, move |tx| void_batch(tx, &id, &reason, &actor, now));
    Ok(HttpResponse::Ok().json(rendered(voided.await?)))
}

fn rendered(batch: Batch) -> BatchBody {
    BatchBody {
        currency: batch.currency.to_string(),
        face: batch.face.to_string(),
        id: batch.id,
        serial_prefix: batch.prefix,
        label: batch.label,
        pieces: batch.pieces,
        valid_until: batch.valid_until,
        made_by: batch.made_by,
        made_at: batch.made_at,
        approved: batch.approved,
        printed_at: batch.printed_at,
        voided_at: batch.voided_at,
    }
}
