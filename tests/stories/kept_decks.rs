//! Decks in memory: they answer as the database does, on every node, and never for a deck that is not in effect.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use talktime::domain::deck::table::RateTable;
use talktime::domain::deck::{self, DeckRate, Reading};
use talktime::domain::phone_number::PhoneNumber;
use talktime::flows::import_deck::{DeckUpload, Imported, import_deck};
use talktime::jobs::refresh_decks;
use talktime::storage::{Db, StorageError, accounts, rates};
use tokio::task::block_in_place;

use crate::on_both_databases;
use crate::support::{Kind, World};

const PLENTY: usize = 1 << 30;
const SAN_FRANCISCO: &str = "+14155550101";

on_both_databases! {
    async fn a_deck_in_memory_answers_as_the_database_does(world: World) {
        let bare = node(world);
        let mut chance = Chance(7);
        for _ in 0..12 {
            import(world, &chance.deck(80), TimeDelta::zero()).await;
            let db = &world.service.app.db;
            refresh_decks(db, PLENTY, &[world.now()]).await.expect("decks are read");
            let callers: Vec<String> = (0..4).map(|_| chance.number()).collect();
            let numbers: Vec<String> = (0..60).map(|_| chance.number()).collect();
            for (caller, hours) in callers.iter().zip([0, 1, 2, 5]) {
                let at = world.now() + TimeDelta::hours(hours);
                let (deck, kept) = ask(db, Some(caller), &numbers, at).await;
                assert!(db.kept_decks().find(&deck).is_some() && bare.kept_decks().find(&deck).is_none());
                assert!(kept.iter().flatten().count() > 10, "many have a rate");
                assert_eq!((deck, kept), ask(&bare, Some(caller), &numbers, at).await);
            }
        }
    }

    async fn every_node_changes_to_a_new_deck_at_its_time_and_forgets_the_old(world: World) {
        let here = world.service.app.db.clone();
        let there = node(world);
        let old = deck_of(&there, world.now()).await;
        for db in [&here, &there] {
            refresh_decks(db, PLENTY, &[world.now()]).await.expect("decks are read");
            // Nobody else says this price, so it shows where the answer comes from.
            db.kept_decks().keep(&old, only("9.99"));
            assert_eq!(price(db, world.now()).await, "9.99");
        }
        let from = world.now() + TimeDelta::seconds(100);
        let new = import(world, "prefix,price_per_minute\n1,0.50\n", TimeDelta::seconds(100)).await;
        refresh_decks(&there, PLENTY, &[world.now(), from]).await.expect("decks are read");
        assert!(there.kept_decks().find(&new).is_some(), "it is there before its time");
        assert_eq!(price(&there, from - TimeDelta::microseconds(1)).await, "9.99");
        assert_eq!(price(&there, from).await, "0.5");
        assert!(here.kept_decks().find(&new).is_none(), "nobody looked here since it was imported");
        assert_eq!(price(&here, from).await, "0.5", "and yet it counts");
        for db in [&here, &there] {
            refresh_decks(db, PLENTY, &[from]).await.expect("decks are read");
            assert!(db.kept_decks().find(&old).is_none() && db.kept_decks().find(&new).is_some());
            assert_eq!(price(db, from - TimeDelta::microseconds(1)).await, "0.3", "the database still knows the old one");
        }
    }

    async fn a_node_keeps_what_it_is_asked_for_and_what_comes_into_effect(world: World) {
        let db = world.service.app.db.clone();
        let asked = import(world, "prefix,price_per_minute\n1,0.40\n", TimeDelta::zero()).await;
        assert_eq!(price(&db, world.now()).await, "0.4");
        world.wait(2).await;
        assert!(db.kept_decks().find(&asked).is_some(), "somebody wanted a rate of it");
        let coming = import(world, "prefix,price_per_minute\n1,0.50\n", TimeDelta::seconds(400)).await;
        world.wait(62).await;
        assert!(db.kept_decks().find(&coming).is_none(), "its time is far");
        world.wait(330).await;
        assert!(db.kept_decks().find(&coming).is_some() && db.kept_decks().find(&asked).is_some());
        world.wait(70).await;
        assert!(db.kept_decks().find(&coming).is_some() && db.kept_decks().find(&asked).is_none());
    }

    async fn a_deck_that_does_not_fit_the_memory_is_looked_up_in_the_database(world: World) {
        let there = node(world);
        let deck = deck_of(&there, world.now()).await;
        refresh_decks(&there, 100, &[world.now()]).await.expect("decks are read");
        assert!(there.kept_decks().find(&deck).is_none());
        assert_eq!(price(&there, world.now()).await, "0.3");
    }
}

/// PostgreSQL alone guesses how to find a thing from what it knows of the table, which is of another deck here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_deck_that_has_just_come_in_no_more_is_read_than_what_is_looked_for() {
    let world = World::new(Kind::Postgres).await;
    let mut server = PgConnection::establish(&world.database.url).expect("the server answers");
    server.batch_execute("ALTER TABLE rates SET (autovacuum_enabled = off)").expect("it obeys");
    let mut deck = "prefix,price_per_minute\n1415,0.70\n".to_owned();
    (0..20_000).for_each(|number| writeln!(deck, "1{number:05},0.10").expect("text grows"));
    import(&world, &deck, TimeDelta::zero()).await;
    server.batch_execute("ANALYZE rates").expect("it obeys");
    import(&world, &deck, TimeDelta::zero()).await;
    let before = told(&mut server, READ);
    let others = told(&mut server, CONNECTIONS);
    let bare = node(&world);
    assert_eq!(price(&bare, world.now()).await, "0.7");
    drop(bare);
    // What a connection has read is told when it has ended.
    block_in_place(|| while told(&mut server, CONNECTIONS) > others {});
    let read = told(&mut server, READ) - before;
    assert!((1..100).contains(&read), "{read} were read");
    world.close().await;
}

const READ: &str = "SELECT idx_tup_fetch + seq_tup_read AS number FROM pg_stat_user_tables WHERE relname = 'rates'";
const CONNECTIONS: &str = "SELECT COUNT(*) AS number FROM pg_stat_activity WHERE datname = current_database()";

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn told(server: &mut PgConnection, query: &str) -> i64 {
    sql_query(query).get_result::<Told>(server).expect("it knows").number
}

/// Another process of the same service.
fn node(world: &World) -> Db {
    Db::open(&world.service.app.config.database.url, 2, |_| {}).expect("the database is there")
}

async fn import(world: &World, csv: &str, in_effect_after: TimeDelta) -> String {
    let now = world.now();
    let upload = DeckUpload {
        plan_name: "standard".to_owned(),
        csv: csv.as_bytes().to_vec(),
        effective_from: Some(now + in_effect_after),
        actor: "story".to_owned(),
        dry_run: false,
    };
    let imported = world.service.app.db.write(move |tx| import_deck(tx, &upload, now)).await;
    match imported {
        Ok(Imported::Deck { id, .. }) => id,
        other => panic!("{other:?}"),
    }
}

async fn ask(db: &Db, caller: Option<&str>, numbers: &[String], at: DateTime<Utc>) -> (String, Vec<Option<DeckRate>>) {
    let number = |text: &str| text.parse::<PhoneNumber>().expect("a number");
    let (caller, numbers) = (caller.map(number), numbers.iter().map(|text| number(text)).collect::<Vec<_>>());
    let found = db.read(move |tx| {
        let plan = accounts::plan_by_name(tx, "standard")?.expect("the plan is there");
        rates::find(tx, &plan.id, caller.as_ref(), &numbers.iter().collect::<Vec<_>>(), at)
    });
    found.await.map_err(|error: StorageError| error).expect("rates are read")
}

async fn deck_of(db: &Db, at: DateTime<Utc>) -> String {
    ask(db, None, &[], at).await.0
}

/// Of a minute to the United States.
async fn price(db: &Db, at: DateTime<Utc>) -> String {
    let found = ask(db, None, &[SAN_FRANCISCO.to_owned()], at).await.1.remove(0);
    found.expect("there is a rate").rate.price_per_minute.to_string()
}

fn only(price: &str) -> RateTable {
    let csv = format!("prefix,price_per_minute\n1,{price}\n");
    deck::read(csv.as_bytes(), &Reading::from(DateTime::UNIX_EPOCH)).expect("a deck")
}

/// The same for everybody, every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % most
    }

    /// Few different ones, so that prefixes often fit.
    fn digits(&mut self, most: usize) -> String {
        (0..self.below(most + 1)).map(|_| ["1", "2", "9"][self.below(3)]).collect()
    }

    fn number(&mut self) -> String {
        let digits: String = (0..9).map(|_| ["1", "2", "9"][self.below(3)]).collect();
        format!("+1{digits}")
    }

    fn deck(&mut self, rates: usize) -> String {
        let mut lines = BTreeMap::new();
        for _ in 0..rates {
            let (prefix, origin, hour) = (self.digits(5), self.digits(3), self.below(4));
            let origin = if origin.is_empty() { origin } else { format!("1{origin}") };
            let key = format!("1{prefix},{origin},2026-11-21T{:02}:00:00Z", 12 + hour);
            let bands = ["", "UTC; 08:00-18:00 0.30+0.05"][self.below(2)];
            let blocked = ["", "", "yes"][self.below(3)];
            let terms = format!("0.{:02},{},{bands},{blocked},{}", self.below(100), self.below(3), 1 + self.below(60));
            lines.insert(key, terms);
        }
        let header =
            "prefix,origination,effective_from,price_per_minute,connection_fee,bands,blocked,increment_seconds\n";
        lines.iter().fold(header.to_owned(), |mut csv, (key, terms)| {
            writeln!(csv, "{key},{terms}").expect("text grows");
            csv
        })
    }
}
