//! Deletes a recording at the carrier whose time is over. That it is gone already is as good.

use super::carrier::{open_matter, order};
use super::{Done, JobError};
use crate::app::App;
use crate::flows::recordings::{due, recording_deleted};
use crate::voice::{Order, Outcome};

pub async fn run(app: &App, recording: String) -> Result<Done, JobError> {
    let (id, now) = (recording.clone(), app.clock.now());
    let Some(found) = app.db.read(move |tx| due(tx, &id, now)).await? else { return Ok(Done::Finished) };
    match order(app, Order::DeleteRecording { recording_sid: found.carrier_sid }).await {
        Outcome::Done | Outcome::Gone => {
            let now = app.clock.now();
            app.db.write(move |tx| recording_deleted(tx, &recording, now)).await?;
            Ok(Done::Finished)
        }
        other @ (Outcome::Call(_)
        | Outcome::Calls(_)
        | Outcome::CallsListed { .. }
        | Outcome::Conferences(_)
        | Outcome::Participant(_)
        | Outcome::Participants(_)
        | Outcome::Recordings(_)
        | Outcome::Refused { .. }
        | Outcome::NotDone { .. }
        | Outcome::Unknown(_)) => Err(open_matter(&other)),
    }
}
