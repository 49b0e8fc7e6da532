//! Payments of the made-up books: declined, credited, and open.

use chrono::{DateTime, TimeDelta, Utc};

use super::Seed;
use super::calls::Batch;
use crate::domain::currency::Currency;
use crate::domain::ledger::{Transfer, card_credit};
use crate::domain::money::Money;
use crate::domain::payment::{Decline, DeclineClass, Payment, State, Verdict};
use crate::storage::exchanges::Note;
use crate::storage::ledger::Booked;
use crate::storage::payments::Frozen;

pub const FIRST_CREDIT: Money = Money::from_micros(5_000_000);
/// Pays for the longest call that is made here.
pub const RECHARGE: Money = Money::from_micros(20_000_000);
const DECLINED_PERCENT: u64 = 12;
/// A reason is as frequent as it stands here.
const DECLINES: [(DeclineClass, &str); 6] = [
    (DeclineClass::Funds, "insufficient_funds"),
    (DeclineClass::Funds, "insufficient_funds"),
    (DeclineClass::Vague, "generic_decline"),
    (DeclineClass::Vague, "do_not_honor"),
    (DeclineClass::Hard, "expired_card"),
    (DeclineClass::Transient, "processing_error"),
];
/// Nobody asks the processor about payments it never heard of until then.
pub const OPEN_FOR: TimeDelta = TimeDelta::days(365);

impl Seed {
    pub(super) fn booked(
        &self,
        id: String,
        transfer: Transfer,
        currency: Currency,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Booked {
        Booked { id, transfer, currency, actor: actor.to_owned(), at }
    }

    /// The card is charged, sometimes after having been declined.
    pub(super) fn recharge(&mut self, caller: usize, call: &str, at: DateTime<Utc>, batch: &mut Batch) {
        if self.chance.happens(DECLINED_PERCENT) {
            let (class, code) = DECLINES[self.chance.place(DECLINES.len())];
            let verdict = Verdict::Declined(Decline { class, code: code.to_owned() });
            self.payment(caller, Some(call), State::Failed, Some(verdict), at - TimeDelta::seconds(40), batch);
        }
        let credited_at = at - TimeDelta::seconds(20);
        let reference = self.payment(caller, Some(call), State::Credited, None, credited_at, batch);
        let transfer = self.id("tr", credited_at);
        let (account, plan) = (self.callers[caller].account.clone(), self.callers[caller].plan);
        let credit = card_credit(&account, "stripe", &reference, RECHARGE);
        let currency = self.prices.plans[plan].currency;
        batch.transfers.push(self.booked(transfer, credit, currency, "stripe", credited_at));
        self.callers[caller].wallet.posted += RECHARGE;
    }

    /// A few that the processor is still about.
    pub(super) fn open_payments(&mut self, batch: &mut Batch) {
        let at = self.now - TimeDelta::minutes(3);
        for caller in 0..self.callers.len().div_ceil(200) {
            self.payment(caller, None, State::Processing, None, at, batch);
        }
    }

    /// Returns the processor's name of it.
    fn payment(
        &mut self,
        caller: usize,
        call: Option<&str>,
        state: State,
        verdict: Option<Verdict>,
        at: DateTime<Utc>,
        batch: &mut Batch,
    ) -> String {
        let id = self.id("pay", at);
        let reference = format!("pi_{}", &id[4..]);
        let caller = &self.callers[caller];
        let payment = Payment {
            id: id.clone(),
            account: caller.account.clone(),
            call: call.map(str::to_owned),
            amount: RECHARGE,
            currency: self.prices.plans[caller.plan].currency,
            customer_ref: format!("cus_{}", caller.account),
            state,
            reference: Some(reference.clone()),
            confirm: 1,
            useful_until: at + TimeDelta::minutes(1),
            created_at: at,
            tries: 0,
            not_before: if state.is_open() { at + OPEN_FOR } else { at },
            verdict,
        };
        for (seq, (step, outcome)) in (0..).zip([("create", "Created"), ("confirm", state.code())]) {
            let (payment, account) = (id.clone(), caller.account.clone());
            let (step, outcome) = (step.to_owned(), format!("{reference}: {outcome}"));
            batch.steps.push(Note { subject: payment, seq, account, at, step, outcome });
        }
        let frozen = Frozen {
            processor: "stripe".to_owned(),
            method_id: caller.card.clone(),
            create_body: format!("amount=2000&metadata[payment]={id}"),
            confirm_body: "off_session=true".to_owned(),
        };
        batch.payments.push((payment, frozen));
        reference
    }
}
