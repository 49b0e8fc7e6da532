//! When cards are not charged: the operator has stopped it, or the card processor does not answer.

use chrono::TimeDelta;
use talktime::domain::breaker::{OPENS_AFTER, RESTS, State};
use talktime::domain::call::record::Record;
use talktime::domain::charging::Charging;
use talktime::domain::event::Kind;
use talktime::domain::exchange::{Reply, Sent};
use talktime::domain::money::Money;
use talktime::domain::payment::Doubt;
use talktime::domain::recharge::Agreement;
use talktime::flows::charging::switch_charging;
use talktime::flows::settle_payment::{Answer, Next, answered, next_step};
use talktime::flows::tell::{NewEndpoint, add_endpoint};
use talktime::sandbox::cards::{Fault, FaultKind};
use talktime::storage::{StorageError, breakers, events, payments};

use crate::on_both_databases;
use crate::support::locks::{Holder, all_wait};
use crate::support::{self, World};

async fn switch(world: &World, state: Charging) {
    let now = world.now();
    let switched = world.service.app.db.write(move |tx| switch_charging(tx, state, "a story", "operator", now)).await;
    switched.expect("it is switched");
}

/// Somebody with money for 40 seconds and a good card, who talks.
async fn talking(world: &World) -> (String, String) {
    let account = world.caller("0.40").await;
    world.agree(&account, &["pm_card_visa"]).await;
    let call = world.call(&account, &["+14155550101"]).await;
    (account, call)
}

async fn breaker(world: &World) -> State {
    let found = world.service.app.db.read(|tx| breakers::find(tx, "stripe")).await;
    found.map_err(|error: StorageError| error).expect("it is read").state
}

/// The call ended at its first limit, after a warning, and nobody was charged for it.
async fn assert_ended_unpaid(world: &mut World, account: &str, call: &str) {
    let over = world.until_settled(call).await;
    assert_eq!(over.legs.iter().map(|leg| leg.billable_seconds()).collect::<Vec<_>>(), [40, 39]);
    let record = world.record(call).await;
    assert!(record.contains(&Record::Warned), "{record:?}");
    assert!(!world.payments(account).await.contains(&"credited"));
}

on_both_databases! {
    async fn stopped_charges_are_stopped_for_running_calls_too_and_go_on_when_they_are_started(world: World) {
        for state in [Charging::NoAutomatic, Charging::Off] {
            let (account, call) = talking(world).await;
            switch(world, state).await;
            assert_ended_unpaid(world, &account, &call).await;
            assert!(world.payments(&account).await.is_empty(), "nothing was begun");
            world.dial(&account, &["+14155550101"]).await;
            world.wait(5).await;
            assert_eq!(world.cards.charges().len(), 0, "nor for a call that could not begin");
        }
        switch(world, Charging::On).await;
        let (account, call) = talking(world).await;
        world.wait(60).await;
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        assert_eq!((world.cards.charges().len(), world.payments(&account).await), (1, vec!["credited"]));
    }

    async fn a_threshold_is_looked_at_again_when_charging_was_started_again(world: World) {
        let account = world.caller("0.50").await;
        world.agree(&account, &["pm_card_visa"]).await;
        switch(world, Charging::Off).await;
        world.agree_to(&account, Agreement { threshold: "1".parse().unwrap(), ..Agreement::of("5".parse().unwrap()) }).await;
        world.wait(10).await;
        assert_eq!(world.cards.charges().len(), 0);
        switch(world, Charging::On).await;
        world.pass(TimeDelta::hours(1)).await;
        assert_eq!(world.cards.charges().len(), 1);
    }

    async fn what_was_told_to_the_processor_but_not_confirmed_is_made_impossible(world: World) {
        // It is created at the second try, or confirmed at the fourth, and everything is stopped in between.
        for (matching, kind, times) in
            [("POST /v1/payment_intents", FaultKind::LostAfter, 1), ("/confirm", FaultKind::TooMany429, 3)]
        {
            switch(world, Charging::On).await;
            let (account, call) = talking(world).await;
            world.cards.fault(Fault { matching: matching.to_owned(), kind, times });
            while world.payments(&account).await.is_empty() {
                world.wait(1).await;
            }
            switch(world, Charging::NoAutomatic).await;
            assert_ended_unpaid(world, &account, &call).await;
            world.wait(120).await;
            assert_eq!(world.cards.charges().len(), 0);
            assert!(world.payments(&account).await.iter().all(|state| ["failed", "canceled"].contains(state)));
        }
    }

    async fn a_processor_that_does_not_answer_is_left_alone_what_was_begun_is_looked_after_and_a_probe_ends_it(world: World) {
        let told = NewEndpoint {
            url: "http://127.0.0.1:9/nobody".to_owned(),
            kinds: vec![Kind::ProcessorUnavailable, Kind::ProcessorAvailable],
            low_balance: Money::ZERO,
        };
        let now = world.now();
        world.service.app.db.write(move |tx| add_endpoint(tx, told, "story", now)).await.expect("it is added");
        world.cards.fault(Fault { matching: "POST /v1/payment_intents".to_owned(), kind: FaultKind::LostBefore, times: 6 });
        let (ada, adas_call) = talking(world).await;
        let (bob, bobs_call) = talking(world).await;
        world.wait(10).await;
        let (cleo, cleos_call) = talking(world).await;
        world.wait(25).await;
        assert_eq!(breaker(world).await, State::Open, "six requests of two payments were lost");
        assert_eq!((world.payments(&ada).await, world.payments(&bob).await), (vec!["credited"], vec!["credited"]));
        assert_ended_unpaid(world, &cleo, &cleos_call).await;
        assert!(world.payments(&cleo).await.is_empty(), "nothing new is begun");
        for call in [adas_call, bobs_call] {
            world.hang_up(&call).await;
            world.until_settled(&call).await;
        }
        world.pass(RESTS).await;
        let (dan, dans_call) = talking(world).await;
        world.wait(60).await;
        assert_eq!((world.payments(&dan).await, breaker(world).await), (vec!["credited"], State::Closed));
        world.hang_up(&dans_call).await;
        world.until_settled(&dans_call).await;
        assert_eq!(world.cards.charges().len(), 3);
        let told = world.service.app.db.read(|tx| events::list(tx, None, None, 10)).await;
        let told = told.map_err(|error: StorageError| error).expect("events are read");
        let kinds: Vec<_> = told.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["processor.available", "processor.unavailable"]);
    }

    async fn a_probe_that_fails_leaves_it_open(world: World) {
        world.cards.fault(Fault { matching: "POST /v1/payment_intents".to_owned(), kind: FaultKind::LostBefore, times: 500 });
        let (_, first) = talking(world).await;
        let (_, second) = talking(world).await;
        for call in [first, second] {
            world.until_settled(&call).await;
        }
        assert_eq!(breaker(world).await, State::Open);
        world.pass(RESTS).await;
        let (ada, adas_call) = talking(world).await;
        let (bob, bobs_call) = talking(world).await;
        world.wait(25).await;
        assert_eq!(breaker(world).await, State::Open);
        let begun = world.payments(&ada).await.len() + world.payments(&bob).await.len();
        assert_eq!(begun, 1, "one of them tries it");
        assert_ended_unpaid(world, &ada, &adas_call).await;
        assert_ended_unpaid(world, &bob, &bobs_call).await;
    }
}

/// A payment that is on its way, and the answer to a look at it that never came.
async fn unanswered(world: &mut World) -> (String, Answer) {
    let account = world.caller("0.01").await;
    world.agree(&account, &["pm_card_processing_succeeds"]).await;
    world.dial(&account, &["+14155550101"]).await;
    world.pass(TimeDelta::milliseconds(1500)).await;
    let found = world.service.app.db.read(move |tx| payments::list(tx, Some(&account), 1)).await;
    let payment = found.map_err(|error: StorageError| error).expect("the payments are read").remove(0);
    let (id, at) = (payment.id.clone(), payment.not_before);
    let told = |_, _: &_, _: &_| Sent { method: "GET", path: String::new(), body: String::new() };
    let next = world.service.app.db.write(move |tx| next_step(tx, &id, told, at)).await.expect("the books take it");
    let Next::Send(send) = next else { panic!("it is looked at: {next:?}") };
    let reply = Reply { status: None, body: String::new() };
    (payment.id, Answer { step: send.step, seq: send.seq, seen: Err(Doubt::NotSent("refused".to_owned())), reply })
}

/// Neither transaction sees the failure that the other has noted before that one has ended. With SQLite there is one at a
/// time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_failures_at_one_moment_the_second_counts_both() {
    let mut world = World::new(support::Kind::Postgres).await;
    let ((one, first), (other, second)) = (unanswered(&mut world).await, unanswered(&mut world).await);
    let (db, now) = (world.service.app.db.clone(), world.now());
    let before = db.write(move |tx| {
        breakers::lock(tx, "stripe")?;
        (0..OPENS_AFTER - 2).try_for_each(|_| breakers::note_failure(tx, "stripe", "before", now))
    });
    before.await.map_err(|error: StorageError| error).expect("they are noted");
    let first = Holder::of(&world, move |tx| answered(tx, &one, &first, "stripe", false, now));
    let second =
        tokio::spawn(async move { db.write(move |tx| answered(tx, &other, &second, "stripe", false, now)).await });
    all_wait(&world, &[&second]);
    first.let_go().await;
    second.await.expect("no panic").expect("it is booked");
    assert_eq!(breaker(&world).await, State::Open);
    world.close().await;
}
