//! A phone number as people read it: with the spaces, the flag and the name of its country.

use crate::domain::phone_number::PhoneNumber;

pub struct ShownNumber {
    /// For addresses and inputs: `+442079460000`.
    pub plain: String,
    pub text: String,
    pub flag: String,
    /// Empty for a number of the whole world's.
    pub country: &'static str,
}

impl From<&PhoneNumber> for ShownNumber {
    fn from(number: &PhoneNumber) -> Self {
        let country = number.country();
        Self {
            plain: number.to_string(),
            text: number.international(),
            flag: country.map(|country| country.flag()).unwrap_or_default(),
            country: country.map_or("", |country| country.name()),
        }
    }
}

impl ShownNumber {
    /// The page that dials it.
    pub fn dial(&self) -> String {
        format!("/dial?number=%2B{}", &self.plain[1..])
    }
}
