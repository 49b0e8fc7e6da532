//! One service, one carrier, a card processor or two and one clock. Time stands still while a story looks around; it moves
//! when the story waits, from one thing that happens to the next.

use std::net::TcpListener;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use talktime::app::Service;
use talktime::clock::{Busy, Clock};
use talktime::config::Settings;
use talktime::domain::call::machine::MachineChoice;
use talktime::domain::call::message::Message;
use talktime::domain::call::operation::Operation;
use talktime::domain::call::record::Record;
use talktime::domain::call::{Call, Phase};
use talktime::domain::money::Money;
use talktime::domain::recharge::Agreement;
use talktime::domain::refused::Way;
use talktime::domain::wallet::Wallet;
use talktime::flows::agreement::agree_to_recharge;
use talktime::flows::change_terms::change_terms;
use talktime::flows::end_call::end_call;
use talktime::flows::import_deck::{DeckUpload, import_deck};
use talktime::flows::open_account::{Opened, ensure_plan, open_account};
use talktime::flows::operate::operate;
use talktime::flows::place_call::{DialRequest, Placed, place_call};
use talktime::flows::save_card::{Saved, SavedCard, save_card};
use talktime::flows::{FlowError, credit::credit_account};
use talktime::sandbox::cards::{self, Cards, CardsSettings};
use talktime::sandbox::carrier::{self, CallSnapshot, Carrier, CarrierSettings};
use talktime::sandbox::hyperswitch::{self, Hyperswitch, HyperswitchSettings};
use talktime::storage::agreements::Consent;
use talktime::storage::payments;
use talktime::storage::{StorageError, Tx, accounts, call_records, calls, ledger};
use talktime::wire::{HttpRequest, HttpResponse, Method};

use super::database::{Database, Kind};
use super::person::Person;
use super::twin::{Name, Twin};

pub const ACCOUNT_SID: &str = "AC00000000000000000000000000000001";
pub const AUTH_TOKEN: &str = "token-of-the-story";
pub const CARDS_KEY: &str = "sk_test_story";
pub const CARDS_WEBHOOK_SECRET: &str = "whsec_story";
pub const HYPERSWITCH_KEY: &str = "snd_story";
const HYPERSWITCH_WEBHOOK_SECRET: &str = "hash_key_of_the_story";
/// The caller's own phone: answers at once and stays.
pub const OWN: &str = "+14155550100";
/// Half a cent a second for every number; the caller's own phone costs the same.
const DECK: &str = "prefix,price_per_minute,destination\n1,0.30,United States\n44,0.60,United Kingdom\n";
/// A plan with these rates, and one where the caller's own phone is free.
const PLANS: [(&str, bool); 2] = [("standard", false), ("own phone free", true)];

pub struct World {
    pub clock: Clock,
    /// Held while the story looks around.
    pub busy: Option<Busy>,
    pub carrier: Carrier,
    pub cards: Cards,
    /// The other card processor, if new payments go there.
    pub hyperswitch: Option<Hyperswitch>,
    pub service: Service,
    /// What those who are called hear first.
    pub whisper: Option<Message>,
    /// Whether who dials wants the call recorded.
    pub record: Option<bool>,
    /// What is done if a machine answers.
    pub machine: MachineChoice,
    /// The phone the caller rings from.
    pub own_number: String,
    /// Of the service.
    settings: Vec<(&'static str, String)>,
    pub database: Database,
}

fn listener() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket that does not block");
    listener
}

impl World {
    pub async fn new(kind: Kind) -> Self {
        Self::with(kind, Name::Stripe).await
    }

    /// New payments go to this processor.
    pub async fn with(kind: Kind, processor: Name) -> Self {
        Self::set(kind, processor, &[]).await
    }

    /// With these settings besides.
    pub async fn set(kind: Kind, processor: Name, more: &[(&'static str, &str)]) -> Self {
        // What goes wrong on purpose is told by the thousand in long tests.
        let filter = std::env::var("TEST_LOG").unwrap_or_else(|_| "warn".to_owned());
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        let database = Database::fresh(kind);
        let (clock, busy) = Clock::stepped("2026-11-21T12:00:00Z".parse().expect("a time"));
        let carrier_settings = CarrierSettings::new(ACCOUNT_SID, AUTH_TOKEN);
        let carrier = carrier::start(listener(), carrier_settings, clock.clone()).await.expect("a carrier");
        let ours = listener();
        let public_url = format!("http://{}", ours.local_addr().expect("an address"));
        let cards_settings = CardsSettings {
            secret_key: CARDS_KEY.to_owned(),
            webhook_url: Some(format!("{public_url}/webhooks/stripe")),
            webhook_secret: CARDS_WEBHOOK_SECRET.to_owned(),
        };
        let cards = cards::start(listener(), cards_settings, clock.clone()).await.expect("a card processor");
        let hyperswitch = match processor {
            Name::Stripe => None,
            Name::Hyperswitch => Some(start_hyperswitch(&public_url, &clock).await),
        };
        let mut settings = vec![
            ("TALKTIME_DATABASE_URL", database.url.clone()),
            ("TALKTIME_PUBLIC_URL", public_url.clone()),
            ("TALKTIME_ADMIN_TOKEN", "admin-of-the-story".to_owned()),
            ("TALKTIME_TWILIO_ACCOUNT_SID", ACCOUNT_SID.to_owned()),
            ("TALKTIME_TWILIO_AUTH_TOKEN", AUTH_TOKEN.to_owned()),
            ("TALKTIME_TWILIO_API_BASE", carrier.base_url().to_owned()),
            ("TALKTIME_TWILIO_CALLER_ID", "+15005550006".to_owned()),
            ("TALKTIME_STRIPE_SECRET_KEY", CARDS_KEY.to_owned()),
            ("TALKTIME_STRIPE_WEBHOOK_SECRET", CARDS_WEBHOOK_SECRET.to_owned()),
            ("TALKTIME_STRIPE_API_BASE", cards.base_url()),
            ("TALKTIME_QUEUE_HOLD", "true".to_owned()),
            ("TALKTIME_VOUCHER_KEY", "a key that only the story knows, for PINs".to_owned()),
        ];
        if let Some(twin) = &hyperswitch {
            settings.extend([
                ("TALKTIME_CARD_PROCESSOR", "hyperswitch".to_owned()),
                ("TALKTIME_HYPERSWITCH_API_KEY", HYPERSWITCH_KEY.to_owned()),
                ("TALKTIME_HYPERSWITCH_WEBHOOK_SECRET", HYPERSWITCH_WEBHOOK_SECRET.to_owned()),
                ("TALKTIME_HYPERSWITCH_API_BASE", twin.base_url()),
            ]);
        }
        settings.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let pairs = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let config = Settings::from_pairs(pairs)
            .and_then(|settings| settings.service())
            .expect("the story's settings are complete");
        let service = Service::start(config, clock.clone(), ours).await.expect("the service starts");
        let world = Self {
            clock,
            busy: Some(busy),
            carrier,
            cards,
            hyperswitch,
            service,
            whisper: None,
            record: None,
            machine: MachineChoice::default(),
            own_number: OWN.to_owned(),
            settings,
            database,
        };
        for (plan, payer_leg_free) in PLANS {
            world.make_plan(plan, payer_leg_free).await;
        }
        world
    }

    async fn make_plan(&self, plan: &'static str, payer_leg_free: bool) {
        let now = self.now();
        let upload = DeckUpload {
            plan_name: plan.to_owned(),
            csv: DECK.as_bytes().to_vec(),
            effective_from: None,
            actor: "story".to_owned(),
            dry_run: false,
        };
        let imported = self.service.app.db.write(move |tx| {
            ensure_plan(tx, plan, "USD".parse().expect("a currency"), payer_leg_free, now)?;
            import_deck(tx, &upload, now)
        });
        imported.await.expect("the deck is taken");
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A command of the program with the service's own settings: how it ends, and what it writes.
    pub fn command(&self, args: &[&str]) -> (Option<i32>, String) {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_talktime"));
        command.envs(self.settings.iter().map(|(name, value)| (name, value))).args(args);
        let done = tokio::task::block_in_place(|| command.output()).expect("the program runs");
        let said = String::from_utf8(done.stdout).expect("text") + &String::from_utf8_lossy(&done.stderr);
        (done.status.code(), said)
    }

    /// Somebody with a browser.
    pub fn person(&self) -> Person {
        Person::new(&self.service.app.outbound)
    }

    /// Calls of the standard plan hold money for two minutes at a time.
    pub async fn pay_in_slices(&self) {
        let (timing, now) = (self.service.app.config.rules.timing, self.now());
        let changed = self.service.app.db.write(move |tx| {
            let plan = accounts::plan_by_name(tx, "standard")?.expect("the story's plan");
            change_terms(tx, &plan.id, &vec![("grant_seconds".to_owned(), "120".to_owned())], "story", &timing, now)
        });
        changed.await.expect("the terms are changed");
    }

    /// An account with so much money.
    pub async fn caller(&self, funds: &str) -> String {
        self.caller_on("standard", funds).await
    }

    pub async fn caller_on(&self, plan: &'static str, funds: &str) -> String {
        let (now, funds) = (self.now(), funds.parse::<Money>().expect("an amount"));
        let email = format!("{}@example.com", talktime::ids::new("caller"));
        let opened = self.service.app.db.write(move |tx| {
            let opened = open_account(tx, &email, "USD".parse().expect("a currency"), plan, "story", now)?;
            let Opened::Account(account) = opened else { panic!("the account is opened: {opened:?}") };
            if funds.is_positive() {
                credit_account(tx, &account.id, "first", funds, "a story begins", "story", now)?;
            }
            Ok::<_, FlowError>(account.id)
        });
        opened.await.expect("the account is opened")
    }

    /// The processor that new payments go to.
    pub fn twin(&self) -> Twin {
        match &self.hyperswitch {
            Some(twin) => Twin::Hyperswitch(twin.clone()),
            None => Twin::Stripe(self.cards.clone()),
        }
    }

    /// Saves cards of these names with the processor and agrees to an automatic recharge of 1.00.
    pub async fn agree(&self, account: &str, cards: &[&str]) {
        let customer_ref = match self.hyperswitch {
            Some(_) => account.to_owned(),
            None => self.customer_of(account).await,
        };
        let now = self.now();
        for card in cards {
            let id = account.to_owned();
            let method_ref = match &self.hyperswitch {
                Some(twin) => twin.save_card(account, card).expect("it is a test card"),
                None => (*card).to_owned(),
            };
            let card = SavedCard {
                processor: self.service.app.processors.chosen().name(),
                customer_ref: customer_ref.clone(),
                method_ref,
                label: (*card).to_owned(),
                expires: None,
            };
            let saved = self.service.app.db.write(move |tx| save_card(tx, &id, &card, "story", now)).await;
            assert_eq!(saved.expect("the card is kept"), Saved::Now);
        }
        let amount = "1.00".parse().expect("an amount");
        self.agree_to(account, Agreement::of(amount)).await;
    }

    /// A card saved with Stripe, whoever takes new ones.
    pub async fn save_with_stripe(&self, account: &str, card: &str) {
        let card = SavedCard {
            processor: "stripe",
            customer_ref: self.customer_of(account).await,
            method_ref: card.to_owned(),
            label: card.to_owned(),
            expires: None,
        };
        let (id, now) = (account.to_owned(), self.now());
        let saved = self.service.app.db.write(move |tx| save_card(tx, &id, &card, "story", now)).await;
        assert_eq!(saved.expect("the card is kept"), Saved::Now);
    }

    pub async fn agree_to(&self, account: &str, agreement: Agreement) {
        let (id, now) = (account.to_owned(), self.now());
        let (text, version) = ("Yes.".to_owned(), "1".to_owned());
        let consent = Consent { text, version, at: now, from: "127.0.0.1".to_owned() };
        let agreed =
            self.service.app.db.write(move |tx| agree_to_recharge(tx, &id, &agreement, &consent, "story", now));
        agreed.await.expect("the agreement is kept");
    }

    /// Whom Stripe's twin knows the account as; made if it knows nobody yet.
    async fn customer_of(&self, account: &str) -> String {
        let account = account.to_owned();
        let known = self.service.app.db.read(move |tx| payments::customer(tx, &account, "stripe")).await;
        if let Some(known) = known.map_err(|error: StorageError| error).expect("it is read") {
            return known;
        }
        let customer = self.at_the_processor("customers", "email=caller%40example.com").await;
        customer["id"].as_str().expect("a customer has an id").to_owned()
    }

    /// Somebody else does something at the card processor, past our service.
    pub async fn at_the_processor(&self, what: &str, body: &str) -> serde_json::Value {
        let request = HttpRequest {
            method: Method::Post,
            url: format!("{}/v1/{what}", self.cards.base_url()),
            headers: vec![
                ("authorization", format!("Bearer {CARDS_KEY}")),
                ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ],
            body: body.to_owned(),
        };
        let HttpResponse::Answered { body, .. } = self.service.app.outbound.send(&request).await else {
            panic!("the processor answers");
        };
        serde_json::from_slice(&body).expect("JSON")
    }

    /// States of the account's payments, newest first.
    pub async fn payments(&self, account: &str) -> Vec<&'static str> {
        let id = account.to_owned();
        let listed = self.service.app.db.read(move |tx| payments::list(tx, Some(&id), 20)).await;
        let listed = listed.map_err(|error: StorageError| error).expect("the payments are read");
        listed.into_iter().map(|payment| payment.state.code()).collect()
    }

    pub async fn dial(&self, account: &str, numbers: &[&str]) -> Placed {
        let request = DialRequest {
            way: Way::Page,
            whisper: self.whisper.clone(),
            record: self.record,
            machine: self.machine.clone(),
            account: account.to_owned(),
            own_number: self.own_number.parse().expect("a number"),
            numbers: numbers.iter().map(|number| number.parse().expect("a number")).collect(),
            request_key: talktime::ids::new("key"),
        };
        let (app, now) = (&self.service.app, self.now());
        let (forms, rules) = (app.forms.clone(), app.config.rules);
        app.db.write(move |tx| place_call(tx, &request, &forms, &rules, now)).await.expect("a call is placed")
    }

    /// Dials and is admitted.
    pub async fn call(&self, account: &str, numbers: &[&str]) -> String {
        match self.dial(account, numbers).await {
            Placed::Call { id, .. } => id,
            other => panic!("the call is admitted: {other:?}"),
        }
    }

    /// Lets so much time pass, with all that happens in it, and holds the first promise against every second of it.
    pub async fn wait(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.pass(TimeDelta::seconds(1)).await;
            super::promises::never_overspend(self).await;
        }
    }

    /// The same in one step, looking at nothing.
    pub async fn pass(&mut self, time: TimeDelta) {
        let until = self.now() + time;
        let alarm = self.clock.sleep_until(until);
        drop(self.busy.take());
        let awake = tokio::time::timeout(Duration::from_secs(60), alarm).await;
        self.busy = Some(awake.expect("the world comes to rest within a minute of real time"));
    }

    /// Waits until the call is charged, at most an hour of its time.
    pub async fn until_settled(&mut self, call: &str) -> Call {
        for _ in 0..3600 {
            let found = self.look(call).await;
            if matches!(found.phase, Phase::Settled(_)) {
                return found;
            }
            self.wait(1).await;
        }
        panic!("the call is settled within an hour: {:?}", self.look(call).await);
    }

    /// Money comes in from outside.
    pub async fn credit(&self, account: &str, amount: &str) {
        let (id, now) = (account.to_owned(), self.now());
        let (key, amount) = (talktime::ids::new("key"), amount.parse::<Money>().expect("an amount"));
        let credited =
            self.service.app.db.write(move |tx| credit_account(tx, &id, &key, amount, "a gift", "story", now));
        credited.await.expect("the credit is booked");
    }

    pub async fn hang_up(&self, call: &str) {
        let (id, now) = (call.to_owned(), self.now());
        self.service.app.db.write(move |tx| end_call(tx, &id, None, now)).await.expect("the call is ended");
    }

    /// Somebody entitled does this to the call, and may.
    pub async fn operate(&self, call: &str, operation: Operation) {
        let (id, now) = (call.to_owned(), self.now());
        let done = self.service.app.db.write(move |tx| operate(tx, &id, &operation, None, now)).await;
        done.expect("the books answer").expect("it may be done");
    }

    /// The carrier's view of a leg, by its place in the call.
    pub async fn at_the_carrier(&self, call: &str, place: usize) -> CallSnapshot {
        let leg = self.look(call).await.legs.remove(place);
        let sid = leg.call_sid.expect("the carrier has named it");
        self.carrier.call(&sid).expect("the carrier forgets no call")
    }

    /// Every call in the books that is not settled, with its account's wallet at the same moment.
    pub async fn live_calls(&self) -> Vec<(Call, Wallet)> {
        let live = |tx: &mut Tx| {
            let listed = calls::list(tx, None, None, 100)?.into_iter();
            let live = listed.filter(|call| !matches!(call.phase, Phase::Settled(_)));
            let with_its_wallet = |call: Call| {
                let wallet = accounts::wallet(tx, &call.account)?.expect("the wallet is there");
                Ok::<_, StorageError>((call, wallet))
            };
            live.map(with_its_wallet).collect::<Result<Vec<_>, _>>()
        };
        self.service.app.db.read(live).await.expect("the calls are read")
    }

    pub async fn look(&self, call: &str) -> Call {
        let id = call.to_owned();
        let found = self.service.app.db.read(move |tx| calls::find(tx, &id)).await;
        found.map_err(|error: StorageError| error).expect("the call is read").expect("the call is there")
    }

    pub async fn record(&self, call: &str) -> Vec<Record> {
        let id = call.to_owned();
        let lines = self.service.app.db.read(move |tx| call_records::since(tx, &id, 0)).await;
        let lines = lines.map_err(|error: StorageError| error).expect("the record is read");
        lines.into_iter().map(|line| line.record).collect()
    }

    pub async fn wallet(&self, account: &str) -> Wallet {
        let id = account.to_owned();
        let wallet = self.service.app.db.read(move |tx| accounts::wallet(tx, &id)).await;
        wallet.map_err(|error: StorageError| error).expect("the wallet is read").expect("the wallet is there")
    }

    /// How many calls the carrier was made to ring at a number.
    pub fn rings(&self, number: &str) -> usize {
        self.carrier.calls().iter().filter(|call| call.to == number).count()
    }

    /// The story is over: the books balance.
    pub async fn close(mut self) {
        let broken = self.service.app.db.read(ledger::check).await;
        let broken: Vec<String> = broken.map_err(|error: StorageError| error).expect("the books are read");
        assert!(broken.is_empty(), "the books balance: {broken:?}");
        self.busy.take();
        self.service.stop().await;
        self.carrier.stop().await;
        self.cards.stop().await;
        if let Some(twin) = &self.hyperswitch {
            twin.stop().await;
        }
    }
}

async fn start_hyperswitch(public_url: &str, clock: &Clock) -> Hyperswitch {
    let settings = HyperswitchSettings {
        api_key: HYPERSWITCH_KEY.to_owned(),
        webhook_url: Some(format!("{public_url}/webhooks/hyperswitch")),
        webhook_secret: HYPERSWITCH_WEBHOOK_SECRET.to_owned(),
    };
    hyperswitch::start(listener(), settings, clock.clone()).await.expect("another card processor")
}
