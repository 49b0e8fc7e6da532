//! Random sequences of everything that can happen to a call of one to six legs: the promises hold after each step, and in
//! the end every hold is released and every second is billed once. `TEST_SEQUENCES` is how many are tried, of each kind.

mod phones;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::addition::AddingTerms;
use super::extension_way::ExtensionWay;
use super::guest::{GuestSeen, Host};
use super::machine::{AnsweredBy, Detection, MachineChoice, MachineTerms};
use super::message::Message;
use super::operation::Operation;
use super::payer_leaves::PayerLeaves;
use super::progress::Event;
use super::recording::{self, When};
use super::supervision::Mode;
use super::tests::TIMING;
use super::transfer::Kind;
use super::{Call, Command, Leg, LegEnd, LegState, Role};
use crate::domain::admission::Wanted;
use crate::domain::money::Money;
use crate::domain::rating::Rate;
use crate::domain::rating::strategies::rates;
use crate::domain::time_limit::cost_until;
use phones::{World, at};

/// Of each kind; together what `./test` tries.
const SEQUENCES: u32 = 25_000;
/// Who answers, as far as the carrier tells.
const WHO: [Option<AnsweredBy>; 5] =
    [Some(AnsweredBy::Human), Some(AnsweredBy::Machine), Some(AnsweredBy::Fax), Some(AnsweredBy::Unknown), None];

#[derive(Clone, Copy, Debug)]
enum Step {
    Pass(i64),
    Answer {
        place: usize,
        who: usize,
    },
    HangUp(usize),
    Ask(usize),
    AskBesides(usize),
    Hear {
        report: usize,
        twice: bool,
    },
    Work {
        job: usize,
        lost: bool,
    },
    Operate {
        leg: usize,
        what: usize,
    },
    Add(usize),
    AddBot(usize),
    Transfer {
        leg: usize,
        to: usize,
    },
    Supervise(usize),
    Credit(i64),
    /// In another account's books: of a guest's host, or of a host's guest.
    Elsewhere(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let place = 0..8_usize;
    let step = prop_oneof![
        3 => (1..30_i64).prop_map(Step::Pass),
        3 => (place.clone(), 0..WHO.len()).prop_map(|(place, who)| Step::Answer { place, who }),
        1 => place.clone().prop_map(Step::HangUp),
        5 => place.clone().prop_map(Step::Ask),
        1 => place.clone().prop_map(Step::AskBesides),
        4 => (any::<usize>(), prop::bool::weighted(0.2)).prop_map(|(report, twice)| Step::Hear { report, twice }),
        7 => (any::<usize>(), prop::bool::weighted(0.1)).prop_map(|(job, lost)| Step::Work { job, lost }),
        3 => (place.clone(), 0..21_usize).prop_map(|(leg, what)| Step::Operate { leg, what }),
        1 => (0..6_usize).prop_map(Step::Add),
        1 => (0..6_usize).prop_map(Step::AddBot),
        2 => (place, 0..4_usize).prop_map(|(leg, to)| Step::Transfer { leg, to }),
        1 => (0..6_usize).prop_map(Step::Supervise),
        1 => (1..3_000_000_i64).prop_map(Step::Credit),
        1 => (0..6_usize).prop_map(Step::Elsewhere),
    ];
    prop::collection::vec(step, 10..60)
}

#[derive(Clone, Debug)]
struct Story {
    recorded: bool,
    rates: Vec<Rate>,
    more: Vec<Rate>,
    seconds: i64,
    available: i64,
    keeps_paying: bool,
    machine: MachineTerms,
    steps: Vec<Step>,
}

fn machines() -> impl Strategy<Value = MachineTerms> {
    let detection = prop_oneof![2 => Just(Detection::Off), 1 => Just(Detection::Detect)];
    let message = prop_oneof![Just(None), Just(Some(words())), Just(Some(sound()))];
    (detection, message).prop_map(|(detection, message)| MachineTerms { detection, message })
}

fn words() -> Message {
    Message::words("Goodbye.").expect("a message")
}

fn sound() -> Message {
    Message::sound("https://talk.example/a.mp3").expect("a message")
}

fn stories(legs: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Story> {
    let rates_of = prop::collection::vec(rates(), legs);
    let more = prop::collection::vec(rates(), 6);
    (any::<bool>(), rates_of, more, 10..400_i64, 0..2_000_000_i64, any::<bool>(), machines(), steps()).prop_map(
        |(recorded, rates, more, seconds, available, keeps_paying, machine, steps)| Story {
            recorded,
            rates,
            more,
            seconds,
            available,
            keeps_paying,
            machine,
            steps,
        },
    )
}

fn number(place: usize) -> crate::domain::phone_number::PhoneNumber {
    format!("+141555501{place:02}").parse().expect("a number")
}

fn world(story: &Story, way: ExtensionWay) -> World {
    let leg = |(place, rate): (usize, &Rate)| {
        let role = if place == 0 { Role::Payer } else { Role::Other };
        let leg = Leg::new(format!("leg_{place}"), role, number(place), rate.clone());
        Leg { machine: if place == 0 { MachineTerms::default() } else { story.machine.clone() }, ..leg }
    };
    let legs: Vec<_> = story.rates.iter().enumerate().map(leg).collect();
    let mut call = Call::new("call_1".into(), "acc_1".into(), "room_1".into(), Money::ZERO, legs, at(0));
    call.held = cost_until(at(story.seconds), &call.metered(), at(0));
    call.terms.extension = way;
    call.terms.machine = story.machine.clone();
    call.terms.payer_leaves = if story.keeps_paying { PayerLeaves::KeepsPaying } else { PayerLeaves::EndsTheCall };
    call.terms.recording.when = When::OnRequest;
    call.recording.wanted = if story.recorded { recording::Wanted::On } else { recording::Wanted::Off };
    World::new(call, Money::from_micros(story.available))
}

fn does(world: &mut World, story: &Story, step: Step) {
    let phones = world.phones.len().max(1);
    match step {
        Step::Pass(seconds) => world.pass(seconds),
        Step::Answer { place, who } if !world.phones.is_empty() => world.answers(place % phones, WHO[who]),
        Step::HangUp(place) if !world.phones.is_empty() => world.ends(place % phones),
        Step::Ask(place) if !world.phones.is_empty() => world.asks(place % phones),
        Step::AskBesides(place) if !world.phones.is_empty() => world.asks_besides(place % phones),
        Step::Hear { report, twice } if !world.reports.is_empty() => {
            let place = report % world.reports.len();
            let report = if twice { world.reports[place].clone() } else { world.reports.remove(place) };
            world.apply(&report);
        }
        Step::Work { job, lost } => {
            let due: Vec<_> = (0..world.jobs.len()).filter(|place| world.jobs[*place].0 <= world.now).collect();
            if !due.is_empty() {
                world.run(due[job % due.len()], lost);
            }
        }
        Step::Operate { leg, what } => operate(world, leg, what),
        Step::Add(place) => {
            add(world, &story.more[place % story.more.len()], false);
        }
        Step::AddBot(place) => {
            add(world, &story.more[place % story.more.len()], true);
        }
        Step::Transfer { leg, to } => transfer(world, leg, to, &story.more[leg % story.more.len()]),
        Step::Supervise(leg) => supervise(world, leg),
        Step::Elsewhere(what) => elsewhere(world, what),
        Step::Credit(micros) => {
            world.wallet = world.wallet.credit(Money::from_micros(micros)).0;
            world.credited += Money::from_micros(micros);
            world.checkpoint();
        }
        Step::Answer { .. } | Step::HangUp(_) | Step::Ask(_) | Step::AskBesides(_) | Step::Hear { .. } => {}
    }
}

fn operate(world: &mut World, leg: usize, what: usize) {
    let leg = world.call.legs[leg % world.call.legs.len()].id.clone();
    let operation = match what {
        0 => Operation::Hold { leg },
        1 => Operation::Unhold { leg },
        2 => Operation::Mute { leg },
        3 => Operation::Unmute { leg },
        4 => Operation::Remove { leg },
        5 => Operation::Park { leg },
        6 => Operation::Unpark { leg },
        7 => Operation::Dismiss { leg, message: words() },
        8 | 9 => Operation::Connect,
        10 => Operation::TakeBack,
        11 => Operation::SetMode { leg, mode: Mode::Monitor },
        12 => Operation::SetMode { leg, mode: Mode::Barge },
        13 | 14 => Operation::StartRecording,
        15 => Operation::PauseRecording,
        16 => Operation::ResumeRecording,
        17 => Operation::StopRecording,
        18 => Operation::VoicemailDrop { leg, message: None },
        19 => Operation::VoicemailDrop { leg, message: Some(sound()) },
        _ => Operation::SetMode { mode: Mode::Whisper { to: world.call.legs[0].id.clone() }, leg },
    };
    if let Ok(commands) = world.call.operate(&operation, at(world.now)) {
        world.take(commands);
        let removed = world.call.guests().filter(|leg| !leg.is_over() && world.call.keeps(&leg.id).is_err());
        let removed: Vec<_> = removed.map(|leg| leg.id.clone()).collect();
        // Its own call ends, and says so.
        world.reports.extend(removed.into_iter().map(|leg| Event::Guest { leg, seen: GuestSeen::never_came() }));
    }
}

/// Cold and warm to a number, into a queue, and out of it.
fn transfer(world: &mut World, leg: usize, to: usize, rate: &Rate) {
    let leg = world.call.legs[leg % world.call.legs.len()].id.clone();
    let allowed = match to {
        2 => world.call.may_queue(&leg),
        3 => world.call.may_take(),
        _ => world.call.may_transfer(&leg),
    };
    if allowed.is_err() {
        return;
    }
    let commands = match to {
        2 => {
            let name = "support".parse().expect("a name of a queue");
            world.call.transfer_to_queue(&leg, name, at(world.now))
        }
        _ => {
            let Some(target) = add(world, rate, false) else { return };
            match to {
                0 => world.call.transfer_to(&leg, target, Kind::Cold),
                1 => world.call.transfer_to(&leg, target, Kind::Warm),
                _ => world.call.taken_by(target),
            }
        }
    };
    world.take(commands);
}

/// A guest's room closes, its host ends, somebody comes or goes there; a host has a guest, and hears of it in any order.
fn elsewhere(world: &mut World, what: usize) {
    let now = at(world.now);
    if world.call.host.is_some() {
        match what {
            0 => world.apply(&Event::HostGone { removed: false }),
            1 => world.apply(&Event::HostGone { removed: true }),
            2 => world.room_closes(),
            _ => {
                world.company = !world.company;
                // Whose room it is has its guests counted, too.
                world.take(vec![Command::CountRoom]);
            }
        }
        return;
    }
    let Some(leg) = world.call.guests().find(|leg| !leg.is_over()).map(|leg| leg.id.clone()) else {
        let id = format!("leg_{}", world.call.legs.len());
        if world.call.may_seat("acc_2", &number(world.call.legs.len()), 6).is_ok() {
            let commands = world.call.seat_guest("call_g".into(), number(world.call.legs.len()), id, now);
            world.take(commands);
        }
        return;
    };
    let (call_sid, conference_sid) = (format!("CA{leg}"), "CF1".to_owned());
    let state = match what {
        0 => LegState::Over(LegEnd::Completed { seconds: 7 }),
        1 => LegState::Ringing,
        2 => return world.apply(&Event::Left { call_sid }),
        3 => return world.apply(&Event::Joined { call_sid, conference_sid }),
        _ => LegState::Answered,
    };
    let started_at = (state == LegState::Answered).then_some(now);
    world.apply(&Event::Guest { leg, seen: GuestSeen { state, call_sid: Some(call_sid), started_at } });
}

fn supervise(world: &mut World, leg: usize) {
    let mode = match leg {
        0 => Mode::Monitor,
        1 => Mode::Barge,
        _ => Mode::Whisper { to: world.call.legs[leg % world.call.legs.len()].id.clone() },
    };
    let id = format!("leg_{}", world.call.legs.len());
    let number = number(world.call.legs.len());
    if let Ok(commands) = world.call.supervise(&number, &mode, id, at(world.now)) {
        world.take(commands);
    }
}

/// The new leg, if it may be added.
fn add(world: &mut World, rate: &Rate, is_bot: bool) -> Option<String> {
    let wanted = Wanted { number: number(world.call.legs.len()), rate: Ok(rate.clone()), is_bot };
    let available = world.wallet.available();
    let terms = AddingTerms {
        available,
        room: None,
        account_open: true,
        account_frozen: false,
        most_legs: 6,
        least_seconds: 10,
        timing: TIMING,
    };
    let addition = world.call.may_add(wanted, &terms, at(world.now)).ok()?;
    let crate::domain::wallet::Reserve::Reserved(wallet) = world.wallet.reserve(addition.more) else {
        panic!("no more than is available")
    };
    world.wallet = wallet;
    let id = format!("leg_{}", world.call.legs.len());
    let commands = world.call.add(&addition, &MachineChoice::default(), id.clone(), at(world.now));
    world.take(commands);
    Some(id)
}

fn play(story: &Story, mut world: World) -> Result<(), TestCaseError> {
    for step in &story.steps {
        does(&mut world, story, *step);
        world
            .never_overspends()
            .map_err(|why| TestCaseError::fail(format!("after {step:?}: {why}\n{:#?}", world.call)))?;
    }
    world.nobody_stays_alone().map_err(|why| TestCaseError::fail(format!("{why}\n{:#?}", world.call)))?;
    world.is_recorded_as_wanted().map_err(|why| TestCaseError::fail(format!("{why}\n{:#?}", world.call)))?;
    world.come_to_rest().map_err(TestCaseError::fail)?;
    prop_assert_eq!(world.settled, 1, "it is settled once");
    prop_assert_eq!(world.wallet.reserved, Money::ZERO);
    let charges = world.call.charges();
    let total: Money = charges.iter().map(|charge| charge.cost).sum();
    prop_assert_eq!(world.wallet.posted + total, world.credited, "every cent is somewhere");
    for (charge, leg) in charges.iter().zip(&world.call.legs) {
        let talked = (leg.carrier_seconds() - leg.detection_seconds()).max(0);
        let authorised = if leg.is_guest() { i64::MAX } else { leg.authorised_seconds() };
        prop_assert_eq!(charge.seconds, talked.min(authorised));
        prop_assert_eq!(charge.cost, leg.cost(charge.seconds));
    }
    Ok(())
}

fn try_all(legs: std::ops::RangeInclusive<usize>, way: ExtensionWay) {
    try_each(stories(legs), |story| world(story, way));
}

fn try_each(stories: impl Strategy<Value = Story>, world: impl Fn(&Story) -> World) {
    let cases = std::env::var("TEST_SEQUENCES").ok().and_then(|text| text.parse().ok()).unwrap_or(SEQUENCES);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let tried = runner.run(&stories, |story| play(&story, world(&story)));
    tried.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn calls_of_two_keep_their_promises_whatever_happens() {
    try_all(1..=2, ExtensionWay::Rejoin);
}

#[test]
fn calls_of_up_to_six_keep_their_promises_whatever_happens() {
    try_all(3..=6, ExtensionWay::Rejoin);
}

#[test]
fn calls_whose_limit_is_moved_in_place_keep_their_promises_whatever_happens() {
    try_all(1..=6, ExtensionWay::Update);
}

#[test]
fn calls_under_a_watchdog_keep_all_promises_but_the_first_whatever_happens() {
    try_all(1..=6, ExtensionWay::Watchdog);
}

/// A guest in another's room, whose host may end at any time.
#[test]
fn guests_keep_their_promises_whatever_happens() {
    for way in [ExtensionWay::Rejoin, ExtensionWay::Update] {
        try_each(stories(1..=1), |story| {
            let mut world = world(story, way);
            world.call.host = Some(Host { call: "call_h".into(), leg: "leg_g".into() });
            world
        });
    }
}
