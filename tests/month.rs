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

use std::time::Instant;

use size::Size;
use support::twin::Name;
use support::{Kind, World};

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

fn assert_same(one: &[String], other: &[String]) {
    let differ = |a: &[String], b: &[String]| a.iter().filter(|line| !b.contains(line)).take(20).cloned().collect();
    let (left, right): (Vec<String>, Vec<String>) = (differ(one, other), differ(other, one));
    assert!(one == other, "the same number ends in other books:\n{}\nand\n{}", left.join("\n"), right.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_keeps_its_promises_and_the_same_number_ends_in_the_same_books() {
    let size = Size::wanted();
    let first = month(Kind::Sqlite, size).await;
    assert_same(&first, &month(Kind::Sqlite, size).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_ends_in_the_same_books_on_postgres() {
    let size = Size::wanted().share(3);
    assert_same(&month(Kind::Sqlite, size).await, &month(Kind::Postgres, size).await);
}
