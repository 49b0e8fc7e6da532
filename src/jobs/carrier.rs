//! Orders to the carrier, for the jobs.

use crate::app::App;
use crate::domain::call::progress::Event;
use crate::domain::call::{Call, Leg};
use crate::flows::FlowError;
use crate::flows::report::leg_reported;
use crate::storage::calls;
use crate::voice::{CallSeen, LegProgress, Order, Outcome, Place};

use super::JobError;

pub async fn order(app: &App, order: Order) -> Outcome {
    let request = app.carrier.request(&order);
    let response = app.outbound.send(&request).await;
    app.carrier.response(&order, &response)
}

/// An answer that leaves the matter open: the job comes back and looks again.
pub fn open_matter(outcome: &Outcome) -> JobError {
    JobError::Carrier(format!("{outcome:?}"))
}

/// The call of a leg as it is now, for deciding whether there is anything to do.
pub async fn call_of_leg(app: &App, leg: &str) -> Result<(Call, Leg), JobError> {
    let id = leg.to_owned();
    let call = app
        .db
        .read(move |tx| {
            let (call, _) = calls::of_leg(tx, &id)?.ok_or_else(|| FlowError::not_found("leg", &id))?;
            calls::find(tx, &call)?.ok_or_else(|| FlowError::not_found("call", &call))
        })
        .await?;
    let leg = call.leg(leg).cloned().ok_or_else(|| FlowError::not_found("leg", leg))?;
    Ok((call, leg))
}

pub async fn call(app: &App, id: String) -> Result<Call, JobError> {
    let found = app.db.read(move |tx| calls::find(tx, &id)?.ok_or_else(|| FlowError::not_found("call", &id))).await?;
    Ok(found)
}

/// The conference's name at the carrier: known from its webhooks, else asked for.
pub async fn conference_sid(app: &App, call: &Call) -> Result<Option<String>, JobError> {
    if let Some(known) = &call.conference_sid {
        return Ok(Some(known.clone()));
    }
    match order(app, Order::FindConference { room: call.room.clone() }).await {
        Outcome::Conferences(found) => Ok(found.into_iter().next().map(|conference| conference.conference_sid)),
        Outcome::Gone => Ok(None),
        other => Err(open_matter(&other)),
    }
}

pub fn document_url(app: &App, leg: &Leg) -> String {
    app.carrier.url(&Place::Document { leg: leg.id.clone(), turn: leg.turn })
}

pub fn has_ended(seen: &CallSeen) -> bool {
    match seen.progress {
        LegProgress::Ended(_) => true,
        LegProgress::Queued | LegProgress::Ringing | LegProgress::Answered => false,
    }
}

/// What an answer of the carrier's says of a leg, for the books.
pub async fn report(app: &App, leg: String, event: Event) -> Result<(), JobError> {
    let now = app.clock.now();
    Ok(app.db.write(move |tx| leg_reported(tx, &leg, &event, None, now)).await?)
}
