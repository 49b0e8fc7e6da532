//! A deck comes in while calls run: piece by piece, without effect until all of it is there.

use std::fmt::Write;

use talktime::domain::deck_change::DeckChange;
use talktime::flows::FlowError;
use talktime::flows::draft_deck::{RATES_AT_ONCE, draft_deck, import_piece, take_draft, to_import};
use talktime::flows::import_deck::DeckUpload;
use talktime::flows::quote_number::{NumberQuestion, quote_number};

use crate::on_both_databases;
use crate::support::World;

on_both_databases! {
    async fn a_deck_counts_when_all_of_it_is_there(world: World) {
        let draft = drafted(world, 2 * RATES_AT_ONCE + 7).await;
        take(world, &draft).await;
        assert_eq!(price(world).await, "0.3", "it is taken, and not there yet");
        world.wait(2).await;
        assert_eq!(price(world).await, "0.5");
        take(world, &draft).await;
        world.wait(2).await;
        assert_eq!(price(world).await, "0.5", "taken twice is taken once");
    }

    /// Two processes believe that the job is theirs.
    async fn no_piece_of_a_deck_is_written_twice(world: World) {
        let draft = drafted(world, 10).await;
        let now = world.now();
        let (first, second) = world.service.app.db.write(move |tx| {
            take_draft(tx, &draft, "story", now)?;
            let (found, rates) = to_import(tx, &draft)?.expect("it waits to be written");
            Ok::<_, FlowError>((import_piece(tx, &found, 0, &rates[..4])?, import_piece(tx, &found, 0, &rates[..4])?))
        }).await.expect("the piece is written");
        assert_eq!((first, second), (true, false));
        world.wait(2).await;
        assert_eq!(price(world).await, "0.5", "the job goes on where the piece ended");
    }
}

/// A deck of so many rates, in which the United States cost 0.50.
async fn drafted(world: &World, rates: usize) -> String {
    let mut csv = "prefix,price_per_minute\n1,0.5\n".to_owned();
    for number in 1..rates {
        writeln!(csv, "99{number:06},0.1").expect("text grows");
    }
    let deck = DeckUpload {
        plan_name: "standard".to_owned(),
        csv: csv.into_bytes(),
        effective_from: None,
        actor: "story".to_owned(),
        dry_run: false,
    };
    let now = world.now();
    let draft = world.service.app.db.write(move |tx| draft_deck(tx, &deck, rates, &DeckChange::default(), now));
    draft.await.expect("the draft is kept")
}

async fn take(world: &World, draft: &str) {
    let (draft, now) = (draft.to_owned(), world.now());
    world.service.app.db.write(move |tx| take_draft(tx, &draft, "story", now)).await.expect("the draft is taken");
}

/// Of a minute to the United States.
async fn price(world: &World) -> String {
    let question = NumberQuestion {
        plan: "standard".to_owned(),
        to: "+14155550101".parse().expect("a number"),
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
