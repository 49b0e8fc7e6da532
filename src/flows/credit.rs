//! Money comes into a wallet, once a fact; calls that wait for it are looked at again.

use chrono::{DateTime, Utc};

use super::{FlowError, Job};
use crate::domain::ledger::{Place, Posted, Transfer, adjustment};
use crate::domain::money::Money;
use crate::storage::{Tx, accounts, audit, calls, ledger};

/// Books a credit. What repays a debt does not reach the wallet. The caller has locked nothing yet.
pub(super) fn credit(tx: &mut Tx, transfer: &Transfer, actor: &str, now: DateTime<Utc>) -> Result<Posted, FlowError> {
    let unknown = || FlowError::not_found("account", &transfer.account);
    let wallet = accounts::lock_wallet(tx, &transfer.account)?.ok_or_else(unknown)?;
    let account = accounts::find(tx, &transfer.account)?.ok_or_else(unknown)?;
    let (wallet, credited) = wallet.credit(transfer.amount);
    let parts = [
        Transfer { amount: credited.kept, ..transfer.clone() },
        Transfer {
            amount: credited.repaid,
            credit: Place::Debt(transfer.account.clone()),
            fact_key: debt_key(&transfer.fact_key),
            ..transfer.clone()
        },
    ];
    let mut posted = Posted::Already;
    for part in parts.iter().filter(|part| part.amount.is_positive()) {
        posted = ledger::post(tx, part, account.currency, actor, now)?;
        if posted == Posted::Already {
            return Ok(Posted::Already);
        }
    }
    accounts::save_wallet(tx, &transfer.account, &wallet)?;
    // Earliest deadline first: whose money runs out first is served first.
    for call in calls::running(tx, &transfer.account)? {
        Job::Checkpoint { call }.enqueue(tx, now)?;
    }
    Ok(posted)
}

/// Each part of a credit is a fact of its own: `debt:stripe:pi_…`, `debt:adjust:…`.
fn debt_key(fact_key: &str) -> String {
    format!("debt:{}", fact_key.strip_prefix("credit:").unwrap_or(fact_key))
}

/// A credit by an administrator, with the reason and who it was. The same `key` again changes nothing.
pub fn adjust(
    tx: &mut Tx,
    account: &str,
    key: &str,
    amount: Money,
    reason: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Posted, FlowError> {
    let posted = credit(tx, &adjustment(account, key, amount, reason), actor, now)?;
    if posted == Posted::Now {
        audit::record(tx, actor, "credit", account, &format!("{amount}: {reason}"), now)?;
    }
    Ok(posted)
}
