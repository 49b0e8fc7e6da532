//! Phone numbers in E.164: a plus sign and up to fifteen digits. How people write them is read here, too: with a country
//! code in whatever dress, or as they are dialled at home.

use std::fmt;
use std::str::FromStr;

use phonenumber::metadata::{DATABASE, Descriptor, Metadata};
use phonenumber::{Mode, Type, country::Id};
use serde::{Deserialize, Serialize};

use super::country::Country;
use super::special_number::Special;

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a phone number with its country code, such as +14155550123")]
pub struct BadPhoneNumber(pub String);

impl PhoneNumber {
    /// One that was read before and is kept as text. Its country's plan is not asked again: that takes longer than all else
    /// of reading a call, and plans change.
    pub fn kept(text: &str) -> Result<Self, BadPhoneNumber> {
        let digits = text.strip_prefix('+').filter(|digits| are_e164(digits));
        digits.map(|_| Self(text.to_owned())).ok_or_else(|| BadPhoneNumber(text.to_owned()))
    }

    /// With the plus sign.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without the plus sign: what prefixes of a rate deck are compared with.
    pub fn digits(&self) -> &str {
        &self.0[1..]
    }

    /// As somebody writes it who is at home where `home` is: without a country code, or with the prefix that leads
    /// abroad from there.
    pub fn read(text: &str, home: Option<&Self>) -> Result<Self, BadPhoneNumber> {
        let bad = || BadPhoneNumber(text.to_owned());
        let plain = undressed(text);
        if plain.starts_with('+') || plain.starts_with("00") {
            return text.parse();
        }
        let Some(home) = home.and_then(Self::metadata) else {
            // Nobody is at home anywhere, so this can only be how North America begins what leads abroad.
            return plain.strip_prefix("011").ok_or_else(bad).and_then(|rest| international(rest).ok_or_else(bad));
        };
        if let Some(rest) = plain.strip_prefix(way_abroad(home.country_code())) {
            return international(rest).ok_or_else(bad);
        }
        national(&plain, home).and_then(|rest| international(&rest)).ok_or_else(bad)
    }

    /// The country it is in; of a code that several share and that does not tell them apart, the largest. None has a
    /// number of the whole world's.
    pub fn country(&self) -> Option<Country> {
        Country::of(self.metadata()?.id())
    }

    /// With the spaces of its country: `+44 20 7946 0000`.
    pub fn international(&self) -> String {
        let shown = phonenumber::parse(None, &self.0).map(|n| n.format().mode(Mode::International).to_string());
        // The library takes some leading digits for the prefix of calls within the country, and drops them.
        shown.ok().filter(|shown| undressed(shown) == self.0).unwrap_or_else(|| self.0.clone())
    }

    /// As its country's numbering plan says.
    pub fn charged_specially(&self) -> Option<Special> {
        match phonenumber::parse(None, &self.0).ok()?.number_type(&DATABASE) {
            Type::PremiumRate => Some(Special::Premium),
            Type::SharedCost => Some(Special::SharedCost),
            _ => None,
        }
    }

    fn metadata(&self) -> Option<&'static Metadata> {
        let parsed = phonenumber::parse(None, &self.0).ok()?;
        let main = || DATABASE.region(&parsed.code().value())?.first().and_then(|region| DATABASE.by_id(*region));
        parsed.country().id().and_then(|id: Id| DATABASE.by_id(id.as_ref())).or_else(main)
    }
}

/// How the numbers begin, each with its plus sign, that somebody at home where `home` is may mean by a part of one: with
/// its country code, or as dialled at home; the same twice where only one can be meant. `None` if it is no part of one.
pub fn beginnings(text: &str, home: Option<&PhoneNumber>) -> Option<[String; 2]> {
    let plain = undressed(text);
    let home = home.and_then(PhoneNumber::metadata);
    let abroad = home.map_or("011", |home| way_abroad(home.country_code()));
    let known = ["+", "00", abroad].iter().find_map(|start| plain.strip_prefix(start));
    let digits = known.unwrap_or(&plain);
    if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let abroad = format!("+{digits}");
    let (Some(home), None) = (home, known) else { return Some([abroad.clone(), abroad]) };
    let within = digits.strip_prefix(home.national_prefix().unwrap_or_default()).unwrap_or(digits);
    let code = home.country_code();
    Some([abroad, format!("+{code}{within}")])
}

fn undressed(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' | '\u{2010}'..='\u{2015}'))
        .collect()
}

/// What is dialled before a country code. `00` is understood everywhere besides.
fn way_abroad(country_code: u16) -> &'static str {
    match country_code {
        1 => "011",
        7 => "810",
        61 => "0011",
        81 => "010",
        _ => "00",
    }
}

/// The digits after the plus sign of a number as it is dialled within its country.
fn national(plain: &str, home: &Metadata) -> Option<String> {
    if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let code = home.country_code().to_string();
    let trunk = home.national_prefix().and_then(|trunk| plain.strip_prefix(trunk));
    let without_plus = plain.strip_prefix(&code);
    if let Some(known) = [Some(plain), trunk, without_plus].into_iter().flatten().find(|rest| fits(home, rest)) {
        return Some(code + known);
    }
    let parsed = phonenumber::parse(home.id().parse().ok(), plain).ok()?.format().mode(Mode::E164).to_string();
    let rest = parsed[1..].strip_prefix(&code)?;
    has_length(home, rest).then(|| parsed[1..].to_owned())
}

/// So many digits, beginning so, as some kind of number of the country: its patterns say nothing of what follows.
fn fits(country: &Metadata, rest: &str) -> bool {
    kinds(country).any(|kind| kind.is_match(rest) && kind.possible_length().contains(&length(rest)))
}

fn has_length(country: &Metadata, rest: &str) -> bool {
    kinds(country).any(|kind| kind.possible_length().contains(&length(rest)))
}

fn length(digits: &str) -> u16 {
    u16::try_from(digits.len()).unwrap_or(u16::MAX)
}

fn kinds(country: &Metadata) -> impl Iterator<Item = &Descriptor> {
    let all = country.descriptors();
    let common = [all.fixed_line(), all.mobile(), all.toll_free(), all.premium_rate(), all.shared_cost()];
    let rarer = [all.personal_number(), all.voip(), all.uan(), all.pager(), all.voicemail()];
    common.into_iter().chain(rarer).flatten()
}

fn are_e164(digits: &str) -> bool {
    (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Ranges change faster than libraries, so a number that the library can read is taken even if it calls its range
/// unknown: a destination without a rate is refused anyway, and the carrier knows best what can be reached.
fn international(digits: &str) -> Option<PhoneNumber> {
    if !are_e164(digits) {
        return None;
    }
    let parsed = phonenumber::parse(None, format!("+{digits}")).ok()?;
    // A prefix of calls within the country, as in +44 (0)20, does not belong here. But the library drops it also where
    // the number itself begins so, as +7 800.
    let code = parsed.code().value();
    let rest = digits.strip_prefix(&code.to_string())?;
    let whole = DATABASE.by_code(&code).is_some_and(|all| all.iter().any(|country| fits(country, rest)));
    Some(PhoneNumber(if whole { format!("+{digits}") } else { parsed.format().mode(Mode::E164).to_string() }))
}

impl FromStr for PhoneNumber {
    type Err = BadPhoneNumber;

    fn from_str(text: &str) -> Result<Self, BadPhoneNumber> {
        let plain = undressed(text);
        let digits = plain.strip_prefix('+').or_else(|| plain.strip_prefix("00"));
        digits.and_then(international).ok_or_else(|| BadPhoneNumber(text.to_owned()))
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

    #[test]
    fn what_was_kept_is_taken_as_it_is() {
        let number: PhoneNumber = "+44 (0)20 7946 0000".parse().unwrap();
        assert_eq!(PhoneNumber::kept(number.as_str()), Ok(number));
        let of_no_plan = "+9990000000";
        assert_eq!(PhoneNumber::kept(of_no_plan).map(|n| n.to_string()), Ok(of_no_plan.to_owned()));
        for text in ["", "+", "14155550123", "+141555", "+1 415 555 0123", "+1415555012x", "+9999999999999999"] {
            assert_eq!(PhoneNumber::kept(text), Err(BadPhoneNumber(text.to_owned())));
        }
    }

    fn read(text: &str, home: &str) -> Option<String> {
        let home = home.parse().ok();
        PhoneNumber::read(text, home.as_ref()).ok().map(|number| number.to_string())
    }

    #[test]
    fn at_home_nobody_writes_the_country_code() {
        for (text, home, number) in [
            ("415-555-0123", "+12125550100", "+14155550123"),
            ("1 (415) 555-0123", "+12125550100", "+14155550123"),
            ("011 44 20 7946 0000", "+12125550100", "+442079460000"),
            ("00 44 20 7946 0000", "+12125550100", "+442079460000"),
            ("011 49 30 123456", "", "+4930123456"),
            ("020 7946 0000", "+447400123456", "+442079460000"),
            ("0113 496 0000", "+447400123456", "+441134960000"),
            ("+44 (0)20 7946 0000", "+12125550100", "+442079460000"),
            ("06 1234 5678", "+390612345678", "+390612345678"),
            ("8 800 555 35 35", "+79161234567", "+78005553535"),
            ("800 555 35 35", "+79161234567", "+78005553535"),
            ("030 123456", "+4915123456789", "+4930123456"),
        ] {
            assert_eq!(read(text, home).unwrap_or_default(), number, "{text} at {home}");
        }
    }

    #[test]
    fn a_part_of_a_number_is_none() {
        for (text, home) in
            [("555-0123", "+12125550100"), ("415-555", "+12125550100"), ("12", "+447400123456"), ("", "+1")]
        {
            assert_eq!(read(text, home), None, "{text}");
        }
        assert_eq!(read("4155550123", ""), None, "nobody is at home anywhere");
    }

    /// Every number that the library gives as an example of its country.
    fn examples() -> Vec<(&'static Metadata, String)> {
        let of = |m: &'static Metadata| {
            let kinds = [m.descriptors().fixed_line(), m.descriptors().mobile(), m.descriptors().toll_free()];
            kinds.into_iter().flatten().filter_map(|kind| kind.example()).map(move |n| (m, n.to_owned()))
        };
        DATABASE.iter().flat_map(of).collect()
    }

    #[test]
    fn every_number_of_the_world_is_read_with_its_code_and_as_dialled_at_home() {
        assert!(examples().len() > 600);
        for (home, rest) in examples() {
            let whole = format!("+{}{rest}", home.country_code());
            let number: PhoneNumber = whole.parse().unwrap();
            assert_eq!(number.as_str(), whole);
            assert_eq!(number.international().parse(), Ok(number.clone()), "{}", number.international());
            let trunk = home.national_prefix().unwrap_or_default();
            for dialled in [rest.clone(), format!("{trunk}{rest}")] {
                assert_eq!(PhoneNumber::read(&dialled, Some(&number)), Ok(number.clone()), "{dialled}");
            }
        }
    }

    #[test]
    fn countries_are_told_apart_as_far_as_the_number_does() {
        let country = |text: &str| text.parse::<PhoneNumber>().unwrap().country().map(|country| country.code());
        for (number, code) in
            [("+14165550100", "CA"), ("+14155550100", "US"), ("+390612345678", "IT"), ("+78005553535", "RU")]
        {
            assert_eq!(country(number), Some(code), "{number}");
        }
        assert_eq!(country("+80012340000"), None);
    }

    #[test]
    fn a_part_may_be_meant_abroad_or_at_home() {
        let home = "+12125550100".parse().ok();
        let meant = |text: &str| beginnings(text, home.as_ref()).map(|both| both.join(" "));
        assert_eq!(meant("415").as_deref(), Some("+415 +1415"));
        assert_eq!(meant("+44 20").as_deref(), Some("+4420 +4420"));
        assert_eq!(meant("011 44").as_deref(), Some("+44 +44"));
        assert_eq!((meant("x"), meant("+"), meant("1234567890123456")), (None, None, None));
        let home = "+442079460000".parse().ok();
        assert_eq!(beginnings("020", home.as_ref()), Some(["+020".to_owned(), "+4420".to_owned()]));
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_typed_is_a_number_or_refused(text in "[+0-9 ()x-]{0,18}", home in 0..400_usize) {
            let homes = examples();
            let (home, rest) = &homes[home];
            let home = format!("+{}{rest}", home.country_code()).parse::<PhoneNumber>().unwrap();
            if let Ok(number) = PhoneNumber::read(&text, Some(&home)) {
                proptest::prop_assert_eq!(number.as_str().parse(), Ok(number.clone()));
                proptest::prop_assert_eq!(PhoneNumber::read(number.as_str(), Some(&home)), Ok(number));
            }
        }
    }
}
