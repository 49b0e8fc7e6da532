//! Guests, seen from either side.

use super::guest::{GuestRefusal, GuestSeen, Host, Removed};
use super::instruction::{Asked, Instruction, Notice};
use super::operation::{Operation, OperationRefusal};
use super::progress::Event;
use super::tests::{TIMING, at, dialled, sid};
use super::{Call, Command, EndReason, LegEnd, LegProgress, LegState, Phase};
use crate::domain::money::Money;

const GUEST: &str = "leg_g";

fn ask(call: &mut Call, place: usize, asked: Asked, now: i64) -> (Instruction, Vec<Command>) {
    call.instruct(&format!("leg_{place}"), &sid(place), asked, &TIMING, at(now))
}

/// A guest's own call, in the room since second 0 with money for 100 seconds.
fn guest() -> Call {
    let mut call = dialled(1);
    call.host = Some(Host { call: "call_h".into(), leg: GUEST.into() });
    let (told, _) = ask(&mut call, 0, Asked::ForInstructions, 0);
    assert!(matches!(told, Instruction::Join { limit_seconds: 100, end_room_on_exit: false, .. }), "{told:?}");
    call
}

/// A call of two with a place for a guest.
fn host() -> Call {
    let mut call = dialled(2);
    ask(&mut call, 0, Asked::ForInstructions, 0);
    ask(&mut call, 1, Asked::ForInstructions, 0);
    let number = "+14155550177".parse().unwrap();
    assert_eq!(call.may_seat("acc_2", &number, 4), Ok(()));
    call.seat_guest("call_g".into(), number, GUEST.into(), at(5));
    call
}

fn seen(state: LegState) -> GuestSeen {
    let answered = matches!(state, LegState::Answered | LegState::Over(_));
    GuestSeen { state, call_sid: Some("CAg".into()), started_at: answered.then(|| at(10)) }
}

fn tell(call: &mut Call, state: LegState, now: i64) -> Vec<Command> {
    call.apply(&Event::Guest { leg: GUEST.into(), seen: seen(state) }, at(now))
}

fn over(seconds: i64) -> LegState {
    LegState::Over(LegEnd::Completed { seconds })
}

fn ends(call: &mut Call, place: usize, seconds: i64, now: i64) -> Vec<Command> {
    let progress = LegProgress::Ended(LegEnd::Completed { seconds });
    let event = Event::Progress { leg: format!("leg_{place}"), call_sid: sid(place), progress };
    call.apply(&event, at(now))
}

#[test]
fn a_guest_has_a_limit_of_its_own_and_rejoins_without_ado() {
    let mut call = guest();
    assert!(call.second_leg_answered(), "its card may be charged: there is company");
    let gain = call.gain("1".parse().unwrap(), &TIMING, at(40)).unwrap();
    let commands = call.extend(&gain, &TIMING, at(40));
    assert!(commands.contains(&Command::Renew { leg: "leg_0".into() }), "{commands:?}");
    assert!(!commands.iter().any(|command| matches!(command, Command::RenewPayer { .. })), "{commands:?}");
    let (told, _) = ask(&mut call, 0, Asked::ForInstructions, 41);
    assert!(matches!(told, Instruction::Join { limit_seconds: 159, end_room_on_exit: false, .. }), "{told:?}");
}

#[test]
fn at_its_limit_a_guest_hears_the_notice() {
    let mut call = guest();
    let (told, _) = ask(&mut call, 0, Asked::AfterItsStay, 100);
    assert_eq!((told, call.phase), (Instruction::Notice(Notice::TimeIsUp), Phase::Ending(EndReason::TimeIsUp)));
}

#[test]
fn a_guest_whose_room_closes_waits_a_moment_and_is_let_in_again_while_the_host_goes_on() {
    let mut call = guest();
    let (told, commands) = ask(&mut call, 0, Asked::AfterItsStay, 20);
    assert_eq!(told, Instruction::Music { seconds: 1 });
    assert!(commands.contains(&Command::CountRoom), "{commands:?}");
    let (told, _) = ask(&mut call, 0, Asked::ForInstructions, 21);
    assert!(matches!(told, Instruction::Join { limit_seconds: 79, .. }), "{told:?}");
}

#[test]
fn a_guest_in_the_room_hears_that_its_host_has_ended_and_pays_no_second_of_it() {
    for (removed, reason) in [(false, EndReason::HostEnded), (true, EndReason::Removed)] {
        let mut call = guest();
        let commands = call.apply(&Event::HostGone { removed }, at(30));
        assert!(commands.contains(&Command::Renew { leg: "leg_0".into() }), "{commands:?}");
        assert!(call.ends_by_us() && call.phase == Phase::Ending(reason));
        assert_eq!(call.apply(&Event::HostGone { removed: !removed }, at(31)), [], "it ends once");
        let (told, _) = ask(&mut call, 0, Asked::ForInstructions, 31);
        assert_eq!(told, Instruction::Notice(Notice::NobodyThere));
        assert!(!call.needs_renewal("leg_0"));
        let commands = ends(&mut call, 0, 36, 36);
        assert!(commands.contains(&Command::Settle) && call.charges()[0].seconds == 31, "{:?}", call.charges());
    }
}

#[test]
fn a_guest_that_has_not_answered_is_rung_no_more_when_its_host_ends() {
    let mut call = dialled(1);
    call.host = Some(Host { call: "call_h".into(), leg: GUEST.into() });
    call.apply(&Event::Named { leg: "leg_0".into(), call_sid: sid(0) }, at(1));
    let commands = call.apply(&Event::HostGone { removed: false }, at(2));
    assert!(commands.contains(&Command::HangUp { call_sid: sid(0) }), "{commands:?}");
}

#[test]
fn a_guest_alone_in_the_room_is_not_kept_and_whoever_is_there_is_company() {
    let mut call = guest();
    call.apply(&Event::Joined { call_sid: sid(0), conference_sid: "CF1".into() }, at(1));
    let (here, grace) = ([sid(0)], TIMING.alone);
    let with_another = [sid(0), "CAother".to_owned()];
    assert_eq!(call.counted(Some(&here), grace, at(10)), []);
    assert_eq!(call.counted(Some(&with_another), grace, at(20)), []);
    assert_eq!(call.counted(Some(&here), grace, at(21)), []);
    assert_eq!(call.counted(None, grace, at(40)), [], "its host moves");
    call.counted(Some(&here), grace, at(41));
    assert!(!call.counted(Some(&here), grace, at(41) + grace).is_empty());
    assert_eq!(call.phase, Phase::Ending(EndReason::OthersLeft));
}

#[test]
fn nothing_but_hanging_up_can_be_done_in_anothers_room() {
    let mut call = guest();
    let mute = Operation::Mute { leg: "leg_0".into() };
    assert_eq!(call.operate(&mute, at(10)), Err(OperationRefusal::InAnothersRoom));
    assert!(call.may_transfer("leg_0").is_err());
    assert_eq!(call.may_invite(), Err(GuestRefusal::IsAGuest));
}

#[test]
fn a_mirror_never_goes_back_and_costs_nothing() {
    let mut call = host();
    assert!(tell(&mut call, LegState::Ringing, 8).len() == 1);
    tell(&mut call, LegState::Answered, 10);
    tell(&mut call, LegState::Ringing, 11);
    assert_eq!(call.leg(GUEST).unwrap().state, LegState::Answered);
    assert_eq!(call.held, "2".parse().unwrap());
    tell(&mut call, over(20), 30);
    assert_eq!(tell(&mut call, LegState::Answered, 31), []);
    let charges = call.charges();
    assert_eq!((charges[2].cost, charges[2].billed_seconds, charges[2].house_seconds), (Money::ZERO, 0, 0));
    assert!(call.is_running(), "the two who pay for themselves go on");
}

#[test]
fn a_guest_keeps_company_until_it_ends() {
    let mut call = host();
    tell(&mut call, LegState::Answered, 10);
    ends(&mut call, 1, 20, 20);
    assert!(call.is_running(), "the payer talks with the guest");
    tell(&mut call, over(30), 40);
    assert_eq!(call.phase, Phase::Ending(EndReason::OthersLeft));
}

#[test]
fn a_host_settles_without_waiting_for_its_guest_and_lets_it_go() {
    let mut call = host();
    tell(&mut call, LegState::Answered, 10);
    assert_eq!(call.keeps(GUEST), Ok(()));
    let commands = ends(&mut call, 0, 50, 50);
    assert!(!commands.contains(&Command::HangUp { call_sid: "CAg".into() }), "it is not ours to hang up");
    assert_eq!(call.keeps(GUEST), Err(Removed(false)));
    let commands = ends(&mut call, 1, 51, 51);
    assert!(commands.contains(&Command::Settle), "{commands:?}");
    tell(&mut call, over(45), 55);
    assert_eq!((call.phase, call.charges()[2].seconds), (Phase::Settled(EndReason::PayerLeft), 45));
}

#[test]
fn a_host_may_hold_mute_and_remove_its_guest_and_nothing_else() {
    let mut call = host();
    tell(&mut call, LegState::Answered, 10);
    let leg = || GUEST.to_owned();
    let commands = call.operate(&Operation::Hold { leg: leg() }, at(11)).unwrap();
    assert!(commands.contains(&Command::Adjust { leg: leg() }), "{commands:?}");
    assert_eq!(call.operate(&Operation::Park { leg: leg() }, at(12)), Err(OperationRefusal::IsAGuest));
    assert!(call.may_transfer(GUEST).is_err());
    // Its own call lets it in again; here it is put on hold again.
    let joined = Event::Joined { call_sid: "CAg".into(), conference_sid: "CF1".into() };
    assert!(call.apply(&joined, at(13)).contains(&Command::Adjust { leg: leg() }));
    let commands = call.operate(&Operation::Remove { leg: leg() }, at(14)).unwrap();
    assert!(!commands.iter().any(|command| matches!(command, Command::HangUp { .. })), "{commands:?}");
    assert_eq!(call.keeps(GUEST), Err(Removed(true)));
}

#[test]
fn extending_the_host_leaves_its_guest_where_it_is() {
    let mut call = host();
    tell(&mut call, LegState::Answered, 10);
    let gain = call.gain("1".parse().unwrap(), &TIMING, at(40)).unwrap();
    let commands = call.extend(&gain, &TIMING, at(40));
    assert!(!commands.contains(&Command::Renew { leg: GUEST.into() }), "{commands:?}");
    ask(&mut call, 1, Asked::ForInstructions, 41);
    let commands = call.apply(&Event::Joined { call_sid: sid(1), conference_sid: "CF1".into() }, at(42));
    assert!(commands.contains(&Command::RenewPayer { at: at(42) }), "the payer waits for nobody else: {commands:?}");
}

#[test]
fn each_refusal_of_a_place_has_its_reason() {
    let number = |text: &str| text.parse().unwrap();
    let (new, here) = (number("+14155550178"), number("+14155550177"));
    let mut call = host();
    assert_eq!(call.may_seat("acc_1", &new, 4), Err(GuestRefusal::ItsOwn));
    assert_eq!(call.may_seat("acc_2", &here, 4), Err(GuestRefusal::InTheCall { number: here.clone() }));
    assert_eq!(call.may_seat("acc_2", &new, 3), Err(GuestRefusal::TooManyNumbers { most: 3 }));
    call.apply(&Event::HangUp, at(20));
    assert_eq!(call.may_seat("acc_2", &new, 4), Err(GuestRefusal::CallIsOver));
    assert_eq!(dialled(2).may_seat("acc_2", &new, 4), Err(GuestRefusal::NotBegun));
    assert_eq!(guest().may_seat("acc_2", &new, 4), Err(GuestRefusal::IsAGuest));
}
