//! Phone numbers in E.164: a plus sign and up to fifteen digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a phone number with its country code, such as +14155550123")]
pub struct BadPhoneNumber(pub String);

impl PhoneNumber {
    /// With the plus sign.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without the plus sign: what prefixes of a rate deck are compared with.
    pub fn digits(&self) -> &str {
        &self.0[1..]
    }
}

/// Ranges change faster than libraries, so a number that the library can read is taken even if it calls its range
/// unknown: a destination without a rate is refused anyway, and the carrier knows best what can be reached.
impl FromStr for PhoneNumber {
    type Err = BadPhoneNumber;

    fn from_str(text: &str) -> Result<Self, BadPhoneNumber> {
        let bad = || BadPhoneNumber(text.to_owned());
        let mut plain: String =
            text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}')).collect();
        if let Some(rest) = plain.strip_prefix("00") {
            plain = format!("+{rest}");
        }
        let digits = plain.strip_prefix('+').ok_or_else(bad)?;
        if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let parsed = phonenumber::parse(None, &plain).map_err(|_| bad())?;
        Ok(Self(parsed.format().mode(phonenumber::Mode::E164).to_string()))
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = BadPhoneNumber;

    fn try_from(text: String) -> Result<Self, BadPhoneNumber> {
        text.parse()
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for text in ["+1 (415) 555-0123", "+14155550123", "0014155550123", "+1.415.555.0123"] {
            assert_eq!(text.parse::<PhoneNumber>().map(|n| n.to_string()), Ok("+14155550123".to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["", "+", "4155550123", "+12", "+1415555012x", "+999999999999999999", "hello", "+१२३४५६७८९"]
        {
            assert_eq!(text.parse::<PhoneNumber>(), Err(BadPhoneNumber(text.to_owned())));
        }
    }
}
