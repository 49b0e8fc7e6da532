//! A credit somebody asks for under a key of their own: asking again changes nothing, asking for another amount under
//! the same key is refused.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::credit::adjust;
use crate::domain::ledger::adjustment;
use crate::domain::money::{LARGEST, Money};
use crate::storage::{Tx, accounts, statements};

/// No wallet may hold more: sums of amounts stay far inside 64 bits.
const FULLEST: Money = Money::from_micros(LARGEST.micros() * 1000);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credited {
    Now,
    /// The same credit was booked before under this key.
    Already,
    /// The key was used for another amount.
    OtherAmount {
        was: Money,
    },
    /// The wallet could not hold it.
    TooMuch,
}

pub fn credit_account(
    tx: &mut Tx,
    account: &str,
    key: &str,
    amount: Money,
    reason: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Credited, FlowError> {
    let wallet = accounts::lock_wallet(tx, account)?.ok_or_else(|| FlowError::not_found("account", account))?;
    let fact_key = adjustment(account, key, amount, reason).fact_key;
    // What repaid a debt is booked beside it; both parts together are the credit.
    let parts = [fact_key.clone(), format!("debt:{fact_key}")];
    match statements::booked(tx, account, &parts)? {
        Some(was) if was == amount => return Ok(Credited::Already),
        Some(was) => return Ok(Credited::OtherAmount { was }),
        None => {}
    }
    if wallet.posted > FULLEST - amount {
        return Ok(Credited::TooMuch);
    }
    adjust(tx, account, key, amount, reason, actor, now)?;
    Ok(Credited::Now)
}
