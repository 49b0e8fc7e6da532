//! What is said into a call is heard by whom it is for and by nobody else, in the account's language; and a word before
//! joining costs what it lasts.

use serde_json::json;
use talktime::domain::call::announcement::Announcement;
use talktime::domain::call::message::Message;
use talktime::domain::call::operation::Operation;
use talktime::domain::call::record::Record;
use talktime::domain::call::sentence::Sentence;
use talktime::domain::call::{Call, EndReason, Phase};
use talktime::domain::language::Language;
use talktime::flows::change_language::change_language;
use talktime::flows::sounds::set_sound;
use talktime::voice::words::spoken;

use super::api::post;
use crate::on_both_databases;
use crate::support::World;

const FRIEND: &str = "+14155550101";
const OTHER: &str = "+14155550102";

async fn speak(world: &World, account: &str, language: Language) {
    let (id, now) = (account.to_owned(), world.now());
    let changed = world.service.app.db.write(move |tx| change_language(tx, &id, language, "story", now)).await;
    changed.expect("the language is changed");
}

/// How often a leg heard a line with this in it.
async fn heard(world: &World, call: &str, place: usize, text: &str) -> usize {
    let seen = world.at_the_carrier(call, place).await;
    seen.heard.iter().filter(|heard| heard.line.contains(text)).count()
}

/// The same of every leg, the payer's first.
async fn each_heard(world: &World, call: &str, text: &str) -> Vec<usize> {
    let legs = world.look(call).await.legs.len();
    let mut counts = vec![];
    for place in 0..legs {
        counts.push(heard(world, call, place, text).await);
    }
    counts
}

async fn leg(world: &World, call: &str, place: usize) -> String {
    world.look(call).await.legs[place].id.clone()
}

fn billed(call: &Call) -> Vec<i64> {
    call.legs.iter().map(|leg| leg.billable_seconds()).collect()
}

on_both_databases! {
    async fn the_end_is_told_in_the_accounts_language(world: World) {
        let account = world.caller("1.00").await;
        speak(world, &account, Language::German).await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(45).await;
        assert_eq!(each_heard(world, &call, "Sie haben noch eine Minute.").await, [1, 0]);
        // Another language counts from the next call on.
        speak(world, &account, Language::French).await;
        let over = world.until_settled(&call).await;
        assert_eq!((over.phase, billed(&over)), (Phase::Settled(EndReason::TimeIsUp), vec![100, 99]));
        assert_eq!(each_heard(world, &call, "konnte nicht aufgeladen werden").await, [1, 0]);
        let goodbye = spoken(Sentence::TimeIsUp, None, Language::German);
        assert_eq!(heard(world, &call, 0, &goodbye).await, 1);
        let record = world.record(&call).await;
        assert!(record.contains(&Record::Warned), "{record:?}");
        let minute = Announcement::OneMinuteLeft;
        let told = Record::Announced { announcement: minute, leg: Some(over.legs[0].id.clone()), heard: true };
        assert!(record.contains(&told), "{record:?}");
    }

    async fn a_top_up_is_told_to_the_payer_with_its_amount_once_everybody_has_rejoined(world: World) {
        let account = world.caller("1.00").await;
        speak(world, &account, Language::Spanish).await;
        world.agree(&account, &["pm_card_visa"]).await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(80).await;
        let live = world.look(&call).await;
        assert!(live.extension >= 1 && live.is_running(), "{live:#?}");
        assert_eq!(each_heard(world, &call, "Su saldo se ha recargado con 1.00 USD.").await, [1, 0]);
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn a_message_is_heard_by_one_or_by_everybody_and_by_nobody_else(world: World) {
        let account = world.caller("3.00").await;
        let call = world.call(&account, &[FRIEND, OTHER]).await;
        world.wait(10).await;
        let friend = leg(world, &call, 1).await;
        let words = |text| Message::words(text).expect("words");
        world.operate(&call, Operation::Announce { leg: Some(friend.clone()), message: words("Only you.") }).await;
        world.operate(&call, Operation::Announce { leg: None, message: words("All of you.") }).await;
        world.operate(&call, Operation::AnnounceRecording { leg: None }).await;
        world.wait(3).await;
        assert_eq!(each_heard(world, &call, "Only you.").await, [0, 1, 0]);
        assert_eq!(each_heard(world, &call, "All of you.").await, [1, 1, 1]);
        assert_eq!(each_heard(world, &call, "This call is being recorded.").await, [1, 1, 1]);
        // On hold nobody hears it; off hold it is still told.
        world.operate(&call, Operation::Hold { leg: friend.clone() }).await;
        world.operate(&call, Operation::Announce { leg: Some(friend.clone()), message: words("Welcome back.") }).await;
        world.wait(5).await;
        assert_eq!(heard(world, &call, 1, "Welcome back.").await, 0);
        world.operate(&call, Operation::Unhold { leg: friend.clone() }).await;
        world.wait(5).await;
        assert_eq!(each_heard(world, &call, "Welcome back.").await, [0, 1, 0]);
        world.operate(&call, Operation::Hold { leg: friend.clone() }).await;
        world.operate(&call, Operation::Announce { leg: Some(friend.clone()), message: words("Too late.") }).await;
        world.wait(65).await;
        assert_eq!(heard(world, &call, 1, "Too late.").await, 0);
        let record = world.record(&call).await;
        let unheard = |line: &&Record| matches!(line, Record::Announced { heard: false, .. });
        assert_eq!(record.iter().filter(unheard).count(), 1, "{record:?}");
        world.hang_up(&call).await;
        world.until_settled(&call).await;
    }

    async fn an_operators_sound_is_played_instead_of_the_words_of_its_language(world: World) {
        let now = world.now();
        let set = world.service.app.db.write(move |tx| {
            let (sentence, url) = (Sentence::Recording, "https://media.example/recorded.mp3");
            let bad = set_sound(tx, sentence, Language::Italian, "recorded.mp3", "story", now)?;
            assert!(bad.is_err(), "a sound has an address");
            set_sound(tx, sentence, Language::Italian, url, "story", now)
        });
        set.await.expect("the books answer").expect("it is an address");
        for (language, line) in [(Language::Italian, "recorded.mp3"), (Language::Portuguese, "está a ser gravada")] {
            let account = world.caller("3.00").await;
            speak(world, &account, language).await;
            let call = world.call(&account, &[FRIEND]).await;
            world.wait(10).await;
            world.operate(&call, Operation::AnnounceRecording { leg: None }).await;
            world.wait(3).await;
            assert_eq!(each_heard(world, &call, line).await, [1, 1], "{language}");
            world.hang_up(&call).await;
            world.until_settled(&call).await;
        }
    }

    async fn a_whisper_is_heard_before_joining_is_paid_for_and_is_not_repeated(world: World) {
        let account = world.caller("1.00").await;
        world.whisper = Some(Message::words("You are being called by the shop. Please hold the line.").expect("words"));
        let call = world.call(&account, &[FRIEND]).await;
        while world.look(&call).await.legs[1].started_at.is_none() {
            world.wait(1).await;
        }
        world.wait(1).await;
        let seen = world.at_the_carrier(&call, 1).await;
        assert!(seen.room.is_none() && heard(world, &call, 1, "called by the shop").await == 1, "{seen:?}");
        world.wait(8).await;
        assert!(world.at_the_carrier(&call, 1).await.room.is_some());
        world.credit(&account, "1.00").await;
        world.wait(20).await;
        let live = world.look(&call).await;
        assert!(live.extension >= 1 && live.legs.iter().all(|leg| leg.is_settled()), "{live:#?}");
        let over = world.until_settled(&call).await;
        assert_eq!((over.phase, billed(&over)), (Phase::Settled(EndReason::TimeIsUp), vec![200, 199]));
        assert_eq!(each_heard(world, &call, "called by the shop").await, [0, 1]);
    }

    async fn a_program_has_something_whispered_and_something_said(world: World) {
        let account = world.caller("3.00").await;
        let service: std::sync::Arc<str> = world.service.app.config.public_url.as_str().into();
        let whisper = "https://media.example/shop.mp3";
        let call = json!({ "account": account, "own_number": world.own_number, "numbers": [FRIEND], "whisper_sound": whisper });
        let (status, _, call) = post(service.clone(), "/api/v1/calls".to_owned(), "dial", call).await;
        assert_eq!(status, 201, "{call}");
        let id = call["id"].as_str().expect("an id").to_owned();
        world.wait(20).await;
        assert_eq!(each_heard(world, &id, whisper).await, [0, 1]);
        let operations = format!("/api/v1/calls/{id}/operations");
        let friend = leg(world, &id, 1).await;
        let say = json!({ "operation": "announce", "leg": friend, "message": "Your parcel is here." });
        let (status, _, said) = post(service.clone(), operations.clone(), "say", say).await;
        assert_eq!(status, 202, "{said}");
        let (status, _, bad) = post(service.clone(), operations, "bad", json!({ "operation": "announce" })).await;
        assert_eq!((status, &bad["code"]), (422, &json!("invalid_field")));
        world.wait(3).await;
        assert_eq!(each_heard(world, &id, "Your parcel is here.").await, [0, 1]);
        world.hang_up(&id).await;
        world.until_settled(&id).await;
    }

    async fn who_hangs_up_during_the_whisper_pays_for_what_was_heard(world: World) {
        let account = world.caller("1.00").await;
        world.whisper = Some(Message::words(&"You are being called by the shop. ".repeat(5)).expect("words"));
        let call = world.call(&account, &[FRIEND]).await;
        while world.look(&call).await.legs[1].started_at.is_none() {
            world.wait(1).await;
        }
        world.wait(4).await;
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        assert!((3..=6).contains(&over.legs[1].billable_seconds()), "{:?}", billed(&over));
    }
}
