//! A service in a process of its own that can be killed and started again, with a carrier and a card processor that
//! live on, all on one faster clock.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use talktime::clock::Clock;
use talktime::domain::call::{Call, Leg};
use talktime::domain::money::Money;
use talktime::domain::recharge::Agreement;
use talktime::flows::FlowError;
use talktime::flows::agreement::agree_to_recharge;
use talktime::flows::credit::credit_account;
use talktime::flows::import_deck::{DeckUpload, import_deck};
use talktime::flows::open_account::{Opened, ensure_plan, open_account};
use talktime::flows::save_card::{SavedCard, save_card};
use talktime::outbound::Outbound;
use talktime::sandbox::cards::{self, Cards, CardsSettings};
use talktime::sandbox::carrier::{self, Carrier, CarrierSettings};
use talktime::storage::agreements::Consent;
use talktime::storage::payments;
use talktime::storage::{Db, StorageError, accounts, calls, ledger};
use talktime::wire::{HttpRequest, HttpResponse, Method};

use crate::database::{Database, Kind};

const SPEED: u32 = 10;
const ACCOUNT_SID: &str = "AC00000000000000000000000000000001";
const AUTH_TOKEN: &str = "token";
pub const CARDS_KEY: &str = "sk_test_crashes";
const WEBHOOK_SECRET: &str = "whsec_crashes";
pub const ADMIN_TOKEN: &str = "admin-token-of-the-crashes";
pub const OWN: &str = "+14155550100";
pub const OTHER: &str = "+14155550101";
/// On a clock ten times as fast a round trip on a busy machine lasts for a second or two of a leg: the time between
/// a leg's answer at the carrier and its first instructions is nobody's to pay for.
const HOUSE_SECONDS: i64 = 4;

/// The process, killed with whoever holds it.
#[derive(Clone, Default)]
pub struct Process(Arc<Mutex<Option<Child>>>);

impl Process {
    /// SIGKILL, and it is gone when this returns.
    pub fn kill(&self) {
        if let Some(mut child) = self.0.lock().expect("no panic while it is held").take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Household {
    fn drop(&mut self) {
        self.service.kill();
    }
}

pub struct Household {
    pub service: Process,
    pub carrier: Carrier,
    pub cards: Cards,
    pub clock: Clock,
    since: DateTime<Utc>,
    pub public_url: String,
    listen: String,
    pub db: Db,
    account: String,
    outbound: Outbound,
    database: Database,
}

fn free_port() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket that does not block");
    listener
}

/// An address that is still free when the service is started there, or started again: below the ports that the machine
/// gives to whoever asks for any, or connects to somebody.
fn lasting_address() -> String {
    for _ in 0..1000 {
        let address = format!("127.0.0.1:{}", rand::random_range(20_000..32_000));
        if TcpListener::bind(&address).is_ok() {
            return address;
        }
    }
    panic!("one of a thousand ports is free");
}

impl Household {
    pub async fn new(kind: Kind) -> Self {
        let database = Database::fresh(kind);
        // Every process counts from the same moment of the machine's time.
        let since = Clock::running(1).now();
        let clock = Clock::running_since(since, SPEED);
        let listen = lasting_address();
        let public_url = format!("http://{listen}");
        let carrier_settings = CarrierSettings::new(ACCOUNT_SID, AUTH_TOKEN);
        let carrier = carrier::start(free_port(), carrier_settings, clock.clone()).await.expect("a carrier");
        let cards_settings = CardsSettings {
            secret_key: CARDS_KEY.to_owned(),
            webhook_url: Some(format!("{public_url}/webhooks/stripe")),
            webhook_secret: WEBHOOK_SECRET.to_owned(),
        };
        let cards = cards::start(free_port(), cards_settings, clock.clone()).await.expect("a card processor");
        let db = Db::open(&database.url, 2, |_| {}).expect("the database opens");
        let outbound = Outbound::new(clock.clone()).expect("a network");
        let account = String::new();
        let service = Process::default();
        let mut house =
            Self { service, carrier, cards, clock, since, public_url, listen, db, account, outbound, database };
        house.account = house.furnish().await;
        house
    }

    /// A plan of half a cent a second, an account with money for 40 seconds of two legs, and a good card.
    async fn furnish(&self) -> String {
        let url = format!("{}/v1/customers", self.cards.base_url());
        let customer = self.made(&url, CARDS_KEY, "email=a%40example.com").await;
        let now = self.clock.now();
        let deck = DeckUpload {
            plan_name: "standard".to_owned(),
            csv: b"prefix,price_per_minute\n1,0.30\n".to_vec(),
            effective_from: None,
            actor: "crash".to_owned(),
            dry_run: false,
        };
        let card = SavedCard {
            processor: "stripe",
            customer_ref: customer["id"].as_str().expect("an id").to_owned(),
            method_ref: "pm_card_visa".to_owned(),
            label: "Visa".to_owned(),
            expires: None,
        };
        let one = Money::from_micros(1_000_000);
        let agreement = Agreement { most_per_day: 1, most_per_month: 1, ..Agreement::of(one) };
        let consent = Consent { text: "Yes.".to_owned(), version: "1".to_owned(), at: now, from: "crash".to_owned() };
        let furnished = self.db.write(move |tx| {
            let currency = "USD".parse().expect("a currency");
            ensure_plan(tx, "standard", currency, false, now)?;
            import_deck(tx, &deck, now)?;
            let opened = open_account(tx, "caller@example.com", currency, "standard", "crash", now)?;
            let Opened::Account(account) = opened else { panic!("the account is opened: {opened:?}") };
            credit_account(tx, &account.id, "first", Money::from_micros(400_000), "to begin", "crash", now)?;
            save_card(tx, &account.id, &card, "crash", now)?;
            agree_to_recharge(tx, &account.id, &agreement, &consent, "crash", now)?;
            Ok::<_, FlowError>(account.id)
        });
        furnished.await.expect("everything is in place")
    }

    /// Asked until it is answered: on a faster clock the time-outs are short, and the machine may be busy.
    async fn made(&self, url: &str, token: &str, body: &str) -> serde_json::Value {
        for _ in 0..50 {
            if let Some(made) = self.ask(Method::Post, url, token, body).await {
                return made;
            }
        }
        panic!("{url} answers");
    }

    /// Starts the service, for the first time or again.
    pub async fn start(&mut self) {
        *self.service.0.lock().expect("no panic while it is held") = Some(self.spawn(&self.listen));
        self.until_it_serves(&self.public_url).await;
    }

    /// Another node on the same database. Webhooks reach the first.
    pub async fn second_node(&self) -> Process {
        let listen = lasting_address();
        let process = Process::default();
        *process.0.lock().expect("no panic while it is held") = Some(self.spawn(&listen));
        self.until_it_serves(&format!("http://{listen}")).await;
        process
    }

    fn spawn(&self, listen: &str) -> Child {
        let cards = self.cards.base_url();
        let settings = [
            ("TALKTIME_DATABASE_URL", self.database.url.as_str()),
            ("TALKTIME_LISTEN", listen),
            ("TALKTIME_PUBLIC_URL", &self.public_url),
            ("TALKTIME_ADMIN_TOKEN", ADMIN_TOKEN),
            ("TALKTIME_TWILIO_ACCOUNT_SID", ACCOUNT_SID),
            ("TALKTIME_TWILIO_AUTH_TOKEN", AUTH_TOKEN),
            ("TALKTIME_TWILIO_API_BASE", self.carrier.base_url()),
            ("TALKTIME_TWILIO_CALLER_ID", "+15005550006"),
            ("TALKTIME_STRIPE_SECRET_KEY", CARDS_KEY),
            ("TALKTIME_STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
            ("TALKTIME_STRIPE_API_BASE", &cards),
            ("TALKTIME_LEAD_SECONDS", "20"),
            ("TALKTIME_DECIDE_SECONDS", "8"),
            ("TALKTIME_REDIRECT_BY_SECONDS", "4"),
            ("TALKTIME_LOG", "error"),
        ];
        Command::new(env!("CARGO_BIN_EXE_talktime"))
            .args(["serve", "--speed", &SPEED.to_string(), "--since", &self.since.to_rfc3339()])
            .envs(settings)
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts")
    }

    async fn until_it_serves(&self, url: &str) {
        for _ in 0..2000 {
            if self.ask(Method::Get, &format!("{url}/healthz"), "", "").await.is_some() {
                return;
            }
            drop(self.clock.sleep(Duration::from_millis(300)).await);
        }
        panic!("the service serves at {url}");
    }

    /// The JSON of a good answer; `None` if there was none, or null for a text.
    pub async fn ask(&self, method: Method, url: &str, token: &str, body: &str) -> Option<serde_json::Value> {
        let kind = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
        let headers = vec![("authorization", format!("Bearer {token}")), ("content-type", kind.to_owned())];
        let request = HttpRequest { method, url: url.to_owned(), headers, body: body.to_owned() };
        match self.outbound.send(&request).await {
            HttpResponse::Answered { status: 200..=299 | 303, body, .. } => {
                Some(serde_json::from_slice(&body).unwrap_or_default())
            }
            HttpResponse::Answered { .. } | HttpResponse::NotSent(_) | HttpResponse::Lost(_) => None,
        }
    }

    /// Dials over the API; asked again under its key if the service died over it. In the body, since in the header it
    /// would wait for whoever died.
    pub async fn dial(&mut self) -> String {
        let body =
            serde_json::json!({ "account": self.account, "own_number": OWN, "numbers": [OTHER], "key": "a call" });
        let body = body.to_string();
        let url = format!("{}/api/v1/calls", self.public_url);
        for _ in 0..50 {
            if let Some(call) = self.ask(Method::Post, &url, ADMIN_TOKEN, &body).await {
                return call["id"].as_str().expect("an id").to_owned();
            }
            // Killed, or too busy to answer in time; the call may be in the books.
            if let Some(id) = self.only_call().await {
                return id;
            }
        }
        panic!("the call is placed");
    }

    async fn only_call(&self) -> Option<String> {
        let listed = self.db.read(|tx| calls::list(tx, None, None, 2)).await;
        listed.map_err(|error: StorageError| error).expect("calls are read").first().map(|call| call.id.clone())
    }

    pub async fn hang_up(&self, call: &str) {
        let url = format!("{}/api/v1/calls/{call}/hang-up", self.public_url);
        self.ask(Method::Post, &url, ADMIN_TOKEN, "{}").await;
    }

    pub async fn look(&self, call: &str) -> Call {
        let id = call.to_owned();
        let found = self.db.read(move |tx| calls::find(tx, &id)).await;
        found.map_err(|error: StorageError| error).expect("the call is read").expect("the call is there")
    }

    /// Lets so many seconds pass, fewer if `enough`, and holds the first promise against every moment of it.
    pub async fn watch_until(&self, what: &str, seconds: i64, enough: impl Fn(&Self) -> bool) {
        let until = self.clock.now() + TimeDelta::seconds(seconds);
        while self.clock.now() < until && !enough(self) {
            drop(self.clock.sleep(Duration::from_millis(1500)).await);
            self.never_overspend(what).await;
        }
    }

    pub fn carrier_is_quiet(&self) -> bool {
        self.carrier.calls().iter().all(|call| call.ended_at.is_some())
    }

    async fn never_overspend(&self, what: &str) {
        let live = self.db.read(|tx| calls::list(tx, None, None, 5)).await;
        for call in live.map_err(|error: StorageError| error).expect("calls are read") {
            let could_cost: Money = call.legs.iter().map(|leg| leg.cost(self.could_last(leg))).sum();
            assert!(could_cost <= call.held, "{what}: could cost {could_cost} of {}: {call:#?}", call.held);
        }
    }

    /// Seconds from a leg's answer to the end of what the carrier by itself allows it.
    fn could_last(&self, leg: &Leg) -> i64 {
        let seen = leg.call_sid.as_ref().and_then(|sid| self.carrier.call(sid));
        match (leg.started_at, seen.and_then(|seen| seen.still_allows)) {
            (Some(start), Some(allowed)) => {
                ((self.clock.now() - start).num_seconds() + allowed - HOUSE_SECONDS).max(leg.billable_seconds())
            }
            (Some(_) | None, _) => leg.billable_seconds(),
        }
    }

    pub async fn payments_are_over(&self) -> bool {
        let open = self.db.read(payments::count_open).await;
        open.map_err(|error: StorageError| error).expect("payments are read") == 0
    }

    /// The books balance, no decision was charged twice, and what was charged is in the wallet.
    pub async fn assert_the_promises(&self, call: &str, what: &str) {
        let broken = self.db.read(ledger::check).await;
        let broken: Vec<String> = broken.map_err(|error: StorageError| error).expect("the books are read");
        assert!(broken.is_empty(), "{what}: {broken:?}");
        let charged = self.cards.charges().len();
        assert!(charged <= 1, "{what}: charged {charged} times");
        let over = self.look(call).await;
        let cost: Money = over.charges().iter().map(|charge| charge.cost).sum();
        let id = self.account.clone();
        let wallet = self.db.read(move |tx| accounts::wallet(tx, &id)).await;
        let wallet = wallet.map_err(|error: StorageError| error).expect("the wallet is read").expect("it is there");
        let paid_in = 400_000 + 1_000_000 * i64::try_from(charged).expect("few");
        assert_eq!(wallet.posted + cost, Money::from_micros(paid_in), "{what}: {over:#?}");
        assert_eq!(wallet.reserved, Money::ZERO, "{what}");
        for number in [OWN, OTHER] {
            let rung = self.carrier.calls().iter().filter(|call| call.to == number).count();
            assert!(rung <= 1, "{what}: {number} was rung {rung} times");
        }
    }
}
