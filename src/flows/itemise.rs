//! The itemised bill of a call: each leg by its rate, beside what the ledger took for it. Supervisors are no part of it.

use super::FlowError;
use crate::domain::call::bill::Charge;
use crate::domain::call::holding::{Holding, holdings};
use crate::domain::call::{Call, Leg, Phase};
use crate::domain::currency::Currency;
use crate::domain::ledger::{leg_fact, leg_tax_fact, promo_fact};
use crate::domain::money::Money;
use crate::domain::rating::explain::Explanation;
use crate::storage::{Tx, accounts, bundles, call_records, calls, statements};

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
    pub explanation: Explanation,
    /// By the ledger, with the tax.
    pub booked: Money,
    pub booked_tax: Money,
    /// What promotional credit paid of it.
    pub booked_promo: Money,
    /// What the books have that bundles paid for.
    pub booked_seconds: i64,
}

impl BillLine {
    pub fn agrees(&self) -> bool {
        let from_bundles: i64 = self.charge.from_bundles.iter().map(|used| used.seconds).sum();
        let money = self.charge.cost == self.booked && self.charge.tax == self.booked_tax;
        money && from_bundles == self.booked_seconds
    }
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

    pub fn booked_promo(&self) -> Money {
        self.lines.iter().map(|line| line.booked_promo).sum()
    }

    pub fn agrees_with_the_ledger(&self) -> bool {
        self.lines.iter().all(BillLine::agrees)
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
    let facts: Vec<_> = call.legs.iter().flat_map(|leg| [leg_fact(&leg.id), leg_tax_fact(&leg.id)]).collect();
    let both: Vec<_> = facts.iter().cloned().chain(facts.iter().map(|fact| promo_fact(fact))).collect();
    let entries = statements::of_facts(tx, &call.account, &both)?;
    let from_bundles = bundles::of_call(tx, &call.id)?;
    let booked = |fact: &String| entries.iter().filter(|entry| entry.fact_key == *fact).map(|entry| entry.amount).sum();
    let line = |leg: &Leg, charge| {
        let [net, tax] = [leg_fact(&leg.id), leg_tax_fact(&leg.id)];
        let [net_promo, tax_promo]: [Money; 2] = [promo_fact(&net), promo_fact(&tax)].each_ref().map(booked);
        let [net, tax] = [&net, &tax].map(booked);
        BillLine {
            charge,
            explanation: leg.rate.explain(leg.start(), leg.billable_seconds()),
            booked: net + tax + net_promo + tax_promo,
            booked_tax: tax + tax_promo,
            booked_promo: net_promo + tax_promo,
            booked_seconds: from_bundles.iter().filter(|(id, ..)| *id == leg.id).map(|(.., seconds)| seconds).sum(),
        }
    };
    Ok(call.legs.iter().zip(call.charges()).map(|(leg, charge)| line(leg, charge)).collect())
}
