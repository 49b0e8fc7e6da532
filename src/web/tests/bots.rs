//! Bots on their pages and on the page of a call: made, changed, refused beside their field, and offered to callers.

use super::browser::{Browser, House, LONDON, OWN};
use crate::storage::audit_search::{Filter, find};
use crate::storage::bots::{self, NamedBot};
use crate::storage::{StorageError, Tx};

async fn signed_in(house: &House, email: &str) -> Browser {
    let mut browser = house.browser().await;
    browser.sign_in(email).await;
    browser
}

async fn all(house: &House) -> Vec<NamedBot> {
    let found = house.app.db.read(|tx: &mut Tx| bots::list(tx, None, 10)).await;
    found.map_err(|error: StorageError| error).unwrap()
}

/// Everything the form has, with these instead of what stands ready.
fn form<'a>(with: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let ready = [
        ("name", "weather"),
        ("number", "+15005550009"),
        ("language", "en"),
        ("greeting", "Press <1>."),
        ("wait_seconds", "10"),
        ("rounds", "3"),
        ("key_1", "Sunny."),
        ("leave_keys", "9"),
    ];
    let others = ready.into_iter().filter(|(name, _)| with.iter().all(|(known, _)| known != name));
    others.chain(with.iter().copied()).collect()
}

#[actix_web::test]
async fn a_bot_is_made_changed_and_taken_away_and_the_audit_knows() {
    let house = House::build().await;
    let mut owner = signed_in(&house, "owner@example.org").await;
    let made = owner.post("/admin/bots", "/admin/bots", &form(&[])).await;
    assert_eq!((made.status, made.location()), (303, "/admin/bots/weather"), "{}", made.text);
    let page = owner.get("/admin/bots/weather").await;
    assert!(page.text.contains("https://talk.example/bots/weather</code>"), "the address the carrier has to ask");
    assert!(page.text.contains("Press &#60;1&#62;."), "{}", page.text);
    let changed = owner.post("/admin/bots/weather", "/admin/bots/weather", &form(&[("key_1", "Rainy.")])).await;
    assert_eq!((changed.status, changed.location()), (303, "/admin/bots"));
    let bot = all(&house).await.remove(0);
    assert_eq!(serde_json::to_value(&bot.bot).unwrap()["answers"]["1"]["words"], "Rainy.");
    let removed = owner.post("/admin/bots/weather", "/admin/bots/weather/remove", &[]).await;
    assert_eq!((removed.status, all(&house).await.len()), (303, 0));
    assert_eq!(owner.get("/admin/bots/weather").await.status, 404);
    let audit = house.app.db.read(|tx| find(tx, &Filter::default(), None, 10, 10)).await;
    let entries = audit.map_err(|error: StorageError| error).unwrap().entries;
    let deeds: Vec<_> = entries[..3].iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(deeds, ["remove_bot", "change_bot", "make_bot"]);
    assert!(entries[1].before.as_ref().unwrap().contains("Sunny.") && entries[1].actor == "owner@example.org");
}

#[actix_web::test]
async fn what_cannot_be_is_said_beside_its_field_and_nothing_is_kept() {
    let house = House::build().await;
    let mut owner = signed_in(&house, "owner@example.org").await;
    owner.post("/admin/bots", "/admin/bots", &form(&[])).await;
    for (field, typed) in [
        ("name", "The Weather"),
        ("name", "weather"),
        ("number", "12"),
        ("number", "+15005550009"),
        ("greeting", ""),
        ("rounds", "0"),
        ("key_1", "https://a b"),
        ("leave_keys", "nine"),
    ] {
        let fields = form(&[("name", "other"), ("number", "+15005550010"), (field, typed)]);
        let fields: Vec<_> = fields.into_iter().rev().collect();
        let mut seen = std::collections::HashSet::new();
        let fields: Vec<_> = fields.into_iter().filter(|(name, _)| seen.insert(*name)).collect();
        let page = owner.post("/admin/bots", "/admin/bots", &fields).await;
        let beside = page.text.contains(&format!("id=\"{field}_error\""));
        assert!(page.status == 422 && beside, "{field} {typed}: {}", page.text);
    }
    assert_eq!(all(&house).await.len(), 1);
    let page = owner.post("/admin/bots", "/admin/bots/weather", &form(&[("number", "")])).await;
    assert!(page.status == 422 && page.text.contains("id=\"number_error\""));
}

#[actix_web::test]
async fn a_caller_finds_the_bots_on_the_page_of_a_call_and_adds_one() {
    let house = House::build().await;
    let mut owner = signed_in(&house, "owner@example.org").await;
    let mut ann = signed_in(&house, "ann@example.org").await;
    let call = ann.post("/dial", "/dial", &[("own_number", OWN), ("number", LONDON)]).await.location().to_owned();
    assert!(!ann.get(&call).await.text.contains("Add a bot"), "there are none");
    owner.post("/admin/bots", "/admin/bots", &form(&[])).await;
    let page = ann.get(&call).await;
    assert!(page.text.contains("aria-label=\"Add the bot weather\""), "{}", page.text);
    let added = ann.post(&call, &format!("{call}/legs"), &[("number", "+15005550009")]).await;
    assert_eq!((added.status, added.location()), (303, call.as_str()), "{}", added.text);
    let page = ann.get(&call).await.text;
    assert!(page.contains("The bot weather was added") && page.contains("<small>bot weather</small>"), "{page}");
    let twice = ann.post(&call, &format!("{call}/legs"), &[("number", "+15005550009")]).await;
    assert!(twice.status == 422 && twice.text.contains("is in this call already"), "{}", twice.text);
}

#[actix_web::test]
async fn the_house_adds_a_bot_to_a_callers_call_and_no_other_number() {
    let house = House::build().await;
    let mut owner = signed_in(&house, "owner@example.org").await;
    owner.post("/admin/bots", "/admin/bots", &form(&[])).await;
    let mut ann = signed_in(&house, "ann@example.org").await;
    let call = ann.post("/dial", "/dial", &[("own_number", OWN), ("number", LONDON)]).await.location().to_owned();
    let place = format!("/admin/live/{}/bots", call.trim_start_matches("/calls/"));
    let mut support = signed_in(&house, "support@example.org").await;
    let page = support.get(&call).await;
    assert!(page.text.contains("aria-label=\"Add the bot weather\"") && page.text.contains(&place), "{}", page.text);
    let stranger = support.post(&call, &place, &[("number", "+15005550010")]).await;
    assert_eq!(stranger.status, 404, "it is no bot's number");
    let key = ("request_key", "req_1");
    for _ in 0..2 {
        let added = support.post(&call, &place, &[("number", "+15005550009"), key]).await;
        assert_eq!((added.status, added.location()), (303, call.as_str()), "{}", added.text);
    }
    let page = ann.get(&call).await.text;
    assert_eq!(page.matches("<small>bot weather</small>").count(), 1, "{page}");
    let mut viewer = signed_in(&house, "viewer@example.org").await;
    assert_eq!(viewer.post("/me", &place, &[("number", "+15005550009")]).await.status, 403);
    assert_eq!(ann.post(&call, &place, &[("number", "+15005550009")]).await.status, 403);
}
