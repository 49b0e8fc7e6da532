//! Links that start calls, made and revoked by programs.

use super::*;

fn wish() -> Value {
    json!({"label": "Help", "own_number": PAYER, "numbers": [OTHER], "most_calls": 3, "expires_at": "2024-12-31"})
}

fn with(field: &str, value: Value) -> Value {
    let mut wish = wish();
    wish[field] = value;
    wish
}

#[actix_web::test]
async fn a_link_is_made_shown_once_listed_and_revoked() {
    let api = Api::new();
    let account = api.account("10").await;
    let uri = format!("/api/v1/accounts/{account}/call-links");
    let made = api.post_with_key(&uri, "one", wish()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.body["id"].as_str().unwrap();
    assert!(made.body["url"].as_str().unwrap().contains(&format!("/click/{id}_")), "{made:?}");
    assert_eq!((&made.body["state"], &made.body["calls_made"]), (&json!("open"), &json!(0)));
    assert_eq!(api.post_with_key(&uri, "one", wish()).await.problem().1, "secret_shown_once");
    let one = format!("/api/v1/call-links/{id}");
    assert_eq!(made.headers.get(header::LOCATION).unwrap().to_str().unwrap(), one);
    let shown = api.get(&one).await.body;
    assert!(shown["label"] == "Help" && shown.get("url").is_none(), "{shown}");
    assert_eq!(api.get(&uri).await.body, json!({"items": [shown], "next": null}));
    for _ in 0..2 {
        let revoked = api.post(&format!("{one}/revoke"), json!({})).await;
        assert_eq!((revoked.status, &revoked.body["state"]), (200, &json!("revoked")));
    }
    let log = api.get(&format!("/api/v1/audit?subject={id}")).await.body;
    let did = |action| log["items"].as_array().unwrap().iter().filter(|line| line["action"] == action).count();
    assert_eq!([did("make_call_link"), did("revoke_call_link")], [1, 1], "{log}");
}

#[actix_web::test]
async fn a_link_that_could_never_call_is_refused_by_name() {
    let api = Api::new();
    let account = api.account("10").await;
    let uri = format!("/api/v1/accounts/{account}/call-links");
    for (body, code, field) in [
        (with("label", json!("x".repeat(101))), "invalid_field", "label"),
        (with("most_calls", json!(0)), "invalid_field", "most_calls"),
        (with("most_calls", json!(10_001)), "invalid_field", "most_calls"),
        (with("expires_at", json!("1999-01-01")), "invalid_field", "expires_at"),
        (with("expires_at", json!("2099-01-01")), "invalid_field", "expires_at"),
        (with("expires_at", json!("soon")), "invalid_field", "expires_at"),
        (with("numbers", json!([])), "nobody_to_dial", "numbers"),
        (with("numbers", json!([PAYER])), "same_number_twice", "numbers"),
        (with("numbers", json!(["+33123456789"])), "no_rate", "numbers"),
        (with("own_number", json!("hello")), "invalid_field", "own_number"),
        (with("secret", json!("mine")), "unknown_field", "secret"),
    ] {
        assert_eq!(api.post(&uri, body.clone()).await.problem(), (422, code, field), "{body}");
    }
    assert_eq!(api.post("/api/v1/accounts/acc_none/call-links", wish()).await.problem().0, 404);
    assert_eq!(api.get("/api/v1/accounts/acc_none/call-links").await.problem().0, 404);
    assert_eq!(api.get("/api/v1/call-links/clk_none").await.problem().0, 404);
    assert_eq!(api.get(&uri).await.body["items"], json!([]));
    api.post(&format!("/api/v1/accounts/{account}/block"), json!({"reason": "x"})).await;
    assert_eq!(api.post(&uri, wish()).await.problem(), (422, "account_not_open", "account"));
}
