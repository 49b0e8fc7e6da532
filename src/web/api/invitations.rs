//! Invitations into a running call: make, look, revoke.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::actor;
use super::created;
use super::idempotency::ShownOnce;
use super::input::{Fields, invalid, path_id};
use crate::app::App;
use crate::domain::invitation::{Invitation, LIVES_FOR, MOST_MINUTES};
use crate::flows::invitations::{Invited, invite, revoke_invitation};
use crate::ids;
use crate::storage::invitations;
use crate::web::error::ApiError;
use crate::web::peer::Peer;
use crate::web::user::join;

/// For how long to invite.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body that `Fields` reads")]
pub struct NewInvitation {
    /// It is good for so long; 15 if not given.
    #[schema(example = 15, minimum = 1, maximum = 240)]
    minutes: Option<i64>,
}

/// An invitation into a call, for one phone that the account of whoever opens it pays for.
#[derive(Serialize, ToSchema)]
pub struct InvitationBody {
    #[schema(example = "inv_01ja0000000000000000000000")]
    id: String,
    call: String,
    /// `open`, `used`, `expired` or `revoked`.
    #[schema(example = "open")]
    state: &'static str,
    #[schema(example = "owner@example.com")]
    made_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: DateTime<Utc>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: DateTime<Utc>,
    /// The leg of whoever came.
    #[schema(example = json!(null))]
    leg: Option<String>,
    /// What to give away: only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://talk.example/join/inv_01ja0000000000000000000000_5f0c…")]
    url: Option<String>,
}

/// Invite into a call
///
/// Whoever opens its address, is signed in and confirms brings one phone into the call and pays for it. The answer is the
/// only place the address is ever shown; repeating the request with its key shows it no more.
#[utoipa::path(post, path = "/api/v1/calls/{id}/invitations", operation_id = "invite", tag = "calls", request_body = NewInvitation,
    params(("id" = String, Path)),
    responses((status = 201, body = InvitationBody, description = "The invitation with its address"),
        (status = 409, description = "call_is_over, call_not_begun, is_a_guest, secret_shown_once")))]
pub async fn create(
    Peer(from): Peer,
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, ApiError> {
    let call = path_id(&request, "call")?;
    let mut fields = Fields::read(&request, payload).await?;
    let lives_for = match fields.whole_number("minutes", MOST_MINUTES)? {
        None => LIVES_FOR,
        Some(0) => return Err(invalid("minutes", "must be from 1 to 240")),
        Some(minutes) => TimeDelta::minutes(minutes),
    };
    fields.done()?;
    // A repeated request does not come so far.
    let (actor, key, now) = (actor(&request), ids::new("req"), app.clock.now());
    let make = app.db.write_from(from, move |tx| invite(tx, &call, lives_for, &key, &actor, now));
    match make.await? {
        Invited::Invitation { invitation, token } => {
            let (location, url) = (format!("/api/v1/invitations/{}", invitation.id), join::address(&app, &token));
            let mut response = created(&location, body(invitation, Some(url), now));
            response.extensions_mut().insert(ShownOnce);
            Ok(response)
        }
        Invited::Already(invitation) => Ok(HttpResponse::Ok().json(body(invitation, None, now))),
        Invited::Refused(refusal) => Err(refusal.into()),
    }
}

/// Show an invitation
#[utoipa::path(get, path = "/api/v1/invitations/{id}", operation_id = "show_invitation", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, body = InvitationBody, description = "The invitation, without its address")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let (id, now) = (path_id(&request, "invitation")?, app.clock.now());
    let found = app.db.read(move |tx| {
        let found = invitations::find(tx, &id)?;
        found.ok_or_else(|| ApiError::not_found("invitation", &id))
    });
    let (invitation, _) = found.await?;
    Ok(HttpResponse::Ok().json(body(invitation, None, now)))
}

/// Revoke an invitation
///
/// Nobody comes by it from now on; whoever came stays. Revoking it again changes nothing.
#[utoipa::path(post, path = "/api/v1/invitations/{id}/revoke", operation_id = "revoke_invitation", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, body = InvitationBody, description = "The invitation, revoked")))]
pub async fn revoke(Peer(from): Peer, request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "invitation")?;
    let (actor, now) = (actor(&request), app.clock.now());
    let invitation = app.db.write_from(from, move |tx| revoke_invitation(tx, &id, &actor, now)).await?;
    Ok(HttpResponse::Ok().json(body(invitation, None, now)))
}

fn body(invitation: Invitation, url: Option<String>, now: DateTime<Utc>) -> InvitationBody {
    InvitationBody {
        state: invitation.standing(now).code(),
        id: invitation.id,
        call: invitation.call,
        made_by: invitation.made_by,
        created_at: invitation.created_at,
        expires_at: invitation.expires_at,
        leg: invitation.used_by,
        url,
    }
}
