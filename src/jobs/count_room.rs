//! Somebody left the room of a call: counts who is there, until somebody keeps somebody company or the call is over.

use super::carrier::{call, open_matter, order};
use super::{Done, JobError};
use crate::app::App;
use crate::domain::call::Call;
use crate::flows::count_room::room_counted;
use crate::voice::{Order, Outcome};

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    let found = call(app, id.clone()).await?;
    if !found.is_running() {
        return Ok(Done::Finished);
    }
    // Whoever moves will be counted afterwards.
    let present = if found.is_moving() { vec![] } else { present(app, &found).await? };
    let (grace, now) = (app.config.rules.timing.alone, app.clock.now());
    let again = app.db.write(move |tx| room_counted(tx, &id, &present, grace, now)).await?;
    Ok(again.map_or(Done::Finished, Done::Again))
}

/// The carrier's calls in the room. It is looked for by its name: the conference we know of may be an older one.
async fn present(app: &App, call: &Call) -> Result<Vec<String>, JobError> {
    let living = match order(app, Order::FindConference { room: call.room.clone() }).await {
        Outcome::Conferences(found) => found,
        Outcome::Gone => vec![],
        other => return Err(open_matter(&other)),
    };
    let mut present = vec![];
    for conference in living {
        match order(app, Order::ListParticipants { conference_sid: conference.conference_sid }).await {
            Outcome::Participants(call_sids) => present.extend(call_sids),
            Outcome::Gone => {}
            other => return Err(open_matter(&other)),
        }
    }
    Ok(present)
}
