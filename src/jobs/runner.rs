//! Takes jobs when they are due and sees them to their end. It sleeps until the next one, and is woken when one is made.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Semaphore, mpsc, watch};

use super::{Done, JobError};
use crate::app::App;
use crate::clock::Busy;
use crate::flows::Job;
use crate::ids;
use crate::storage::jobs::{self, Claimed};

/// How many run at once: enough to keep a machine's network busy, fewer than the database has connections.
const MOST_AT_ONCE: usize = 8;
/// How long a job of a process that died waits for another: well within the lead of a checkpoint. As long as its process
/// lives, a job's lease is prolonged, so nobody else takes it however slow the network is.
const LEASE: TimeDelta = TimeDelta::seconds(15);
const PROLONG_EVERY: Duration = Duration::from_secs(5);
const LONGEST_BACK_OFF: TimeDelta = TimeDelta::seconds(60);

/// Runs until `stop` says so, then lets what it has begun come to its end.
pub async fn start(
    app: App,
    wake: mpsc::UnboundedSender<Busy>,
    mut wanted: mpsc::UnboundedReceiver<Busy>,
    mut stop: watch::Receiver<bool>,
) {
    let permits = Arc::new(Semaphore::new(MOST_AT_ONCE));
    let mut busy = Some(app.clock.busy());
    while !*stop.borrow() {
        let next = take_what_is_due(&app, &permits, &wake).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the jobs cannot be read");
            Some(app.clock.now() + TimeDelta::seconds(1))
        });
        // Another node may have died with jobs of its own, or made one for a time we do not know.
        let latest = app.clock.now() + app.config.jobs_look;
        let until = next.map_or(latest, |next| next.min(latest));
        let alarm = app.clock.sleep_until(until);
        drop(busy.take());
        busy = tokio::select! {
            awake = alarm => Some(awake),
            awake = wanted.recv() => awake,
            _ = stop.changed() => None,
        };
        while wanted.try_recv().is_ok() {}
    }
    // Every permit back means every job is done.
    let _ = permits.acquire_many(u32::try_from(MOST_AT_ONCE).expect("it is small")).await;
}

/// Starts what is due, and says when something will be. `None`: all hands are full, or nothing waits.
async fn take_what_is_due(
    app: &App,
    permits: &Arc<Semaphore>,
    wake: &mpsc::UnboundedSender<Busy>,
) -> Result<Option<DateTime<Utc>>, JobError> {
    let free = permits.available_permits();
    if free == 0 {
        return Ok(None);
    }
    let (lease, now) = (ids::secret(), app.clock.now());
    let mine = lease.clone();
    let (taken, next) = app
        .db
        .write(move |tx| {
            let taken = jobs::claim(tx, &mine, now + LEASE, i64::try_from(free).expect("it is small"), now)?;
            Ok::<_, JobError>((taken, jobs::next_due(tx)?))
        })
        .await?;
    for job in taken {
        let permit = permits.clone().try_acquire_owned().expect("no more was taken than was free");
        let (app, lease, busy, wake) = (app.clone(), lease.clone(), app.clock.busy(), wake.clone());
        tokio::spawn(async move {
            see_to_its_end(&app, &job, &lease).await;
            drop(permit);
            // The runner looks again: there is a free hand now, and perhaps a new time.
            let _ = wake.send(busy);
        });
    }
    Ok(next)
}

async fn see_to_its_end(app: &App, job: &Claimed, lease: &str) {
    let done = match serde_json::from_str::<Job>(&job.payload) {
        Ok(payload) => work(app, payload, job, lease).await,
        Err(error) => Err(JobError::Unreadable(error.to_string())),
    };
    let (finished, lease, now) = (job.clone(), lease.to_owned(), app.clock.now());
    let kept = match done {
        Ok(Done::Finished) => app.db.write(move |tx| jobs::finish(tx, &finished, &lease)).await,
        Ok(Done::Again(at)) => app.db.write(move |tx| jobs::again(tx, &finished, &lease, at, None)).await,
        Err(error) => {
            let at = now + back_off(job.attempts);
            tracing::warn!(job = job.key, attempts = job.attempts, %error, "a job failed and comes back");
            app.db.write(move |tx| jobs::again(tx, &finished, &lease, at, Some(&error.to_string()))).await
        }
    };
    if let Err(error) = kept {
        tracing::error!(job = job.key, %error, "a job's end could not be kept; its lease will end");
    }
}

async fn work(app: &App, payload: Job, job: &Claimed, lease: &str) -> Result<Done, JobError> {
    let work = super::run(app, payload);
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = app.clock.sleep(PROLONG_EVERY) => prolong(app, job, lease).await,
        }
    }
}

/// If this fails another may take the job: it decides anew from the books, and does no harm.
async fn prolong(app: &App, job: &Claimed, lease: &str) {
    let (key, lease, until) = (job.key.clone(), lease.to_owned(), app.clock.now() + LEASE);
    if let Err(error) = app.db.write(move |tx| jobs::prolong(tx, &key, &lease, until)).await {
        tracing::warn!(job = job.key, %error, "a job's lease could not be prolonged");
    }
}

/// 1, 2, 4 … seconds, at most a minute.
fn back_off(attempts: i32) -> TimeDelta {
    let seconds = 1_u64 << attempts.clamp(1, 7).unsigned_abs().saturating_sub(1);
    TimeDelta::from_std(Duration::from_secs(seconds)).unwrap_or(LONGEST_BACK_OFF).min(LONGEST_BACK_OFF)
}
