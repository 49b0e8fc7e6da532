//! Takes jobs when they are due and sees them to their end. It sleeps until the next one, and is told when one is made. What
//! has come to an end is kept in the transaction that takes what is next.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};

use super::{Done, JobError};
use crate::app::App;
use crate::clock::Busy;
use crate::flows::Job;
use crate::ids;
use crate::storage::jobs::{self, Claimed};
use crate::storage::{StorageError, Tx};

/// How many run at once: enough to keep a machine's network busy, fewer than the database has connections.
const MOST_AT_ONCE: usize = 8;
/// How long a job of a process that died waits for another: well within the lead of a checkpoint. As long as its process
/// lives, a job's lease is prolonged, so nobody else takes it however slow the network is.
const LEASE: TimeDelta = TimeDelta::seconds(15);
const PROLONG_EVERY: Duration = Duration::from_secs(5);
const LONGEST_BACK_OFF: TimeDelta = TimeDelta::seconds(60);

/// A job was made, which is due then.
pub struct Made {
    pub due_at: DateTime<Utc>,
    pub busy: Busy,
}

/// Runs until `stop` says so, then lets what it has begun come to its end.
pub async fn start(app: App, mut made: mpsc::UnboundedReceiver<Made>, mut stop: watch::Receiver<bool>) {
    let mut busy = Some(app.clock.busy());
    let mut runner = Runner { next: Some(app.clock.now()), app, hands: JoinSet::new(), ended: vec![] };
    while !*stop.borrow() {
        if runner.has_to_look() {
            runner.look().await;
        }
        let alarm = runner.app.clock.sleep_until(runner.wakes_at());
        drop(busy.take());
        busy = tokio::select! {
            awake = alarm => Some(runner.woke(awake)),
            Some(made) = made.recv() => Some(runner.hears(made)),
            Some(hand) = runner.hands.join_next() => runner.is_back(hand),
            _ = stop.changed() => None,
        };
        while let Ok(made) = made.try_recv() {
            drop(runner.hears(made));
        }
        while let Some(hand) = runner.hands.try_join_next() {
            drop(runner.is_back(hand));
        }
    }
    while let Some(hand) = runner.hands.join_next().await {
        drop(runner.is_back(hand));
    }
    runner.keep_what_ended().await;
}

struct Runner {
    app: App,
    /// When a job may be due.
    next: Option<DateTime<Utc>>,
    hands: JoinSet<(Ended, Busy)>,
    /// What the books do not know of yet.
    ended: Vec<Ended>,
}

/// A job as it was taken, and what became of it.
#[derive(Clone)]
struct Ended {
    job: Claimed,
    lease: String,
    /// When it comes back, if it does.
    again: Option<DateTime<Utc>>,
    error: Option<String>,
}

impl Runner {
    fn has_to_look(&self) -> bool {
        let is_due = self.next.is_some_and(|next| next <= self.app.clock.now());
        !self.ended.is_empty() || (is_due && self.hands.len() < MOST_AT_ONCE)
    }

    /// Another node may have died with jobs of its own, or made one for a time we do not know.
    fn wakes_at(&self) -> DateTime<Utc> {
        let latest = self.app.clock.now() + self.app.config.jobs_look;
        let next = self.next.filter(|_| self.hands.len() < MOST_AT_ONCE);
        next.map_or(latest, |next| next.min(latest))
    }

    fn woke(&mut self, busy: Busy) -> Busy {
        self.next = Some(self.app.clock.now());
        busy
    }

    fn hears(&mut self, made: Made) -> Busy {
        self.next = self.next.into_iter().chain([made.due_at]).min();
        made.busy
    }

    /// The lease of one that panicked will end.
    fn is_back(&mut self, hand: Result<(Ended, Busy), JoinError>) -> Option<Busy> {
        let (ended, busy) = hand.ok()?;
        self.ended.push(ended);
        Some(busy)
    }

    /// Keeps what has ended and starts what is due.
    async fn look(&mut self) {
        let (lease, now) = (ids::secret(), self.app.clock.now());
        let (mine, ended) = (lease.clone(), self.ended.clone());
        let free = i64::try_from(MOST_AT_ONCE - self.hands.len()).expect("it is small");
        let looked = self.app.db.write(move |tx| {
            ended.iter().try_for_each(|ended| ended.keep(tx))?;
            let taken = jobs::claim(tx, &mine, now + LEASE, free, now)?;
            Ok::<_, StorageError>((taken, jobs::next_due(tx)?))
        });
        match looked.await {
            Ok((taken, next)) => {
                self.ended.clear();
                self.next = next;
                taken.into_iter().for_each(|job| self.begin(job, lease.clone()));
            }
            Err(error) => {
                tracing::error!(%error, "the jobs cannot be read");
                self.next = Some(now + TimeDelta::seconds(1));
            }
        }
    }

    fn begin(&mut self, job: Claimed, lease: String) {
        let (app, busy) = (self.app.clone(), self.app.clock.busy());
        self.hands.spawn(async move { (see_to_its_end(&app, job, lease).await, busy) });
    }

    async fn keep_what_ended(&self) {
        let ended = self.ended.clone();
        let kept = self.app.db.write(move |tx| ended.iter().try_for_each(|ended| ended.keep(tx)));
        if let Err(error) = kept.await {
            tracing::error!(%error, "the ends of jobs could not be kept; their leases will end");
        }
    }
}

impl Ended {
    fn keep(&self, tx: &mut Tx) -> Result<(), StorageError> {
        match self.again {
            Some(at) => jobs::again(tx, &self.job, &self.lease, at, self.error.as_deref()),
            None => jobs::finish(tx, &self.job, &self.lease),
        }
    }
}

async fn see_to_its_end(app: &App, job: Claimed, lease: String) -> Ended {
    let done = match serde_json::from_str::<Job>(&job.payload) {
        Ok(payload) => work(app, payload, &job, &lease).await,
        Err(error) => Err(JobError::Unreadable(error.to_string())),
    };
    let (again, error) = match done {
        Ok(Done::Finished) => (None, None),
        Ok(Done::Again(at)) => (Some(at), None),
        Err(error) => {
            tracing::warn!(job = job.key, attempts = job.attempts, %error, "a job failed and comes back");
            (Some(app.clock.now() + back_off(job.attempts)), Some(error.to_string()))
        }
    };
    Ended { job, lease, again, error }
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
