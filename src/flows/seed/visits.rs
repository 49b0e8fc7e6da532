//! Visits to the card processor's page in the made-up books: cards that were saved, top-ups that were paid, or not.

use chrono::{DateTime, TimeDelta, Utc};

use super::Seed;
use super::money::{OPEN_FOR, RECHARGE};
use crate::domain::checkout::{self, CONSENT, CONSENT_VERSION, Checkout, Purpose, State};
use crate::domain::ledger::card_credit;
use crate::flows::FlowError;
use crate::storage::checkouts::{self, Consent};
use crate::storage::payments::{self, Method};
use crate::storage::{Tx, audit, ledger};

const TOP_UP: Purpose = Purpose::TopUp { amount: RECHARGE, save_card: false };
const TOPPED_UP_PERCENT: u64 = 20;
/// The first caller has far more of everything than others.
const FIRST_CALLERS_CARDS: i32 = 12;
const FIRST_CALLERS_TOP_UPS: usize = 30;

impl Seed {
    /// Saves the caller's cards, the one to be charged first, and pays what is topped up before the first call.
    pub(super) fn make_visits(&mut self, tx: &mut Tx, caller: usize, at: DateTime<Utc>) -> Result<(), FlowError> {
        let (cards, top_ups) = match caller {
            0 => (FIRST_CALLERS_CARDS, FIRST_CALLERS_TOP_UPS),
            _ => (1, usize::from(self.chance.happens(TOPPED_UP_PERCENT))),
        };
        payments::insert_customer(tx, &self.callers[caller].account, "stripe", &self.customer(caller))?;
        for position in 0..cards {
            let card = self.save_card(tx, caller, position, at)?;
            if position == 0 {
                self.callers[caller].card = card;
            }
        }
        for number in 0..top_ups {
            let at = at + TimeDelta::minutes(20 * i64::try_from(number).unwrap_or(i64::MAX));
            self.top_up(tx, caller, at)?;
            if caller == 0 {
                let visit = self.visit(caller, TOP_UP, State::Expired, at + TimeDelta::minutes(5));
                self.keep_visit(tx, caller, &visit)?;
            }
        }
        Ok(())
    }

    /// One that the customer could still use. Nobody asks the processor about it, who never heard of it.
    pub(super) fn open_visit(&mut self, tx: &mut Tx) -> Result<(), FlowError> {
        let mut visit = self.visit(0, TOP_UP, State::Open, self.now - TimeDelta::minutes(2));
        visit.url = Some("https://checkout.invalid/pay".to_owned());
        visit.not_before = self.now + OPEN_FOR;
        self.keep_visit(tx, 0, &visit)
    }

    fn customer(&self, caller: usize) -> String {
        format!("cus_{}", self.callers[caller].account)
    }

    fn save_card(&mut self, tx: &mut Tx, caller: usize, position: i32, at: DateTime<Utc>) -> Result<String, FlowError> {
        let id = self.id("pm", at);
        let method = Method {
            id: id.clone(),
            processor: "stripe".to_owned(),
            method_ref: format!("pm_{}", &id[3..]),
            label: format!("Visa ••{}", 4242 + position),
        };
        payments::insert_method(tx, &self.callers[caller].account, &method, position, at)?;
        let mut visit = self.visit(caller, Purpose::SaveCard, State::Complete, at);
        visit.card = Some(method.method_ref);
        self.keep_visit(tx, caller, &visit)?;
        Ok(id)
    }

    fn top_up(&mut self, tx: &mut Tx, caller: usize, at: DateTime<Utc>) -> Result<(), FlowError> {
        let mut visit = self.visit(caller, TOP_UP, State::Complete, at);
        let paid_by = format!("pi_{}", &visit.id[4..]);
        let credit = card_credit(&visit.account, "stripe", &paid_by, RECHARGE);
        visit.paid_by = Some(paid_by);
        self.keep_visit(tx, caller, &visit)?;
        let transfer = self.id("tr", at);
        ledger::insert_many(tx, &[self.booked(transfer, credit, visit.currency, "stripe", at)])?;
        self.callers[caller].wallet.posted += RECHARGE;
        Ok(())
    }

    fn visit(&mut self, caller: usize, purpose: Purpose, state: State, at: DateTime<Utc>) -> Checkout {
        let id = self.id("chk", at);
        Checkout {
            account: self.callers[caller].account.clone(),
            purpose,
            currency: self.prices.plans[self.callers[caller].plan].currency,
            customer_ref: Some(self.customer(caller)),
            state,
            reference: Some(format!("cs_{}", &id[4..])),
            url: None,
            paid_by: None,
            card: None,
            created_at: at,
            expires_at: at + checkout::OPEN_FOR,
            not_before: at,
            looked_at: Some(at),
            tries: 0,
            verdict: None,
            id,
        }
    }

    fn keep_visit(&self, tx: &mut Tx, caller: usize, visit: &Checkout) -> Result<(), FlowError> {
        let from = "203.0.113.7".to_owned();
        let consent = Consent { text: CONSENT.to_owned(), version: CONSENT_VERSION.to_owned(), from };
        let consent = Some(&consent).filter(|_| visit.purpose.saves_card());
        checkouts::insert(tx, visit, "stripe", &format!("req_{}", &visit.id[4..]), consent)?;
        let detail = visit.purpose.amount().map_or_else(String::new, |amount| amount.to_string());
        let actor = &self.callers[caller].email;
        Ok(audit::record(tx, actor, visit.purpose.code(), &visit.account, &detail, visit.created_at)?)
    }
}
