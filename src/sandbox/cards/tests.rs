//! What an application sees over HTTP: keys replay, lost answers hide real charges, webhooks come signed. Checkout
//! sessions have `checkout_tests.rs`, their page `hosted_tests.rs`, what comes after a payment `after_tests.rs`.

use std::net::TcpListener;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::*;
use crate::clock::Busy;

const SECRET: &str = "whsec_of_the_tests";

pub(super) struct World {
    pub cards: Cards,
    pub client: reqwest::Client,
    pub clock: Clock,
    /// Given up where a test lets time pass.
    busy: Option<Busy>,
    hooks: UnboundedReceiver<(String, String)>,
}

pub(super) struct Answer {
    pub status: u16,
    pub replayed: bool,
    pub json: Value,
}

/// A processor that tells its webhooks to a receiver that takes all, save the first `refused`.
pub(super) async fn world(refused: usize) -> World {
    let (clock, busy) = Clock::stepped(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
    let (told, hooks) = unbounded_channel();
    let url = receiver(told, refused);
    let settings =
        CardsSettings { secret_key: "sk_test_1".to_owned(), webhook_url: Some(url), webhook_secret: SECRET.to_owned() };
    let cards = start(TcpListener::bind("127.0.0.1:0").unwrap(), settings, clock.clone()).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    World { cards, client, clock, busy: Some(busy), hooks }
}

fn receiver(told: UnboundedSender<(String, String)>, refused: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let left = Data::new(std::sync::atomic::AtomicUsize::new(refused));
    let server = HttpServer::new(move || {
        App::new().app_data(Data::new(told.clone())).app_data(left.clone()).default_service(web::to(hook))
    });
    tokio::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
    url
}

async fn hook(
    request: HttpRequest,
    body: Bytes,
    told: Data<UnboundedSender<(String, String)>>,
    left: Data<std::sync::atomic::AtomicUsize>,
) -> HttpResponse {
    let relaxed = std::sync::atomic::Ordering::Relaxed;
    if left.fetch_update(relaxed, relaxed, |left| left.checked_sub(1)).is_ok() {
        return HttpResponse::ServiceUnavailable().finish();
    }
    let signature = request.headers().get("stripe-signature").unwrap().to_str().unwrap().to_owned();
    let _ = told.send((signature, String::from_utf8(body.to_vec()).unwrap()));
    HttpResponse::Ok().finish()
}

impl World {
    /// `None` if no answer could be read.
    pub(super) async fn post(&self, path: &str, key: &str, body: &str) -> Option<Answer> {
        let request = self
            .client
            .post(format!("{}/v1/{path}", self.cards.base_url()))
            .header("authorization", "Bearer sk_test_1")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("idempotency-key", key)
            .body(body.to_owned());
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let replayed = answer.headers().get("idempotent-replayed").is_some_and(|it| it == "true");
        Some(Answer { status, replayed, json: serde_json::from_str(&answer.text().await.ok()?).unwrap() })
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let url = format!("{}/v1/{path}", self.cards.base_url());
        let answer = self.client.get(url).basic_auth("sk_test_1", None::<&str>).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    /// The path that confirms a fresh intent over 5.00 with the card.
    pub(super) async fn intent(&self, card: &str) -> String {
        let body = format!("amount=500&currency=usd&payment_method={card}&metadata[attempt]=pay_1");
        let created = self.post("payment_intents", "create", &body).await.unwrap();
        assert_eq!((created.status, created.json["status"].as_str()), (200, Some("requires_confirmation")));
        format!("payment_intents/{}/confirm", created.json["id"].as_str().unwrap())
    }

    pub(super) fn fault(&self, matching: &str, kind: FaultKind) {
        self.cards.fault(Fault { matching: matching.to_owned(), kind, times: 1 });
    }

    /// The next event of this kind, with whether its signature is right.
    pub(super) async fn event(&mut self, kind: &str) -> (Value, bool) {
        self.busy = None;
        loop {
            let (header, body) = self.hooks.recv().await.unwrap();
            let event: Value = serde_json::from_str(&body).unwrap();
            if event["type"] == kind {
                return (event, genuine(&header, &body));
            }
        }
    }

    /// The objects of the next events of these kinds, in the order asked for. All that comes meanwhile is signed.
    pub(super) async fn objects<const N: usize>(&mut self, kinds: [&str; N]) -> [Value; N] {
        self.busy = None;
        let mut objects = [const { Value::Null }; N];
        while objects.iter().any(Value::is_null) {
            let (header, body) = self.hooks.recv().await.unwrap();
            assert!(genuine(&header, &body));
            let mut event: Value = serde_json::from_str(&body).unwrap();
            if let Some(place) = kinds.iter().position(|kind| event["type"] == **kind) {
                objects[place] = event["data"]["object"].take();
            }
        }
        objects
    }
}

fn genuine(header: &str, body: &str) -> bool {
    let (t, v1) = header.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{t}.{body}").as_bytes());
    mac.verify_slice(&hex::decode(v1).unwrap()).is_ok()
}

#[actix_web::test]
async fn a_key_charges_once_and_replays_the_first_answer() {
    let world = world(0).await;
    let confirm = world.intent("pm_card_visa").await;
    let first = world.post(&confirm, "k", "off_session=true").await.unwrap();
    let again = world.post(&confirm, "k", "off_session=true").await.unwrap();
    assert_eq!((first.status, first.replayed, again.status, again.replayed), (200, false, 200, true));
    assert_eq!(first.json, again.json);
    assert_eq!(world.post(&confirm, "k", "").await.unwrap().json["error"]["type"], "idempotency_error");
    let [charge] = &world.cards.charges()[..] else { panic!("{:?}", world.cards.charges()) };
    assert_eq!((charge.amount, charge.currency.as_str(), charge.metadata["attempt"].as_str()), (500, "usd", "pay_1"));
    assert_eq!(charge.at, world.clock.now());
}

#[actix_web::test]
async fn a_decline_is_kept_under_its_key() {
    let world = world(0).await;
    let confirm = world.intent("pm_card_visa_chargeDeclinedInsufficientFunds").await;
    let declined = world.post(&confirm, "k", "off_session=true").await.unwrap();
    assert_eq!((declined.status, &declined.json["error"]["decline_code"]), (402, &"insufficient_funds".into()));
    let again = world.post(&confirm, "k", "off_session=true").await.unwrap();
    assert_eq!((again.status, again.replayed), (402, true));
}

#[actix_web::test]
async fn a_lost_answer_hides_a_charge_that_its_key_still_tells() {
    let world = world(0).await;
    let confirm = world.intent("pm_card_visa").await;
    world.fault("/confirm", FaultKind::LostAfter);
    assert!(world.post(&confirm, "k", "").await.is_none());
    assert_eq!(world.cards.charges().len(), 1);
    let again = world.post(&confirm, "k", "").await.unwrap();
    assert_eq!((again.status, again.replayed, &again.json["status"]), (200, true, &"succeeded".into()));
    assert_eq!(world.cards.charges().len(), 1);
    let statuses: Vec<u16> = world.cards.requests().iter().map(|(_, _, status)| *status).collect();
    assert_eq!(statuses, [200, 0, 200]);
}

#[actix_web::test]
async fn a_lost_request_was_never_done() {
    let world = world(0).await;
    let confirm = world.intent("pm_card_visa").await;
    world.fault("/confirm", FaultKind::LostBefore);
    assert!(world.post(&confirm, "k", "").await.is_none());
    assert_eq!(world.cards.charges(), []);
    assert!(!world.post(&confirm, "k", "").await.unwrap().replayed);
    assert_eq!(world.cards.charges().len(), 1);
}

#[actix_web::test]
async fn an_error_after_the_charge_is_replayed_while_reading_tells_the_truth() {
    let world = world(0).await;
    let confirm = world.intent("pm_card_visa").await;
    world.fault("/confirm", FaultKind::Error500After);
    assert_eq!(world.post(&confirm, "k", "").await.unwrap().status, 500);
    let again = world.post(&confirm, "k", "").await.unwrap();
    assert_eq!((again.status, again.replayed), (500, true));
    assert_eq!(world.cards.charges().len(), 1);
    let path = confirm.replace("/confirm", "?expand[0]=latest_charge");
    let read = world.get(&path).await;
    assert_eq!((&read["status"], &read["latest_charge"]["object"]), (&"succeeded".into(), &"charge".into()));
}

#[actix_web::test]
async fn an_error_before_the_charge_is_kept_too() {
    let world = world(0).await;
    let confirm = world.intent("pm_card_visa").await;
    world.fault("/confirm", FaultKind::Error500Before);
    for replayed in [false, true] {
        let answer = world.post(&confirm, "k", "").await.unwrap();
        assert_eq!((answer.status, answer.replayed), (500, replayed));
    }
    assert_eq!(world.cards.charges(), []);
}

#[actix_web::test]
async fn what_was_not_done_leaves_its_key_free() {
    let world = world(0).await;
    let confirm = world.intent("pm_card_visa").await;
    for (kind, status) in [(FaultKind::Conflict409, 409), (FaultKind::TooMany429, 429)] {
        world.fault("/confirm", kind);
        assert_eq!(world.post(&confirm, "k", "").await.unwrap().status, status);
    }
    for (wrong, code) in [("nonsense=1", "parameter_unknown"), ("off_session=perhaps", "")] {
        let refused = world.post(&confirm, "k", wrong).await.unwrap();
        assert_eq!((refused.status, refused.json["error"]["code"].as_str().unwrap_or_default()), (400, code));
    }
    assert_eq!(world.post(&confirm, "k", "").await.unwrap().status, 200);
    assert_eq!(world.cards.charges().len(), 1);
}

#[actix_web::test]
async fn wrong_requests_are_refused_in_stripes_words() {
    let world = world(0).await;
    for (path, body, status, code) in [
        ("payment_intents", "currency=usd", 400, "parameter_missing"),
        ("payment_intents", "amount=49&currency=usd", 400, "amount_too_small"),
        ("payment_intents", "amount=50.0&currency=usd", 400, "parameter_invalid_integer"),
        ("payment_intents", "amount=50&currency=usd&payment_method_types[]=card", 400, "parameter_unknown"),
        ("payment_intents", "amount=50&currency=usd&customer=cus_nobody", 404, "resource_missing"),
        ("payment_intents/pi_none/cancel", "", 404, "resource_missing"),
    ] {
        let refused = world.post(path, "k", body).await.unwrap();
        assert_eq!((refused.status, &refused.json["error"]["code"]), (status, &code.into()), "{body}");
    }
    let url = format!("{}/v1/customers", world.cards.base_url());
    assert_eq!(world.client.get(url).bearer_auth("sk_wrong").send().await.unwrap().status().as_u16(), 401);
}

#[actix_web::test]
async fn payments_are_listed_newest_first_by_customer_and_time() {
    let world = world(0).await;
    let customer = world.post("customers", "c", "name=A").await.unwrap().json["id"].as_str().unwrap().to_owned();
    let mut ids = Vec::new();
    for key in ["1", "2", "3"] {
        let body = format!("amount=500&currency=usd&customer={customer}");
        ids.push(world.post("payment_intents", key, &body).await.unwrap().json["id"].clone());
    }
    world.post("payment_intents", "4", "amount=500&currency=usd").await.unwrap();
    let page = world.get(&format!("payment_intents?customer={customer}&limit=2&created[gte]=1700000000")).await;
    assert_eq!((&page["data"][0]["id"], &page["data"][1]["id"], &page["has_more"]), (&ids[2], &ids[1], &true.into()));
    let after = ids[1].as_str().unwrap();
    let rest = world.get(&format!("payment_intents?customer={customer}&starting_after={after}")).await;
    assert_eq!((&rest["data"][0]["id"], &rest["has_more"]), (&ids[0], &false.into()));
    assert_eq!(world.get("payment_intents?created[gt]=1700000000").await["data"], Value::Array(Vec::new()));
}

#[actix_web::test]
async fn a_webhook_comes_signed_and_names_its_request() {
    let mut world = world(0).await;
    let confirm = world.intent("pm_card_visa").await;
    world.post(&confirm, "k", "").await.unwrap();
    let (event, genuine) = world.event("payment_intent.succeeded").await;
    assert!(genuine);
    assert_eq!((&event["object"], &event["livemode"]), (&"event".into(), &false.into()));
    assert_eq!((&event["request"]["idempotency_key"], event["created"].as_i64()), (&"k".into(), Some(1_700_000_000)));
    assert_eq!(event["data"]["object"]["metadata"]["attempt"], "pay_1");
}

#[actix_web::test]
async fn a_webhook_that_is_not_taken_comes_again() {
    // Three events come of the intent: each is refused once.
    let mut world = world(3).await;
    let confirm = world.intent("pm_card_visa").await;
    world.post(&confirm, "k", "").await.unwrap();
    let (_, genuine) = world.event("payment_intent.succeeded").await;
    assert!(genuine && world.clock.now() >= DateTime::from_timestamp(1_700_000_006, 0).unwrap());
}

#[actix_web::test]
async fn webhooks_can_be_doubled_delayed_and_forged() {
    for (kind, signatures, after) in [
        (FaultKind::DuplicateWebhook, vec![true, true], 1),
        (FaultKind::DelayWebhook { seconds: 600 }, vec![true], 601),
        (FaultKind::ForgeWebhook, vec![false, true], 1),
    ] {
        let mut world = world(0).await;
        let confirm = world.intent("pm_card_visa").await;
        world.fault("payment_intent.succeeded", kind);
        world.post(&confirm, "k", "").await.unwrap();
        for expected in signatures {
            assert_eq!(world.event("payment_intent.succeeded").await.1, expected, "{kind:?}");
        }
        assert!(world.clock.now() >= DateTime::from_timestamp(1_700_000_000, 0).unwrap() + TimeDelta::seconds(after));
    }
}

#[actix_web::test]
async fn a_processing_card_tells_its_outcome_later() {
    let mut world = world(0).await;
    let confirm = world.intent("pm_card_processing_succeeds").await;
    assert_eq!(world.post(&confirm, "k", "").await.unwrap().json["status"], "processing");
    assert_eq!(world.cards.charges(), []);
    world.event("payment_intent.succeeded").await;
    assert_eq!(world.cards.charges().len(), 1);
}

#[actix_web::test]
async fn the_page_and_the_control_are_there_for_people_and_other_programs() {
    let world = world(0).await;
    let confirm = world.intent("pm_card_visa").await;
    let base = world.cards.base_url();
    let fault = r#"{"matching": "/confirm", "kind": "too_many429"}"#;
    let sent = world.client.post(format!("{base}/_sandbox/faults")).header("content-type", "application/json");
    assert_eq!(sent.body(fault).send().await.unwrap().status().as_u16(), 204);
    assert_eq!(world.post(&confirm, "k", "").await.unwrap().status, 429);
    let page = world.client.get(&base).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("requires_confirmation") && page.contains("pm_card_chargeCustomerFail"));
    world.cards.stop().await;
    assert!(world.post(&confirm, "k", "").await.is_none() && world.cards.charges().is_empty());
}
