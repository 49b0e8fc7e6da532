//! Decks that took half an hour to load, and look-ups in them that took seconds. What is counted here is what the database is
//! asked, which must not grow with them.

use std::cell::Cell;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use talktime::domain::phone_number::PhoneNumber;
use talktime::flows::FlowError;
use talktime::flows::import_deck::{DeckUpload, Imported, import_deck};
use talktime::storage::{Db, Tx, accounts, rates};

use crate::on_both_databases;
use crate::support::World;

thread_local! {
    /// A transaction does all its work on one thread.
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

fn note(event: InstrumentationEvent<'_>) {
    if let InstrumentationEvent::StartQuery { .. } = event {
        ASKED.set(ASKED.get() + 1);
    }
}

/// A node that counts, and has no deck in memory.
fn counting(world: &World) -> Db {
    set_default_instrumentation(|| Some(Box::new(note) as Box<dyn Instrumentation>)).expect("nothing else sets it");
    Db::open(&world.service.app.config.database.url, 1, |_| {}).expect("the database is there")
}

/// How often the database is asked something by this work, and what comes of it.
async fn asked<T: Send + 'static>(
    db: &Db,
    work: impl FnOnce(&mut Tx) -> Result<T, FlowError> + Send + 'static,
) -> (usize, T) {
    let counted = db.write(move |tx| {
        let before = ASKED.get();
        let done = work(tx)?;
        Ok::<_, FlowError>((ASKED.get() - before, done))
    });
    counted.await.expect("the books answer")
}

async fn import(world: &World, db: &Db, prefixes: usize) -> (usize, String) {
    let lines = (0..prefixes).map(|number| format!("{},0.10\n", 1_400_000 + number));
    let deck = DeckUpload {
        plan_name: "standard".to_owned(),
        csv: lines.fold("prefix,price_per_minute\n1,0.30\n".to_owned(), |csv, line| csv + &line).into_bytes(),
        effective_from: None,
        actor: "story".to_owned(),
        dry_run: false,
    };
    let now = world.now();
    match asked(db, move |tx| import_deck(tx, &deck, now)).await {
        (count, Imported::Deck { id, .. }) => (count, id),
        (_, other) => panic!("{other:?}"),
    }
}

/// How often the database is asked for the rates of this many numbers, all of which have one.
async fn look_up(world: &World, db: &Db, numbers: usize) -> usize {
    let numbers: Vec<PhoneNumber> =
        (0..numbers).map(|last| format!("+1415555010{last}").parse().expect("a number")).collect();
    let now = world.now();
    let (count, found) = asked(db, move |tx| {
        let plan = accounts::plan_by_name(tx, "standard")?.expect("the plan is there");
        let before = ASKED.get();
        let (_, found) = rates::find(tx, &plan.id, None, &numbers.iter().collect::<Vec<_>>(), now)?;
        Ok((ASKED.get() - before, found))
    })
    .await
    .1;
    assert!(found.iter().all(Option::is_some));
    count
}

on_both_databases! {
    /// 172,000 prefixes took 8 minutes to read, 13 to write and 9 to have in memory: here a thousand go at once.
    async fn cgrates_40_a_deck_that_took_half_an_hour_to_load(world: World) {
        let db = counting(world);
        let (few, _) = import(world, &db, 10).await;
        let (many, deck) = import(world, &db, 3_000).await;
        assert!(few > 2 && many <= few + 3, "{few} for a few, {many} for 3,000");
        let (reading, table) = asked(&db, move |tx| Ok(rates::table(tx, &deck)?)).await;
        assert_eq!((reading, table.len()), (1, 3_001));
    }

    /// Three seconds for a number at 12,000 prefixes: here one question for the deck in effect and one for all numbers of a
    /// call, and only the first where the deck is in memory.
    async fn cgrates_22_a_lookup_that_took_longer_the_larger_the_deck(world: World) {
        let db = counting(world);
        for prefixes in [10, 2_000] {
            let (_, deck) = import(world, &db, prefixes).await;
            assert_eq!((look_up(world, &db, 1).await, look_up(world, &db, 6).await), (2, 2), "{prefixes} prefixes");
            let id = deck.clone();
            let (_, table) = asked(&db, move |tx| Ok(rates::table(tx, &id)?)).await;
            db.kept_decks().keep(&deck, table);
            assert_eq!(look_up(world, &db, 6).await, 1, "{prefixes} prefixes in memory");
        }
    }
}
