//! Every refusal is kept, in the transaction that refuses: it commits although nothing else was done.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::call::Call;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::refused::{Deed, MOST_IN_A_MINUTE, Refused, Way};
use crate::storage::{Tx, refusals};

/// The account's wallet is locked, so nobody else counts in its rows.
pub(super) fn keep(tx: &mut Tx, refused: &Refused, now: DateTime<Utc>) -> Result<(), FlowError> {
    let beginning = refused.beginning();
    if refusals::count_in(tx, refused, &beginning, now)? {
        return Ok(());
    }
    let crowded = refusals::in_the_minute(tx, &refused.account, now)? >= MOST_IN_A_MINUTE;
    let beginning = if crowded { "" } else { &beginning };
    if crowded && refusals::count_in(tx, refused, beginning, now)? {
        return Ok(());
    }
    Ok(refusals::insert(tx, refused, beginning, now)?)
}

/// What was refused to somebody in a running call. `by`: who stands in the audit for it, if anybody does.
pub(super) fn keep_of_call(
    tx: &mut Tx,
    call: &Call,
    deed: Deed,
    by: Option<&str>,
    (code, sentence, number): (&'static str, String, Option<&PhoneNumber>),
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let (account, number) = (call.account.clone(), number.cloned());
    keep(tx, &Refused { account, deed, way: Way::of(by), code, sentence, number }, now)
}
