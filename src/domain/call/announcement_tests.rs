//! What is said by itself, to whom and when, and the word that is whispered before joining.

use super::announcement::{Announcement, Announcements, Hearing, LastMinute, Listeners};
use super::instruction::{Asked, Instruction};
use super::message::Message;
use super::operation::{Operation, OperationRefusal};
use super::progress::Event;
use super::tests::{TIMING, at, dialled, sid};
use super::*;

fn leg(place: usize) -> String {
    format!("leg_{place}")
}

fn ask(call: &mut Call, place: usize, now: i64) -> Instruction {
    call.instruct(&leg(place), &sid(place), Asked::ForInstructions, &TIMING, at(now)).0
}

fn talking(legs: usize) -> Call {
    let mut call = dialled(legs);
    for place in 0..legs {
        assert!(matches!(ask(&mut call, place, 0), Instruction::Join { .. }));
        call.apply(&Event::Joined { call_sid: sid(place), conference_sid: "CF1".into() }, at(0));
    }
    call
}

fn longer(call: &mut Call, now: i64) -> Vec<Command> {
    let gain = call.gain("5".parse().unwrap(), &TIMING, at(now)).unwrap();
    call.extend(&gain, &TIMING, at(now))
}

fn whispered(text: &str) -> Instruction {
    Instruction::Whisper { message: Some(words(text)), recorded: false }
}

fn words(text: &str) -> Message {
    Message::words(text).unwrap()
}

#[test]
fn the_payer_is_warned_once_and_not_after_there_is_more_time() {
    let mut call = talking(2);
    let warning =
        Command::Announce { announcement: Announcement::TimeIsNearlyUp, leg: Some(leg(0)), at: at(50), until: at(96) };
    assert_eq!(call.warn(at(50)), Some(warning));
    assert_eq!(call.warn(at(51)), None);
    assert!(call.still_true(Announcement::TimeIsNearlyUp, at(51)));
    longer(&mut call, 52);
    assert!(!call.still_true(Announcement::TimeIsNearlyUp, at(53)), "what was true before is not said after");
}

#[test]
fn the_last_minute_is_spoken_of_once_it_has_begun_and_nothing_has_lengthened_the_call() {
    let mut call = dialled(2);
    let (_, commands) = call.instruct(&leg(0), &sid(0), Asked::ForInstructions, &TIMING, at(0));
    assert!(commands.contains(&Command::LookAtLastMinute { at: at(40) }), "{commands:?}");
    let look = |call: &Call, paying, now| call.last_minute(paying, &TIMING, at(now));
    assert_eq!(look(&call, false, 39), LastMinute::LookAgain(at(40)));
    assert!(matches!(
        look(&call, false, 40),
        LastMinute::Say(Command::Announce { announcement: Announcement::OneMinuteLeft, .. })
    ));
    assert_eq!(look(&call, true, 40), LastMinute::LookAgain(at(42)), "a payment may still help");
    assert_eq!(look(&call, false, 50), LastMinute::Nothing, "it would not be true");
    call.warned = true;
    assert_eq!(look(&call, false, 40), LastMinute::Nothing, "the warning has just been spoken");
    let commands = longer(&mut call, 40);
    let minute = call.deadline.unwrap() - TimeDelta::seconds(60);
    assert!(commands.contains(&Command::LookAtLastMinute { at: minute }));
    assert_eq!(look(&call, false, 41), LastMinute::LookAgain(minute));
    assert!(!call.still_true(Announcement::OneMinuteLeft, at(41)));
}

#[test]
fn a_call_shorter_than_a_minute_has_no_last_one() {
    let mut call = dialled(2);
    call.held = "1.00".parse().unwrap();
    let (_, commands) = call.instruct(&leg(0), &sid(0), Asked::ForInstructions, &TIMING, at(0));
    assert!(!commands.iter().any(|command| matches!(command, Command::LookAtLastMinute { .. })), "{commands:?}");
}

#[test]
fn what_is_said_of_time_and_money_may_be_for_everybody() {
    let mut call = talking(2);
    call.terms.announcements.to = Listeners::Everybody;
    let said = [call.warn(at(50)), call.topped_up(3, at(50))];
    assert!(said.iter().all(|said| matches!(said, Some(Command::Announce { leg: None, .. }))), "{said:?}");
}

#[test]
fn what_the_terms_have_off_is_not_said() {
    let mut call = dialled(2);
    let off = Announcements {
        time_is_nearly_up: false,
        one_minute_left: false,
        topped_up: false,
        recording: false,
        to: Listeners::Payer,
    };
    call.terms.announcements = off;
    let (_, commands) = call.instruct(&leg(0), &sid(0), Asked::ForInstructions, &TIMING, at(0));
    assert!(!commands.iter().any(|command| matches!(command, Command::LookAtLastMinute { .. })));
    assert_eq!(call.warn(at(50)), None);
    assert_eq!(call.topped_up(3, at(50)), None);
    assert_eq!(call.last_minute(false, &TIMING, at(40)), LastMinute::Nothing);
}

#[test]
fn who_is_on_hold_or_outside_hears_it_when_back_and_who_is_gone_never() {
    let mut call = talking(3);
    call.operate(&Operation::Hold { leg: leg(1) }, at(5)).unwrap();
    call.operate(&Operation::Park { leg: leg(2) }, at(5)).unwrap();
    assert_eq!(call.hears(Some(&leg(0))), Hearing::Now);
    assert_eq!((call.hears(Some(&leg(1))), call.hears(Some(&leg(2)))), (Hearing::NotYet, Hearing::NotYet));
    assert_eq!(call.hears(None), Hearing::Now);
    call.operate(&Operation::Unhold { leg: leg(1) }, at(6)).unwrap();
    assert_eq!(call.hears(Some(&leg(1))), Hearing::Now);
    let over = LegProgress::Ended(LegEnd::Completed { seconds: 6 });
    call.apply(&Event::Progress { leg: leg(2), call_sid: sid(2), progress: over }, at(6));
    assert_eq!((call.hears(Some(&leg(2))), call.hears(Some("leg_9"))), (Hearing::Never, Hearing::Never));
    longer(&mut call, 40);
    assert_eq!(call.hears(Some(&leg(0))), Hearing::NotYet, "its rejoin would cut the words short");
}

#[test]
fn the_words_of_a_message_stand_in_the_record_where_it_says() {
    let mut call = talking(2);
    call.records = 7;
    let said = Operation::Announce { leg: None, message: words("Lunch.") };
    let commands = call.operate(&said, at(5)).unwrap();
    assert!(matches!(&commands[0], Command::Record(record::Record::Message { leg: None, .. })), "{commands:?}");
    assert!(matches!(
        commands[1],
        Command::Announce { announcement: Announcement::Message { line: 7 }, leg: None, .. }
    ));
    let nobody = Operation::Announce { leg: Some("leg_9".into()), message: words("Lunch.") };
    assert_eq!(call.operate(&nobody, at(5)), Err(OperationRefusal::NoSuchLeg));
}

#[test]
fn an_announcement_is_read_back_from_its_word() {
    for announcement in [
        Announcement::TimeIsNearlyUp,
        Announcement::OneMinuteLeft,
        Announcement::ToppedUp { line: 12 },
        Announcement::Recording,
        Announcement::Message { line: 3 },
    ] {
        assert_eq!(announcement.to_string().parse(), Ok(announcement));
    }
    for bad in ["", "message-", "message--1", "message-x", "message-99999999999", "hello"] {
        assert!(bad.parse::<Announcement>().is_err(), "{bad}");
    }
}

#[test]
fn who_is_called_hears_the_whisper_first_and_no_second_time() {
    let mut call = dialled(2);
    call.terms.whisper = Some(words("A call from the shop."));
    assert!(matches!(ask(&mut call, 0, 0), Instruction::Join { .. }), "the payer knows who calls");
    assert_eq!(ask(&mut call, 1, 5), whispered("A call from the shop."));
    assert_eq!(ask(&mut call, 1, 5), whispered("A call from the shop."), "the same question again");
    assert_eq!((call.legs[1].started_at, call.legs[1].authorised_until), (Some(at(5)), Some(at(100))));
    assert!(matches!(ask(&mut call, 1, 8), Instruction::Join { limit_seconds: 92, .. }));
    call.apply(&Event::Joined { call_sid: sid(1), conference_sid: "CF1".into() }, at(8));
    longer(&mut call, 40);
    assert!(matches!(ask(&mut call, 1, 41), Instruction::Join { .. }), "a rejoin whispers nothing");
}

#[test]
fn more_time_while_it_is_whispered_to_interrupts_nobody_and_counts_once_it_asks() {
    let mut call = dialled(2);
    call.terms.whisper = Some(words("A call from the shop."));
    ask(&mut call, 0, 0);
    ask(&mut call, 1, 5);
    assert!(!longer(&mut call, 6).contains(&Command::Renew { leg: leg(1) }));
    let deadline = call.deadline.unwrap();
    assert!(matches!(ask(&mut call, 1, 8), Instruction::Join { .. }));
    assert_eq!(call.legs[1].authorised_until, Some(deadline));
}

#[test]
fn a_whisper_that_could_outlast_the_paid_time_is_left_out() {
    let mut call = dialled(2);
    call.terms.whisper = Some(words(&"a".repeat(400)));
    ask(&mut call, 0, 0);
    assert!(matches!(ask(&mut call, 1, 60), Instruction::Join { limit_seconds: 40, .. }));
}
