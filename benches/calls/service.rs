//! The service under measurement, and those who use it over HTTP: the API's client and the carrier's signed webhooks.

use std::net::TcpListener;

use actix_web::dev::ServerHandle;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use talktime::app::{App, Service};
use talktime::clock::Clock;
use talktime::config::{Config, Settings};
use talktime::domain::currency::Currency;
use talktime::flows::FlowError;
use talktime::flows::credit::credit_account;
use talktime::flows::import_deck::{DeckUpload, import_deck};
use talktime::flows::open_account::{Opened, ensure_plan, open_account};
use talktime::ids;
use talktime::outbound::Outbound;
use talktime::storage::Tx;
use talktime::web::server;
use talktime::wire::{HttpRequest, HttpResponse, Method};

use super::carrier::call_sid;

const ADMIN_TOKEN: &str = "admin-of-the-bench";
const AUTH_TOKEN: &str = "token-of-the-bench";
const OWN: &str = "+14155550100";
const OTHER: &str = "+14155550101";
const DECK: &str = "prefix,price_per_minute,destination\n1,0.30,United States\n";
/// What each call lasted; all of it is paid.
const SECONDS: u32 = 1;

/// Its address, as its users know it.
pub struct Address {
    pub public_url: String,
    listener: TcpListener,
}

/// A call that was started, and its legs, the payer's first.
pub struct Started {
    pub legs: Vec<String>,
}

pub fn address() -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket that does not block");
    Address { public_url: format!("http://{}", listener.local_addr().expect("it is bound")), listener }
}

fn config(address: &Address, database: &str, connections: usize, carrier: &str) -> Config {
    let settings = [
        ("TALKTIME_DATABASE_URL", database),
        ("TALKTIME_DATABASE_CONNECTIONS", &connections.to_string()),
        ("TALKTIME_PUBLIC_URL", &address.public_url),
        ("TALKTIME_ADMIN_TOKEN", ADMIN_TOKEN),
        ("TALKTIME_TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"),
        ("TALKTIME_TWILIO_AUTH_TOKEN", AUTH_TOKEN),
        ("TALKTIME_TWILIO_API_BASE", carrier),
        ("TALKTIME_TWILIO_CALLER_ID", "+15005550006"),
        ("TALKTIME_STRIPE_SECRET_KEY", "sk_test_bench"),
        ("TALKTIME_STRIPE_WEBHOOK_SECRET", "whsec_bench"),
        ("TALKTIME_MOST_LIVE_CALLS", "1000000"),
    ];
    let settings = Settings::from_pairs(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
    settings.and_then(|settings| settings.service()).expect("the settings are complete")
}

/// The whole service, jobs and all.
pub async fn start(address: Address, database: &str, connections: usize, carrier: &str) -> Service {
    let config = config(&address, database, connections, carrier);
    Service::start(config, Clock::running(1), address.listener).await.expect("the service starts")
}

/// The service with one connection and without its jobs: whatever is asked of the database, the request asked it.
pub fn start_without_jobs(address: Address, database: &str) -> (App, ServerHandle) {
    let config = config(&address, database, 1, "http://127.0.0.1:1");
    let (wake, _) = tokio::sync::mpsc::unbounded_channel();
    let app = App::build(config, Clock::running(1), wake).expect("the service is built");
    let server = server::serve(app.clone(), address.listener).expect("the service starts");
    let handle = server.handle();
    tokio::spawn(server);
    (app, handle)
}

/// Accounts with money for millions of calls.
pub async fn accounts(app: &App, how_many: usize) -> Vec<String> {
    let now = app.clock.now();
    let made = app.db.write(move |tx| {
        let usd = "USD".parse().expect("a currency");
        ensure_plan(tx, "bench", usd, false, now)?;
        let upload = DeckUpload {
            plan_name: "bench".to_owned(),
            csv: DECK.as_bytes().to_vec(),
            effective_from: None,
            actor: "bench".to_owned(),
            dry_run: false,
        };
        import_deck(tx, &upload, now)?;
        (0..how_many).map(|_| account(tx, usd, now)).collect::<Result<Vec<_>, FlowError>>()
    });
    made.await.expect("the accounts are made")
}

fn account(tx: &mut Tx, usd: Currency, now: DateTime<Utc>) -> Result<String, FlowError> {
    let email = format!("{}@example.com", ids::new("caller"));
    let Opened::Account(account) = open_account(tx, &email, usd, "bench", "bench", now)? else {
        panic!("the account is opened");
    };
    credit_account(tx, &account.id, "first", "10000000".parse().expect("an amount"), "the bench begins", "bench", now)?;
    Ok(account.id)
}

/// Whoever uses the service over HTTP.
pub struct Client {
    outbound: Outbound,
    public_url: String,
}

impl Client {
    pub fn new(public_url: &str) -> Self {
        let outbound = Outbound::new(Clock::running(1)).expect("the network can be used");
        Self { outbound, public_url: public_url.to_owned() }
    }

    pub async fn start_call(&self, account: &str) -> Started {
        let call = serde_json::json!({ "account": account, "own_number": OWN, "numbers": [OTHER] });
        let headers = vec![
            ("authorization", format!("Bearer {ADMIN_TOKEN}")),
            ("content-type", "application/json".to_owned()),
            ("idempotency-key", ids::new("key")),
        ];
        let answer = self.post("/api/v1/calls", headers, call.to_string(), 201).await;
        let call: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
        let legs = call["legs"].as_array().expect("a call has legs").iter();
        Started { legs: legs.map(|leg| leg["id"].as_str().expect("a leg has an id").to_owned()).collect() }
    }

    /// The phone was answered and the carrier asks what to do.
    pub async fn answered(&self, leg: &str) {
        self.webhook(&format!("/webhooks/twilio/legs/{leg}/document?n=0"), leg, "in-progress", None).await;
    }

    pub async fn completed(&self, leg: &str) {
        self.webhook(&format!("/webhooks/twilio/legs/{leg}/status"), leg, "completed", Some(SECONDS)).await;
    }

    async fn webhook(&self, path: &str, leg: &str, status: &str, seconds: Option<u32>) {
        let mut form = vec![
            ("AccountSid", "AC00000000000000000000000000000001".to_owned()),
            ("ApiVersion", "2010-04-01".to_owned()),
            ("CallSid", call_sid(leg)),
            ("CallStatus", status.to_owned()),
            ("Direction", "outbound-api".to_owned()),
            ("From", "+15005550006".to_owned()),
            ("To", OTHER.to_owned()),
        ];
        form.extend(seconds.map(|seconds| ("CallDuration", seconds.to_string())));
        form.sort();
        let signed: String = form.iter().map(|(name, value)| format!("{name}{value}")).collect();
        let headers = vec![
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("x-twilio-signature", signature(&format!("{}{path}{signed}", self.public_url))),
        ];
        let body = serde_urlencoded::to_string(&form).expect("a form is plain data");
        self.post(path, headers, body, 200).await;
    }

    async fn post(&self, path: &str, headers: Vec<(&'static str, String)>, body: String, expected: u16) -> Vec<u8> {
        let url = format!("{}{path}", self.public_url);
        let request = HttpRequest { method: Method::Post, url, headers, body };
        match self.outbound.send(&request).await {
            HttpResponse::Answered { status, body, .. } if status == expected => body,
            other => panic!("{path} is answered with {expected}: {other:?}"),
        }
    }
}

fn signature(text: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(AUTH_TOKEN.as_bytes()).expect("HMAC takes any key");
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
