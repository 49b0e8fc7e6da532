//! Calls handed over: whom it drops, whom it holds, and what comes of it when somebody goes meanwhile.

use super::instruction::{Asked, Instruction, Notice};
use super::operation::{Operation, OperationRefusal};
use super::operation_tests::{ask, does, join, leg, talking};
use super::payer_leaves::PayerLeaves;
use super::progress::Event;
use super::tests::{TIMING, at, sid};
use super::transfer::{Kind, QueueName, TransferRefusal};
use super::*;

fn queue() -> QueueName {
    "support".parse().unwrap()
}

/// Another leg for the call, rung.
fn added(call: &mut Call, now: i64) -> String {
    let place = call.legs.len();
    let number = format!("+1415555010{place}").parse().unwrap();
    let mut new = Leg::new(leg(place), Role::Other, number, call.legs[0].rate.clone());
    (new.state, new.added_at) = (LegState::Calling, Some(at(now)));
    call.legs.push(new);
    call.held += "1".parse::<Money>().unwrap();
    leg(place)
}

fn transfer(call: &mut Call, transferor: usize, kind: Kind, now: i64) -> (String, Vec<Command>) {
    call.may_transfer(&leg(transferor)).unwrap_or_else(|refusal| panic!("{refusal}"));
    let target = added(call, now);
    let commands = call.transfer_to(&leg(transferor), target.clone(), kind);
    (target, commands)
}

fn enters(call: &mut Call, place: usize, now: i64) -> Vec<Command> {
    assert!(matches!(ask(call, place, now), Instruction::Join { .. }));
    join(call, place, now)
}

fn leaves(call: &mut Call, place: usize, end: LegEnd, now: i64) -> Vec<Command> {
    let progress = LegProgress::Ended(end);
    call.apply(&Event::Progress { leg: leg(place), call_sid: sid(place), progress }, at(now))
}

const GONE: LegEnd = LegEnd::Completed { seconds: 5 };

fn hang_up(place: usize) -> Command {
    Command::HangUp { call_sid: sid(place) }
}

fn keeps_paying(legs: usize) -> Call {
    let mut call = talking(legs);
    call.terms.payer_leaves = PayerLeaves::KeepsPaying;
    call
}

#[test]
fn a_cold_transferor_stays_until_the_target_is_in() {
    let mut call = talking(2);
    let (_, commands) = transfer(&mut call, 1, Kind::Cold, 5);
    assert!(!commands.contains(&hang_up(1)) && call.legs.iter().all(|leg| !leg.stance.hold));
    assert!(enters(&mut call, 2, 9).contains(&hang_up(1)));
    assert_eq!((call.transfer.clone(), call.is_running()), (None, true));
    leaves(&mut call, 1, GONE, 10);
    assert!(call.is_running());
    leaves(&mut call, 2, GONE, 20);
    assert_eq!(call.phase, Phase::Ending(EndReason::OthersLeft));
}

#[test]
fn the_payer_may_be_the_one_that_leaves_only_where_the_account_keeps_paying() {
    assert_eq!(talking(2).may_transfer(&leg(0)), Err(TransferRefusal::PayerEndsTheCall));
    let mut call = keeps_paying(2);
    transfer(&mut call, 0, Kind::Cold, 5);
    let commands = enters(&mut call, 2, 9);
    assert!(commands.contains(&Command::RenewPayer { at: at(9) }) && !commands.contains(&hang_up(0)), "{commands:?}");
    assert_eq!(ask(&mut call, 0, 10), Instruction::HangUp);
    let commands = leaves(&mut call, 0, GONE, 11);
    assert!(call.is_running() && commands.iter().any(|command| matches!(command, Command::GiveBack { .. })));
    assert_eq!(call.anchor().id, leg(1));
    assert!(!leaves(&mut call, 2, LegEnd::Failed, 12).contains(&Command::Settle));
    assert_eq!(call.phase, Phase::Ending(EndReason::OthersLeft));
}

#[test]
fn without_the_payer_the_call_is_extended_and_ends_as_ever() {
    let mut call = keeps_paying(2);
    transfer(&mut call, 0, Kind::Cold, 5);
    enters(&mut call, 2, 9);
    ask(&mut call, 0, 10);
    leaves(&mut call, 0, GONE, 11);
    let gain = call.gain("5".parse().unwrap(), &TIMING, at(40)).unwrap();
    let commands = call.extend(&gain, &TIMING, at(40));
    let by = call.legs[1].authorised_until.unwrap() - TIMING.redirect_by;
    assert!(commands.contains(&Command::Renew { leg: leg(2) }) && commands.contains(&Command::RenewPayer { at: by }));
    assert!(enters(&mut call, 2, 41).contains(&Command::RenewPayer { at: at(41) }));
    let (told, commands) = call.instruct(&leg(1), &sid(1), Asked::ForInstructions, &TIMING, at(42));
    assert!(matches!(told, Instruction::Join { end_room_on_exit: false, .. }));
    let extended = |command: &Command| matches!(command, Command::Record(Record::Extended { .. }));
    assert!(commands.iter().any(extended) && call.told == call.extension);
    let end = whole_seconds(call.deadline.unwrap() - at(0));
    assert_eq!(ask(&mut call, 1, end), Instruction::Notice(Notice::TimeIsUp));
    assert_eq!(call.phase, Phase::Ending(EndReason::TimeIsUp));
}

#[test]
fn a_payer_that_hangs_up_by_itself_ends_the_call_under_either_rule() {
    for mut call in [talking(3), keeps_paying(3)] {
        leaves(&mut call, 0, GONE, 9);
        assert_eq!(call.phase, Phase::Ending(EndReason::PayerLeft));
    }
}

#[test]
fn a_target_that_is_not_reached_leaves_all_as_it_was() {
    for kind in [Kind::Cold, Kind::Warm] {
        let mut call = talking(2);
        let before: Vec<_> = call.legs.iter().map(|leg| leg.stance.clone()).collect();
        transfer(&mut call, 1, kind, 5);
        assert_eq!(call.legs[0].stance.hold, kind == Kind::Warm);
        leaves(&mut call, 2, LegEnd::Busy, 9);
        assert_eq!((call.transfer.clone(), call.is_running()), (None, true));
        assert_eq!(call.legs[..2].iter().map(|leg| leg.stance.clone()).collect::<Vec<_>>(), before);
    }
}

#[test]
fn warm_connects_or_is_taken_back_and_holds_only_whom_it_put_on_hold() {
    let mut call = talking(3);
    does(&mut call, Operation::Hold { leg: leg(2) }, 3);
    transfer(&mut call, 1, Kind::Warm, 5);
    assert_eq!(call.transfer.as_ref().unwrap().held, [leg(0)]);
    assert_eq!(call.operate(&Operation::Connect, at(6)), Err(OperationRefusal::NobodyToConnect));
    assert!(!enters(&mut call, 3, 9).contains(&hang_up(1)));
    let mut other = call.clone();
    assert!(does(&mut call, Operation::Connect, 20).contains(&hang_up(1)));
    assert_eq!(call.legs.iter().map(|leg| leg.stance.hold).collect::<Vec<_>>(), [false, false, true, false]);
    assert!(does(&mut other, Operation::TakeBack, 20).contains(&hang_up(3)));
    assert_eq!(other.legs.iter().map(|leg| leg.stance.hold).collect::<Vec<_>>(), [false, false, true, false]);
    for mut call in [call, other] {
        assert_eq!(call.operate(&Operation::Connect, at(21)), Err(OperationRefusal::NoTransfer));
        assert_eq!(call.operate(&Operation::TakeBack, at(21)), Err(OperationRefusal::NoTransfer));
    }
}

#[test]
fn a_transferor_who_hangs_up_while_consulting_has_connected() {
    let mut call = talking(2);
    transfer(&mut call, 1, Kind::Warm, 5);
    enters(&mut call, 2, 9);
    assert!(leaves(&mut call, 1, GONE, 12).contains(&Command::Adjust { leg: leg(0) }));
    assert_eq!((call.transfer.clone(), call.is_running(), call.legs[0].stance.hold), (None, true, false));
    let mut early = talking(2);
    transfer(&mut early, 1, Kind::Warm, 5);
    leaves(&mut early, 1, GONE, 7);
    assert!(early.is_running() && early.legs[0].stance.hold, "the target is still rung");
    enters(&mut early, 2, 9);
    assert!(early.transfer.is_none() && !early.legs[0].stance.hold);
}

#[test]
fn when_those_who_were_to_be_handed_over_are_gone_there_is_nothing_to_transfer() {
    let mut call = keeps_paying(2);
    transfer(&mut call, 0, Kind::Warm, 5);
    enters(&mut call, 2, 9);
    leaves(&mut call, 1, GONE, 12);
    assert_eq!((call.transfer.clone(), call.is_running()), (None, true));
}

#[test]
fn a_target_taken_back_before_the_carrier_named_it_is_hung_up_when_it_is_named() {
    let mut call = talking(2);
    let (target, _) = transfer(&mut call, 1, Kind::Warm, 5);
    assert!(!does(&mut call, Operation::TakeBack, 6).iter().any(|command| matches!(command, Command::HangUp { .. })));
    assert_eq!(call.apply(&Event::Named { leg: target, call_sid: sid(2) }, at(7)), [hang_up(2)]);
    assert_eq!(ask(&mut call, 2, 8), Instruction::HangUp);
}

#[test]
fn who_is_put_into_a_queue_waits_with_music_for_whoever_takes_the_call() {
    let mut call = talking(2);
    let commands = call.transfer_to_queue(&leg(1), queue(), at(5));
    assert!(commands.contains(&hang_up(1)) && commands.contains(&Command::RenewPayer { at: at(5) }), "{commands:?}");
    assert_eq!(ask(&mut call, 0, 6), Instruction::Music { seconds: 20 });
    leaves(&mut call, 1, GONE, 7);
    assert!(call.is_running() && call.is_moving());
    assert_eq!(call.operate(&Operation::TakeBack, at(8)), Err(OperationRefusal::NoTransfer));
    // One who does not answer puts it back into the queue.
    for reached in [false, true] {
        call.may_take().unwrap();
        let place = call.legs.len();
        let target = added(&mut call, 9);
        call.taken_by(target);
        assert_eq!(call.may_take(), Err(TransferRefusal::NobodyWaits));
        if reached {
            assert!(enters(&mut call, place, 15).contains(&Command::Renew { leg: leg(0) }));
        } else {
            leaves(&mut call, place, LegEnd::NoAnswer, 12);
        }
    }
    assert!(call.transfer.is_none() && call.legs[0].whereabouts == Whereabouts::Room);
}

#[test]
fn nobody_waits_in_a_queue_for_longer_than_the_operator_says() {
    let mut call = talking(2);
    call.transfer_to_queue(&leg(1), queue(), at(5));
    let timing = Timing { most_queued: TimeDelta::seconds(30), ..TIMING };
    let mut wait = |now| call.instruct(&leg(0), &sid(0), Asked::ForInstructions, &timing, at(now)).0;
    assert_eq!(wait(6), Instruction::Music { seconds: 20 });
    assert_eq!(wait(26), Instruction::Music { seconds: 9 });
    assert_eq!(wait(35), Instruction::Notice(Notice::NobodyThere));
    assert_eq!((call.phase, call.transfer), (Phase::Ending(EndReason::NobodyTook), None));
}

#[test]
fn a_customer_who_hangs_up_in_the_queue_ends_it() {
    let mut call = keeps_paying(2);
    call.transfer_to_queue(&leg(0), queue(), at(5));
    assert_eq!(ask(&mut call, 0, 6), Instruction::HangUp);
    leaves(&mut call, 0, GONE, 7);
    assert!(call.is_running());
    leaves(&mut call, 1, GONE, 20);
    assert_eq!(call.phase, Phase::Settled(EndReason::OthersLeft));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut call = talking(2);
    assert_eq!(call.may_transfer("leg_9"), Err(OperationRefusal::NoSuchLeg.into()));
    transfer(&mut call, 1, Kind::Cold, 5);
    assert_eq!(call.may_transfer(&leg(1)), Err(TransferRefusal::UnderWay));
    let mut alone = talking(3);
    leaves(&mut alone, 1, GONE, 5);
    assert_eq!(alone.may_transfer(&leg(1)), Err(OperationRefusal::NotInTheCall.into()));
    alone.apply(&Event::HangUp, at(6));
    assert_eq!(alone.may_transfer(&leg(2)), Err(OperationRefusal::CallIsOver.into()));
    for bad in ["", "Support", "a b", &"a".repeat(41)] {
        assert!(bad.parse::<QueueName>().is_err(), "{bad}");
    }
}

#[test]
fn whoever_is_alone_in_the_room_for_the_grace_is_not_kept() {
    let grace = TimeDelta::seconds(10);
    let mut call = talking(2);
    assert_eq!(call.counted(Some(&[sid(0)]), grace, at(5)), []);
    assert_eq!(call.counted(Some(&[sid(0), sid(1)]), grace, at(9)), []);
    assert_eq!(call.alone_since, None, "somebody came back");
    call.counted(Some(&[sid(0)]), grace, at(20));
    assert!(call.counted(Some(&[sid(0)]), grace, at(29)).is_empty() && call.is_running());
    assert!(call.counted(Some(&[sid(0)]), grace, at(30)).contains(&hang_up(0)));
    assert_eq!(call.phase, Phase::Ending(EndReason::OthersLeft));
}

#[test]
fn nobody_counts_as_alone_while_somebody_rejoins_is_transferred_rung_or_parked() {
    let still = |mut call: Call| {
        call.alone_since = Some(at(0));
        call.counted(Some(&[sid(0)]), TimeDelta::seconds(10), at(50)).is_empty() && call.is_running()
    };
    let mut rejoining = talking(2);
    let gain = rejoining.gain("5".parse().unwrap(), &TIMING, at(40)).unwrap();
    rejoining.extend(&gain, &TIMING, at(40));
    assert!(still(rejoining));
    let mut transferred = talking(3);
    transfer(&mut transferred, 1, Kind::Warm, 5);
    enters(&mut transferred, 3, 6);
    assert!(still(transferred));
    let mut ringing = talking(2);
    added(&mut ringing, 5);
    assert!(still(ringing));
    let mut parked = talking(2);
    does(&mut parked, Operation::Park { leg: leg(1) }, 5);
    ask(&mut parked, 1, 6);
    assert!(still(parked));
    assert!(!still(talking(2)));
}

#[test]
fn a_supervisor_is_no_company() {
    let mut call = talking(3);
    call.legs[2].role = Role::Supervisor;
    leaves(&mut call, 1, GONE, 9);
    assert_eq!(call.phase, Phase::Ending(EndReason::OthersLeft));
    let mut counted = talking(3);
    counted.legs[2].role = Role::Supervisor;
    counted.counted(Some(&[sid(0), sid(2)]), TimeDelta::zero(), at(9));
    assert!(!counted.is_running());
}
