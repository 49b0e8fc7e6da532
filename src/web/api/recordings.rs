//! Recordings of calls: how far each is, until when it is kept, and deleting it before.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::{actor, onlooker};
use super::calls::find;
use super::input::{Query, path_id};
use crate::app::App;
use crate::domain::call::supervision::Onlooker;
use crate::domain::recording::{Forgotten, Recording};
use crate::flows::recordings::forget_recording;
use crate::storage::recordings;
use crate::web::error::ApiError;
use crate::web::user::call::recordings::STILL_GOES_ON;

#[derive(Serialize, ToSchema)]
pub struct RecordingBody {
    #[schema(example = "rec_01ja0000000000000000000000")]
    id: String,
    #[schema(example = "call_01ja0000000000000000000000")]
    call: String,
    /// The leg of whose phone it is; null if the whole room is recorded.
    #[schema(example = "leg_01ja0000000000000000000000")]
    leg: Option<String>,
    /// `in-progress`, `paused`, `stopped` while its file is being made, `completed`, `absent` if there was nothing to
    /// record, or `deleted`.
    #[schema(example = "completed")]
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    started_at: DateTime<Utc>,
    /// Its length, once it is completed.
    seconds: Option<i64>,
    /// It is deleted at the carrier then.
    #[schema(value_type = String, format = DateTime)]
    keep_until: DateTime<Utc>,
    #[schema(value_type = Option<String>, format = DateTime)]
    deleted_at: Option<DateTime<Utc>>,
    /// The carrier's name of it.
    #[schema(example = "RE00000000000000000000000000000001")]
    carrier_sid: String,
    /// Where its file is at the carrier, who may want its own password; only for tokens with the scope
    /// `calls:supervise`.
    #[schema(example = json!(null))]
    media_url: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct RecordingList {
    items: Vec<RecordingBody>,
}

/// List recordings of a call
#[utoipa::path(get, path = "/api/v1/calls/{id}/recordings", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, body = RecordingList, description = "Oldest first, deleted ones too")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    Query::read(&request).done()?;
    let (id, eyes) = (path_id(&request, "call")?, onlooker(&request));
    let found = app.db.read(move |tx| {
        let call = find(tx, &id)?;
        Ok::<_, ApiError>(recordings::of_call(tx, &call.account, &call.id)?)
    });
    let items = found.await?.into_iter().map(|recording| body(recording, eyes)).collect();
    Ok(HttpResponse::Ok().json(RecordingList { items }))
}

/// Show a recording
#[utoipa::path(get, path = "/api/v1/recordings/{id}", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, body = RecordingBody, description = "The recording")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    Query::read(&request).done()?;
    let (id, eyes) = (path_id(&request, "recording")?, onlooker(&request));
    let found = app.db.read(move |tx| recordings::find(tx, &id)?.ok_or_else(|| ApiError::not_found("recording", &id)));
    Ok(HttpResponse::Ok().json(body(found.await?, eyes)))
}

/// Delete a recording
///
/// The carrier is told to; the recording is `deleted` when it has done so. Deleting it again changes nothing.
#[utoipa::path(post, path = "/api/v1/recordings/{id}/delete", tag = "calls", params(("id" = String, Path)),
    responses((status = 202, body = RecordingBody, description = "It is being deleted, or is already"),
        (status = 409, description = "recording_goes_on")))]
pub async fn delete(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "recording")?;
    let (by, eyes, now) = (actor(&request), onlooker(&request), app.clock.now());
    let (recording, forgotten) = app.db.write(move |tx| forget_recording(tx, &id, &by, now)).await?;
    match forgotten {
        Forgotten::Now | Forgotten::Already => Ok(HttpResponse::Accepted().json(body(recording, eyes))),
        Forgotten::GoesOn => Err(ApiError::conflict("recording_goes_on", STILL_GOES_ON.to_owned())),
    }
}

fn body(recording: Recording, eyes: Onlooker) -> RecordingBody {
    RecordingBody {
        state: recording.state.code(),
        media_url: recording.media_url.filter(|_| eyes == Onlooker::House),
        id: recording.id,
        call: recording.call,
        leg: recording.leg,
        started_at: recording.started_at,
        seconds: recording.seconds,
        keep_until: recording.keep_until,
        deleted_at: recording.deleted_at,
        carrier_sid: recording.carrier_sid,
    }
}
