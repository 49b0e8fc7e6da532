//! Makes a leg in the room as the books want it: on hold or not, muted or not, heard by one or by all. It comes back until
//! the carrier's answer shows it so.

use chrono::TimeDelta;

use super::carrier::{call_of_leg, conference_sid, order};
use super::renew_payer::participant;
use super::{Done, JobError};
use crate::app::App;
use crate::domain::call::supervision::Posture;
use crate::domain::call::{Call, Leg, Whereabouts};
use crate::voice::{Coaching, Order, Outcome, ParticipantChange, ParticipantSeen, Place};

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
    let posture = call.posture(&found);
    let change = change(app, &call, &found, &posture);
    let coaches = matches!(change.coaching, Some(Coaching::Of(_)));
    let seen = match order(app, Order::UpdateParticipant { conference_sid, call_sid, change }).await {
        // Whom it coaches has just been put on hold, or is out of the room for a moment.
        Outcome::Refused { .. } if coaches => None,
        outcome => participant(outcome)?,
    };
    // Another order, for what was wanted before, may have come in between.
    let (call, found) = call_of_leg(app, &leg).await?;
    let is_so = seen.is_some_and(|seen| shows(&seen, &posture)) && call.posture(&found) == posture;
    Ok(if is_so { Done::Finished } else { again })
}

fn change(app: &App, call: &Call, leg: &Leg, posture: &Posture) -> ParticipantChange {
    let of = posture.coaches.clone().map(Coaching::Of);
    ParticipantChange {
        hold: Some(posture.hold),
        hold_url: posture.hold.then(|| app.carrier.url(&Place::HoldMusic { call: call.id.clone() })),
        muted: Some(posture.muted),
        coaching: of.or(leg.is_supervisor().then_some(Coaching::Nobody)),
        ..Default::default()
    }
}

fn shows(seen: &ParticipantSeen, posture: &Posture) -> bool {
    (seen.hold, seen.muted) == (posture.hold, posture.muted) && seen.coaches == posture.coaches
}
