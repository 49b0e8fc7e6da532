//! A call from dialling to its bill, without a card.

use talktime::domain::admission::Refusal;
use talktime::domain::call::holding::Step;
use talktime::domain::call::record::Record;
use talktime::domain::call::{EndReason, Phase, Role};
use talktime::domain::money::Money;
use talktime::flows::itemise::itemise;
use talktime::flows::place_call::Placed;
use talktime::sandbox::carrier::{Fault, FaultKind};
use talktime::storage::call_lists::{self, Of, Wanted};

use crate::on_both_databases;
use crate::support::World;

/// Seconds on the bill, the payer's leg first.
fn billed(call: &talktime::domain::call::Call) -> Vec<i64> {
    call.legs.iter().map(|leg| leg.billable_seconds()).collect()
}

on_both_databases! {
    async fn a_call_ends_at_the_second_its_money_is_used_up(world: World) {
        // Two legs of half a cent a second: 40 seconds.
        let account = world.caller("0.40").await;
        let call = world.call(&account, &["+14155550101"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        // The other phone rang for a second of it.
        assert_eq!(billed(&over), [40, 39]);
        let record = world.record(&call).await;
        let limits: Vec<_> = record.iter().filter_map(|line| match line {
            Record::LimitSet { seconds, .. } => Some(*seconds),
            _ => None,
        }).collect();
        assert_eq!(limits, [40, 39]);
        assert!(record.contains(&Record::Warned), "the payer was warned: {record:?}");
        assert_eq!(world.wallet(&account).await.posted.to_string(), "0.005");
    }

    async fn ringing_before_the_answer_costs_the_paid_time_nothing(world: World) {
        // Only the other phone costs, half a cent a second: 40 seconds of talk, after 30 of ringing.
        let account = world.caller_on("own phone free", "0.20").await;
        let call = world.call(&account, &["+14155550030"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(billed(&over)[1], 40);
        assert_eq!(world.wallet(&account).await.posted.to_string(), "0.00");
    }

    async fn a_call_nobody_answers_costs_what_its_rates_say(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &["+14155550003"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::NobodyAnswered));
        // The payer's own phone was up while the other one rang for its 45 seconds.
        assert!(billed(&over)[0] >= 45 && billed(&over)[1] == 0, "{:?}", billed(&over));
    }

    async fn a_busy_payer_costs_nothing_and_rings_nobody(world: World) {
        let account = world.caller("1.00").await;
        world.own_number = "+14155550002".to_owned();
        let call = world.call(&account, &["+14155550101"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::PayerNotReached));
        assert_eq!((billed(&over), world.rings("+14155550101")), (vec![0, 0], 0));
        assert_eq!(world.wallet(&account).await.available().to_string(), "1.00");
    }

    async fn when_the_others_hang_up_the_payer_stops_paying(world: World) {
        let account = world.caller("5.00").await;
        let call = world.call(&account, &["+14155551020", "+14155551010"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::OthersLeft));
        assert_eq!(billed(&over)[1..], [20, 10]);
        assert!((21..=24).contains(&billed(&over)[0]), "{:?}", billed(&over));
    }

    async fn hanging_up_from_the_page_ends_every_leg(world: World) {
        let account = world.caller("5.00").await;
        let call = world.call(&account, &["+14155550101", "+14155550102"]).await;
        world.wait(30).await;
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::HungUp));
        assert!(billed(&over).iter().all(|seconds| (28..=31).contains(seconds)), "{:?}", billed(&over));
    }

    async fn hanging_up_before_anybody_answered_costs_nothing(world: World) {
        let account = world.caller("5.00").await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        assert_eq!(billed(&over), [0, 0]);
        assert_eq!(world.wallet(&account).await.available().to_string(), "5.00");
    }

    async fn two_calls_never_hold_more_than_there_is(world: World) {
        let account = world.caller("0.40").await;
        let call = world.call(&account, &["+14155550101"]).await;
        let second = world.dial(&account, &["+14155550102"]).await;
        assert!(matches!(second, Placed::Refused(Refusal::NotEnoughCredit { .. })), "{second:?}");
        world.until_settled(&call).await;
    }

    async fn a_credit_during_the_call_lengthens_it_by_exactly_what_it_buys(world: World) {
        let account = world.caller("0.40").await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(10).await;
        world.credit(&account, "0.60").await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        // A whole of 1.00 for two legs, one of which joined a second later.
        assert_eq!(billed(&over), [100, 99]);
        assert_eq!(world.wallet(&account).await.posted.to_string(), "0.005");
    }

    async fn a_lost_answer_to_the_order_to_ring_never_rings_twice(world: World) {
        let account = world.caller("0.40").await;
        for _ in 0..2 {
            world.carrier.add_fault(Fault::next(FaultKind::LostAfter, "POST", "Calls.json"));
        }
        let call = world.call(&account, &["+14155550101"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!((world.rings(crate::support::world::OWN), world.rings("+14155550101")), (1, 1));
        assert_eq!(billed(&over), [40, 39]);
    }

    async fn an_order_that_never_arrived_ends_the_call_without_a_charge(world: World) {
        let account = world.caller("0.40").await;
        world.carrier.add_fault(Fault::next(FaultKind::LostBefore, "POST", "Calls.json"));
        let call = world.call(&account, &["+14155550101"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::PayerNotReached));
        assert_eq!(world.wallet(&account).await.available().to_string(), "0.40");
    }

    async fn a_lost_answer_to_a_redirect_never_drops_the_room(world: World) {
        let account = world.caller("0.40").await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(10).await;
        for _ in 0..2 {
            world.carrier.add_fault(Fault::next(FaultKind::LostAfter, "POST", "/Calls/CA"));
        }
        world.credit(&account, "0.60").await;
        let over = world.until_settled(&call).await;
        assert_eq!(billed(&over), [100, 99]);
    }

    async fn a_redirect_that_never_arrived_is_made_again(world: World) {
        let account = world.caller("0.40").await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(10).await;
        for _ in 0..2 {
            world.carrier.add_fault(Fault::next(FaultKind::LostBefore, "POST", "/Calls/CA"));
        }
        world.credit(&account, "0.60").await;
        let over = world.until_settled(&call).await;
        assert_eq!(billed(&over), [100, 99]);
    }

    async fn a_leg_whose_reports_never_come_is_settled_by_asking(world: World) {
        let account = world.caller("0.40").await;
        world.carrier.add_fault(Fault { times: 0, ..Fault::next(FaultKind::WebhookLost, "POST", "/status") });
        let call = world.call(&account, &["+14155550101"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(billed(&over), [40, 39]);
    }

    async fn every_report_twice_changes_nothing(world: World) {
        let account = world.caller("0.40").await;
        world.carrier.add_fault(Fault { times: 0, ..Fault::next(FaultKind::WebhookTwice, "POST", "") });
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(10).await;
        world.credit(&account, "0.60").await;
        let over = world.until_settled(&call).await;
        assert_eq!(billed(&over), [100, 99]);
    }

    async fn reports_in_any_order_end_in_the_same_books(world: World) {
        let account = world.caller("0.40").await;
        for seed in 0..3 {
            world.carrier.seed_faults(seed);
            let late = Fault { times: 0, percent: 40, seconds: 3, ..Fault::next(FaultKind::WebhookLate, "POST", "status") };
            let late_room = Fault { path: "conference".to_owned(), ..late.clone() };
            world.carrier.add_fault(late);
            world.carrier.add_fault(late_room);
            let call = world.call(&account, &["+14155551015"]).await;
            let over = world.until_settled(&call).await;
            world.carrier.clear_faults();
            assert_eq!(billed(&over)[1], 15);
            world.credit(&account, "0.40").await;
        }
    }

    async fn a_forged_report_is_refused_and_leaves_no_trace(world: World) {
        let account = world.caller("0.40").await;
        world.carrier.add_fault(Fault { times: 0, ..Fault::next(FaultKind::WrongSignature, "POST", "/status") });
        let call = world.call(&account, &["+14155551005"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(billed(&over)[1], 5);
        let refused = world.carrier.webhooks().into_iter().filter(|webhook| webhook.url.contains("/status"));
        assert!(refused.clone().count() > 0);
        assert!(refused.into_iter().all(|webhook| webhook.reply == Ok(403)));
    }

    async fn a_carrier_that_is_away_ends_the_call_and_frees_the_money(world: World) {
        let account = world.caller("0.40").await;
        world.carrier.add_fault(Fault { times: 0, ..Fault::next(FaultKind::TooManyRequests, "POST", "Calls.json") });
        let call = world.call(&account, &["+14155550101"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::PayerNotReached));
        assert_eq!(world.wallet(&account).await.available().to_string(), "0.40");
    }

    async fn a_bill_adds_up_to_what_the_ledger_took_and_its_holds_to_what_was_held(world: World) {
        let account = world.caller("0.40").await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(10).await;
        world.credit(&account, "0.60").await;
        let over = world.until_settled(&call).await;
        let bill = world.service.app.db.read(move |tx| itemise(tx, &call)).await.unwrap();
        let spent: Money = "0.995".parse().unwrap();
        assert!(bill.is_settled() && bill.agrees_with_the_ledger());
        assert_eq!((bill.total(), bill.booked(), bill.lines.len()), (spent, spent, over.legs.len()));
        let steps: Vec<_> = bill.holdings.iter().map(|holding| holding.step).collect();
        assert_eq!(steps, [Step::Held, Step::HeldFurther, Step::Released]);
        let amounts: Vec<_> = bill.holdings.iter().map(|holding| holding.amount).collect();
        assert_eq!(amounts[0] + amounts[1] - amounts[2], spent);
        assert_eq!(amounts[0] + amounts[1], over.held);
    }

    async fn the_history_is_found_by_day_and_number(world: World) {
        let account = world.caller("5.00").await;
        let mut ids = vec![];
        for number in ["+14155551001", "+14155551002", "+14155551001"] {
            let call = world.call(&account, &[number]).await;
            world.until_settled(&call).await;
            ids.push(call);
        }
        let (db, now) = (world.service.app.db.clone(), world.now());
        let find = async |beginnings: [&str; 2], from, before, after: Option<&String>| {
            let beginnings = Some(beginnings.map(str::to_owned));
            let of = Some(Of { account: account.clone(), beginnings });
            let (wanted, after) = (Wanted { of, from, before, live: false }, after.cloned());
            let found = db.read(move |tx| call_lists::page(tx, &wanted, after.as_deref(), 10)).await.unwrap();
            assert!(found.iter().all(|call| call.legs.len() == 2 && call.legs[0].role == Role::Payer));
            let place = |id: &String| ids.iter().position(|known| known == id).unwrap();
            found.iter().map(|call| place(&call.id)).collect::<Vec<_>>()
        };
        let both = ["+14155551001", "+44"];
        assert_eq!(find(both, None, None, None).await, [2, 0]);
        assert_eq!(find(["+44", "+1415555"], None, None, None).await, [2, 1, 0]);
        assert_eq!(find(["+99", "+14155551002"], None, None, None).await, [1]);
        assert_eq!(find(both, None, None, Some(&ids[2])).await, [0]);
        assert_eq!(find(both, Some(now), None, None).await, [0; 0]);
        assert_eq!(find(both, None, Some(now), None).await, [2, 0]);
        let (own, long_ago) = (account.clone(), now - chrono::TimeDelta::days(1));
        let dialled = db.read(move |tx| call_lists::dialled(tx, &own, long_ago, 2)).await.unwrap();
        assert_eq!(dialled, ["+14155551001", "+14155551002"].map(|number| number.parse().unwrap()));
    }
}
