//! A visit to the card processor's page by somebody whom the processor has never heard of, while the service is killed
//! and started again: whatever was typed there is credited once and saved once.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use talktime::domain::checkout::{Checkout, State};
use talktime::domain::money::Money;
use talktime::flows::open_account::{Opened, open_account};
use talktime::sandbox::cards::{Fault, FaultKind};
use talktime::sandbox::watch::Moment;
use talktime::storage::{StorageError, accounts, cards, checkouts, ledger};
use talktime::wire::Method;

use crate::database::Kind;
use crate::household::{ADMIN_TOKEN, CARDS_KEY, Household};
use crate::{Point, at_once, kill_at, point};

const CARD: &str = "card_number=4242424242424242&expiry=12%2F34&cvc=123";

/// Everything the service asks of the processor for a visit.
const POINTS: [Point; 3] = [
    point("the customer is made", "POST /v1", "/customers", 1),
    point("the page is opened", "POST /v1", "/checkout/sessions", 1),
    point("the page is looked at", "GET /v1/checkout/sessions/", "", 1),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// Of 10.00, and the card is saved besides.
    TopUp,
    SaveCard,
}

struct Visit {
    house: Household,
    account: String,
    checkout: String,
    purpose: Purpose,
    what: String,
}

impl Visit {
    /// The service is started, and the visit is in the books.
    async fn begin(mut house: Household, purpose: Purpose, what: String) -> Self {
        let now = house.clock.now();
        let opened = house.db.write(move |tx| {
            let currency = "USD".parse().expect("a currency");
            open_account(tx, "newcomer@example.com", currency, "standard", "crash", now)
        });
        let Opened::Account(account) = opened.await.expect("it is answered") else { panic!("the account is opened") };
        house.start().await;
        let mut body = json!({"purpose": "save_card", "consent_text": "Yes.", "consent_from": "127.0.0.1"});
        if purpose == Purpose::TopUp {
            body["purpose"] = "top_up".into();
            body["amount"] = "10.00".into();
            body["save_card"] = true.into();
        }
        let checkout = begin_checkout(&house, &account.id, &body.to_string()).await;
        Self { house, account: account.id, checkout, purpose, what }
    }

    async fn look(&self) -> Checkout {
        let id = self.checkout.clone();
        let found = self.house.db.read(move |tx| checkouts::find(tx, &id)).await;
        found.map_err(|error: StorageError| error).expect("it is read").expect("it is there")
    }

    /// Typed once more if the answer is lost, as people do.
    async fn type_card(&self, url: &str) {
        for _ in 0..50 {
            if self.house.ask(Method::Post, url, "", CARD).await.is_some() {
                return;
            }
        }
        panic!("{}: the card is taken", self.what);
    }

    async fn moment(&self) {
        drop(self.house.clock.sleep(Duration::from_millis(1500)).await);
    }

    async fn until_over(&self) {
        for _ in 0..300 {
            if !self.look().await.state.is_open() {
                return;
            }
            self.moment().await;
        }
        panic!("{}: it is over in the end: {:?}", self.what, self.look().await);
    }

    /// Pages the card processor was made to open.
    async fn pages(&self) -> usize {
        let url = format!("{}/v1/checkout/sessions", self.house.cards.base_url());
        let listed = self.house.ask(Method::Get, &url, CARDS_KEY, "").await.expect("the processor answers");
        listed["data"].as_array().expect("a list").len()
    }

    async fn assert_once(&self) {
        let (what, checkout, account) = (&self.what, self.look().await, self.account.clone());
        assert_eq!(checkout.state, State::Complete, "{what}: {checkout:?}");
        let (wallet, saved, broken) = self
            .house
            .db
            .read(move |tx| {
                let wallet = accounts::wallet(tx, &account)?.expect("every account has one");
                Ok::<_, StorageError>((wallet, cards::list(tx, &account)?, ledger::check(tx)?))
            })
            .await
            .expect("the books are read");
        let paid = usize::from(self.purpose == Purpose::TopUp);
        let expected = Money::from_micros(if paid == 1 { 10_000_000 } else { 0 });
        assert_eq!((wallet.posted, self.house.cards.charges().len()), (expected, paid), "{what}");
        assert_eq!(saved.len(), 1, "{what}: {saved:?}");
        assert!(broken.is_empty(), "{what}: {broken:?}");
        assert_eq!(self.pages().await, 1, "{what}: pages were opened");
    }
}

/// Begun over the API; asked again under its key if the service died over it.
async fn begin_checkout(house: &Household, account: &str, body: &str) -> String {
    // In the body: a key in the header would wait for the request that died with the service.
    let body = format!("{},\"key\":\"the visit\"}}", body.trim_end().trim_end_matches('}'));
    let url = format!("{}/api/v1/accounts/{account}/checkouts", house.public_url);
    for _ in 0..50 {
        if let Some(begun) = house.ask(Method::Post, &url, ADMIN_TOKEN, &body).await {
            return begun["id"].as_str().expect("an id").to_owned();
        }
        let of = account.to_owned();
        let listed = house.db.read(move |tx| checkouts::list(tx, &of, None, 2)).await;
        if let Some(begun) = listed.map_err(|error: StorageError| error).expect("checkouts are read").pop() {
            return begun.id;
        }
    }
    panic!("the checkout is begun");
}

async fn killed_at(point: Point, moment: Moment, purpose: Purpose, kind: Kind) {
    let house = Household::new(kind).await;
    let killed = kill_at(&house, point, moment);
    let what = format!("{} ({moment:?}, {purpose:?}, {kind:?})", point.name);
    let mut visit = Visit::begin(house, purpose, what).await;
    let (mut typed, mut started_again) = (false, false);
    for _ in 0..300 {
        if killed.load(Ordering::SeqCst) && !started_again {
            visit.house.start().await;
            started_again = true;
        }
        let checkout = visit.look().await;
        if let Some(url) = checkout.url.filter(|_| !typed) {
            visit.type_card(&url).await;
            typed = true;
        }
        if started_again && typed {
            break;
        }
        visit.moment().await;
    }
    assert!(started_again && typed, "{}: killed {started_again}, typed {typed}", visit.what);
    visit.until_over().await;
    visit.assert_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_and_after_every_request_of_a_visit_and_started_again() {
    let runs = POINTS.iter().flat_map(|point| {
        [Moment::Arrived, Moment::Done].into_iter().flat_map(|moment| {
            let (one, other) = match moment {
                Moment::Arrived => (Kind::Sqlite, Kind::Postgres),
                Moment::Done => (Kind::Postgres, Kind::Sqlite),
            };
            [killed_at(*point, moment, Purpose::TopUp, one), killed_at(*point, moment, Purpose::SaveCard, other)]
        })
    });
    at_once(4, runs).await;
}

async fn paid_while_the_service_is_off(kind: Kind) {
    let house = Household::new(kind).await;
    // Nobody tells of it either.
    house.cards.fault(Fault { matching: String::new(), kind: FaultKind::DropWebhook, times: 500 });
    let what = format!("paid while the service is off ({kind:?})");
    let mut visit = Visit::begin(house, Purpose::TopUp, what).await;
    let mut url = None;
    while url.is_none() {
        visit.moment().await;
        url = visit.look().await.url;
    }
    visit.house.service.kill();
    visit.type_card(&url.expect("the loop has ended")).await;
    visit.moment().await;
    assert!(visit.look().await.state.is_open());
    visit.house.start().await;
    visit.until_over().await;
    visit.assert_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_paid_while_the_service_is_off_is_found_when_it_is_back() {
    at_once(2, [Kind::Sqlite, Kind::Postgres].map(paid_while_the_service_is_off)).await;
}
