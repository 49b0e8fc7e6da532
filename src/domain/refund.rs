//! Money goes back to a card: whether it may, and one refund from the decision to its end.
//!
//! ```text
//! Asking ─ask─► Pending ─look─► Succeeded ─ the bank sends it back ─► Failed
//!  ▲  │ └─ no answer ─► Unknown ─ search: it is there ─► Pending, Succeeded
//!  └──┼─ it is not there ─┘
//!     └─ refused, though perhaps done before ─► Searching ─ not there ─► Failed
//! ```
//!
//! The money has left the wallet before the first request, and comes back only with `Failed`. An unknown outcome is
//! searched for and asked again under the same key, never guessed.

use chrono::{DateTime, TimeDelta, Utc};

use super::currency::Currency;
use super::money::Money;
use super::payment::Doubt;

/// Keys are kept by processors for at least a day; we stop repeating a request well before.
const LONGEST_REPEATING: TimeDelta = TimeDelta::hours(20);
/// A request that left so long ago is no longer under way.
const SURELY_ARRIVED: TimeDelta = TimeDelta::minutes(10);
const LONGEST_BACK_OFF: TimeDelta = TimeDelta::hours(1);
const LONGEST_PENDING: TimeDelta = TimeDelta::hours(6);
/// Banks send money back days later. Should the message about it be lost, one of these looks finds it out.
const LOOK_BACK: [TimeDelta; 2] = [TimeDelta::days(3), TimeDelta::days(14)];

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refund {
    pub id: String,
    pub account: String,
    pub processor: String,
    /// The processor's name of the charge that is given back.
    pub charge: String,
    pub amount: Money,
    pub currency: Currency,
    pub state: State,
    /// The processor's name of the refund.
    pub reference: Option<String>,
    /// How many requests may have been carried out without our knowing.
    pub unsure: i32,
    pub asked_at: Option<DateTime<Utc>>,
    /// Attempts at the present step, for backing off.
    pub tries: i32,
    pub created_at: DateTime<Utc>,
    /// When to ask or look next; `None`: only if there is a hint.
    pub next_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub verdict: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Decided, and the processor asked until it answers.
    Asking,
    /// Asked, and no readable answer: searched for among the charge's refunds, since a key may repeat an error for ever
    /// although the money went; if it is not there, asked again.
    Unknown,
    /// It may have been done, and will not be asked for again: searched for until that is certain.
    Searching,
    /// The processor has it and is not done.
    Pending,
    /// Done by the processor's word. A bank may still refuse it later.
    Succeeded,
    /// It never was or will be: the money is back in the wallet.
    Failed,
}

/// A request to the processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Ask,
    Look,
    Search,
}

/// What a request is made of, once, when the refund is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    pub refund: String,
    pub account: String,
    pub charge: String,
    pub amount: Money,
    pub currency: Currency,
}

/// What the processor answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Refund(Seen),
    /// Among the charge's refunds this one is not.
    NoSuch,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub reference: String,
    pub standing: Standing,
    pub amount: Money,
    pub currency: Currency,
    /// Of which charge, if it says so.
    pub charge: Option<String>,
}

/// A status we do not know is `Pending`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Pending,
    Succeeded,
    Failed(String),
}

/// What a change of a refund leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Consequence {
    Continue,
    /// The money comes back into the wallet.
    BookBack,
    /// A human must look.
    Alarm,
}

/// Why money does not go back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("This payment has taken no money, so there is none to give back.")]
    NothingCharged,
    #[error("Of this charge {left} can still be given back.")]
    MoreThanCharged { left: Money },
    #[error("Only {free} of the balance is free; the rest is spent, or held by calls that are running.")]
    NotFree { free: Money },
    #[error("Give an amount above 0, no finer than the currency's smallest coin.")]
    BadAmount,
}

impl Refusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::NothingCharged => "nothing_charged",
            Self::MoreThanCharged { .. } => "more_than_charged",
            Self::NotFree { .. } => "not_enough_free",
            Self::BadAmount => "invalid_field",
        }
    }
}

/// `charged`: what the charge brought; `refunded`: what of it went back or is on its way; `free`: neither spent nor held.
pub fn may_refund(
    amount: Money,
    charged: Money,
    refunded: Money,
    free: Money,
    currency: Currency,
) -> Result<(), Refusal> {
    let left = charged - refunded;
    if !charged.is_positive() {
        Err(Refusal::NothingCharged)
    } else if !amount.is_positive() || amount.to_minor(currency).is_none() {
        Err(Refusal::BadAmount)
    } else if amount > left {
        Err(Refusal::MoreThanCharged { left })
    } else if amount > free {
        Err(Refusal::NotFree { free })
    } else {
        Ok(())
    }
}

impl Refund {
    pub fn decided(new: &NewRefund, processor: &str, now: DateTime<Utc>) -> Self {
        Self {
            id: new.refund.clone(),
            account: new.account.clone(),
            processor: processor.to_owned(),
            charge: new.charge.clone(),
            amount: new.amount,
            currency: new.currency,
            state: State::Asking,
            reference: None,
            unsure: 0,
            asked_at: None,
            tries: 0,
            created_at: now,
            next_at: Some(now),
            verdict: None,
        }
    }

    /// One that was made at the processor's own page, by its name there. `None`: it failed before we heard of it.
    pub fn outside(seen: &Seen, account: &str, charge: &str, processor: &str, now: DateTime<Utc>) -> Option<Self> {
        let state = match seen.standing {
            Standing::Pending => State::Pending,
            Standing::Succeeded => State::Succeeded,
            Standing::Failed(_) => return None,
        };
        Some(Self {
            id: seen.reference.clone(),
            account: account.to_owned(),
            processor: processor.to_owned(),
            charge: charge.to_owned(),
            amount: seen.amount,
            currency: seen.currency,
            state,
            reference: Some(seen.reference.clone()),
            unsure: 0,
            asked_at: None,
            tries: 0,
            created_at: now,
            next_at: Some(now),
            verdict: None,
        })
    }

    /// The next request, chosen and noted before it is sent. `None`: nothing to do, or not yet.
    pub fn next_step(&mut self, now: DateTime<Utc>) -> Option<Step> {
        if self.next_at.is_none_or(|at| now < at) {
            return None;
        }
        match self.state {
            State::Asking if now - self.created_at < LONGEST_REPEATING => {
                self.unsure += 1;
                self.asked_at = Some(now);
                Some(Step::Ask)
            }
            State::Asking => {
                self.search(now);
                Some(Step::Search)
            }
            State::Unknown | State::Searching => Some(Step::Search),
            State::Pending | State::Succeeded => Some(Step::Look),
            State::Failed => None,
        }
    }

    /// What the answer to a step means.
    pub fn answered(&mut self, step: Step, answer: &Result<Heard, Doubt>, now: DateTime<Utc>) -> Consequence {
        match answer {
            Ok(Heard::Refund(seen)) => self.observed(seen, now),
            Ok(Heard::NoSuch) => self.missing(now),
            Err(doubt) => self.doubted(step, doubt, now),
        }
    }

    /// A message says that something happened to it: look now.
    pub fn hinted(&mut self, now: DateTime<Utc>) {
        if self.state != State::Failed {
            self.tries = 0;
            self.next_at = Some(now);
        }
    }

    fn observed(&mut self, seen: &Seen, now: DateTime<Utc>) -> Consequence {
        let same = self.reference.as_ref().is_none_or(|known| *known == seen.reference)
            && seen.charge.as_ref().is_none_or(|charge| *charge == self.charge)
            && seen.amount == self.amount
            && seen.currency == self.currency;
        if !same || self.state == State::Failed {
            return self.alarm(now);
        }
        self.reference = Some(seen.reference.clone());
        match &seen.standing {
            Standing::Pending => {
                if self.state != State::Pending {
                    self.tries = 0;
                }
                self.wait_in(State::Pending, now)
            }
            Standing::Succeeded => {
                self.state = State::Succeeded;
                self.tries = 0;
                self.next_at = LOOK_BACK.iter().map(|later| self.created_at + *later).find(|at| *at > now);
                Consequence::Continue
            }
            Standing::Failed(why) => self.failed(why),
        }
    }

    fn missing(&mut self, now: DateTime<Utc>) -> Consequence {
        if self.state == State::Unknown {
            return self.wait_in(State::Asking, now);
        }
        match self.asked_at {
            Some(at) if now - at < SURELY_ARRIVED => self.wait_in(State::Searching, now),
            Some(_) | None => self.failed("never_arrived"),
        }
    }

    fn doubted(&mut self, step: Step, doubt: &Doubt, now: DateTime<Utc>) -> Consequence {
        match (step, doubt) {
            (Step::Ask, Doubt::NotSent(_)) => {
                self.unsure -= 1;
                self.wait_in(State::Asking, now)
            }
            (Step::Ask, Doubt::NotDone { retry_after }) => {
                self.unsure -= 1;
                self.wait_in(State::Asking, now);
                let least = retry_after.and_then(|wait| TimeDelta::from_std(wait).ok()).unwrap_or_default();
                self.next_at = self.next_at.max(Some(now + least));
                Consequence::Continue
            }
            (Step::Ask, Doubt::Unknown(_)) => self.wait_in(State::Unknown, now),
            // A refusal speaks for this request alone. An earlier one may have been carried out.
            (Step::Ask, Doubt::Rejected { code, .. }) if self.unsure <= 1 => self.failed(code),
            (Step::Ask, Doubt::Rejected { .. }) => {
                self.search(now);
                Consequence::Continue
            }
            (Step::Ask, Doubt::KeyReused) => {
                self.search(now);
                Consequence::Alarm
            }
            (
                Step::Look | Step::Search,
                Doubt::NotSent(_)
                | Doubt::NotDone { .. }
                | Doubt::Unknown(_)
                | Doubt::Rejected { .. }
                | Doubt::KeyReused,
            ) => self.wait_in(self.state, now),
        }
    }

    fn failed(&mut self, why: &str) -> Consequence {
        self.state = State::Failed;
        self.verdict = Some(why.to_owned());
        self.next_at = None;
        Consequence::BookBack
    }

    fn alarm(&mut self, now: DateTime<Utc>) -> Consequence {
        self.next_at = (self.state != State::Failed).then(|| now + TimeDelta::hours(1));
        Consequence::Alarm
    }

    fn search(&mut self, now: DateTime<Utc>) {
        self.state = State::Searching;
        self.tries = 0;
        self.next_at = Some(now);
    }

    /// 1, 2, 4, 8 … seconds, at most an hour, or where a bank takes its days and a message tells of the end, six.
    fn wait_in(&mut self, state: State, now: DateTime<Utc>) -> Consequence {
        let longest = if state == State::Pending { LONGEST_PENDING } else { LONGEST_BACK_OFF };
        self.tries += 1;
        self.state = state;
        self.next_at = Some(now + TimeDelta::seconds(1 << (self.tries - 1).clamp(0, 15)).min(longest));
        Consequence::Continue
    }
}

impl State {
    pub const ALL: [Self; 6] =
        [Self::Asking, Self::Unknown, Self::Searching, Self::Pending, Self::Succeeded, Self::Failed];

    pub fn code(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Unknown => "unknown",
            Self::Searching => "searching",
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

impl Step {
    pub fn code(self) -> &'static str {
        match self {
            Self::Ask => "refund",
            Self::Look => "look",
            Self::Search => "search",
        }
    }
}

#[cfg(test)]
mod tests;
