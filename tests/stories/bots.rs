//! Bots in calls: everybody hears what they say, they hear the keys that are pressed, and nobody is kept for their sake.

use talktime::domain::admission::Refusal;
use talktime::domain::call::machine::MachineChoice;
use talktime::domain::call::operation::Operation;
use talktime::domain::call::transfer::{Kind, TransferRefusal};
use talktime::domain::call::{Call, EndReason, LegEnd, LegState, Phase, Role};
use talktime::flows::add_leg::{AddRequest, Added, add_leg};
use talktime::flows::bots::{BotKept, change_bot, make_bot, remove_bot};
use talktime::flows::import_deck::{DeckUpload, import_deck};
use talktime::flows::place_call::Placed;
use talktime::flows::transfer::{To, TransferRequest, Transferred, transfer};
use talktime::voice::{Order, Outcome, Place};

use crate::on_both_databases;
use crate::support::World;

const FRIEND: &str = "+14155550101";
const BOT: &str = "+15005550009";
const NAME: &str = "weather-2";
const GREETING: &str = "Press 1 for the weather";
const SCRIPT: [(&str, &str); 6] = [
    ("number", BOT),
    ("greeting", GREETING),
    ("wait_seconds", "5"),
    ("rounds", "2"),
    ("key_1", "It is sunny"),
    ("key_9", "Farewell all"),
];

/// An operator makes the bot and tells the carrier where it answers.
async fn make(world: &World) {
    let given = SCRIPT.into_iter().chain([("leave_keys", "9")]);
    let given: Vec<_> = given.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    let now = world.now();
    let made = world.service.app.db.write(move |tx| make_bot(tx, NAME, &given, "story", now)).await;
    assert!(matches!(made, Ok(BotKept::Now(_))), "{made:?}");
    let address = format!("{}/webhooks/twilio/bots/{NAME}", world.service.app.config.public_url);
    world.carrier.own_number(BOT, &address);
}

async fn add(world: &World, call: &str) -> Added {
    let number = BOT.parse().expect("a number");
    let request = AddRequest {
        call: call.to_owned(),
        number,
        machine: MachineChoice::default(),
        request_key: talktime::ids::new("key"),
    };
    let (rules, now) = (world.service.app.config.rules, world.now());
    let added = world.service.app.db.write(move |tx| add_leg(tx, &request, None, &rules, now));
    added.await.expect("the books answer")
}

/// A call of two with the bot in it, which has begun to speak.
async fn call_with_bot(world: &mut World, funds: &str) -> (String, String) {
    make(world).await;
    let account = world.caller(funds).await;
    let call = world.call(&account, &[FRIEND]).await;
    world.wait(10).await;
    let added = add(world, &call).await;
    assert!(matches!(added, Added::Leg { .. }), "{added:?}");
    world.wait(6).await;
    (account, call)
}

/// How often each leg of the call heard a line with this in it.
async fn heard(world: &World, call: &str, text: &str) -> Vec<usize> {
    let mut counts = vec![];
    for place in 0..world.look(call).await.legs.len() {
        let seen = world.at_the_carrier(call, place).await;
        counts.push(seen.heard.iter().filter(|heard| heard.line.contains(text)).count());
    }
    counts
}

/// Somebody in the room presses keys.
async fn press(world: &mut World, call: &str, place: usize, keys: &str) {
    let sid = world.at_the_carrier(call, place).await.sid;
    world.carrier.press(&sid, keys);
    world.wait(2).await;
}

/// Somebody at the carrier leads a leg away to music, behind our back.
async fn lead_out_of_the_room(world: &World, call: &str, place: usize) {
    let app = &world.service.app;
    let call_sid = world.at_the_carrier(call, place).await.sid;
    let document_url = app.carrier.url(&Place::HoldMusic { call: call.to_owned() });
    let order = Order::Redirect { call_sid, document_url };
    let answer = app.outbound.send(&app.carrier.request(&order)).await;
    assert!(matches!(app.carrier.response(&order, &answer), Outcome::Call(_)), "{answer:?}");
}

/// Both ends of the bot's line.
fn lines_up(world: &World) -> usize {
    world.carrier.calls().iter().filter(|call| call.to == BOT && call.ended_at.is_none()).count()
}

fn is_gone(call: &Call) -> bool {
    matches!(call.legs[2].state, LegState::Over(LegEnd::Completed { .. }))
}

on_both_databases! {
    async fn somebody_presses_a_key_and_everybody_hears_what_the_bot_says_to_it(world: World) {
        let (account, call) = call_with_bot(world, "1.00").await;
        assert_eq!(heard(world, &call, GREETING).await, [1, 1, 1]);
        for (place, times) in [(1, 1), (0, 2)] {
            press(world, &call, place, "1").await;
            assert_eq!(heard(world, &call, "It is sunny").await, [times, times, times]);
        }
        assert_eq!(heard(world, &call, GREETING).await, [1, 1, 1], "it waits");
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        // It cost nobody a second: the call lasted as long as without it.
        let seconds: Vec<_> = over.legs[..2].iter().map(|leg| leg.billable_seconds()).collect();
        assert_eq!(seconds, [100, 99]);
        let bot = &over.charges()[2];
        assert!(bot.cost.micros() == 0 && bot.note.starts_with("bot weather-2"), "{bot:?}");
        assert_eq!(world.wallet(&account).await.posted.to_string(), "0.005");
    }

    async fn nobody_presses_a_key_and_the_bot_leaves_by_itself_while_the_call_goes_on(world: World) {
        let (_, call) = call_with_bot(world, "1.00").await;
        press(world, &call, 0, "7").await;
        assert_eq!(heard(world, &call, GREETING).await, [2, 2, 2], "a key it does not know");
        world.wait(12).await;
        let live = world.look(&call).await;
        assert!(is_gone(&live) && live.is_running() && live.deadline.is_some(), "{live:#?}");
        assert_eq!((lines_up(world), heard(world, &call, GREETING).await), (0, vec![2, 2, 2]));
        // It may come again.
        assert!(matches!(add(world, &call).await, Added::Leg { .. }));
        world.wait(6).await;
        assert_eq!(heard(world, &call, GREETING).await, [3, 3, 2, 1]);
    }

    async fn a_key_sends_the_bot_away_with_last_words(world: World) {
        let (_, call) = call_with_bot(world, "1.00").await;
        press(world, &call, 1, "9").await;
        world.wait(5).await;
        let live = world.look(&call).await;
        assert!(is_gone(&live) && live.is_running(), "{live:#?}");
        assert_eq!((lines_up(world), heard(world, &call, "Farewell all").await), (0, vec![1, 1, 1]));
    }

    async fn a_call_that_ends_with_the_bot_in_it_takes_the_bot_along(world: World) {
        let (_, call) = call_with_bot(world, "1.00").await;
        assert_eq!(lines_up(world), 2);
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        assert_eq!((over.phase, lines_up(world)), (Phase::Settled(EndReason::HungUp), 0));
    }

    async fn at_the_end_of_the_paid_time_no_notice_is_spoken_to_the_bot(world: World) {
        let (_, call) = call_with_bot(world, "0.40").await;
        // Somebody keeps it busy.
        for _ in 0..4 {
            press(world, &call, 1, "1").await;
            world.wait(3).await;
        }
        let over = world.until_settled(&call).await;
        assert_eq!((over.phase, lines_up(world)), (Phase::Settled(EndReason::TimeIsUp), 0));
        assert_eq!(heard(world, &call, "time is used up").await, [1, 1, 0]);
    }

    async fn a_bot_is_no_company_for_whoever_is_left(world: World) {
        let (_, call) = call_with_bot(world, "1.00").await;
        let friend = world.at_the_carrier(&call, 1).await.sid;
        world.carrier.hang_up(&friend);
        world.wait(12).await;
        let over = world.look(&call).await;
        assert_eq!((over.phase, lines_up(world)), (Phase::Settled(EndReason::OthersLeft), 0), "{over:#?}");
    }

    async fn a_bot_is_no_company_in_the_count_of_the_room_either(world: World) {
        let (_, call) = call_with_bot(world, "10.00").await;
        // The friend's leg leaves the room though its call is up, and nobody tells us why.
        lead_out_of_the_room(world, &call, 1).await;
        for _ in 0..3 {
            // The bot stays as long as it is spoken to.
            press(world, &call, 0, "1").await;
        }
        assert!(world.look(&call).await.is_running(), "not before the grace is over");
        for _ in 0..4 {
            press(world, &call, 0, "1").await;
        }
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::OthersLeft), "{over:#?}");
    }

    async fn a_bot_follows_an_extension_and_hears_keys_after_it(world: World) {
        let (account, call) = call_with_bot(world, "0.60").await;
        world.credit(&account, "1.00").await;
        let deadline = world.look(&call).await.deadline;
        world.wait(6).await;
        let live = world.look(&call).await;
        assert!(live.deadline > deadline, "{live:#?}");
        let bot = &live.legs[2];
        assert!(bot.turn == 1 && bot.served == Some(1) && bot.joined && bot.authorised_until == live.deadline, "{bot:#?}");
        press(world, &call, 0, "1").await;
        assert_eq!(heard(world, &call, "It is sunny").await, [1, 1, 1]);
    }

    async fn a_bot_with_a_price_of_its_own_is_paid_for_like_anybody(world: World) {
        let csv = format!("prefix,price_per_minute,destination\n1,0.30,United States\n{},0.60,Bot\n", &BOT[1..]);
        let upload = DeckUpload {
            plan_name: "standard".to_owned(),
            csv: csv.into_bytes(),
            effective_from: None,
            actor: "story".to_owned(),
            dry_run: false,
        };
        let now = world.now();
        world.service.app.db.write(move |tx| import_deck(tx, &upload, now)).await.expect("the deck is taken");
        world.wait(1).await;
        let (_, call) = call_with_bot(world, "400.00").await;
        let live = world.look(&call).await;
        assert_eq!((live.legs[2].rate.destination.as_str(), live.legs[2].role), ("bot weather-2", Role::Bot));
        press(world, &call, 0, "9").await;
        world.wait(5).await;
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        let bot = &over.charges()[2];
        assert!(bot.seconds > 3 && bot.cost.micros() == 10_000 * bot.seconds, "{bot:?}");
    }

    async fn a_bot_is_dialled_beside_a_friend_but_not_alone_and_takes_no_calls_over(world: World) {
        make(world).await;
        let account = world.caller("1.00").await;
        let alone = world.dial(&account, &[BOT]).await;
        assert!(matches!(alone, Placed::Refused(Refusal::NobodyToDial)), "{alone:?}");
        let call = world.call(&account, &[FRIEND, BOT]).await;
        world.wait(8).await;
        assert_eq!(world.look(&call).await.legs[2].role, Role::Bot);
        let times = heard(world, &call, GREETING).await;
        assert!(times[0] > 0 && times.iter().all(|heard| *heard == times[0]), "{times:?}");
        let to = To::Number { number: BOT.parse().expect("a number"), kind: Kind::Cold };
        let transferor = world.look(&call).await.legs[1].id.clone();
        let request = TransferRequest { call: call.clone(), transferor, to, request_key: "once".to_owned() };
        let (rules, now) = (world.service.app.config.rules, world.now());
        let answer = world.service.app.db.write(move |tx| transfer(tx, &request, None, &rules, now)).await;
        let answer = answer.expect("the books answer");
        assert!(matches!(answer, Transferred::Refused(TransferRefusal::ToABot)), "{answer:?}");
    }

    async fn a_muted_bot_is_heard_by_nobody_and_a_removed_one_is_gone(world: World) {
        let (_, call) = call_with_bot(world, "1.00").await;
        let bot = world.look(&call).await.legs[2].id.clone();
        world.operate(&call, Operation::Mute { leg: bot.clone() }).await;
        world.wait(2).await;
        press(world, &call, 1, "1").await;
        assert_eq!(heard(world, &call, "It is sunny").await[..2], [0, 0]);
        world.operate(&call, Operation::Remove { leg: bot }).await;
        world.wait(3).await;
        assert!(is_gone(&world.look(&call).await));
        assert_eq!(lines_up(world), 0);
    }

    async fn a_change_is_heard_at_once_and_a_bot_that_was_taken_away_leaves(world: World) {
        let (_, call) = call_with_bot(world, "1.00").await;
        let now = world.now();
        let given = vec![("key_1".to_owned(), "It rains".to_owned())];
        world.service.app.db.write(move |tx| change_bot(tx, NAME, &given, "story", now)).await.expect("it is changed");
        press(world, &call, 1, "1").await;
        assert_eq!(heard(world, &call, "It rains").await, [1, 1, 1]);
        world.service.app.db.write(move |tx| remove_bot(tx, NAME, "story", now)).await.expect("it is removed");
        press(world, &call, 1, "1").await;
        world.wait(2).await;
        let live = world.look(&call).await;
        assert!(is_gone(&live) && live.is_running(), "{live:#?}");
    }

    async fn whoever_rings_the_bot_from_elsewhere_hears_it_and_changes_nothing(world: World) {
        let (_, call) = call_with_bot(world, "1.00").await;
        let stranger = world.carrier.call_in(Some("+442079460000"), BOT);
        world.wait(2).await;
        world.carrier.press(&stranger, "9");
        world.wait(4).await;
        let seen = world.carrier.call(&stranger).expect("the carrier forgets no call");
        let lines: Vec<_> = seen.heard.iter().map(|heard| heard.line.as_str()).collect();
        assert!(lines.iter().any(|line| line.contains(GREETING)) && seen.ended_at.is_some(), "{lines:?}");
        assert_eq!(heard(world, &call, "Farewell all").await, [0, 0, 0]);
        let live = world.look(&call).await;
        assert!(live.legs.len() == 3 && live.legs[2].is_in(), "{live:#?}");
    }
}
