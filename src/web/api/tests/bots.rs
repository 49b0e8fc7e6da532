//! Bots as programs manage them and add them to calls.

use super::*;
use crate::domain::bot::SETTINGS;

const BOT: &str = "+15005550009";

fn weather() -> Value {
    json!({"name": "weather", "number": BOT, "greeting": "Press 1.", "key_1": "Sunny.", "leave_keys": "9"})
}

#[actix_web::test]
async fn a_bot_is_made_changed_listed_and_taken_away() {
    let api = Api::new();
    let made = api.post("/api/v1/bots", weather()).await;
    assert_eq!((made.status, &made.body["rounds"], &made.body["language"]), (201, &json!(3), &json!("en")), "{made:?}");
    assert!(made.body["voice_url"].as_str().unwrap().ends_with("/webhooks/twilio/bots/weather"));
    let place = made.headers.get(header::LOCATION).unwrap().to_str().unwrap().to_owned();
    let changed =
        api.post(&format!("{place}/change"), json!({"language": "de", "key_1": null, "key_hash": "Ja."})).await;
    assert_eq!((changed.status, &changed.body["key_1"], &changed.body["key_hash"]), (200, &json!(""), &json!("Ja.")));
    assert_eq!((&changed.body["greeting"], &changed.body["number"]), (&json!("Press 1."), &json!(BOT)), "that stays");
    assert_eq!(api.get(&place).await.body, changed.body);
    let second = json!({"name": "time", "number": "+15005550010", "greeting": "https://example.com/a.mp3"});
    assert_eq!(api.post("/api/v1/bots", second).await.status, 201);
    let first = api.get("/api/v1/bots?limit=1").await;
    assert_eq!((&first.body["items"][0]["name"], &first.body["next"]), (&json!("time"), &json!("time")));
    assert_eq!(api.get("/api/v1/bots?after=time").await.body["items"][0]["name"], "weather");
    assert_eq!(api.post(&format!("{place}/remove"), json!({})).await.status, 204);
    assert_eq!(api.post(&format!("{place}/remove"), json!({})).await.problem(), (404, "not_found", ""));
    let audit = api.get("/api/v1/audit?subject=weather").await;
    let deeds: Vec<_> = audit.body["items"].as_array().unwrap().iter().map(|deed| &deed["action"]).collect();
    assert_eq!(deeds, ["remove_bot", "change_bot", "make_bot"], "{audit:?}");
    assert!(audit.body["items"][0]["before"].as_str().unwrap().contains("language=de"));
}

#[actix_web::test]
async fn what_cannot_be_a_bot_is_refused_with_its_field() {
    let api = Api::new();
    api.post("/api/v1/bots", weather()).await;
    for (field, value) in [
        ("name", json!("Wetter!")),
        ("number", json!("911")),
        ("number", json!(null)),
        ("greeting", json!("")),
        ("language", json!("xx")),
        ("wait_seconds", json!(61)),
        ("rounds", json!(0)),
        ("key_2", json!("https://")),
        ("leave_keys", json!("x")),
    ] {
        let mut body = weather();
        body["name"] = json!("other");
        body[field] = value.clone();
        assert_eq!(api.post("/api/v1/bots", body).await.problem(), (422, "invalid_field", field), "{value}");
    }
    let unknown = json!({"name": "other", "number": "+15005550010", "greeting": "Hello.", "key_12": "Twelve."});
    assert_eq!(api.post("/api/v1/bots", unknown).await.problem(), (422, "unknown_field", "key_12"));
    assert_eq!(api.post("/api/v1/bots", weather()).await.problem(), (409, "bot_exists", "name"));
    let mut same_number = weather();
    same_number["name"] = json!("other");
    assert_eq!(api.post("/api/v1/bots", same_number).await.problem(), (409, "bot_exists", "number"));
    assert_eq!(api.get("/api/v1/bots").await.body["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_bot_is_added_to_a_call_by_its_name_free_and_as_what_it_is() {
    let api = Api::new();
    api.post("/api/v1/bots", weather()).await;
    let account = api.account("999").await;
    let call = json!({"account": account, "own_number": PAYER, "numbers": [OTHER]});
    let call = api.post_with_key("/api/v1/calls", "dial", call).await;
    let legs = format!("/api/v1/calls/{}/legs", call.body["id"].as_str().unwrap());
    let added = api.post_with_key(&legs, "one", json!({"bot": "weather"})).await;
    let leg = &added.body["legs"][2];
    assert_eq!((added.status, &leg["role"], &leg["number"]), (201, &json!("bot"), &json!(BOT)), "{added:?}");
    assert_eq!((&leg["destination"], &leg["price_per_minute"]), (&json!("bot weather"), &json!("0")));
    let again = api.post(&legs, json!({"bot": "weather", "key": "one"})).await;
    assert_eq!((again.status, again.body["legs"].as_array().unwrap().len()), (200, 3), "{again:?}");
    let twice = api.post_with_key(&legs, "two", json!({"number": BOT})).await;
    assert_eq!(twice.problem(), (422, "same_number_twice", "number"));
    let unknown = api.post_with_key(&legs, "three", json!({"bot": "nobody"})).await;
    assert_eq!(unknown.problem(), (422, "unknown_bot", "bot"));
    let both = api.post_with_key(&legs, "four", json!({"bot": "weather", "number": BOT})).await;
    assert_eq!(both.problem(), (422, "invalid_field", "bot"));
    assert_eq!(api.post_with_key(&legs, "five", json!({})).await.problem(), (422, "missing_field", "number"));
}

/// Whoever adds a line to the table of settings describes it, too.
#[test]
fn each_setting_is_described_and_nothing_else() {
    let document = crate::web::api::openapi::description();
    let described = |schema: &str| {
        let properties = document["components"]["schemas"][schema]["properties"].as_object().unwrap().keys();
        properties.cloned().collect::<std::collections::BTreeSet<_>>()
    };
    let settings = |more: &[&str]| {
        SETTINGS.iter().map(|setting| setting.name).chain(more.iter().copied()).map(str::to_owned).collect()
    };
    assert_eq!(described("BotBody"), settings(&["name", "voice_url"]));
    assert_eq!(described("NewBot"), settings(&["name"]));
    assert_eq!(described("BotChange"), settings(&[]));
}
