//! The form of numbers: what was typed stays, and what is wrong is said beside it.

use super::machine_form::MachineForm;
use super::shown_number::ShownNumber;
use crate::domain::admission::Refusal;
use crate::domain::call::machine::MachineChoice;
use crate::domain::phone_number::PhoneNumber;
use crate::ids;
use crate::web::pages::form::Fields;

/// A page without JavaScript cannot add inputs, so some stand ready.
const INPUTS: usize = 3;

#[derive(Debug, Default, Clone)]
pub struct Field {
    pub value: String,
    pub error: Option<String>,
}

impl Field {
    pub fn of(value: &str) -> Self {
        Self { value: value.to_owned(), error: None }
    }
}

/// An input for a number, with what it was understood to be.
#[derive(Debug, Default, Clone)]
pub struct NumberField {
    pub value: String,
    pub error: Option<String>,
    pub number: Option<PhoneNumber>,
    /// Its price, once it has been looked up.
    pub price: Option<LegPrice>,
}

#[derive(Debug, Clone)]
pub struct LegPrice {
    pub destination: String,
    pub per_minute: String,
    /// Fees and minimums, where they are not trivial.
    pub terms: String,
}

#[derive(Debug)]
pub struct DialForm {
    pub own_number: NumberField,
    pub numbers: Vec<NumberField>,
    pub machine: MachineForm,
    /// Made with the page, so that sending it twice dials once.
    pub request_key: String,
    /// The call is to be recorded.
    pub record: bool,
    /// What is wrong with the whole.
    pub message: Option<Refused>,
}

/// A refusal, and where to do something about it.
#[derive(Debug)]
pub struct Refused {
    pub text: String,
    pub way_out: Option<WayOut>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WayOut {
    pub path: &'static str,
    pub name: &'static str,
}

/// Numbers that are numbers.
#[derive(Debug, Clone)]
pub struct Wish {
    pub own_number: PhoneNumber,
    pub numbers: Vec<PhoneNumber>,
    pub machine: MachineChoice,
}

impl DialForm {
    /// `home`: the number from which the caller called last, for numbers without a country code.
    pub fn read(fields: &Fields, home: Option<&PhoneNumber>) -> Self {
        let own_number = NumberField::read(fields.text("own_number"), home);
        let home = own_number.number.clone().or_else(|| home.cloned());
        let key = fields.text("request_key");
        Self {
            numbers: fields.all("number").map(|typed| NumberField::read(typed, home.as_ref())).collect(),
            own_number,
            machine: MachineForm::read(fields),
            request_key: if is_key(key) { key.to_owned() } else { ids::new("req") },
            record: fields.text("record") == "yes",
            message: None,
        }
    }

    /// Before anything was typed.
    pub fn fresh(own_number: Option<&PhoneNumber>, fields: &Fields) -> Self {
        let mut form = Self::read(fields, own_number);
        if let (Some(own_number), true) = (own_number, form.own_number.value.is_empty()) {
            form.own_number = NumberField::read(&own_number.international(), Some(own_number));
        }
        form
    }

    /// The numbers, if whatever was typed is one. What is wrong stands beside each that is none.
    pub fn wish(&mut self) -> Option<Wish> {
        if self.own_number.value.is_empty() {
            self.own_number.error = Some("Give your own number: it is rung first.".to_owned());
        }
        let machine = self.machine.wish();
        let wrong = self.fields().any(|field| field.error.is_some());
        let numbers = self.numbers.iter().filter_map(|field| field.number.clone()).collect();
        let own_number = self.own_number.number.clone().filter(|_| !wrong);
        own_number.zip(machine).map(|(own_number, machine)| Wish { own_number, numbers, machine })
    }

    /// What can be read, for a price while the rest is still being typed.
    pub fn readable(&self) -> Option<Wish> {
        let numbers: Vec<_> = self.numbers.iter().filter_map(|field| field.number.clone()).collect();
        let own_number = self.own_number.number.clone()?;
        let machine = MachineChoice::default();
        (!numbers.is_empty()).then_some(Wish { own_number, numbers, machine })
    }

    /// Puts a refusal beside the number it is about, or above all.
    pub fn refuse(&mut self, refusal: &Refusal) {
        let field = match refusal {
            // The own number comes first, so the last of two that are the same is the one too many.
            Refusal::SameNumberTwice { number } => self.fields().rfind(|field| field.number.as_ref() == Some(number)),
            Refusal::NoRate { number } | Refusal::DestinationBlocked { number, .. } => {
                self.fields().find(|field| field.number.as_ref() == Some(number))
            }
            Refusal::NobodyToDial => self.numbers.first_mut(),
            Refusal::AccountNotOpen
            | Refusal::AccountFrozen
            | Refusal::TooManyNumbers { .. }
            | Refusal::TooManyCalls { .. }
            | Refusal::TooFast { .. }
            | Refusal::HouseIsFull
            | Refusal::SpendCap { .. }
            | Refusal::NotEnoughCredit { .. }
            | Refusal::BeingToppedUp
            | Refusal::NeverRecorded
            | Refusal::AlwaysRecorded => None,
        };
        match field {
            Some(field) => field.error = Some(refusal.to_string()),
            None => self.message = Some(Refused::of(refusal)),
        }
    }

    /// Every input, the own number first.
    pub fn fields(&mut self) -> impl DoubleEndedIterator<Item = &mut NumberField> {
        std::iter::once(&mut self.own_number).chain(&mut self.numbers)
    }

    /// Empty inputs beyond those that were typed in.
    pub fn with_room(mut self) -> Self {
        self.numbers.resize(self.numbers.len().max(INPUTS), NumberField::default());
        self
    }
}

impl NumberField {
    fn read(typed: &str, home: Option<&PhoneNumber>) -> Self {
        let (number, error) = match PhoneNumber::read(typed, home) {
            Ok(number) => (Some(number), None),
            Err(_) if typed.is_empty() => (None, None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self { value: typed.to_owned(), error, number, price: None }
    }

    pub fn shown(&self) -> Option<ShownNumber> {
        self.number.as_ref().map(ShownNumber::from)
    }
}

impl Refused {
    pub fn of(refusal: &Refusal) -> Self {
        let way_out = match refusal {
            Refusal::NotEnoughCredit { .. } => Some(WayOut { path: "/money", name: "Top up" }),
            Refusal::BeingToppedUp => Some(WayOut { path: "/money", name: "See the payment" }),
            Refusal::TooManyCalls { .. } => Some(WayOut { path: "/", name: "See your calls" }),
            Refusal::AccountNotOpen
            | Refusal::AccountFrozen
            | Refusal::NobodyToDial
            | Refusal::TooManyNumbers { .. }
            | Refusal::SameNumberTwice { .. }
            | Refusal::NoRate { .. }
            | Refusal::DestinationBlocked { .. }
            | Refusal::TooFast { .. }
            | Refusal::HouseIsFull
            | Refusal::SpendCap { .. }
            | Refusal::NeverRecorded
            | Refusal::AlwaysRecorded => None,
        };
        Self { text: refusal.to_string(), way_out }
    }
}

/// One we could have made ourselves.
fn is_key(text: &str) -> bool {
    text.starts_with("req_") && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(encoded: &str) -> DialForm {
        DialForm::read(&Fields::read(encoded.as_bytes()).unwrap(), None)
    }

    #[test]
    fn every_bad_number_is_named_and_everything_typed_stays() {
        let mut form = form("own_number=%2B14155550123&number=hello&number=&number=%2B442079460000&number=123");
        assert!(form.wish().is_none());
        let errors: Vec<_> = form.numbers.iter().map(|field| field.error.is_some()).collect();
        assert_eq!(errors, [true, false, false, true]);
        assert_eq!(form.numbers[0].value, "hello");
        assert!(form.own_number.error.is_none());
    }

    #[test]
    fn a_refusal_stands_beside_its_number() {
        let mut form = form("own_number=%2B14155550123&number=%2B442079460000&number=%2B44+20+7946+0000");
        let number = "+442079460000".parse().unwrap();
        form.refuse(&Refusal::SameNumberTwice { number });
        assert!(form.numbers[0].error.is_none() && form.numbers[1].error.is_some() && form.message.is_none());
        form.refuse(&Refusal::TooManyCalls { most: 2 });
        assert!(form.message.is_some());
    }

    #[test]
    fn numbers_without_a_country_code_are_at_home_where_the_own_number_is() {
        let mut form = form("own_number=%2B14155550123&number=212-555-0100&number=00442079460000");
        let numbers: Vec<_> = form.wish().unwrap().numbers.iter().map(ToString::to_string).collect();
        assert_eq!(numbers, ["+12125550100", "+442079460000"]);
        let home = "+447400123456".parse().ok();
        let fields = Fields::read(b"own_number=&number=020+7946+0000").unwrap();
        let form = DialForm::fresh(home.as_ref(), &fields);
        assert_eq!(form.own_number.value, "+44 7400 123456");
        assert_eq!(form.numbers[0].number, "+442079460000".parse().ok());
    }

    #[test]
    fn a_key_of_somebody_elses_making_is_replaced() {
        assert!(form("request_key=%27%3B--").request_key.starts_with("req_"));
        assert_eq!(form("request_key=req_01abc").request_key, "req_01abc");
    }
}
