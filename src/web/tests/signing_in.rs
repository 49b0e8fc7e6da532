//! The door and its guards.

use actix_web::http::header;
use actix_web::test::TestRequest;

use super::browser::{House, PASSWORD};

#[actix_web::test]
async fn the_right_password_opens_the_house_and_signing_out_closes_it() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    assert_eq!(browser.get("/").await.location(), "/sign-in");
    let signed_in = browser.sign_in("Ann@Example.org").await;
    assert_eq!((signed_in.status, signed_in.location()), (303, "/"));
    let home = browser.get("/").await;
    assert!(home.text.contains("10.00 USD") && home.text.contains("ann@example.org"), "{}", home.text);
    let signed_out = browser.post("/", "/sign-out", &[]).await;
    assert_eq!(signed_out.location(), "/sign-in");
    assert_eq!(browser.get("/").await.location(), "/sign-in");
}

#[actix_web::test]
async fn a_copied_cookie_is_worth_nothing_after_signing_out() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    let signed_in = browser.sign_in("ann@example.org").await;
    let cookie = signed_in.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let copy = browser.cookie.clone();
    assert_eq!(browser.get("/").await.status, 200);
    browser.post("/", "/sign-out", &[]).await;
    browser.cookie = copy;
    assert_eq!(browser.get("/").await.location(), "/sign-in");
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_address_are_told_the_same() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    let mut told = vec![];
    for email in ["ann@example.org", "nobody@example.org"] {
        let page = browser.post("/sign-in", "/sign-in", &[("email", email), ("password", "wrong")]).await;
        assert_eq!(page.status, 422);
        assert!(page.text.contains(email), "the address stays typed in");
        told.push(
            page.text.split("role=\"alert\"").nth(1).and_then(|rest| rest.split("</p>").next()).map(str::to_owned),
        );
    }
    assert!(told[0].is_some());
    assert_eq!(told[0], told[1]);
}

#[actix_web::test]
async fn guessing_is_slowed_down_and_told_when_to_come_back() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    let guess = [("email", "ann@example.org"), ("password", "guess")];
    for _ in 0..5 {
        assert_eq!(browser.post("/sign-in", "/sign-in", &guess).await.status, 422);
    }
    let page = browser.post("/sign-in", "/sign-in", &[("email", "ann@example.org"), ("password", PASSWORD)]).await;
    assert_eq!(page.status, 429);
    assert!(page.headers.contains_key(header::RETRY_AFTER) && page.text.contains("Too many tries"));
}

#[actix_web::test]
async fn a_form_without_its_token_or_from_elsewhere_is_refused() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    let form = [("email", "ann@example.org"), ("password", PASSWORD)];
    let bare = browser.send(TestRequest::post().uri("/sign-in").set_form(form)).await;
    assert_eq!(bare.status, 403);
    let csrf = browser.get("/sign-in").await.hidden("csrf");
    let form = [form[0], form[1], ("csrf", &csrf)];
    let elsewhere = TestRequest::post().uri("/sign-in").insert_header((header::ORIGIN, "https://evil.example"));
    assert_eq!(browser.send(elsewhere.set_form(form)).await.status, 403);
    let own = TestRequest::post().uri("/sign-in").insert_header((header::ORIGIN, "http://127.0.0.1:8080"));
    assert_eq!(browser.send(own.set_form(form)).await.status, 303);
}

#[actix_web::test]
async fn odd_input_is_refused_and_never_a_fault() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    for path in ["/calls/%00", "/calls/%ff", "/calls/x'--", "/nowhere", "/assets/../x", "/calls/call_unknown/events"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    for query in ["/calls?after=%00", "/dial?number=%ff", "/dial?own_number=%00"] {
        assert!((400..500).contains(&browser.get(query).await.status), "{query}");
    }
    let csrf = browser.get("/dial").await.hidden("csrf");
    let start = format!("csrf={csrf}&own_number=");
    for (end, status) in [("%00", 400), ("%ff", 400), (&"1".repeat(5000), 400), (&"1".repeat(300_000), 413), ("", 422)]
    {
        let form = TestRequest::post().uri("/dial").insert_header(header::ContentType::form_url_encoded());
        let page = browser.send(form.set_payload(format!("{start}{end}"))).await;
        assert_eq!(page.status, status, "{:.20}", end);
    }
}

#[actix_web::test]
async fn every_page_is_guarded_by_its_headers_and_files_are_kept_by_browsers() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    for path in ["/sign-in", "/nowhere"] {
        let page = browser.get(path).await;
        let policy = page.headers.get(header::CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}");
        assert_eq!(page.headers.get(header::X_CONTENT_TYPE_OPTIONS).unwrap(), "nosniff");
        assert!(!page.text.contains("<style") && !page.text.contains("onclick"), "{path}");
    }
    let css = browser.get("/assets/talktime.css").await;
    assert!(css.headers.get(header::CACHE_CONTROL).unwrap().to_str().unwrap().contains("immutable"));
    let tag = css.headers.get(header::ETAG).unwrap().clone();
    let again = TestRequest::get().uri("/assets/talktime.css").insert_header((header::IF_NONE_MATCH, tag));
    assert_eq!(browser.send(again).await.status, 304);
}

/// Somebody may have put the cookie there, or read it, before its owner came.
#[actix_web::test]
async fn a_cookie_known_before_signing_in_is_worth_nothing_after() {
    let house = House::build().await;
    let mut victim = house.browser().await;
    let before = victim.get("/sign-in").await.hidden("csrf");
    let planted = victim.cookie.clone();
    victim.sign_in("ann@example.org").await;
    assert_ne!(victim.cookie, planted);
    let mut other = house.browser().await;
    other.cookie = planted;
    for path in ["/", "/me", "/money", "/calls"] {
        assert_eq!(other.get(path).await.location(), "/sign-in", "{path}");
    }
    let stale = TestRequest::post().uri("/me/password").set_form([("csrf", &before)]);
    assert_eq!(victim.send(stale).await.status, 403, "a form made before is not a form of this session");
}

#[actix_web::test]
async fn signing_in_again_ends_the_session_before_it() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    let first = browser.cookie.clone();
    let csrf = browser.get("/me").await.hidden("csrf");
    let form = [("csrf", csrf.as_str()), ("email", "bob@example.org"), ("password", PASSWORD)];
    assert_eq!(browser.send(TestRequest::post().uri("/sign-in").set_form(form)).await.status, 303);
    assert!(browser.get("/me").await.text.contains("bob@example.org"));
    browser.cookie = first;
    assert_eq!(browser.get("/me").await.location(), "/sign-in");
}

#[actix_web::test]
async fn a_changed_cookie_and_one_of_another_service_are_nobodys() {
    let (house, elsewhere) = (House::build().await, House::build().await);
    let mut browser = house.browser().await;
    browser.sign_in("ann@example.org").await;
    let own = browser.cookie.clone().unwrap();
    let mut foreign = elsewhere.browser().await;
    foreign.sign_in("ann@example.org").await;
    let (start, end) = own.split_at(own.len() - 8);
    let changed = format!("{start}AAAA{}", &end[4..]);
    for cookie in [changed.as_str(), foreign.cookie.as_deref().unwrap(), "talktime=", "talktime=x", "other=1"] {
        browser.cookie = Some(cookie.to_owned());
        assert_eq!(browser.get("/me").await.location(), "/sign-in", "{cookie}");
    }
    browser.cookie = Some(own);
    assert_eq!(browser.get("/me").await.status, 200);
}

/// A try of somebody at this address, heard by a proxy that is trusted or by none.
async fn attempt(
    browser: &mut super::browser::Browser,
    email: &str,
    password: &str,
    heard: &str,
    claimed: &str,
) -> u16 {
    let csrf = browser.get("/sign-in").await.hidden("csrf");
    let form = [("csrf", csrf.as_str()), ("email", email), ("password", password)];
    let request = TestRequest::post().uri("/sign-in").peer_addr(format!("{heard}:4711").parse().unwrap());
    browser.send(request.insert_header(("x-forwarded-for", claimed)).set_form(form)).await.status
}

#[actix_web::test]
async fn one_account_is_slow_to_guess_from_everywhere_and_its_neighbours_are_not() {
    let house = House::build().await;
    let mut browser = house.browser().await;
    for (n, email) in
        ["ann@example.org", " Ann@Example.org ", "ANN@EXAMPLE.ORG"].into_iter().cycle().take(5).enumerate()
    {
        assert_eq!(attempt(&mut browser, email, "guess", &format!("198.51.100.{n}"), "").await, 422);
    }
    assert_eq!(attempt(&mut browser, "ann@example.org", PASSWORD, "198.51.100.9", "").await, 429);
    assert_eq!(attempt(&mut browser, "bob@example.org", PASSWORD, "198.51.100.9", "").await, 303);
}

#[actix_web::test]
async fn one_network_address_tries_few_accounts_whatever_it_claims_to_be() {
    let house = House::build().await;
    for (heard, claim) in [("203.0.113.7", true), (super::browser::PROXY, false)] {
        let mut browser = house.browser().await;
        let claimed = |n: usize| if claim { format!("192.0.2.{n}") } else { format!("192.0.2.{n}, 203.0.113.7") };
        for n in 0..30 {
            let email = format!("nobody{n}@example.org");
            assert_eq!(attempt(&mut browser, &email, &"x".repeat(2000), heard, &claimed(n)).await, 422, "{n}");
        }
        assert_eq!(attempt(&mut browser, "ann@example.org", PASSWORD, heard, &claimed(31)).await, 429);
        let (other, claimed) = if claim { ("203.0.113.8", "") } else { (heard, "203.0.113.8") };
        assert_eq!(attempt(&mut browser, "ann@example.org", PASSWORD, other, claimed).await, 303);
    }
}
