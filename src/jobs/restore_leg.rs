//! Puts a leg that has rejoined back on hold or mutes it again, as it was before its redirect.

use super::carrier::{call_of_leg, conference_sid, order};
use super::renew_payer::participant;
use super::{Done, JobError};
use crate::app::App;
use crate::domain::call::Restore;
use crate::flows::report::set_restore;
use crate::voice::{Order, ParticipantChange};

pub async fn run(app: &App, leg: String) -> Result<Done, JobError> {
    let (call, found) = call_of_leg(app, &leg).await?;
    if found.restore == Restore::default() || !found.is_in() {
        return Ok(Done::Finished);
    }
    if let (Some(conference_sid), Some(call_sid)) = (conference_sid(app, &call).await?, found.call_sid) {
        let change = ParticipantChange {
            hold: found.restore.hold.then_some(true),
            muted: found.restore.muted.then_some(true),
            ..Default::default()
        };
        participant(order(app, Order::UpdateParticipant { conference_sid, call_sid, change }).await)?;
    }
    let now = app.clock.now();
    app.db.write(move |tx| set_restore(tx, &leg, Restore::default(), now)).await?;
    Ok(Done::Finished)
}
