//! A call from dialling to its bill, without any recharge.

use talktime::domain::call::record::Record;
use talktime::domain::call::{EndReason, Phase};

use crate::on_both_databases;
use crate::support::World;

on_both_databases! {
    async fn a_call_ends_at_the_second_its_money_is_used_up(world: World) {
        // Two legs of half a cent a second: 40 seconds.
        let account = world.caller("0.40").await;
        let call = world.call(&account, &["+14155550101"]).await;
        let over = world.until_settled(&call).await;
        println!("{:#?}", world.record(&call).await);
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        for leg in &over.legs {
            println!("{} {:?} {}", leg.number, leg.state, leg.billable_seconds());
        }
        let first = world.record(&call).await.into_iter().find_map(|record| match record {
            Record::LimitSet { seconds, .. } => Some(seconds),
            _ => None,
        });
        assert_eq!(first, Some(40));
        assert_eq!(world.wallet(&account).await.reserved.micros(), 0);
    }
}
