//! What a queue comes to, leg by leg.

use super::instruction::{Asked, Instruction, Notice};
use super::operation::{Operation, OperationRefusal};
use super::progress::Event;
use super::tests::{TIMING, at, dialled, sid};
use super::*;

fn leg(place: usize) -> String {
    format!("leg_{place}")
}

fn told(call: &mut Call, place: usize, asked: Asked, now: i64) -> (Instruction, Vec<Command>) {
    call.instruct(&leg(place), &sid(place), asked, &TIMING, at(now))
}

fn ask(call: &mut Call, place: usize, now: i64) -> Instruction {
    told(call, place, Asked::ForInstructions, now).0
}

fn does(call: &mut Call, operation: Operation, now: i64) -> Vec<Command> {
    call.operate(&operation, at(now)).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn renew(place: usize) -> Command {
    Command::Renew { leg: leg(place) }
}

/// Everybody is in the room from the first second.
fn talking(legs: usize) -> Call {
    let mut call = dialled(legs);
    call.terms.queue_hold = true;
    for place in 0..legs {
        ask(&mut call, place, 0);
        call.apply(&Event::Joined { call_sid: sid(place), conference_sid: "CF1".into() }, at(0));
    }
    call
}

/// The payer waits with music, the other in the queue.
fn queued() -> Call {
    let mut call = talking(2);
    let commands = does(&mut call, Operation::Enqueue { leg: leg(1) }, 5);
    assert!(commands.contains(&renew(1)) && commands.contains(&Command::RenewPayer { at: at(5) }), "{commands:?}");
    assert!(commands.contains(&Command::EndAtDeadline { at: at(102) }));
    let (wait, commands) = told(&mut call, 1, Asked::ForInstructions, 6);
    assert_eq!(wait, Instruction::Enqueue);
    assert!(commands.contains(&Command::RenewPayer { at: at(6) }), "the payer follows: {commands:?}");
    assert_eq!(ask(&mut call, 0, 7), Instruction::Music { seconds: 20 });
    call
}

/// The two talk outside the room.
fn bridged() -> Call {
    let mut call = queued();
    assert!(does(&mut call, Operation::Dequeue { leg: leg(1) }, 20).contains(&renew(0)));
    assert_eq!(ask(&mut call, 0, 21), Instruction::DialQueue { limit_seconds: 79 });
    call
}

#[test]
fn a_queued_leg_hears_pieces_and_learns_of_more_time_by_itself() {
    let mut call = queued();
    assert_eq!(told(&mut call, 1, Asked::WhileQueued, 90).0, Instruction::Music { seconds: 10 });
    let gain = call.gain("5".parse().unwrap(), &TIMING, at(91)).unwrap();
    let commands = call.extend(&gain, &TIMING, at(91));
    assert!(!commands.iter().any(|one| matches!(one, Command::Renew { .. } | Command::RenewPayer { .. })));
    assert_eq!(told(&mut call, 1, Asked::WhileQueued, 99).0, Instruction::Music { seconds: 20 });
    assert_eq!(call.legs[1].authorised_until, call.deadline);
}

#[test]
fn at_the_deadline_it_hears_the_notice_and_who_does_not_ask_is_hung_up() {
    let mut call = queued();
    assert_eq!(told(&mut call, 1, Asked::WhileQueued, 100).0, Instruction::Notice(Notice::TimeIsUp));
    assert_eq!(call.apply(&Event::DeadlinePassed, at(102)), [], "it hears the notice");
    let mut call = queued();
    assert_eq!(call.next_look_at_the_deadline(at(50)), Some(at(102)));
    assert_eq!(call.apply(&Event::DeadlinePassed, at(101)), []);
    let commands = call.apply(&Event::DeadlinePassed, at(102));
    assert!(commands.contains(&Command::HangUp { call_sid: sid(1) }), "{commands:?}");
    assert_eq!(call.phase, Phase::Ending(EndReason::TimeIsUp));
    // The payer hears the notice meanwhile; the queue does not profit by it.
    let mut call = queued();
    assert_eq!(ask(&mut call, 0, 100), Instruction::Notice(Notice::TimeIsUp));
    assert_eq!(call.apply(&Event::DeadlinePassed, at(102)), [Command::HangUp { call_sid: sid(1) }]);
}

#[test]
fn an_extension_and_every_other_operation_lead_a_reunited_pair_to_the_room() {
    let both = |commands: &[Command]| commands.contains(&renew(0)) && commands.contains(&renew(1));
    let mut call = bridged();
    let gain = call.gain("5".parse().unwrap(), &TIMING, at(40)).unwrap();
    assert!(both(&call.extend(&gain, &TIMING, at(40))));
    // The first redirect parts them; the other's own is under way.
    assert_eq!(told(&mut call, 1, Asked::AfterTheQueue, 40).0, Instruction::Music { seconds: 1 });
    assert!(matches!(ask(&mut call, 0, 41), Instruction::Join { end_room_on_exit: true, .. }));
    assert!(matches!(ask(&mut call, 1, 41), Instruction::Join { end_room_on_exit: false, .. }));
    for operation in
        [Operation::Hold { leg: leg(1) }, Operation::Mute { leg: leg(0) }, Operation::Unpark { leg: leg(1) }]
    {
        let mut call = bridged();
        assert!(both(&does(&mut call, operation.clone(), 40)), "{operation:?}");
    }
    let mut call = bridged();
    assert!(both(&does(&mut call, Operation::Enqueue { leg: leg(0) }, 40)));
    assert_eq!(
        (ask(&mut call, 0, 41), ask(&mut call, 1, 41)),
        (Instruction::Enqueue, Instruction::Music { seconds: 20 })
    );
}

#[test]
fn a_conversation_that_ends_by_itself_goes_on_in_the_room() {
    let mut call = bridged();
    let (told_first, commands) = told(&mut call, 0, Asked::AfterItsStay, 40);
    assert!(
        matches!(told_first, Instruction::Join { limit_seconds: 60, end_room_on_exit: true, .. }),
        "{told_first:?}"
    );
    assert!(commands.contains(&renew(1)) && !commands.contains(&renew(0)), "{commands:?}");
    assert_eq!(told(&mut call, 1, Asked::AfterTheQueue, 40).0, Instruction::Music { seconds: 1 });
    assert!(matches!(ask(&mut call, 1, 41), Instruction::Join { .. }));
    let mut call = bridged();
    assert_eq!(told(&mut call, 0, Asked::AfterItsStay, 100).0, Instruction::Notice(Notice::TimeIsUp));
    assert_eq!(told(&mut call, 1, Asked::AfterTheQueue, 100).0, Instruction::Notice(Notice::TimeIsUp));
}

#[test]
fn who_falls_out_of_the_queue_waits_on_outside_it() {
    let mut call = queued();
    assert_eq!(told(&mut call, 1, Asked::AfterTheQueue, 30).0, Instruction::Music { seconds: 20 });
    assert_eq!(call.legs[1].whereabouts, Whereabouts::Music);
    assert_eq!(call.operate(&Operation::Dequeue { leg: leg(1) }, at(31)), Err(OperationRefusal::NotInTheQueue));
}

#[test]
fn a_queue_that_is_not_reached_yet_is_not_dialled() {
    let mut call = talking(2);
    does(&mut call, Operation::Enqueue { leg: leg(1) }, 5);
    does(&mut call, Operation::Dequeue { leg: leg(1) }, 5);
    assert!(call.legs.iter().all(|leg| leg.whereabouts == Whereabouts::Room));
}

#[test]
fn only_two_and_only_where_it_is_allowed() {
    let enqueue = |call: &mut Call| call.operate(&Operation::Enqueue { leg: leg(1) }, at(9)).unwrap_err();
    assert_eq!(enqueue(&mut talking(3)), OperationRefusal::NotTwoParties);
    let mut call = talking(2);
    assert!(call.may_enqueue(&leg(1)));
    call.terms.queue_hold = false;
    assert_eq!(enqueue(&mut call), OperationRefusal::QueueHoldOff);
    assert!(!call.may_enqueue(&leg(1)));
    let dequeue = call.operate(&Operation::Dequeue { leg: leg(1) }, at(9));
    assert_eq!(dequeue, Err(OperationRefusal::NotInTheQueue));
}
