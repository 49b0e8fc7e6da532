//! What rooms are like: who waits in them and hears what, and that a call keeps the room it was dialled with.

use talktime::domain::call::operation::Operation;
use talktime::domain::call::{EndReason, Phase};
use talktime::domain::setting::Given;
use talktime::flows::change_terms::{TermsChanged, change_terms};
use talktime::flows::room_profiles::{ProfileKept, change_room_profile, make_room_profile};
use talktime::storage::accounts;

use crate::on_both_databases;
use crate::support::World;

const FRIEND: &str = "+14155550101";
const OTHER: &str = "+14155550102";
/// Answers after twelve seconds.
const LATE: &str = "+14155552012";

fn given(given: &[(&str, &str)]) -> Given {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Calls of the standard plan are to have rooms of this name from now on.
async fn choose(world: &World, room: &str) {
    let (wanted, now) = (given(&[("room_profile", room)]), world.now());
    let timing = world.service.app.config.rules.timing;
    let changed = world.service.app.db.write(move |tx| {
        let plan = accounts::plan_by_name(tx, "standard")?.expect("the story's plan");
        change_terms(tx, &plan.id, &wanted, "story", &timing, now)
    });
    assert!(matches!(changed.await.expect("the books answer"), TermsChanged::Now(_)));
}

/// Makes a profile and gives it to the standard plan.
async fn furnish(world: &World, name: &'static str, settings: &[(&str, &str)]) -> String {
    let (settings, now) = (given(settings), world.now());
    let made = world.service.app.db.write(move |tx| make_room_profile(tx, name, &settings, "story", now));
    let ProfileKept::Now(made) = made.await.expect("the books answer") else { panic!("{name} can be") };
    choose(world, name).await;
    made.id
}

/// All that a phone has heard.
async fn heard(world: &World, call: &str, place: usize) -> Vec<String> {
    world.at_the_carrier(call, place).await.heard.into_iter().map(|heard| heard.line).collect()
}

fn is_music(line: &str) -> bool {
    line.contains("music")
}

/// From joining a room for the last time.
fn lately(heard: &[String]) -> &[String] {
    let joined = heard.iter().rposition(|line| line.starts_with("joins room")).expect("it has joined");
    &heard[joined..]
}

on_both_databases! {
    async fn in_a_moderated_room_the_others_wait_with_music_until_the_payer_is_in(world: World) {
        choose(world, "moderated").await;
        let account = world.caller("2.00").await;
        let call = world.call(&account, &[FRIEND, LATE]).await;
        world.wait(5).await;
        let payer = world.look(&call).await.payer().id.clone();
        world.operate(&call, Operation::Park { leg: payer.clone() }).await;
        world.operate(&call, Operation::Park { leg: world.look(&call).await.legs[1].id.clone() }).await;
        world.wait(5).await;
        world.operate(&call, Operation::Unpark { leg: world.look(&call).await.legs[1].id.clone() }).await;
        world.wait(10).await;
        for place in [1, 2] {
            let lines = heard(world, &call, place).await;
            let waiting = lately(&lines);
            assert!(waiting.iter().any(|line| is_music(line)), "{place} waits with music: {lines:?}");
            assert!(!waiting.iter().any(|line| line == "is connected"), "two without the payer do not talk: {lines:?}");
        }
        world.operate(&call, Operation::Unpark { leg: payer }).await;
        world.wait(5).await;
        for place in [0, 1, 2] {
            let lines = heard(world, &call, place).await;
            assert_eq!(lately(&lines).last().map(String::as_str), Some("is connected"), "{place}: {lines:?}");
        }
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn after_a_rejoin_nobody_in_a_moderated_room_hears_music_any_more(world: World) {
        choose(world, "moderated").await;
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        assert_eq!(heard(world, &call, 1).await.last().map(String::as_str), Some("is connected"));
        world.credit(&account, "1.00").await;
        world.wait(20).await;
        let live = world.look(&call).await;
        assert!(live.extension >= 1 && live.legs.iter().all(|leg| leg.is_settled()), "{live:#?}");
        for place in [0, 1] {
            let lines = heard(world, &call, place).await;
            let (rejoined, joins) = (lately(&lines), lines.iter().filter(|line| line.starts_with("joins room")));
            assert!(joins.count() >= 2, "{place} has rejoined: {lines:?}");
            assert!(!rejoined.iter().any(|line| is_music(line)), "{place} hears no music again: {lines:?}");
            assert!(rejoined.iter().any(|line| line == "is connected"), "{place}: {lines:?}");
        }
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        assert_eq!(over.legs.iter().map(|leg| leg.billable_seconds()).collect::<Vec<_>>(), [200, 199]);
    }

    async fn the_smallest_room_has_no_beep_and_no_music(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        world.credit(&account, "1.00").await;
        world.until_settled(&call).await;
        for place in [0, 1] {
            let lines = heard(world, &call, place).await;
            assert!(!lines.iter().any(|line| line == "beep" || is_music(line)), "{place}: {lines:?}");
            assert!(lines.iter().any(|line| line == "is connected"), "{place}: {lines:?}");
        }
    }

    async fn a_room_with_a_beep_labels_and_muted_guests_is_so_through_a_rejoin(world: World) {
        let settings = [("beep", "both"), ("muted", "true"), ("labelled", "true"), ("max_participants", "2")];
        furnish(world, "lecture", &settings).await;
        let account = world.caller("1.00").await;
        let refused = world.dial(&account, &[FRIEND, OTHER]).await;
        assert!(format!("{refused:?}").contains("TooManyNumbers"), "the room is too small: {refused:?}");
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        let muted = |world: &World, call: &str| {
            let sid = world.carrier.calls().into_iter().find(|seen| seen.to == FRIEND && seen.ended_at.is_none());
            assert!(!call.is_empty());
            world.carrier.call(&sid.expect("it is up").sid).and_then(|seen| seen.flags).expect("it is in the room").muted
        };
        assert!(muted(world, &call) && heard(world, &call, 0).await.iter().any(|line| line == "beep"));
        world.credit(&account, "1.00").await;
        world.wait(20).await;
        let live = world.look(&call).await;
        assert!(live.extension >= 1 && live.legs.iter().all(|leg| leg.is_settled()), "no label was in use: {live:#?}");
        assert!(muted(world, &call));
        let friend = live.legs[1].id.clone();
        world.operate(&call, Operation::Unmute { leg: friend }).await;
        world.wait(2).await;
        assert!(!muted(world, &call));
        world.credit(&account, "1.00").await;
        let before = live.extension;
        world.wait(60).await;
        assert!(world.look(&call).await.extension > before && !muted(world, &call), "who was unmuted stays so");
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn a_call_keeps_the_room_it_was_dialled_with(world: World) {
        let id = furnish(world, "ours", &[("beep", "both"), ("wait", "music")]).await;
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        let before = world.look(&call).await.terms;
        let (quiet, now) = (given(&[("beep", "off"), ("muted", "true"), ("wait", "silence")]), world.now());
        let changed = world.service.app.db.write(move |tx| change_room_profile(tx, &id, &quiet, "story", now));
        assert!(matches!(changed.await.expect("the books answer"), ProfileKept::Now(_)));
        choose(world, "moderated").await;
        world.credit(&account, "1.00").await;
        world.wait(20).await;
        let live = world.look(&call).await;
        assert!(live.extension >= 1 && live.terms == before, "{live:#?}");
        let lines = heard(world, &call, 0).await;
        assert!(lately(&lines).iter().any(|line| line == "beep") || lines.iter().filter(|line| *line == "beep").count() >= 2, "{lines:?}");
        assert!(!world.at_the_carrier(&call, 1).await.flags.expect("it is in the room").muted);
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        let next = world.call(&account, &[FRIEND]).await;
        let profile = serde_json::to_value(world.look(&next).await.terms.room).expect("plain data");
        assert_eq!((&profile["starts"], &profile["beep"]), (&"payer".into(), &"off".into()));
        world.wait(5).await;
        world.hang_up(&next).await;
        world.until_settled(&next).await;
    }
}
