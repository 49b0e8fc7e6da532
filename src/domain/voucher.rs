//! Vouchers: a serial that everybody may read, and a PIN that is money to whoever has it.
//!
//! ```text
//! printed ──► activated ──► redeemed    once, by an account of the same currency
//!    │            ├───────► expired     the house keeps its face
//!    │            └───────► voided      the agent gets back what it paid
//!    └──────────────────► voided
//! ```
//!
//! Only an activated voucher is money: an agent's balance has paid for it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::currency::Currency;
use super::money::Money;

/// Of 16 digits: with ten thousand vouchers about, one guess in 10^12 is right.
pub const PIN_DIGITS: usize = 16;
/// As many as one file of them has lines.
pub const MOST_PIECES: i64 = 10_000;
/// A pile of cards, not a warehouse.
pub const MOST_AT_ONCE: usize = 1000;
const LONGEST_LABEL: usize = 100;
const SHORTEST_KEY: usize = 32;

/// Does not print: whoever reads it has the money.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A PIN has {PIN_DIGITS} digits.")]
pub struct NoPin;

/// As people type it: with spaces or dashes, or without.
impl FromStr for Pin {
    type Err = NoPin;

    fn from_str(text: &str) -> Result<Self, NoPin> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let is_pin = digits.len() == PIN_DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
        if is_pin { Ok(Self(digits)) } else { Err(NoPin) }
    }
}

impl Pin {
    /// In groups of four, for the file that is printed from.
    pub fn grouped(&self) -> String {
        let groups: Vec<_> = (0..PIN_DIGITS).step_by(4).map(|at| &self.0[at..at + 4]).collect();
        groups.join(" ")
    }
}

/// The operator's secret that PINs are kept under. It is in no backup of the books: who has only those can neither
/// find a PIN nor try PINs.
#[derive(Clone, Debug)]
pub struct PinKey(SecretString);

impl PinKey {
    /// `None` if it is too short to be one.
    pub fn new(secret: SecretString) -> Option<Self> {
        (secret.expose_secret().len() >= SHORTEST_KEY).then_some(Self(secret))
    }

    pub fn mac(&self, pin: &Pin) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.expose_secret().as_bytes()).expect("a key may have any length");
        mac.update(pin.0.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Printed,
    Activated,
    Redeemed,
    Voided,
    Expired,
}

impl State {
    pub const ALL: [Self; 5] = [Self::Printed, Self::Activated, Self::Redeemed, Self::Voided, Self::Expired];

    pub fn code(self) -> &'static str {
        match self {
            Self::Printed => "printed",
            Self::Activated => "activated",
            Self::Redeemed => "redeemed",
            Self::Voided => "voided",
            Self::Expired => "expired",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no state of a voucher")]
pub struct UnknownState(String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(code: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.code() == code).ok_or_else(|| UnknownState(code.to_owned()))
    }
}

/// Many vouchers of one face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub id: String,
    /// How the serial of each begins.
    pub prefix: String,
    pub label: String,
    pub currency: Currency,
    pub face: Money,
    pub pieces: i64,
    pub valid_until: Option<DateTime<Utc>>,
    pub key: String,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
    /// Not before a second person says so, if it is worth much.
    pub approved: bool,
    pub printed_at: Option<DateTime<Utc>>,
    pub voided_at: Option<DateTime<Utc>>,
}

impl Batch {
    pub fn worth(&self) -> Money {
        Money::from_micros(self.face.micros() * self.pieces)
    }

    /// `7K2MQX-00042`
    pub fn serial(&self, number: i64) -> String {
        format!("{}-{number:05}", self.prefix)
    }

    pub fn standing(&self) -> &'static str {
        match (self.voided_at, self.printed_at, self.approved) {
            (Some(_), _, _) => "voided",
            (None, Some(_), _) => "printed",
            (None, None, true) => "not printed yet",
            (None, None, false) => "waits for a second person",
        }
    }
}

/// What is wrong with a batch that somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBatch {
    #[error("Give a name of up to {LONGEST_LABEL} letters.")]
    Label,
    #[error("A voucher is worth more than 0 and at most 1000000.")]
    Face,
    #[error("A batch has 1 to {MOST_PIECES} vouchers.")]
    Pieces,
    #[error("The vouchers would be over before they could be sold.")]
    Over,
}

pub fn check(
    label: &str,
    face: Money,
    pieces: i64,
    valid_until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), BadBatch> {
    let length = label.chars().count();
    if length == 0 || length > LONGEST_LABEL || label.chars().any(char::is_control) {
        return Err(BadBatch::Label);
    }
    if !face.is_positive() || face > Money::from_micros(1_000_000_000_000) {
        return Err(BadBatch::Face);
    }
    if !(1..=MOST_PIECES).contains(&pieces) {
        return Err(BadBatch::Pieces);
    }
    if valid_until.is_some_and(|until| until <= now) { Err(BadBatch::Over) } else { Ok(()) }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    pub id: String,
    pub batch: String,
    pub serial: String,
    pub face: Money,
    pub currency: Currency,
    pub valid_until: Option<DateTime<Utc>>,
    pub state: State,
    /// Whose balance paid for it, and what the agent kept.
    pub agent: Option<(String, Money)>,
    pub activated_at: Option<DateTime<Utc>>,
    pub redeemed_by: Option<String>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// What comes of wanting a voucher to be money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayActivate {
    Yes,
    /// This agent has activated it before.
    Already,
    No,
}

/// Why a PIN brings nothing. Whoever guesses learns nothing from it: a PIN that nobody has, one that is not activated,
/// and one that was used or voided are told alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRedeemed {
    #[error("There is no voucher of this PIN that can be used. Look at its digits again, or ask where you bought it.")]
    WrongPin,
    #[error("This voucher has expired.")]
    Expired,
    #[error("This voucher is in {0}, and your account is in another currency.")]
    OtherCurrency(Currency),
    #[error("The account is blocked or closed, so nothing can be paid in.")]
    AccountNotOpen,
    #[error("This account is on hold until we have looked at something. Ask us about it.")]
    AccountFrozen,
    /// Or an agent could buy vouchers at its discount and redeem them in full, for ever.
    #[error("An agent's account redeems no vouchers. Pay in at the house or by card.")]
    AgentsAccount,
    #[error("No balance may be so large.")]
    TooMuch,
    #[error("Too many PINs were wrong. Try again in {seconds} seconds.")]
    TooManyGuesses { seconds: i64 },
}

impl NotRedeemed {
    pub fn code(self) -> &'static str {
        match self {
            Self::WrongPin => "wrong_pin",
            Self::Expired => "voucher_expired",
            Self::OtherCurrency(_) => "other_currency",
            Self::AccountNotOpen => "account_not_open",
            Self::AccountFrozen => "account_frozen",
            Self::AgentsAccount => "agents_account",
            Self::TooMuch => "balance_too_large",
            Self::TooManyGuesses { .. } => "too_many_guesses",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayRedeem {
    Yes,
    /// This account has redeemed it before.
    Already,
    No(NotRedeemed),
}

impl Voucher {
    fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.valid_until.is_some_and(|until| until <= now)
    }

    /// Its state with the clock looked at: who finds it past its day need not know whether that was booked.
    pub fn standing(&self, now: DateTime<Utc>) -> State {
        match self.state {
            State::Printed | State::Activated if self.is_over(now) => State::Expired,
            state => state,
        }
    }

    pub fn may_activate(&self, agent: &str, now: DateTime<Utc>) -> MayActivate {
        match self.standing(now) {
            State::Printed => MayActivate::Yes,
            State::Activated | State::Redeemed if self.agent.as_ref().is_some_and(|(by, _)| by == agent) => {
                MayActivate::Already
            }
            State::Activated | State::Redeemed | State::Voided | State::Expired => MayActivate::No,
        }
    }

    pub fn may_redeem(&self, account: &str, currency: Currency, now: DateTime<Utc>) -> MayRedeem {
        match self.standing(now) {
            State::Redeemed if self.redeemed_by.as_deref() == Some(account) => MayRedeem::Already,
            State::Redeemed | State::Voided | State::Printed => MayRedeem::No(NotRedeemed::WrongPin),
            State::Expired if self.agent.is_none() => MayRedeem::No(NotRedeemed::WrongPin),
            State::Expired => MayRedeem::No(NotRedeemed::Expired),
            State::Activated if self.currency != currency => MayRedeem::No(NotRedeemed::OtherCurrency(self.currency)),
            State::Activated => MayRedeem::Yes,
        }
    }

    /// Taken out of the world by an administrator; what was paid for it goes back.
    pub fn may_void(&self) -> bool {
        matches!(self.state, State::Printed | State::Activated)
    }
}

/// So many wrong PINs in so long, and no more: of one account, and from one network or phone, which many may share.
pub const GUESSES_OF_AN_ACCOUNT: i64 = 5;
pub const GUESSES_FROM_A_SOURCE: i64 = 20;
pub const GUESSES_COUNT_FOR: TimeDelta = TimeDelta::minutes(15);

/// How many seconds to wait, if the guess before the last few still counts.
pub fn must_wait(earliest_of_the_last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<i64> {
    let until = earliest_of_the_last? + GUESSES_COUNT_FOR;
    (until > now).then(|| (until - now).num_seconds() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn voucher(state: State, days: Option<i64>) -> Voucher {
        let sold = !matches!(state, State::Printed | State::Voided);
        Voucher {
            id: "vch_1".to_owned(),
            batch: "vba_1".to_owned(),
            serial: "ABCDEF-00001".to_owned(),
            face: Money::from_micros(10_000_000),
            currency: "USD".parse().unwrap(),
            valid_until: days.map(|days| DateTime::UNIX_EPOCH + TimeDelta::days(days)),
            state,
            agent: sold.then(|| ("acc_agent".to_owned(), Money::ZERO)),
            activated_at: None,
            redeemed_by: (state == State::Redeemed).then(|| "acc_1".to_owned()),
            ended_at: None,
        }
    }

    #[test]
    fn a_pin_is_sixteen_digits_however_they_are_grouped_and_never_prints() {
        let pin: Pin = " 1234-5678 9012 3456".parse().unwrap();
        assert_eq!((pin.grouped().as_str(), format!("{pin:?}").as_str()), ("1234 5678 9012 3456", "Pin"));
        for bad in ["", "123456789012345", "12345678901234567", "123456789012345a", "１２３４５６７８９０１２３４５６"]
        {
            assert!(bad.parse::<Pin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_mac_depends_on_every_digit_and_on_the_key() {
        let key = |secret: &str| PinKey::new(SecretString::from(secret.to_owned()));
        let (one, other) = (key(&"k".repeat(32)).unwrap(), key(&"l".repeat(32)).unwrap());
        let (pin, near): (Pin, Pin) = ("1234567890123456".parse().unwrap(), "1234567890123457".parse().unwrap());
        assert!(one.mac(&pin) != one.mac(&near) && one.mac(&pin) != other.mac(&pin));
        assert!(key("short").is_none() && !format!("{one:?}").contains("kkk"));
    }

    proptest! {
        #[test]
        fn only_what_was_paid_for_and_is_not_over_can_be_redeemed_and_only_by_its_currency(
            state in 0..5_usize, days in proptest::option::of(0..10_i64), today in 0..10_i64, own in any::<bool>(), usd in any::<bool>(),
        ) {
            let voucher = voucher(State::ALL[state], days);
            let now = DateTime::UNIX_EPOCH + TimeDelta::days(today);
            let (account, currency) = (if own { "acc_1" } else { "acc_2" }, if usd { "USD" } else { "EUR" }.parse().unwrap());
            let may = voucher.may_redeem(account, currency, now);
            let over = days.is_some_and(|days| days <= today);
            prop_assert_eq!(may == MayRedeem::Yes, voucher.state == State::Activated && !over && usd);
            prop_assert_eq!(may == MayRedeem::Already, voucher.state == State::Redeemed && own);
            if may == MayRedeem::Yes {
                prop_assert!(voucher.agent.is_some() && voucher.may_activate("acc_2", now) == MayActivate::No);
            }
            prop_assert_eq!(voucher.may_activate("acc_agent", now) == MayActivate::Yes, voucher.state == State::Printed && !over);
        }
    }

    #[test]
    fn a_guess_counts_for_its_time_and_no_longer() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        assert_eq!(must_wait(None, now), None);
        assert_eq!(must_wait(Some(now - TimeDelta::minutes(14)), now), Some(61));
        assert_eq!(must_wait(Some(now - GUESSES_COUNT_FOR), now), None);
    }
}
