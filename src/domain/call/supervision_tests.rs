//! What supervisors hear and say, and that nobody else notices.

use super::instruction::{Asked, Instruction};
use super::operation::{Operation, OperationRefusal};
use super::progress::Event;
use super::supervision::{BadMode, Mode, Onlooker, SuperviseRefusal};
use super::tests::{TIMING, at, dialled, sid};
use super::*;

const SPY: &str = "leg_spy";
const SPY_SID: &str = "CAspy";

fn leg(place: usize) -> String {
    format!("leg_{place}")
}

fn whisper(place: usize) -> Mode {
    Mode::Whisper { to: leg(place) }
}

fn ask(call: &mut Call, leg: &str, sid: &str, now: i64) -> (Instruction, Vec<Command>) {
    call.instruct(leg, sid, Asked::ForInstructions, &TIMING, at(now))
}

fn join(call: &mut Call, sid: &str, now: i64) -> Vec<Command> {
    call.apply(&Event::Joined { call_sid: sid.to_owned(), conference_sid: "CF1".into() }, at(now))
}

fn talking(legs: usize) -> Call {
    let mut call = dialled(legs);
    for place in 0..legs {
        ask(&mut call, &leg(place), &sid(place), 0);
        join(&mut call, &sid(place), 0);
    }
    call
}

fn let_in(call: &mut Call, mode: &Mode) -> Vec<Command> {
    call.supervise(&"+14155550190".parse().unwrap(), mode, SPY.into(), at(5)).unwrap()
}

/// Rung, answered and in the room.
fn supervised(call: &mut Call, mode: &Mode) -> Instruction {
    assert!(let_in(call, mode).contains(&Command::Ring { leg: SPY.into() }));
    let (told, _) = ask(call, SPY, SPY_SID, 6);
    join(call, SPY_SID, 6);
    told
}

fn set(call: &mut Call, mode: Mode) -> Result<Vec<Command>, OperationRefusal> {
    call.operate(&Operation::SetMode { leg: SPY.into(), mode }, at(9))
}

/// Muted, and whom it whispers to.
fn posture(call: &Call) -> (bool, Option<String>) {
    let posture = call.posture(call.leg(SPY).unwrap());
    (posture.muted, posture.coaches)
}

fn adjusts(commands: &[Command], leg: &str) -> bool {
    commands.contains(&Command::Adjust { leg: leg.to_owned() })
}

fn joins(told: &Instruction) -> (bool, Option<String>, i64) {
    let Instruction::Join { limit_seconds, end_room_on_exit: false, muted, coaches, .. } = told else {
        panic!("{told:?}")
    };
    (*muted, coaches.clone(), *limit_seconds)
}

#[test]
fn each_mode_is_joined_as_it_is_and_limited_by_nothing_but_the_carrier() {
    for (mode, muted, coaches) in
        [(Mode::Monitor, true, None), (whisper(1), false, Some(sid(1))), (Mode::Barge, false, None)]
    {
        let mut call = talking(2);
        let told = supervised(&mut call, &mode);
        assert_eq!(joins(&told), (muted, coaches, TIMING.most_seconds), "{mode}");
        assert_eq!(call.leg(SPY).unwrap().mode(), Some(mode));
    }
}

#[test]
fn modes_change_while_it_is_in_and_the_same_again_is_nothing() {
    let mut call = talking(2);
    supervised(&mut call, &Mode::Monitor);
    for (mode, muted, coaches) in [
        (whisper(1), false, Some(sid(1))),
        (whisper(0), false, Some(sid(0))),
        (Mode::Barge, false, None),
        (Mode::Monitor, true, None),
    ] {
        assert!(adjusts(&set(&mut call, mode.clone()).unwrap(), SPY));
        assert_eq!(posture(&call), (muted, coaches));
        assert_eq!(set(&mut call, mode), Ok(vec![]));
    }
}

#[test]
fn nobody_but_the_one_who_is_there_ever_hears_the_whispering() {
    let mut call = talking(3);
    // Nobody has answered yet at leg 2 when it is added anew: here it rejoins, is held, is parked and leaves.
    supervised(&mut call, &whisper(2));
    let muted = (true, None);
    let gain = call.gain("5".parse().unwrap(), &TIMING, at(40)).unwrap();
    call.extend(&gain, &TIMING, at(40));
    assert_eq!(posture(&call), muted, "it is being led out of the room");
    ask(&mut call, &leg(2), &sid(2), 41);
    assert_eq!(posture(&call), muted);
    assert!(adjusts(&join(&mut call, &sid(2), 42), SPY));
    assert_eq!(posture(&call), (false, Some(sid(2))));
    for (done, undone) in [
        (Operation::Hold { leg: leg(2) }, Operation::Unhold { leg: leg(2) }),
        (Operation::Park { leg: leg(2) }, Operation::Unpark { leg: leg(2) }),
    ] {
        call.operate(&done, at(50)).unwrap();
        assert_eq!(posture(&call), muted);
        call.operate(&undone, at(51)).unwrap();
        ask(&mut call, &leg(2), &sid(2), 52);
        join(&mut call, &sid(2), 52);
        assert_eq!(posture(&call), (false, Some(sid(2))));
    }
    let held = call.operate(&Operation::Hold { leg: leg(2) }, at(53)).unwrap();
    assert!(adjusts(&held, SPY) && adjusts(&call.operate(&Operation::Unhold { leg: leg(2) }, at(54)).unwrap(), SPY));
    let ended = LegProgress::Ended(LegEnd::Completed { seconds: 55 });
    let commands = call.apply(&Event::Progress { leg: leg(2), call_sid: sid(2), progress: ended }, at(55));
    assert!(adjusts(&commands, SPY), "{commands:?}");
    assert_eq!(call.leg(SPY).unwrap().mode(), Some(Mode::Monitor));
}

#[test]
fn who_is_to_be_removed_is_whispered_to_no_more() {
    let mut call = talking(3);
    supervised(&mut call, &whisper(2));
    let commands = call.operate(&Operation::Remove { leg: leg(2) }, at(9)).unwrap();
    assert!(adjusts(&commands, SPY) && commands.contains(&Command::HangUp { call_sid: sid(2) }), "{commands:?}");
    assert_eq!(call.leg(SPY).unwrap().mode(), Some(Mode::Monitor));
}

#[test]
fn whoever_whispers_before_the_other_has_joined_comes_in_muted() {
    let mut call = dialled(2);
    ask(&mut call, &leg(0), &sid(0), 0);
    join(&mut call, &sid(0), 0);
    let told = supervised(&mut call, &whisper(1));
    assert_eq!(joins(&told).0, true);
    ask(&mut call, &leg(1), &sid(1), 8);
    assert!(adjusts(&join(&mut call, &sid(1), 9), SPY));
    assert_eq!(posture(&call), (false, Some(sid(1))));
}

#[test]
fn a_supervisor_is_rung_with_the_others_after_the_payer() {
    let mut call = dialled(2);
    assert!(!let_in(&mut call, &Mode::Monitor).contains(&Command::Ring { leg: SPY.into() }));
    let (_, commands) = ask(&mut call, &leg(0), &sid(0), 7);
    assert!(commands.contains(&Command::Ring { leg: SPY.into() }) && commands.contains(&Command::Ring { leg: leg(1) }));
}

#[test]
fn it_keeps_nobody_company_and_goes_with_the_call() {
    let mut call = talking(2);
    supervised(&mut call, &Mode::Barge);
    let ended = LegProgress::Ended(LegEnd::Completed { seconds: 20 });
    let commands = call.apply(&Event::Progress { leg: leg(1), call_sid: sid(1), progress: ended }, at(20));
    assert_eq!(call.phase, Phase::Ending(EndReason::OthersLeft));
    assert!(commands.contains(&Command::HangUp { call_sid: SPY_SID.into() }));
    assert_eq!(ask(&mut call, SPY, SPY_SID, 21).0, Instruction::HangUp);

    // Its own limit is far away, so at the end of the paid time it is hung up.
    let mut call = talking(2);
    supervised(&mut call, &Mode::Barge);
    let (_, commands) = ask(&mut call, &leg(0), &sid(0), 100);
    assert!(commands.contains(&Command::HangUp { call_sid: SPY_SID.into() }), "{commands:?}");
}

#[test]
fn money_time_and_what_may_be_added_are_as_without_it() {
    let (mut plain, mut call) = (talking(2), talking(2));
    supervised(&mut call, &Mode::Monitor);
    assert_eq!(call.gain("5".parse().unwrap(), &TIMING, at(40)), plain.gain("5".parse().unwrap(), &TIMING, at(40)));
    assert_eq!((call.held, call.deadline, call.checkpoint_at), (plain.held, plain.deadline, plain.checkpoint_at));
    let gain = call.gain("5".parse().unwrap(), &TIMING, at(40)).unwrap();
    let commands = call.extend(&gain, &TIMING, at(40));
    assert_eq!(commands, plain.extend(&gain, &TIMING, at(40)), "it is not renewed, and nobody waits for it");
    let ended = LegProgress::Ended(LegEnd::Completed { seconds: 44 });
    let left = Event::Progress { leg: SPY.into(), call_sid: SPY_SID.into(), progress: ended };
    let commands = call.apply(&left, at(50));
    assert!(matches!(&commands[..], [Command::Record(_)]), "{commands:?}");
    let charge = call.charges().remove(2);
    assert_eq!((charge.cost, charge.billed_seconds), (Money::ZERO, 0));
}

#[test]
fn whose_call_it_is_sees_it_only_where_it_is_announced() {
    let mut call = talking(2);
    supervised(&mut call, &Mode::Monitor);
    let line = Record::LegRinging { leg: SPY.into() };
    let seen = call.clone().seen_by(Onlooker::Caller);
    assert!(seen.legs.len() == 2 && !seen.shows(&line) && seen.shows(&Record::Warned));
    assert!(call.clone().seen_by(Onlooker::House).shows(&line));
    call.terms.supervision.announced = true;
    assert!(call.clone().seen_by(Onlooker::Caller).shows(&line));
    assert_eq!(call.without_supervisors().legs.len(), 2);
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let mut call = talking(2);
    let number = |text: &str| text.parse::<PhoneNumber>().unwrap();
    let mut refused = |place: i32, mode: &Mode| {
        let before = call.clone();
        let refusal = call.supervise(&number(&format!("+1415555010{place}")), mode, "leg_9".into(), at(5)).unwrap_err();
        assert_eq!(call, before);
        refusal
    };
    assert_eq!(refused(1, &Mode::Monitor).code(), "same_number_twice");
    assert_eq!(refused(9, &Mode::Whisper { to: "leg_8".into() }), SuperviseRefusal::CannotBeCoached);
    supervised(&mut call, &Mode::Monitor);
    assert_eq!(set(&mut call, Mode::Whisper { to: SPY.into() }), Err(OperationRefusal::CannotBeCoached));
    let on = |leg: String| Operation::SetMode { leg, mode: Mode::Barge };
    assert_eq!(call.operate(&on(leg(1)), at(9)), Err(OperationRefusal::NotASupervisor));
    assert_eq!(call.operate(&on(leg(7)), at(9)), Err(OperationRefusal::NoSuchLeg));
    assert_eq!(call.operate(&Operation::Mute { leg: SPY.into() }, at(9)), Err(OperationRefusal::IsASupervisor));
    for place in 1..3 {
        let id = format!("leg_spy_{place}");
        call.supervise(&number(&format!("+1415555019{place}")), &Mode::Monitor, id, at(9)).unwrap();
    }
    let fourth = call.supervise(&number("+14155550199"), &Mode::Monitor, "leg_9".into(), at(9));
    assert_eq!(fourth, Err(SuperviseRefusal::TooMany));
    call.apply(&Event::HangUp, at(10));
    let late = call.supervise(&number("+14155550199"), &Mode::Monitor, "leg_9".into(), at(11));
    assert_eq!(late, Err(SuperviseRefusal::CallIsOver));
    assert_eq!(Mode::read("whisper", None), Err(BadMode::NoListener));
    assert_eq!(Mode::read("shout", None), Err(BadMode::Unknown));
}
