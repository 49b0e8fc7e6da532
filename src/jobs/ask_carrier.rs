//! Asks the carrier about a leg whose webhooks may have been lost, until it is over. A hold is never released because
//! time has passed, only because the carrier has said that the leg is gone.

use chrono::{DateTime, TimeDelta, Utc};

use super::carrier::{call_of_leg, has_ended, open_matter, order, report};
use super::{Done, JobError};
use crate::app::App;
use crate::domain::call::progress::Event;
use crate::domain::call::{Leg, LegState};
use crate::domain::time_limit::whole_seconds;
use crate::storage::calls;
use crate::voice::{CallSeen, LegEnd, LegProgress, Order, Outcome};

/// After the end of a leg's limit its webhook should have come within this.
const AFTER_THE_LIMIT: TimeDelta = TimeDelta::seconds(15);
const WHILE_RINGING: TimeDelta = TimeDelta::seconds(60);
const WHILE_OVERDUE: TimeDelta = TimeDelta::seconds(20);
/// An order with an unknown outcome that is not in the carrier's list so long after it never arrived.
const NEVER_ARRIVED: TimeDelta = TimeDelta::seconds(150);
/// The carrier's clock may differ from ours by this.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(10);

pub async fn run(app: &App, leg: String) -> Result<Done, JobError> {
    let (call, found) = call_of_leg(app, &leg).await?;
    match (found.state, &found.call_sid) {
        (LegState::Over(_), _) => Ok(Done::Finished),
        // The order could not be given in all this time: nobody waits for it any more.
        (LegState::Planned, _) => {
            report(app, leg.clone(), Event::NotMade { leg }).await?;
            Ok(Done::Finished)
        }
        (_, Some(call_sid)) => ask(app, &found, call_sid.clone()).await,
        (_, None) => {
            let wanted_since = call.started_at.unwrap_or(call.created_at);
            find(app, &found, found.added_at.map_or(wanted_since, |added| added.max(wanted_since))).await
        }
    }
}

async fn ask(app: &App, leg: &Leg, call_sid: String) -> Result<Done, JobError> {
    let now = app.clock.now();
    match order(app, Order::FetchCall { call_sid: call_sid.clone() }).await {
        Outcome::Call(seen) => take(app, leg, seen).await,
        // Deleted at the carrier: what we know ourselves is the best there is.
        Outcome::Gone => {
            let talked =
                leg.started_at.map_or(0, |start| whole_seconds(leg.authorised_until.unwrap_or(now).min(now) - start));
            let seconds = leg.greeting_seconds() + leg.detection_seconds() + talked;
            let progress = LegProgress::Ended(LegEnd::Completed { seconds });
            report(app, leg.id.clone(), Event::Progress { leg: leg.id.clone(), call_sid, progress }).await?;
            Ok(Done::Finished)
        }
        other => Err(open_matter(&other)),
    }
}

async fn take(app: &App, leg: &Leg, seen: CallSeen) -> Result<Done, JobError> {
    let (ended, queued, now) = (has_ended(&seen), seen.progress == LegProgress::Queued, app.clock.now());
    let event = Event::Progress { leg: leg.id.clone(), call_sid: seen.call_sid.clone(), progress: seen.progress };
    report(app, leg.id.clone(), event).await?;
    if ended {
        return Ok(Done::Finished);
    }
    if queued {
        // It was given its time to be dialled; now nobody waits for it any more.
        order(app, Order::Cancel { call_sid: seen.call_sid }).await;
        return Ok(Done::Again(now + WHILE_OVERDUE));
    }
    Ok(Done::Again(match leg.authorised_until {
        Some(until) => (until + AFTER_THE_LIMIT).max(now + WHILE_OVERDUE),
        None => now + WHILE_RINGING,
    }))
}

/// Nobody has told us its name. The carrier's list may: one call to this number, made since, that is no leg of ours yet.
async fn find(app: &App, leg: &Leg, ordered_after: DateTime<Utc>) -> Result<Done, JobError> {
    let now = app.clock.now();
    let listed = match order(app, Order::FindCalls { to: leg.number.clone(), since: ordered_after }).await {
        Outcome::Calls(listed) => listed,
        other => return Err(open_matter(&other)),
    };
    let recent = listed.into_iter().filter(|seen| seen.created_at.is_none_or(|at| at >= ordered_after - CLOCKS_DIFFER));
    let mut recent: Vec<_> = recent.collect();
    let sids: Vec<_> = recent.iter().map(|seen| seen.call_sid.clone()).collect();
    let known = app.db.read(move |tx| calls::known_sids(tx, &sids)).await?;
    recent.retain(|seen| !known.contains(&seen.call_sid));
    match recent.len() {
        1 => take(app, leg, recent.remove(0)).await,
        0 if now - ordered_after > NEVER_ARRIVED => {
            report(app, leg.id.clone(), Event::NotMade { leg: leg.id.clone() }).await?;
            Ok(Done::Finished)
        }
        // None yet, or several of which ours cannot be told: its webhooks will.
        _ => Ok(Done::Again(now + WHILE_OVERDUE)),
    }
}
