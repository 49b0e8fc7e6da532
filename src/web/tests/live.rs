//! Calls while they run: their page, its stream, numbers that are added, and the board of all of them.

use actix_web::http::header;
use actix_web::test::TestRequest;
use serde_json::Value;

use super::browser::{Browser, House, LONDON, OWN, Page};
use super::dialling::{let_everybody_answer, let_the_call_end};
use crate::flows::credit::credit_account;
use crate::storage::calls;

const PARIS: &str = "+33123456789";
const FRIEND: &str = "+14155550101";

/// Ann's call to London, and where its page is. She has a hundred more than it holds.
async fn calling(house: &House, browser: &mut Browser) -> String {
    browser.sign_in("ann@example.org").await;
    let page = browser.post("/dial", "/dial", &[("own_number", OWN), ("number", LONDON)]).await;
    let place = page.location().to_owned();
    assert!(place.starts_with("/calls/call_"), "{}", page.text);
    let (account, now) = (house.account.clone(), house.app.clock.now());
    let credit =
        house.app.db.write(move |tx| credit_account(tx, &account, "more", "100".parse().unwrap(), "more", "test", now));
    credit.await.unwrap();
    place
}

fn id(place: &str) -> &str {
    place.trim_start_matches("/calls/")
}

async fn legs(house: &House, place: &str) -> usize {
    let call = id(place).to_owned();
    let found = house.app.db.read(move |tx| calls::find(tx, &call)).await;
    found.map_err(|error: crate::storage::StorageError| error).unwrap().unwrap().legs.len()
}

fn shows(page: &Page, text: &str) -> bool {
    page.text.contains(text) || page.text.contains(&text.replace('+', "&#43;"))
}

#[actix_web::test]
async fn a_number_is_added_once_from_its_form_after_its_price_was_shown() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    let place = calling(&house, &mut browser).await;
    let_everybody_answer(&house, id(&place)).await;
    let to = format!("{place}/legs");
    let price = browser.post(&place, &format!("{to}/price"), &[("number", FRIEND)]).await;
    assert_eq!(price.status, 200);
    for shown in ["San Francisco: 0.01 USD a minute", "more would be held", FRIEND] {
        assert!(shows(&price, shown), "{shown}: {}", price.text);
    }
    assert!(!price.text.contains("http-equiv"), "the page stands still while somebody types");
    let key = browser.get(&place).await.hidden("request_key");
    for _ in 0..2 {
        let added = browser.post(&place, &to, &[("number", FRIEND), ("request_key", &key)]).await;
        assert_eq!((added.status, added.location()), (303, place.as_str()), "{}", added.text);
    }
    assert_eq!(legs(&house, &place).await, 3);
    let page = browser.get(&place).await;
    assert!(shows(&page, &format!("{FRIEND} was added; ")) && page.text.contains("http-equiv"), "{}", page.text);
}

#[actix_web::test]
async fn why_a_number_was_not_added_stands_beside_it_and_what_was_typed_stays() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    let place = calling(&house, &mut browser).await;
    let to = format!("{place}/legs");
    for (number, why) in [
        ("12<b>", "is not a phone number"),
        ("", "Give a number"),
        (PARIS, "no rate"),
        (LONDON, "in this call already"),
    ] {
        let page = browser.post(&place, &to, &[("number", number)]).await;
        assert!(page.status == 422 && page.text.contains("number_error") && shows(&page, why), "{why}: {}", page.text);
        assert!(page.text.contains("aria-invalid") && shows(&page, number.trim_end_matches("<b>")));
    }
    assert_eq!(legs(&house, &place).await, 2);
    let csrf = browser.get(&place).await.hidden("csrf");
    for (number, said) in [("+3312", ""), (PARIS, "no rate")] {
        let form = [("csrf", csrf.as_str()), ("number", number)];
        let part = TestRequest::post().uri(&format!("{to}/price")).insert_header(("x-part", "price")).set_form(form);
        let part = browser.send(part).await;
        assert!(part.status == 200 && !part.text.contains("<html") && part.text.contains(said), "{}", part.text);
    }
}

#[actix_web::test]
async fn only_whose_call_it_is_adds_to_it() {
    let house = House::build().await;
    let mut ann = house.browser().await;
    let place = calling(&house, &mut ann).await;
    for (email, status) in [("bob@example.org", 404), ("owner@example.org", 403)] {
        let mut other = house.browser().await;
        other.sign_in(email).await;
        for to in [format!("{place}/legs"), format!("{place}/legs/price")] {
            assert_eq!(other.post("/", &to, &[("number", FRIEND)]).await.status, status, "{email} {to}");
        }
        assert_eq!(other.get(&format!("{place}/legs")).await.status, status);
    }
    let mut owner = house.browser().await;
    owner.sign_in("owner@example.org").await;
    assert!(!owner.get(&place).await.text.contains("Add a number"));
    assert_eq!(legs(&house, &place).await, 2);
}

/// Fields of the events of a stream that has ended.
fn field<'a>(page: &'a Page, name: &'a str) -> Vec<&'a str> {
    page.text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
}

#[actix_web::test]
async fn a_stream_names_its_snapshots_and_says_when_to_come_back() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    let place = calling(&house, &mut browser).await;
    let_the_call_end(&house, id(&place)).await;
    let stream = browser.get(&format!("{place}/events")).await;
    let ids = field(&stream, "id");
    assert_eq!((ids.len(), field(&stream, "data").len(), field(&stream, "retry")), (1, 1, vec!["2000"]));
    // The same facts have the same name, in another browser and at another time.
    let mut other = house.browser().await;
    other.sign_in("ann@example.org").await;
    let again = other.get(&format!("{place}/events")).await;
    assert_eq!(field(&again, "id"), ids);
    let event: Value = serde_json::from_str(field(&stream, "data")[0]).unwrap();
    assert!(event["now"].is_i64() && event["legs"][0]["rate"]["increment"].is_i64(), "{event}");
    let page = browser.get(&place).await;
    assert!(page.text.contains(&format!("href=\"{place}/bill\"")) && page.text.contains("In all"), "{}", page.text);
}

#[actix_web::test]
async fn a_stream_sends_nothing_twice_and_what_happened_meanwhile_at_once() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    let place = calling(&house, &mut browser).await;
    let mut stream = browser.stream(&format!("{place}/events"), None).await;
    let first = stream.event().await;
    let last = first.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
    drop(stream);
    // The line was lost, and nothing happened.
    let mut stream = browser.stream(&format!("{place}/events"), Some(&last)).await;
    assert_eq!(stream.chunk().await, "retry: 2000\n\n");
    let_everybody_answer(&house, id(&place)).await;
    let news = stream.event().await;
    assert!(news.contains("\"title\":\"Talking\"") && !news.contains(&last), "{news}");
    // The next news is an end of the session: nobody else looks on with it.
    browser.post("/", "/sign-out", &[]).await;
    let end = stream.chunk().await;
    assert!(end.starts_with("event: signed_out\n"), "{end}");
}

#[actix_web::test]
async fn whoever_is_not_signed_in_is_told_so_in_the_streams_own_words() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    for path in ["/calls/call_1/events", "/admin/live/events"] {
        let stream = browser.get(path).await;
        assert_eq!(stream.headers.get(header::CONTENT_TYPE).unwrap(), "text/event-stream");
        assert_eq!((stream.status, stream.text.as_str()), (200, "event: signed_out\ndata: {}\n\n"));
    }
}

#[actix_web::test]
async fn the_board_shows_every_live_call_to_whom_may_see_calls_and_ends_it_for_whom_may_end_them() {
    let house = House::build().await;
    let mut ann = house.browser().await;
    let place = calling(&house, &mut ann).await;
    let_everybody_answer(&house, id(&place)).await;
    let end = format!("/admin/live/{}/end", id(&place));
    let mut viewer = house.browser().await;
    viewer.sign_in("viewer@example.org").await;
    for path in ["/admin/live", "/admin/live/events"] {
        assert_eq!(viewer.get(path).await.status, 403, "{path}");
        assert_eq!(ann.get(path).await.status, 403, "{path}");
    }
    assert!(!viewer.get("/admin/accounts").await.text.contains("/admin/live"));
    for browser in [&mut viewer, &mut ann] {
        assert_eq!(browser.post("/", &end, &[]).await.status, 403);
    }

    let mut owner = house.browser().await;
    owner.sign_in("owner@example.org").await;
    let page = owner.get("/admin/live").await;
    for shown in ["ann@example.org", "Talking", LONDON, "0.03 USD", "http-equiv", &end] {
        let escaped = shown.replace('@', "&#64;");
        assert!(shows(&page, shown) || page.text.contains(&escaped), "{shown}: {}", page.text);
    }
    let mut stream = owner.stream("/admin/live/events", None).await;
    let first = stream.event().await;
    assert!(first.contains("\"email\":\"ann@example.org\"") && first.contains("\"state\":\"Talking\""), "{first}");
    assert_eq!(owner.post("/admin/live", &end, &[]).await.location(), "/admin/live");
    assert!(stream.event().await.contains("\"running\":false"));
    assert!(ann.get(&place).await.text.contains("by your provider"));
    assert!(owner.get("/admin/audit?action=end_call").await.text.contains(id(&place)));
    assert_eq!(owner.post("/admin/live", "/admin/live/call_none/end", &[]).await.status, 404);
}
