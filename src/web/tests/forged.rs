//! Forms that were not sent from a page of ours: every form there is, in every way that is not ours.

use actix_web::http::header;
use actix_web::test::TestRequest;

use super::belongings::{BOB, Bob, signed_in};
use super::browser::{Browser, House, PASSWORD};
use super::tables::{Verb, routes};
use crate::storage::{StorageError, users};

/// Sent to every form, so that each finds something it knows.
const FIELDS: [(&str, &str); 8] = [
    ("amount", "10"),
    ("reason", "x"),
    ("email", "new@example.org"),
    ("plan", "basic"),
    ("agree", "yes"),
    ("role", "owner"),
    ("name", "new"),
    ("currency", "USD"),
];

/// Whoever may send this form, to a thing that is there.
async fn place(house: &House, bob: &Bob, path: &str) -> (&'static str, String) {
    let who = if path.starts_with("/admin") { "owner@example.org" } else { BOB };
    let Some((before, rest)) = path.split_once('{') else { return (who, path.to_owned()) };
    let of = |kind: &str| bob.ids.iter().find(|id| id.starts_with(kind)).unwrap().clone();
    let id = match before {
        "/calls/" => of("call_"),
        "/access/phones/" | "/admin/known-phones/" => of("phn_"),
        "/money/cards/" => of("pm_"),
        "/money/checkouts/" => of("chk_"),
        "/admin/payments/" => of("pay_"),
        "/admin/people/" => {
            let viewer = house.app.db.read(|tx| users::by_email(tx, "viewer@example.org")).await;
            viewer.map_err(|error: StorageError| error).unwrap().unwrap().id
        }
        _ => bob.account.clone(),
    };
    (who, format!("{before}{id}{}", rest.split_once('}').unwrap().1))
}

async fn send(browser: &mut Browser, place: &str, csrf: Option<&str>, origin: Option<&str>) -> u16 {
    let mut request = TestRequest::post().uri(place);
    if let Some(origin) = origin {
        request = request.insert_header((header::ORIGIN, origin.to_owned()));
    }
    if place == "/admin/decks" {
        let csrf = csrf.map(|csrf| format!("--cut\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n"));
        let kind = (header::CONTENT_TYPE, "multipart/form-data; boundary=cut");
        let rest = "--cut\r\nContent-Disposition: form-data; name=\"plan\"\r\n\r\nbasic\r\n--cut--\r\n";
        let body = csrf.unwrap_or_default() + rest;
        return browser.send(request.insert_header(kind).set_payload(body)).await.status;
    }
    let fields: Vec<_> = FIELDS.into_iter().chain(csrf.map(|csrf| ("csrf", csrf))).collect();
    browser.send(request.set_form(fields)).await.status
}

#[actix_web::test]
async fn every_form_not_of_ours_is_refused_and_changes_nothing() {
    let (house, bob) = House::with_bob().await;
    let before = house.lines(None).await;
    for (_, path) in routes().into_iter().filter(|(verb, _)| *verb == Verb::Post) {
        let (who, place) = place(&house, &bob, &path).await;
        let mut browser = house.browser().await;
        let from_before = browser.get("/sign-in").await.hidden("csrf");
        browser.sign_in(who).await;
        let own = browser.get("/me").await.hidden("csrf");
        let anothers = signed_in(&house, who).await.get("/me").await.hidden("csrf");
        for (csrf, origin) in [
            (None, None),
            (Some(""), None),
            (Some("."), None),
            (Some(anothers.as_str()), None),
            (Some(from_before.as_str()), None),
            (Some(own.as_str()), Some("https://evil.example")),
            (Some(own.as_str()), Some("null")),
            (Some(own.as_str()), Some("http://127.0.0.1:8081")),
        ] {
            assert_eq!(send(&mut browser, &place, csrf, origin).await, 403, "{place} {csrf:?} {origin:?}");
        }
        assert!(house.lines(None).await == before, "{place} changes the books");
        assert_eq!(browser.get("/me").await.status, 200, "{place} changes the session");
    }
}

/// Otherwise the test above would pass in a house that refuses everything.
#[actix_web::test]
async fn the_same_forms_from_a_page_of_ours_are_read() {
    let (house, bob) = House::with_bob().await;
    let mut forms = vec![];
    for (_, path) in routes().into_iter().filter(|(verb, _)| *verb == Verb::Post) {
        forms.push((place(&house, &bob, &path).await, path));
    }
    for ((who, place), path) in forms {
        if path.ends_with("/password") && who == BOB {
            continue;
        }
        let mut browser = house.browser().await;
        if browser.sign_in(who).await.status != 303 {
            // An earlier form gave him a new password.
            continue;
        }
        let own = browser.get("/me").await.hidden("csrf");
        let status = send(&mut browser, &place, Some(&own), Some("http://127.0.0.1:8080")).await;
        assert!(status != 403 && status < 500, "{place}: {status}");
    }
}

#[actix_web::test]
async fn behind_tls_an_unencrypted_page_of_the_same_name_is_somebody_else() {
    let house = House::with(&[("TALKTIME_PUBLIC_URL", "https://talk.example")]).await;
    for (origin, status) in [
        ("https://talk.example", 303),
        ("https://inside.example", 303),
        ("http://talk.example", 403),
        ("http://inside.example", 403),
    ] {
        let mut browser = house.browser().await;
        let csrf = browser.get("/sign-in").await.hidden("csrf");
        let form = [("email", "ann@example.org"), ("password", PASSWORD), ("csrf", csrf.as_str())];
        let request = TestRequest::post().uri("/sign-in").insert_header((header::HOST, "inside.example"));
        let page = browser.send(request.insert_header((header::ORIGIN, origin)).set_form(form)).await;
        assert_eq!(page.status, status, "{origin}");
    }
}
