//! Somebody entitled gives up what an account owes, wholly or in part: the house bears it.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::two_persons::{Asked, Before, Deed, before};
use crate::domain::ledger::write_off;
use crate::domain::money::Money;
use crate::domain::two_persons::{Kind, Limits, Who};
use crate::domain::wallet::Wallet;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, ledger, statements};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenOff {
    Now,
    /// The same was written off before under this key.
    Already,
    /// The key was used for another amount.
    OtherAmount {
        was: Money,
    },
    /// Nothing more is owed.
    NotOwed {
        debt: Money,
    },
}

pub fn write_off_debt(
    tx: &mut Tx,
    deed: &Deed,
    who: &Who,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Result<Asked<WrittenOff>, FlowError> {
    match before(tx, Kind::WriteOff, deed, None, who, limits, now)? {
        Before::Nothing => do_write_off(tx, deed, &who.actor, now).map(Asked::Done),
        Before::OtherAmount { was } => Ok(Asked::Done(WrittenOff::OtherAmount { was })),
        Before::Waits(request) => Ok(Asked::Waits(request)),
    }
}

pub(super) fn do_write_off(tx: &mut Tx, deed: &Deed, actor: &str, now: DateTime<Utc>) -> Result<WrittenOff, FlowError> {
    let unknown = || FlowError::not_found("account", &deed.account);
    let wallet = accounts::lock_wallet(tx, &deed.account)?.ok_or_else(unknown)?;
    let currency = accounts::find(tx, &deed.account)?.ok_or_else(unknown)?.currency;
    let transfer = write_off(&deed.account, &deed.key, deed.amount, &deed.reason);
    match statements::booked(tx, &deed.account, std::slice::from_ref(&transfer.fact_key))? {
        Some(was) if was == deed.amount => return Ok(WrittenOff::Already),
        Some(was) => return Ok(WrittenOff::OtherAmount { was }),
        None => {}
    }
    if deed.amount > wallet.debt {
        return Ok(WrittenOff::NotOwed { debt: wallet.debt });
    }
    let after = Wallet { debt: wallet.debt - deed.amount, ..wallet };
    ledger::post(tx, &transfer, currency, actor, now)?;
    accounts::save_wallet(tx, &deed.account, &after)?;
    let change = Change {
        actor,
        action: "write_off",
        subject: &deed.account,
        account: Some(&deed.account),
        detail: &format!("{}: {}", deed.amount, deed.reason),
        before: Some(&wallet.debt.to_string()),
        after: Some(&after.debt.to_string()),
    };
    audit::change(tx, &change, now)?;
    Ok(WrittenOff::Now)
}
