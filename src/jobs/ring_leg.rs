//! Rings a leg. The carrier keeps no key that would make repeating an order harmless, so it is given once: the books
//! say that it is going out before it goes, and after an unknown outcome nobody orders again.

use chrono::TimeDelta;

use super::carrier::{document_url, order, report};
use super::{Done, JobError};
use crate::app::App;
use crate::domain::call::Leg;
use crate::domain::call::extension_way::Ringing;
use crate::domain::call::progress::Event;
use crate::flows::ring_leg::take_order;
use crate::voice::{Order, Outcome, Place};

const BEFORE_ORDERING_AGAIN: TimeDelta = TimeDelta::seconds(2);

pub async fn run(app: &App, leg: String) -> Result<Done, JobError> {
    let (id, now) = (leg.clone(), app.clock.now());
    let (timing, ring_seconds) = (app.config.rules.timing, app.config.ring_seconds);
    let taken = app.db.write(move |tx| take_order(tx, &id, ring_seconds, &timing, now)).await?;
    let Some((found, ringing)) = taken else { return Ok(Done::Finished) };
    match order(app, creation(app, &found, ringing)).await {
        Outcome::Call(seen) => {
            let event = Event::Progress { leg: leg.clone(), call_sid: seen.call_sid, progress: seen.progress };
            report(app, leg, event).await?;
            Ok(Done::Finished)
        }
        Outcome::Refused { code, message } => {
            tracing::warn!(leg, code, message, "the carrier refused to ring");
            report(app, leg.clone(), Event::NotMade { leg }).await?;
            Ok(Done::Finished)
        }
        Outcome::NotDone { retry_after } => {
            report(app, leg.clone(), Event::NotOrdered { leg }).await?;
            let wait = retry_after.and_then(|wait| TimeDelta::from_std(wait).ok()).unwrap_or(BEFORE_ORDERING_AGAIN);
            Ok(Done::Again(app.clock.now() + wait))
        }
        // Perhaps it rings. Its webhooks will name it, or `ask_carrier` finds it.
        outcome @ (Outcome::Unknown(_)
        | Outcome::Done
        | Outcome::Gone
        | Outcome::Calls(_)
        | Outcome::CallsListed { .. }
        | Outcome::Conferences(_)
        | Outcome::Participant(_)
        | Outcome::Recordings(_)
        | Outcome::Participants(_)) => {
            tracing::warn!(leg, ?outcome, "nobody knows whether the leg is being rung");
            Ok(Done::Finished)
        }
    }
}

fn creation(app: &App, leg: &Leg, ringing: Ringing) -> Order {
    Order::CreateCall {
        to: leg.number.clone(),
        from: app.config.caller_id.clone(),
        document_url: document_url(app, leg),
        status_url: app.carrier.url(&Place::LegStatus { leg: leg.id.clone() }),
        ring_seconds: ringing.ring_seconds,
        limit_seconds: ringing.limit_seconds,
        detection: ringing.detection,
    }
}
