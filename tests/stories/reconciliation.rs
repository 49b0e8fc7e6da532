//! Our books beside the card processors' statements: what is the same is counted, what is not is told, and nothing is
//! repaired.

use chrono::TimeDelta;
use talktime::domain::ledger::{Place, Transfer};
use talktime::domain::reconcile::{Side, Span};
use talktime::domain::wallet::Wallet;
use talktime::flows::reconcile::compare_now;
use talktime::jobs::reconcile::payments;
use talktime::sandbox::cards::FaultKind;
use talktime::storage::{StorageError, accounts, ledger, reconciliations};

use crate::on_both_databases;
use crate::support::twin::{Name, On};
use crate::support::{Kind, World};

/// An account that was charged 1.00 automatically, or was to be.
async fn charged(world: &mut World) -> String {
    let account = world.caller("0.01").await;
    world.agree(&account, &["pm_card_visa"]).await;
    world.dial(&account, &["+14155550101"]).await;
    world.pass(TimeDelta::seconds(30)).await;
    account
}

/// How many are alike, and of each difference where it is, the beginning of its key, and what both say.
async fn compared(world: &World) -> (i64, Vec<(Side, String, String)>) {
    let span = Span { from: world.now() - TimeDelta::hours(1), to: world.now() + TimeDelta::seconds(1) };
    let app = &world.service.app;
    let name = app.processors.chosen().name();
    let (made, found) = payments(app, name, span, "story".to_owned()).await.expect("the statement is read");
    let told = found.into_iter().map(|one| {
        let said = one.fields.iter().map(|it| {
            let or = |said: &Option<String>| said.clone().unwrap_or_else(|| "-".to_owned());
            format!("{} {} {}", it.name, or(&it.ours), or(&it.theirs))
        });
        (one.side, one.key.split(' ').next().unwrap_or_default().to_owned(), said.collect::<Vec<_>>().join(", "))
    });
    (made.alike, told.collect())
}

/// A transfer that nobody made: the books say that so much came from the processor.
async fn invent_a_charge(world: &World, account: &str) {
    let (account, now) = (account.to_owned(), world.now());
    let invented = world.service.app.db.write(move |tx| {
        let wallet = accounts::lock_wallet(tx, &account)?.expect("it is there");
        let amount = "3".parse().expect("an amount");
        let transfer = Transfer {
            fact_key: "credit:stripe:pi_invented".to_owned(),
            account: account.clone(),
            debit: Place::Clearing("stripe".to_owned()),
            credit: Place::Wallet(account.clone()),
            amount,
            note: "nobody paid this".to_owned(),
        };
        ledger::post(tx, &transfer, "USD".parse().expect("a currency"), "story", now)?;
        accounts::save_wallet(tx, &account, &Wallet { posted: wallet.posted + amount, ..wallet })
    });
    let invented: Result<(), StorageError> = invented.await;
    invented.expect("it is booked");
}

on_both_databases! {
    async fn a_charge_and_its_refund_are_alike_on_both_sides(world: World) {
        let account = charged(world).await;
        let charge = world.twin().charged(&account).remove(0).0;
        crate::refunds::begun(world, &account, &charge, "0.40").await;
        world.pass(TimeDelta::seconds(10)).await;
        assert_eq!(compared(world).await, (3, vec![]), "the fee of the charge, too");
        assert_eq!(compared(world).await, (3, vec![]), "however often it is compared");
    }

    async fn what_only_one_side_has_is_told_and_nothing_is_repaired(world: World) {
        world.twin().fault(On::Confirm, FaultKind::OtherAmount, 1);
        let account = charged(world).await;
        invent_a_charge(world, &account).await;
        let wallet = world.wallet(&account).await;
        let expected = vec![
            (Side::Theirs, "charge".to_owned(), "amount - 1.01, currency - USD".to_owned()),
            (Side::Ours, "charge".to_owned(), "amount 3.00 -, currency USD -".to_owned()),
        ];
        let (alike, mut told) = compared(world).await;
        told.sort_by_key(|(side, _, _)| *side == Side::Ours);
        assert_eq!((alike, told), (1, expected), "a fee is a fee");
        assert_eq!(world.wallet(&account).await, wallet);
        let differing = world.service.app.db.read(reconciliations::count_latest).await;
        assert_eq!(differing.map_err(|error: StorageError| error).expect("they are kept"), 2);
    }

    async fn the_command_shows_what_differs_and_then_fails(world: World) {
        let account = charged(world).await;
        let day = ["reconcile", "payments", "--from", "2026-11-21", "--to", "2026-11-22", "--json"];
        let (code, said) = world.command(&day);
        assert_eq!(code, Some(0), "{said}");
        let shown: serde_json::Value = serde_json::from_str(said.lines().next().unwrap_or_default()).expect("JSON");
        assert_eq!((&shown["source"], &shown["alike"]), (&"stripe".into(), &2.into()));
        invent_a_charge(world, &account).await;
        let (code, said) = world.command(&day[..6]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("charge pi_invented: only in our books: amount 3.00, currency USD"), "{said}");
        let (code, said) = world.command(&["reconcile", "payments", "--from", "soon"]);
        assert!(code == Some(2) && said.contains("neither a day"), "{said}");
    }

    async fn somebody_has_the_last_day_compared_at_once(world: World) {
        charged(world).await;
        let now = world.now();
        let asked = world.service.app.db.write(move |tx| {
            compare_now(tx, &["stripe"], "ada@example.com", now)?;
            compare_now(tx, &["stripe"], "ada@example.com", now)
        });
        asked.await.expect("it is asked for");
        world.pass(TimeDelta::seconds(30)).await;
        let made = world.service.app.db.read(|tx| reconciliations::list(tx, None, 10)).await;
        let made = made.map_err(|error: StorageError| error).expect("they are kept");
        assert!(made.len() == 2 && made.iter().all(|made| made.actor == "ada@example.com"), "each once: {made:?}");
    }

    async fn a_statement_that_cannot_be_read_is_asked_for_again(world: World) {
        charged(world).await;
        world.cards.fault(talktime::sandbox::cards::Fault {
            matching: "balance_transactions".to_owned(), kind: FaultKind::LostAfter, times: 2,
        });
        world.pass(TimeDelta::days(1)).await;
        let now = world.now();
        let asked = world.service.app.db.write(move |tx| talktime::flows::Job::ReconcileYesterday.enqueue(tx, now));
        asked.await.map_err(|error: StorageError| error).expect("it is asked for");
        world.pass(TimeDelta::seconds(30)).await;
        let made = world.service.app.db.read(|tx| reconciliations::list(tx, None, 10)).await;
        let mut made = made.map_err(|error: StorageError| error).expect("they are kept");
        made.retain(|made| made.kind == talktime::domain::reconcile::Kind::Payments);
        assert_eq!(made.len(), 1, "{made:?}");
        assert_eq!((made[0].alike, made[0].differing, made[0].actor.as_str()), (2, 0, "schedule"));
        assert_eq!(made[0].span.to - made[0].span.from, TimeDelta::days(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_payments_and_refunds_do_where_there_is_no_statement() {
    let mut world = World::with(Kind::Sqlite, Name::Hyperswitch).await;
    let account = charged(&mut world).await;
    let charge = world.twin().charged(&account).remove(0).0;
    crate::refunds::begun(&world, &account, &charge, "0.40").await;
    world.pass(TimeDelta::seconds(10)).await;
    assert_eq!(compared(&world).await, (2, vec![]));
    world.twin().send_back(&charge);
    world.pass(TimeDelta::seconds(10)).await;
    assert_eq!(compared(&world).await, (2, vec![]), "it came to nothing on both sides");
    world.twin().fault(On::Confirm, FaultKind::OtherCurrency, 1);
    charged(&mut world).await;
    let (alike, told) = compared(&world).await;
    assert_eq!((alike, told.len(), told[0].0), (2, 1, Side::Theirs), "{told:?}");
    world.close().await;
}
