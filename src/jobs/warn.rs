//! Tells the payer, or who stands for it, that the paid time is nearly up. A warning that cannot be spoken soon is not spoken at all.

use chrono::TimeDelta;

use super::carrier::{call, conference_sid, order};
use super::{Done, JobError};
use crate::app::App;
use crate::domain::call::record::Record;
use crate::flows::call_changed::note;
use crate::voice::{Announcement, Order, Outcome, Place};

/// The words need a moment to be spoken before the notice comes.
const WORTH_SPEAKING: TimeDelta = TimeDelta::seconds(4);
const BEFORE_TRYING_AGAIN: TimeDelta = TimeDelta::seconds(2);

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    let found = call(app, id.clone()).await?;
    let now = app.clock.now();
    let in_time = found.deadline.is_some_and(|deadline| deadline - now > WORTH_SPEAKING);
    if !found.is_running() || !in_time {
        return Ok(Done::Finished);
    }
    let (Some(conference_sid), Some(call_sid)) = (conference_sid(app, &found).await?, found.anchor().call_sid.clone())
    else {
        return Ok(Done::Again(now + BEFORE_TRYING_AGAIN));
    };
    let place = Place::Announcement { call: id.clone(), announcement: Announcement::TimeIsNearlyUp };
    let announcement_url = app.carrier.url(&place);
    match order(app, Order::Announce { conference_sid, call_sid, announcement_url }).await {
        Outcome::Participant(_) | Outcome::Done => {
            app.db.write(move |tx| note(tx, &id, Record::Warned, now)).await?;
            Ok(Done::Finished)
        }
        Outcome::Refused { code, message } => {
            tracing::warn!(call = id, code, message, "the warning was refused");
            Ok(Done::Finished)
        }
        Outcome::Gone
        | Outcome::NotDone { .. }
        | Outcome::Unknown(_)
        | Outcome::Call(_)
        | Outcome::Calls(_)
        | Outcome::Conferences(_)
        | Outcome::Participants(_) => Ok(Done::Again(now + BEFORE_TRYING_AGAIN)),
    }
}
