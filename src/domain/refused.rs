//! What was refused to an account, kept for the operator: what was wanted, by which way, and what was said.

use chrono::{DateTime, TimeDelta, Timelike, Utc};

use super::country::Country;
use super::phone_number::PhoneNumber;
use super::setting::Choice;

/// Rows an account may fill in a minute. What comes beyond is counted without its number.
pub const MOST_IN_A_MINUTE: i64 = 30;
/// So long they are kept.
pub const KEPT: TimeDelta = TimeDelta::days(400);

/// One refusal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    pub account: String,
    pub deed: Deed,
    pub way: Way,
    pub code: &'static str,
    pub sentence: String,
    /// What it was about, if it was about one.
    pub number: Option<PhoneNumber>,
}

/// Refusals that were alike within a minute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusals {
    pub id: String,
    pub account: String,
    pub deed: Deed,
    pub way: Way,
    pub code: String,
    pub beginning: String,
    pub destination: String,
    pub sentence: String,
    pub minute: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub times: i64,
}

/// What somebody wanted to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    Dial,
    /// One more number for a running call.
    Add,
    Transfer,
    /// To pay for a phone in another's call.
    Join,
    /// Something else to a running call.
    Operate,
    /// To redeem a voucher.
    Redeem,
    /// To pay, or to save a card.
    TopUp,
}

impl Choice for Deed {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Dial, "dial", "Dial"),
        (Self::Add, "add", "Add a number"),
        (Self::Transfer, "transfer", "Transfer"),
        (Self::Join, "join", "Join as a guest"),
        (Self::Operate, "operate", "Change a call"),
        (Self::Redeem, "redeem", "Redeem a voucher"),
        (Self::TopUp, "top_up", "Top up"),
    ];
}

/// By which way they came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Page,
    Api,
    /// A call link.
    Link,
    AccessNumber,
}

impl Choice for Way {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Page, "page", "page"),
        (Self::Api, "api", "API"),
        (Self::Link, "link", "call link"),
        (Self::AccessNumber, "access_number", "access number"),
    ];
}

impl Way {
    /// Of whoever stands in the audit; nobody does for callers, at their pages.
    pub fn of(actor: Option<&str>) -> Self {
        if actor.is_some_and(|actor| actor.starts_with("api:")) { Self::Api } else { Self::Page }
    }
}

impl Refused {
    /// As much of the number as tells where it leads, and nobody's number.
    pub fn beginning(&self) -> String {
        self.number.as_ref().map(|number| number.as_str().chars().take(7).collect()).unwrap_or_default()
    }

    pub fn destination(&self) -> &'static str {
        self.number.as_ref().and_then(PhoneNumber::country).map_or("", Country::name)
    }
}

pub fn minute_of(at: DateTime<Utc>) -> DateTime<Utc> {
    at.with_second(0).and_then(|at| at.with_nanosecond(0)).expect("every minute has a beginning")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_tells_the_destination_and_not_the_number() {
        let refused = Refused {
            account: "acc_1".into(),
            deed: Deed::Dial,
            way: Way::of(None),
            code: "no_rate",
            sentence: String::new(),
            number: Some("+442079460000".parse().unwrap()),
        };
        assert_eq!((refused.beginning().as_str(), refused.destination()), ("+442079", "United Kingdom"));
        assert_eq!((Way::of(Some("api:billing")), Way::of(Some("ada@example.com"))), (Way::Api, Way::Page));
    }

    #[test]
    fn a_minute_begins_with_its_first_moment() {
        let at: DateTime<Utc> = "2026-11-21T12:34:56.789Z".parse().unwrap();
        assert_eq!(minute_of(at).to_rfc3339(), "2026-11-21T12:34:00+00:00");
    }
}
