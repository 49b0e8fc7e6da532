//! Somebody entitled ends a call: from its page, the API or the board.

use chrono::{DateTime, Utc};

use super::{FlowError, call_changed};
use crate::domain::call::progress::Event;
use crate::storage::Tx;

pub fn end_call(tx: &mut Tx, call: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let mut change = call_changed::lock(tx, call)?;
    let commands = change.call.apply(&Event::HangUp, now);
    call_changed::save(tx, change, commands, now)
}
