//! Calling in, arranged by programs.

use super::*;

#[actix_web::test]
async fn an_access_number_is_made_shown_changed_and_removed() {
    let api = Api::new();
    let wish = json!({"number": "+14155550200", "label": "Town", "language": "de"});
    let made = api.post("/api/v1/access-numbers", wish.clone()).await;
    assert_eq!((made.status, &made.body["asks"], &made.body["closed"]), (201, &json!("strangers"), &json!(false)));
    let one = format!("/api/v1/access-numbers/{}", made.body["id"].as_str().unwrap());
    assert_eq!(api.get(&one).await.body, made.body);
    assert_eq!(api.get("/api/v1/access-numbers").await.body, json!({"items": [made.body], "next": null}));
    assert_eq!(api.post("/api/v1/access-numbers", wish).await.problem(), (409, "already_exists", "number"));
    let changed = api.post(&format!("{one}/change"), json!({"asks": "everybody", "closed": true})).await;
    let is = ["label", "language", "asks", "closed"].map(|name| changed.body[name].clone());
    assert_eq!(is, [json!("Town"), json!("de"), json!("everybody"), json!(true)]);
    for (body, field) in [
        (json!({"number": "hello"}), "number"),
        (json!({"number": "+14155550201", "asks": "nobody"}), "asks"),
        (json!({"number": "+14155550201", "language": "tlh"}), "language"),
    ] {
        assert_eq!(api.post("/api/v1/access-numbers", body).await.problem(), (422, "invalid_field", field));
    }
    assert_eq!(api.post(&format!("{one}/remove"), json!({})).await.status, 200);
    assert_eq!(api.get(&one).await.problem().0, 404);
}

#[actix_web::test]
async fn phones_and_pins_of_an_account_are_arranged_and_its_pin_is_shown_once() {
    let api = Api::new();
    let account = api.account("10").await;
    let phones = format!("/api/v1/accounts/{account}/known-phones");
    let added = api.post(&phones, json!({"number": "+14155550177"})).await;
    assert_eq!((added.status, &added.body["proven_at"]), (201, &Value::Null));
    assert_eq!(api.post(&phones, json!({"number": "+14155550177"})).await.status, 200);
    let vouched = api.post(&phones, json!({"number": "+14155550177", "vouched": true})).await;
    assert!(vouched.body["proven_at"].is_string() && vouched.body["id"] == added.body["id"], "{vouched:?}");
    assert_eq!(api.get(&phones).await.body["items"], json!([vouched.body]));
    let pin = format!("/api/v1/accounts/{account}/access-pin");
    let made = api.post_with_key(&pin, "one", json!({})).await;
    assert_eq!(made.body["pin"].as_str().unwrap().len(), 6, "{made:?}");
    assert_eq!(api.post_with_key(&pin, "one", json!({})).await.problem().1, "secret_shown_once");
    let again = api.post(&pin, json!({})).await;
    assert_eq!(again.body["card_number"], made.body["card_number"]);
    let one = format!("/api/v1/known-phones/{}/remove", added.body["id"].as_str().unwrap());
    assert_eq!((api.post(&one, json!({})).await.status, api.post(&one, json!({})).await.status), (200, 404));
    assert_eq!(api.get("/api/v1/greetings").await.body, json!({"items": [], "next": null}));
}
