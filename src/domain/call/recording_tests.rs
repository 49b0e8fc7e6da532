//! When a call is recorded, who is told first, and what plans say of it.

use super::announcement::Announcement;
use super::instruction::{Asked, Instruction};
use super::operation::{Operation, OperationRefusal};
use super::progress::Event;
use super::recording::{NextStep, Wanted, When};
use super::tests::{TIMING, at, dialled, sid};
use super::*;
use crate::domain::admission::Refusal;
use crate::domain::recording::{Recorded, RecordingChange, RecordingSeen, RecordingState};
use crate::domain::room_profile;

fn leg(place: usize) -> String {
    format!("leg_{place}")
}

fn ask(call: &mut Call, place: usize, now: i64) -> Instruction {
    call.instruct(&leg(place), &sid(place), Asked::ForInstructions, &TIMING, at(now)).0
}

fn joins(call: &mut Call, place: usize, now: i64) -> Vec<Command> {
    call.apply(&Event::Joined { call_sid: sid(place), conference_sid: "CF1".into() }, at(now))
}

/// Two who talk, in a plan that leaves recording to them.
fn talking() -> Call {
    let mut call = dialled(3);
    call.terms.recording.when = When::OnRequest;
    for place in 0..2 {
        ask(&mut call, place, 0);
        joins(&mut call, place, 0);
    }
    call
}

fn seen(of: Recorded, state: RecordingState) -> RecordingSeen {
    let carrier_sid = "RE1".to_owned();
    RecordingSeen { carrier_sid, of, state, started_at: None, seconds: None, media_url: None }
}

fn of_the_payer(state: RecordingState) -> RecordingSeen {
    seen(Recorded::Call(sid(0)), state)
}

fn change(change: RecordingChange) -> NextStep {
    NextStep::Change { of: Recorded::Call(sid(0)), recording_sid: "RE1".into(), change }
}

#[test]
fn everybody_in_the_room_is_told_before_a_recording_begins() {
    let mut call = talking();
    assert_eq!(call.next_recording_step(&[]), NextStep::Nothing);
    let commands = call.operate(&Operation::StartRecording, at(1)).unwrap();
    assert!(commands.contains(&Command::KeepRecorded), "{commands:?}");
    assert_eq!(call.next_recording_step(&[]), NextStep::Tell(vec![leg(0), leg(1)]));
    call.told_of_recording(&[leg(0)]);
    assert_eq!(call.next_recording_step(&[]), NextStep::Tell(vec![leg(1)]));
    call.told_of_recording(&[leg(1)]);
    assert_eq!(call.next_recording_step(&[]), NextStep::Start { call_sid: sid(0) });
    let going = [of_the_payer(RecordingState::InProgress)];
    assert_eq!(call.next_recording_step(&going), NextStep::Nothing);
    assert_eq!(call.operate(&Operation::StartRecording, at(2)), Ok(vec![]), "it is being recorded already");
}

#[test]
fn who_comes_later_hears_of_it_before_joining_and_otherwise_the_recording_waits() {
    let mut call = talking();
    call.operate(&Operation::StartRecording, at(1)).unwrap();
    call.told_of_recording(&[leg(0), leg(1)]);
    let told = Instruction::Whisper { message: None, recorded: true };
    assert_eq!((ask(&mut call, 2, 5), ask(&mut call, 2, 5)), (told.clone(), told), "the same question again");
    let (joined, commands) = call.instruct(&leg(2), &sid(2), Asked::ForInstructions, &TIMING, at(9));
    assert!(matches!(joined, Instruction::Join { .. }), "{joined:?}");
    let line = Record::Announced { announcement: Announcement::Recording, leg: Some(leg(2)), heard: true };
    assert!(commands.contains(&Command::Record(line)), "{commands:?}");
    assert!(joins(&mut call, 2, 10).contains(&Command::KeepRecorded));
    let going = [of_the_payer(RecordingState::InProgress)];
    assert_eq!(call.next_recording_step(&going), NextStep::Nothing);
    // Nobody had told this one.
    call.recording.told.retain(|told| *told != leg(2));
    assert_eq!(call.next_recording_step(&going), change(RecordingChange::Pause));
    let paused = [of_the_payer(RecordingState::Paused)];
    assert_eq!(call.next_recording_step(&paused), NextStep::Tell(vec![leg(2)]));
    call.told_of_recording(&[leg(2)]);
    assert_eq!(call.next_recording_step(&paused), change(RecordingChange::Resume));
}

#[test]
fn a_word_for_which_the_paid_time_is_too_short_is_not_given_before_joining() {
    let mut call = talking();
    call.operate(&Operation::StartRecording, at(1)).unwrap();
    let end = (call.deadline.unwrap() - at(0)).num_seconds();
    assert!(matches!(ask(&mut call, 2, end - 7), Instruction::Join { .. }));
    let mut call = talking();
    call.terms.recording_sound = Some("https://media.example/recorded.mp3".into());
    call.operate(&Operation::StartRecording, at(1)).unwrap();
    assert!(matches!(ask(&mut call, 2, end - 59), Instruction::Join { .. }), "nobody knows how long a file is");
}

#[test]
fn where_nobody_need_be_told_it_begins_at_once() {
    let mut call = talking();
    call.terms.announcements.recording = false;
    call.operate(&Operation::StartRecording, at(1)).unwrap();
    assert_eq!(call.next_recording_step(&[]), NextStep::Start { call_sid: sid(0) });
    assert!(matches!(ask(&mut call, 2, 5), Instruction::Join { .. }));
}

#[test]
fn who_is_on_hold_is_told_when_it_comes_back_and_until_then_nobody_hears_it() {
    let mut call = talking();
    call.operate(&Operation::Hold { leg: leg(1) }, at(1)).unwrap();
    call.operate(&Operation::StartRecording, at(2)).unwrap();
    assert_eq!(call.next_recording_step(&[]), NextStep::Tell(vec![leg(0)]));
    call.told_of_recording(&[leg(0)]);
    let commands = call.operate(&Operation::Unhold { leg: leg(1) }, at(3)).unwrap();
    assert!(commands.contains(&Command::KeepRecorded), "{commands:?}");
    let going = [of_the_payer(RecordingState::InProgress)];
    assert_eq!(call.next_recording_step(&going), change(RecordingChange::Pause));
}

#[test]
fn it_pauses_goes_on_and_ends_as_it_is_wanted() {
    let mut call = talking();
    let not_recorded = Err(OperationRefusal::NotRecorded);
    assert_eq!(call.operate(&Operation::PauseRecording, at(1)), not_recorded);
    assert_eq!(call.operate(&Operation::ResumeRecording, at(1)), not_recorded);
    assert_eq!(call.operate(&Operation::StopRecording, at(1)), Ok(vec![]));
    call.operate(&Operation::StartRecording, at(1)).unwrap();
    call.told_of_recording(&[leg(0), leg(1)]);
    let (going, paused) = ([of_the_payer(RecordingState::InProgress)], [of_the_payer(RecordingState::Paused)]);
    call.operate(&Operation::PauseRecording, at(2)).unwrap();
    assert_eq!(call.operate(&Operation::StartRecording, at(2)), Err(OperationRefusal::IsPaused));
    assert_eq!(call.next_recording_step(&going), change(RecordingChange::Pause));
    assert_eq!(call.next_recording_step(&paused), NextStep::Nothing);
    call.operate(&Operation::ResumeRecording, at(3)).unwrap();
    assert_eq!(call.next_recording_step(&paused), change(RecordingChange::Resume));
    call.operate(&Operation::StopRecording, at(4)).unwrap();
    for so in [&going, &paused] {
        assert_eq!(call.next_recording_step(so), change(RecordingChange::Stop));
    }
    assert_eq!(call.next_recording_step(&[of_the_payer(RecordingState::Stopped)]), NextStep::Nothing);
    call.operate(&Operation::StartRecording, at(5)).unwrap();
    assert_eq!(
        call.next_recording_step(&[]),
        NextStep::Tell(vec![leg(0), leg(1)]),
        "of another one they are told anew"
    );
}

#[test]
fn a_payer_alone_is_not_recorded() {
    let mut call = dialled(2);
    call.recording.wanted = Wanted::On;
    ask(&mut call, 0, 0);
    assert!(joins(&mut call, 0, 0).contains(&Command::KeepRecorded));
    assert_eq!(call.next_recording_step(&[]), NextStep::Tell(vec![leg(0)]));
    call.told_of_recording(&[leg(0)]);
    assert_eq!(call.next_recording_step(&[]), NextStep::Nothing);
}

#[test]
fn a_room_that_is_recorded_by_itself_is_not_recorded_twice() {
    let mut call = talking();
    call.terms.room.record = room_profile::Record::FromStart;
    call.operate(&Operation::StartRecording, at(1)).unwrap();
    call.told_of_recording(&[leg(0), leg(1)]);
    assert_eq!(call.next_recording_step(&[]), NextStep::Nothing, "the carrier will begin");
    let room = |state| [seen(Recorded::Conference("CF1".into()), state)];
    assert_eq!(call.next_recording_step(&room(RecordingState::InProgress)), NextStep::Nothing);
    let ended = room(RecordingState::Completed);
    assert_eq!(call.next_recording_step(&ended), NextStep::Start { call_sid: sid(0) }, "it began and was stopped");
}

#[test]
fn a_refusal_of_the_carrier_ends_the_wish() {
    let mut call = talking();
    call.operate(&Operation::StartRecording, at(1)).unwrap();
    let commands = call.give_up_recording();
    assert_eq!((call.recording.wanted, commands.len()), (Wanted::Off, 2));
    assert_eq!(call.next_recording_step(&[of_the_payer(RecordingState::Paused)]), change(RecordingChange::Stop));
}

#[test]
fn a_plan_says_whether_calls_may_or_must_be_recorded() {
    let mut call = talking();
    for (when, record, asked, from_start) in [
        (When::Never, room_profile::Record::Off, None, Ok(false)),
        (When::Never, room_profile::Record::Off, Some(false), Ok(false)),
        (When::Never, room_profile::Record::Off, Some(true), Err(Refusal::NeverRecorded)),
        (When::Never, room_profile::Record::FromStart, None, Ok(true)),
        (When::OnRequest, room_profile::Record::FromStart, Some(false), Err(Refusal::AlwaysRecorded)),
        (When::OnRequest, room_profile::Record::Off, None, Ok(false)),
        (When::OnRequest, room_profile::Record::Off, Some(true), Ok(true)),
        (When::Always, room_profile::Record::Off, None, Ok(true)),
        (When::Always, room_profile::Record::Off, Some(false), Err(Refusal::AlwaysRecorded)),
    ] {
        (call.terms.recording.when, call.terms.room.record) = (when, record);
        assert_eq!(call.terms.recorded_from_start(asked), from_start, "{when:?} {record:?} {asked:?}");
    }
    (call.terms.recording.when, call.terms.room.record) = (When::Never, room_profile::Record::Off);
    assert_eq!(call.operate(&Operation::StartRecording, at(1)), Err(OperationRefusal::NeverRecorded));
    call.terms.recording.when = When::Always;
    call.operate(&Operation::StartRecording, at(1)).unwrap();
    assert_eq!(call.operate(&Operation::StopRecording, at(2)), Err(OperationRefusal::AlwaysRecorded));
    assert!(call.operate(&Operation::PauseRecording, at(2)).is_ok());
}
