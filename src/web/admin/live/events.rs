//! What keeps the board up to date.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::board::board;
use crate::app::App;
use crate::flows::FlowError;
use crate::storage::Tx;
use crate::storage::users::User;
use crate::web::auth::{Administrator, Right, Role};
use crate::web::pages::error::PageError;
use crate::web::pages::feed::{Look, Stamped, feed, signed_out};
use crate::web::user::call::snapshot::millis;

/// Nothing besides the facts is sent: browsers move the rest.
#[derive(Serialize)]
struct Nothing {}

pub async fn get(
    req: HttpRequest,
    app: Data<App>,
    who: Result<Administrator, PageError>,
) -> Result<HttpResponse, PageError> {
    let who = match who {
        Err(PageError::SignInFirst) => return Ok(signed_out()),
        who => who?,
    };
    who.require(Right::SeeCalls)?;
    let speed = app.clock.speed();
    feed(&app, &req, move |tx, user, now| look(tx, user, speed, now))
}

/// The right is looked at each time: a role may have changed.
fn look(tx: &mut Tx, user: &User, speed: u32, now: DateTime<Utc>) -> Result<Option<Look>, FlowError> {
    if !Role::of(user).is_some_and(|role| role.may(Right::SeeCalls)) {
        return Ok(None);
    }
    let (facts, _) = board(tx, now)?;
    let event = Stamped { now: millis(now), speed, facts: &facts, moving: Nothing {} };
    let rows = i64::try_from(facts.rows.len()).expect("rows are few");
    Ok(Some(Look::new(rows, &facts, &event, false)))
}
