//! Packages of free minutes that were of no use, were charged for, or used up faster than people talked.

use talktime::domain::call::{EndReason, Phase};
use talktime::domain::money::Money;
use talktime::flows::place_call::Placed;

use super::{balance, booked};
use crate::bundles::{grant, left};
use crate::on_both_databases;
use crate::rates::deck;
use crate::support::World;

const PLAN: &str = "own phone free";
/// Answers after half a minute, and stays.
const FRIEND: &str = "+14155550030";

on_both_databases! {
    /// There a call that the package paid for in part was wholly free, and each begun minute of the package was gone.
    async fn astpp_a_call_that_partly_fitted_a_package_and_was_wholly_free(world: World) {
        let account = world.caller_on(PLAN, "1.00").await;
        grant(world, &account, "1", 81).await;
        let call = world.call(&account, &["+14155551061"]).await;
        let over = world.until_settled(&call).await;
        assert_eq!((over.legs[1].billable_seconds(), left(world, &account).await), (61, vec![20]), "not two minutes of it");
        assert_eq!(booked(world, &account, "leg").await, []);
        let call = world.call(&account, &["+14155551030"]).await;
        world.until_settled(&call).await;
        assert_eq!(booked(world, &account, "leg").await, ["0.05".parse().unwrap()], "ten seconds beyond it");
        assert_eq!((balance(world, &account).await.as_str(), left(world, &account).await), ("0.95", vec![0]));
    }

    /// There nobody could use a package without a balance, and with a small one the call was cut when that would have been
    /// used up.
    async fn astpp_443_a_package_that_could_not_be_used_at_a_balance_of_zero(world: World) {
        for (funds, seconds) in [("0", 70), ("0.10", 90)] {
            let account = world.caller_on(PLAN, funds).await;
            grant(world, &account, "1", 70).await;
            let call = world.call(&account, &[FRIEND]).await;
            let over = world.until_settled(&call).await;
            assert_eq!((over.phase, over.legs[1].billable_seconds()), (Phase::Settled(EndReason::TimeIsUp), seconds), "{funds}");
            assert_eq!((balance(world, &account).await.as_str(), left(world, &account).await), ("0.00", vec![0]));
            let again = world.dial(&account, &[FRIEND]).await;
            assert!(matches!(again, Placed::Refused(_)), "all is used: {again:?}");
        }
    }

    /// There the call was as long as package and balance allow, and all of it was charged.
    async fn a2billing_26_a_package_that_made_the_account_negative(world: World) {
        deck(world, PLAN, "prefix,price_per_minute,minimum_seconds,increment_seconds\n1,0.60,60,60\n").await;
        let account = world.caller_on(PLAN, "1.00").await;
        grant(world, &account, "1", 30).await;
        let call = world.call(&account, &[FRIEND]).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.legs[1].billable_seconds(), 30 + 60, "a second minute would cost more than there is");
        let wallet = world.wallet(&account).await;
        assert_eq!((wallet.posted, wallet.reserved, wallet.debt), ("0.40".parse().unwrap(), Money::ZERO, Money::ZERO));
    }
}
