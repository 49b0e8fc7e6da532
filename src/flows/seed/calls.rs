//! Calls of the made-up books, each with its legs, hold, charges and record.

use chrono::{DateTime, TimeDelta, Utc};

use super::Seed;
use crate::domain::call::bill::Charge;
use crate::domain::call::record::Record;
use crate::domain::call::{Call, EndReason, Leg, LegEnd, LegState, Phase, Role};
use crate::domain::money::Money;
use crate::domain::payment::Payment;
use crate::domain::rating::Rate;
use crate::flows::FlowError;
use crate::storage::bulk::Whole;
use crate::storage::events::{self, WholeDelivery};
use crate::storage::exchanges::{self, Note};
use crate::storage::ledger::Booked;
use crate::storage::payments::Frozen;
use crate::storage::{Tx, bulk, ledger, payments};

pub const LIVE_AT_MOST: usize = 60;
/// One call of so many is the first caller's: somebody who calls far more than others.
const FIRST_CALLERS: usize = 25;
const NOT_ANSWERED_PERCENT: u64 = 12;
/// Longest talk, and what may be authorised beyond it.
const TALK: u64 = 600;
const BEYOND: u64 = 600;
const LIVE_SECONDS: i64 = 1800;

/// What one transaction writes.
#[derive(Default)]
pub struct Batch {
    calls: Vec<Whole>,
    pub transfers: Vec<Booked>,
    pub payments: Vec<(Payment, Frozen)>,
    pub steps: Vec<Note>,
    pub deliveries: Vec<WholeDelivery>,
}

impl Batch {
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Calls first: payments name them.
    pub fn save(&self, tx: &mut Tx) -> Result<(), FlowError> {
        bulk::insert_calls(tx, &self.calls)?;
        payments::insert_many(tx, &self.payments)?;
        exchanges::insert_many(tx, &self.steps)?;
        events::insert_many(tx, &self.deliveries)?;
        Ok(ledger::insert_many(tx, &self.transfers)?)
    }
}

impl Seed {
    /// A call that is over by now.
    pub(super) fn call(&mut self, at: DateTime<Utc>, batch: &mut Batch) {
        let caller = self.who_calls();
        let (ringing, talk) = (3 + self.chance.seconds(17), 1 + self.chance.seconds(TALK));
        let answered = !self.chance.happens(NOT_ANSWERED_PERCENT);
        let authorised = ringing + talk + self.chance.seconds(BEYOND);
        let mut call = self.dialled(caller, authorised, at);
        let payer_seconds = if answered { ringing + talk } else { ringing };
        call.legs[0].state = LegState::Over(LegEnd::Completed { seconds: payer_seconds });
        let other = &mut call.legs[1];
        if answered {
            other.started_at = Some(at + TimeDelta::seconds(ringing));
            other.authorised_until = call.deadline;
            other.joined = true;
            other.state = LegState::Over(LegEnd::Completed { seconds: talk });
        } else {
            other.state = LegState::Over(LegEnd::NoAnswer);
        }
        let reason = if answered { EndReason::PayerLeft } else { EndReason::NobodyAnswered };
        call.phase = Phase::Settled(reason);
        if call.held > self.callers[caller].wallet.posted {
            self.recharge(caller, &call.id.clone(), at, batch);
        }
        self.settle(caller, call, reason, at + TimeDelta::seconds(payer_seconds + 2), batch);
    }

    /// A call that is under way; none for a caller whose money is short, unless it is the first one.
    pub(super) fn live_call(&mut self, caller: usize, batch: &mut Batch) {
        let at = self.now - TimeDelta::seconds(30 + self.chance.seconds(60));
        let mut call = self.dialled(caller, LIVE_SECONDS, at);
        if call.held > self.callers[caller].wallet.available() {
            if caller > 0 {
                return;
            }
            self.recharge(caller, &call.id.clone(), at, batch);
        }
        for leg in &mut call.legs {
            leg.state = LegState::Answered;
            leg.started_at = Some(at);
            leg.authorised_until = call.deadline;
            leg.joined = true;
        }
        call.checkpoint_at = call.deadline.map(|deadline| deadline - TimeDelta::minutes(1));
        self.callers[caller].wallet.reserved += call.held;
        let records = vec![(at, Record::Dialled { funds: call.held, seconds: LIVE_SECONDS })];
        self.keep(call, None, records, batch);
    }

    fn who_calls(&mut self) -> usize {
        self.calls += 1;
        if self.calls.is_multiple_of(FIRST_CALLERS) { 0 } else { self.chance.place(self.callers.len()) }
    }

    /// Rung, with the money held for so many seconds from now on.
    fn dialled(&mut self, caller: usize, seconds: i64, at: DateTime<Utc>) -> Call {
        let (number, rate) = self.prices.numbers[self.chance.place(self.prices.numbers.len())].clone();
        let plan = self.callers[caller].plan;
        let own_rate = if self.prices.plans[plan].own_phone_free {
            Rate::free("own phone")
        } else {
            // Any number's rate is plausible for a phone of one's own.
            Rate { destination: "own phone".to_owned(), ..self.prices.numbers[0].1.clone() }
        };
        let held = rate.cost(at, seconds) + own_rate.cost(at, seconds);
        let mut payer = Leg::new(self.id("leg", at), Role::Payer, self.callers[caller].own_number.clone(), own_rate);
        let mut other = Leg::new(self.id("leg", at), Role::Other, number, rate);
        let deadline = Some(at + TimeDelta::seconds(seconds));
        payer.started_at = Some(at);
        payer.authorised_until = deadline;
        payer.joined = true;
        for leg in [&mut payer, &mut other] {
            leg.call_sid = Some(format!("CA{:032x}", self.made * 2 + u128::from(leg.role == Role::Payer)));
            leg.served = Some(0);
        }
        let room = self.id("room", at);
        let (id, account) = (self.id("call", at), self.callers[caller].account.clone());
        let mut call = Call::new(id, account, room, held, vec![payer, other], at - TimeDelta::seconds(5));
        (call.started_at, call.deadline) = (Some(at), deadline);
        call
    }

    /// Charges what the bill says, by the domain's own rule.
    fn settle(&mut self, caller: usize, call: Call, reason: EndReason, at: DateTime<Utc>, batch: &mut Batch) {
        let charges = call.charges();
        let cost: Money = charges.iter().map(|charge| charge.cost).sum();
        let currency = self.prices.plans[self.callers[caller].plan].currency;
        for transfer in charges.iter().flat_map(|charge| charge.transfers(&call.account)) {
            let id = self.id("tr", at);
            batch.transfers.push(self.booked(id, transfer, currency, "carrier", at));
        }
        self.callers[caller].wallet.posted -= cost;
        let seconds = call.legs[0].authorised_seconds();
        let mut records = vec![(call.created_at, Record::Dialled { funds: call.held, seconds })];
        records.push((at, Record::Ended { reason: reason.code().to_owned() }));
        records.extend(charges.iter().flat_map(|charge| charge.records()).map(|record| (at, record)));
        self.tell(&call, cost, currency, at, batch);
        self.keep(call, Some((at, charges)), records, batch);
    }

    fn keep(
        &mut self,
        mut call: Call,
        settled: Option<(DateTime<Utc>, Vec<Charge>)>,
        records: Vec<(DateTime<Utc>, Record)>,
        batch: &mut Batch,
    ) {
        call.records = i64::try_from(records.len()).expect("records are few");
        let request_key = format!("req_{}", &call.id[5..]);
        batch.calls.push(Whole { call, request_key, settled, records });
    }
}
