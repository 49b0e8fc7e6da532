//! Asks what became of a recording whose end nobody has reported, so that it is not kept for ever.

use super::carrier::{open_matter, order};
use super::{Done, JobError};
use crate::app::App;
use crate::flows::recordings::{recording_deleted, recordings_seen};
use crate::storage::recordings;
use crate::voice::{Order, Outcome};

pub async fn run(app: &App, recording: String) -> Result<Done, JobError> {
    let id = recording.clone();
    let found = app.db.read(move |tx| recordings::find(tx, &id)).await?;
    let Some(found) = found.filter(|found| found.is_unfinished()) else { return Ok(Done::Finished) };
    let now = app.clock.now();
    match order(app, Order::FetchRecording { recording_sid: found.carrier_sid }).await {
        Outcome::Recordings(seen) => app.db.write(move |tx| recordings_seen(tx, &found.call, &seen, now)).await?,
        Outcome::Gone => app.db.write(move |tx| recording_deleted(tx, &recording, now)).await?,
        other => return Err(open_matter(&other)),
    }
    Ok(Done::Finished)
}
