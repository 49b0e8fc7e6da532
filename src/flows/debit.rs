//! Money leaves a wallet by hand, with its reason: never what calls hold, and once a key.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::ledger::debit;
use crate::domain::money::Money;
use crate::domain::wallet::Debit;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, ledger, statements};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Debited {
    Now,
    /// The same debit was booked before under this key.
    Already,
    /// The key was used for another amount.
    OtherAmount {
        was: Money,
    },
    /// Only this much is not held by calls.
    NotFree {
        free: Money,
    },
}

/// `key` is made up once by whoever asks: asking again changes nothing. Calls that run keep what they hold.
pub fn debit_account(
    tx: &mut Tx,
    account: &str,
    key: &str,
    amount: Money,
    reason: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Debited, FlowError> {
    let unknown = || FlowError::not_found("account", account);
    let wallet = accounts::lock_wallet(tx, account)?.ok_or_else(unknown)?;
    let currency = accounts::find(tx, account)?.ok_or_else(unknown)?.currency;
    let transfer = debit(account, key, amount, reason);
    match statements::booked(tx, account, std::slice::from_ref(&transfer.fact_key))? {
        Some(was) if was == amount => return Ok(Debited::Already),
        Some(was) => return Ok(Debited::OtherAmount { was }),
        None => {}
    }
    let after = match wallet.debit(amount) {
        Debit::Debited(after) => after,
        Debit::NotFree { free } => return Ok(Debited::NotFree { free }),
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
    Ok(Debited::Now)
}
