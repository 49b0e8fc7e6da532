//! Redirects a leg to its newest instructions. Its flag is false, or it is out of the room, so the room stays.

use chrono::TimeDelta;

use super::carrier::{call_of_leg, document_url, open_matter, order};
use super::coaches::silence_coaches;
use super::{Done, JobError};
use crate::app::App;
use crate::domain::call::Whereabouts;
use crate::flows::Job;
use crate::voice::{Order, Outcome};

/// A redirect that was taken is followed by the request for the document within about a second.
pub const UNTIL_THE_DOCUMENT_IS_ASKED: TimeDelta = TimeDelta::seconds(4);

pub async fn run(app: &App, leg: String) -> Result<Done, JobError> {
    let (call, found) = call_of_leg(app, &leg).await?;
    let now = app.clock.now();
    // A last word and the notice are heard while the call ends, too.
    let wanted = call.is_running() || matches!(found.whereabouts, Whereabouts::Leaving(_)) || call.ends_by_us();
    let Some(call_sid) = found.call_sid.clone().filter(|_| wanted && call.needs_renewal_alone(&leg)) else {
        return Ok(Done::Finished);
    };
    if found.authorised_until.is_some_and(|until| until <= now) && !call.ends_by_us() {
        return Ok(Done::Finished);
    }
    silence_coaches(app, &call, &found).await;
    let document_url = document_url(app, &found);
    match order(app, Order::Redirect { call_sid, document_url }).await {
        // Accepted, or perhaps: the request for the document proves it. If none comes, once more.
        Outcome::Call(_) | Outcome::Done | Outcome::Unknown(_) => Ok(Done::Again(now + UNTIL_THE_DOCUMENT_IS_ASKED)),
        Outcome::Gone => {
            let now = app.clock.now();
            app.db.write(move |tx| Job::AskCarrier { leg }.enqueue(tx, now)).await?;
            Ok(Done::Finished)
        }
        other @ (Outcome::Calls(_)
        | Outcome::CallsListed { .. }
        | Outcome::Conferences(_)
        | Outcome::Participant(_)
        | Outcome::Recordings(_)
        | Outcome::Participants(_)
        | Outcome::Refused { .. }
        | Outcome::NotDone { .. }) => Err(open_matter(&other)),
    }
}
