//! What the carrier reports, taken down once and applied.

use chrono::{DateTime, Utc};

use super::{FlowError, call_changed};
use crate::domain::call::progress::Event;
use crate::storage::{Tx, webhooks};

/// A message as it came. The same message again changes nothing.
#[derive(Debug, Clone)]
pub struct Message {
    pub source: &'static str,
    /// The sender's id of it, or a digest of the whole.
    pub id: String,
    pub path: String,
    pub body: Vec<u8>,
}

impl Message {
    /// `false` if it was kept before.
    pub(super) fn keep(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<bool, FlowError> {
        Ok(webhooks::keep(tx, self.source, &self.id, &self.path, &self.body, now)?)
    }
}

/// Something happened to a leg. `message`: the webhook that says so, if it was one.
pub fn leg_reported(
    tx: &mut Tx,
    leg: &str,
    event: &Event,
    message: Option<&Message>,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let mut change = call_changed::lock_by_leg(tx, leg)?;
    if message.map(|message| message.keep(tx, now)).transpose()? == Some(false) {
        return Ok(());
    }
    let commands = change.call.apply(event, now);
    call_changed::save(tx, change, commands, now)
}

/// Something happened in a call's conference; `None` is something we have no use for and only keep.
pub fn conference_reported(
    tx: &mut Tx,
    call: &str,
    event: Option<&Event>,
    message: &Message,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let mut change = call_changed::lock(tx, call)?;
    let new = message.keep(tx, now)?;
    let Some(event) = event.filter(|_| new) else { return Ok(()) };
    let commands = change.call.apply(event, now);
    call_changed::save(tx, change, commands, now)
}

/// Perhaps nobody else ends the call, or a leg of it, at its deadline. Returns when to look again, if there is more time.
pub fn time_passed(tx: &mut Tx, call: &str, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, FlowError> {
    let mut change = call_changed::lock(tx, call)?;
    let commands = change.call.apply(&Event::DeadlinePassed, now);
    let later = change.call.next_look_at_the_deadline(now);
    call_changed::save(tx, change, commands, now)?;
    Ok(later)
}
