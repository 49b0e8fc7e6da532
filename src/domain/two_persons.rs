//! What moves much money takes two persons: one asks, and another approves.
//!
//! ```text
//! waiting ──► approved    by a second person, and done in the same moment
//!    ├──────► refused     by a second person
//!    └──────► withdrawn   by who asked
//! ```
//!
//! A request that waits too long is expired by the clock alone: nobody can approve it any more.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use super::currency::Currency;
use super::money::{BadAmount, Money};

/// Who asks today may be gone tomorrow; what nobody approves in a week was not wanted.
pub const LASTS: TimeDelta = TimeDelta::days(7);

/// Above which amounts a second person is needed: in units of each currency, since a thousand yen is not a thousand
/// dollars. Without a limit nobody is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    everywhere: Option<Money>,
    of: Vec<(Currency, Money)>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLimits {
    #[error(transparent)]
    Amount(#[from] BadAmount),
    #[error(transparent)]
    Currency(#[from] super::currency::UnknownCurrency),
}

impl Limits {
    pub fn need_another(&self, amount: Money, currency: Currency) -> bool {
        let own = self.of.iter().find(|(known, _)| *known == currency).map(|(_, limit)| *limit);
        own.or(self.everywhere).is_some_and(|limit| amount > limit)
    }
}

/// `1000`, or `1000, JPY=150000`.
impl FromStr for Limits {
    type Err = BadLimits;

    fn from_str(text: &str) -> Result<Self, BadLimits> {
        let mut limits = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some((currency, limit)) => limits.of.push((currency.parse()?, limit.parse()?)),
                None => limits.everywhere = Some(part.parse()?),
            }
        }
        Ok(limits)
    }
}

/// Who does something with money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// As ledger and audit name them.
    pub actor: String,
    /// Who is behind it: of a program, who made its token, so that nobody is two persons by having a program.
    pub person: String,
}

impl Who {
    pub fn person(email: &str) -> Self {
        Self { actor: email.to_owned(), person: email.to_owned() }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Credit,
    Debit,
    /// Cash that the house takes.
    Cash,
    /// Promotional credit.
    Promo,
    /// A debt is given up.
    WriteOff,
    /// A payment of nobody's is an account's.
    Assign,
    /// A batch of vouchers.
    Batch,
}

impl Kind {
    pub const ALL: [Self; 7] =
        [Self::Credit, Self::Debit, Self::Cash, Self::Promo, Self::WriteOff, Self::Assign, Self::Batch];

    pub fn code(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Debit => "debit",
            Self::Cash => "cash",
            Self::Promo => "promo",
            Self::WriteOff => "write_off",
            Self::Assign => "assign",
            Self::Batch => "batch",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Waiting,
    Approved,
    Refused,
    Withdrawn,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Approved, Self::Refused, Self::Withdrawn];

    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no kind or state of a request")]
pub struct UnknownWord(String);

impl FromStr for Kind {
    type Err = UnknownWord;

    fn from_str(code: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|kind| kind.code() == code).ok_or_else(|| UnknownWord(code.to_owned()))
    }
}

impl FromStr for State {
    type Err = UnknownWord;

    fn from_str(code: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|state| state.code() == code).ok_or_else(|| UnknownWord(code.to_owned()))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub id: String,
    pub kind: Kind,
    /// The customer's, if it is about one.
    pub account: Option<String>,
    /// What it is about: an account or a batch of vouchers.
    pub subject: String,
    pub amount: Money,
    pub currency: Currency,
    pub reason: String,
    /// Until when what is asked for lasts, if not for ever.
    pub valid_until: Option<DateTime<Utc>>,
    /// The key under which it is done.
    pub key: String,
    pub asked: Who,
    pub asked_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub state: State,
    pub decided: Option<(Who, DateTime<Utc>)>,
}

/// Why somebody cannot decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotDecide {
    #[error("You asked for it yourself; somebody else has to approve it.")]
    SamePerson,
    #[error("It was decided before.")]
    Decided,
    #[error("It has waited too long. Ask for it anew.")]
    Expired,
}

impl CannotDecide {
    pub fn code(self) -> &'static str {
        match self {
            Self::SamePerson => "same_person",
            Self::Decided => "already_decided",
            Self::Expired => "request_expired",
        }
    }
}

impl Request {
    /// Its state in one word, with the clock looked at.
    pub fn standing(&self, now: DateTime<Utc>) -> &'static str {
        if self.state == State::Waiting && self.expires_at <= now { "expired" } else { self.state.code() }
    }

    pub fn may_be_approved(&self, by: &Who, now: DateTime<Utc>) -> Result<(), CannotDecide> {
        match self.state {
            State::Approved | State::Refused | State::Withdrawn => Err(CannotDecide::Decided),
            State::Waiting if self.expires_at <= now => Err(CannotDecide::Expired),
            State::Waiting if self.asked.person == by.person || self.asked.actor == by.actor => {
                Err(CannotDecide::SamePerson)
            }
            State::Waiting => Ok(()),
        }
    }

    /// What it becomes if this person says no. Who asked may take it back.
    pub fn turned_down(&self, by: &Who) -> Result<State, CannotDecide> {
        match self.state {
            State::Approved | State::Refused | State::Withdrawn => Err(CannotDecide::Decided),
            State::Waiting if self.asked.person == by.person => Ok(State::Withdrawn),
            State::Waiting => Ok(State::Refused),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} {}", self.kind.code(), self.amount, self.currency)?;
        if let Some(until) = self.valid_until {
            write!(f, " until {until}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn a_limit_is_of_a_currency_or_of_all_and_what_reaches_it_needs_nobody() {
        let limits: Limits = "1000, JPY=150000".parse().unwrap();
        let (usd, jpy) = ("USD".parse().unwrap(), "JPY".parse().unwrap());
        let needed = |amount, currency| limits.need_another(money(amount), currency);
        assert!(!needed("1000", usd) && needed("1000.000001", usd));
        assert!(!needed("150000", jpy) && needed("150000.01", jpy));
        assert!(!"".parse::<Limits>().unwrap().need_another(money("1000000000"), usd));
        assert!(!"JPY=1".parse::<Limits>().unwrap().need_another(money("9"), usd), "only yen");
        assert!("much".parse::<Limits>().is_err() && "XXY=1".parse::<Limits>().is_err());
    }

    fn request(asked: Who) -> Request {
        Request {
            id: "apr_1".to_owned(),
            kind: Kind::Credit,
            account: Some("acc_1".to_owned()),
            subject: "acc_1".to_owned(),
            amount: money("5"),
            currency: "USD".parse().unwrap(),
            reason: "a gift".to_owned(),
            valid_until: None,
            key: "k".to_owned(),
            asked,
            asked_at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH + LASTS,
            state: State::Waiting,
            decided: None,
        }
    }

    proptest! {
        #[test]
        fn whoever_asked_never_approves_by_whatever_program(
            asker in 0..3_u8, asks_by in 0..3_u8, checker in 0..3_u8, checks_by in 0..3_u8,
            waited in 0..20_i64, state in 0..4_usize,
        ) {
            let who = |person: u8, by: u8| match by {
                0 => Who::person(&format!("p{person}@example.com")),
                by => Who { actor: format!("api:{person}{by}"), person: format!("p{person}@example.com") },
            };
            let asked = Request { state: State::ALL[state], ..request(who(asker, asks_by)) };
            let now = DateTime::UNIX_EPOCH + TimeDelta::days(waited);
            let may = asked.may_be_approved(&who(checker, checks_by), now);
            let waits = asked.state == State::Waiting && waited < 7;
            prop_assert_eq!(may.is_ok(), waits && asker != checker);
            prop_assert_eq!(asked.standing(now) == "waiting", waits);
        }
    }
}
