//! Money comes into a wallet, once a fact; calls that wait for it are looked at again.

use chrono::{DateTime, Utc};

use super::by_hand::{Booked, NotBooked, booked_before};
use super::{FlowError, look_again};
use crate::domain::ledger::{Place, Posted, Transfer, adjustment};
use crate::domain::money::{LARGEST, Money};
use crate::domain::wallet::Wallet;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts, ledger, statements};

/// Books a credit. What repays a debt does not reach the wallet. The caller has locked nothing yet.
pub(super) fn credit(tx: &mut Tx, transfer: &Transfer, actor: &str, now: DateTime<Utc>) -> Result<Posted, FlowError> {
    let unknown = || FlowError::not_found("account", &transfer.account);
    let wallet = accounts::lock_wallet(tx, &transfer.account)?.ok_or_else(unknown)?;
    let account = accounts::find(tx, &transfer.account)?.ok_or_else(unknown)?;
    if statements::booked(tx, &transfer.account, &fact_keys(&transfer.fact_key))?.is_some() {
        return Ok(Posted::Already);
    }
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
    for part in parts.iter().filter(|part| part.amount.is_positive()) {
        ledger::post(tx, part, account.currency, actor, now)?;
    }
    accounts::save_wallet(tx, &transfer.account, &wallet)?;
    look_again::all_calls(tx, &transfer.account, now)?;
    Ok(Posted::Now)
}

/// What repaid a debt is booked beside the rest; both parts together are the credit.
fn fact_keys(fact_key: &str) -> [String; 2] {
    [fact_key.to_owned(), debt_key(fact_key)]
}

/// Each part of a credit is a fact of its own: `debt:stripe:pi_…`, `debt:adjust:…`.
fn debt_key(fact_key: &str) -> String {
    format!("debt:{}", fact_key.strip_prefix("credit:").unwrap_or(fact_key))
}

/// No wallet may hold more: sums of amounts stay far inside 64 bits.
const FULLEST: Money = Money::from_micros(LARGEST.micros() * 1000);

pub(super) fn is_too_much(wallet: &Wallet, amount: Money) -> bool {
    wallet.balance() > FULLEST - amount
}

/// A credit by an administrator or a program, with the reason and who it was, under a key made up once: asking again
/// changes nothing, asking for another amount under the same key is refused.
pub fn credit_account(
    tx: &mut Tx,
    account: &str,
    key: &str,
    amount: Money,
    reason: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Booked, FlowError> {
    let wallet = accounts::lock_wallet(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
    let transfer = adjustment(account, key, amount, reason);
    if let Some(before) = booked_before(tx, account, &fact_keys(&transfer.fact_key), amount)? {
        return Ok(before);
    }
    if is_too_much(&wallet, amount) {
        return Ok(Booked::Refused(NotBooked::TooMuch));
    }
    credit(tx, &transfer, actor, now)?;
    let after = accounts::wallet(tx, account)?.unwrap_or_default();
    let change = Change {
        actor,
        action: "credit",
        subject: account,
        account: Some(account),
        detail: &format!("{amount}: {reason}"),
        before: Some(&wallet.posted.to_string()),
        after: Some(&after.posted.to_string()),
    };
    audit::change(tx, &change, now)?;
    Ok(Booked::Now)
}
