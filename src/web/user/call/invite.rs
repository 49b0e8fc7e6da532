//! Inviting somebody into a call who pays for their own phone: the answer shows the address once.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use crate::app::App;
use crate::domain::invitation::LIVES_FOR;
use crate::flows::invitations::{Invited, invite};
use crate::ids;
use crate::storage::Tx;
use crate::web::auth::Right;
use crate::web::auth::who::Person;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html};
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
    let make = move |tx: &mut Tx| {
        tx.asked_from(from);
        invite(tx, &asked, LIVES_FOR, &key, &by, now)
    };
    let address = match app.db.write(make).await? {
        Invited::Invitation { token, .. } => Some(join::address(&app, &token)),
        Invited::Already(_) => None,
        Invited::Refused(refusal) => return Err(PageError::Refused(refusal.to_string())),
    };
    let page = InvitationPage { layout: person.layout, call, address, minutes: LIVES_FOR.num_minutes() };
    html(StatusCode::OK, &page)
}
