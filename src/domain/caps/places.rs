//! Where calls lead: countries and beginnings of numbers, as somebody lists them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::country::Country;
use crate::domain::phone_number::PhoneNumber;

const MOST: usize = 300;
/// Of a number.
const LONGEST: usize = 15;

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Places(Vec<Place>);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Place {
    Country(&'static str),
    /// Digits.
    Beginning(String),
}

impl Places {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn include(&self, number: &PhoneNumber) -> bool {
        let country = number.country().map(Country::code);
        self.0.iter().any(|place| match place {
            Place::Country(code) => country == Some(*code),
            Place::Beginning(digits) => number.digits().starts_with(digits),
        })
    }
}

/// `GB, +1415 +881`: what is between does not matter.
impl FromStr for Places {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split([',', ';', ' ', '\n', '\r', '\t']).filter(|part| !part.is_empty());
        let places = parts.map(place).collect::<Result<Vec<_>, _>>()?;
        if places.len() > MOST { Err(format!("has at most {MOST} countries and numbers")) } else { Ok(Self(places)) }
    }
}

fn place(text: &str) -> Result<Place, String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if !digits.is_empty() && digits.len() <= LONGEST && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(Place::Beginning(digits.to_owned()));
    }
    let country = Country::of(&text.to_ascii_uppercase());
    let bad = || format!("has {text:?}, which is neither a country of two letters nor the beginning of a number");
    country.map(|country| Place::Country(country.code())).ok_or_else(bad)
}

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, place) in self.0.iter().enumerate() {
            let between = if at == 0 { "" } else { ", " };
            match place {
                Place::Country(code) => write!(f, "{between}{code}")?,
                Place::Beginning(digits) => write!(f, "{between}+{digits}")?,
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Places {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Places> for String {
    fn from(places: Places) -> Self {
        places.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_and_beginnings_are_listed_as_one_likes() {
        let places: Places = "gb, +1415;49 30\nCU".parse().unwrap();
        assert_eq!(places.to_string(), "GB, +1415, +49, +30, CU");
        assert_eq!(places.to_string().parse(), Ok(places.clone()));
        let include = |number: &str| places.include(&number.parse().unwrap());
        assert!(include("+442079460000") && include("+14155550101") && include("+302101234567"));
        assert!(!include("+12125550101") && !include("+33142685300"));
        for bad in ["XX", "+44a", "United Kingdom", "1234567890123456"] {
            assert!(bad.parse::<Places>().is_err(), "{bad}");
        }
    }
}
