//! The carrier has counted who is in a call's room.

use chrono::{DateTime, TimeDelta, Utc};

use super::{FlowError, call_changed};
use crate::storage::Tx;

/// Ends the call if somebody has been alone there for so long. Returns when to count again, if that is called for.
pub fn room_counted(
    tx: &mut Tx,
    call: &str,
    present: Option<&[String]>,
    grace: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, FlowError> {
    let mut change = call_changed::lock(tx, call)?;
    let commands = change.call.counted(present, grace, now);
    let again = match change.call.alone_since {
        Some(since) => Some(since + grace),
        // When that is over somebody may be alone.
        None if present.is_none() || change.call.is_moving() => Some(now + grace),
        None => None,
    };
    let again = again.filter(|_| change.call.is_running());
    call_changed::save(tx, change, commands, now)?;
    Ok(again)
}
