//! How much an account may use at once, and where to.

use talktime::domain::admission::Refusal;
use talktime::domain::call::operation::Operation;
use talktime::domain::call::{EndReason, Phase};
use talktime::flows::change_terms::{TermsChanged, change_terms};
use talktime::flows::freeze::{freeze, unfreeze};
use talktime::flows::place_call::Placed;
use talktime::storage::accounts;

use crate::on_both_databases;
use crate::support::World;

/// Calls of the standard plan hold money for so many seconds at a time.
async fn grant(world: &World, seconds: &str) -> TermsChanged {
    let given = vec![("grant_seconds".to_owned(), seconds.to_owned())];
    let (timing, now) = (world.service.app.config.rules.timing, world.now());
    let changed = world.service.app.db.write(move |tx| {
        let plan = accounts::plan_by_name(tx, "standard")?.expect("the story's plan");
        change_terms(tx, &plan.id, &given, "story", &timing, now)
    });
    changed.await.expect("the books answer")
}

on_both_databases! {
    async fn the_first_call_holds_all_the_money_unless_the_plan_gives_it_in_slices(world: World) {
        let account = world.caller("2.40").await;
        let first = world.call(&account, &["+14155550101"]).await;
        let second = world.dial(&account, &["+14155550102"]).await;
        assert!(matches!(second, Placed::Refused(Refusal::NotEnoughCredit { .. })), "{second:?}");
        world.hang_up(&first).await;
        world.until_settled(&first).await;
        assert!(matches!(grant(world, "120").await, TermsChanged::Now(_)));
        let first = world.call(&account, &["+14155550101"]).await;
        assert_eq!(world.look(&first).await.held.to_string(), "1.20");
        world.call(&account, &["+14155550102"]).await;
        assert_eq!(world.wallet(&account).await.available().to_string(), "0.00");
    }

    async fn a_call_in_slices_lasts_as_long_as_its_money(world: World) {
        grant(world, "120").await;
        let account = world.caller("4.00").await;
        let call = world.call(&account, &["+14155550101"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        // Half a cent a second for each of two: 400 seconds, in slices of 120.
        assert_eq!(over.payer().billable_seconds(), 400);
        assert!(over.extension >= 3, "{over:?}");
    }

    async fn what_another_call_gives_back_lengthens_one_that_was_warned(world: World) {
        let account = world.caller("2.40").await;
        grant(world, "120").await;
        let first = world.call(&account, &["+14155550101"]).await;
        let second = world.call(&account, &["+14155550102"]).await;
        world.wait(70).await;
        assert!(world.look(&second).await.warned, "the other one holds the rest");
        world.hang_up(&first).await;
        let over = world.until_settled(&second).await;
        assert!(over.payer().billable_seconds() >= 160, "{over:?}");
    }

    async fn of_two_that_were_warned_the_one_that_would_end_first_has_what_there_is_again(world: World) {
        let account = world.caller("2.90").await;
        grant(world, "120").await;
        let first = world.call(&account, &["+14155550101"]).await;
        world.wait(5).await;
        let second = world.call(&account, &["+14155550102"]).await;
        let (id, now) = (account.clone(), world.now());
        world.service.app.db.write(move |tx| freeze(tx, &id, "a look", "story", now)).await.expect("it is there");
        world.wait(75).await;
        assert!(world.look(&first).await.warned && world.look(&second).await.warned);
        let now = world.now();
        world.service.app.db.write(move |tx| unfreeze(tx, &account, "looked", "story", now)).await.expect("it is there");
        let (first, second) = (world.until_settled(&first).await, world.until_settled(&second).await);
        // Half a cent a second for each of two: what was free buys fifty seconds.
        assert_eq!((first.payer().billable_seconds(), second.payer().billable_seconds()), (170, 120));
    }

    async fn what_a_leg_of_another_call_gives_back_lengthens_one_that_was_warned(world: World) {
        let account = world.caller("3.00").await;
        grant(world, "120").await;
        let warned = world.call(&account, &["+14155550101"]).await;
        world.wait(20).await;
        let other = world.call(&account, &["+14155550102", "+14155550103"]).await;
        world.wait(50).await;
        assert!(world.look(&warned).await.warned, "the other one holds the rest, and looks at the money only later");
        let leg = world.look(&other).await.legs[2].id.clone();
        world.operate(&other, Operation::Remove { leg }).await;
        let over = world.until_settled(&warned).await;
        assert!(over.payer().billable_seconds() >= 140, "{over:?}");
    }

    async fn a_slice_too_short_to_be_renewed_in_time_is_refused(world: World) {
        let TermsChanged::Bad(bad) = grant(world, "119").await else { panic!("it is too short") };
        assert!(bad[0].why.contains("at least 120"), "{bad:?}");
        assert!(matches!(grant(world, "120").await, TermsChanged::Now(_)));
    }
}
