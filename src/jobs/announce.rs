//! Has something said into a running call. It waits for whoever is on hold or out of the room, as long as it is true and
//! worth saying.

use chrono::{DateTime, TimeDelta, Utc};

use super::carrier::{call, conference_sid, order};
use super::{Done, JobError};
use crate::app::App;
use crate::domain::call::announcement::{Announcement, Hearing};
use crate::flows::announce::{announced, last_minute};
use crate::voice::{Order, Outcome, Place};

const BEFORE_TRYING_AGAIN: TimeDelta = TimeDelta::seconds(2);

/// What is to be said, to whom, and until when.
#[derive(Debug, Clone)]
pub struct Wish {
    pub call: String,
    pub announcement: Announcement,
    pub leg: Option<String>,
    pub until: DateTime<Utc>,
}

pub async fn run(app: &App, wish: Wish) -> Result<Done, JobError> {
    let found = call(app, wish.call.clone()).await?;
    let now = app.clock.now();
    let again = Done::Again(now + BEFORE_TRYING_AGAIN);
    if !found.still_true(wish.announcement, now) || now >= wish.until {
        return over(app, wish, false).await;
    }
    let listener = match found.hears(wish.leg.as_deref()) {
        Hearing::Never => return over(app, wish, false).await,
        Hearing::NotYet => return Ok(again),
        Hearing::Now => wish.leg.as_deref().and_then(|leg| found.leg(leg)).map(|leg| leg.call_sid.clone()),
    };
    let Some(conference_sid) = conference_sid(app, &found).await? else { return Ok(again) };
    let place = Place::Announcement { call: found.id.clone(), announcement: wish.announcement };
    let announcement_url = app.carrier.url(&place);
    let wanted = match listener {
        Some(Some(call_sid)) => Order::Announce { conference_sid, call_sid, announcement_url },
        Some(None) => return Ok(again),
        None => Order::AnnounceRoom { conference_sid, announcement_url },
    };
    match order(app, wanted).await {
        Outcome::Participant(_) | Outcome::Done => over(app, wish, true).await,
        Outcome::Refused { code, message } => {
            tracing::warn!(call = wish.call, announcement = %wish.announcement, code, message, "an announcement was refused");
            over(app, wish, false).await
        }
        Outcome::Gone
        | Outcome::NotDone { .. }
        | Outcome::Unknown(_)
        | Outcome::Call(_)
        | Outcome::Calls(_)
        | Outcome::CallsListed { .. }
        | Outcome::Conferences(_)
        | Outcome::Recordings(_)
        | Outcome::Participants(_) => Ok(again),
    }
}

async fn over(app: &App, wish: Wish, heard: bool) -> Result<Done, JobError> {
    let now = app.clock.now();
    let noted =
        move |tx: &mut crate::storage::Tx| announced(tx, &wish.call, wish.announcement, wish.leg.clone(), heard, now);
    app.db.write(noted).await?;
    Ok(Done::Finished)
}

/// The last minute of a call: does somebody have to say so?
pub async fn look_at_last_minute(app: &App, call: String) -> Result<Done, JobError> {
    let (rules, now) = (app.config.rules, app.clock.now());
    let again = app.db.write(move |tx| last_minute(tx, &call, &rules, now)).await?;
    Ok(again.map_or(Done::Finished, Done::Again))
}
