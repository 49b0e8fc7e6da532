//! How much an account may use at once, and where to. Caps are given for the house, for a plan and for one account; all
//! that apply count, so the smallest wins. Only whether special numbers may be called is said by the nearest that says it.

pub mod combined;
pub mod places;
pub mod while_new;

use serde::{Deserialize, Serialize};

use super::money::Money;
use super::setting::{Choice, Kind, Setting, choices, number};
use places::Places;
use while_new::WhileNew;

/// Zero and nothing are no cap.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Caps {
    pub most_live_calls: u16,
    pub most_calls_a_minute: u16,
    /// What is charged within an hour or a day, and what is held, together.
    pub most_an_hour: Option<Money>,
    pub most_a_day: Option<Money>,
    pub most_while_new: WhileNew,
    /// Nowhere else, if there is one.
    pub only_to: Places,
    pub not_to: Places,
    pub premium_numbers: Word,
    pub satellite_numbers: Word,
    pub shared_cost_numbers: Word,
    /// Of all accounts together: for the house alone.
    pub live_calls_in_all: u16,
    pub calls_a_minute_in_all: u16,
}

/// Whether special numbers may be called.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// As the plan has it, and for a plan the house; the house blocks them.
    #[default]
    Unsaid,
    Allowed,
    Blocked,
}

impl Choice for Word {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Unsaid, "unsaid", "as the plan, then the house has it; else blocked"),
        (Self::Allowed, "allowed", "allowed"),
        (Self::Blocked, "blocked", "blocked"),
    ];
}

/// Numbers of calls that are counted.
const MOST: u16 = 60_000;

/// A line a cap: its field on pages, in the API and in the audit, and how it is read.
#[rustfmt::skip]
pub const CAPS: &[Setting<Caps>] = &[
    Setting { name: "most_live_calls", label: "Calls at the same time", help: "of each account; 0: no cap",
        kind: Kind::Number { least: 0, most: MOST }, get: |caps| caps.most_live_calls.to_string(),
        set: |caps, text| { caps.most_live_calls = number(text, 0, MOST)?; Ok(()) } },
    Setting { name: "most_calls_a_minute", label: "Calls dialled in a minute", help: "of each account; 0: no cap",
        kind: Kind::Number { least: 0, most: MOST }, get: |caps| caps.most_calls_a_minute.to_string(),
        set: |caps, text| { caps.most_calls_a_minute = number(text, 0, MOST)?; Ok(()) } },
    Setting { name: "most_an_hour", label: "Spent in an hour",
        help: "charges of the past sixty minutes and what running calls hold, in the account\u{2019}s currency; empty: no cap",
        kind: Kind::Text, get: |caps| amount_text(caps.most_an_hour),
        set: |caps, text| { caps.most_an_hour = amount(text)?; Ok(()) } },
    Setting { name: "most_a_day", label: "Spent in a day", help: "the same for the past 24 hours",
        kind: Kind::Text, get: |caps| amount_text(caps.most_a_day),
        set: |caps, text| { caps.most_a_day = amount(text)?; Ok(()) } },
    Setting { name: "most_while_new", label: "Spent in a day while the money is new",
        help: "by the days since the first card payment, or without one since the first credit: 1: 5, 7: 20 is at most 5 on \
               the first day, 20 in the first week",
        kind: Kind::Text, get: |caps| caps.most_while_new.to_string(),
        set: |caps, text| { caps.most_while_new = text.parse()?; Ok(()) } },
    Setting { name: "only_to", label: "Calls only to",
        help: "countries of two letters and beginnings of numbers: GB, +1415; empty: everywhere",
        kind: Kind::Text, get: |caps| caps.only_to.to_string(),
        set: |caps, text| { caps.only_to = text.parse()?; Ok(()) } },
    Setting { name: "not_to", label: "No calls to", help: "the same; also for the caller\u{2019}s own phone",
        kind: Kind::Text, get: |caps| caps.not_to.to_string(),
        set: |caps, text| { caps.not_to = text.parse()?; Ok(()) } },
    Setting { name: "premium_numbers", label: "Premium-rate numbers", help: "",
        kind: Kind::Choice(choices::<Word>), get: |caps| caps.premium_numbers.code().to_owned(),
        set: |caps, text| { caps.premium_numbers = Choice::read(text)?; Ok(()) } },
    Setting { name: "satellite_numbers", label: "Satellite phones and networks without a country", help: "",
        kind: Kind::Choice(choices::<Word>), get: |caps| caps.satellite_numbers.code().to_owned(),
        set: |caps, text| { caps.satellite_numbers = Choice::read(text)?; Ok(()) } },
    Setting { name: "shared_cost_numbers", label: "Shared-cost numbers", help: "",
        kind: Kind::Choice(choices::<Word>), get: |caps| caps.shared_cost_numbers.code().to_owned(),
        set: |caps, text| { caps.shared_cost_numbers = Choice::read(text)?; Ok(()) } },
];

/// Those of the house alone.
#[rustfmt::skip]
pub const CAPS_IN_ALL: &[Setting<Caps>] = &[
    Setting { name: "live_calls_in_all", label: "Calls at the same time of all accounts together",
        help: "counted when somebody dials, without a lock: a few more may pass at one moment; 0: no cap",
        kind: Kind::Number { least: 0, most: MOST }, get: |caps| caps.live_calls_in_all.to_string(),
        set: |caps, text| { caps.live_calls_in_all = number(text, 0, MOST)?; Ok(()) } },
    Setting { name: "calls_a_minute_in_all", label: "Calls dialled in a minute by all accounts together",
        help: "the same", kind: Kind::Number { least: 0, most: MOST }, get: |caps| caps.calls_a_minute_in_all.to_string(),
        set: |caps, text| { caps.calls_a_minute_in_all = number(text, 0, MOST)?; Ok(()) } },
];

fn amount(text: &str) -> Result<Option<Money>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let amount = text.parse::<Money>().map_err(|bad| format!("is wrong: {bad}"))?;
    if amount < Money::ZERO { Err("is not below zero".to_owned()) } else { Ok(Some(amount)) }
}

fn amount_text(amount: Option<Money>) -> String {
    amount.map(|amount| amount.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::setting::apply;

    #[test]
    fn each_cap_has_its_line_and_is_kept_as_it_is_shown() {
        let written = serde_json::to_value(Caps::default()).unwrap();
        let names: Vec<_> = CAPS.iter().chain(CAPS_IN_ALL).map(|setting| setting.name).collect();
        assert!(written.as_object().unwrap().keys().all(|name| names.contains(&name.as_str())), "{names:?}");
        assert_eq!(written.as_object().unwrap().len(), names.len());
        let given = [
            ("most_live_calls", "3"),
            ("most_calls_a_minute", "20"),
            ("most_an_hour", "5.00"),
            ("most_a_day", "20.00"),
            ("most_while_new", "1: 5.00, 7: 20.00"),
            ("only_to", "GB, +1415"),
            ("not_to", "+881"),
            ("premium_numbers", "allowed"),
            ("satellite_numbers", "blocked"),
            ("shared_cost_numbers", "unsaid"),
        ];
        let given = given.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        let mut caps = Caps::default();
        assert!(apply(CAPS, &mut caps, &given).is_empty());
        let kept: Caps = serde_json::from_value(serde_json::to_value(&caps).unwrap()).unwrap();
        assert_eq!(kept, caps);
        for (name, text) in given {
            let setting = CAPS.iter().find(|setting| setting.name == name).unwrap();
            assert_eq!((setting.get)(&kept), text, "{name}");
        }
    }

    #[test]
    fn what_is_no_cap_is_refused() {
        for (name, text) in
            [("most_an_hour", "-1"), ("most_a_day", "much"), ("most_live_calls", "-1"), ("only_to", "Mars")]
        {
            let bad = apply(CAPS, &mut Caps::default(), &vec![(name.to_owned(), text.to_owned())]);
            assert_eq!(bad.len(), 1, "{name}={text}");
        }
    }
}
