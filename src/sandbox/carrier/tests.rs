//! The carrier over HTTP on a stepped clock, with a small customer who answers its documents.

mod queues;
mod recordings;

mod phones;

use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::signature::sign;
use super::*;

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

#[derive(Debug, Clone)]
struct Asked {
    at: DateTime<Utc>,
    path: String,
    form: Vec<(String, String)>,
    signature: String,
    token: String,
}

/// An application that sends every leg into one conference for 60 seconds and speaks a notice afterwards.
struct Customer {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Customer {
    fn open(clock: &Clock) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared = web::Data::new((clock.clone(), Arc::clone(&asked)));
        let server = HttpServer::new(move || App::new().app_data(shared.clone()).default_service(web::to(answer)))
            .workers(1)
            .disable_signals()
            .listen(listener)
            .unwrap();
        tokio::spawn(server.run());
        Self { url, asked }
    }

    fn asked(&self, path: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|one| one.path == path).cloned().collect()
    }
}

async fn answer(
    request: HttpRequest,
    form: web::Form<Vec<(String, String)>>,
    shared: web::Data<(Clock, Arc<Mutex<Vec<Asked>>>)>,
) -> HttpResponse {
    let signature = request.headers().get("X-Twilio-Signature").unwrap().to_str().unwrap().to_owned();
    let token = request.headers().get("I-Twilio-Idempotency-Token").unwrap().to_str().unwrap().to_owned();
    let path = request.path().to_owned();
    let status = if path == "/fails" { 500 } else { 200 };
    let twiml = match path.as_str() {
        "/room" => {
            "<Response><Dial timeLimit='60' action='/action'><Conference statusCallback='/events' \
             statusCallbackEvent='start end join leave'>r1</Conference></Dial></Response>"
        }
        "/menu" => "<Response><Gather timeout='30' action='/digits'><Say>press</Say></Gather></Response>",
        "/action" => "<Response><Say>your time is over</Say><Hangup/></Response>",
        _ => "<Response/>",
    };
    shared.1.lock().unwrap().push(Asked { at: shared.0.now(), path, form: form.into_inner(), signature, token });
    HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap()).content_type("text/xml").body(twiml)
}

struct Api {
    client: reqwest::Client,
    base: String,
}

impl Api {
    fn of(carrier: &Carrier) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { client, base: format!("{}/2010-04-01/Accounts/{ACCOUNT}", carrier.base_url()) }
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<(u16, Value), reqwest::Error> {
        let body = serde_urlencoded::to_string(form).unwrap();
        let request = self.client.post(format!("{}{path}", self.base)).basic_auth(ACCOUNT, Some(TOKEN)).body(body);
        read(request).await
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        read(self.client.get(format!("{}{path}", self.base)).basic_auth(ACCOUNT, Some(TOKEN))).await.unwrap()
    }
}

async fn read(request: reqwest::RequestBuilder) -> Result<(u16, Value), reqwest::Error> {
    let response = request.header("Content-Type", "application/x-www-form-urlencoded").send().await?;
    let status = response.status().as_u16();
    Ok((status, serde_json::from_slice(&response.bytes().await?).unwrap_or(Value::Null)))
}

async fn open(clock: &Clock) -> (Carrier, Api) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let carrier = start(listener, CarrierSettings::new(ACCOUNT, TOKEN), clock.clone()).await.unwrap();
    let api = Api::of(&carrier);
    (carrier, api)
}

fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn two_legs_meet_and_leave_at_the_exact_second_of_their_limit() {
    let (clock, busy) = Clock::stepped(noon());
    let customer = Customer::open(&clock);
    let (carrier, api) = open(&clock).await;
    let room = format!("{}/room", customer.url);
    for to in ["+15005550101", "+15005550102"] {
        let form = [("To", to), ("From", "+15005550100"), ("Url", room.as_str())];
        let (status, call) = api.post("/Calls.json", &form).await.unwrap();
        assert_eq!((status, call["status"].as_str()), (201, Some("queued")));
    }
    let alarm = clock.sleep_until(noon() + TimeDelta::seconds(30));
    drop(busy);
    let busy = alarm.await;
    let (_, list) = api.get("/Calls.json?Status=in-progress&To=%2B15005550102").await;
    assert_eq!(list["calls"].as_array().unwrap().len(), 1);
    assert_eq!(carrier.calls()[0].still_allows, Some(31));
    let alarm = clock.sleep_until(noon() + TimeDelta::seconds(120));
    drop(busy);
    let _busy = alarm.await;

    let limit = noon() + TimeDelta::seconds(61);
    assert_eq!(
        customer.asked("/room").iter().map(|one| one.at).collect::<Vec<_>>(),
        [noon() + TimeDelta::seconds(1); 2]
    );
    assert_eq!(customer.asked("/action").iter().map(|one| one.at).collect::<Vec<_>>(), [limit; 2]);
    let leaves = customer
        .asked("/events")
        .into_iter()
        .filter(|one| one.form.contains(&("StatusCallbackEvent".to_owned(), "participant-leave".to_owned())));
    assert_eq!(leaves.map(|one| one.at).collect::<Vec<_>>(), [limit; 2]);
    for one in customer.asked.lock().unwrap().iter() {
        assert_eq!(one.signature, sign(TOKEN, &format!("{}{}", customer.url, one.path), &one.form));
    }
    for call in carrier.calls() {
        assert!(call.heard.iter().any(|heard| heard.at == limit && heard.line == "Say: your time is over"));
        assert_eq!(call.duration, Some(62), "sixty seconds and two of notice");
    }
    carrier.stop().await;
}

#[tokio::test]
async fn strangers_wrong_turns_and_large_pages_are_refused_in_the_carriers_words() {
    let (clock, _busy) = Clock::stepped(noon());
    let (carrier, api) = open(&clock).await;
    let stranger = read(api.client.get(format!("{}/Calls.json", api.base))).await.unwrap();
    assert_eq!((stranger.0, stranger.1["code"].as_u64()), (401, Some(20003)));
    let (status, body) = api.get("/Calls/CA00000000000000000000000000000009.json").await;
    assert_eq!((status, body["code"].as_u64()), (404, Some(20404)));
    assert!(body["message"].as_str().unwrap().contains("/2010-04-01/Accounts/AC"));
    assert_eq!(api.get("/Calls.json?PageSize=1001").await.1["code"], 20007);
    let bad = api.post("/Calls.json", &[("To", "12"), ("From", "+15005550100"), ("Url", "http://a.test/")]).await;
    assert_eq!(bad.unwrap().1["code"], 21211);
    carrier.stop().await;
}

#[tokio::test]
async fn a_lost_reply_leaves_it_open_whether_the_call_was_made() {
    let (clock, _busy) = Clock::stepped(noon());
    let (carrier, api) = open(&clock).await;
    let form = [("To", "+15005550101"), ("From", "+15005550100"), ("Twiml", "<Response><Pause/></Response>")];
    carrier.add_fault(Fault::next(FaultKind::LostBefore, "POST", "/Calls.json"));
    assert!(api.post("/Calls.json", &form).await.is_err());
    assert!(carrier.calls().is_empty());
    carrier.add_fault(Fault::next(FaultKind::LostAfter, "POST", "/Calls.json"));
    assert!(api.post("/Calls.json", &form).await.is_err());
    assert_eq!(carrier.calls().len(), 1);
    carrier.add_fault(Fault::next(FaultKind::TooManyRequests, "POST", ""));
    assert_eq!(api.post("/Calls.json", &form).await.unwrap().1["code"], 20429);
    assert_eq!(carrier.records().iter().map(|one| one.status).collect::<Vec<_>>(), [None, None, Some(429)]);
    carrier.stop().await;
}

#[tokio::test]
async fn webhooks_can_come_twice_late_never_and_badly_signed() {
    let (clock, busy) = Clock::stepped(noon());
    let customer = Customer::open(&clock);
    let (carrier, api) = open(&clock).await;
    let address = |name: &str| format!("{}/{name}", customer.url);
    let kinds = [FaultKind::WebhookTwice, FaultKind::WebhookLate, FaultKind::WebhookLost, FaultKind::WrongSignature];
    for (kind, name) in kinds.into_iter().zip(["twice", "late", "lost", "forged"]) {
        carrier.add_fault(Fault::next(kind, "", name));
        let url = address(name);
        let form =
            [("To", "+15005550002"), ("From", "+15005550100"), ("Url", "http://a.test/"), ("StatusCallback", &url)];
        api.post("/Calls.json", &form).await.unwrap();
    }
    let alarm = clock.sleep_until(noon() + TimeDelta::seconds(60));
    drop(busy);
    let _busy = alarm.await;
    assert_eq!(customer.asked("/twice").len(), 2);
    assert_eq!(customer.asked("/late")[0].at, noon() + TimeDelta::seconds(6));
    assert!(customer.asked("/lost").is_empty());
    let forged = &customer.asked("/forged")[0];
    assert_ne!(forged.signature, sign(TOKEN, &address("forged"), &forged.form));
    carrier.stop().await;
}

#[tokio::test]
async fn the_phones_page_lets_a_person_answer_and_hang_up() {
    let (clock, busy) = Clock::stepped(noon());
    let (carrier, api) = open(&clock).await;
    let twiml = "<Response><Say>hello &amp; welcome</Say><Pause length='100'/></Response>";
    let form = [("To", "+15005559999"), ("From", "+15005550100"), ("Twiml", twiml)];
    let (_, call) = api.post("/Calls.json", &form).await.unwrap();
    let sid = call["sid"].as_str().unwrap().to_owned();
    let alarm = clock.sleep_until(noon() + TimeDelta::seconds(10));
    drop(busy);
    let busy = alarm.await;
    let press = |deed: &str| api.client.post(format!("{}/phones/{sid}/{deed}", carrier.base_url())).send();
    let page = press("answer").await.unwrap().text().await.unwrap();
    assert!(page.contains("Say: hello &amp; welcome") && page.contains("in-progress"), "{page}");
    let alarm = clock.sleep_until(noon() + TimeDelta::seconds(20));
    drop(busy);
    let _busy = alarm.await;
    let page = press("hangup").await.unwrap().text().await.unwrap();
    assert!(page.contains("completed"));
    assert_eq!(carrier.call(&sid).unwrap().duration, Some(10));
    carrier.stop().await;
}

#[tokio::test]
async fn webhooks_are_retried_as_their_address_asks_under_one_token() {
    let (clock, busy) = Clock::stepped(noon());
    let customer = Customer::open(&clock);
    let (carrier, api) = open(&clock).await;
    let nobody = "http://127.0.0.1:9/nobody".to_owned();
    let address = |fragment: &str| format!("{}/fails{fragment}", customer.url);
    for callback in [address("#rc=2&rp=5xx,ct"), address(""), nobody.clone()] {
        let form = [
            ("To", "+15005550002"),
            ("From", "+15005550100"),
            ("Url", "http://a.test/"),
            ("StatusCallback", &callback),
        ];
        api.post("/Calls.json", &form).await.unwrap();
    }
    let alarm = clock.sleep_until(noon() + TimeDelta::seconds(60));
    drop(busy);
    let _busy = alarm.await;
    let asked = customer.asked("/fails");
    assert_eq!(asked.len(), 4, "three times where it was asked for, once where not");
    let tokens: std::collections::HashSet<_> = asked.iter().map(|one| &one.token).collect();
    assert_eq!(tokens.len(), 2);
    assert!(asked.iter().all(|one| one.signature == sign(TOKEN, &address(""), &one.form)));
    let refused: Vec<_> = carrier.webhooks().into_iter().filter(|one| one.url == nobody).collect();
    assert_eq!(refused.len(), 2, "a connection that fails is tried once more");
    assert!(refused.iter().all(|one| one.reply.is_err()));
    carrier.stop().await;
}

#[tokio::test]
async fn the_sandboxs_own_addresses_show_and_steer_the_carrier() {
    let (clock, busy) = Clock::stepped(noon());
    let (carrier, api) = open(&clock).await;
    let at = |path: &str| format!("{}/_sandbox{path}", carrier.base_url());
    let fault = r#"{"seed": 7, "faults": [{"kind": "server-error", "method": "GET", "path": "/Conferences"}]}"#;
    let added = api.client.post(at("/faults")).body(fault).send().await.unwrap();
    assert_eq!(added.status().as_u16(), 201);
    assert_eq!(api.get("/Conferences.json").await.0, 500);
    assert_eq!(api.get("/Conferences.json").await.0, 200, "it was for the next request only");
    let twiml = "<Response><Dial timeLimit='90'><Conference>r1</Conference></Dial></Response>";
    let form = [("To", "+15005559999"), ("From", "+15005550100"), ("Twiml", twiml)];
    let (_, call) = api.post("/Calls.json", &form).await.unwrap();
    let sid = call["sid"].as_str().unwrap().to_owned();
    let alarm = clock.sleep_until(noon() + TimeDelta::seconds(10));
    drop(busy);
    let _busy = alarm.await;
    let answered = read(api.client.post(at(&format!("/calls/{sid}/answer")))).await.unwrap();
    assert_eq!((answered.0, answered.1["still_allows"].as_i64()), (200, Some(90)));
    let ended = read(api.client.post(at(&format!("/calls/{sid}/hangup")))).await.unwrap();
    assert_eq!(ended.1["status"], "completed");
    assert_eq!(read(api.client.get(at("/calls"))).await.unwrap().1.as_array().unwrap().len(), 1);
    assert_eq!(read(api.client.get(at("/requests"))).await.unwrap().1[0]["status"], 500);
    carrier.stop().await;
}
