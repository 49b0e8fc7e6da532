//! Stripe's list of events, which has each for thirty days, just as its webhook brings it.

use chrono::{DateTime, Utc};

use super::Stripe;
use super::statements::{get, listed};
use crate::payments::Doubt;
use crate::payments::answers::unknown;
use crate::payments::missed::{Missed, MissedPage};
use crate::wire::{HttpRequest, HttpResponse};

/// The largest is about five kilobytes.
const AT_ONCE: &str = "40";

/// The list has one address, and takes twenty kinds at most.
const PATH: &str = "events";
const CARDS: &str = "events of cards";
/// What our webhook listens to.
const TYPES: [&str; 20] = [
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.canceled",
    "payment_intent.requires_action",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "radar.early_fraud_warning.created",
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "setup_intent.succeeded",
];
const TYPES_OF_CARDS: [&str; 3] =
    ["payment_method.updated", "payment_method.automatically_updated", "payment_method.detached"];

impl Missed for Stripe {
    fn missed_lists(&self) -> &'static [&'static str] {
        &[PATH, CARDS]
    }

    fn missed_request(&self, list: &str, since: DateTime<Utc>, after: Option<&str>) -> HttpRequest {
        let since = since.timestamp().to_string();
        let types = if list == CARDS { &TYPES_OF_CARDS[..] } else { &TYPES };
        let names: Vec<_> = (0..types.len()).map(|at| format!("types[{at}]")).collect();
        let mut query = vec![("created[gte]", since.as_str()), ("limit", AT_ONCE)];
        query.extend(names.iter().map(String::as_str).zip(types.iter().copied()));
        query.extend(after.map(|after| ("starting_after", after)));
        get(PATH, &query, &self.settings)
    }

    fn missed_page(&self, _: &str, _: Option<&str>, response: &HttpResponse) -> Result<MissedPage, Doubt> {
        let json = listed(response)?;
        let events = json["data"].as_array().ok_or_else(|| unknown(200, "it does not read as a list"))?;
        let last = events.last().filter(|_| json["has_more"] == true);
        let next = last.and_then(|last| last["id"].as_str()).map(str::to_owned);
        Ok(MissedPage { messages: events.iter().map(|event| event.to_string().into_bytes()).collect(), next })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fixture, settings};
    use super::*;
    use crate::payments::Processor;
    use crate::wire::Incoming;

    #[test]
    fn an_event_of_the_list_is_the_message_of_the_webhook() {
        let (event, stripe) = (String::from_utf8(fixture("event_succeeded.json")).unwrap(), Stripe::new(settings()));
        let body = format!(r#"{{"object":"list","has_more":true,"data":[{event}]}}"#).into_bytes();
        let answer = HttpResponse::Answered { status: 200, headers: vec![], body };
        let page = stripe.missed_page("events", None, &answer).unwrap();
        assert_eq!(page.next.as_deref(), Some("evt_3SVxQ2Lkd0aT1YzW0aaaaaaa"));
        let read = |body: Vec<u8>| {
            let now = DateTime::UNIX_EPOCH;
            stripe.read(&Incoming { url: String::new(), path: String::new(), headers: vec![], body, now }).unwrap()
        };
        assert_eq!(read(page.messages[0].clone()), read(event.into_bytes()));
    }

    #[test]
    fn only_what_is_listened_to_is_asked_for() {
        let url = Stripe::new(settings()).missed_request("events", DateTime::UNIX_EPOCH, Some("evt_1")).url;
        assert!(url.starts_with("https://api.stripe.com/v1/events?created%5Bgte%5D=0&limit=40&types%5B0%5D="), "{url}");
        assert!(
            url.contains("types%5B19%5D=setup_intent.succeeded") && url.ends_with("&starting_after=evt_1"),
            "{url}"
        );
        let cards = Stripe::new(settings()).missed_request(CARDS, DateTime::UNIX_EPOCH, None).url;
        assert!(cards.contains("/v1/events?") && cards.ends_with("types%5B2%5D=payment_method.detached"), "{cards}");
    }
}
