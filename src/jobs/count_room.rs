//! Somebody left the room of a call: counts who is there, until somebody keeps somebody company or the call is over.

use super::carrier::{call, open_matter, order};
use super::guests::{self, host_of};
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
    let host = host_of(app, &found).await?;
    if let (Some(leg), Some(false)) = (&found.host, host.as_ref().map(Call::is_running)) {
        return guests::tell(app, leg.leg.clone()).await;
    }
    // Whoever moves will be counted afterwards.
    let moving = found.is_moving() || host.as_ref().is_some_and(Call::is_moving);
    let present = if moving { None } else { Some(present(app, &found, host.as_ref()).await?) };
    let (grace, now) = (app.config.rules.timing.alone, app.clock.now());
    let again = app.db.write(move |tx| room_counted(tx, &id, present.as_deref(), grace, now)).await?;
    Ok(again.map_or(Done::Finished, Done::Again))
}

/// The carrier's calls in the room that keep company. It is looked for by its name: the conference we know of may be an
/// older one.
async fn present(app: &App, call: &Call, host: Option<&Call>) -> Result<Vec<String>, JobError> {
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
    let supervises =
        |sid: &String| host.is_some_and(|host| host.supervisors().any(|leg| leg.call_sid.as_ref() == Some(sid)));
    present.retain(|sid| !supervises(sid));
    Ok(present)
}
