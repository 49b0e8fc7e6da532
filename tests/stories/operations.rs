//! What is done to a running call: made so at the carrier, kept through every rejoin, and billed all the same.

use talktime::domain::call::message::Message;
use talktime::domain::call::operation::Operation;
use talktime::domain::call::record::Record;
use talktime::domain::call::{Call, EndReason, Phase};
use talktime::sandbox::carrier::Flags;

use crate::on_both_databases;
use crate::support::World;

const FRIEND: &str = "+14155550101";
const OTHER: &str = "+14155550102";

async fn leg(world: &World, call: &str, place: usize) -> String {
    world.look(call).await.legs[place].id.clone()
}

async fn flags(world: &World, call: &str, place: usize) -> Flags {
    world.at_the_carrier(call, place).await.flags.expect("it is in the room")
}

/// Seconds on the bill, the payer's leg first.
fn billed(call: &Call) -> Vec<i64> {
    call.legs.iter().map(|leg| leg.billable_seconds()).collect()
}

on_both_databases! {
    async fn hold_and_mute_outlast_a_rejoin_and_burn_all_the_same(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        let (payer, friend) = (leg(world, &call, 0).await, leg(world, &call, 1).await);
        world.operate(&call, Operation::Hold { leg: friend.clone() }).await;
        world.operate(&call, Operation::Mute { leg: payer.clone() }).await;
        world.wait(2).await;
        assert!(flags(world, &call, 1).await.hold && flags(world, &call, 0).await.muted);
        world.credit(&account, "1.00").await;
        world.wait(20).await;
        let live = world.look(&call).await;
        assert!(live.extension >= 1 && live.legs.iter().all(|leg| leg.is_settled()), "{live:#?}");
        assert_eq!(flags(world, &call, 1).await, Flags { hold: true, ..Flags::default() });
        assert_eq!(flags(world, &call, 0).await, Flags { muted: true, ends_room: true, ..Flags::default() });
        world.operate(&call, Operation::Unhold { leg: friend }).await;
        world.operate(&call, Operation::Unmute { leg: payer }).await;
        world.wait(2).await;
        assert_eq!(flags(world, &call, 1).await, Flags::default());
        let over = world.until_settled(&call).await;
        assert_eq!((over.phase, billed(&over)), (Phase::Settled(EndReason::TimeIsUp), vec![200, 199]));
    }

    async fn a_payer_on_hold_rejoins_and_is_on_hold_again(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        world.operate(&call, Operation::Hold { leg: leg(world, &call, 0).await }).await;
        world.wait(2).await;
        world.credit(&account, "1.00").await;
        world.wait(20).await;
        assert_eq!(flags(world, &call, 0).await, Flags { hold: true, ends_room: true, ..Flags::default() });
        assert_eq!(billed(&world.until_settled(&call).await), [200, 199]);
    }

    async fn who_is_parked_hears_music_comes_back_and_is_never_given_a_second(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        for place in [1, 0] {
            world.wait(10).await;
            let parked = leg(world, &call, place).await;
            world.operate(&call, Operation::Park { leg: parked.clone() }).await;
            world.wait(10).await;
            let seen = world.at_the_carrier(&call, place).await;
            assert!(seen.room.is_none() && seen.heard.iter().any(|heard| heard.line.contains("hold-music")), "{seen:?}");
            assert!(world.look(&call).await.is_running());
            world.operate(&call, Operation::Unpark { leg: parked }).await;
            world.wait(3).await;
            assert_eq!(flags(world, &call, place).await.ends_room, place == 0);
        }
        world.operate(&call, Operation::Park { leg: leg(world, &call, 1).await }).await;
        let over = world.until_settled(&call).await;
        assert_eq!((over.phase, billed(&over)), (Phase::Settled(EndReason::TimeIsUp), vec![100, 99]));
    }

    async fn who_is_removed_gives_back_what_was_held_for_the_rest(world: World) {
        let account = world.caller("1.50").await;
        let call = world.call(&account, &[FRIEND, OTHER]).await;
        world.wait(40).await;
        world.operate(&call, Operation::Remove { leg: leg(world, &call, 2).await }).await;
        world.wait(3).await;
        let live = world.look(&call).await;
        assert!(live.is_running() && live.legs[2].is_over() && live.held < "1.50".parse().unwrap(), "{}", live.held);
        let record = world.record(&call).await;
        assert!(record.iter().any(|line| matches!(line, Record::GaveBack { .. })), "{record:?}");
        // The checkpoint gives it to those who stay.
        let over = world.until_settled(&call).await;
        let seconds = billed(&over);
        assert!(seconds[0] >= 129 && (38..=42).contains(&seconds[2]), "{seconds:?}");
    }

    async fn who_is_dismissed_hears_why(world: World) {
        let account = world.caller("1.50").await;
        let call = world.call(&account, &[FRIEND, OTHER]).await;
        world.wait(10).await;
        let message = Message::words("Please verify your account. Goodbye.").unwrap();
        world.operate(&call, Operation::Dismiss { leg: leg(world, &call, 2).await, message }).await;
        world.wait(20).await;
        let seen = world.at_the_carrier(&call, 2).await;
        assert!(seen.ended_at.is_some() && seen.heard.iter().any(|heard| heard.line.contains("verify your account")), "{seen:?}");
        assert!(world.look(&call).await.is_running());
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }
}
