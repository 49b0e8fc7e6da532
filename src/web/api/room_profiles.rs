//! Profiles of rooms: what the conference of a call is like.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::auth::actor;
use super::input::{Fields, Query, path_id};
use super::{created, settings};
use crate::app::App;
use crate::domain::room_profile::SETTINGS;
use crate::flows::room_profiles::{ProfileKept, change_room_profile, make_room_profile};
use crate::storage::room_profiles::{self, NamedProfile};
use crate::web::error::ApiError;

/// The same settings three times: as they are, for a new profile, and for a change. What is read and answered is made
/// of the table in `domain/room_profile.rs`; a test compares the names.
macro_rules! described {
    ($($(#[$says:meta])* $field:ident: $kind:ty,)*) => {
        /// A profile of rooms.
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes what is made of the table of settings")]
        pub struct RoomProfileBody {
            #[schema(example = "room_01ja0000000000000000000000")]
            id: String,
            #[schema(example = "moderated")]
            name: String,
            $($(#[$says])* $field: $kind,)*
        }

        /// What is not mentioned is as in the smallest room: no beep, no music.
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes the body that `Fields` reads")]
        pub struct NewRoomProfile {
            #[schema(example = "board room")]
            name: String,
            $($(#[$says])* $field: Option<$kind>,)*
        }

        /// What is not mentioned stays.
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "describes the body that `Fields` reads")]
        pub struct RoomProfileChange {
            $($(#[$says])* $field: Option<$kind>,)*
        }
    };
}

described! {
    /// When the conversation starts: `anybody`, with two who are there, or `payer`, in a moderated room.
    #[schema(example = "payer")]
    starts: String,
    /// It closes for all at the moment the payer leaves; otherwise the others are hung up a second or two later.
    #[schema(example = true)]
    ends_with_payer: bool,
    /// Others than the payer come in muted.
    muted: bool,
    /// `off`, `both`, `on_enter` or `on_exit`.
    #[schema(example = "off")]
    beep: String,
    /// What is heard until the conversation starts: `silence`, `music`, or the document at `wait_address`: `address`.
    #[schema(example = "music")]
    wait: String,
    /// Where an own document for waiting is; the carrier asks it once. Empty: nowhere.
    #[schema(example = "https://example.com/wait.xml")]
    wait_address: String,
    /// How that address is asked: `post` or `get`.
    #[schema(example = "post")]
    wait_method: String,
    /// Supervisors come on top.
    #[schema(minimum = 2, maximum = 250, example = 10)]
    max_participants: i64,
    /// Phones have labels at the carrier, new for each of their stays.
    labelled: bool,
    /// `off`, `small`, `medium` or `large`.
    #[schema(example = "small")]
    jitter_buffer: String,
    /// `nearest`, or where the carrier mixes the room: `us1`, `us2`, `ie1`, `de1`, `sg1`, `br1`, `au1`, `jp1`.
    #[schema(example = "nearest")]
    region: String,
    /// `off` or `from_start`.
    #[schema(example = "off")]
    record: String,
    /// What a recording loses: `silence` at its ends, or `nothing`.
    #[schema(example = "silence")]
    trim: String,
    /// The carrier's id of how it keeps recordings; empty: its usual.
    #[schema(example = "RC1")]
    recording_configuration: String,
    /// Ask the carrier also for who speaks.
    speaker_events: bool,
    /// Ask the carrier also for what becomes of announcements.
    announcement_events: bool,
}

/// Some of them.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is made of the table of settings")]
pub struct RoomProfiles {
    items: Vec<RoomProfileBody>,
    /// Give this as `after` for the next page; null on the last one.
    next: Option<String>,
}

/// List profiles of rooms
#[utoipa::path(get, path = "/api/v1/room-profiles", tag = "rates",
    params(("after" = Option<String>, Query), ("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = RoomProfiles, description = "Newest first, after those that are always there")))]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let mut query = Query::read(&request);
    let paging = query.paging()?;
    query.done()?;
    let (after, fetch) = (paging.after.clone(), paging.fetch());
    let found = app.db.read(move |tx| Ok::<_, ApiError>(room_profiles::list(tx, after.as_deref(), fetch)?)).await?;
    let (found, next) = paging.cut(found, |profile| profile.id.clone());
    let items: Vec<_> = found.iter().map(body).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next": next })))
}

/// Show a profile of rooms
#[utoipa::path(get, path = "/api/v1/room-profiles/{id}", tag = "rates", params(("id" = String, Path)),
    responses((status = 200, body = RoomProfileBody, description = "The profile")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "room profile")?;
    let found =
        app.db.read(move |tx| room_profiles::find(tx, &id)?.ok_or_else(|| ApiError::not_found("room profile", &id)));
    Ok(HttpResponse::Ok().json(body(&found.await?)))
}

/// Make a profile of rooms
#[utoipa::path(post, path = "/api/v1/room-profiles", tag = "rates", request_body = NewRoomProfile,
    responses((status = 201, body = RoomProfileBody, description = "The profile"),
        (status = 409, description = "already_exists, profile_exists")))]
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let (name, given) = (fields.text("name")?, settings::given(&mut fields, SETTINGS)?);
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    let made = kept(app.db.write(move |tx| make_room_profile(tx, &name, &given, &actor, now)).await?)?;
    Ok(created(&format!("/api/v1/room-profiles/{}", made.id), body(&made)))
}

/// Change a profile of rooms
///
/// Calls that run keep what they began with.
#[utoipa::path(post, path = "/api/v1/room-profiles/{id}/change", operation_id = "change_room_profile", tag = "rates",
    request_body = RoomProfileChange, params(("id" = String, Path)),
    responses((status = 200, body = RoomProfileBody, description = "The profile as it is now")))]
pub async fn change(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "room profile")?;
    let mut fields = Fields::read(&request, payload).await?;
    let given = settings::given(&mut fields, SETTINGS)?;
    fields.done()?;
    let (actor, now) = (actor(&request), app.clock.now());
    let changed = kept(app.db.write(move |tx| change_room_profile(tx, &id, &given, &actor, now)).await?)?;
    Ok(HttpResponse::Ok().json(body(&changed)))
}

fn kept(kept: ProfileKept) -> Result<NamedProfile, ApiError> {
    match kept {
        ProfileKept::Now(profile) | ProfileKept::Already(profile) => Ok(profile),
        ProfileKept::NameTaken => {
            Err(ApiError::conflict("profile_exists", "There is a profile of this name.").at("name"))
        }
        ProfileKept::Bad(bad) => Err(settings::refused(&bad)),
    }
}

fn body(profile: &NamedProfile) -> Value {
    let mut body = settings::shown(SETTINGS, &profile.profile);
    body.insert("id".to_owned(), profile.id.clone().into());
    body.insert("name".to_owned(), profile.name.clone().into());
    body.into()
}
