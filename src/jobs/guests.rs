//! What one side of a guest has to tell the other: one side is read, then the other written, each in a transaction of its
//! own. What is told is decided when the job runs, so once more, or late, does no harm.

use super::carrier::{call, call_of_leg};
use super::{Done, JobError};
use crate::app::App;
use crate::domain::call::Call;
use crate::domain::call::guest::{GuestSeen, Removed};
use crate::flows::guests::{host_gone, mirror_guest};
use crate::storage::{StorageError, calls};

/// The host learns of its guest, whom this leg mirrors.
pub async fn mirror(app: &App, leg: String) -> Result<Done, JobError> {
    let seen = guest(app, &leg).await?.as_ref().map(GuestSeen::of);
    let now = app.clock.now();
    let again = app.db.write(move |tx| mirror_guest(tx, &leg, seen, now)).await?;
    Ok(again.map_or(Done::Finished, Done::Again))
}

/// The guest learns whether its host still wants it.
pub async fn tell(app: &App, leg: String) -> Result<Done, JobError> {
    let (host, _) = call_of_leg(app, &leg).await?;
    let (Err(Removed(removed)), Some(guest)) = (host.keeps(&leg), guest(app, &leg).await?) else {
        return Ok(Done::Finished);
    };
    let now = app.clock.now();
    app.db.write(move |tx| host_gone(tx, &guest.id, removed, now)).await?;
    Ok(Done::Finished)
}

/// The call in whose room this one is a guest.
pub async fn host_of(app: &App, guest: &Call) -> Result<Option<Call>, JobError> {
    match &guest.host {
        Some(host) => Ok(Some(call(app, host.call.clone()).await?)),
        None => Ok(None),
    }
}

async fn guest(app: &App, leg: &str) -> Result<Option<Call>, JobError> {
    let (_, mirror) = call_of_leg(app, leg).await?;
    let Some(id) = mirror.guest else { return Ok(None) };
    Ok(app.db.read(move |tx| calls::find(tx, &id)).await.map_err(|error: StorageError| error)?)
}
