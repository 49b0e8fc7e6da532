//! Conversions of currencies come in. What stands there already is not written again, so sending a file twice is harmless.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::conversion::{Conversion, NoConversion};
use crate::domain::currency::Currency;
use crate::storage::{Tx, audit, conversions};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    pub added: usize,
    /// They stood there with the same rate.
    pub already: usize,
}

pub fn keep_conversions(tx: &mut Tx, given: &[Conversion], actor: &str, now: DateTime<Utc>) -> Result<Kept, FlowError> {
    let mut kept = Kept { added: 0, already: 0 };
    for conversion in given {
        if keep(tx, conversion, actor, now)?.1 { kept.added += 1 } else { kept.already += 1 }
    }
    Ok(kept)
}

/// Its row, and whether that is new.
pub fn keep(
    tx: &mut Tx,
    conversion: &Conversion,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(String, bool), FlowError> {
    let Conversion { from, to, rate, effective_from } = conversion;
    let known = conversions::newest(tx, *from, *to, *effective_from)?;
    if let Some(known) = known.filter(|known| known.conversion == *conversion) {
        return Ok((known.id, false));
    }
    let id = conversions::insert(tx, conversion, actor, now)?;
    let detail = format!("1 {from} is {rate} {to} from {effective_from}");
    audit::record(tx, actor, "add_conversion", &id, &detail, now)?;
    Ok((id, true))
}

/// What holds at a moment, or why nothing does.
pub fn usable(
    tx: &mut Tx,
    (from, to): (Currency, Currency),
    at_most_days: u16,
    at: DateTime<Utc>,
) -> Result<Result<Conversion, NoConversion>, FlowError> {
    let newest = conversions::newest(tx, from, to, at)?.map(|row| row.conversion);
    Ok(Conversion::usable(newest, (from, to), at_most_days, at))
}
