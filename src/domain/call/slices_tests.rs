//! Calls of one account that share its money in slices: whatever their numbers do, what they hold is never more than there
//! is, and nobody is cut off while money is free.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::extension::LEAST_GAIN_SECONDS;
use super::instruction::Asked;
use super::progress::Event;
use super::tests::{TIMING, at};
use super::*;
use crate::domain::admission::{Terms, Wanted, admit};
use crate::domain::checkpoint::{Decision, decide};
use crate::domain::rating::strategies::rates;
use crate::domain::recharge::{Recharge, WhyNot};
use crate::domain::time_limit::cost_until;
use crate::domain::wallet::{Reserve, Wallet};

const SEQUENCES: u32 = 2_000;
const MOST_CALLS: usize = 5;

#[derive(Clone, Debug)]
enum Step {
    Dial(Vec<Rate>),
    Answer { call: usize, leg: usize },
    Leave { call: usize, leg: usize },
    Credit(i64),
    Pass(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (call, leg) = (0..MOST_CALLS, 1..3_usize);
    let step = prop_oneof![
        2 => prop::collection::vec(rates(), 2..=3).prop_map(Step::Dial),
        4 => (call.clone(), leg.clone()).prop_map(|(call, leg)| Step::Answer { call, leg }),
        2 => (call, 0..3_usize).prop_map(|(call, leg)| Step::Leave { call, leg }),
        1 => (1..3_000_000_i64).prop_map(Step::Credit),
        6 => (1..90_i64).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 5..50)
}

struct Account {
    slice: u16,
    wallet: Wallet,
    calls: Vec<Call>,
    now: i64,
}

impl Account {
    fn running(&self) -> Vec<usize> {
        let mut running: Vec<_> = (0..self.calls.len()).filter(|at| self.calls[*at].is_running()).collect();
        running.sort_by_key(|at| self.calls[*at].deadline);
        running
    }

    /// The payer answers at once.
    fn dial(&mut self, rates: Vec<Rate>) {
        if self.running().len() >= MOST_CALLS {
            return;
        }
        let number = |place: usize| format!("+1415555010{place}").parse().unwrap();
        let wanted: Vec<_> = rates
            .into_iter()
            .enumerate()
            .map(|(place, rate)| Wanted { number: number(place), rate: Ok(rate), is_bot: false })
            .collect();
        let settled = CallTerms { grant_seconds: self.slice, ..CallTerms::default() };
        let terms = Terms {
            available: self.wallet.available(),
            account_open: true,
            account_frozen: false,
            live_calls: 0,
            most_live_calls: 1,
            most_legs: 6,
            least_seconds: 10,
            most_seconds: TIMING.most_seconds,
            slice: settled.slice(&TIMING),
            dialled_lately: 0,
            most_calls_a_minute: None,
            house_is_full: false,
            room: None,
        };
        let Ok(admitted) = admit(&wanted, &terms, at(self.now)) else { return };
        let Reserve::Reserved(wallet) = self.wallet.reserve(admitted.hold) else { panic!("no more than is free") };
        self.wallet = wallet;
        let legs = wanted.into_iter().enumerate().map(|(place, wanted)| {
            let role = if place == 0 { Role::Payer } else { Role::Other };
            let leg = Leg::new(format!("leg_{place}"), role, wanted.number, wanted.rate.unwrap());
            Leg { state: LegState::Calling, ..leg }
        });
        let id = format!("call_{}", self.calls.len());
        let mut call = Call::new(id, "acc_1".into(), "room".into(), admitted.hold, legs.collect(), at(self.now));
        call.terms = settled;
        self.calls.push(call);
        self.asks(self.calls.len() - 1, 0);
    }

    fn asks(&mut self, call: usize, leg: usize) {
        let (id, sid) = (format!("leg_{leg}"), format!("CA{leg}"));
        let (_, commands) = self.calls[call].instruct(&id, &sid, Asked::ForInstructions, &TIMING, at(self.now));
        self.take(call, commands);
    }

    fn ends(&mut self, call: usize, leg: usize) {
        let found = &self.calls[call].legs[leg];
        if found.is_over() {
            return;
        }
        let end = match found.started_at {
            Some(start) => LegEnd::Completed { seconds: whole_seconds(at(self.now) - start) },
            None => LegEnd::NoAnswer,
        };
        let (leg, call_sid) = (format!("leg_{leg}"), format!("CA{leg}"));
        let event = Event::Progress { leg, call_sid, progress: LegProgress::Ended(end) };
        let commands = self.calls[call].apply(&event, at(self.now));
        self.take(call, commands);
        if !self.calls[call].is_running() {
            (0..self.calls[call].legs.len()).for_each(|leg| self.ends(call, leg));
        }
    }

    /// What the flows do with commands.
    fn take(&mut self, call: usize, commands: Vec<Command>) {
        let mut freed = false;
        for command in commands {
            match command {
                Command::GiveBack { amount } => self.wallet = self.wallet.settle(amount, Money::ZERO),
                Command::Settle => {
                    let total = self.calls[call].charges().iter().map(|charge| charge.cost).sum();
                    self.wallet = self.wallet.settle(self.calls[call].held, total);
                    self.calls[call].held = Money::ZERO;
                }
                Command::Checkpoint { at: due } if due <= at(self.now) => {
                    self.look(call);
                    continue;
                }
                Command::LookAgain => {}
                _ => continue,
            }
            freed = true;
        }
        if freed {
            let waiting = |call: &Call| call.deadline.is_some() && call.checkpoint_at.is_none();
            let waiting: Vec<_> = self.running().into_iter().filter(|call| waiting(&self.calls[*call])).collect();
            waiting.into_iter().for_each(|call| self.look(call));
        }
    }

    fn look(&mut self, place: usize) {
        let (now, free) = (at(self.now), self.wallet.available());
        let call = &mut self.calls[place];
        call.checkpoint_at = call.checkpoint_at.filter(|due| *due > now);
        let Decision::Extend(gain) = decide(call, free, &Recharge::No(WhyNot::NotAgreed), &TIMING, now) else { return };
        let Reserve::Reserved(wallet) = self.wallet.reserve(gain.more) else { panic!("no more than is free") };
        self.wallet = wallet;
        call.extend(&gain, &TIMING, now);
        let inside: Vec<_> = (0..call.legs.len()).filter(|leg| call.legs[*leg].is_in()).collect();
        inside.into_iter().for_each(|leg| self.asks(place, leg));
    }

    /// One second: looks that are due, and limits that are reached.
    fn second(&mut self) -> Result<(), TestCaseError> {
        self.now += 1;
        let now = at(self.now);
        for place in self.running() {
            if self.calls[place].checkpoint_at.is_some_and(|due| due <= now) {
                self.look(place);
            }
        }
        for place in self.running() {
            let call = &self.calls[place];
            let Some(deadline) = call.deadline else { continue };
            // What a phone that rings gives back is looked at when it answers.
            let rings = call.legs.iter().any(|leg| leg.started_at.is_none() && !leg.is_over());
            if !rings && deadline - now == TIMING.redirect_by + TimeDelta::seconds(1) {
                let gain = call.gain(self.wallet.available(), &TIMING, now).map_or(0, |gain| gain.seconds);
                prop_assert!(gain < LEAST_GAIN_SECONDS, "cut off with money for {gain} seconds: {call:#?}");
            }
            if deadline <= now {
                (0..self.calls[place].legs.len()).for_each(|leg| self.ends(place, leg));
            }
        }
        self.holds_what_there_is()
    }

    fn holds_what_there_is(&self) -> Result<(), TestCaseError> {
        let held: Money = self.calls.iter().map(|call| call.held).sum();
        prop_assert_eq!(held, self.wallet.reserved);
        prop_assert!(held <= self.wallet.posted, "{:?}", self.wallet);
        for call in self.calls.iter().filter(|call| call.is_running()) {
            let cost =
                call.deadline.map_or(Money::ZERO, |deadline| cost_until(deadline, &call.metered(), at(self.now)));
            prop_assert!(cost <= call.held, "{cost}: {call:#?}");
        }
        Ok(())
    }
}

fn play(slice: u16, funds: i64, steps: &[Step]) -> Result<(), TestCaseError> {
    let wallet = Wallet { posted: Money::from_micros(funds), ..Wallet::default() };
    let mut account = Account { slice, wallet, calls: vec![], now: 0 };
    for step in steps {
        match step {
            Step::Dial(rates) => account.dial(rates.clone()),
            Step::Answer { call, leg } | Step::Leave { call, leg } => {
                let there = account.calls.get(*call).filter(|found| found.is_running() && found.legs.len() > *leg);
                match (there, step) {
                    (Some(_), Step::Leave { .. }) => account.ends(*call, *leg),
                    (Some(found), _) if !found.legs[*leg].is_over() => account.asks(*call, *leg),
                    (Some(_) | None, _) => {}
                }
            }
            Step::Credit(micros) => {
                account.wallet = account.wallet.credit(Money::from_micros(*micros)).0;
                account.running().into_iter().for_each(|call| account.look(call));
            }
            Step::Pass(seconds) => (0..*seconds).try_for_each(|_| account.second())?,
        }
        account.holds_what_there_is()?;
    }
    Ok(())
}

#[test]
fn parallel_calls_share_the_money_and_none_is_cut_off_while_some_is_free() {
    let cases = std::env::var("TEST_SEQUENCES").ok().and_then(|text| text.parse().ok()).unwrap_or(SEQUENCES);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let slices = prop_oneof![Just(0_u16), Just(120), 120..600_u16];
    let tried = runner.run(&(slices, 0..9_000_000_i64, steps()), |(slice, funds, steps)| play(slice, funds, &steps));
    tried.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_call_takes_its_next_slice_in_time_and_not_before() {
    let rate = || Rate { price_per_minute: "0.60".parse().unwrap(), ..Rate::free("anywhere") };
    let wallet = Wallet { posted: "9".parse().unwrap(), ..Wallet::default() };
    let mut account = Account { slice: 120, wallet, calls: vec![], now: 0 };
    account.dial(vec![rate(), rate()]);
    account.asks(0, 1);
    let held = |account: &Account| (account.calls[0].deadline, account.calls[0].held.to_string());
    assert_eq!(held(&account), (Some(at(120)), "2.40".to_owned()));
    account.now = 59;
    account.look(0);
    assert_eq!(held(&account), (Some(at(120)), "2.40".to_owned()), "more money is no reason to take it early");
    account.second().unwrap();
    assert_eq!(held(&account), (Some(at(240)), "4.80".to_owned()));
    assert_eq!(account.calls[0].checkpoint_at, Some(at(180)));
}
