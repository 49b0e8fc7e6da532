//! A caller, ann, goes through every route of the pages with everything of bob's in her hands: the names of his things
//! in addresses and in forms. She sees nothing of his, and changes nothing.

use actix_web::test::TestRequest;

use super::belongings::{BOB, Bob, signed_in};
use super::browser::{Browser, House, Page};
use super::tables::{Verb, routes};

type Fields = &'static [(&'static str, &'static str)];

/// What the pages without a name in their address are sent; `ID` is each of bob's, in turn. Whoever adds such a page
/// adds its line.
const OWN: &[(Verb, &str, Fields)] = &[
    (Verb::Get, "/", &[]),
    (Verb::Get, "/access", &[]),
    (Verb::Post, "/access/phones", &[("number", "+442079460111")]),
    (Verb::Post, "/access/pin", &[]),
    (Verb::Get, "/agent", &[]),
    (Verb::Post, "/agent/activate", &[("first", "AAAAAA-00001"), ("agent", "ID")]),
    (Verb::Post, "/agent/cash", &[("account", "ID"), ("amount", "1"), ("reason", "x"), ("key", "ID")]),
    (Verb::Get, "/bundles", &[]),
    (Verb::Post, "/bundles/buy", &[("offer", "ID"), ("key", "ID")]),
    (Verb::Get, "/calls", &[("after", "ID")]),
    (Verb::Get, "/calls.csv", &[("number", "+442079460987")]),
    (Verb::Get, "/dial", &[("request_key", "ID"), ("number", "ID")]),
    (Verb::Post, "/dial", &[("request_key", "ID"), ("own_number", "+14155550100"), ("number", "+442079460001")]),
    (Verb::Get, "/dial/quote", &[]),
    (Verb::Post, "/dial/quote", &[("request_key", "ID"), ("own_number", "+14155550100"), ("number", "+442079460001")]),
    (Verb::Get, "/me", &[]),
    (Verb::Post, "/me/language", &[("language", "de")]),
    (Verb::Post, "/me/password", &[("old", "correct horse"), ("new", "battery staple"), ("again", "battery staple")]),
    (Verb::Get, "/money", &[("after", "ID"), ("key", "ID")]),
    (Verb::Post, "/money/cards", &[("key", "ID"), ("agree", "yes"), ("card", "ID")]),
    (Verb::Get, "/money/cards/new", &[]),
    (Verb::Get, "/money/charges", &[("after", "ID")]),
    (Verb::Get, "/money/charges.csv", &[("after", "ID")]),
    (Verb::Get, "/money/statements", &[]),
    (Verb::Get, "/money/statement", &[("after", "ID")]),
    (Verb::Get, "/money/statement.csv", &[("after", "ID")]),
    (Verb::Get, "/money/recharge", &[]),
    (Verb::Post, "/money/recharge", &[("amount", "20"), ("version", "1"), ("agreed", "yes"), ("card", "ID")]),
    (Verb::Post, "/money/recharge/resume", &[("card", "ID")]),
    (Verb::Post, "/money/recharge/stop", &[("card", "ID")]),
    (Verb::Post, "/money/voucher", &[("pin", "1234567890123456")]),
    (Verb::Post, "/money/top-up", &[("key", "ID"), ("amount", "11"), ("save_card", "yes"), ("card", "ID")]),
    (Verb::Get, "/sign-in", &[]),
    (Verb::Post, "/sign-in", &[("email", "ann@example.org"), ("password", "correct horse")]),
    (Verb::Post, "/sign-out", &[]),
];

/// Names under which somebody might expect a page to take another's word for who they are.
const CLAIMS: [&str; 5] = ["account", "account_id", "user", "user_id", "customer"];

fn fields_of(verb: Verb, path: &str, id: &str, bob: &Bob) -> Vec<(String, String)> {
    let line = OWN.iter().find(|(known, place, _)| (*known, *place) == (verb, path));
    let (_, _, fields) = line.unwrap_or_else(|| panic!("say in OWN what {verb:?} {path} is sent"));
    let claims = CLAIMS.iter().map(|claim| (*claim, bob.account.as_str()));
    let all = fields.iter().copied().chain(claims);
    all.map(|(name, value)| (name.to_owned(), value.replace("ID", id))).collect()
}

async fn ask(browser: &mut Browser, verb: Verb, path: &str, fields: &[(String, String)], csrf: &str) -> Page {
    match verb {
        Verb::Get => {
            let query = serde_urlencoded::to_string(fields).unwrap();
            browser.get(&format!("{path}?{query}")).await
        }
        Verb::Post => {
            let fields: Vec<_> = fields.iter().cloned().chain([("csrf".to_owned(), csrf.to_owned())]).collect();
            browser.send(TestRequest::post().uri(path).set_form(fields)).await
        }
    }
}

/// What she sent herself may be in the answer.
fn tells_nothing_of(bob: &Bob, page: &Page, sent: &str) {
    let shown = format!("{} {:?}", page.text, page.headers);
    for word in bob.words.iter().filter(|word| !sent.contains(word.as_str())) {
        assert!(!shown.contains(word), "{word} is told by {sent}: {shown}");
    }
}

/// Pages of one thing, whose name is in their address.
fn is_of_a_thing(path: &str) -> bool {
    // A link is for everybody who has it.
    let is_open = ["/assets", "/click", "/join"].iter().any(|start| path.starts_with(start));
    path.contains('{') && !path.starts_with("/admin") && !is_open
}

fn filled(path: &str, id: &str) -> String {
    let (before, rest) = path.split_once('{').unwrap();
    format!("{before}{id}{}", rest.split_once('}').unwrap().1)
}

#[actix_web::test]
async fn anothers_things_are_not_there_whatever_names_an_address_gives() {
    let (house, bob) = House::with_bob().await;
    let mut ann = signed_in(&house, "ann@example.org").await;
    let csrf = ann.get("/me").await.hidden("csrf");
    let before = house.lines(None).await;
    for (verb, path) in routes().into_iter().filter(|(_, path)| is_of_a_thing(path)) {
        for id in &bob.ids {
            let place = filled(&path, id);
            let page = ask(&mut ann, verb, &place, &[], &csrf).await;
            assert_eq!(page.status, 404, "{verb:?} {place}");
            tells_nothing_of(&bob, &page, &place);
        }
        assert!(house.lines(None).await == before, "{verb:?} {path} changes the books");
    }
}

/// Otherwise the test above would not be about anything.
#[actix_web::test]
async fn the_same_addresses_lead_their_owner_to_them() {
    let (house, bob) = House::with_bob().await;
    let mut browser = signed_in(&house, BOB).await;
    let csrf = browser.get("/me").await.hidden("csrf");
    for (verb, path) in routes().into_iter().filter(|(_, path)| is_of_a_thing(path)) {
        let mut found = false;
        for id in &bob.ids {
            let page = ask(&mut browser, verb, &filled(&path, id), &[], &csrf).await;
            found |= page.status != 404;
            if found {
                assert!([200, 303, 422].contains(&page.status), "{verb:?} {path}: {}", page.text);
                break;
            }
        }
        assert!(found, "nothing of bob's is at {verb:?} {path}: give him one in belongings.rs");
    }
}

#[actix_web::test]
async fn administrators_pages_and_forms_are_closed_to_callers_on_every_route() {
    let (house, bob) = House::with_bob().await;
    let mut ann = signed_in(&house, "ann@example.org").await;
    let csrf = ann.get("/me").await.hidden("csrf");
    let before = house.lines(None).await;
    for (verb, path) in routes().into_iter().filter(|(_, path)| path.starts_with("/admin")) {
        let place = if path.contains('{') { filled(&path, &bob.account) } else { path };
        let fields = ["email", "plan", "reason", "amount", "role", "password"].map(|name| (name.into(), "1".into()));
        let mut page = ask(&mut ann, verb, &place, &fields, &csrf).await;
        if page.status == 400 && place == "/admin/decks" {
            // It takes no plain form.
            page = ann.upload("basic", b"prefix,price_per_minute,destination\n1,9,Everywhere\n").await;
        }
        assert_eq!(page.status, 403, "{verb:?} {place}");
        tells_nothing_of(&bob, &page, &place);
    }
    assert!(house.lines(None).await == before);
}

#[actix_web::test]
async fn no_field_and_no_query_makes_a_page_ones_own_be_anothers() {
    let (house, bob) = House::with_bob().await;
    let before = house.lines(Some(&bob.account)).await;
    let own = routes().into_iter().filter(|(_, path)| !path.contains('{') && !path.starts_with("/admin"));
    for (verb, path) in own {
        let mut ann = signed_in(&house, "ann@example.org").await;
        let csrf = ann.get("/me").await.hidden("csrf");
        let takes_ids = fields_of(verb, &path, "ID", &bob).iter().any(|(_, value)| value == "ID");
        for id in bob.ids.iter().take(if takes_ids { bob.ids.len() } else { 1 }) {
            let fields = fields_of(verb, &path, id, &bob);
            let page = ask(&mut ann, verb, &path, &fields, &csrf).await;
            assert!(page.status < 500 && page.status != 403, "{verb:?} {path}: {}", page.status);
            tells_nothing_of(&bob, &page, &format!("{path} {fields:?}"));
        }
        assert!(house.lines(Some(&bob.account)).await == before, "{verb:?} {path} changes what is bob's");
        if path == "/me/password" {
            // So that she can come in again.
            let back = [("old", "battery staple"), ("new", "correct horse"), ("again", "correct horse")];
            assert_eq!(ann.post("/me", "/me/password", &back).await.status, 303);
        }
    }
}

#[actix_web::test]
async fn whose_call_was_before_which_is_not_told_by_the_place_it_would_have_in_a_list() {
    let (house, bob) = House::with_bob().await;
    super::history::talk(&house, "+442079460001", house.app.clock.now()).await;
    let mut ann = signed_in(&house, "ann@example.org").await;
    assert!(ann.get("/calls").await.text.contains("7946 0001"));
    for id in &bob.ids {
        let page = ann.get(&format!("/calls?after={id}")).await;
        assert!(page.status == 200 && !page.text.contains("7946 0001"), "after {id}");
    }
}

#[actix_web::test]
async fn nobody_is_led_to_the_door_from_every_page_and_form() {
    let (house, bob) = House::with_bob().await;
    let mut nobody = house.browser().await;
    let csrf = nobody.get("/sign-in").await.hidden("csrf");
    let before = house.lines(None).await;
    let open = |path: &str| ["/sign-in", "/sign-out", "/assets/{name}", "/click/{token}"].contains(&path);
    for (verb, path) in routes().into_iter().filter(|(_, path)| !open(path)) {
        let place = if path.contains('{') { filled(&path, &bob.ids[0]) } else { path };
        for token in ["", csrf.as_str()] {
            let page = ask(&mut nobody, verb, &place, &[], token).await;
            // A stream cannot be led anywhere: it says so.
            let told = page.status == 200 && page.text == "event: signed_out\ndata: {}\n\n";
            let led = page.status == 303 && page.location() == "/sign-in";
            assert!(led || told || (token.is_empty() && page.status == 403), "{verb:?} {place}: {}", page.status);
            tells_nothing_of(&bob, &page, &place);
        }
    }
    assert!(house.lines(None).await == before);
}

/// Names under which addresses to go on to are often given.
const ONWARD: [&str; 8] = ["next", "return", "return_to", "url", "redirect", "back", "to", "continue"];

#[actix_web::test]
async fn no_parameter_and_no_host_leads_out_of_the_house() {
    let (house, bob) = House::with_bob().await;
    for (verb, path) in routes() {
        let who = if path.starts_with("/admin") { "owner@example.org" } else { BOB };
        let mut browser = signed_in(&house, who).await;
        let csrf = browser.get("/me").await.hidden("csrf");
        let place = if path.contains('{') { filled(&path, &bob.ids[0]) } else { path.clone() };
        let onward = ["https://evil.example/", "//evil.example/"];
        for elsewhere in onward {
            let fields: Vec<_> = ONWARD.iter().map(|name| (*name, elsewhere)).collect();
            let query = serde_urlencoded::to_string(&fields).unwrap();
            let place = format!("{place}?{query}");
            let request = match verb {
                Verb::Get => TestRequest::get().uri(&place),
                Verb::Post => TestRequest::post().uri(&place).set_form(
                    fields
                        .into_iter()
                        .filter(|(name, _)| *name != "url")
                        .chain([("csrf", csrf.as_str())])
                        .collect::<Vec<_>>(),
                ),
            };
            let page = browser.send(request.insert_header(("host", "evil.example"))).await;
            let led = page.location();
            assert!(led.is_empty() || led.starts_with('/') && !led.starts_with("//"), "{place}: {led}");
            for led in ["href=\"", "src=\"", "action=\"", "url="] {
                let leads = [elsewhere, "http://evil.example"].map(|onward| format!("{led}{onward}"));
                assert!(!leads.iter().any(|led| page.text.contains(led)), "{verb:?} {place}: {}", page.text);
            }
        }
    }
}
