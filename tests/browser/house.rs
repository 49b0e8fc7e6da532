//! A service with its sandbox, an owner who administers it and a caller, all in the machine's own time.

use std::net::TcpListener;

use talktime::cli::seed::fill;
use talktime::clock::Clock;
use talktime::demo::Demo;
use talktime::flows::FlowError;
use talktime::flows::credit::credit_account;
use talktime::flows::import_deck::{DeckUpload, import_deck};
use talktime::flows::open_account::{Opened, add_user, ensure_plan, open_account};
use talktime::flows::seed::Size;
use talktime::web::auth::password;

use crate::chromium::{Browser, Driver, Look};

pub const CALLER: &str = "ada@example.com";
/// In the made-up books.
pub const SOMEBODY: &str = "caller1@example.com";
pub const OWNER: &str = "owner@example.com";
pub const PASSWORD: &str = "correct horse battery";
/// Half a cent a second for each phone.
const DECK: &str = "prefix,price_per_minute,destination\n1,0.30,North America\n44,0.60,United Kingdom\n";
const PLAN: &str = "standard";

pub struct House {
    pub demo: Demo,
    pub base: String,
    driver: Driver,
}

impl House {
    /// Ada has this much money and no card.
    pub async fn with_funds(funds: &'static str) -> Self {
        let house = Self::empty().await;
        house.furnish(funds).await;
        house
    }

    /// A month of made-up books, with the owner and one of their callers.
    pub async fn with_books() -> Self {
        let house = Self::empty().await;
        let (db, now) = (&house.demo.service.app.db, house.demo.service.app.clock.now());
        let filled = fill(db, Size { accounts: 60, calls: 2_000, number: 1 }, PASSWORD, now).await;
        assert!(filled.expect("the books are written"), "they were empty");
        house
    }

    async fn empty() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let demo = Demo::start(listener, Clock::running(1)).await.expect("service and sandbox start");
        Self { demo, base, driver: Driver::start() }
    }

    async fn furnish(&self, funds: &'static str) {
        let (hash, now) = (password::hash(PASSWORD), self.demo.service.app.clock.now());
        let furnished = self.demo.service.app.db.write(move |tx| {
            let currency = "USD".parse().expect("a currency");
            ensure_plan(tx, PLAN, currency, false, now)?;
            let deck = DeckUpload {
                plan_name: PLAN.to_owned(),
                csv: DECK.as_bytes().to_vec(),
                effective_from: None,
                actor: "house".to_owned(),
                dry_run: false,
            };
            import_deck(tx, &deck, now)?;
            let Opened::Account(account) = open_account(tx, CALLER, currency, PLAN, "house", now)? else {
                panic!("the account is opened");
            };
            let funds = funds.parse().expect("an amount");
            credit_account(tx, &account.id, "first", funds, "to begin with", "house", now)?;
            add_user(tx, CALLER, hash.clone(), "caller", Some(account.id), "house", now)?;
            add_user(tx, OWNER, hash, "owner", None, "house", now)?;
            Ok::<_, FlowError>(())
        });
        furnished.await.expect("the house is furnished");
    }

    pub async fn browser(&self, look: Look) -> Browser {
        self.driver.open(look, &self.base).await
    }

    /// Somebody who has signed in.
    pub async fn visitor(&self, email: &str, look: Look) -> Browser {
        let browser = self.browser(look).await;
        browser.sign_in(email, PASSWORD).await;
        browser
    }

    pub async fn close(self) {
        drop(self.driver);
        self.demo.stop().await;
    }
}
