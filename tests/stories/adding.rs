//! Numbers that are added while a call runs.

use talktime::domain::call::addition::AddRefusal;
use talktime::domain::call::machine::MachineChoice;
use talktime::domain::call::record::Record;
use talktime::domain::call::{Call, EndReason, LegState, Phase};
use talktime::flows::add_leg::{AddRequest, Added, add_leg};
use talktime::flows::credit::credit_account;
use talktime::sandbox::carrier::{Fault, FaultKind};

use crate::on_both_databases;
use crate::support::World;

const FRIEND: &str = "+14155550101";
/// Twice as dear as the others: a cent a second.
const LONDON: &str = "+442079460000";

/// Seconds on the bill, the payer's leg first.
fn billed(call: &Call) -> Vec<i64> {
    call.legs.iter().map(|leg| leg.billable_seconds()).collect()
}

async fn add_with_key(world: &World, call: &str, number: &str, key: &str) -> Added {
    let request = AddRequest {
        call: call.to_owned(),
        number: number.parse().expect("a number"),
        machine: MachineChoice::default(),
        request_key: key.to_owned(),
    };
    let (rules, now) = (world.service.app.config.rules, world.now());
    let added = world.service.app.db.write(move |tx| add_leg(tx, &request, None, &rules, now));
    added.await.expect("the books answer")
}

async fn add(world: &World, call: &str, number: &str) -> Added {
    add_with_key(world, call, number, &talktime::ids::new("key")).await
}

/// Money comes in, and is used for a number before the call can be extended into it.
async fn credit_and_add(world: &World, call: &str, amount: &str, number: &str) -> Added {
    let account = world.look(call).await.account;
    let request = AddRequest {
        call: call.to_owned(),
        number: number.parse().expect("a number"),
        machine: MachineChoice::default(),
        request_key: talktime::ids::new("key"),
    };
    let (rules, now, amount) = (world.service.app.config.rules, world.now(), amount.parse().expect("an amount"));
    let added = world.service.app.db.write(move |tx| {
        credit_account(tx, &account, &request.request_key, amount, "a gift", "story", now)?;
        add_leg(tx, &request, None, &rules, now)
    });
    added.await.expect("the books answer")
}

async fn refused(world: &World, call: &str, number: &str) -> AddRefusal {
    let books = |call: Call| (call.legs.len(), call.held, call.deadline);
    let before = books(world.look(call).await);
    let Added::Refused(refusal) = add(world, call, number).await else { panic!("{number} is refused") };
    assert_eq!(books(world.look(call).await), before, "a refusal changes nothing");
    refusal
}

fn is_added(added: &Added) -> bool {
    matches!(added, Added::Leg { .. })
}

on_both_databases! {
    async fn an_added_number_answers_and_is_billed_at_its_own_rate(world: World) {
        // The call holds all there is; 1.00 more comes.
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        // 91 seconds for London at a cent a second, less what the friend's ringing left over.
        let added = credit_and_add(world, &call, "1.00", LONDON).await;
        assert!(is_added(&added), "{added:?}");
        let record = world.record(&call).await;
        let held = "0.905".parse().unwrap();
        assert!(record.iter().any(|line| matches!(line, Record::Added { held: h, .. } if *h == held)), "{record:?}");
        world.wait(30).await;
        let live = world.look(&call).await;
        assert!(live.legs[2].is_in() && world.rings(LONDON) == 1);
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        let charges = over.charges();
        assert!((27..=30).contains(&charges[2].seconds), "{charges:?}");
        assert_eq!(charges[2].cost.micros(), charges[2].seconds * 10_000);
        let cost = charges.iter().map(|charge| charge.cost).sum::<talktime::domain::money::Money>();
        let wallet = world.wallet(&account).await;
        assert_eq!((wallet.posted + cost).to_string(), "2.00");
        assert_eq!(wallet.available(), wallet.posted);
    }

    async fn with_everybody_in_the_call_ends_at_the_second_its_money_is_used_up(world: World) {
        let account = world.caller("2.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(20).await;
        assert!(is_added(&credit_and_add(world, &call, "1.85", LONDON).await));
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        // All of it is used but what a whole second of all three would have cost, and what ringing gave back.
        let seconds = billed(&over);
        assert!(seconds[0] >= 199 && seconds[2] + 22 >= seconds[0], "{seconds:?}");
        assert!(world.wallet(&account).await.posted.micros() < 40_000, "{:?}", world.wallet(&account).await);
    }

    async fn an_addition_the_money_does_not_reach_for_shortens_nothing_and_says_what_would_be_left(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(20).await;
        let deadline = world.look(&call).await.deadline;
        // About 0.80 is left for 80 seconds of two legs; with London everybody would have 40.
        let AddRefusal::NotEnoughCredit { price_per_minute, seconds_left, .. } = refused(world, &call, LONDON).await
        else { panic!("for want of money") };
        assert_eq!((price_per_minute.to_string().as_str(), (38..=41).contains(&seconds_left)), ("0.6", true), "{seconds_left}");
        assert_eq!((world.look(&call).await.deadline, world.rings(LONDON)), (deadline, 0));
        let over = world.until_settled(&call).await;
        assert_eq!(billed(&over), [100, 99]);
    }

    async fn a_number_added_just_before_and_just_after_a_rejoin_has_the_newest_limit(world: World) {
        for wait_after_the_credit in [0, 1, 2, 3, 5] {
            let account = world.caller("0.60").await;
            let call = world.call(&account, &[FRIEND]).await;
            world.wait(15).await;
            world.credit(&account, "4.00").await;
            world.wait(wait_after_the_credit).await;
            let before = world.look(&call).await;
            // What came first was extended into, or is just being; what comes now pays for London, and the rest extends.
            let added = credit_and_add(world, &call, "6.00", LONDON).await;
            assert!(is_added(&added), "{wait_after_the_credit}: {added:?}");
            world.wait(20).await;
            let live = world.look(&call).await;
            assert!(live.is_running() && live.extension >= before.extension && live.extension >= 1);
            for leg in &live.legs {
                assert!(leg.is_in() && leg.joined && leg.is_settled(), "{wait_after_the_credit}: {live:#?}");
                assert_eq!(leg.authorised_until, live.deadline);
            }
            world.hang_up(&call).await;
            world.until_settled(&call).await;
        }
    }

    async fn a_number_added_at_its_checkpoint_takes_part_in_the_recharge(world: World) {
        let account = world.caller("0.80").await;
        world.agree(&account, &["pm_card_visa"]).await;
        let call = world.call(&account, &[FRIEND]).await;
        // Until the payment has begun.
        for _ in 0..80 {
            if world.record(&call).await.iter().any(|line| matches!(line, Record::Charging { .. })) { break }
            world.wait(1).await;
        }
        assert!(is_added(&credit_and_add(world, &call, "3.00", LONDON).await));
        world.wait(70).await;
        let live = world.look(&call).await;
        assert!(live.is_running() && live.legs[2].is_in(), "{:?}", world.record(&call).await);
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        assert!(billed(&over)[2] > 60, "{:?}", billed(&over));
    }

    async fn an_added_number_that_does_not_answer_gives_its_money_back(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(5).await;
        assert!(is_added(&credit_and_add(world, &call, "0.50", "+14155550002").await));
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        assert!(matches!(over.legs[2].state, LegState::Over(_)) && billed(&over)[2] == 0);
        // 1.50 for two legs, of which one joined a second later: nothing of it was lost to the third.
        assert_eq!(billed(&over)[..2], [150, 149]);
    }

    async fn one_who_lets_it_ring_past_the_last_checkpoint_gives_the_money_back_too(world: World) {
        let account = world.caller("1.60").await;
        let call = world.call(&account, &[FRIEND]).await;
        while world.look(&call).await.checkpoint_at.is_none_or(|at| (at - world.now()).num_seconds() > 1) {
            world.wait(1).await;
        }
        // Just the money for it, so that the checkpoint finds nothing; then it rings for 45 seconds.
        assert!(is_added(&credit_and_add(world, &call, "0.305", "+14155550003").await));
        world.wait(10).await;
        assert_eq!(world.look(&call).await.checkpoint_at, None);
        let over = world.until_settled(&call).await;
        assert_eq!(billed(&over), [191, 190, 0]);
    }

    async fn numbers_that_may_not_be_added_are_refused_by_name(world: World) {
        let account = world.caller("999.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(5).await;
        for (number, code) in [("+33123456789", "no_rate"), (FRIEND, "same_number_twice"), (crate::support::world::OWN, "same_number_twice")] {
            let refusal = refused(world, &call, number).await;
            assert_eq!(refusal.code(), code);
            assert!(refusal.to_string().contains(number), "{refusal}");
        }
        let mut more = 0;
        while is_added(&add(world, &call, &format!("+1415555012{more}")).await) { more += 1; assert!(more < 10) }
        assert_eq!(refused(world, &call, "+14155550199").await.code(), "too_many_numbers");
        world.hang_up(&call).await;
        assert_eq!(refused(world, &call, LONDON).await, AddRefusal::CallIsOver);
        world.until_settled(&call).await;
        assert_eq!(refused(world, &call, LONDON).await, AddRefusal::CallIsOver);
    }

    async fn a_key_repeated_adds_once_even_at_the_same_time(world: World) {
        let account = world.caller("999.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(5).await;
        let ask = || add_with_key(world, &call, LONDON, "one key");
        let answers = tokio::join!(ask(), ask(), ask());
        let answers = [answers.0, answers.1, answers.2];
        assert_eq!(answers.iter().filter(|added| is_added(added)).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|added| matches!(added, Added::Leg { .. } | Added::Already { .. })), "{answers:?}");
        assert_eq!(add_with_key(world, &call, "+14155550177", "one key").await, Added::OtherRequest);
        world.wait(10).await;
        assert_eq!((world.rings(LONDON), world.look(&call).await.legs.len()), (1, 3));
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        assert!(matches!(add_with_key(world, &call, LONDON, "one key").await, Added::Already { .. }));
    }

    async fn a_number_added_before_the_payer_answers_is_rung_with_the_others(world: World) {
        let account = world.caller("0.60").await;
        let call = world.call(&account, &[FRIEND]).await;
        assert!(matches!(refused(world, &call, LONDON).await, AddRefusal::NotEnoughCredit { seconds_left: 30, .. }));
        assert!(is_added(&credit_and_add(world, &call, "0.60", LONDON).await));
        assert_eq!(world.rings(LONDON), 0);
        let over = world.until_settled(&call).await;
        // 1.20 for three legs at two cents a second, the two others a second later.
        assert_eq!((billed(&over), world.rings(LONDON)), (vec![60, 59, 59], 1));
    }

    async fn long_into_a_call_an_order_without_an_answer_is_waited_for_as_at_its_beginning(world: World) {
        let account = world.caller("999.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(300).await;
        world.carrier.add_fault(Fault::next(FaultKind::LostAfter, "POST", "Calls.json"));
        assert!(is_added(&add(world, &call, "+14155550030").await));
        world.wait(40).await;
        let live = world.look(&call).await;
        assert!(live.legs[2].is_in() && world.rings("+14155550030") == 1, "{:#?}", live.legs[2]);
        // This one never arrives at the carrier, which nobody knows for a while.
        world.carrier.add_fault(Fault::next(FaultKind::LostBefore, "POST", "Calls.json"));
        assert!(is_added(&add(world, &call, LONDON).await));
        world.wait(100).await;
        assert_eq!(world.look(&call).await.legs[3].state, LegState::Calling);
        world.wait(100).await;
        assert!(world.look(&call).await.legs[3].is_over() && world.rings(LONDON) == 0);
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }
}
