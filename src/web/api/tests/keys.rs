//! A POST with a key is done once and answered alike, whoever repeats it, and whatever died in between.

use chrono::TimeDelta;

use super::*;
use crate::flows::api_replies::{Begun, begin, finish, forget_old};
use crate::storage::Tx;
use crate::storage::api_replies::{Asked, Reply};
use crate::web::api::decks::LARGEST_DECK;

fn plan(name: &str) -> Value {
    json!({"name": name, "currency": "USD"})
}

fn replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotency-replayed").is_some_and(|value| value == "true")
}

#[actix_web::test]
async fn a_repeat_gets_the_first_answer_and_does_nothing() {
    let api = Api::new();
    let first = api.post_with_key("/api/v1/plans", "one", plan("p")).await;
    let second = api.post_with_key("/api/v1/plans", "one", plan("p")).await;
    assert_eq!((first.status, &first.body, &first.content_type), (201, &second.body, &second.content_type));
    assert_eq!((second.status, replayed(&first), replayed(&second)), (201, false, true));
    let account = json!({"email": "a@example.com", "currency": "USD", "plan": "p"});
    let opened = api.post_with_key("/api/v1/accounts", "two", account.clone()).await;
    let again = api.post_with_key("/api/v1/accounts", "two", account).await;
    assert_eq!(opened.headers.get(header::LOCATION), again.headers.get(header::LOCATION));
    assert!(opened.headers.contains_key(header::LOCATION));
    let refused = api.post_with_key("/api/v1/plans", "three", plan("p")).await;
    let again = api.post_with_key("/api/v1/plans", "three", plan("p")).await;
    assert_eq!((refused.problem(), replayed(&again)), (again.problem(), true), "mistakes are repeated, too");
    assert_eq!(api.get("/api/v1/plans").await.body["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_key_means_one_request_of_one_token() {
    let api = Api::new();
    api.post_with_key("/api/v1/plans", "one", plan("p")).await;
    let reused = (422, "idempotency_key_reused", "Idempotency-Key");
    assert_eq!(api.post_with_key("/api/v1/plans", "one", plan("q")).await.problem(), reused);
    assert_eq!(api.post_with_key("/api/v1/accounts", "one", plan("p")).await.problem(), reused);
    let (_, bearer) = api.token("other", &["rates:write"]).await;
    let request = TestRequest::with_uri("/api/v1/plans").method(Method::POST).set_json(plan("q"));
    let request = request.insert_header(("Idempotency-Key", "one")).insert_header((header::AUTHORIZATION, bearer));
    assert_eq!(api.send(request).await.status, 201, "another token's key is another key");
}

#[actix_web::test]
async fn a_key_is_1_to_200_printable_characters() {
    let api = Api::new();
    for bad in ["", "\t", "a\tb", " a", &"x".repeat(201), "clé"] {
        let request = authorised(Method::POST, "/api/v1/plans").set_json(plan("p"));
        let answer = api.send(request.insert_header(("Idempotency-Key", bad))).await;
        assert_eq!(answer.problem(), (422, "invalid_field", "Idempotency-Key"), "{bad:?}");
    }
    let twice = authorised(Method::POST, "/api/v1/plans").set_json(plan("p"));
    let twice = twice.append_header(("Idempotency-Key", "a")).append_header(("Idempotency-Key", "b"));
    assert_eq!(api.send(twice).await.problem(), (422, "invalid_field", "Idempotency-Key"));
    assert_eq!(api.post_with_key("/api/v1/plans", &"x".repeat(200), plan("p")).await.status, 201);
}

#[actix_web::test]
async fn a_secret_is_not_kept_to_be_shown_again() {
    let api = Api::new();
    let token = json!({"name": "shop", "scopes": ["admin"]});
    assert!(api.post_with_key("/api/v1/tokens", "one", token.clone()).await.body["bearer"].is_string());
    let again = api.post_with_key("/api/v1/tokens", "one", token).await;
    assert_eq!((again.problem(), replayed(&again)), ((409, "secret_shown_once", ""), true));
}

#[actix_web::test]
async fn a_deck_with_a_key_is_taken_once() {
    let api = Api::new();
    api.post("/api/v1/plans", plan("p")).await;
    let mut csv = b"prefix,price_per_minute\n".to_vec();
    (1000..30_000).for_each(|prefix| csv.extend(format!("{prefix},0.01\n").bytes()));
    assert!(csv.len() > 256 * 1024, "larger than other bodies may be");
    let send = |csv: Vec<u8>| {
        let request =
            authorised(Method::POST, "/api/v1/decks?plan=p").insert_header((header::CONTENT_TYPE, "text/csv"));
        api.send(request.insert_header(("Idempotency-Key", "deck")).set_payload(csv))
    };
    let (first, second) = (send(csv.clone()).await, send(csv).await);
    assert_eq!((first.status, &first.body["id"], replayed(&second)), (201, &second.body["id"], true), "{first:?}");
    assert_eq!(send(vec![b'1'; LARGEST_DECK + 1]).await.problem(), (413, "body_too_large", ""));
}

#[actix_web::test]
async fn while_one_runs_another_waits_and_one_that_died_is_begun_again() {
    let api = Api::new();
    let asked = Asked { token: "t".into(), key: "k".into(), digest: "d".into() };
    let now = api.app.clock.now();
    let begin_at = |lease: &'static str, seconds: i64| {
        let asked = asked.clone();
        api.app.db.write(move |tx: &mut Tx| begin(tx, &asked, lease, now + TimeDelta::seconds(seconds)))
    };
    assert_eq!(begin_at("first", 0).await.unwrap(), Begun::Run);
    assert_eq!(begin_at("second", 59).await.unwrap(), Begun::InProgress);
    assert_eq!(begin_at("third", 60).await.unwrap(), Begun::Run);
    assert_eq!(begin_at("fourth", 61).await.unwrap(), Begun::InProgress, "the third's lease has only begun");
    let reply = |body: &str| Reply { status: 201, content_type: None, location: None, body: body.to_owned() };
    for (lease, body) in [("first", "late"), ("third", "mine")] {
        let (asked, reply) = (asked.clone(), reply(body));
        api.app.db.write(move |tx| finish(tx, &asked, lease, Some(&reply))).await.unwrap();
    }
    assert_eq!(begin_at("fifth", 62).await.unwrap(), Begun::Replay(reply("mine")), "whoever was too late says nothing");
    api.app.db.write(move |tx| forget_old(tx, now + TimeDelta::hours(24))).await.unwrap();
    assert_eq!(begin_at("sixth", 86_400).await.unwrap(), Begun::Replay(reply("mine")), "kept for a day");
    api.app.db.write(move |tx| forget_old(tx, now + TimeDelta::hours(26))).await.unwrap();
    assert_eq!(begin_at("seventh", 93_600).await.unwrap(), Begun::Run);
    let forgotten = asked.clone();
    api.app.db.write(move |tx| finish(tx, &forgotten, "seventh", None)).await.unwrap();
    assert_eq!(begin_at("eighth", 93_601).await.unwrap(), Begun::Run, "a fault of ours is not kept");
}

#[actix_web::test]
async fn while_a_request_runs_its_repeat_is_told_when_to_ask_again() {
    let api = Api::new();
    let body = plan("p").to_string();
    let digest = {
        use sha2::{Digest, Sha256};
        hex::encode(Sha256::digest(format!("POST /api/v1/plans\n{body}")))
    };
    let now = api.app.clock.now();
    let asked = Asked { token: "operator".into(), key: "k".into(), digest };
    api.app.db.write(move |tx| begin(tx, &asked, "elsewhere", now)).await.unwrap();
    let answer = api.post_with_key("/api/v1/plans", "k", plan("p")).await;
    assert_eq!(answer.problem(), (409, "in_progress", "Idempotency-Key"));
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
}
