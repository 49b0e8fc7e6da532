//! A request that names a key is done once, and answered the same whenever it is repeated. What a process that died
//! had begun may be begun again: whatever moves money has a key of its own, so that doing it again changes nothing.

use chrono::{DateTime, TimeDelta, Utc};

use super::FlowError;
use crate::storage::api_replies::{self, Asked, Reply};
use crate::storage::{StorageError, Tx};

/// Whoever has not answered by then is taken for dead.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// A day is promised; a little more, so that it is a whole one.
const KEPT_FOR: TimeDelta = TimeDelta::hours(25);

#[derive(Debug, PartialEq, Eq)]
pub enum Begun {
    /// Do it, and say what came of it.
    Run,
    Replay(Reply),
    /// Somebody is doing it.
    InProgress,
    /// The key was used for something else.
    OtherRequest,
}

pub fn begin(tx: &mut Tx, asked: &Asked, lease: &str, now: DateTime<Utc>) -> Result<Begun, FlowError> {
    if api_replies::start(tx, asked, lease, now)? {
        return Ok(Begun::Run);
    }
    // Whoever began it may have failed and forgotten it in between.
    let Some(kept) = api_replies::lock(tx, asked)? else { return Ok(Begun::InProgress) };
    if kept.digest != asked.digest {
        return Ok(Begun::OtherRequest);
    }
    match kept.reply {
        Some(reply) => Ok(Begun::Replay(reply)),
        None if now - kept.started_at < LEASE => Ok(Begun::InProgress),
        None => {
            api_replies::take_over(tx, asked, lease, now)?;
            Ok(Begun::Run)
        }
    }
}

/// Keeps the reply, or, of a fault of ours, nothing: then the request may be tried again.
pub fn finish(tx: &mut Tx, asked: &Asked, lease: &str, reply: Option<&Reply>) -> Result<(), FlowError> {
    match reply {
        Some(reply) => api_replies::keep(tx, asked, lease, reply)?,
        None => api_replies::forget(tx, asked, lease)?,
    }
    Ok(())
}

pub fn forget_old(tx: &mut Tx, now: DateTime<Utc>) -> Result<usize, StorageError> {
    api_replies::delete_before(tx, now - KEPT_FOR)
}
