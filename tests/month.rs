//! A month of a small telephone company: the whole service at its doors, both sandboxes, and everything going wrong that
//! can, by chance that follows from one number. Afterwards the books are held against what an independent witness saw at
//! the processor and at the carrier, and a second month from the same number must end in the same books.
//!
//! `MONTH_ACCOUNTS`, `MONTH_CALLS`, `MONTH_PAYMENTS` and `MONTH_SEED` say how much and which; the whole month is
//! `MONTH_ACCOUNTS=1000 MONTH_CALLS=200000 MONTH_PAYMENTS=20000`, with an optimised build.

#[allow(dead_code, unused_imports, reason = "the stories use the rest of it")]
mod support;

#[path = "month/back.rs"]
mod back;
#[path = "month/books.rs"]
mod books;
#[path = "month/bounds.rs"]
mod bounds;
#[path = "month/cases.rs"]
mod cases;
#[path = "month/door.rs"]
mod door;
#[path = "month/house.rs"]
mod house;
#[path = "month/life.rs"]
mod life;
#[path = "month/nights.rs"]
mod nights;
#[path = "month/plans.rs"]
mod plans;
#[path = "month/prices.rs"]
mod prices;
#[path = "month/refuel.rs"]
mod refuel;
#[path = "month/returns.rs"]
mod returns;
#[path = "month/size.rs"]
mod size;
#[path = "month/witness.rs"]
mod witness;

use std::collections::BTreeSet;
use std::time::Instant;
use std::{panic, thread};

use size::Size;
use support::twin::Name;
use support::{Kind, World};
use tokio::runtime::Builder;

/// Plays the month and holds it to its promises. What the books say in the end, without names that chance made.
async fn month(kind: Kind, size: Size) -> Vec<String> {
    let began = Instant::now();
    // Nobody else makes jobs or takes decks, so none has to be looked for.
    let looks = ["TALKTIME_JOBS_LOOK_SECONDS", "TALKTIME_DECKS_LOOK_SECONDS"].map(|name| (name, "86400"));
    let mut world = World::set(kind, Name::Stripe, &looks).await;
    house::play(&mut world, size).await;
    let played = began.elapsed();
    let mut books = books::Books::open(&world.database.url);
    witness::report(&world, &mut books, size);
    witness::testify(&world, &mut books, size).await;
    let digest = books.digest();
    println!("{kind:?}: played in {played:.1?}, looked at in {:.1?}", began.elapsed() - played);
    world.close().await;
    digest
}

/// Two months from one number, side by side, as each wants but one processor.
fn two_end_in_the_same_books(size: Size, kinds: [Kind; 2]) {
    let play = |kind| {
        thread::spawn(move || {
            let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(month(kind, size))
        })
    };
    let [one, other] = kinds.map(play).map(|month| month.join().unwrap_or_else(|why| panic::resume_unwind(why)));
    if one != other {
        let [one, other]: [BTreeSet<String>; 2] = [one, other].map(BTreeSet::from_iter);
        let only = |those: &BTreeSet<String>, others| {
            let lines: Vec<_> = those.difference(others).take(20).map(String::as_str).collect();
            lines.join("\n")
        };
        panic!("the same number ends in other books:\n{}\nand\n{}", only(&one, &other), only(&other, &one));
    }
}

#[test]
fn a_month_keeps_its_promises_and_the_same_number_ends_in_the_same_books() {
    two_end_in_the_same_books(Size::wanted(), [Kind::Sqlite, Kind::Sqlite]);
}

#[test]
fn a_month_ends_in_the_same_books_on_postgres() {
    two_end_in_the_same_books(Size::wanted().share(3), [Kind::Sqlite, Kind::Postgres]);
}
