//! Profiles of rooms and terms of plans as programs manage them.

use super::*;
use crate::domain::call::terms::TERMS;
use crate::domain::room_profile::SETTINGS;

#[actix_web::test]
async fn a_profile_is_made_changed_and_listed() {
    let api = Api::new();
    let made = api.post("/api/v1/room-profiles", json!({"name": "board", "beep": "both", "muted": true})).await;
    assert_eq!((made.status, &made.body["beep"], &made.body["muted"]), (201, &json!("both"), &json!(true)));
    assert_eq!((&made.body["max_participants"], &made.body["wait"]), (&json!(250), &json!("silence")));
    let place = made.headers.get(header::LOCATION).unwrap().to_str().unwrap().to_owned();
    let address = json!({"wait": "address", "wait_address": "https://example.com/w", "muted": null});
    let changed = api.post(&format!("{place}/change"), address).await;
    assert_eq!((changed.status, &changed.body["wait_address"]), (200, &json!("https://example.com/w")));
    assert_eq!(
        (&changed.body["beep"], &changed.body["muted"]),
        (&json!("both"), &json!(true)),
        "what is not given stays"
    );
    assert_eq!(api.get(&place).await.body, changed.body);
    let first = api.get("/api/v1/room-profiles?limit=2").await;
    let names = |page: &Answer| {
        let items = page.body["items"].as_array().unwrap().iter();
        items.map(|item| item["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&first), ["two parties", "moderated"]);
    let next = first.body["next"].as_str().unwrap();
    assert_eq!(names(&api.get(&format!("/api/v1/room-profiles?after={next}")).await), ["minimal", "board"]);
}

#[actix_web::test]
async fn what_cannot_be_is_refused_with_its_field_when_it_is_set() {
    let api = Api::new();
    for (field, value) in [
        ("beep", json!("loud")),
        ("beep", json!(true)),
        ("starts", json!("host")),
        ("max_participants", json!(1)),
        ("max_participants", json!(251)),
        ("max_participants", json!("5")),
        ("muted", json!("yes")),
        ("region", json!("moon1")),
        ("jitter_buffer", json!("huge")),
        ("wait", json!("jazz")),
        ("wait_method", json!("PUT")),
        ("wait_address", json!("wait.xml")),
        ("record", json!("always")),
        ("trim", json!("all")),
    ] {
        let mut body = json!({"name": "odd"});
        body[field] = value.clone();
        let refused = api.post("/api/v1/room-profiles", body).await;
        assert_eq!(refused.problem(), (422, "invalid_field", field), "{value}");
        let refused = api.post("/api/v1/room-profiles/room_minimal/change", json!({field: value})).await;
        assert_eq!(refused.problem(), (422, "invalid_field", field));
    }
    let nowhere = api.post("/api/v1/room-profiles", json!({"name": "odd", "wait": "address"})).await;
    assert_eq!(nowhere.problem(), (422, "invalid_field", "wait_address"));
    let unknown = api.post("/api/v1/room-profiles", json!({"name": "odd", "endConferenceOnExit": true})).await;
    assert_eq!(unknown.problem(), (422, "unknown_field", "endConferenceOnExit"));
    let taken = api.post("/api/v1/room-profiles", json!({"name": "minimal"})).await;
    assert_eq!(taken.problem(), (409, "profile_exists", "name"));
    assert_eq!(api.post("/api/v1/room-profiles/room_none/change", json!({})).await.problem(), (404, "not_found", ""));
}

#[actix_web::test]
async fn a_plan_names_its_room_and_a_program_stands_in_the_audit() {
    let api = Api::new();
    let plan = api.post("/api/v1/plans", json!({"name": "club", "currency": "USD"})).await;
    let terms = format!("/api/v1/plans/{}/terms", plan.body["id"].as_str().unwrap());
    assert_eq!(api.get(&terms).await.body["room_profile"], "minimal");
    let changed = api.post(&terms, json!({"room_profile": "moderated"})).await;
    assert_eq!((changed.status, &changed.body["room_profile"]), (200, &json!("moderated")));
    assert_eq!(api.post(&terms, json!({})).await.body, changed.body);
    let refused = api.post(&terms, json!({"room_profile": "none"})).await;
    assert_eq!(refused.problem(), (422, "invalid_field", "room_profile"));
    let audit = api.get("/api/v1/audit?action=change_terms").await;
    let items = audit.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "doing nothing is no deed: {audit:?}");
    assert!(items[0]["before"].as_str().unwrap().starts_with("room_profile=minimal"), "{items:?}");
    assert!(items[0]["after"].as_str().unwrap().starts_with("room_profile=moderated"), "{items:?}");
}

/// Whoever adds a line to a table of settings describes it, too.
#[test]
fn each_setting_is_described_and_nothing_else() {
    let document = crate::web::api::openapi::description();
    let described = |schema: &str| {
        let properties = document["components"]["schemas"][schema]["properties"].as_object().unwrap().keys();
        properties.cloned().collect::<std::collections::BTreeSet<_>>()
    };
    let rooms = || SETTINGS.iter().map(|setting| setting.name);
    let terms = || TERMS.iter().map(|term| term.name).chain(["room_profile"]);
    let names = |names: &mut dyn Iterator<Item = &str>| names.map(str::to_owned).collect();
    assert_eq!(described("RoomProfileBody"), names(&mut rooms().chain(["id", "name"])));
    assert_eq!(described("NewRoomProfile"), names(&mut rooms().chain(["name"])));
    assert_eq!(described("RoomProfileChange"), names(&mut rooms()));
    assert_eq!(described("TermsBody"), names(&mut terms().chain(["plan"])));
    assert_eq!(described("TermsChange"), names(&mut terms()));
}
