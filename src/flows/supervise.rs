//! The house lets a supervisor into a running call: no money, one more leg, and a line in the audit.

use chrono::{DateTime, Utc};

use super::refusals::keep_of_call;
use super::{FlowError, call_changed};
use crate::domain::call::supervision::{Mode, SuperviseRefusal};
use crate::domain::phone_number::PhoneNumber;
use crate::domain::refused::Deed;
use crate::ids;
use crate::storage::audit::Change;
use crate::storage::{Tx, audit, calls};

#[derive(Debug, Clone)]
pub struct SuperviseRequest {
    pub call: String,
    pub number: PhoneNumber,
    pub mode: Mode,
    /// Made once by whoever supervises: sending the request again rings nobody.
    pub request_key: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Supervised {
    Leg {
        id: String,
    },
    /// This request was carried out before.
    Already {
        id: String,
    },
    /// The key was used for another call or another number.
    OtherRequest,
    Refused(SuperviseRefusal),
}

/// `by`: the administrator or program that does it; callers never do.
pub fn supervise(
    tx: &mut Tx,
    request: &SuperviseRequest,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Supervised, FlowError> {
    let mut change = call_changed::lock(tx, &request.call)?;
    // A key of somebody who adds a number is another.
    let key = format!("supervise:{}", request.request_key);
    if let Some((call, leg)) = calls::leg_by_request_key(tx, &change.call.account, &key)? {
        let same = call == request.call && change.call.leg(&leg).is_some_and(|leg| leg.number == request.number);
        return Ok(if same { Supervised::Already { id: leg } } else { Supervised::OtherRequest });
    }
    let id = ids::new("leg");
    let commands = match change.call.supervise(&request.number, &request.mode, id.clone(), now) {
        Ok(commands) => commands,
        Err(refusal) => {
            let said = (refusal.code(), refusal.to_string(), Some(&request.number));
            keep_of_call(tx, &change.call, Deed::Operate, Some(by), said, now)?;
            return Ok(Supervised::Refused(refusal));
        }
    };
    call_changed::insert_leg(tx, &mut change, &key)?;
    let (detail, mode) = (format!("{}, {id}", request.number), request.mode.to_string());
    let deed = Change {
        actor: by,
        action: "supervise",
        subject: &request.call,
        account: Some(&change.call.account),
        detail: &detail,
        before: None,
        after: Some(&mode),
    };
    audit::change(tx, &deed, now)?;
    call_changed::save(tx, change, commands, now)?;
    Ok(Supervised::Leg { id })
}
