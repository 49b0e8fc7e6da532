//! Nobody is greeted without end, and what the carrier has not told of one is asked for: how long it lasted.

use chrono::TimeDelta;

use super::carrier::{has_ended, open_matter, order};
use super::{Done, JobError};
use crate::app::App;
use crate::domain::access::greeting::Step;
use crate::flows::FlowError;
use crate::flows::greet::caller_left;
use crate::storage::{Tx, greetings};
use crate::voice::{LegEnd, LegProgress, Order, Outcome};

const BEFORE_LOOKING_AGAIN: TimeDelta = TimeDelta::seconds(10);

pub async fn run(app: &App, call_sid: String) -> Result<Done, JobError> {
    let sid = call_sid.clone();
    let find =
        move |tx: &mut Tx| greetings::find(tx, &sid)?.ok_or_else(|| FlowError::not_found("call that came in", &sid));
    let greeting = app.db.read(find).await?;
    // Once it is a leg, its call looks after it.
    if greeting.ended_at.is_some() || matches!(greeting.step, Step::Connected { .. }) {
        return Ok(Done::Finished);
    }
    match order(app, Order::FetchCall { call_sid: call_sid.clone() }).await {
        Outcome::Call(seen) if has_ended(&seen) => left(app, call_sid, seen.progress).await,
        Outcome::Call(_) => {
            order(app, Order::Complete { call_sid }).await;
            Ok(Done::Again(app.clock.now() + BEFORE_LOOKING_AGAIN))
        }
        Outcome::Gone => left(app, call_sid, LegProgress::Ended(LegEnd::Completed { seconds: 0 })).await,
        other => Err(open_matter(&other)),
    }
}

async fn left(app: &App, call_sid: String, progress: LegProgress) -> Result<Done, JobError> {
    let LegProgress::Ended(end) = progress else { return Ok(Done::Finished) };
    let now = app.clock.now();
    app.db.write(move |tx| caller_left(tx, &call_sid, end, None, now)).await?;
    Ok(Done::Finished)
}
