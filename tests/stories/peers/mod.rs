//! Defects that other systems have published, by the names they have there, and what callers and books see here instead.
//! Those of rating alone are in `src/domain/rating/peers_tests.rs`.

mod calls;
mod decks;
mod limits;
mod locks;
mod money;
mod packages;
mod recharges;
mod shown;

use talktime::domain::money::Money;
use talktime::flows::refund::{RefundWish, Refunded, refund};
use talktime::storage::{StorageError, payments, statements};

use crate::support::World;

/// What left or reached the balance under facts of this kind, newest first.
async fn booked(world: &World, account: &str, kind: &str) -> Vec<Money> {
    let (id, kind) = (account.to_owned(), format!("{kind}:"));
    let found = world.service.app.db.read(move |tx| statements::page(tx, &id, None, 1000)).await;
    let found = found.map_err(|error: StorageError| error).expect("the statement is read");
    found.into_iter().filter(|line| line.fact_key.starts_with(&kind)).map(|line| line.amount).collect()
}

async fn balance(world: &World, account: &str) -> String {
    world.wallet(account).await.posted.to_string()
}

/// An account that was charged 1.00 automatically and has not used it, and the processor's name of the charge.
async fn charged(world: &mut World) -> (String, String) {
    let account = world.caller("0.01").await;
    world.agree(&account, &["pm_card_visa"]).await;
    world.dial(&account, &["+14155550101"]).await;
    world.wait(10).await;
    let id = account.clone();
    let paid = world.service.app.db.read(move |tx| payments::list(tx, Some(&id), 1)).await;
    let paid = paid.map_err(|error: StorageError| error).expect("payments are read").remove(0);
    (account, paid.reference.expect("it is credited"))
}

async fn give_back(world: &World, account: &str, charge: &str, amount: &str) -> Refunded {
    let wish = RefundWish {
        account: account.to_owned(),
        charge: charge.to_owned(),
        amount: amount.parse().expect("an amount"),
        reason: "as somebody wants".to_owned(),
        key: talktime::ids::new("key"),
        actor: "story".to_owned(),
    };
    let (forms, now) = (world.service.app.forms.clone(), world.now());
    world.service.app.db.write(move |tx| refund(tx, &wish, &forms, now)).await.expect("it is decided")
}
