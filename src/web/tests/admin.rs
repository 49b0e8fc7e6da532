//! What administrators may, and nobody else.

use actix_web::http::header;
use actix_web::test::TestRequest;

use super::browser::House;
use crate::web::api::decks::LARGEST_DECK;

#[actix_web::test]
async fn callers_are_refused_at_the_administrators_pages() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    assert_eq!(browser.get("/admin/decks").await.location(), "/sign-in");
    browser.sign_in("ann@example.org").await;
    for path in ["/admin/decks", "/admin/accounts", &format!("/admin/accounts/{}", house.account)] {
        assert_eq!(browser.get(path).await.status, 403, "{path}");
    }
    let credit = format!("/admin/accounts/{}/credit", house.account);
    assert_eq!(browser.post("/dial", &credit, &[("amount", "5"), ("reason", "x")]).await.status, 403);
}

#[actix_web::test]
async fn every_bad_line_of_a_deck_is_listed_and_nothing_is_imported() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("owner@example.org").await;
    let page = browser.upload("basic", b"prefix,price_per_minute\n49,0.01\nabc,0.02\n33,-1\n34,x\n").await;
    assert_eq!(page.status, 422, "{}", page.text);
    let table = page.text.split("id=\"bad_lines\"").nth(1).unwrap();
    for line in ["3", "4", "5"] {
        assert!(table.contains(&format!("<td class=\"number\">{line}</td>")), "{table}");
    }
    assert!(page.text.contains("3 lines are bad. Nothing was imported."));
    assert!(page.text.contains("by test"), "the old deck is still in effect");

    let page = browser.upload("basic", b"prefix,price_per_minute,destination\n49,0.01,a\0b\n").await;
    assert_eq!(page.status, 422);
    let page = browser.upload("no such plan", b"prefix,price_per_minute\n49,0.01\n").await;
    assert!(page.status == 422 && page.text.contains("Choose a plan."));
}

#[actix_web::test]
async fn a_deck_shows_what_it_changes_before_it_counts() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("owner@example.org").await;
    let draft = browser.upload("basic", b"prefix,price_per_minute\n1415,0.02\n50,0.02\n").await.location().to_owned();
    assert!(draft.starts_with("/admin/decks/drafts/draft_"), "{draft}");
    let page = browser.get(&draft).await;
    for part in ["Biggest rises", "+100 %", "New prefixes", "Removed prefixes", "<dt>Changed</dt><dd>1: 1 dearer"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let many: String = (500..570).map(|prefix| format!("{prefix},0.02\n")).collect();
    let csv = format!("prefix,price_per_minute\n1415,0.02\n{many}");
    let large = browser.upload("basic", csv.as_bytes()).await.location().to_owned();
    assert!(browser.get(&large).await.text.contains("<small>1 to 10 of 70.</small>"));
    let page = browser.get(&format!("{large}?part=new&from=50")).await.text;
    assert!(
        page.contains("51 to 70 of 70") && page.contains("<td>569</td>") && !page.contains("<td>549</td>"),
        "{page}"
    );
    assert!(!page.contains("Biggest rises"), "{page}");

    let mut viewer = house.browser().await;
    viewer.sign_in("viewer@example.org").await;
    assert!(!viewer.get(&draft).await.text.contains("<button>Import"));
    assert_eq!(viewer.post(&draft, &format!("{draft}/import"), &[]).await.status, 403);

    assert_eq!(browser.post(&draft, &format!("{draft}/import"), &[]).await.location(), draft);
    let page = browser.get(&draft).await;
    assert!(page.text.contains("0 of 2 rates are written"), "{}", page.text);
    assert!(browser.get("/admin/decks").await.text.contains("by test"), "until then the old deck is in effect");

    let other = browser.upload("basic", b"prefix,price_per_minute\n1415,0.02\n").await.location().to_owned();
    assert_eq!(browser.post(&other, &format!("{other}/discard"), &[]).await.location(), "/admin/decks");
    assert_eq!(browser.get(&other).await.status, 404);
}

#[actix_web::test]
async fn a_plan_says_what_a_call_costs_and_gives_its_rates_as_a_file() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("viewer@example.org").await;
    let decks = browser.get("/admin/decks").await.text;
    let plan = decks.split("href=\"/admin/plans/").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let page = browser.get(&format!("/admin/plans/{plan}?number=%2B442079460000&seconds=60&funds=1")).await;
    for part in ["London, prefix 44", "<dd>0.07 USD</dd>", "<dt>The balance lasts</dt><dd>47:30</dd>", "in effect"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let page = browser.get(&format!("/admin/plans/{plan}?number=%2B819012345678&seconds=x")).await;
    assert!(page.text.contains("no rate") && page.text.contains("seconds_error"), "{}", page.text);
    let file = page.text.split("href=\"/admin/decks/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let file = browser.get(&format!("/admin/decks/{file}")).await;
    assert!(file.text.starts_with("prefix,price_per_minute,destination,"), "{}", file.text);
    assert_eq!(browser.post("/admin/decks", "/admin/plans", &[("name", "new"), ("currency", "EUR")]).await.status, 403);
    let mut owner = house.browser().await;
    owner.sign_in("owner@example.org").await;
    let bad = owner.post("/admin/decks", "/admin/plans", &[("name", "basic"), ("currency", "QQQ")]).await;
    assert!(bad.status == 422 && bad.text.contains("currency_error"), "{}", bad.text);
    let made = owner.post("/admin/decks", "/admin/plans", &[("name", "new"), ("currency", "EUR")]).await;
    assert!(made.location().starts_with("/admin/plans/plan_"), "{}", made.text);
}

#[actix_web::test]
async fn a_credit_sent_twice_counts_once_and_viewers_may_only_look() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("owner@example.org").await;
    let page = format!("/admin/accounts/{}", house.account);
    let key = browser.get(&page).await.hidden("key");
    let credit = [("amount", "2.50"), ("reason", "goodwill"), ("key", key.as_str())];
    for _ in 0..2 {
        assert_eq!(browser.post(&page, &format!("{page}/credit"), &credit).await.location(), page);
    }
    assert!(browser.get("/admin/accounts").await.text.contains("12.50 USD"));
    let bad = browser.post(&page, &format!("{page}/credit"), &[("amount", "lots"), ("reason", "")]).await;
    assert!(bad.status == 422 && bad.text.contains("amount_error") && bad.text.contains("reason_error"));

    let mut viewer = house.browser().await;
    viewer.sign_in("viewer@example.org").await;
    assert_eq!(viewer.get(&page).await.status, 200);
    assert_eq!(viewer.post(&page, &format!("{page}/credit"), &credit).await.status, 403);
    assert_eq!(viewer.upload("basic", b"prefix,price_per_minute\n49,0.01\n").await.status, 403);
}

#[actix_web::test]
async fn an_upload_that_is_no_form_or_too_large_or_without_token_is_refused() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("owner@example.org").await;
    let kinds = ["multipart/form-data; boundary=cut", "multipart/form-data", "text/csv", "nonsense"];
    for (kind, body) in kinds.into_iter().flat_map(|kind| [(kind, ""), (kind, "--cut\r\n\r\nx"), (kind, "\0\u{ff}")]) {
        let request = TestRequest::post().uri("/admin/decks").insert_header((header::CONTENT_TYPE, kind));
        let page = browser.send(request.set_payload(body)).await;
        assert!((400..500).contains(&page.status), "{kind} {body:?}: {}", page.status);
    }
    assert_eq!(browser.upload("basic", &vec![b'1'; LARGEST_DECK + 1]).await.status, 413);
    let form =
        "--cut\r\nContent-Disposition: form-data; name=\"deck\"\r\n\r\nprefix,price_per_minute\r\n49,1\r\n--cut--\r\n";
    let kind = (header::CONTENT_TYPE, kinds[0]);
    let bare = TestRequest::post().uri("/admin/decks").insert_header(kind).set_payload(form);
    assert_eq!(browser.send(bare).await.status, 403);
}

#[actix_web::test]
async fn an_endpoint_for_events_is_added_with_a_secret_shown_once_by_owners_only() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("owner@example.org").await;
    let bad = browser.post("/admin/events", "/admin/events", &[("url", "nowhere"), ("low_balance", "x")]).await;
    assert!(bad.status == 422 && bad.text.contains("low_balance_error"), "{}", bad.text);
    let bad = browser.post("/admin/events", "/admin/events", &[("url", "nowhere")]).await;
    assert!(bad.status == 422 && bad.text.contains("url_error"), "{}", bad.text);
    let good = [("url", "https://example.org/hook"), ("kind", "call.ended")];
    let added = browser.post("/admin/events", "/admin/events", &good).await;
    assert!(added.status == 201 && added.text.contains("id=\"secret\""), "{}", added.text);
    let page = browser.get("/admin/events").await;
    assert!(page.text.contains("https://example.org/hook") && !page.text.contains("id=\"secret\""));
    let mut finance = house.browser().await;
    finance.sign_in("finance@example.org").await;
    assert_eq!(finance.get("/admin/events").await.status, 403);
}
