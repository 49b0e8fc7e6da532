//! From the price to the call.

use actix_web::http::header;
use actix_web::test::TestRequest;

use super::browser::{House, LONDON, OWN};
use crate::domain::call::instruction::Asked;
use crate::domain::call::progress::Event;
use crate::flows::FlowError;
use crate::flows::instruct_leg::{Question, instruct_leg};
use crate::flows::report::{Message, leg_reported};
use crate::storage::{Tx, calls};

#[actix_web::test]
async fn the_price_is_shown_before_dialling() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    let page = browser.post("/dial", "/dial/quote", &[("own_number", OWN), ("number", LONDON)]).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for shown in ["London", "0.02 USD", "0.05 USD to connect", "0.03 USD", "4:00:00", "the call ends", LONDON] {
        assert!(
            page.text.contains(&shown.replace('+', "&#43;")) || page.text.contains(shown),
            "{shown}: {}",
            page.text
        );
    }
}

#[actix_web::test]
async fn a_bad_number_is_named_and_what_was_typed_stays() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    for place in ["/dial", "/dial/quote"] {
        let page = browser.post("/dial", place, &[("own_number", OWN), ("number", "12<b>"), ("number", LONDON)]).await;
        assert_eq!(page.status, 422);
        assert!(page.text.contains("id=\"number_1_error\"") && !page.text.contains("id=\"number_2_error\""));
        assert!(page.text.contains("is not a phone number") && !page.text.contains("12<b>"));
        assert!(page.text.contains(OWN) && page.text.contains(LONDON), "{}", page.text);
    }
    let page = browser.post("/dial", "/dial", &[("own_number", OWN), ("number", "+4930123456")]).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("id=\"number_1_error\"") && page.text.contains("no rate"), "{}", page.text);
}

#[actix_web::test]
async fn a_form_sent_twice_dials_once_and_only_its_owner_sees_the_call() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    let key = browser.get("/dial").await.hidden("request_key");
    let form = [("own_number", OWN), ("number", LONDON), ("request_key", key.as_str())];
    let first = browser.post("/dial", "/dial", &form).await;
    let second = browser.post("/dial", "/dial", &form).await;
    assert_eq!((first.status, first.location()), (303, second.location()));
    let place = first.location().to_owned();
    assert!(place.starts_with("/calls/call_"));

    let page = browser.get(&place).await;
    assert!(page.text.contains("Dialled. The call may last 4:00:00"), "{}", page.text);
    assert_eq!(browser.get("/calls").await.text.matches("/calls/call_").count(), 1);
    assert!(browser.get("/dial").await.text.contains("1 415-555-0100"), "the own number is remembered");

    let mut bob = house.browser().await;
    bob.sign_in("bob@example.org").await;
    for path in [place.clone(), format!("{place}/events")] {
        assert_eq!(bob.get(&path).await.status, 404);
    }
    assert_eq!(bob.post("/dial", &format!("{place}/hang-up"), &[]).await.status, 404);
    let mut viewer = house.browser().await;
    viewer.sign_in("viewer@example.org").await;
    assert_eq!(viewer.get(&place).await.status, 404);
    let mut owner = house.browser().await;
    owner.sign_in("owner@example.org").await;
    assert_eq!(owner.get(&place).await.status, 200);
}

#[actix_web::test]
async fn hanging_up_ends_the_call_and_the_page_says_so() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    let place = browser.post("/dial", "/dial", &[("own_number", OWN), ("number", LONDON)]).await.location().to_owned();
    let page = browser.post(&place, &format!("{place}/hang-up"), &[]).await;
    assert_eq!((page.status, page.location()), (303, place.as_str()));
    let page = browser.get(&place).await;
    assert!(
        page.text.contains("Ended from this page") && page.text.contains("7.25 USD is free again"),
        "{}",
        page.text
    );
}

#[actix_web::test]
async fn without_money_there_is_a_reason_and_no_call() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("bob@example.org").await;
    let page = browser.post("/dial", "/dial", &[("own_number", OWN), ("number", LONDON)]).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Top up first"), "{}", page.text);
    assert!(browser.get("/calls").await.text.contains("no calls yet"));
}

/// The carrier says that the payer's phone cannot be rung, which ends the call.
pub(super) async fn let_the_call_end(house: &House, call: &str) {
    let (call, now) = (call.to_owned(), house.app.clock.now());
    let work = move |tx: &mut Tx| {
        let leg = calls::find(tx, &call)?.unwrap().payer().id.clone();
        leg_reported(tx, &leg, &Event::NotMade { leg: leg.clone() }, None, now)
    };
    house.app.db.write::<_, FlowError>(work).await.unwrap();
}

#[actix_web::test]
async fn the_stream_of_a_call_says_how_it_stands_and_ends_with_it() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    let place = browser.post("/dial", "/dial", &[("own_number", OWN), ("number", LONDON)]).await.location().to_owned();
    let_the_call_end(&house, place.trim_start_matches("/calls/")).await;
    let events = TestRequest::get().uri(&format!("{place}/events")).insert_header((header::ACCEPT_ENCODING, "gzip"));
    let stream = browser.send(events).await;
    assert_eq!(stream.headers.get(header::CONTENT_TYPE).unwrap(), "text/event-stream");
    let data = stream.text.split("\ndata: ").nth(1).and_then(|rest| rest.strip_suffix("\n\n")).unwrap();
    let call: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!((&call["phase"], &call["over"], &call["cost"]), (&"settled".into(), &true.into(), &"0.00 USD".into()));
    assert_eq!((call["seconds_left"].is_null(), call["legs"].as_array().unwrap().len()), (true, 2));
    let said: Vec<_> = call["lines"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert!(said.contains(&"Ended: your own phone was not reached."), "{said:?}");
}

/// Both phones are answered.
pub(super) async fn let_everybody_answer(house: &House, call: &str) {
    let (call, timing, now) = (call.to_owned(), house.app.config.rules.timing, house.app.clock.now());
    let work = move |tx: &mut Tx| {
        for leg in calls::find(tx, &call)?.unwrap().legs {
            let (id, sid) = (format!("m-{}", leg.id), format!("CA-{}", leg.id));
            leg_reported(tx, &leg.id, &Event::Named { leg: leg.id.clone(), call_sid: sid.clone() }, None, now)?;
            let message = Message { source: "test", id, path: String::new(), body: vec![] };
            let question = Question { leg: leg.id, call_sid: sid, asked: Asked::ForInstructions, verdict: None };
            instruct_leg(tx, &question, &message, &timing, now)?;
        }
        Ok(())
    };
    house.app.db.write::<_, FlowError>(work).await.unwrap();
}

#[actix_web::test]
async fn a_live_call_counts_down_and_says_what_it_costs_by_the_minute() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    let place = browser.post("/dial", "/dial", &[("own_number", OWN), ("number", LONDON)]).await.location().to_owned();
    let before = browser.get(&place).await;
    assert!(before.text.contains("data-seconds=\"\"") && before.text.contains("Ringing your phone"));
    let_everybody_answer(&house, place.trim_start_matches("/calls/")).await;
    let page = browser.get(&place).await;
    let left: i64 = page.text.split("data-seconds=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
    assert!((14_000..=14_400).contains(&left), "{left}");
    for shown in ["Talking", "0.03 USD", "in the call", "Your phone is in the call, for", "Hang up"] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    let home = browser.get("/").await;
    assert!(home.text.contains("more is held for calls that are running"), "{}", home.text);
}

#[actix_web::test]
async fn the_price_while_typing_is_only_the_part_that_changes() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    let csrf = browser.get("/dial").await.hidden("csrf");
    for (number, shown) in [(LONDON, true), ("+44", false), ("", false)] {
        let form = [("csrf", csrf.as_str()), ("own_number", OWN), ("number", number)];
        let part = TestRequest::post().uri("/dial/quote").insert_header(("x-part", "quote")).set_form(form);
        let part = browser.send(part).await;
        assert_eq!((part.status, part.text.contains("London"), part.text.contains("<html")), (200, shown, false));
    }
}

#[actix_web::test]
async fn each_number_is_shown_with_its_country_and_price_or_what_is_wrong_with_it() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    let csrf = browser.get("/dial").await.hidden("csrf");
    let numbers = ["own_number", "number", "number", "number", "number"];
    let typed = ["(415) 555-0100", "", "011 44 20 7946 0000", "hello", "+49 30 123456"];
    let form: Vec<_> = numbers.into_iter().zip(typed).chain([("csrf", csrf.as_str())]).collect();
    // Without an own number that can be read nobody knows what 415 means.
    let part = TestRequest::post().uri("/dial/quote").insert_header(("x-part", "quote")).set_form(&form);
    let page = browser.send(part).await;
    assert!(page.text.contains("id=\"own_number_error\"") && page.text.contains("London"), "{}", page.text);
    assert!(!page.text.contains("All together"), "{}", page.text);

    let form: Vec<_> = form.into_iter().map(|(name, value)| (name, value.replace("(415)", "+1 415"))).collect();
    let part = TestRequest::post().uri("/dial/quote").insert_header(("x-part", "quote")).set_form(&form);
    let page = browser.send(part).await;
    let part = |name: &str| {
        let start = format!("data-for=\"{name}\"");
        page.text.split(&start).nth(1).unwrap().split("data-for").next().unwrap().to_owned()
    };
    assert!(part("own_number_said").contains("United States") && part("own_number_said").contains("San Francisco"));
    assert!(!part("number_1_said").contains("<p"), "nothing was typed there");
    for shown in ["🇬🇧", "United Kingdom", "20 7946 0000", "London", "0.02 USD a minute", "0.05 USD to connect"] {
        assert!(part("number_2_said").contains(shown), "{shown}: {}", part("number_2_said"));
    }
    assert!(part("number_3_said").contains("is not a phone number"));
    assert!(part("number_4_said").contains("Germany") && part("number_4_said").contains("no rate"));
}

#[actix_web::test]
async fn numbers_are_dialled_as_they_are_written_at_home() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    let page = browser.post("/dial", "/dial", &[("own_number", OWN), ("number", "415-555-0177")]).await;
    assert_eq!(page.status, 303, "{}", page.text);
    let call = browser.get(page.location()).await;
    assert!(call.text.contains("14155550177"), "{}", call.text);
    let again = browser.get("/dial?number=%2B442079460000").await;
    assert!(again.text.contains("442079460000") && again.text.contains("<datalist"), "{}", again.text);
    assert!(again.text.contains("1 415-555-0177\">"), "the number dialled last is offered: {}", again.text);
}

#[actix_web::test]
async fn a_refusal_for_want_of_money_shows_the_way_to_more() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("bob@example.org").await;
    for place in ["/dial", "/dial/quote"] {
        let page = browser.post("/dial", place, &[("own_number", OWN), ("number", LONDON)]).await;
        assert_eq!(page.status, 422);
        assert_eq!(page.text.matches("<a href=\"/money\">Top up</a>").count(), 1, "{place}: {}", page.text);
    }
}
