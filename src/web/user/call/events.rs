//! What keeps a call's page up to date: its facts, whenever they have changed.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};

use super::snapshot::{millis, snapshot};
use crate::app::App;
use crate::flows::FlowError;
use crate::storage::users::User;
use crate::storage::{Tx, calls};
use crate::web::auth::Right;
use crate::web::auth::who::{Person, may, onlooker};
use crate::web::pages::error::PageError;
use crate::web::pages::feed::{Look, Stamped, feed, signed_out};

pub async fn get(
    req: HttpRequest,
    app: Data<App>,
    person: Result<Person, PageError>,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    let person = match person {
        Err(PageError::SignInFirst) => return Ok(signed_out()),
        person => person?,
    };
    let call = super::allowed(&app, &person, Right::SeeCalls, &id).await?;
    let speed = app.clock.speed();
    feed(&app, &req, move |tx, user, now| look(tx, &call, user, speed, now))
}

/// The right is looked at each time: a role may have changed.
fn look(tx: &mut Tx, call: &str, user: &User, speed: u32, now: DateTime<Utc>) -> Result<Option<Look>, FlowError> {
    if !calls::account_of(tx, call)?.is_some_and(|account| may(user, Right::SeeCalls, &account)) {
        return Ok(None);
    }
    let (facts, moving) = snapshot(tx, call, onlooker(user), now)?;
    let event = Stamped { now: millis(now), speed, facts: &facts, moving };
    Ok(Some(Look::new(facts.records, &facts, &event, facts.over)))
}
