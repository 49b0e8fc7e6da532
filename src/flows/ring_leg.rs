//! Takes the one permission to ring a leg.

use chrono::{DateTime, Utc};

use super::{FlowError, call_changed};
use crate::domain::call::extension_way::Ringing;
use crate::domain::call::progress::Event;
use crate::domain::call::{Leg, LegState, Timing};
use crate::storage::Tx;

/// The leg to be rung, once, and how: from now on the books say that the order is going out. `None` if it is or was, or
/// if nobody needs it any more.
pub fn take_order(
    tx: &mut Tx,
    leg: &str,
    ring_seconds: u32,
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<Option<(Leg, Ringing)>, FlowError> {
    let mut change = call_changed::lock_by_leg(tx, leg)?;
    let planned = change.call.leg(leg).is_some_and(|leg| leg.state == LegState::Planned);
    let commands = change.call.apply(&Event::Ordering { leg: leg.to_owned() }, now);
    let ringing = change.call.ringing(leg, ring_seconds, timing, now);
    if let Some(found) = change.call.leg_mut(leg).filter(|leg| planned && leg.state == LegState::Calling) {
        found.call_limit = ringing.limit_seconds;
    }
    let found = change.call.leg(leg).filter(|leg| planned && leg.state == LegState::Calling).cloned();
    call_changed::save(tx, change, commands, now)?;
    Ok(found.map(|leg| (leg, ringing)))
}
