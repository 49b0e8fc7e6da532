//! One charge of a saved card, from the decision to the credit.
//!
//! ```text
//! Planned ─create─► Begun ─confirm─► Executing ─► Credited
//!    │                │                  │  └──► Processing ─► …
//!    │                │                  └─ no answer ─► Unknown ─look─► …
//!    ▼                ▼                                     │
//!  Failed           Fencing ◄─── declined, too late ────────┘      Fencing ─cancelled─► Failed / Canceled
//! ```
//!
//! Nothing can move money before `confirm`; `cancel` is a fence behind which it never can. An unknown outcome is looked
//! at and fenced, never guessed: only evidence ends a payment. A success counts from any state, even a finished one.
//! Where a processor's own payment ends with a decline, no fence is needed.

use chrono::{DateTime, TimeDelta, Utc};

use super::currency::Currency;
use super::money::Money;

/// How often one card is asked in one payment: a transient decline is worth one more try.
const MOST_CONFIRMS: i32 = 2;
const AFTER_TRANSIENT_DECLINE: TimeDelta = TimeDelta::seconds(2);
/// Keys are kept by processors for at least a day; we stop repeating a request long before.
const LONGEST_REPEATING: TimeDelta = TimeDelta::hours(1);
const PROCESSING_POLL: TimeDelta = TimeDelta::hours(1);

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payment {
    pub id: String,
    pub account: String,
    /// The call it was decided for.
    pub call: Option<String>,
    pub amount: Money,
    pub currency: Currency,
    pub customer_ref: String,
    pub state: State,
    /// The processor's name of it.
    pub reference: Option<String>,
    /// Which attempt to confirm is the latest; each has a key of its own.
    pub confirm: i32,
    /// Past this the money would come too late for its purpose: do not confirm, fence.
    pub useful_until: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    /// Attempts at the present step, for backing off.
    pub tries: i32,
    /// Nothing is sent before this.
    pub not_before: DateTime<Utc>,
    /// Why it ended, or is being ended, without money.
    pub verdict: Option<Verdict>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Decided; its requests are frozen in the books. Nothing was sent that could move money.
    Planned,
    /// The processor knows it and waits to be told.
    Begun,
    /// Told to move the money. Found like this after a crash, it is unknown whether that was sent.
    Executing,
    /// Told, and no readable answer.
    Unknown,
    /// The processor itself does not know yet.
    Processing,
    /// Being made impossible.
    Fencing,
    Credited,
    Failed,
    Canceled,
    /// The processor's receipt does not fit our record: nothing credited, a human must look.
    Quarantined,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    Declined(Decline),
    NeedsCustomer,
    /// Refused by the processor as a request: configuration or data is wrong.
    Rejected(String),
    TooLate,
}

/// What the processor's requests are made of, once, when the payment is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayment {
    pub payment: String,
    pub account: String,
    pub amount: Money,
    pub currency: Currency,
    /// The processor's names of the customer and the saved card.
    pub customer_ref: String,
    pub method_ref: String,
    /// Where the processor may send a browser, which off-session never happens.
    pub return_url: String,
}

/// A request to the processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Create,
    Confirm,
    Look,
    Fence,
}

/// A payment at the processor, as far as we need to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The processor's name of the payment (`pi_…`).
    pub reference: String,
    pub standing: Standing,
}

/// A status we do not know is `Processing`: never success, never failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Waits to be confirmed, or to be confirmed again.
    Created,
    Processing,
    Succeeded(Receipt),
    NeedsCustomer,
    /// The latest attempt to confirm was declined.
    Declined(Decline),
    /// Declined, and over: it can never be confirmed again.
    Failed(Decline),
    Canceled,
}

/// Compared with our own record before anything is credited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub amount: Money,
    pub currency: Currency,
    pub customer_ref: Option<String>,
    pub live: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decline {
    pub class: DeclineClass,
    /// The processor's own word, for the log and for support.
    pub code: String,
}

/// What a decline means for the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeclineClass {
    /// This card will never work again.
    Hard,
    /// Not enough money or over a limit of the card.
    Funds,
    /// Worth one more attempt soon.
    Transient,
    /// No reason given.
    Vague,
    /// Only the customer can help: authentication, a wrong code.
    CustomerNeeded,
}

/// An answer that is not an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// Certainly not sent.
    NotSent(String),
    /// Certainly not done; the same request may be sent again.
    NotDone { retry_after: Option<std::time::Duration> },
    /// Perhaps done: look, never guess.
    Unknown(String),
    /// Refused for good: our configuration or data is wrong. Nothing was charged.
    Rejected { code: String, message: String },
    /// The processor compared the body with an earlier one of the same key and found it different: our bug.
    KeyReused,
}

/// What a change of a payment leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Consequence {
    /// Ask again when `not_before` has come.
    Continue,
    /// Post the credit.
    Credit,
    /// It ended without money.
    Lost,
    /// A human must look.
    Alarm,
}

impl State {
    pub const ALL: [Self; 10] = [
        Self::Planned,
        Self::Begun,
        Self::Executing,
        Self::Unknown,
        Self::Processing,
        Self::Fencing,
        Self::Credited,
        Self::Failed,
        Self::Canceled,
        Self::Quarantined,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Begun => "begun",
            Self::Executing => "executing",
            Self::Unknown => "unknown",
            Self::Processing => "processing",
            Self::Fencing => "fencing",
            Self::Credited => "credited",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Quarantined => "quarantined",
        }
    }

    /// It may still succeed, so no other payment of the account may begin.
    pub fn is_open(self) -> bool {
        match self {
            Self::Planned | Self::Begun | Self::Executing | Self::Unknown | Self::Processing | Self::Fencing => true,
            Self::Credited | Self::Failed | Self::Canceled | Self::Quarantined => false,
        }
    }
}

impl Payment {
    /// The next request, chosen and noted before it is sent. `None`: nothing to do, or not yet.
    pub fn next_step(&mut self, now: DateTime<Utc>) -> Option<Step> {
        if !self.state.is_open() || now < self.not_before {
            return None;
        }
        let useful = now < self.useful_until;
        match self.state {
            State::Planned if useful && now - self.created_at < LONGEST_REPEATING => Some(Step::Create),
            // Without a confirmation it can never move money, whether or not it was created.
            State::Planned => {
                self.verdict = Some(Verdict::TooLate);
                self.state = State::Failed;
                None
            }
            State::Begun if useful => {
                self.state = State::Executing;
                self.confirm += 1;
                Some(Step::Confirm)
            }
            State::Begun => Some(self.fence(Verdict::TooLate)),
            State::Executing | State::Unknown if useful => Some(Step::Look),
            State::Executing | State::Unknown => Some(self.fence(Verdict::TooLate)),
            State::Processing => Some(Step::Look),
            // A fence that was refused, or whose answer is kept as an error, does not say why: looking does.
            State::Fencing if self.tries % 2 == 1 => Some(Step::Look),
            State::Fencing => Some(Step::Fence),
            State::Credited | State::Failed | State::Canceled | State::Quarantined => None,
        }
    }

    /// The purpose is gone, the call over or the money there: nothing more is confirmed.
    pub fn give_up(&mut self, now: DateTime<Utc>) {
        self.useful_until = self.useful_until.min(now);
        if self.state == State::Begun {
            self.not_before = self.not_before.min(now);
        }
    }

    /// What the answer to a step means. `live`: we run against real money.
    pub fn answered(
        &mut self,
        step: Step,
        answer: &Result<Seen, Doubt>,
        live: bool,
        now: DateTime<Utc>,
    ) -> Consequence {
        match answer {
            Ok(seen) => self.observed(step, seen, live, now),
            Err(doubt) => self.doubted(step, doubt, now),
        }
    }

    /// A signed message says it succeeded: true whatever we believed.
    pub fn reported_success(
        &mut self,
        reference: &str,
        receipt: &Receipt,
        live: bool,
        now: DateTime<Utc>,
    ) -> Consequence {
        self.reference.get_or_insert_with(|| reference.to_owned());
        self.succeeded(receipt, live, now)
    }

    fn observed(&mut self, step: Step, seen: &Seen, live: bool, now: DateTime<Utc>) -> Consequence {
        if self.reference.is_none() {
            self.reference = Some(seen.reference.clone());
        }
        if !self.state.is_open() && !matches!(seen.standing, Standing::Succeeded(_)) {
            return Consequence::Continue;
        }
        match (&seen.standing, step) {
            (Standing::Succeeded(receipt), _) => self.succeeded(receipt, live, now),
            (Standing::Processing, _) => self.wait_in(State::Processing, PROCESSING_POLL.min(self.back_off()), now),
            (Standing::Canceled, _) => self.ended(),
            (Standing::Failed(decline), _) => {
                self.verdict.get_or_insert_with(|| Verdict::Declined(decline.clone()));
                self.ended()
            }
            (Standing::NeedsCustomer, _) => self.fence_soon(Verdict::NeedsCustomer, now),
            (Standing::Declined(decline), Step::Confirm)
                if decline.class == DeclineClass::Transient && self.confirm < MOST_CONFIRMS =>
            {
                self.wait_in(State::Begun, AFTER_TRANSIENT_DECLINE, now)
            }
            (Standing::Declined(decline), _) => self.fence_soon(Verdict::Declined(decline.clone()), now),
            (Standing::Created, Step::Create) => self.wait_in(State::Begun, TimeDelta::zero(), now),
            (Standing::Created, _) if self.state == State::Fencing => {
                self.wait_in(State::Fencing, self.back_off(), now)
            }
            // Not confirmed, or the confirmation is still under way: the same key again answers for both.
            (Standing::Created, Step::Look) if now < self.useful_until => self.confirm_again(now),
            (Standing::Created, Step::Look | Step::Confirm | Step::Fence) => {
                self.wait_in(State::Unknown, self.back_off(), now)
            }
        }
    }

    fn doubted(&mut self, step: Step, doubt: &Doubt, now: DateTime<Utc>) -> Consequence {
        let wait = self.back_off();
        match (doubt, step) {
            (Doubt::Rejected { code, .. }, Step::Create) => {
                self.verdict = Some(Verdict::Rejected(code.clone()));
                self.ended()
            }
            (Doubt::Rejected { code, .. }, Step::Confirm) => self.fence_soon(Verdict::Rejected(code.clone()), now),
            (Doubt::KeyReused, Step::Create) => {
                self.verdict = Some(Verdict::Rejected("idempotency_error".to_owned()));
                self.ended();
                Consequence::Alarm
            }
            (Doubt::KeyReused, Step::Confirm | Step::Look | Step::Fence) => {
                self.wait_in(if step == Step::Fence { State::Fencing } else { State::Unknown }, wait, now);
                Consequence::Alarm
            }
            (Doubt::NotSent(_) | Doubt::NotDone { .. }, Step::Confirm) => {
                self.confirm_again_after(retry_after(doubt, wait), now)
            }
            (Doubt::Unknown(_), Step::Confirm) => {
                self.tries = 0;
                self.wait_in(State::Unknown, self.back_off(), now)
            }
            (Doubt::NotSent(_) | Doubt::NotDone { .. } | Doubt::Unknown(_) | Doubt::Rejected { .. }, _) => {
                self.wait_in(self.state, retry_after(doubt, wait), now)
            }
        }
    }

    fn succeeded(&mut self, receipt: &Receipt, live: bool, now: DateTime<Utc>) -> Consequence {
        let was = self.state;
        if was == State::Credited {
            return Consequence::Continue;
        }
        let customer_fits = receipt.customer_ref.as_ref().is_none_or(|customer| *customer == self.customer_ref);
        let fits =
            receipt.amount == self.amount && receipt.currency == self.currency && customer_fits && receipt.live == live;
        self.not_before = now;
        if !fits {
            self.state = State::Quarantined;
            return Consequence::Alarm;
        }
        self.state = State::Credited;
        self.verdict = None;
        Consequence::Credit
    }

    fn ended(&mut self) -> Consequence {
        self.state = match self.verdict {
            Some(Verdict::TooLate) | None => State::Canceled,
            Some(Verdict::Declined(_) | Verdict::NeedsCustomer | Verdict::Rejected(_)) => State::Failed,
        };
        Consequence::Lost
    }

    fn fence(&mut self, verdict: Verdict) -> Step {
        self.state = State::Fencing;
        self.verdict.get_or_insert(verdict);
        self.tries = 0;
        Step::Fence
    }

    fn fence_soon(&mut self, verdict: Verdict, now: DateTime<Utc>) -> Consequence {
        if self.state != State::Fencing {
            self.fence(verdict);
            self.not_before = now;
            return Consequence::Continue;
        }
        self.wait_in(State::Fencing, self.back_off(), now)
    }

    fn confirm_again(&mut self, now: DateTime<Utc>) -> Consequence {
        self.confirm_again_after(self.back_off(), now)
    }

    /// The same attempt, so the same key: it answers for both should the first one have arrived after all.
    fn confirm_again_after(&mut self, wait: TimeDelta, now: DateTime<Utc>) -> Consequence {
        self.confirm = (self.confirm - 1).max(0);
        self.wait_in(State::Begun, wait, now)
    }

    fn wait_in(&mut self, state: State, wait: TimeDelta, now: DateTime<Utc>) -> Consequence {
        self.tries = if state == self.state { self.tries + 1 } else { self.tries.min(1) };
        self.state = state;
        self.not_before = now + wait;
        Consequence::Continue
    }

    /// 1, 2, 4, 8 … seconds, at most five minutes; hourly while the processor itself is at work.
    fn back_off(&self) -> TimeDelta {
        let most = if self.state == State::Processing { PROCESSING_POLL } else { TimeDelta::minutes(5) };
        TimeDelta::seconds(1 << self.tries.clamp(0, 12)).min(most)
    }
}

fn retry_after(doubt: &Doubt, otherwise: TimeDelta) -> TimeDelta {
    match doubt {
        Doubt::NotDone { retry_after: Some(wait) } => TimeDelta::from_std(*wait).unwrap_or(otherwise),
        Doubt::NotDone { retry_after: None }
        | Doubt::NotSent(_)
        | Doubt::Unknown(_)
        | Doubt::Rejected { .. }
        | Doubt::KeyReused => otherwise,
    }
}

impl Verdict {
    /// A stable word for the record; what the caller is told says less where saying more could help a thief.
    pub fn code(&self) -> &str {
        match self {
            Self::Declined(decline) => &decline.code,
            Self::NeedsCustomer => "authentication_required",
            Self::Rejected(code) => code,
            Self::TooLate => "too_late",
        }
    }
}

impl DeclineClass {
    pub const ALL: [Self; 5] = [Self::Hard, Self::Funds, Self::Transient, Self::Vague, Self::CustomerNeeded];

    pub fn code(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Funds => "funds",
            Self::Transient => "transient",
            Self::Vague => "vague",
            Self::CustomerNeeded => "customer_needed",
        }
    }
}

#[cfg(test)]
mod tests;
