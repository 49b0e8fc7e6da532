//! Makes a leg in the room as the books want it: on hold or not, muted or not, heard by one or by all. It comes back until
//! the carrier's answer shows it so.

use chrono::TimeDelta;

use super::carrier::{call_of_leg, conference_sid, order};
use super::renew_payer::participant;
use super::{Done, JobError};
use crate::app::App;
use crate::domain::call::{Call, Leg, Whereabouts};
use crate::voice::{Coaching, Order, ParticipantChange, Place};

/// While it rejoins it is not in the room for a moment.
const BEFORE_LOOKING_AGAIN: TimeDelta = TimeDelta::seconds(1);

pub async fn run(app: &App, leg: String) -> Result<Done, JobError> {
    let (call, found) = call_of_leg(app, &leg).await?;
    if !call.is_running() || !found.is_in() || found.whereabouts != Whereabouts::Room {
        return Ok(Done::Finished);
    }
    let again = Done::Again(app.clock.now() + BEFORE_LOOKING_AGAIN);
    let (Some(conference_sid), Some(call_sid)) = (conference_sid(app, &call).await?, found.call_sid.clone()) else {
        return Ok(again);
    };
    let Some(coaching) = coaching(&call, &found) else { return Ok(again) };
    let change = ParticipantChange {
        hold: Some(found.stance.hold),
        hold_url: found.stance.hold.then(|| app.carrier.url(&Place::HoldMusic { call: call.id.clone() })),
        muted: Some(found.stance.muted),
        coaching,
        ..Default::default()
    };
    let seen = participant(order(app, Order::UpdateParticipant { conference_sid, call_sid, change }).await)?;
    let is_so = seen.is_some_and(|seen| (seen.hold, seen.muted) == (found.stance.hold, found.stance.muted));
    Ok(if is_so { Done::Finished } else { again })
}

/// `None`: whom it coaches is not in the room, or on hold, where the carrier lets nobody coach.
fn coaching(call: &Call, leg: &Leg) -> Option<Option<Coaching>> {
    let Some(coached) = &leg.stance.coaches else { return Some(leg.is_supervisor().then_some(Coaching::Nobody)) };
    let coached = call.leg(coached).filter(|leg| leg.is_in() && leg.joined && !leg.stance.hold)?;
    Some(coached.call_sid.clone().map(Coaching::Of))
}
