//! Money leaves a wallet by hand, with its reason: never what calls hold, and once a key.

use std::slice;

use chrono::{DateTime, Utc};

use super::FlowError;
use super::by_hand::{Booked, NotBooked, booked_before};
use crate::domain::ledger::debit;
use crate::domain::money::Money;
use crate::domain::wallet::Debit;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, ledger};

/// `key` is made up once by whoever asks: asking again changes nothing. Calls that run keep what they hold.
pub fn debit_account(
    tx: &mut Tx,
    account: &str,
    key: &str,
    amount: Money,
    reason: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Booked, FlowError> {
    let unknown = || FlowError::not_found("account", account);
    let wallet = accounts::lock_wallet(tx, account)?.ok_or_else(unknown)?;
    let currency = accounts::find(tx, account)?.ok_or_else(unknown)?.currency;
    let transfer = debit(account, key, amount, reason);
    if let Some(before) = booked_before(tx, account, slice::from_ref(&transfer.fact_key), amount)? {
        return Ok(before);
    }
    let after = match wallet.debit(amount) {
        Debit::Debited(after) => after,
        Debit::NotFree { free } => return Ok(Booked::Refused(NotBooked::NotFree { free })),
    };
    ledger::post(tx, &transfer, currency, actor, now)?;
    accounts::save_wallet(tx, account, &after)?;
    let (before, after) = (wallet.posted.to_string(), after.posted.to_string());
    let change = Change {
        actor,
        action: "debit",
        subject: account,
        account: Some(account),
        detail: &format!("{amount}: {reason}"),
        before: Some(&before),
        after: Some(&after),
    };
    audit::change(tx, &change, now)?;
    Ok(Booked::Now)
}
