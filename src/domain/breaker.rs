//! Whether new payments are begun with a card processor, by how it has answered of late: one for each processor, in the
//! books, so that all nodes have the same.
//!
//! ```text
//! Closed ─ OPENS_AFTER failures WITHIN ─► Open ─ after RESTS, with one payment ─► Probing
//!   ▲                                      ▲                                        │
//!   │                                      └──── it fails, or says nothing ─────────┤
//!   └──────────────────────────── it is answered ───────────────────────────────────┘
//! ```
//!
//! What was begun before is looked after in every state.

use chrono::{DateTime, TimeDelta, Utc};

/// One payment whose answers are lost is asked about again and again: fewer would let it stop all others alone.
pub const OPENS_AFTER: usize = 6;
/// Longer than a payment waits for its first answers, shorter than an hour's worth of unrelated trouble.
pub const WITHIN: TimeDelta = TimeDelta::seconds(120);
/// About as long as a call has between its checkpoint and its end.
pub const RESTS: TimeDelta = TimeDelta::seconds(60);
/// A probe that has not come to an answer by then says nothing, and the next payment is another.
pub const PROBE_LASTS: TimeDelta = TimeDelta::seconds(60);

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Breaker {
    pub state: State,
    /// Failures before this do not count any more.
    pub since: DateTime<Utc>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    Closed,
    Open,
    /// One payment tries whether it works again.
    Probing {
        payment: String,
    },
}

impl Default for Breaker {
    fn default() -> Self {
        Self { state: State::Closed, since: DateTime::UNIX_EPOCH }
    }
}

/// What an answer, or none, says of its processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Evidence {
    /// No answer, or one that says nothing but that something is wrong there.
    Fails,
    /// It has decided about a payment, whichever way.
    Works,
    Nothing,
}

impl Breaker {
    /// May a payment be begun?
    pub fn lets_begin(&self, now: DateTime<Utc>) -> bool {
        match self.state {
            State::Closed => true,
            State::Open => now - self.since >= RESTS,
            State::Probing { .. } => now - self.since >= PROBE_LASTS,
        }
    }

    /// A payment is begun, and is the probe unless all is well.
    pub fn begun(&self, payment: &str, now: DateTime<Utc>) -> Self {
        match self.state {
            State::Closed => self.clone(),
            State::Open | State::Probing { .. } => {
                Self { state: State::Probing { payment: payment.to_owned() }, since: now }
            }
        }
    }

    /// `failures`: those since [`Self::counts_from`], the present one too.
    pub fn heard(&self, about: &str, evidence: Evidence, failures: usize, now: DateTime<Utc>) -> Self {
        let state = match (&self.state, evidence) {
            (State::Closed, Evidence::Fails) if failures >= OPENS_AFTER => State::Open,
            (State::Probing { payment }, Evidence::Fails) if payment == about => State::Open,
            (State::Probing { payment }, Evidence::Works) if payment == about => State::Closed,
            (State::Closed | State::Open | State::Probing { .. }, _) => return self.clone(),
        };
        Self { state, since: now }
    }

    pub fn counts_from(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.since.max(now - WITHIN)
    }

    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }
}

impl State {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Probing { .. } => "probing",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(1) + TimeDelta::seconds(seconds)
    }

    fn open() -> Breaker {
        Breaker { state: State::Open, since: at(0) }
    }

    #[test]
    fn it_opens_at_the_last_failure_and_not_before() {
        let closed = Breaker::default();
        assert_eq!(closed.heard("pay_1", Evidence::Fails, OPENS_AFTER - 1, at(0)), closed);
        assert_eq!(closed.heard("pay_1", Evidence::Fails, OPENS_AFTER, at(0)), open());
    }

    #[test]
    fn after_its_rest_one_payment_probes_and_its_answer_alone_decides() {
        assert!(!open().lets_begin(at(59)) && open().lets_begin(at(60)));
        let probing = open().begun("pay_1", at(60));
        assert!(!probing.lets_begin(at(119)) && probing.lets_begin(at(120)), "a probe that says nothing is given up");
        for other in [Evidence::Fails, Evidence::Works] {
            assert_eq!(probing.heard("pay_2", other, 99, at(61)), probing);
        }
        assert_eq!(probing.heard("pay_1", Evidence::Nothing, 99, at(61)), probing);
        let again = probing.heard("pay_1", Evidence::Fails, 1, at(61));
        assert_eq!(again, Breaker { state: State::Open, since: at(61) });
        let closed = probing.heard("pay_1", Evidence::Works, 0, at(61));
        assert!(closed.is_closed() && closed.counts_from(at(62)) == at(61), "old failures are forgotten");
    }

    #[derive(Clone, Debug)]
    enum Step {
        Begin,
        Hear { which: usize, evidence: Evidence },
    }

    fn step() -> impl Strategy<Value = (i64, Step)> {
        let evidence = prop_oneof![Just(Evidence::Fails), Just(Evidence::Works), Just(Evidence::Nothing)];
        let hear = (0..4_usize, evidence).prop_map(|(which, evidence)| Step::Hear { which, evidence });
        (0..40_i64, prop_oneof![1 => Just(Step::Begin), 4 => hear])
    }

    proptest! {
        /// Whatever is heard in whatever order: it opens only with enough failures within the window, while it is open
        /// payments begin no closer than its rest, and it closes only by the answer of its probe.
        #[test]
        fn new_payments_stop_with_enough_failures_and_go_on_by_a_probe_alone(steps in proptest::collection::vec(step(), 1..200)) {
            let (mut breaker, mut now) = (Breaker::default(), at(0));
            let (mut failures, mut payments): (Vec<DateTime<Utc>>, Vec<String>) = (vec![], vec![]);
            let mut last_while_not_closed: Option<DateTime<Utc>> = None;
            for (seconds, step) in steps {
                now += TimeDelta::seconds(seconds);
                let before = breaker.clone();
                match step {
                    Step::Begin if breaker.lets_begin(now) => {
                        if !breaker.is_closed() {
                            let enough = last_while_not_closed.is_none_or(|last| now - last >= RESTS.min(PROBE_LASTS));
                            prop_assert!(enough);
                            last_while_not_closed = Some(now);
                        }
                        payments.push(format!("pay_{}", payments.len()));
                        breaker = breaker.begun(payments.last().unwrap(), now);
                    }
                    Step::Begin => {}
                    Step::Hear { which, evidence } => {
                        let Some(about) = payments.iter().rev().nth(which).cloned() else { continue };
                        if evidence == Evidence::Fails {
                            failures.push(now);
                        }
                        let counted = failures.iter().filter(|at| **at >= breaker.counts_from(now)).count();
                        breaker = breaker.heard(&about, evidence, counted, now);
                        match (&before.state, &breaker.state) {
                            (State::Closed, State::Open) => {
                                let recent = failures.iter().filter(|at| now - **at <= WITHIN).count();
                                prop_assert!(recent >= OPENS_AFTER);
                                last_while_not_closed = Some(now);
                            }
                            (State::Probing { payment }, State::Closed) => {
                                prop_assert!(*payment == about && evidence == Evidence::Works);
                            }
                            (State::Open, after) => prop_assert!(*after == State::Open),
                            (_, _) => {}
                        }
                    }
                }
            }
        }
    }
}
