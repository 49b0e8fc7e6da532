//! An agent, batches of vouchers, receipts of cash and requests in the made-up books. No voucher is activated: none is
//! money.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use super::Seed;
use super::people::OWNER;
use crate::domain::two_persons::{Limits, Who};
use crate::domain::voucher::PinKey;
use crate::flows::FlowError;
use crate::flows::agents::appoint;
use crate::flows::by_hand::{ByHand, by_hand};
use crate::flows::cash::{Taken, cash_credited, credit_cash, take_cash_by_agent};
use crate::flows::two_persons::Deed;
use crate::flows::voucher_batches::{Made, NewBatch, make_batch, print_batch};
use crate::storage::{Tx, accounts};

/// More than a page of each.
const MANY: i64 = 55;

impl Seed {
    /// Whoever calls most sells too, for one who pays in the same currency. The wallets are in the books by now.
    pub(super) fn sell(&mut self, tx: &mut Tx) -> Result<(), FlowError> {
        let agent = self.callers[0].account.clone();
        appoint(tx, &agent, "5".parse().expect("a percentage"), OWNER, self.now)?;
        let Some(customer) = self.buyer(tx)? else { return Ok(()) };
        for number in 0..MANY {
            let at = self.now - TimeDelta::minutes(MANY - number);
            take_cash(tx, &agent, &customer, number, at)?;
            ask(tx, &customer, number, at)?;
            make_cards(tx, number, at)?;
        }
        Ok(())
    }

    /// One without live calls, which new money would wake.
    fn buyer(&self, tx: &mut Tx) -> Result<Option<String>, FlowError> {
        for caller in self.callers.iter().skip(1).rev().filter(|caller| caller.plan == self.callers[0].plan) {
            if accounts::find(tx, &caller.account)?.is_some_and(|account| account.is_open()) {
                return Ok(Some(caller.account.clone()));
            }
        }
        Ok(None)
    }
}

fn deed(account: &str, amount: &str, number: i64) -> Deed {
    Deed {
        account: account.to_owned(),
        key: format!("seed_{number}"),
        amount: amount.parse().expect("an amount"),
        reason: "at the counter".to_owned(),
    }
}

fn take_cash(tx: &mut Tx, agent: &str, customer: &str, number: i64, at: DateTime<Utc>) -> Result<(), FlowError> {
    if let Taken::Now(receipt) = take_cash_by_agent(tx, agent, &deed(customer, "0.01", number), OWNER, at)? {
        credit_cash(tx, &receipt, at)?;
        cash_credited(tx, &receipt)?;
    }
    Ok(())
}

fn ask(tx: &mut Tx, customer: &str, number: i64, at: DateTime<Utc>) -> Result<(), FlowError> {
    let limits: Limits = "1000".parse().expect("a limit");
    by_hand(tx, ByHand::Credit, &deed(customer, "5000", number), &Who::person(OWNER), &limits, at)?;
    Ok(())
}

fn make_cards(tx: &mut Tx, number: i64, at: DateTime<Utc>) -> Result<(), FlowError> {
    let new = NewBatch {
        label: format!("Cards {number}"),
        currency: "USD".parse().expect("a currency"),
        face: "10".parse().expect("an amount"),
        pieces: 60,
        valid_until: None,
        key: format!("seed_{number}"),
    };
    let made = make_batch(tx, &new, &Who::person(OWNER), &Limits::default(), at)?;
    if let (Made::Batch(batch, _), true) = (made, number + 1 == MANY) {
        let key = PinKey::new(SecretString::from("under which nobody keeps anything")).expect("it is long enough");
        print_batch(tx, &key, &batch.id, OWNER, at)?;
    }
    Ok(())
}
