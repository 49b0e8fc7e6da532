//! One visit of a customer to the card processor's own page, to pay once or to save a card; no card number is ours.
//!
//! ```text
//! Planned ─customer, open─► Open ─► Complete          Open ─► Processing ─► Complete / Failed
//!    │                       ├──► Expired             Open ─► Closing ─► Expired
//!    └──► Failed             └──► Quarantined
//! ```
//!
//! Opening is repeated under the same key until it is answered; a page whose address nobody was given takes no money.
//! What became of an open one is looked at, and a success counts from any state, even a finished one.

use chrono::{DateTime, TimeDelta, Utc};

use super::currency::Currency;
use super::money::Money;
use super::payment::{Doubt, Receipt};

/// How long the processor keeps its page open for the customer.
pub const OPEN_FOR: TimeDelta = TimeDelta::hours(1);
/// Past this it is not opened any more: the processor wants its page to last half an hour at least.
const LONGEST_OPENING: TimeDelta = TimeDelta::minutes(15);
/// Whoever returns from the page may ask for a look at once, and again after this.
const BETWEEN_LOOKS: TimeDelta = TimeDelta::seconds(2);
/// The processor needs a moment to see that its own page has expired.
const AFTER_EXPIRY: TimeDelta = TimeDelta::seconds(5);
/// Before a page is closed that its processor lets outlive its time.
const BEFORE_CLOSING: TimeDelta = TimeDelta::minutes(1);

/// The words agreed to when a card is saved; another text is another version.
pub const CONSENT: &str = "Keep this card with the card processor, so that Talktime may charge it when I agree to an \
                           automatic recharge, and only as far as I agree. I can remove it here at any time.";
pub const CONSENT_VERSION: &str = "2026-11-21";

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkout {
    pub id: String,
    pub account: String,
    pub purpose: Purpose,
    pub currency: Currency,
    /// Whom the processor knows the account as; nothing is opened before that is known.
    pub customer_ref: Option<String>,
    pub state: State,
    /// The processor's name of it.
    pub reference: Option<String>,
    /// Where the customer is sent.
    pub url: Option<String>,
    /// The processor's name of the payment that was credited.
    pub paid_by: Option<String>,
    /// The processor's name of the card that was saved.
    pub card: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// Nothing is sent before this.
    pub not_before: DateTime<Utc>,
    pub looked_at: Option<DateTime<Utc>>,
    /// Attempts at the present step, for backing off.
    pub tries: i32,
    /// Why it failed.
    pub verdict: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    SaveCard,
    TopUp {
        amount: Money,
        /// The card is kept for automatic recharges besides.
        save_card: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Decided; perhaps asked for, but its page is not known yet.
    Planned,
    /// The processor's page waits for the customer, or for us to hear of the end.
    Open,
    /// The customer is done and the money is on its way.
    Processing,
    /// Being made to expire.
    Closing,
    Complete,
    Expired,
    Failed,
    /// What the processor says does not fit our record: nothing credited or saved, a human must look.
    Quarantined,
}

/// A request to the processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    MakeCustomer,
    Open,
    Look,
    Expire,
}

/// What the processor's requests are made of, once, before the page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCheckout {
    pub checkout: String,
    pub account: String,
    pub purpose: Purpose,
    pub currency: Currency,
    pub customer_ref: String,
    pub expires_at: DateTime<Utc>,
    /// Where the customer comes back to when done, and when not.
    pub success_url: String,
    pub cancel_url: String,
}

/// A checkout at the processor, as far as we need to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The processor's name of it (`cs_…`).
    pub reference: String,
    pub standing: Standing,
}

/// A standing we do not know is `Processing`: never success, never failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is there; how it stands has to be looked at.
    There,
    Open {
        url: String,
    },
    Processing,
    Expired,
    Failed(String),
    Complete {
        paid: Option<Paid>,
        card: Option<Card>,
    },
}

/// Money the processor has taken on its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// The processor's name of the payment (`pi_…`): the fact that is credited once.
    pub payment: String,
    pub receipt: Receipt,
}

/// A card the processor has kept for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The processor's name of it (`pm_…`).
    pub method_ref: String,
    /// What its owner knows it by: `Visa ••4242`.
    pub label: String,
    /// Its last month: `2030-12`.
    pub expires: Option<String>,
    pub customer_ref: Option<String>,
    pub live: bool,
}

/// What a change of a checkout leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Consequence {
    /// Post the credit of this payment.
    Credit {
        payment: String,
    },
    SaveCard(Card),
    /// A human must look.
    Alarm,
}

impl Purpose {
    pub fn saves_card(self) -> bool {
        match self {
            Self::SaveCard => true,
            Self::TopUp { save_card, .. } => save_card,
        }
    }

    pub fn amount(self) -> Option<Money> {
        match self {
            Self::SaveCard => None,
            Self::TopUp { amount, .. } => Some(amount),
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::SaveCard => "save_card",
            Self::TopUp { .. } => "top_up",
        }
    }
}

impl Step {
    pub fn code(self) -> &'static str {
        match self {
            Self::MakeCustomer => "make customer",
            Self::Open => "open",
            Self::Look => "look",
            Self::Expire => "expire",
        }
    }
}

impl State {
    pub const ALL: [Self; 8] = [
        Self::Planned,
        Self::Open,
        Self::Processing,
        Self::Closing,
        Self::Complete,
        Self::Expired,
        Self::Failed,
        Self::Quarantined,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Open => "open",
            Self::Processing => "processing",
            Self::Closing => "closing",
            Self::Complete => "complete",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Quarantined => "quarantined",
        }
    }

    /// There is something left to do or to find out.
    pub fn is_open(self) -> bool {
        match self {
            Self::Planned | Self::Open | Self::Processing | Self::Closing => true,
            Self::Complete | Self::Expired | Self::Failed | Self::Quarantined => false,
        }
    }
}

impl Checkout {
    /// The next request, chosen and noted before it is sent. `None`: nothing to do, or not yet.
    pub fn next_step(&mut self, now: DateTime<Utc>) -> Option<Step> {
        if !self.state.is_open() || now < self.not_before {
            return None;
        }
        match self.state {
            State::Planned if now - self.created_at >= LONGEST_OPENING => {
                self.end(State::Failed, "not_opened");
                None
            }
            State::Planned if self.customer_ref.is_none() => Some(Step::MakeCustomer),
            State::Planned if self.reference.is_some() => Some(Step::Look),
            State::Planned => Some(Step::Open),
            State::Open | State::Processing => {
                self.looked_at = Some(now);
                Some(Step::Look)
            }
            State::Closing => Some(Step::Expire),
            State::Complete | State::Expired | State::Failed | State::Quarantined => None,
        }
    }

    pub fn customer_known(&mut self, customer_ref: String, now: DateTime<Utc>) {
        self.customer_ref.get_or_insert(customer_ref);
        self.tries = 0;
        self.not_before = now;
    }

    /// The processor has answered, or was looked at. `live`: we run against real money.
    pub fn seen(&mut self, seen: &Seen, live: bool, now: DateTime<Utc>) -> Vec<Consequence> {
        self.reference.get_or_insert_with(|| seen.reference.clone());
        match &seen.standing {
            Standing::Complete { paid, card } => return self.completed(paid.as_ref(), card.as_ref(), live, now),
            _ if !self.state.is_open() => {}
            Standing::Open { url } => {
                self.url = Some(url.clone());
                let overdue = self.state == State::Open && now >= self.expires_at + AFTER_EXPIRY;
                match self.state {
                    State::Planned => self.wait_in(State::Open, now),
                    _ if overdue => {
                        self.wait_in(State::Closing, now);
                        self.not_before = now + BEFORE_CLOSING;
                    }
                    state => self.wait_in(state, now),
                }
            }
            Standing::There => self.wait_in(self.state, now),
            Standing::Processing => self.wait_in(State::Processing, now),
            Standing::Expired => self.end(State::Expired, "expired"),
            Standing::Failed(reason) => self.end(State::Failed, reason),
        }
        vec![]
    }

    /// A signed message says that the money was taken: true whatever we believed.
    pub fn reported_paid(&mut self, paid: &Paid, live: bool, now: DateTime<Utc>) -> Vec<Consequence> {
        let consequences = self.paid(paid, live);
        if consequences.contains(&Consequence::Alarm) {
            return consequences;
        }
        // The message does not carry the card: that one has to be looked at.
        if self.purpose.saves_card() && self.card.is_none() && self.state != State::Complete {
            self.state = if self.reference.is_some() { State::Open } else { State::Planned };
            self.tries = 0;
            self.not_before = now;
        } else {
            self.end(State::Complete, "");
        }
        consequences
    }

    /// No readable answer to a step, or a refusal.
    pub fn doubted(&mut self, step: Step, doubt: &Doubt, now: DateTime<Utc>) -> Vec<Consequence> {
        if !self.state.is_open() {
            return vec![];
        }
        match (doubt, step) {
            (Doubt::Rejected { code, .. }, Step::MakeCustomer | Step::Open) => self.end(State::Failed, code),
            (Doubt::KeyReused, Step::MakeCustomer | Step::Open) => {
                self.end(State::Failed, "idempotency_error");
                return vec![Consequence::Alarm];
            }
            // It cannot expire any more: find out why.
            (Doubt::Rejected { .. } | Doubt::KeyReused, Step::Expire) => {
                self.state = State::Open;
                self.not_before = now;
            }
            (Doubt::NotDone { retry_after: Some(wait) }, _) => {
                self.wait_in(self.state, now);
                self.not_before = now + TimeDelta::from_std(*wait).unwrap_or(TimeDelta::minutes(1));
            }
            (Doubt::NotDone { retry_after: None } | Doubt::NotSent(_) | Doubt::Unknown(_), _)
            | (Doubt::Rejected { .. } | Doubt::KeyReused, Step::Look) => self.wait_in(self.state, now),
        }
        vec![]
    }

    /// The customer is back, or a message hints at news: look now, unless that was just done.
    pub fn look_soon(&mut self, now: DateTime<Utc>) {
        match self.state {
            State::Open | State::Processing => {
                let soon = self.looked_at.map_or(now, |looked| now.max(looked + BETWEEN_LOOKS));
                self.not_before = self.not_before.min(soon);
            }
            State::Planned | State::Closing | State::Complete | State::Expired | State::Failed | State::Quarantined => {
            }
        }
    }

    /// The customer does not want it any more. A page that was never shown needs no closing.
    pub fn cancel(&mut self, now: DateTime<Utc>) {
        match self.state {
            State::Planned => self.end(State::Failed, "canceled"),
            State::Open if self.paid_by.is_none() => {
                self.state = State::Closing;
                self.tries = 0;
                self.not_before = now;
            }
            State::Open
            | State::Processing
            | State::Closing
            | State::Complete
            | State::Expired
            | State::Failed
            | State::Quarantined => {}
        }
    }

    fn completed(
        &mut self,
        paid: Option<&Paid>,
        card: Option<&Card>,
        live: bool,
        now: DateTime<Utc>,
    ) -> Vec<Consequence> {
        let mut consequences = match (self.purpose, paid) {
            (Purpose::TopUp { .. }, Some(paid)) => self.paid(paid, live),
            (Purpose::TopUp { .. }, None) => {
                if self.state.is_open() {
                    self.wait_in(State::Processing, now);
                }
                return vec![];
            }
            (Purpose::SaveCard, _) => vec![],
        };
        if consequences.contains(&Consequence::Alarm) {
            return consequences;
        }
        if let Some(card) = card.filter(|_| self.purpose.saves_card() && self.card.is_none()) {
            consequences.push(self.save(card, live));
        }
        if self.state != State::Quarantined {
            self.end(State::Complete, "");
        }
        consequences
    }

    /// Credits a payment that fits, once.
    fn paid(&mut self, paid: &Paid, live: bool) -> Vec<Consequence> {
        if self.paid_by.as_ref() == Some(&paid.payment) {
            return vec![];
        }
        let receipt = &paid.receipt;
        let fits = self.paid_by.is_none()
            && Some(receipt.amount) == self.purpose.amount()
            && receipt.currency == self.currency
            && self.is_customer(receipt.customer_ref.as_ref())
            && receipt.live == live;
        if !fits {
            return vec![self.quarantine()];
        }
        self.paid_by = Some(paid.payment.clone());
        vec![Consequence::Credit { payment: paid.payment.clone() }]
    }

    fn save(&mut self, card: &Card, live: bool) -> Consequence {
        if !self.is_customer(card.customer_ref.as_ref()) || card.live != live {
            return self.quarantine();
        }
        self.card = Some(card.method_ref.clone());
        Consequence::SaveCard(card.clone())
    }

    fn is_customer(&self, named: Option<&String>) -> bool {
        named.is_none_or(|named| self.customer_ref.as_ref() == Some(named))
    }

    /// What was credited stays credited.
    fn quarantine(&mut self) -> Consequence {
        self.state = State::Quarantined;
        Consequence::Alarm
    }

    /// Money that came is no failure, whatever else the processor says.
    fn end(&mut self, state: State, verdict: &str) {
        let complete = state == State::Complete || self.paid_by.is_some();
        self.state = if complete { State::Complete } else { state };
        self.verdict = (!complete).then(|| verdict.to_owned());
    }

    fn wait_in(&mut self, state: State, now: DateTime<Utc>) {
        self.tries = if state == self.state { self.tries + 1 } else { 0 };
        self.state = state;
        self.not_before = now + self.back_off(now);
    }

    /// Longer and longer, and once more when the page has expired.
    fn back_off(&self, now: DateTime<Utc>) -> TimeDelta {
        let (first, most) = match self.state {
            State::Open => (15, TimeDelta::minutes(10)),
            State::Processing => (15, TimeDelta::hours(1)),
            State::Planned | State::Closing | State::Complete | State::Expired | State::Failed | State::Quarantined => {
                (1, TimeDelta::minutes(1))
            }
        };
        let wait = TimeDelta::seconds(first << self.tries.clamp(0, 12)).min(most);
        let to_expiry = self.expires_at + AFTER_EXPIRY - now;
        if to_expiry > TimeDelta::zero() { wait.min(to_expiry) } else { wait }
    }
}

#[cfg(test)]
mod tests;
