//! Has a call recorded at the carrier as the books want it: looks what is recorded, does the next step, looks again. An
//! order whose answer was lost shows in the next look, so nothing is recorded twice.

use chrono::TimeDelta;

use super::carrier::{call, conference_sid, open_matter, order};
use super::{Done, JobError};
use crate::app::App;
use crate::domain::call::Call;
use crate::domain::call::announcement::Announcement;
use crate::domain::call::recording::NextStep;
use crate::flows::recordings::{recording_refused, recording_told, recordings_seen};
use crate::voice::{Order, Outcome, Place, Recorded, RecordingSeen};

const BEFORE_LOOKING_AGAIN: TimeDelta = TimeDelta::seconds(1);
/// Pause, tell, resume, and a look; somebody else may want something else meanwhile.
const STEPS_AT_ONCE: usize = 6;

#[derive(PartialEq, Eq)]
enum Step {
    Done,
    /// It may be, or may be possible a little later.
    Open,
    Refused,
}

pub async fn run(app: &App, id: String) -> Result<Done, JobError> {
    for _ in 0..STEPS_AT_ONCE {
        let found = call(app, id.clone()).await?;
        if !found.is_running() || !found.anchor().is_in() {
            return Ok(Done::Finished);
        }
        let seen = look(app, &found).await?;
        let step = match found.next_recording_step(&seen) {
            NextStep::Nothing => return Ok(Done::Finished),
            NextStep::Tell(legs) => tell(app, &found, legs).await?,
            NextStep::Start { call_sid } => {
                let status_url = app.carrier.url(&Place::Recording { call: id.clone() });
                let start = Order::StartRecording { call_sid, trim: found.terms.room.trim, status_url };
                change(app, &found, start).await?
            }
            NextStep::Change { of, recording_sid, change: to } => {
                change(app, &found, Order::UpdateRecording { of, recording_sid, change: to }).await?
            }
        };
        match step {
            Step::Done => {}
            Step::Open => break,
            Step::Refused => {
                let (id, now) = (id.clone(), app.clock.now());
                app.db.write(move |tx| recording_refused(tx, &id, now)).await?;
            }
        }
    }
    Ok(Done::Again(app.clock.now() + BEFORE_LOOKING_AGAIN))
}

/// What there is of the room, if that is recorded by itself, and of the anchor's phone; the books learn of it.
async fn look(app: &App, call: &Call) -> Result<Vec<RecordingSeen>, JobError> {
    let room = call.conference_sid.clone().filter(|_| call.terms.room_is_recorded());
    let places = room.map(Recorded::Conference).into_iter().chain(call.anchor().call_sid.clone().map(Recorded::Call));
    let mut seen = vec![];
    for of in places {
        match order(app, Order::FindRecordings { of }).await {
            Outcome::Recordings(found) => seen.extend(found),
            Outcome::Gone => {}
            other => return Err(open_matter(&other)),
        }
    }
    learn(app, call, &seen).await?;
    Ok(seen)
}

async fn learn(app: &App, call: &Call, seen: &[RecordingSeen]) -> Result<(), JobError> {
    let (id, seen, now) = (call.id.clone(), seen.to_vec(), app.clock.now());
    Ok(app.db.write(move |tx| recordings_seen(tx, &id, &seen, now)).await?)
}

async fn change(app: &App, call: &Call, wanted: Order) -> Result<Step, JobError> {
    let outcome = order(app, wanted).await;
    if let Outcome::Recordings(seen) = &outcome {
        learn(app, call, seen).await?;
    }
    Ok(step(call, &outcome))
}

/// The first time all at once; afterwards each who has come since.
async fn tell(app: &App, call: &Call, legs: Vec<String>) -> Result<Step, JobError> {
    let Some(conference_sid) = conference_sid(app, call).await? else { return Ok(Step::Open) };
    let place = Place::Announcement { call: call.id.clone(), announcement: Announcement::Recording };
    let announcement_url = app.carrier.url(&place);
    if call.recording.told.is_empty() && legs.len() > 1 {
        let said = step(call, &order(app, Order::AnnounceRoom { conference_sid, announcement_url }).await);
        return note(app, call, said, legs, true).await;
    }
    for leg in legs {
        let call_sid = call.leg(&leg).and_then(|leg| leg.call_sid.clone());
        let Some(call_sid) = call_sid else { return Ok(Step::Open) };
        let announce = Order::Announce {
            conference_sid: conference_sid.clone(),
            call_sid,
            announcement_url: announcement_url.clone(),
        };
        let said = step(call, &order(app, announce).await);
        match note(app, call, said, vec![leg], false).await? {
            Step::Done => {}
            step @ (Step::Open | Step::Refused) => return Ok(step),
        }
    }
    Ok(Step::Done)
}

async fn note(app: &App, call: &Call, said: Step, legs: Vec<String>, all: bool) -> Result<Step, JobError> {
    if said == Step::Done {
        let (id, now) = (call.id.clone(), app.clock.now());
        app.db.write(move |tx| recording_told(tx, &id, &legs, all, now)).await?;
    }
    Ok(said)
}

/// What an order has come to.
fn step(call: &Call, outcome: &Outcome) -> Step {
    match outcome {
        Outcome::Recordings(_) | Outcome::Participant(_) | Outcome::Done => Step::Done,
        Outcome::Refused { code, message } => {
            tracing::warn!(call = call.id, code, message, "the carrier refuses to record a call, or to say so");
            Step::Refused
        }
        Outcome::Gone
        | Outcome::NotDone { .. }
        | Outcome::Unknown(_)
        | Outcome::Call(_)
        | Outcome::Calls(_)
        | Outcome::CallsListed { .. }
        | Outcome::Conferences(_)
        | Outcome::Participants(_) => Step::Open,
    }
}
