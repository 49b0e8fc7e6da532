//! What the carrier asks for calls, and what is left of what they brought.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use talktime::domain::carrier_price::Look;
use talktime::domain::margin_report::Line;
use talktime::flows::carrier_prices::{margins, prices_looked_for, to_be_priced};
use talktime::sandbox::carrier::{Fault, FaultKind, Misbilling};
use talktime::storage::carrier_prices::Waiting;

use crate::on_both_databases;
use crate::support::World;

const SAN_FRANCISCO: &str = "+14155550101";

on_both_databases! {
    async fn the_carriers_price_of_each_leg_appears_minutes_after_the_end_and_losses_come_first(world: World) {
        let account = world.caller_on("own phone free", "5").await;
        let call = world.call(&account, &[SAN_FRANCISCO]).await;
        world.wait(80).await;
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        world.pass(TimeDelta::seconds(180)).await;
        let early = earned(world).await;
        assert!(early.values().all(|line| line.unpriced == 1 && line.cost.micros() == 0), "{early:?}");
        assert_eq!(waiting(world, &call).await.len(), 2);
        world.pass(TimeDelta::minutes(15)).await;
        assert!(waiting(world, &call).await.is_empty());
        let earned = earned(world).await;
        let (own, theirs) = (&earned["your own phone"], &earned["United States"]);
        assert!(over.legs[1].carrier_seconds() > 60, "{:?}", over.legs[1].state);
        // Two begun minutes of each phone at 0.014, and at 0.0018 in the conference.
        for line in [own, theirs] {
            assert_eq!((line.calls, line.minutes, line.unpriced), (1, 2, 0));
            assert_eq!((line.cost.to_string(), line.conference.to_string()), ("0.028".into(), "0.0036".into()));
            assert_eq!(line.margin, line.revenue - line.cost - line.conference);
        }
        assert_eq!(theirs.revenue, over.charges()[1].cost);
        assert_eq!((own.revenue.micros(), own.margin.to_string()), (0, "-0.0316".to_owned()));
        assert_eq!(lines(world).await[0].destination, "your own phone");
    }

    async fn a_price_that_never_comes_is_given_up_after_a_day_and_a_half(world: World) {
        let account = world.caller_on("own phone free", "5").await;
        let call = world.call(&account, &[SAN_FRANCISCO]).await;
        world.wait(20).await;
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        let theirs = over.legs[1].call_sid.clone().expect("it was rung");
        world.carrier.misbill(&theirs, Misbilling::NoPrice);
        world.pass(TimeDelta::minutes(20)).await;
        let still = waiting(world, &call).await;
        assert_eq!(still.iter().map(|leg| leg.call_sid.as_str()).collect::<Vec<_>>(), [theirs.as_str()]);
        for (hours, open) in [(30, true), (40, false)] {
            let (looks, later) = (vec![(still[0].clone(), Look::NoPrice)], world.now() + TimeDelta::hours(hours));
            let looked = world.service.app.db.write(move |tx| prices_looked_for(tx, looks, later)).await;
            assert_eq!(looked.expect("it is kept"), open, "after {hours} hours");
        }
        assert!(waiting(world, &call).await.is_empty());
        let earned = earned(world).await;
        assert_eq!((earned["United States"].unpriced, earned["United States"].margin.micros()), (1, 0));
    }

    /// A switch module counts money as taken although its query failed.
    async fn nibblebill_a_carrier_that_cannot_be_asked_makes_no_price_missing(world: World) {
        let account = world.caller_on("own phone free", "5").await;
        let call = world.call(&account, &[SAN_FRANCISCO]).await;
        world.wait(20).await;
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        world.carrier.add_fault(Fault { times: 0, ..Fault::next(FaultKind::ServerError, "GET", "/Calls/") });
        world.pass(TimeDelta::minutes(10)).await;
        assert_eq!(waiting(world, &call).await.len(), 2);
        world.carrier.clear_faults();
        world.pass(TimeDelta::minutes(20)).await;
        assert!(waiting(world, &call).await.is_empty());
        assert!(earned(world).await.values().all(|line| line.unpriced == 0));
    }
}

async fn waiting(world: &World, call: &str) -> Vec<Waiting> {
    let (call, now) = (call.to_owned(), world.now());
    let legs = world.service.app.db.write(move |tx| to_be_priced(tx, &call, now)).await;
    legs.expect("the call is there")
}

async fn lines(world: &World) -> Vec<Line> {
    let (now, billing) = (world.now(), world.service.app.config.carrier_billing);
    let (from, to) = (now - TimeDelta::days(7), now + TimeDelta::seconds(1));
    world.service.app.db.read(move |tx| margins(tx, from, to, billing)).await.expect("it is counted")
}

async fn earned(world: &World) -> BTreeMap<String, Line> {
    lines(world).await.into_iter().map(|line| (line.destination.clone(), line)).collect()
}
