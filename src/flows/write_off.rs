//! Somebody entitled gives up what an account owes, wholly or in part: the house bears it.

use std::slice;

use chrono::{DateTime, Utc};

use super::FlowError;
use super::by_hand::{Booked, NotBooked, booked_before};
use super::two_persons::Deed;
use crate::domain::ledger::write_off;
use crate::domain::wallet::Wallet;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, ledger};

pub(super) fn write_off_debt(tx: &mut Tx, deed: &Deed, actor: &str, now: DateTime<Utc>) -> Result<Booked, FlowError> {
    let unknown = || FlowError::not_found("account", &deed.account);
    let wallet = accounts::lock_wallet(tx, &deed.account)?.ok_or_else(unknown)?;
    let currency = accounts::find(tx, &deed.account)?.ok_or_else(unknown)?.currency;
    let transfer = write_off(&deed.account, &deed.key, deed.amount, &deed.reason);
    if let Some(before) = booked_before(tx, &deed.account, slice::from_ref(&transfer.fact_key), deed.amount)? {
        return Ok(before);
    }
    if deed.amount > wallet.debt {
        return Ok(Booked::Refused(NotBooked::NotOwed { debt: wallet.debt }));
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
    Ok(Booked::Now)
}
