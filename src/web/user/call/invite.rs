//! Inviting somebody into a call who pays for their own phone: the answer shows the address once. Until somebody came it
//! can be revoked.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use crate::app::App;
use crate::domain::invitation::LIVES_FOR;
use crate::flows::invitations::{Invited, invite, revoke_invitation};
use crate::ids;
use crate::storage::invitations;
use crate::web::auth::Right;
use crate::web::auth::who::Person;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;
use crate::web::user::join;

#[derive(Template)]
#[template(path = "user/invitation.html")]
struct InvitationPage {
    layout: Layout,
    call: String,
    /// `None`: it was shown before.
    address: Option<String>,
    minutes: i64,
}

pub async fn post(
    Peer(from): Peer,
    app: Data<App>,
    person: Person,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let call = super::allowed(&app, &person, Right::SteerCalls, &id).await?;
    let key = pages::id(posted.text("request_key")).unwrap_or_else(|_| ids::new("req"));
    let (asked, by, now) = (call.clone(), person.user.email, app.clock.now());
    let make = app.db.write_from(from, move |tx| invite(tx, &asked, LIVES_FOR, &key, &by, now));
    let address = match make.await? {
        Invited::Invitation { token, .. } => Some(join::address(&app, &token)),
        Invited::Already(_) => None,
        Invited::Refused(refusal) => return Err(PageError::Refused(refusal.to_string())),
    };
    let page = InvitationPage { layout: person.layout, call, address, minutes: LIVES_FOR.num_minutes() };
    html(StatusCode::OK, &page)
}

/// Whoever may invite into the call may revoke. Somebody else's looks like none.
pub async fn revoke(
    Peer(from): Peer,
    app: Data<App>,
    person: Person,
    id: Path<String>,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let id = pages::id(&id)?;
    let wanted = id.clone();
    let (invitation, _) = app.db.read(move |tx| invitations::find(tx, &wanted)).await?.ok_or(PageError::NotFound)?;
    let call = super::allowed(&app, &person, Right::SteerCalls, &invitation.call).await?;
    let (by, now) = (person.user.email, app.clock.now());
    app.db.write_from(from, move |tx| revoke_invitation(tx, &id, &by, now)).await?;
    Ok(see_other(&format!("/calls/{call}")))
}
