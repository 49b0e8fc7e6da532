//! Profiles of rooms and the terms of plans on their pages: made, changed, refused beside their field, and seen by all.

use super::browser::{Browser, House, Page};
use crate::storage::accounts::{self, Plan};
use crate::storage::audit_search::{Filter, find};
use crate::storage::room_profiles::{self, NamedProfile};
use crate::storage::{StorageError, Tx};

async fn signed_in(house: &House, email: &str) -> Browser {
    let mut browser = house.browser().await;
    browser.sign_in(email).await;
    browser
}

async fn profile(house: &House, name: &'static str) -> Option<NamedProfile> {
    let found = house.app.db.read(move |tx: &mut Tx| room_profiles::by_name(tx, name)).await;
    found.map_err(|error: StorageError| error).unwrap()
}

async fn plan(house: &House) -> Plan {
    let found = house.app.db.read(|tx: &mut Tx| accounts::plan_by_name(tx, "basic")).await;
    found.map_err(|error: StorageError| error).unwrap().unwrap()
}

/// Everything the form has, with these instead of what stands ready.
fn form<'a>(with: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let ready = [
        ("starts", "anybody"),
        ("beep", "off"),
        ("wait", "silence"),
        ("wait_address", ""),
        ("wait_method", "post"),
        ("max_participants", "250"),
        ("jitter_buffer", "small"),
        ("region", "nearest"),
        ("record", "off"),
        ("trim", "silence"),
    ];
    let others = ready.into_iter().filter(|(name, _)| with.iter().all(|(known, _)| known != name));
    others.chain(with.iter().copied()).collect()
}

fn says_beside(page: &Page, field: &str) -> bool {
    page.text.contains(&format!("aria-describedby=\"{field}_error\""))
        && page.text.contains(&format!("id=\"{field}_error\""))
}

#[actix_web::test]
async fn a_profile_is_made_and_changed_and_the_audit_knows() {
    let house = House::build().await;
    let mut finance = signed_in(&house, "finance@example.org").await;
    let fields = form(&[("name", "board <room>"), ("beep", "on_enter"), ("muted", "true"), ("max_participants", "5")]);
    let made = finance.post("/admin/rooms", "/admin/rooms", &fields).await;
    let kept = profile(&house, "board <room>").await.expect("it is kept");
    assert_eq!((made.status, made.location()), (303, format!("/admin/rooms/{}", kept.id).as_str()));
    assert!(kept.profile.muted && kept.profile.max_participants == 5);
    let page = finance.get(made.location()).await;
    assert!(
        page.text.contains("value=\"on_enter\" selected") && page.text.contains("value=\"true\" checked"),
        "{}",
        page.text
    );
    let changed = finance.post("/admin/rooms", made.location(), &form(&[("region", "ie1")])).await;
    assert_eq!((changed.status, changed.location()), (303, "/admin/rooms"));
    let kept = profile(&house, "board <room>").await.unwrap().profile;
    assert!(!kept.muted && kept.max_participants == 250, "a box without its tick is off: {kept:?}");
    let audit = house.app.db.read(|tx| find(tx, &Filter::default(), None, 10, 10)).await;
    let entry = audit.map_err(|error: StorageError| error).unwrap().entries.remove(0);
    assert_eq!((entry.action.as_str(), entry.actor.as_str()), ("change_room_profile", "finance@example.org"));
    assert!(entry.before.unwrap().contains("region=nearest") && entry.after.unwrap().contains("region=ie1"));
}

#[actix_web::test]
async fn what_cannot_be_is_said_beside_its_field_and_nothing_is_kept() {
    let house = House::build().await;
    let mut owner = signed_in(&house, "owner@example.org").await;
    for (field, typed) in [
        ("max_participants", "251"),
        ("max_participants", "few"),
        ("beep", "loud"),
        ("region", "moon1"),
        ("wait_address", "wait.xml"),
    ] {
        let fields = form(&[("name", "odd"), (field, typed)]);
        let page = owner.post("/admin/rooms", "/admin/rooms", &fields).await;
        assert!(page.status == 422 && says_beside(&page, field), "{field} {typed}: {}", page.text);
        assert!(page.text.contains("value=\"odd\""), "what was typed stays");
        let page = owner.post("/admin/rooms", "/admin/rooms/room_moderated", &form(&[(field, typed)])).await;
        assert!(page.status == 422 && says_beside(&page, field), "{field} {typed}");
    }
    let missing = owner.post("/admin/rooms", "/admin/rooms", &form(&[("name", "odd"), ("wait", "address")])).await;
    assert!(missing.status == 422 && says_beside(&missing, "wait_address"));
    for name in ["", "minimal"] {
        let page = owner.post("/admin/rooms", "/admin/rooms", &form(&[("name", name)])).await;
        assert!(page.status == 422 && says_beside(&page, "name"), "{name}");
    }
    assert_eq!(profile(&house, "odd").await, None);
    let moderated = profile(&house, "moderated").await.unwrap().profile;
    assert_eq!(serde_json::to_value(moderated).unwrap()["wait"], "music");
}

#[actix_web::test]
async fn a_plan_is_given_a_room_and_shows_it() {
    let house = House::build().await;
    let mut finance = signed_in(&house, "finance@example.org").await;
    let plan_page = format!("/admin/plans/{}", plan(&house).await.id);
    let terms = format!("{plan_page}/terms");
    assert!(finance.get(&plan_page).await.text.contains("<dd>minimal</dd>"));
    let changed = finance.post(&terms, &terms, &[("room_profile", "moderated")]).await;
    assert_eq!((changed.status, changed.location()), (303, plan_page.as_str()));
    assert_eq!(plan(&house).await.room_profile, "room_moderated");
    let page = finance.get(&plan_page).await;
    assert!(page.text.contains("<dd>moderated</dd>") && page.text.contains(&terms));
    let refused = finance.post(&terms, &terms, &[("room_profile", "none such")]).await;
    assert!(refused.status == 422 && says_beside(&refused, "room_profile"));
    assert!(finance.get("/admin/rooms").await.text.contains("<td>basic</td>"));
}

#[actix_web::test]
async fn who_may_not_change_rates_may_look_only() {
    let house = House::build().await;
    let terms = format!("/admin/plans/{}/terms", plan(&house).await.id);
    let mut viewer = signed_in(&house, "viewer@example.org").await;
    for place in ["/admin/rooms", "/admin/rooms/room_moderated"] {
        let page = viewer.get(place).await;
        assert!(page.status == 200 && !page.text.contains(&format!("action=\"{place}\"")), "{place}");
        assert_eq!(viewer.post("/me", place, &form(&[("name", "x")])).await.status, 403, "{place}");
    }
    assert_eq!(viewer.get(&terms).await.status, 403);
    assert_eq!(viewer.post("/me", &terms, &[("room_profile", "moderated")]).await.status, 403);
    assert_eq!(viewer.get("/admin/rooms/room_none").await.status, 404);
    assert_eq!((profile(&house, "x").await, plan(&house).await.room_profile.as_str()), (None, "room_minimal"));
}
