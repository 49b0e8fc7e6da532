//! Caps of the house, of plans and of accounts.

use std::collections::BTreeSet;

use super::*;
use crate::domain::caps::{CAPS, CAPS_IN_ALL};
use crate::domain::watch::WATCH;

/// Whoever adds a line to the table of caps describes it, too.
#[test]
fn each_cap_is_described_and_nothing_else() {
    let document = crate::web::api::openapi::description();
    let described = |schema: &str| {
        let properties = document["components"]["schemas"][schema]["properties"].as_object().unwrap().keys();
        properties.cloned().collect::<BTreeSet<_>>()
    };
    let each: BTreeSet<_> = CAPS.iter().map(|setting| setting.name.to_owned()).collect();
    let all: BTreeSet<_> = CAPS_IN_ALL.iter().map(|setting| setting.name.to_owned()).chain(each.clone()).collect();
    assert_eq!((described("CapsBody"), described("HouseCapsChange")), (all.clone(), all));
    assert_eq!(described("CapsChange"), each);
    let watched: BTreeSet<_> = WATCH.iter().map(|setting| setting.name.to_owned()).collect();
    assert_eq!((described("WatchBody"), described("WatchChange")), (watched.clone(), watched));
}

#[actix_web::test]
async fn caps_are_set_where_they_belong_and_what_is_none_is_refused() {
    let api = Api::new();
    let account = format!("/api/v1/accounts/{}/caps", api.account("1").await);
    let before = api.get(&account).await;
    assert_eq!(
        (before.status, &before.body["most_live_calls"], &before.body["most_an_hour"]),
        (200, &json!(0), &json!(""))
    );
    assert!(before.body.get("live_calls_in_all").is_none(), "that is the house's: {}", before.body);
    let set = json!({ "most_live_calls": 3, "most_an_hour": "5", "not_to": "cu +881", "premium_numbers": "allowed" });
    let changed = api.post(&account, set).await;
    assert_eq!((changed.status, &changed.body["most_an_hour"]), (200, &json!("5.00")), "{}", changed.body);
    assert_eq!((&changed.body["not_to"], &changed.body["premium_numbers"]), (&json!("CU, +881"), &json!("allowed")));
    assert_eq!(api.get(&account).await.body, changed.body);
    let only = api.post(&account, json!({ "most_an_hour": null })).await;
    assert_eq!((&only.body["most_an_hour"], &only.body["most_live_calls"]), (&json!(""), &json!(3)));
    for (field, value) in [("not_to", json!("Mars")), ("most_a_day", json!("-1")), ("live_calls_in_all", json!(3))] {
        assert_eq!(api.post(&account, json!({ field: value })).await.status, 422, "{field}");
    }
    let house = api.post("/api/v1/caps", json!({ "live_calls_in_all": 500 })).await;
    assert_eq!((house.status, &house.body["live_calls_in_all"]), (200, &json!(500)));
    assert_eq!(api.get("/api/v1/accounts/acc_nobody/caps").await.status, 404);
}
