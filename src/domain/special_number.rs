//! Numbers whose calls cost unlike others of their country, or are nowhere in the world: what fraud calls.

use super::phone_number::PhoneNumber;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Special {
    Premium,
    /// Satellite phones and networks without a country.
    Satellite,
    SharedCost,
}

/// Country codes of no country, from the list of assigned country codes of ITU-T E.164 (complement of 15 December 2023).
/// Of those in countries the numbering plans of the library know.
const OF_NO_COUNTRY: [(&str, Special); 8] = [
    // International shared cost service.
    ("808", Special::SharedCost),
    // Inmarsat.
    ("870", Special::Satellite),
    // Universal personal telecommunication: the caller pays for wherever it leads.
    ("878", Special::Premium),
    // Global mobile satellite systems.
    ("881", Special::Satellite),
    // International networks, at sea and in the air among them.
    ("882", Special::Satellite),
    ("883", Special::Satellite),
    // International premium rate service.
    ("979", Special::Premium),
    // For trials.
    ("991", Special::Satellite),
];

impl Special {
    pub fn of(number: &PhoneNumber) -> Option<Self> {
        let listed = OF_NO_COUNTRY.iter().find(|(code, _)| number.digits().starts_with(code));
        listed.map(|(_, special)| *special).or_else(|| number.charged_specially())
    }

    /// Calls are not allowed to …
    pub fn plural(self) -> &'static str {
        match self {
            Self::Premium => "premium-rate numbers",
            Self::Satellite => "satellite phones and networks without a country",
            Self::SharedCost => "shared-cost numbers",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_special_is_found_by_its_range_and_by_its_countrys_numbering_plan() {
        for (number, special) in [
            ("+881612345678", Some(Special::Satellite)),
            ("+870773123456", Some(Special::Satellite)),
            ("+882123456789", Some(Special::Satellite)),
            ("+979123456789", Some(Special::Premium)),
            ("+80812345678", Some(Special::SharedCost)),
            ("+19002345678", Some(Special::Premium)),
            ("+449098790000", Some(Special::Premium)),
            ("+442079460000", None),
            ("+14155550101", None),
            ("+80012345678", None),
        ] {
            assert_eq!(Special::of(&number.parse().unwrap()), special, "{number}");
        }
    }
}
