//! What a verdict comes to, and a last word, leg by leg.

use super::instruction::{Asked, Instruction};
use super::machine::{AnsweredBy, Detection, MachineChoice, MachineTerms, Verdict};
use super::message::Message;
use super::operation::{Operation, OperationRefusal};
use super::operation_tests::{ask, does, join, leg, talking};
use super::progress::Event;
use super::record::Record;
use super::tests::{TIMING, at, dialled, sid};
use super::transfer::Kind;
use super::*;

fn words() -> Message {
    Message::words("Please call back.").unwrap()
}

fn sound() -> Message {
    Message::sound("https://talk.example/a.mp3").unwrap()
}

/// The payer is in the room, the others are being rung and listened to.
fn listening(legs: usize, message: Option<Message>) -> Call {
    let mut call = dialled(legs);
    for other in &mut call.legs[1..] {
        other.machine = MachineTerms { detection: Detection::Detect, message: message.clone() };
    }
    ask(&mut call, 0, 0);
    join(&mut call, 0, 0);
    call
}

/// The leg asks what to do, with the carrier's word of who answered.
fn asks(call: &mut Call, place: usize, by: AnsweredBy, now: i64) -> (Instruction, Vec<Command>) {
    let verdict = Verdict { by, seconds: 4 };
    let mut commands = call.apply(&Event::AnsweredBy { leg: leg(place), call_sid: sid(place), verdict }, at(now));
    let (told, more) = call.instruct(&leg(place), &sid(place), Asked::ForInstructions, &TIMING, at(now));
    commands.extend(more);
    (told, commands)
}

fn ends(call: &mut Call, place: usize, seconds: i64, now: i64) -> Vec<Command> {
    let progress = LegProgress::Ended(LegEnd::Completed { seconds });
    call.apply(&Event::Progress { leg: leg(place), call_sid: sid(place), progress }, at(now))
}

fn answered(place: usize, by: &str, outcome: &str) -> Command {
    Command::Record(Record::AnsweredBy { leg: leg(place), by: by.into(), outcome: outcome.into() })
}

fn hung_up(place: usize) -> Command {
    Command::HangUp { call_sid: sid(place) }
}

fn gave_back(amount: &str) -> Command {
    Command::GiveBack { amount: amount.parse().unwrap() }
}

#[test]
fn a_person_is_let_in_and_pays_from_then_on() {
    let mut call = listening(2, Some(words()));
    let (told, commands) = asks(&mut call, 1, AnsweredBy::Human, 5);
    assert!(matches!(told, Instruction::Join { limit_seconds: 95, .. }), "{told:?}");
    assert!(commands.contains(&answered(1, "human", "connected")), "{commands:?}");
    ends(&mut call, 1, 34, 35);
    assert_eq!((call.legs[1].billable_seconds(), call.legs[1].carrier_seconds()), (30, 34));
}

#[test]
fn whoever_cannot_be_told_is_let_in_too() {
    let mut call = listening(3, None);
    assert!(matches!(asks(&mut call, 1, AnsweredBy::Unknown, 30).0, Instruction::Join { .. }));
    assert!(matches!(ask(&mut call, 2, 5), Instruction::Join { .. }), "the carrier said nothing at all");
    assert_eq!(call.legs[2].answered_by(), Some(AnsweredBy::Unknown));
    let mut off = dialled(2);
    ask(&mut off, 0, 0);
    assert!(matches!(asks(&mut off, 1, AnsweredBy::Machine, 5).0, Instruction::Join { .. }), "nobody asked for it");
    assert_eq!(off.legs[1].answered_by(), None);
}

#[test]
fn the_first_word_counts() {
    let mut call = listening(3, None);
    for by in [AnsweredBy::Human, AnsweredBy::Machine, AnsweredBy::Fax] {
        assert!(matches!(asks(&mut call, 1, by, 5).0, Instruction::Join { .. }));
    }
    for by in [AnsweredBy::Machine, AnsweredBy::Human, AnsweredBy::Machine] {
        assert_eq!(asks(&mut call, 2, by, 5).0, Instruction::HangUp);
    }
    let stranger = Verdict { by: AnsweredBy::Machine, seconds: 4 };
    let mut call = listening(2, None);
    call.apply(&Event::Named { leg: leg(1), call_sid: sid(1) }, at(1));
    let event = Event::AnsweredBy { leg: leg(1), call_sid: "CA9".into(), verdict: stranger };
    assert_eq!(call.apply(&event, at(2)), [Command::HangUp { call_sid: "CA9".into() }]);
    assert_eq!(call.legs[1].answered_by(), None);
}

#[test]
fn a_machine_is_hung_up_and_its_money_is_free_at_once() {
    let mut call = listening(3, None);
    ask(&mut call, 1, 0);
    join(&mut call, 1, 0);
    let (told, commands) = asks(&mut call, 2, AnsweredBy::Machine, 9);
    assert_eq!(told, Instruction::HangUp);
    assert!(
        commands.contains(&answered(2, "machine", "hung_up")) && commands.contains(&gave_back("1")),
        "{commands:?}"
    );
    assert!(call.is_running() && call.held == "2".parse().unwrap());
    ends(&mut call, 2, 6, 10);
    assert_eq!(call.legs[2].billable_seconds(), 0);
}

#[test]
fn a_payer_who_reached_machines_only_is_not_kept_waiting() {
    let mut call = listening(3, None);
    ends(&mut call, 1, 0, 5);
    let (_, commands) = asks(&mut call, 2, AnsweredBy::Machine, 9);
    assert!(commands.contains(&hung_up(0)), "{commands:?}");
    assert_eq!(call.phase, Phase::Ending(EndReason::NobodyAnswered));
}

#[test]
fn a_message_is_paid_for_as_long_as_it_is_and_no_longer() {
    let mut call = listening(3, Some(words()));
    ask(&mut call, 1, 0);
    join(&mut call, 1, 0);
    let (told, commands) = asks(&mut call, 2, AnsweredBy::Machine, 9);
    assert_eq!(told, Instruction::Farewell(words()));
    // Seventeen letters are spoken in at most four seconds, for 0.04.
    assert!(commands.contains(&gave_back("0.96")), "{commands:?}");
    let limit = Record::LimitSet { leg: leg(2), seconds: 4, funds: "3".parse().unwrap() };
    assert!(commands.contains(&Command::Record(limit)), "{commands:?}");
    let gain = call.gain("3".parse().unwrap(), &TIMING, at(10)).unwrap();
    let commands = call.extend(&gain, &TIMING, at(10));
    assert!(!commands.contains(&Command::Renew { leg: leg(2) }), "{commands:?}");
    assert_eq!(asks(&mut call, 2, AnsweredBy::Machine, 11).0, Instruction::Farewell(words()), "asked twice");
    assert_eq!(call.legs[2].authorised_seconds(), 4);
    ends(&mut call, 2, 60, 70);
    assert_eq!(call.legs[2].billable_seconds(), 4);
}

#[test]
fn the_message_is_heard_to_its_end_though_the_call_is_over() {
    let mut call = listening(2, Some(words()));
    let (told, commands) = asks(&mut call, 1, AnsweredBy::Machine, 9);
    assert_eq!(told, Instruction::Farewell(words()));
    assert!(commands.contains(&hung_up(0)) && !commands.contains(&hung_up(1)), "{commands:?}");
    assert_eq!(call.phase, Phase::Ending(EndReason::MessageLeft));
    assert!(!call.second_leg_answered());
    assert_eq!(asks(&mut call, 1, AnsweredBy::Machine, 10).0, Instruction::Farewell(words()));
    ends(&mut call, 0, 10, 10);
    assert!(ends(&mut call, 1, 8, 14).contains(&Command::Settle));
    assert_eq!(call.legs[1].billable_seconds(), 4);
}

#[test]
fn a_fax_is_left_nothing() {
    let mut call = listening(2, Some(words()));
    assert_eq!(asks(&mut call, 1, AnsweredBy::Fax, 9).0, Instruction::HangUp);
    assert_eq!(call.phase, Phase::Ending(EndReason::NobodyAnswered));
}

#[test]
fn a_sound_that_does_not_end_is_cut_off() {
    let mut call = listening(2, Some(sound()));
    call.deadline = Some(at(500));
    let (_, commands) = asks(&mut call, 1, AnsweredBy::Machine, 10);
    assert!(commands.contains(&Command::EndAtDeadline { at: at(132) }), "{commands:?}");
    assert_eq!(call.legs[1].authorised_seconds(), 120);
    assert_eq!(call.apply(&Event::DeadlinePassed, at(131)), []);
    assert_eq!(call.next_look_at_the_deadline(at(20)), Some(at(132)));
    assert_eq!(call.apply(&Event::DeadlinePassed, at(132)), [hung_up(1)]);
}

#[test]
fn a_machine_does_not_take_a_call_over() {
    let mut call = talking(2);
    call.terms.machine.detection = Detection::Detect;
    let mut target = Leg::new(leg(2), Role::Other, "+14155550102".parse().unwrap(), call.legs[1].rate.clone());
    target.machine = call.terms.machine.clone();
    call.legs.push(target);
    call.held = "3".parse().unwrap();
    call.transfer_to(&leg(1), leg(2), Kind::Warm);
    assert!(call.legs[0].stance.hold);
    let (told, commands) = asks(&mut call, 2, AnsweredBy::Machine, 9);
    assert_eq!(told, Instruction::HangUp);
    let failed = Record::Transfer { step: "failed".into(), leg: Some(leg(2)) };
    assert!(commands.contains(&Command::Record(failed)), "{commands:?}");
    assert!(call.transfer.is_none() && !call.legs[0].stance.hold && call.is_running());
    ends(&mut call, 2, 6, 10);
    assert!(call.is_running());
}

#[test]
fn a_drop_lets_the_caller_go_when_the_message_is_heard() {
    let mut call = talking(2);
    let commands = does(&mut call, Operation::VoicemailDrop { leg: leg(1), message: Some(words()) }, 20);
    let dropped = Record::VoicemailDropped { leg: leg(1), message: words() };
    assert_eq!(commands, [Command::Record(dropped), Command::Renew { leg: leg(1) }]);
    let besides = call.instruct(&leg(1), &sid(1), Asked::AfterItsStay, &TIMING, at(20));
    assert!(call.needs_renewal(&leg(1)) && call.is_running(), "{besides:?}");
    let (told, commands) = call.instruct(&leg(1), &sid(1), Asked::ForInstructions, &TIMING, at(21));
    assert_eq!(told, Instruction::Farewell(words()));
    assert!(commands.contains(&hung_up(0)) && !commands.contains(&hung_up(1)), "{commands:?}");
    assert_eq!(call.phase, Phase::Ending(EndReason::MessageLeft));
    ends(&mut call, 1, 60, 60);
    assert_eq!(call.legs[1].billable_seconds(), 25, "what was talked, and four seconds of message");
}

#[test]
fn a_caller_who_hangs_up_at_once_leaves_the_message_all_the_same_and_only_once() {
    let mut call = talking(2);
    does(&mut call, Operation::VoicemailDrop { leg: leg(1), message: Some(words()) }, 20);
    let commands = ends(&mut call, 0, 20, 20);
    assert!(!commands.contains(&hung_up(1)), "{commands:?}");
    // The room has closed before the redirect: what it is told now it does.
    let (told, _) = call.instruct(&leg(1), &sid(1), Asked::AfterItsStay, &TIMING, at(20));
    assert_eq!(told, Instruction::Farewell(words()));
    assert!(!call.needs_renewal(&leg(1)), "a redirect would begin the message again");
}

#[test]
fn a_drop_needs_a_message_and_somebody_to_hear_it() {
    let drop = |place| Operation::VoicemailDrop { leg: leg(place), message: None };
    let mut call = talking(3);
    assert_eq!(call.operate(&drop(1), at(9)), Err(OperationRefusal::NoMessage));
    call.terms.machine.message = Some(words());
    assert_eq!(call.operate(&drop(0), at(9)), Err(OperationRefusal::PayerStays));
    assert!(!call.may_drop_voicemail(&call.legs[0]) && call.may_drop_voicemail(&call.legs[1]));
    call.legs[1].machine.message = Some(sound());
    does(&mut call, drop(1), 9);
    assert_eq!(call.legs[1].whereabouts, Whereabouts::Leaving(sound()), "its own before the call's");
    assert_eq!(call.operate(&drop(1), at(9)), Err(OperationRefusal::NotInTheCall));
    ask(&mut call, 1, 10);
    assert!(call.is_running(), "the others go on");
}

#[test]
fn whoever_dials_may_choose_otherwise() {
    let usual = MachineTerms { detection: Detection::Detect, message: Some(words()) };
    let choose = |detection, message| MachineChoice::new(detection, message).unwrap();
    assert_eq!(choose(None, None).over(&usual), usual);
    let off = MachineTerms { detection: Detection::Off, message: None };
    assert_eq!(choose(Some(Detection::Off), None).over(&usual), off);
    let hangs_up = MachineTerms { detection: Detection::GreetingEnd, message: None };
    assert_eq!(choose(Some(Detection::GreetingEnd), None).over(&usual), hangs_up);
    assert_eq!(choose(None, Some(sound())).over(&usual), MachineTerms { message: Some(sound()), ..usual });
    let after = MachineTerms { detection: Detection::GreetingEnd, message: Some(words()) };
    assert_eq!(choose(None, Some(words())).over(&off), after);
    assert!(MachineChoice::new(Some(Detection::Off), Some(words())).is_err());
}
