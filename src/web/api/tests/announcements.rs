//! Languages, sounds and what is whispered, as programs set them.

use super::*;

#[actix_web::test]
async fn an_account_is_opened_with_a_language_and_given_another() {
    let api = Api::new();
    let id = api.account("1").await;
    assert_eq!(api.get(&format!("/api/v1/accounts/{id}")).await.body["language"], "en");
    let place = format!("/api/v1/accounts/{id}/language");
    let changed = api.post(&place, json!({"language": "it"})).await;
    assert_eq!((changed.status, &changed.body["language"]), (200, &json!("it")));
    assert_eq!(api.post(&place, json!({"language": "xx"})).await.problem(), (422, "invalid_field", "language"));
    let account = json!({"email": "new@example.com", "currency": "USD", "plan": "standard", "language": "pt"});
    let opened = api.post("/api/v1/accounts", account).await;
    assert_eq!((opened.status, &opened.body["language"]), (201, &json!("pt")));
}

#[actix_web::test]
async fn a_sound_is_set_and_taken_back() {
    let api = Api::new();
    let sound = |url: Value| json!({"sentence": "recording", "language": "de", "url": url});
    let url = "https://media.example/recorded.mp3";
    let set = api.post("/api/v1/sounds", sound(json!(url))).await;
    assert_eq!((set.status, &set.body["items"]), (200, &json!([sound(json!(url))])));
    let bad = api.post("/api/v1/sounds", sound(json!("recorded.mp3"))).await;
    assert_eq!(bad.problem(), (422, "invalid_field", "url"));
    let unknown = api.post("/api/v1/sounds", json!({"sentence": "hello", "language": "de"})).await;
    assert_eq!(unknown.problem(), (422, "invalid_field", "sentence"));
    let taken = api.post("/api/v1/sounds", json!({"sentence": "recording", "language": "de"})).await;
    assert_eq!((taken.status, &taken.body["items"]), (200, &json!([])));
    assert_eq!(api.get("/api/v1/sounds").await.body["items"], json!([]));
}

#[actix_web::test]
async fn a_whisper_is_words_or_a_sound() {
    let api = Api::new();
    let id = api.account("9").await;
    let call = |whisper: Value| {
        let mut call = json!({"account": id, "own_number": "+14155550100", "numbers": ["+14155550101"]});
        call.as_object_mut().unwrap().extend(whisper.as_object().unwrap().clone());
        call
    };
    let both = call(json!({"whisper": "Hello.", "whisper_sound": "https://media.example/a.mp3"}));
    let both = api.post_with_key("/api/v1/calls", "both", both).await;
    assert_eq!(both.problem(), (422, "invalid_field", "whisper_sound"));
    let long = api.post_with_key("/api/v1/calls", "long", call(json!({"whisper": "a".repeat(501)}))).await;
    assert_eq!(long.problem(), (422, "invalid_field", "whisper"));
    let dialled = api.post_with_key("/api/v1/calls", "k", call(json!({"whisper": "Hello."}))).await;
    assert_eq!(dialled.status, 201, "{dialled:?}");
}
