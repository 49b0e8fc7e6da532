//! The form of numbers: what was typed stays, and what is wrong is said beside it.

use crate::domain::admission::Refusal;
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

#[derive(Debug)]
pub struct DialForm {
    pub own_number: Field,
    pub numbers: Vec<Field>,
    /// Made with the page, so that sending it twice dials once.
    pub request_key: String,
    /// What is wrong with the whole.
    pub message: Option<String>,
}

/// Numbers that are numbers.
#[derive(Debug, Clone)]
pub struct Wish {
    pub own_number: PhoneNumber,
    pub numbers: Vec<PhoneNumber>,
}

impl DialForm {
    pub fn read(fields: &Fields) -> Self {
        let field = |value: &str| Field { value: value.to_owned(), error: None };
        let key = fields.text("request_key");
        Self {
            own_number: field(fields.text("own_number")),
            numbers: fields.all("number").map(field).collect(),
            request_key: if is_key(key) { key.to_owned() } else { ids::new("req") },
            message: None,
        }
    }

    /// Before anything was typed.
    pub fn fresh(own_number: Option<&PhoneNumber>, fields: &Fields) -> Self {
        let mut form = Self::read(fields);
        if let (Some(own_number), true) = (own_number, form.own_number.value.is_empty()) {
            form.own_number.value = own_number.to_string();
        }
        form
    }

    /// The numbers, or a message beside each that is none.
    pub fn wish(&mut self) -> Option<Wish> {
        let own_number = parse(&mut self.own_number);
        if self.own_number.value.is_empty() {
            self.own_number.error = Some("Give your own number: it is rung first.".to_owned());
        }
        let typed = self.numbers.iter_mut().filter(|field| !field.value.is_empty());
        let numbers: Vec<_> = typed.map(parse).collect();
        let numbers = numbers.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Wish { own_number: own_number?, numbers })
    }

    /// What can be read, for a price while the rest is still being typed.
    pub fn readable(&self) -> Option<Wish> {
        let numbers: Vec<_> = self.numbers.iter().filter_map(|field| field.value.parse().ok()).collect();
        let own_number = self.own_number.value.parse().ok()?;
        (!numbers.is_empty()).then_some(Wish { own_number, numbers })
    }

    /// Puts a refusal beside the number it is about, or above all.
    pub fn refuse(&mut self, refusal: &Refusal) {
        let said = refusal.to_string();
        let field = match refusal {
            // The own number comes first, so the last of two that are the same is the one too many.
            Refusal::SameNumberTwice { number } => self.fields().rfind(|field| is(field, number)),
            Refusal::NoRate { number } => self.fields().find(|field| is(field, number)),
            Refusal::NobodyToDial => self.numbers.first_mut(),
            Refusal::AccountNotOpen
            | Refusal::TooManyNumbers { .. }
            | Refusal::TooManyCalls { .. }
            | Refusal::NotEnoughCredit { .. }
            | Refusal::BeingToppedUp => None,
        };
        match field {
            Some(field) => field.error = Some(said),
            None => self.message = Some(said),
        }
    }

    fn fields(&mut self) -> impl DoubleEndedIterator<Item = &mut Field> {
        std::iter::once(&mut self.own_number).chain(&mut self.numbers)
    }

    /// Empty inputs beyond those that were typed in.
    pub fn with_room(mut self) -> Self {
        self.numbers.resize(self.numbers.len().max(INPUTS), Field::default());
        self
    }
}

fn parse(field: &mut Field) -> Option<PhoneNumber> {
    match field.value.parse() {
        Ok(number) => Some(number),
        Err(error) => {
            let error: crate::domain::phone_number::BadPhoneNumber = error;
            field.error = Some(error.to_string());
            None
        }
    }
}

fn is(field: &Field, number: &PhoneNumber) -> bool {
    field.value.parse().as_ref() == Ok(number)
}

/// One we could have made ourselves.
fn is_key(text: &str) -> bool {
    text.starts_with("req_") && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(encoded: &str) -> DialForm {
        DialForm::read(&Fields::read(encoded.as_bytes()).unwrap())
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
    fn a_key_of_somebody_elses_making_is_replaced() {
        assert!(form("request_key=%27%3B--").request_key.starts_with("req_"));
        assert_eq!(form("request_key=req_01abc").request_key, "req_01abc");
    }
}
