//! The card processor's own pages, in front of a card processor that has none: checkout sessions are kept here, what is
//! done on them is done with payments and cards of the processor behind, and every other request goes on to that.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use talktime::clock::Clock;
use talktime::outbound::Outbound;
use talktime::wire;

use super::world::{CARDS_KEY, CARDS_WEBHOOK_SECRET};

#[derive(Clone)]
pub struct Hosted(Arc<Parts>);

struct Parts {
    base_url: String,
    behind: String,
    clock: Clock,
    outbound: Outbound,
    sessions: Mutex<BTreeMap<String, Value>>,
    /// Answers by key, as they were first given.
    answers: Mutex<BTreeMap<String, (String, Value)>>,
    /// Requests that fail after they were done, by a part of their method and path.
    lost: Mutex<Vec<String>>,
    handle: Mutex<Option<ServerHandle>>,
}

impl Hosted {
    pub fn start(listener: TcpListener, behind: String, clock: Clock) -> Self {
        let base_url = format!("http://{}", listener.local_addr().expect("an address"));
        let outbound = Outbound::new(clock.clone()).expect("the network can be used");
        let hosted = Self(Arc::new(Parts {
            base_url,
            behind,
            clock,
            outbound,
            sessions: Mutex::default(),
            answers: Mutex::default(),
            lost: Mutex::default(),
            handle: Mutex::default(),
        }));
        let shared = hosted.clone();
        let server =
            HttpServer::new(move || App::new().app_data(Data::new(shared.clone())).default_service(web::to(receive)));
        let server = server.workers(1).disable_signals().listen(listener).expect("it listens").run();
        *hosted.0.handle.lock().unwrap() = Some(server.handle());
        tokio::spawn(server);
        hosted
    }

    pub async fn stop(&self) {
        let handle = self.0.handle.lock().unwrap().take();
        if let Some(handle) = handle {
            handle.stop(false).await;
        }
    }

    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// The next request of this kind is carried out and not answered.
    pub fn lose(&self, matching: &str, times: usize) {
        self.0.lost.lock().unwrap().extend(vec![matching.to_owned(); times]);
    }

    pub fn sessions(&self) -> Vec<Value> {
        self.0.sessions.lock().unwrap().values().cloned().collect()
    }

    /// The customer types this card on the page at `url` and is done there.
    pub async fn pay(&self, url: &str, card: &str) {
        let id = url.rsplit('/').next().expect("a page has an id").to_owned();
        let session = self.0.sessions.lock().unwrap()[&id].clone();
        assert_eq!(self.now_of(&session)["status"], "open", "nobody can use a closed page");
        let customer = session["customer"].as_str().expect("a customer").to_owned();
        let kept = session["mode"] == "setup" || session["kept"] == true;
        let mut method = card.to_owned();
        if kept {
            let attached = self.ask(&format!("payment_methods/{card}/attach"), &[("customer", &customer)]).await;
            method = attached["id"].as_str().expect("a card has an id").to_owned();
        }
        let details = json!({"id": method, "type": "card", "customer": customer,
            "card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034}});
        let mut done = session.clone();
        done["status"] = "complete".into();
        done["url"] = Value::Null;
        if session["mode"] == "setup" {
            done["payment_status"] = "no_payment_required".into();
            done["setup_intent"] = json!({"id": "seti_1", "status": "succeeded", "payment_method": details});
        } else {
            let amount = session["amount_total"].to_string();
            let checkout = session["metadata"]["checkout"].as_str().unwrap_or_default().to_owned();
            let fields = [
                ("amount", amount.as_str()),
                ("currency", "usd"),
                ("customer", &customer),
                ("payment_method", &method),
                ("confirm", "true"),
                ("metadata[checkout]", &checkout),
            ];
            let mut intent = self.ask("payment_intents", &fields).await;
            assert_eq!(intent["status"], "succeeded", "{intent}");
            intent["payment_method"] = details;
            done["payment_status"] = "paid".into();
            done["payment_intent"] = intent;
        }
        self.0.sessions.lock().unwrap().insert(id, done);
    }

    /// The processor's own message about the page at `url`.
    pub async fn report(&self, url: &str, kind: &str, to: &str) -> u16 {
        let id = url.rsplit('/').next().expect("a page has an id");
        let mut session = self.0.sessions.lock().unwrap()[id].clone();
        for named in ["payment_intent", "setup_intent"] {
            session[named] = session[named]["id"].clone();
        }
        let event =
            json!({"id": talktime::ids::new("evt"), "type": kind, "livemode": false, "data": {"object": session}});
        let (body, at) = (event.to_string(), self.0.clock.now().timestamp());
        let mut mac = Hmac::<Sha256>::new_from_slice(CARDS_WEBHOOK_SECRET.as_bytes()).expect("any key will do");
        mac.update(format!("{at}.{body}").as_bytes());
        let signature = format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()));
        let headers = vec![("content-type", "application/json".to_owned()), ("stripe-signature", signature)];
        let request = wire::HttpRequest { method: wire::Method::Post, url: to.to_owned(), headers, body };
        match self.0.outbound.send(&request).await {
            wire::HttpResponse::Answered { status, .. } => status,
            other => panic!("{other:?}"),
        }
    }

    async fn ask(&self, path: &str, fields: &[(&str, &str)]) -> Value {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let (_, answer) = self.behind(wire::Method::Post, &format!("/v1/{path}"), None, body).await;
        serde_json::from_slice(&answer).expect("JSON")
    }

    async fn behind(&self, method: wire::Method, path: &str, key: Option<String>, body: String) -> (u16, Vec<u8>) {
        let mut headers = vec![
            ("authorization", format!("Bearer {CARDS_KEY}")),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        let request = wire::HttpRequest { method, url: format!("{}{path}", self.0.behind), headers, body };
        match self.0.outbound.send(&request).await {
            wire::HttpResponse::Answered { status, body, .. } => (status, body),
            wire::HttpResponse::NotSent(_) | wire::HttpResponse::Lost(_) => (500, vec![]),
        }
    }

    fn open(&self, body: &str) -> Value {
        let fields: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let text = |name: &str| fields.get(name).cloned();
        let amount = text("line_items[0][price_data][unit_amount]").and_then(|amount| amount.parse::<i64>().ok());
        let id = talktime::ids::new("cs_test");
        let session = json!({
            "id": id, "object": "checkout.session", "livemode": false, "mode": text("mode"), "status": "open",
            "payment_status": "unpaid", "amount_total": amount, "currency": "usd", "customer": text("customer"),
            "client_reference_id": text("client_reference_id"),
            "metadata": {"checkout": text("metadata[checkout]"), "wallet": text("metadata[wallet]")},
            "expires_at": text("expires_at").and_then(|at| at.parse::<i64>().ok()),
            "kept": fields.contains_key("payment_intent_data[setup_future_usage]"),
            "payment_intent": null, "setup_intent": null, "url": format!("{}/pay/{id}", self.0.base_url),
        });
        self.0.sessions.lock().unwrap().insert(id, session.clone());
        session
    }

    /// The session as it is now: a page that nobody used expires.
    fn now_of(&self, session: &Value) -> Value {
        let mut session = session.clone();
        let over = session["expires_at"].as_i64().is_some_and(|at| at <= self.0.clock.now().timestamp());
        if session["status"] == "open" && over {
            session["status"] = "expired".into();
            session["url"] = Value::Null;
        }
        session
    }

    fn session(&self, id: &str) -> Option<Value> {
        let session = self.0.sessions.lock().unwrap().get(id).cloned();
        session.map(|session| self.now_of(&session))
    }

    fn once(&self, key: &str, body: &str, first: impl FnOnce() -> Value) -> HttpResponse {
        let known = self.0.answers.lock().unwrap().get(key).cloned();
        match known {
            Some((same, answer)) if same == body => HttpResponse::Ok().json(answer),
            Some(_) => HttpResponse::BadRequest().json(json!({"error": {"type": "idempotency_error"}})),
            None => {
                let answer = first();
                self.0.answers.lock().unwrap().insert(key.to_owned(), (body.to_owned(), answer.clone()));
                HttpResponse::Ok().json(answer)
            }
        }
    }

    fn is_lost(&self, request: &str) -> bool {
        let mut lost = self.0.lost.lock().unwrap();
        let place = lost.iter().position(|matching| request.contains(matching.as_str()));
        place.map(|place| lost.remove(place)).is_some()
    }
}

async fn receive(hosted: Data<Hosted>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let _busy = hosted.0.clock.busy();
    let key = request.headers().get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let (path, body) = (request.path().to_owned(), String::from_utf8(body.to_vec()).expect("forms are text"));
    let steps: BTreeSet<&str> = path.split('/').collect();
    let id = path.split('/').nth(4).unwrap_or_default();
    let answer = if !steps.contains("sessions") {
        let method = if request.method() == "GET" { wire::Method::Get } else { wire::Method::Post };
        let (status, answer) = hosted.behind(method, &request.uri().to_string(), key, body).await;
        HttpResponse::build(status.try_into().expect("a status")).content_type("application/json").body(answer)
    } else if path == "/v1/checkout/sessions" {
        hosted.once(&key.expect("whatever is made carries a key"), &body, || hosted.open(&body))
    } else if path.ends_with("/expire") {
        match hosted.session(id) {
            Some(mut session) if session["status"] == "open" => {
                session["status"] = "expired".into();
                hosted.0.sessions.lock().unwrap().insert(id.to_owned(), session.clone());
                HttpResponse::Ok().json(session)
            }
            Some(_) | None => HttpResponse::BadRequest().json(json!({"error": {"type": "invalid_request_error"}})),
        }
    } else {
        match hosted.session(id) {
            Some(session) => HttpResponse::Ok().json(session),
            None => HttpResponse::NotFound().json(json!({"error": {"code": "resource_missing"}})),
        }
    };
    if hosted.is_lost(&format!("{} {path}", request.method())) {
        return HttpResponse::InternalServerError().finish();
    }
    answer
}
