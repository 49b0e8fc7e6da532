//! The itemised bill of a call: each leg by its rate, beside what the ledger took for it. Supervisors are no part of it.

use super::FlowError;
use crate::domain::call::bill::Charge;
use crate::domain::call::holding::{Holding, holdings};
use crate::domain::call::{Call, Phase};
use crate::domain::currency::Currency;
use crate::domain::ledger::leg_fact;
use crate::domain::money::Money;
use crate::storage::{Tx, accounts, call_records, calls, statements};

#[derive(Debug)]
pub struct Bill {
    pub call: Call,
    pub currency: Currency,
    /// One for each leg, in their order; none before the call is settled.
    pub lines: Vec<BillLine>,
    pub holdings: Vec<Holding>,
}

#[derive(Debug)]
pub struct BillLine {
    pub charge: Charge,
    /// By the ledger.
    pub booked: Money,
}

impl Bill {
    pub fn is_settled(&self) -> bool {
        matches!(self.call.phase, Phase::Settled(_))
    }

    /// By the rates.
    pub fn total(&self) -> Money {
        self.lines.iter().map(|line| line.charge.cost).sum()
    }

    /// By the ledger.
    pub fn booked(&self) -> Money {
        self.lines.iter().map(|line| line.booked).sum()
    }

    pub fn agrees_with_the_ledger(&self) -> bool {
        self.lines.iter().all(|line| line.charge.cost == line.booked)
    }
}

pub fn itemise(tx: &mut Tx, call: &str) -> Result<Bill, FlowError> {
    let call = calls::find(tx, call)?.ok_or_else(|| FlowError::not_found("call", call))?;
    let account = accounts::find(tx, &call.account)?.ok_or_else(|| FlowError::not_found("account", &call.account))?;
    let record = call_records::since(tx, &call.id, 0)?;
    let call = call.without_supervisors();
    let holdings = holdings(record.into_iter().map(|line| (line.at, line.record)), call.held);
    let mut bill = Bill { call, currency: account.currency, lines: vec![], holdings };
    if bill.is_settled() {
        bill.lines = lines(tx, &bill.call)?;
    }
    Ok(bill)
}

fn lines(tx: &mut Tx, call: &Call) -> Result<Vec<BillLine>, FlowError> {
    let facts: Vec<_> = call.legs.iter().map(|leg| leg_fact(&leg.id)).collect();
    let booked = statements::of_facts(tx, &call.account, &facts)?;
    let of = |fact: &str| booked.iter().filter(|entry| entry.fact_key == fact).map(|entry| entry.amount).sum();
    let charges = call.charges().into_iter().zip(&facts);
    Ok(charges.map(|(charge, fact)| BillLine { charge, booked: of(fact) }).collect())
}
