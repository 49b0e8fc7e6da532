//! Calls are recorded as their plan and those in them want it, and never unnoticed: who takes part hears so first. What
//! the carrier tells of recordings is kept, and what was kept long enough is deleted there.

use serde_json::json;
use talktime::domain::call::operation::Operation;
use talktime::domain::call::record::{Record, RecordingStep};
use talktime::domain::call::recording::Wanted;
use talktime::domain::recording::{Recording, RecordingState};
use talktime::flows::change_terms::{TermsChanged, change_terms};
use talktime::flows::place_call::Placed;
use talktime::flows::recordings::forget_recording;
use talktime::flows::room_profiles::{ProfileKept, make_room_profile};
use talktime::flows::sweep::sweep;
use talktime::sandbox::carrier::{Fault, FaultKind};
use talktime::storage::{StorageError, accounts, recordings};
use talktime::voice::{Order, Outcome};

use super::api::{get, post};
use crate::on_both_databases;
use crate::support::World;

const FRIEND: &str = "+14155550101";
/// Answers after twelve seconds.
const LATE: &str = "+14155552012";
const NOTICE: &str = "This call is being recorded.";

/// Calls of the standard plan are recorded so from now on.
async fn settle(world: &World, terms: &[(&str, &str)]) {
    let given = terms.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let (timing, now) = (world.service.app.config.rules.timing, world.now());
    let changed = world.service.app.db.write(move |tx| {
        let plan = accounts::plan_by_name(tx, "standard")?.expect("the story's plan");
        change_terms(tx, &plan.id, &given, "story", &timing, now)
    });
    assert!(matches!(changed.await.expect("the books answer"), TermsChanged::Now(_)));
}

async fn of_call(world: &World, call: &str) -> Vec<Recording> {
    let (account, call) = (world.look(call).await.account, call.to_owned());
    let found = world.service.app.db.read(move |tx| recordings::of_call(tx, &account, &call)).await;
    found.map_err(|error: StorageError| error).unwrap()
}

async fn states(world: &World, call: &str) -> Vec<RecordingState> {
    of_call(world, call).await.into_iter().map(|recording| recording.state).collect()
}

/// When the carrier began to record each, and when each leg first heard that there is one, in seconds of the story.
async fn heard_at(world: &World, call: &str, place: usize) -> Vec<chrono::DateTime<chrono::Utc>> {
    let seen = world.at_the_carrier(call, place).await;
    seen.heard.iter().filter(|heard| heard.line.contains(NOTICE)).map(|heard| heard.at).collect()
}

async fn order(world: &World, order: Order) -> Outcome {
    let app = &world.service.app;
    let response = app.outbound.send(&app.carrier.request(&order)).await;
    app.carrier.response(&order, &response)
}

async fn hang_up(world: &mut World, call: &str) {
    world.hang_up(call).await;
    world.until_settled(call).await;
    world.wait(5).await;
}

async fn sweeps(world: &mut World) {
    let now = world.now();
    world.service.app.db.write(move |tx| sweep(tx, now)).await.unwrap();
    world.wait(5).await;
}

fn steps(record: &[Record]) -> Vec<RecordingStep> {
    let steps = record.iter().map(|line| if let Record::Recording { step } = line { Some(*step) } else { None });
    steps.flatten().collect()
}

on_both_databases! {
    async fn a_call_of_a_plan_that_records_is_recorded_once_everybody_knows_and_through_a_rejoin(world: World) {
        settle(world, &[("recording", "always"), ("recording_kept_days", "7")]).await;
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND, LATE]).await;
        world.wait(10).await;
        let begun = of_call(world, &call).await;
        assert_eq!(begun.iter().map(|one| one.state).collect::<Vec<_>>(), [RecordingState::InProgress]);
        assert_eq!(begun[0].leg, Some(world.look(&call).await.payer().id.clone()));
        for place in [0, 1] {
            let heard = heard_at(world, &call, place).await;
            assert_eq!(heard.len(), 1, "{place} hears it once");
            assert!(heard[0] <= begun[0].started_at, "{place} hears it before: {heard:?} {begun:?}");
        }
        world.wait(10).await;
        let late = world.at_the_carrier(&call, 2).await;
        let line = |what: &str| late.heard.iter().position(|heard| heard.line.contains(what)).expect("it has heard so");
        assert!(line(NOTICE) < line("joins room"), "{late:?}");
        world.credit(&account, "2.00").await;
        world.wait(20).await;
        let live = world.look(&call).await;
        assert!(live.extension >= 1 && live.legs.iter().all(|leg| leg.is_settled()), "{live:#?}");
        assert_eq!(states(world, &call).await, [RecordingState::InProgress], "the same one goes on");
        for place in [0, 1, 2] {
            assert_eq!(heard_at(world, &call, place).await.len(), 1, "nobody hears it twice: {place}");
        }
        hang_up(world, &call).await;
        let kept = of_call(world, &call).await.remove(0);
        assert_eq!(kept.state, RecordingState::Completed);
        assert!(kept.seconds.is_some_and(|seconds| seconds >= 30) && kept.media_url.is_some(), "{kept:?}");
        assert_eq!((kept.keep_until - kept.started_at).num_days(), 7);
    }

    async fn a_recording_is_begun_paused_resumed_and_ended_by_who_is_in_the_call(world: World) {
        settle(world, &[("recording", "on_request")]).await;
        let account = world.caller("3.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        assert_eq!(states(world, &call).await, []);
        world.operate(&call, Operation::StartRecording).await;
        world.wait(3).await;
        let begun = of_call(world, &call).await.remove(0);
        for place in [0, 1] {
            assert!(heard_at(world, &call, place).await.iter().any(|heard| *heard <= begun.started_at), "{place}");
        }
        for (operation, state) in [
            (Operation::PauseRecording, RecordingState::Paused),
            (Operation::ResumeRecording, RecordingState::InProgress),
            (Operation::StopRecording, RecordingState::Completed),
        ] {
            world.operate(&call, operation).await;
            world.wait(4).await;
            assert_eq!(states(world, &call).await, [state]);
        }
        world.operate(&call, Operation::StartRecording).await;
        world.wait(3).await;
        assert_eq!(states(world, &call).await, [RecordingState::Completed, RecordingState::InProgress]);
        use RecordingStep::{Paused, Resumed, Started, Stopped};
        assert_eq!(steps(&world.record(&call).await), [Started, Paused, Resumed, Stopped, Started]);
        hang_up(world, &call).await;
        assert_eq!(states(world, &call).await, [RecordingState::Completed; 2]);
    }

    async fn who_dials_has_the_choice_only_where_the_plan_gives_it(world: World) {
        let account = world.caller("3.00").await;
        world.record = Some(true);
        let refused = world.dial(&account, &[FRIEND]).await;
        assert!(matches!(&refused, Placed::Refused(why) if why.code() == "recording_not_offered"), "{refused:?}");
        settle(world, &[("recording", "on_request")]).await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        assert_eq!(states(world, &call).await, [RecordingState::InProgress]);
        // A call keeps the terms it was dialled with.
        settle(world, &[("recording", "always")]).await;
        world.operate(&call, Operation::StopRecording).await;
        hang_up(world, &call).await;
        world.record = Some(false);
        let refused = world.dial(&account, &[FRIEND]).await;
        assert!(matches!(&refused, Placed::Refused(why) if why.code() == "recording_required"), "{refused:?}");
        world.record = None;
        let call = world.call(&account, &[FRIEND]).await;
        assert_eq!(world.look(&call).await.recording.wanted, Wanted::On);
        hang_up(world, &call).await;
    }

    async fn a_recorded_room_is_followed_and_paused_and_everybody_in_it_is_told(world: World) {
        let (settings, now) = (vec![("record".to_owned(), "from_start".to_owned())], world.now());
        let made = world.service.app.db.write(move |tx| make_room_profile(tx, "studio", &settings, "story", now));
        assert!(matches!(made.await.expect("the books answer"), ProfileKept::Now(_)));
        settle(world, &[("room_profile", "studio")]).await;
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        let begun = of_call(world, &call).await;
        assert_eq!(begun.iter().map(|one| (one.state, one.leg.clone())).collect::<Vec<_>>(), [(RecordingState::InProgress, None)]);
        for place in [0, 1] {
            assert_eq!(heard_at(world, &call, place).await.len(), 1, "{place}");
        }
        world.operate(&call, Operation::PauseRecording).await;
        world.wait(2).await;
        assert_eq!(states(world, &call).await, [RecordingState::Paused]);
        // Whatever a rejoin does to the room, what is wanted stays so.
        world.credit(&account, "1.00").await;
        world.wait(20).await;
        assert!(world.look(&call).await.extension >= 1);
        assert!(!states(world, &call).await.contains(&RecordingState::InProgress));
        world.operate(&call, Operation::ResumeRecording).await;
        world.wait(2).await;
        assert!(states(world, &call).await.contains(&RecordingState::InProgress));
        hang_up(world, &call).await;
        assert!(of_call(world, &call).await.iter().all(|one| one.has_file()));
    }

    async fn a_recording_that_a_redirect_ends_is_begun_again_and_nobody_is_told_twice(world: World) {
        world.carrier.change_switches(|switches| switches.redirect_ends_recording = true);
        settle(world, &[("recording", "always")]).await;
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        world.credit(&account, "1.00").await;
        world.wait(20).await;
        assert!(world.look(&call).await.extension >= 1);
        assert_eq!(states(world, &call).await, [RecordingState::Completed, RecordingState::InProgress]);
        for place in [0, 1] {
            assert_eq!(heard_at(world, &call, place).await.len(), 1, "{place}");
        }
        hang_up(world, &call).await;
    }

    async fn orders_whose_answers_are_lost_record_once(world: World) {
        settle(world, &[("recording", "on_request")]).await;
        let account = world.caller("3.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        for (operation, state) in [
            (Operation::StartRecording, RecordingState::InProgress),
            (Operation::PauseRecording, RecordingState::Paused),
            (Operation::ResumeRecording, RecordingState::InProgress),
        ] {
            world.carrier.add_fault(Fault::next(FaultKind::LostAfter, "POST", "/Recordings"));
            world.operate(&call, operation).await;
            world.wait(8).await;
            assert_eq!(states(world, &call).await, [state]);
        }
        world.carrier.add_fault(Fault::next(FaultKind::LostBefore, "POST", "/Recordings"));
        world.operate(&call, Operation::StopRecording).await;
        world.wait(8).await;
        assert_eq!(states(world, &call).await, [RecordingState::Completed]);
        use RecordingStep::{Paused, Resumed, Started, Stopped};
        assert_eq!(steps(&world.record(&call).await), [Started, Paused, Resumed, Stopped]);
        hang_up(world, &call).await;
    }

    async fn what_somebody_else_begins_to_record_is_stopped(world: World) {
        let account = world.caller("1.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        let call_sid = world.at_the_carrier(&call, 0).await.sid;
        let status_url = world.service.app.carrier.url(&talktime::voice::Place::Recording { call: call.clone() });
        let start = Order::StartRecording { call_sid, trim: talktime::voice::Trim::Nothing, status_url };
        let Outcome::Recordings(begun) = order(world, start).await else { panic!("the carrier records") };
        world.wait(2).await;
        let stopped = of_call(world, &call).await;
        assert!(stopped.len() == 1 && !stopped[0].state.is_going_on(), "{stopped:?}");
        assert_eq!(stopped[0].carrier_sid, begun[0].carrier_sid);
        hang_up(world, &call).await;
    }

    async fn a_recording_is_deleted_when_its_time_is_over_or_somebody_wants_it(world: World) {
        settle(world, &[("recording", "always")]).await;
        let account = world.caller("3.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        let id = of_call(world, &call).await.remove(0).id;
        let goes_on = world.service.app.db.write({
            let (id, now) = (id.clone(), world.now());
            move |tx| forget_recording(tx, &id, "owner@example.com", now)
        });
        assert_eq!(format!("{:?}", goes_on.await.unwrap().1), "GoesOn");
        hang_up(world, &call).await;
        let mut kept = of_call(world, &call).await.remove(0);
        sweeps(world).await;
        assert_eq!(states(world, &call).await, [RecordingState::Completed], "it has thirty days");
        kept.keep_until = world.now();
        world.service.app.db.write(move |tx| recordings::save(tx, &kept)).await.unwrap();
        sweeps(world).await;
        let gone = of_call(world, &call).await.remove(0);
        assert_eq!((gone.state, gone.media_url.as_ref()), (RecordingState::Deleted, None));
        assert!(gone.deleted_at.is_some());
        let again = order(world, Order::DeleteRecording { recording_sid: gone.carrier_sid }).await;
        assert_eq!(again, Outcome::Gone, "the carrier has it no longer");
    }

    async fn the_end_of_a_recording_is_asked_for_if_nobody_tells_it(world: World) {
        settle(world, &[("recording", "always")]).await;
        let account = world.caller("3.00").await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        hang_up(world, &call).await;
        let mut lost = of_call(world, &call).await.remove(0);
        (lost.state, lost.seconds, lost.media_url) = (RecordingState::InProgress, None, None);
        world.service.app.db.write(move |tx| recordings::save(tx, &lost)).await.unwrap();
        world.wait(130).await;
        sweeps(world).await;
        let found = of_call(world, &call).await.remove(0);
        assert!(found.has_file() && found.seconds.is_some(), "{found:?}");
    }

    async fn a_program_records_a_call_and_deletes_the_recording(world: World) {
        settle(world, &[("recording", "on_request")]).await;
        let account = world.caller("3.00").await;
        let service: std::sync::Arc<str> = world.service.app.config.public_url.as_str().into();
        let dial = json!({ "account": account, "own_number": world.own_number, "numbers": [FRIEND], "record": true });
        let (status, _, call) = post(service.clone(), "/api/v1/calls".to_owned(), "dial", dial).await;
        assert_eq!((status, &call["recording"]), (201, &json!("on")), "{call}");
        let id = call["id"].as_str().expect("an id").to_owned();
        world.wait(10).await;
        let (status, listed) = get(service.clone(), format!("/api/v1/calls/{id}/recordings")).await;
        assert_eq!((status, &listed["items"][0]["state"]), (200, &json!("in-progress")), "{listed}");
        let recording = listed["items"][0]["id"].as_str().expect("an id").to_owned();
        let delete = format!("/api/v1/recordings/{recording}/delete");
        let (status, _, refused) = post(service.clone(), delete.clone(), "early", json!({})).await;
        assert_eq!((status, &refused["code"]), (409, &json!("recording_goes_on")));
        let operations = format!("/api/v1/calls/{id}/operations");
        for (word, state) in [("pause_recording", "paused"), ("resume_recording", "on"), ("stop_recording", "off")] {
            let (status, _, done) = post(service.clone(), operations.clone(), word, json!({ "operation": word })).await;
            assert_eq!((status, &done["recording"]), (202, &json!(state)), "{done}");
        }
        let again = json!({ "operation": "pause_recording" });
        let (status, _, refused) = post(service.clone(), operations, "again", again).await;
        assert_eq!((status, &refused["code"]), (409, &json!("not_recorded")));
        world.wait(5).await;
        let (status, _, deleted) = post(service.clone(), delete, "late", json!({})).await;
        assert_eq!(status, 202, "{deleted}");
        world.wait(5).await;
        let (_, gone) = get(service, format!("/api/v1/recordings/{recording}")).await;
        assert_eq!((&gone["state"], &gone["media_url"]), (&json!("deleted"), &json!(null)), "{gone}");
        hang_up(world, &id).await;
    }
}
