//! What operations come to, leg by leg.

use super::instruction::{Asked, Instruction};
use super::message::Message;
use super::operation::{Operation, OperationRefusal};
use super::progress::Event;
use super::tests::{TIMING, at, dialled, sid};
use super::*;

pub fn leg(place: usize) -> String {
    format!("leg_{place}")
}

pub fn ask(call: &mut Call, place: usize, now: i64) -> Instruction {
    call.instruct(&leg(place), &sid(place), Asked::ForInstructions, &TIMING, at(now)).0
}

pub fn join(call: &mut Call, place: usize, now: i64) -> Vec<Command> {
    call.apply(&Event::Joined { call_sid: sid(place), conference_sid: "CF1".into() }, at(now))
}

/// Everybody answered and entered the room at the first second.
pub fn talking(legs: usize) -> Call {
    let mut call = dialled(legs);
    for place in 0..legs {
        assert!(matches!(ask(&mut call, place, 0), Instruction::Join { .. }));
        join(&mut call, place, 0);
    }
    call
}

pub fn does(call: &mut Call, operation: Operation, now: i64) -> Vec<Command> {
    call.operate(&operation, at(now)).unwrap_or_else(|refusal| panic!("{refusal}"))
}

#[test]
fn hold_and_mute_are_made_so_and_made_so_again_after_every_rejoin() {
    let mut call = talking(2);
    assert!(does(&mut call, Operation::Hold { leg: leg(1) }, 5).contains(&Command::Adjust { leg: leg(1) }));
    does(&mut call, Operation::Mute { leg: leg(0) }, 6);
    assert_eq!(does(&mut call, Operation::Hold { leg: leg(1) }, 7), [], "it is on hold already");
    let gain = call.gain("5".parse().unwrap(), &TIMING, at(40)).unwrap();
    call.extend(&gain, &TIMING, at(40));
    assert!(matches!(ask(&mut call, 1, 41), Instruction::Join { muted: false, .. }));
    assert!(join(&mut call, 1, 41).contains(&Command::Adjust { leg: leg(1) }));
    assert!(matches!(ask(&mut call, 0, 42), Instruction::Join { muted: true, .. }));
    assert!(join(&mut call, 0, 42).contains(&Command::Adjust { leg: leg(0) }));
    does(&mut call, Operation::Unhold { leg: leg(1) }, 50);
    assert_eq!(call.legs[1].stance, Stance::default());
}

#[test]
fn a_parked_leg_waits_in_pieces_hears_of_more_time_by_itself_and_comes_back() {
    let mut call = talking(2);
    assert!(does(&mut call, Operation::Park { leg: leg(1) }, 5).contains(&Command::Renew { leg: leg(1) }));
    assert_eq!(ask(&mut call, 1, 6), Instruction::Music { seconds: 20 });
    let gain = call.gain("5".parse().unwrap(), &TIMING, at(40)).unwrap();
    let commands = call.extend(&gain, &TIMING, at(40));
    assert!(
        !commands.contains(&Command::Renew { leg: leg(1) }) && commands.contains(&Command::RenewPayer { at: at(40) })
    );
    assert_eq!(ask(&mut call, 1, 46), Instruction::Music { seconds: 20 });
    assert_eq!(call.legs[1].authorised_until, call.deadline);
    does(&mut call, Operation::Unpark { leg: leg(1) }, 50);
    assert!(matches!(ask(&mut call, 1, 51), Instruction::Join { .. }));
}

#[test]
fn the_payer_in_the_room_is_led_out_with_care_and_from_outside_plainly() {
    let mut call = talking(2);
    assert!(does(&mut call, Operation::Park { leg: leg(0) }, 5).contains(&Command::RenewPayer { at: at(5) }));
    assert_eq!(ask(&mut call, 0, 6), Instruction::Music { seconds: 20 });
    assert!(does(&mut call, Operation::Unpark { leg: leg(0) }, 9).contains(&Command::Renew { leg: leg(0) }));
    assert!(matches!(ask(&mut call, 0, 10), Instruction::Join { end_room_on_exit: true, .. }));
}

#[test]
fn at_the_deadline_music_ends_with_the_notice() {
    let mut call = talking(2);
    does(&mut call, Operation::Park { leg: leg(1) }, 5);
    assert_eq!(ask(&mut call, 1, 95), Instruction::Music { seconds: 5 });
    assert!(matches!(ask(&mut call, 1, 100), Instruction::Notice(_)));
}

#[test]
fn who_is_dismissed_hears_it_also_when_the_call_ends_meanwhile() {
    let mut call = talking(2);
    let message = Message::words("Goodbye.").unwrap();
    does(&mut call, Operation::Dismiss { leg: leg(1), message: message.clone() }, 5);
    let commands = call.apply(&Event::HangUp, at(6));
    assert!(
        commands.contains(&Command::HangUp { call_sid: sid(0) })
            && !commands.contains(&Command::HangUp { call_sid: sid(1) })
    );
    assert_eq!(ask(&mut call, 1, 7), Instruction::Farewell(message));
}

#[test]
fn what_a_removed_leg_will_not_use_is_free_at_once() {
    let mut call = talking(3);
    assert!(does(&mut call, Operation::Remove { leg: leg(2) }, 40).contains(&Command::HangUp { call_sid: sid(2) }));
    let ended = LegProgress::Ended(LegEnd::Completed { seconds: 40 });
    let commands = call.apply(&Event::Progress { leg: leg(2), call_sid: sid(2), progress: ended }, at(40));
    let amount = "0.60".parse().unwrap();
    assert!(commands.contains(&Command::GiveBack { amount }), "{commands:?}");
    assert_eq!((call.held, call.deadline), ("2.40".parse().unwrap(), Some(at(100))));
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let mut call = talking(2);
    let message = Message::words("Goodbye.").unwrap();
    let mut refused = |operation: Operation| {
        let before = call.clone();
        let refusal = call.operate(&operation, at(9)).unwrap_err();
        assert_eq!(call, before);
        refusal
    };
    assert_eq!(refused(Operation::Remove { leg: leg(0) }), OperationRefusal::PayerStays);
    assert_eq!(refused(Operation::Dismiss { leg: leg(0), message }), OperationRefusal::PayerStays);
    assert_eq!(refused(Operation::Hold { leg: "leg_9".into() }), OperationRefusal::NoSuchLeg);
    let mut ringing = dialled(2);
    assert_eq!(ringing.operate(&Operation::Mute { leg: leg(1) }, at(1)), Err(OperationRefusal::NotInTheCall));
    call.apply(&Event::HangUp, at(10));
    assert_eq!(call.operate(&Operation::Hold { leg: leg(1) }, at(11)), Err(OperationRefusal::CallIsOver));
}
