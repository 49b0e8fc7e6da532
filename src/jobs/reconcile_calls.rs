//! Reads the carrier's list of calls page by page and has it compared with our legs.

use std::collections::BTreeMap;

use super::carrier::{open_matter, order};
use super::reconcile::ACTOR;
use super::{Done, JobError};
use crate::app::App;
use crate::domain::reconcile::{Difference, Reconciliation, Span};
use crate::flows::reconcile_calls::{around, reconcile_calls};
use crate::voice::{ListedCall, Order, Outcome};

pub async fn run(app: &App, span: Span, actor: Option<String>) -> Result<Done, JobError> {
    calls(app, span, actor.unwrap_or_else(|| ACTOR.to_owned())).await?;
    Ok(Done::Finished)
}

pub async fn calls(app: &App, span: Span, actor: String) -> Result<(Reconciliation, Vec<Difference>), JobError> {
    let listed = list(app, &around(&span)).await?;
    let now = app.clock.now();
    Ok(app.db.write(move |tx| reconcile_calls(tx, &listed, span, &actor, now)).await?)
}

/// A call that begins while pages are read moves the others on, so that one may stand on two of them.
async fn list(app: &App, span: &Span) -> Result<Vec<ListedCall>, JobError> {
    let (mut listed, mut page) = (BTreeMap::new(), None);
    loop {
        let wanted = Order::ListCalls { from: span.from.date_naive(), to: span.to.date_naive(), page };
        match order(app, wanted).await {
            Outcome::CallsListed { calls, next } => {
                listed.extend(calls.into_iter().map(|call| (call.call_sid.clone(), call)));
                if next.is_none() {
                    return Ok(listed.into_values().collect());
                }
                page = next;
            }
            other => return Err(open_matter(&other)),
        }
    }
}
