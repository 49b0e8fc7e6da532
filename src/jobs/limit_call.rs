//! Moves the carrier's limit of a leg's whole call to what the books authorise, counted from its answer. The first
//! instructions come after the answer, so the carrier's end is never later than the books'.

use chrono::TimeDelta;

use super::carrier::{call_of_leg, open_matter, order};
use super::{Done, JobError};
use crate::app::App;
use crate::flows::Job;
use crate::voice::{Order, Outcome};

const BEFORE_ASKING_AGAIN: TimeDelta = TimeDelta::seconds(1);

pub async fn run(app: &App, leg: String) -> Result<Done, JobError> {
    let (_, found) = call_of_leg(app, &leg).await?;
    let (Some(call_sid), true) = (found.call_sid.clone(), found.is_in()) else { return Ok(Done::Finished) };
    // It counts from the answer, before which nobody listened for a machine.
    let limit_seconds = found.authorised_seconds() + found.detection_seconds();
    match order(app, Order::LimitCall { call_sid, limit_seconds }).await {
        Outcome::Call(_) | Outcome::Done => Ok(Done::Finished),
        // Setting it twice sets it once.
        Outcome::Unknown(_) | Outcome::NotDone { .. } => Ok(Done::Again(app.clock.now() + BEFORE_ASKING_AGAIN)),
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
        | Outcome::Refused { .. }) => Err(open_matter(&other)),
    }
}
