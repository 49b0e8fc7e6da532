//! The API as a program meets it: what each resource answers, and how each mistake is named.

mod access;
mod adding;
mod announcements;
mod bots;
mod call_links;
mod caps;
mod checkouts;
mod described;
mod keys;
mod machines;
mod management;
mod markups;
mod mistakes;
mod payments;
mod resources;
mod rooms;
mod tokens;
mod vouchers;

use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::test::{TestRequest, init_service, read_body};
use actix_web::{App as Server, web};
use chrono::DateTime;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::app::App;
use crate::clock::{Busy, Clock};
use crate::config::{Config, Settings};
use crate::flows::FlowError;
use crate::flows::save_card::{Saved, SavedCard, save_card};
use crate::storage::{Db, Tx};

const TOKEN: &str = "a token of the operator";
const PAYER: &str = "+14155550100";
const OTHER: &str = "+14155550101";

/// The service over an empty database, its clock standing still.
struct Api {
    app: App,
    _busy: Busy,
    _directory: TempDir,
}

/// An answer with its JSON, or null where there is none.
#[derive(Debug)]
struct Answer {
    status: u16,
    content_type: String,
    headers: header::HeaderMap,
    body: Value,
}

impl Answer {
    /// Status, code and field of a problem document.
    fn problem(&self) -> (u16, &str, &str) {
        assert_eq!(self.content_type, "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], self.status);
        assert!(self.body["type"].is_string() && self.body["title"].is_string() && self.body["detail"].is_string());
        let field = |name: &str| self.body[name].as_str().unwrap_or_default();
        let known = super::openapi::problems::find(field("code")).map(|code| code.status);
        assert_eq!(known, Some(self.status), "problems.rs has every code: {self:?}");
        (self.status, field("code"), field("field"))
    }
}

fn config(token: Option<&str>, database: &str) -> Config {
    let pairs = [
        ("TALKTIME_DATABASE_URL", database),
        ("TALKTIME_TWILIO_ACCOUNT_SID", "AC1"),
        ("TALKTIME_TWILIO_AUTH_TOKEN", "token"),
        ("TALKTIME_TWILIO_CALLER_ID", "+14155550199"),
        ("TALKTIME_STRIPE_SECRET_KEY", "sk_test_1"),
        ("TALKTIME_STRIPE_WEBHOOK_SECRET", "whsec_1"),
        // Nobody is there.
        ("TALKTIME_STRIPE_API_BASE", "http://127.0.0.1:9"),
        ("TALKTIME_VOUCHER_KEY", "a key that only the tests know, for PINs"),
        ("TALKTIME_ADMIN_TOKEN", token.unwrap_or_default()),
    ];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Settings::from_pairs(pairs).unwrap().service().unwrap()
}

impl Api {
    fn new() -> Self {
        Self::with_token(Some(TOKEN))
    }

    fn with_token(token: Option<&str>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", directory.path().join("books").display());
        Db::migrate(&database).unwrap();
        let config = config(token, &database);
        let (clock, busy) = Clock::stepped(DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000));
        let (wake, _) = tokio::sync::mpsc::unbounded_channel();
        let app = App::build(config, clock, wake).unwrap();
        Self { app, _busy: busy, _directory: directory }
    }

    async fn send(&self, request: TestRequest) -> Answer {
        let routes = |service: &mut web::ServiceConfig| {
            super::routes(service);
            crate::web::health::routes(service);
        };
        let server = Server::new().app_data(web::Data::new(self.app.clone())).configure(routes);
        let server = init_service(server).await;
        let response: ServiceResponse = server.call(request.to_request()).await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let content_type = headers.get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap()).to_owned();
        let bytes = read_body(response).await;
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer { status, content_type, headers, body }
    }

    async fn get(&self, uri: &str) -> Answer {
        self.send(authorised(Method::GET, uri)).await
    }

    async fn post(&self, uri: &str, body: Value) -> Answer {
        self.send(authorised(Method::POST, uri).set_json(body)).await
    }

    async fn post_with_key(&self, uri: &str, key: &str, body: Value) -> Answer {
        self.send(authorised(Method::POST, uri).insert_header(("Idempotency-Key", key)).set_json(body)).await
    }

    async fn post_csv(&self, uri: &str, csv: &str) -> Answer {
        let request = authorised(Method::POST, uri).insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"));
        self.send(request.set_payload(csv.to_owned())).await
    }

    /// What to send as this token's `Authorization`.
    async fn token(&self, name: &str, scopes: &[&str]) -> (String, String) {
        let made = self.post("/api/v1/tokens", json!({"name": name, "scopes": scopes})).await;
        assert_eq!(made.status, 201, "{made:?}");
        let text = |field: &str| made.body[field].as_str().unwrap().to_owned();
        (text("id"), format!("Bearer {}", text("bearer")))
    }

    /// A plan with a deck, and an account under it with this balance.
    async fn account(&self, balance: &str) -> String {
        let plan = self.post("/api/v1/plans", json!({"name": "standard", "currency": "USD"})).await;
        assert_eq!(plan.status, 201, "{plan:?}");
        let deck = self
            .post_csv(
                "/api/v1/decks?plan=standard",
                "prefix,price_per_minute,destination\n1,0.60,North America\n44,0,Free\n",
            )
            .await;
        assert_eq!(deck.status, 201, "{deck:?}");
        let account = json!({"email": "ada@example.com", "currency": "usd", "plan": "standard"});
        let account = self.post("/api/v1/accounts", account).await;
        assert_eq!(account.status, 201, "{account:?}");
        let id = account.body["id"].as_str().unwrap().to_owned();
        let credit = json!({"amount": balance, "reason": "to begin with"});
        let credited = self.post_with_key(&format!("/api/v1/accounts/{id}/credits"), "first", credit).await;
        assert_eq!(credited.status, 201, "{credited:?}");
        id
    }

    /// Cards that the card processor was asked about.
    async fn cards(&self, account: &str, methods: &'static [&'static str]) {
        let (account, now) = (account.to_owned(), self.app.clock.now());
        let save = move |tx: &mut Tx| {
            for method in methods {
                let card = SavedCard {
                    processor: "stripe",
                    customer_ref: "cus_1".to_owned(),
                    method_ref: (*method).to_owned(),
                    label: format!("Visa {method}"),
                    expires: None,
                };
                assert_eq!(save_card(tx, &account, &card, "test", now)?, Saved::Now);
            }
            Ok::<_, FlowError>(())
        };
        self.app.db.write(save).await.unwrap();
    }
}

fn authorised(method: Method, uri: &str) -> TestRequest {
    let bearer = (header::AUTHORIZATION, format!("Bearer {TOKEN}"));
    TestRequest::with_uri(uri).method(method).insert_header(bearer)
}
