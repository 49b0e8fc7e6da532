//! What goes with every answer, whatever it is: a page, a mistake, a file, a stream, a redirection, JSON.

use actix_web::http::header::HeaderMap;
use actix_web::test::TestRequest;

use super::belongings::{BOB, signed_in};
use super::browser::{House, Page};
use super::tables::{Verb, routes};

fn value<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let mut values = headers.get_all(name);
    let value = values.next().map_or("", |value| value.to_str().unwrap());
    assert!(values.next().is_none(), "{name} is there twice");
    value
}

fn is_guarded(page: &Page, what: &str) {
    let policy = value(&page.headers, "content-security-policy");
    for part in ["default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
        assert!(policy.split("; ").any(|found| found == part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{what}: {policy}");
    for (name, expected) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("strict-transport-security", ""),
    ] {
        assert_eq!(value(&page.headers, name), expected, "{what}: {name}");
    }
    assert!(value(&page.headers, "permissions-policy").contains("microphone=()"), "{what}");
    let kept = value(&page.headers, "cache-control");
    if what.contains("/assets/talktime.css") {
        assert!(kept.contains("immutable") && value(&page.headers, "set-cookie").is_empty(), "{what}: {kept}");
    } else {
        assert_eq!(kept, "no-store", "{what}");
    }
    for inline in ["<style", " style=", " onclick=", " onchange=", " onsubmit=", "javascript:"] {
        assert!(!page.text.contains(inline), "{what} has {inline}");
    }
}

#[actix_web::test]
async fn every_page_form_file_stream_and_mistake_has_its_guards() {
    let (house, bob) = House::with_bob().await;
    let mut statuses = vec![];
    for who in [None, Some(BOB), Some("owner@example.org")] {
        let mut browser = match who {
            Some(email) => signed_in(&house, email).await,
            None => house.browser().await,
        };
        for (verb, path) in routes() {
            let name = if path.starts_with("/assets") { "talktime.css" } else { bob.ids[0].as_str() };
            let id = if path.starts_with("/admin/accounts") { bob.account.as_str() } else { name };
            let place = path
                .split_once('{')
                .map_or(path.clone(), |(before, rest)| format!("{before}{id}{}", rest.split_once('}').unwrap().1));
            let page = match verb {
                Verb::Get => browser.get(&place).await,
                Verb::Post => browser.send(TestRequest::post().uri(&place).set_form([("a", "b")])).await,
            };
            is_guarded(&page, &format!("{who:?} {verb:?} {place}: {}", page.status));
            statuses.push(page.status);
        }
        for place in ["/nowhere", "/assets/none.js", "/calls/%ff", "/calls?after=%00", "/calls.csv?from=x", "/api/docs"]
        {
            is_guarded(&browser.get(place).await, place);
        }
        for request in [TestRequest::delete().uri("/"), TestRequest::put().uri("/dial"), TestRequest::post().uri("/")] {
            is_guarded(&browser.send(request).await, "a verb that is not answered");
        }
    }
    for status in [200, 303, 400, 403, 404] {
        assert!(statuses.contains(&status), "no answer was {status}");
    }
}

#[actix_web::test]
async fn programs_and_carriers_are_told_the_type_of_what_they_get_too() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    for (place, status) in [
        ("/api/openapi.json", 200),
        ("/api", 303),
        ("/api/v1/accounts", 401),
        ("/api/v1/nothing", 401),
        ("/api/nothing", 404),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/metrics", 200),
        ("/webhooks/stripe", 404),
    ] {
        let page = browser.get(place).await;
        assert_eq!((page.status, value(&page.headers, "x-content-type-options")), (status, "nosniff"), "{place}");
        assert_eq!(value(&page.headers, "set-cookie"), "", "{place}");
    }
    for place in ["/webhooks/stripe", "/webhooks/twilio/legs/leg_1/status"] {
        let page = browser.send(TestRequest::post().uri(place).set_payload("forged")).await;
        assert_eq!((page.status, value(&page.headers, "x-content-type-options")), (403, "nosniff"), "{place}");
    }
    let nobody = browser.send(TestRequest::post().uri("/webhooks/hyperswitch").set_payload("forged")).await;
    assert_eq!(nobody.status, 404, "a processor that is not set up sends nothing");
}

#[actix_web::test]
async fn behind_tls_browsers_are_told_to_stay_with_it_and_only_then() {
    let plain = House::build().await;
    let hidden = House::with(&[("TALKTIME_PUBLIC_URL", "HTTPS://Talk.example")]).await;
    for (house, expected) in [(&plain, ""), (&hidden, "max-age=31536000")] {
        let mut browser = house.browser().await;
        for place in ["/sign-in", "/nowhere", "/calls", "/assets/talktime.css", "/api/v1/accounts", "/healthz"] {
            let page = browser.get(place).await;
            assert_eq!(value(&page.headers, "strict-transport-security"), expected, "{place}");
        }
        let cookie = value(&browser.sign_in("ann@example.org").await.headers, "set-cookie").to_owned();
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.split("; ").any(|found| found == part), "{part}: {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        let secure = cookie.split("; ").any(|part| part == "Secure");
        assert_eq!((secure, cookie.starts_with("__Host-")), (!expected.is_empty(), !expected.is_empty()), "{cookie}");
        assert_eq!(browser.get("/").await.status, 200);
    }
}
