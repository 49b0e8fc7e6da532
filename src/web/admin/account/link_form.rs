//! The form of a new link: what was typed stays, and what is wrong is said beside it.

use chrono::{DateTime, TimeDelta, Utc};

use super::forms::typed;
use crate::domain::admission::Refusal;
use crate::domain::call_link::BadLink;
use crate::domain::phone_number::PhoneNumber;
use crate::flows::call_links::NewLink;
use crate::ids;
use crate::web::pages;
use crate::web::pages::form::Fields;
use crate::web::user::dial_form::Field;

/// What may be chosen for how many days a link lasts.
pub const LIFETIMES: [(&str, &str); 5] =
    [("1", "a day"), ("7", "a week"), ("30", "30 days"), ("90", "90 days"), ("365", "a year")];

#[derive(Default)]
pub struct LinkForm {
    pub label: Field,
    pub own_number: Field,
    /// Several, with commas between them.
    pub numbers: Field,
    pub most_calls: Field,
    pub days: Field,
    /// Made with the page, so that sending it twice makes one link.
    pub key: String,
    /// What is wrong with the whole.
    pub message: Option<String>,
}

impl LinkForm {
    pub fn fresh() -> Self {
        Self { key: ids::new("req"), most_calls: Field::of("1"), days: Field::of("7"), ..Self::default() }
    }

    pub fn read(fields: &Fields) -> Self {
        Self {
            label: typed(fields, "label"),
            own_number: typed(fields, "own_number"),
            numbers: typed(fields, "numbers"),
            most_calls: typed(fields, "most_calls"),
            days: typed(fields, "days"),
            key: pages::id(fields.text("key")).unwrap_or_else(|_| ids::new("req")),
            message: None,
        }
    }

    /// What it asks for, or messages beside all that cannot be read.
    pub fn checked(&mut self, account: &str, now: DateTime<Utc>) -> Option<NewLink> {
        let own_number = number(&self.own_number.value, None).map_err(|error| self.own_number.error = Some(error));
        let home = own_number.as_ref().ok();
        let parts = self.numbers.value.split(',').map(str::trim).filter(|part| !part.is_empty());
        let numbers: Result<Vec<_>, _> = parts.map(|part| number(part, home)).collect();
        let numbers = numbers.map_err(|error| self.numbers.error = Some(error));
        let most_calls = self.most_calls.value.parse();
        let most_calls = most_calls.map_err(|_| self.most_calls.error = Some(BadLink::MostCalls.to_string()));
        let days = LIFETIMES.iter().find(|(days, _)| *days == self.days.value).and_then(|(days, _)| days.parse().ok());
        if days.is_none() {
            self.days.error = Some("Choose how long it lasts.".to_owned());
        }
        Some(NewLink {
            account: account.to_owned(),
            label: self.label.value.clone(),
            own_number: own_number.ok()?,
            numbers: numbers.ok()?,
            most_calls: most_calls.ok()?,
            expires_at: now + TimeDelta::days(days?),
            request_key: self.key.clone(),
        })
    }

    pub fn bad(&mut self, bad: BadLink) {
        let field = match bad {
            BadLink::Label => &mut self.label,
            BadLink::MostCalls => &mut self.most_calls,
            BadLink::End => &mut self.days,
        };
        field.error = Some(bad.to_string());
    }

    pub fn refuse(&mut self, refusal: &Refusal) {
        match refusal {
            Refusal::NoRate { number } | Refusal::DestinationBlocked { number, .. }
                if number.as_str() == plain(&self.own_number.value) =>
            {
                self.own_number.error = Some(refusal.to_string());
            }
            Refusal::NoRate { .. }
            | Refusal::DestinationBlocked { .. }
            | Refusal::NobodyToDial
            | Refusal::TooManyNumbers { .. }
            | Refusal::SameNumberTwice { .. } => self.numbers.error = Some(refusal.to_string()),
            Refusal::AccountNotOpen
            | Refusal::AccountFrozen
            | Refusal::TooManyCalls { .. }
            | Refusal::TooFast { .. }
            | Refusal::HouseIsFull
            | Refusal::SpendCap { .. }
            | Refusal::NotEnoughCredit { .. }
            | Refusal::BeingToppedUp
            | Refusal::NeverRecorded
            | Refusal::AlwaysRecorded => self.message = Some(refusal.to_string()),
        }
    }
}

fn number(text: &str, home: Option<&PhoneNumber>) -> Result<PhoneNumber, String> {
    PhoneNumber::read(text, home).map_err(|bad| bad.to_string())
}

fn plain(text: &str) -> String {
    number(text, None).map_or_else(|_| String::new(), |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> LinkForm {
        LinkForm::read(&Fields::read(text.as_bytes()).unwrap())
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let mut bad = form("label=&own_number=hello&numbers=%2B14155550145,x&most_calls=many&days=9");
        assert!(bad.checked("acc_1", DateTime::UNIX_EPOCH).is_none());
        for field in [&bad.own_number, &bad.numbers, &bad.most_calls, &bad.days] {
            assert!(field.error.is_some(), "{field:?}");
        }
    }

    #[test]
    fn several_numbers_stand_between_commas_and_are_read_as_at_home() {
        let mut good =
            form("label=x&own_number=%2B14155550123&numbers=415-555-0145, %2B442079460000&most_calls=3&days=7");
        let link = good.checked("acc_1", DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(link.numbers, ["+14155550145", "+442079460000"].map(|number| number.parse().unwrap()));
        assert_eq!((link.most_calls, link.expires_at), (3, DateTime::UNIX_EPOCH + TimeDelta::days(7)));
    }
}
