//! Calling in: people ring a number of the house from whatever phone they are at, are known by that phone or by card and
//! PIN, and call on at their account's cost. [`greeting`] is what they go through until the call that is paid begins.

pub mod card;
pub mod greeting;
#[cfg(test)]
mod greeting_tests;

use super::language::Language;
use super::phone_number::PhoneNumber;
use super::setting::{Choice, Kind, Setting, choices, flag};
use chrono::{DateTime, Utc};

/// Phones of one account.
pub const MOST_PHONES: usize = 10;
const LONGEST_LABEL: usize = 100;

/// A number that callers ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessNumber {
    pub id: String,
    pub number: PhoneNumber,
    pub settings: AccessSettings,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessSettings {
    /// What callers read on their page.
    pub label: String,
    /// In which callers are spoken to until it is known whose account pays.
    pub language: Language,
    pub asks: Asks,
    pub closed: bool,
}

/// Who is asked for a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Asks {
    /// A known phone is enough.
    #[default]
    Strangers,
    /// The phone is not taken at its word.
    Everybody,
}

impl Choice for Asks {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Strangers, "strangers", "of phones that are not known"),
        (Self::Everybody, "everybody", "always, of known phones too"),
    ];
}

/// One line a setting: on its page, in the API and in the audit.
#[rustfmt::skip]
pub const SETTINGS: &[Setting<AccessSettings>] = &[
    Setting { name: "label", label: "Label", help: "callers read it", kind: Kind::Text,
        get: |kept| kept.label.clone(), set: |kept, text| { kept.label = label(text)?; Ok(()) } },
    Setting { name: "language", label: "Language", help: "until it is known whose account pays, which has its own",
        kind: Kind::Choice(languages), get: |kept| kept.language.code().to_owned(),
        set: |kept, text| { kept.language = text.parse().map_err(|_| "is one of en, de, es, fr, it, pt")?; Ok(()) } },
    Setting { name: "asks", label: "A PIN is asked", help: "phone numbers can be forged", kind: Kind::Choice(choices::<Asks>),
        get: |kept| kept.asks.code().to_owned(), set: |kept, text| { kept.asks = Choice::read(text)?; Ok(()) } },
    Setting { name: "closed", label: "Closed: callers are told so and hung up", help: "", kind: Kind::Flag,
        get: |kept| kept.closed.to_string(), set: |kept, text| { kept.closed = flag(text)?; Ok(()) } },
];

fn languages() -> Vec<(&'static str, &'static str)> {
    Language::ALL.map(|language| (language.code(), language.name())).to_vec()
}

fn label(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() > LONGEST_LABEL || text.chars().any(char::is_control) {
        return Err(format!("has at most {LONGEST_LABEL} letters that can be read"));
    }
    Ok(text.to_owned())
}

/// A phone by which its owner is known, once that was proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPhone {
    pub id: String,
    pub account: String,
    pub number: PhoneNumber,
    pub added_by: String,
    pub added_at: DateTime<Utc>,
    /// Before that it makes nobody known.
    pub proven_at: Option<DateTime<Utc>>,
}

/// A number as it is pressed by somebody who is at home where `home` is: as at home, with the way abroad, or with the
/// country code alone, since phones have no plus sign. A star begins anew.
pub fn dialled(keys: &str, home: Option<&PhoneNumber>) -> Option<PhoneNumber> {
    let digits = keys.rsplit('*').next().unwrap_or_default();
    PhoneNumber::read(digits, home).or_else(|_| format!("+{digits}").parse()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::setting::apply;

    #[test]
    fn a_number_is_read_as_it_is_pressed_on_a_phone() {
        let home: PhoneNumber = "+14155550100".parse().unwrap();
        for keys in ["4155550101", "14155550101", "0114420794600004155550101*4155550101", "0014155550101"] {
            assert_eq!(dialled(keys, Some(&home)).unwrap().as_str(), "+14155550101", "{keys}");
        }
        for keys in ["442079460000", "011442079460000", "00442079460000"] {
            assert_eq!(dialled(keys, Some(&home)).unwrap().as_str(), "+442079460000", "{keys}");
        }
        assert_eq!(dialled("442079460000", None).unwrap().as_str(), "+442079460000");
        for keys in ["", "*", "12", "4155550101*", "4155550101#"] {
            assert_eq!(dialled(keys, Some(&home)), None, "{keys}");
        }
    }

    #[test]
    fn a_setting_that_cannot_be_is_named_and_the_rest_kept() {
        let mut settings = AccessSettings::default();
        let given = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
        assert_eq!(apply(SETTINGS, &mut settings, &given("label", " Berlin ")), []);
        for (name, text) in [("label", "a\nb"), ("language", "tlh"), ("asks", "nobody"), ("closed", "maybe")] {
            let bad = apply(SETTINGS, &mut settings, &given(name, text));
            assert_eq!(bad.iter().map(|bad| bad.name.as_str()).collect::<Vec<_>>(), [name]);
        }
        assert_eq!(settings, AccessSettings { label: "Berlin".to_owned(), ..AccessSettings::default() });
    }
}
