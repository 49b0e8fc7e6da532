//! A leg asks what to do. The limit it is told is in the books before it is told.

use chrono::{DateTime, Utc};

use super::report::Message;
use super::{FlowError, call_changed};
use crate::domain::call::Timing;
use crate::domain::call::instruction::{Asked, Instruction};
use crate::storage::Tx;

/// The answer, and what its document needs to name.
#[derive(Debug, Clone)]
pub struct Told {
    pub instruction: Instruction,
    pub call: String,
    pub room: String,
    /// The number of the leg's newest instructions.
    pub turn: i32,
}

/// Asking twice is answered twice, from the state there is: the message is kept, but never a reason not to answer.
pub fn instruct_leg(
    tx: &mut Tx,
    leg: &str,
    call_sid: &str,
    asked: Asked,
    message: &Message,
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<Told, FlowError> {
    let mut change = call_changed::lock_by_leg(tx, leg)?;
    message.keep(tx, now)?;
    let (instruction, commands) = change.call.instruct(leg, call_sid, asked, timing, now);
    let turn = change.call.leg(leg).map_or(0, |leg| leg.turn);
    let told = Told { instruction, call: change.call.id.clone(), room: change.call.room.clone(), turn };
    call_changed::save(tx, change, commands, now)?;
    Ok(told)
}
