//! The queue of jobs.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::jobs;
use super::{StorageError, Tx, dialect, utc};

/// A job somebody has taken.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub key: String,
    pub kind: String,
    pub payload: String,
    pub due_at: DateTime<Utc>,
    pub attempts: i32,
    /// As it was when taken; if it is higher at the end, the job was asked for again meanwhile.
    pub version: i64,
}

/// Asks for a job; for one of this key that waits already, the earlier time counts.
pub fn enqueue(tx: &mut Tx, key: &str, kind: &str, payload: &str, due_at: DateTime<Utc>) -> Result<(), StorageError> {
    dialect::upsert_job(tx.conn, key, kind, payload, due_at.naive_utc())?;
    tx.job_due = tx.job_due.into_iter().chain([due_at]).min();
    Ok(())
}

/// Takes jobs that are due, for `lease` to work on until `until`.
pub fn claim(
    tx: &mut Tx,
    lease: &str,
    until: DateTime<Utc>,
    most: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Claimed>, StorageError> {
    let keys = dialect::lock_due_jobs(tx.conn, now.naive_utc(), most)?;
    if keys.is_empty() {
        return Ok(vec![]);
    }
    diesel::update(jobs::table.filter(jobs::key.eq_any(&keys)))
        .set((jobs::leased_until.eq(until.naive_utc()), jobs::lease.eq(lease), jobs::attempts.eq(jobs::attempts + 1)))
        .execute(tx.conn)?;
    let rows: Vec<(String, String, String, NaiveDateTime, i32, i64)> = jobs::table
        .filter(jobs::key.eq_any(&keys))
        .order(jobs::due_at)
        .select((jobs::key, jobs::kind, jobs::payload, jobs::due_at, jobs::attempts, jobs::version))
        .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|(key, kind, payload, due_at, attempts, version)| Claimed {
            key,
            kind,
            payload,
            due_at: utc(due_at),
            attempts,
            version,
        })
        .collect())
}

/// Its owner lives and works on it still.
pub fn prolong(tx: &mut Tx, key: &str, lease: &str, until: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::update(jobs::table.filter(jobs::key.eq(key)).filter(jobs::lease.eq(lease)))
        .set(jobs::leased_until.eq(until.naive_utc()))
        .execute(tx.conn)?;
    Ok(())
}

/// The job is done; unless it was asked for again meanwhile, or is nobody's by now, it goes.
pub fn finish(tx: &mut Tx, job: &Claimed, lease: &str) -> Result<(), StorageError> {
    let mine = jobs::table.filter(jobs::key.eq(&job.key)).filter(jobs::lease.eq(lease));
    let gone = diesel::delete(mine.filter(jobs::version.eq(job.version))).execute(tx.conn)?;
    if gone == 0 {
        release(tx, job, lease)?;
    }
    Ok(())
}

/// The job is to run again at `due_at`, or sooner if somebody asked for it meanwhile.
pub fn again(
    tx: &mut Tx,
    job: &Claimed,
    lease: &str,
    due_at: DateTime<Utc>,
    error: Option<&str>,
) -> Result<(), StorageError> {
    let mine = jobs::table.filter(jobs::key.eq(&job.key)).filter(jobs::lease.eq(lease));
    let set = diesel::update(mine.filter(jobs::version.eq(job.version)))
        .set((
            jobs::due_at.eq(due_at.naive_utc()),
            jobs::leased_until.eq(None::<NaiveDateTime>),
            jobs::lease.eq(None::<String>),
            jobs::last_error.eq(error),
        ))
        .execute(tx.conn)?;
    if set == 0 {
        release(tx, job, lease)?;
    }
    Ok(())
}

fn release(tx: &mut Tx, job: &Claimed, lease: &str) -> Result<(), StorageError> {
    diesel::update(jobs::table.filter(jobs::key.eq(&job.key)).filter(jobs::lease.eq(lease)))
        .set((jobs::leased_until.eq(None::<NaiveDateTime>), jobs::lease.eq(None::<String>)))
        .execute(tx.conn)?;
    Ok(())
}

/// When the next job, or the next lease that may have been abandoned, wants attention.
pub fn next_due(tx: &mut Tx) -> Result<Option<DateTime<Utc>>, StorageError> {
    let free: Option<NaiveDateTime> =
        jobs::table.filter(jobs::leased_until.is_null()).select(diesel::dsl::min(jobs::due_at)).first(tx.conn)?;
    let leased: Option<NaiveDateTime> = jobs::table.select(diesel::dsl::min(jobs::leased_until)).first(tx.conn)?;
    Ok(free.into_iter().chain(leased).min().map(utc))
}

/// How many wait, and how many failed at least once: for the metrics.
pub fn counts(tx: &mut Tx) -> Result<(i64, i64), StorageError> {
    let waiting = jobs::table.count().get_result(tx.conn)?;
    let failing = jobs::table.filter(jobs::last_error.is_not_null()).count().get_result(tx.conn)?;
    Ok((waiting, failing))
}
