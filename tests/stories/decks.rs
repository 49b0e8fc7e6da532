//! A deck comes in while calls run: piece by piece, without effect until all of it is there.

use std::fmt::Write;

use chrono::TimeDelta;
use talktime::domain::deck::mapping::Mapping;
use talktime::domain::deck_change::DeckChange;
use talktime::flows::FlowError;
use talktime::flows::draft_deck::{Looked, draft_deck, import_piece, look_at_deck, take_draft, to_import};
use talktime::flows::import_deck::{DeckUpload, Import, import_deck, read_deck};
use talktime::flows::quote_number::{NumberQuestion, quote_number};

use talktime::storage::{StorageError, rates};

use crate::on_both_databases;
use crate::support::World;

on_both_databases! {
    async fn a_deck_counts_when_all_of_it_is_there(world: World) {
        let draft = drafted(world, 2 * world.service.app.db.rows_at_once() + 7).await;
        take(world, &draft).await;
        assert_eq!(price(world).await, "0.3", "it is taken, and not there yet");
        world.wait(2).await;
        assert_eq!(price(world).await, "0.5");
        take(world, &draft).await;
        world.wait(2).await;
        assert_eq!(price(world).await, "0.5", "taken twice is taken once");
    }

    async fn a_carriers_list_is_kept_read_again_and_taken_as_somebody_said(world: World) {
        let file = std::fs::read("fixtures/rates/other_names.csv").expect("the list is there");
        let said = "prefix=Vorwahl\nprice_per_minute=Cent-frei\ndestination=Zielname\nconnection_fee=Aufbau\nignore=*";
        let (deck, said) = (upload(file), said.parse::<Mapping>().expect("a mapping"));
        let now = world.now();
        let draft = world.service.app.db.write(move |tx| {
            let Looked::Good { rates, change } = look_at_deck(tx, &deck, said.clone(), now)? else { panic!("it is good") };
            assert_eq!((rates, change.new, change.fallen, change.removed), (3, 2, 1, 1));
            draft_deck(tx, &deck, &said, rates, &change, now)
        });
        take(world, &draft.await.expect("the draft is kept")).await;
        world.wait(2).await;
        assert_eq!(price_of(world, "+447700900000").await, "0.0145");
    }

    async fn what_an_import_left_that_was_given_up_counts_for_nothing_and_is_thrown_away(world: World) {
        let db = world.service.app.db.clone();
        let (deck, now) = (upload(csv(10)), world.now());
        let import = db.write(move |tx| {
            let rates = read_deck(tx, &deck, Mapping::default(), now)?.expect("it can be read");
            let mut import = Import::of(&deck, rates, 4, now);
            assert!(import.go_on(tx)?.is_none() && import.go_on(tx)?.is_none() && import.go_on(tx)?.is_none());
            Ok::<_, FlowError>(import)
        });
        drop(import.await.expect("it is begun"));
        assert_eq!(price(world).await, "0.3");
        let left = |before: TimeDelta| db.write(move |tx| rates::discard_some(tx, now + before, 3));
        assert!(!left(TimeDelta::zero()).await.map_err(|error: StorageError| error).expect("it is looked at"), "it may go on yet");
        let deck = upload(csv(2));
        let later = now + TimeDelta::hours(25);
        db.write(move |tx| import_deck(tx, &deck, later)).await.expect("another is imported");
        assert!(!left(TimeDelta::days(9)).await.map_err(|error: StorageError| error).expect("it is looked at"), "nothing is left");
    }

    /// Two processes believe that the job is theirs.
    async fn no_piece_of_a_deck_is_written_twice(world: World) {
        let draft = drafted(world, 10).await;
        let now = world.now();
        let (first, second) = world.service.app.db.write(move |tx| {
            take_draft(tx, &draft, "story", now)?;
            let (found, rates) = to_import(tx, &draft)?.expect("it waits to be written");
            Ok::<_, FlowError>((import_piece(tx, &found, &rates, 0, 4)?, import_piece(tx, &found, &rates, 0, 4)?))
        }).await.expect("the piece is written");
        assert_eq!((first, second), (true, false));
        world.wait(2).await;
        assert_eq!(price(world).await, "0.5", "the job goes on where the piece ended");
    }
}

/// A deck of so many rates, in which the United States cost 0.50.
fn csv(rates: usize) -> Vec<u8> {
    let mut csv = "prefix,price_per_minute\n1,0.5\n".to_owned();
    for number in 1..rates {
        writeln!(csv, "99{number:06},0.1").expect("text grows");
    }
    csv.into_bytes()
}

fn upload(csv: Vec<u8>) -> DeckUpload {
    DeckUpload {
        plan_name: "standard".to_owned(),
        csv,
        effective_from: None,
        actor: "story".to_owned(),
        dry_run: false,
    }
}

async fn drafted(world: &World, rates: usize) -> String {
    let (deck, now) = (upload(csv(rates)), world.now());
    let draft = world
        .service
        .app
        .db
        .write(move |tx| draft_deck(tx, &deck, &Mapping::default(), rates, &DeckChange::default(), now));
    draft.await.expect("the draft is kept")
}

async fn take(world: &World, draft: &str) {
    let (draft, now) = (draft.to_owned(), world.now());
    world.service.app.db.write(move |tx| take_draft(tx, &draft, "story", now)).await.expect("the draft is taken");
}

/// Of a minute to the United States.
async fn price(world: &World) -> String {
    price_of(world, "+14155550101").await
}

async fn price_of(world: &World, number: &str) -> String {
    let question = NumberQuestion {
        plan: "standard".to_owned(),
        to: number.parse().expect("a number"),
        from: None,
        seconds: None,
        funds: None,
        account: None,
        explain: false,
        at: world.now(),
    };
    let quote = world.service.app.db.read(move |tx| quote_number(tx, &question, 60)).await;
    quote.expect("rates are read").expect("there is a rate").price_per_minute
}
