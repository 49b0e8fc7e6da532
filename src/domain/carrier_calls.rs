//! The carrier's list of calls beside our legs: what both have to say alike of each.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::call::LegEnd;
use super::carrier_price::CarrierPrice;

/// What the carrier counts besides what a leg was authorised to is house time: documents, words, a late hang-up. More
/// than this is none of these.
pub const MOST_HOUSE_SECONDS: i64 = 300;
/// So long after its end a call has a price.
const PRICED_WITHIN: TimeDelta = TimeDelta::hours(1);

/// A call as the carrier lists it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListedCall {
    pub call_sid: String,
    /// When it began to ring.
    pub at: Option<DateTime<Utc>>,
    /// Somebody called us.
    pub came_in: bool,
    pub to: String,
    /// Nothing while it goes on.
    pub end: Option<LegEnd>,
    pub price: Option<CarrierPrice>,
}

/// A call of the carrier's as our books know it: a leg, or somebody who called in and was only greeted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OurCall {
    pub call_sid: String,
    pub account: Option<String>,
    pub at: DateTime<Utc>,
    pub end: Option<LegEnd>,
    /// What it was allowed to last, if that is known.
    pub authorised_seconds: Option<i64>,
    /// What the carrier has told before.
    pub price: Option<CarrierPrice>,
    /// It was asked for and has not come.
    pub price_is_missing: bool,
}

/// What has to be the same on both sides, by its name.
pub type Fields = BTreeMap<&'static str, String>;

pub fn ours(call: &OurCall, listed: Option<&ListedCall>) -> Fields {
    let mut fields = ended(call.end);
    // A price that we have not looked for is none that differs.
    if let Some(price) = call.price.or(listed.and_then(|listed| listed.price).filter(|_| !call.price_is_missing)) {
        fields.insert("price", said(&price));
    }
    fields
}

pub fn theirs(call: &ListedCall, ours: Option<&OurCall>, now: DateTime<Utc>) -> Fields {
    let mut fields = ended(call.end);
    match (call.price, call.end) {
        (Some(price), _) => drop(fields.insert("price", said(&price))),
        (None, Some(LegEnd::Completed { seconds })) if is_old(call, seconds, now) => {
            fields.insert("price", "missing".to_owned());
        }
        (None, _) => {}
    }
    let authorised = ours.and_then(|ours| ours.authorised_seconds);
    if let (Some(LegEnd::Completed { seconds }), Some(authorised)) = (call.end, authorised)
        && seconds - authorised > MOST_HOUSE_SECONDS
    {
        fields.insert("seconds_beyond_what_was_paid_for", (seconds - authorised).to_string());
    }
    fields
}

fn is_old(call: &ListedCall, seconds: i64, now: DateTime<Utc>) -> bool {
    call.at.is_some_and(|at| now - at > PRICED_WITHIN + TimeDelta::seconds(seconds))
}

fn ended(end: Option<LegEnd>) -> Fields {
    let mut fields = Fields::new();
    if let Some(end) = end {
        fields.insert("ended", end.code().to_owned());
        if let LegEnd::Completed { seconds } = end {
            fields.insert("seconds", seconds.to_string());
        }
    }
    fields
}

fn said(price: &CarrierPrice) -> String {
    format!("{} {}", price.price, price.currency)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;

    fn price(micros: i64) -> CarrierPrice {
        CarrierPrice { price: Money::from_micros(micros), currency: "USD".parse().unwrap() }
    }

    fn listed(seconds: i64, price: Option<CarrierPrice>) -> ListedCall {
        let (at, end) = (Some(DateTime::UNIX_EPOCH), Some(LegEnd::Completed { seconds }));
        ListedCall { call_sid: "CA1".into(), at, came_in: false, to: "+14155550101".into(), end, price }
    }

    fn known(seconds: i64, price: Option<CarrierPrice>) -> OurCall {
        let (at, end) = (DateTime::UNIX_EPOCH, Some(LegEnd::Completed { seconds }));
        let authorised_seconds = Some(60);
        OurCall { call_sid: "CA1".into(), account: None, at, end, authorised_seconds, price, price_is_missing: false }
    }

    fn differ(our: &OurCall, their: &ListedCall) -> Vec<&'static str> {
        let now = DateTime::UNIX_EPOCH + TimeDelta::hours(10);
        let (ours, theirs) = (ours(our, Some(their)), theirs(their, Some(our), now));
        let names: std::collections::BTreeSet<_> = ours.keys().chain(theirs.keys()).copied().collect();
        names.into_iter().filter(|name| ours.get(name) != theirs.get(name)).collect()
    }

    #[test]
    fn duration_and_price_are_compared_and_what_was_not_looked_for_is_no_difference() {
        assert_eq!(differ(&known(61, Some(price(28_000))), &listed(61, Some(price(28_000)))), [""; 0]);
        assert_eq!(differ(&known(61, None), &listed(61, Some(price(28_000)))), [""; 0]);
        assert_eq!(differ(&known(61, Some(price(28_000))), &listed(90, Some(price(14_000)))), ["price", "seconds"]);
        assert_eq!(differ(&known(61, None), &listed(61, None)), ["price"], "hours later there is one");
        let missing = OurCall { price_is_missing: true, ..known(61, None) };
        assert_eq!(differ(&missing, &listed(61, Some(price(28_000)))), ["price"], "it came after all");
    }

    #[test]
    fn more_than_house_time_beyond_what_was_paid_for_is_told() {
        assert_eq!(differ(&known(360, None), &listed(360, Some(price(1)))), [""; 0]);
        assert_eq!(differ(&known(361, None), &listed(361, Some(price(1)))), ["seconds_beyond_what_was_paid_for"]);
    }

    #[test]
    fn a_call_that_goes_on_or_has_just_ended_needs_no_price() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::minutes(30);
        assert!(!theirs(&listed(61, None), None, now).contains_key("price"));
        let live = ListedCall { end: None, ..listed(0, None) };
        assert!(theirs(&live, None, now + TimeDelta::days(1)).is_empty());
    }
}
