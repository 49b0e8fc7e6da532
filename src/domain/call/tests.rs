//! Callbacks in every order and number, late ones and strangers among them: the bill is the same.

use proptest::prelude::*;

use super::instruction::{Asked, Instruction};
use super::progress::Event;
use super::*;

pub const TIMING: Timing = Timing {
    lead: TimeDelta::seconds(60),
    decide: TimeDelta::seconds(15),
    redirect_by: TimeDelta::seconds(8),
    alone: TimeDelta::seconds(10),
    most_queued: TimeDelta::seconds(600),
    most_seconds: 14_400,
};

fn rate() -> Rate {
    Rate { price_per_minute: "0.60".parse().unwrap(), ..Rate::free("anywhere") }
}

/// A call whose payer is being rung, with money for 100 seconds of all its legs.
pub fn dialled(legs: usize) -> Call {
    let leg = |place: usize| {
        let role = if place == 0 { Role::Payer } else { Role::Other };
        let number = format!("+1415555010{place}").parse().unwrap();
        let mut leg = Leg::new(format!("leg_{place}"), role, number, rate());
        leg.state = if place == 0 { LegState::Calling } else { LegState::Planned };
        leg
    };
    Call::new(
        "call_1".into(),
        "acc_1".into(),
        "room_1".into(),
        Money::from_micros(1_000_000 * i64::try_from(legs).unwrap()),
        (0..legs).map(leg).collect(),
        at(0),
    )
}

pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

pub fn sid(place: usize) -> String {
    format!("CA{place}")
}

/// Everything the carrier reports of a leg while it is up, in its own order.
fn while_up(place: usize) -> Vec<Event> {
    let progress = |progress| Event::Progress { leg: format!("leg_{place}"), call_sid: sid(place), progress };
    vec![
        progress(LegProgress::Queued),
        progress(LegProgress::Ringing),
        progress(LegProgress::Answered),
        Event::Joined { call_sid: sid(place), conference_sid: "CF1".into() },
        Event::Left { call_sid: sid(place) },
    ]
}

fn ended(place: usize, call_sid: String, seconds: i64) -> Event {
    let progress = LegProgress::Ended(LegEnd::Completed { seconds });
    Event::Progress { leg: format!("leg_{place}"), call_sid, progress }
}

#[derive(Debug, Clone)]
struct Story {
    /// What the carrier counts for each leg; up to some seconds more than it was authorised to.
    seconds: Vec<i64>,
    /// When each leg asks for its instructions.
    asks: Vec<i64>,
    /// Which reports come between the documents, and which after them, in which order.
    early: Vec<prop::sample::Index>,
    late: Vec<prop::sample::Index>,
    last: Vec<Event>,
}

fn stories() -> impl Strategy<Value = Story> {
    (2..=3_usize).prop_flat_map(|legs| {
        let all: Vec<Event> = (0..legs).flat_map(while_up).collect();
        let seconds = prop::collection::vec(0..110_i64, legs);
        (seconds, prop::collection::vec(1..30_i64, legs), Just(all).prop_shuffle()).prop_flat_map(
            |(seconds, asks, rest)| {
                let ends = seconds.iter().enumerate().map(|(place, seconds)| ended(place, sid(place), *seconds));
                // A second call that claims to be the same leg is nobody's to pay for.
                let strangers = (0..seconds.len()).map(|place| ended(place, "CAstranger".into(), 9_999));
                let last: Vec<_> = ends.clone().chain(ends).chain(strangers).chain(rest).collect();
                let early = prop::collection::vec(any::<prop::sample::Index>(), 0..8);
                let late = prop::collection::vec(any::<prop::sample::Index>(), 0..8);
                (Just(seconds), Just(asks), early, late, Just(last).prop_shuffle())
                    .prop_map(|(seconds, asks, early, late, last)| Story { seconds, asks, early, late, last })
            },
        )
    })
}

/// Plays a story and counts how often it was settled.
fn play(story: &Story) -> (Call, usize) {
    let mut call = dialled(story.seconds.len());
    let mut settled = 0;
    let mut apply = |call: &mut Call, event: &Event, now| {
        settled += call.apply(event, now).iter().filter(|command| **command == Command::Settle).count();
    };
    let mut now = 0;
    for (place, wait) in story.asks.iter().enumerate() {
        now += if place == 0 { 0 } else { *wait };
        let known: Vec<_> = (0..=place).flat_map(while_up).collect();
        for index in &story.early {
            apply(&mut call, &known[index.index(known.len())], at(now));
        }
        let (told, _) = call.instruct(&format!("leg_{place}"), &sid(place), Asked::ForInstructions, &TIMING, at(now));
        assert!(matches!(told, Instruction::Join { .. }), "{told:?}");
    }
    for event in &story.last {
        apply(&mut call, event, at(120));
    }
    for index in &story.late {
        apply(&mut call, &story.last[index.index(story.last.len())], at(500));
    }
    (call, settled)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn every_order_and_number_of_callbacks_ends_in_the_same_bill(story in stories()) {
        let in_order = Story {
            early: vec![],
            late: vec![],
            last: story.seconds.iter().enumerate().map(|(place, s)| ended(place, sid(place), *s)).collect(),
            ..story.clone()
        };
        let (expected, _) = play(&in_order);
        let (call, settled) = play(&story);
        prop_assert_eq!(settled, 1);
        prop_assert!(matches!(call.phase, Phase::Settled(EndReason::PayerLeft | EndReason::OthersLeft)), "{:?}", call.phase);
        prop_assert!(matches!(expected.phase, Phase::Settled(EndReason::PayerLeft)));
        prop_assert_eq!(call.charges(), expected.charges());
        let total: Money = call.charges().iter().map(|charge| charge.cost).sum();
        prop_assert!(total <= call.held);
        for (leg, seconds) in call.legs.iter().zip(&story.seconds) {
            prop_assert_eq!(leg.billable_seconds(), (*seconds).min(leg.authorised_seconds()));
        }
    }
}

/// The payer of this one has called in and was greeted; its first instructions are still to come.
fn called_in(way: extension_way::ExtensionWay) -> Call {
    let mut call = dialled(2);
    call.terms.extension = way;
    call.legs[0] = Leg { state: LegState::Planned, ..call.legs[0].clone() }.called_in(&sid(0), at(0));
    call
}

proptest! {
    #[test]
    fn a_phone_that_called_in_pays_from_its_first_instructions_on(
        greeted in 0..200_000_i64, talked in 0..200_000_i64, answered in 0..900_i64,
    ) {
        let mut call = called_in(extension_way::ExtensionWay::Rejoin);
        let start = at(0) + TimeDelta::milliseconds(greeted);
        let (told, commands) = call.instruct("leg_0", &sid(0), Asked::ForInstructions, &TIMING, start);
        prop_assert!(matches!(told, Instruction::Join { limit_seconds: 100, end_room_on_exit: true, .. }), "{told:?}");
        let rings_the_other = commands.contains(&Command::Ring { leg: "leg_1".into() });
        prop_assert!(rings_the_other);
        // The carrier counts from its answer and rounds to the nearest second.
        let seconds = ((greeted + talked - answered + 500) / 1000).max(1);
        let progress = LegProgress::Ended(LegEnd::Completed { seconds });
        let end = Event::Progress { leg: "leg_0".into(), call_sid: sid(0), progress };
        call.apply(&end, start + TimeDelta::milliseconds(talked));
        let charge = call.charges().remove(0);
        prop_assert!(charge.seconds <= (talked / 1000 + 1).min(100), "{charge:?}");
        prop_assert!(charge.seconds >= (talked / 1000 - 2).clamp(0, 100), "{charge:?}");
        prop_assert_eq!(charge.seconds + charge.house_seconds, seconds);
        prop_assert!(charge.greeting_seconds <= charge.house_seconds);
    }
}

#[test]
fn who_called_in_and_hangs_up_before_the_call_begins_has_left_and_pays_nothing() {
    let mut call = called_in(extension_way::ExtensionWay::Rejoin);
    let progress = LegProgress::Ended(LegEnd::Completed { seconds: 40 });
    let commands = call.apply(&Event::Progress { leg: "leg_0".into(), call_sid: sid(0), progress }, at(40));
    assert!(commands.contains(&Command::Settle) && call.phase == Phase::Settled(EndReason::PayerLeft), "{call:?}");
    assert!(call.charges().iter().all(|charge| charge.cost == Money::ZERO));
}

/// The carrier counts its call from the greeting on, so a limit of the call would come too early.
#[test]
fn a_phone_that_called_in_is_kept_to_its_time_by_its_dial_under_every_way_but_the_watchdog() {
    let limits = [extension_way::ExtensionWay::Rejoin, extension_way::ExtensionWay::Update].map(|way| {
        let mut call = called_in(way);
        let (told, commands) = call.instruct("leg_0", &sid(0), Asked::ForInstructions, &TIMING, at(40));
        assert!(!commands.iter().any(|command| matches!(command, Command::LimitCall { .. })), "{commands:?}");
        match told {
            Instruction::Join { limit_seconds, .. } => limit_seconds,
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(limits, [100, 100]);
}
