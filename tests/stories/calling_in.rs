//! Calling in: somebody rings an access number, is known by the phone or by card and PIN, hears the balance, enters a
//! number, and is from there on the payer of a call like any other.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use talktime::domain::access::greeting::{Because, Greeting, Step};
use talktime::domain::call::record::Record;
use talktime::domain::call::{Call, EndReason, Phase};
use talktime::domain::money::Money;
use talktime::flows::FlowError;
use talktime::flows::access_cards::set_access_pin;
use talktime::flows::access_numbers::{change_access_number, make_access_number};
use talktime::flows::change_account::{NewStatus, change_status};
use talktime::flows::known_phones::{add_known_phone, remove_known_phone};
use talktime::sandbox::carrier::{CallSnapshot, Fault, FaultKind};
use talktime::storage::{StorageError, Tx, greetings, known_phones};
use talktime::web::auth::password;
use talktime::wire::{HttpRequest, HttpResponse, Method};

use crate::on_both_databases;
use crate::support::World;
use crate::support::world::{ACCOUNT_SID, AUTH_TOKEN};

const ACCESS: &str = "+14155550200";
const OWN: &str = "+14155550100";
const FRIEND: &str = "+14155550101";
const STRANGE: &str = "+14155550150";
const PIN: &str = "615204";

/// The operator has an access number, and has told the carrier where to ask.
async fn open_number(world: &World) {
    let now = world.now();
    let number = ACCESS.parse().expect("a number");
    let made = world.service.app.db.write(move |tx| make_access_number(tx, &number, &vec![], "story", now));
    made.await.expect("the number is made");
    let ours = format!("{}/webhooks/twilio/access", world.service.app.config.public_url);
    let fields = [("PhoneNumber", ACCESS), ("VoiceUrl", &ours), ("StatusCallback", &format!("{ours}/status"))];
    let request = HttpRequest {
        method: Method::Post,
        url: format!("{}/2010-04-01/Accounts/{ACCOUNT_SID}/IncomingPhoneNumbers.json", world.carrier.base_url()),
        headers: vec![
            ("authorization", format!("Basic {}", STANDARD.encode(format!("{ACCOUNT_SID}:{AUTH_TOKEN}")))),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ],
        body: url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish(),
    };
    let answered = world.service.app.outbound.send(&request).await;
    assert!(matches!(answered, HttpResponse::Answered { status: 201, .. }), "{answered:?}");
}

async fn settings(world: &World, name: &str, value: &str) {
    let given = vec![(name.to_owned(), value.to_owned())];
    let now = world.now();
    let change = move |tx: &mut Tx| {
        let number = ACCESS.parse().expect("a number");
        let one = talktime::storage::access_numbers::by_number(tx, &number)?.expect("it was made");
        change_access_number(tx, &one.id, &given, "story", now)
    };
    world.service.app.db.write(change).await.expect("it is changed");
}

async fn knows(world: &World, account: &str, phone: &str, vouched: bool) {
    let (id, number, now) = (account.to_owned(), phone.parse().expect("a number"), world.now());
    let added = world.service.app.db.write(move |tx| add_known_phone(tx, &id, &number, vouched, "story", now));
    added.await.expect("the phone is added");
}

/// The number of the account's card; its PIN is [`PIN`].
async fn card(world: &World, account: &str) -> String {
    let (id, hash, now) = (account.to_owned(), password::hash(PIN), world.now());
    let set = world.service.app.db.write(move |tx| set_access_pin(tx, &id, hash, "story", now)).await;
    set.expect("the PIN is set").number
}

/// A caller with a known phone, who rings.
pub async fn friend_calls(world: &mut World, funds: &str) -> (String, String) {
    open_number(world).await;
    let account = world.caller(funds).await;
    knows(world, &account, OWN, true).await;
    let sid = world.carrier.call_in(Some(OWN), ACCESS);
    world.wait(2).await;
    (account, sid)
}

/// Presses, and waits until the answer to it has been heard.
pub async fn press(world: &mut World, sid: &str, keys: &str) {
    world.carrier.press(sid, keys);
    world.wait(8).await;
}

fn phone(world: &World, sid: &str) -> CallSnapshot {
    world.carrier.call(sid).expect("the carrier forgets no call")
}

fn hears(world: &World, sid: &str, what: &str) -> usize {
    phone(world, sid).heard.iter().filter(|heard| heard.line.contains(what)).count()
}

fn assert_hears(world: &World, sid: &str, what: &str) {
    assert!(hears(world, sid, what) > 0, "{what} is heard: {:#?}", phone(world, sid).heard);
}

async fn greeting(world: &World, sid: &str) -> Greeting {
    let sid = sid.to_owned();
    let found = world.service.app.db.read(move |tx| greetings::find(tx, &sid)).await;
    found.map_err(|error: StorageError| error).expect("it is read").expect("it is there")
}

async fn because(world: &World, sid: &str) -> Option<Because> {
    match greeting(world, sid).await.step {
        Step::Over { because } => Some(because),
        _ => None,
    }
}

async fn the_call(world: &World) -> Call {
    let mut live = world.live_calls().await;
    assert_eq!(live.len(), 1, "{live:#?}");
    live.remove(0).0
}

/// Half a cent a second for the way in and for each other leg.
fn cost(call: &Call) -> Money {
    Money::from_micros(call.legs.iter().map(|leg| leg.billable_seconds()).sum::<i64>() * 5_000)
}

async fn nothing_is_held(world: &World, account: &str, funds: &str) {
    assert!(world.live_calls().await.is_empty());
    let wallet = world.wallet(account).await;
    assert_eq!((wallet.posted, wallet.reserved), (funds.parse().unwrap(), Money::ZERO));
}

type Fields = Vec<(String, String)>;

/// What the carrier has asked about this call at our access addresses.
fn asked(world: &World, sid: &str) -> Vec<(String, Fields)> {
    let about = |fields: &Fields| fields.iter().any(|(name, value)| name == "CallSid" && value == sid);
    let all =
        world.carrier.webhooks().into_iter().filter(|asked| asked.is_for_document && asked.url.contains("/access"));
    all.map(|asked| (asked.url, asked.params)).filter(|(_, fields)| about(fields)).collect()
}

/// A message as the carrier would send it, and the answer.
async fn tell(world: &World, url: &str, fields: &Fields) -> (u16, String) {
    let mut sorted = fields.clone();
    sorted.sort();
    let mut mac = Hmac::<Sha1>::new_from_slice(AUTH_TOKEN.as_bytes()).expect("a key of any length");
    mac.update(url.as_bytes());
    sorted.iter().for_each(|(name, value)| mac.update(format!("{name}{value}").as_bytes()));
    let request = HttpRequest {
        method: Method::Post,
        url: url.to_owned(),
        headers: vec![
            ("x-twilio-signature", STANDARD.encode(mac.finalize().into_bytes())),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ],
        body: url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish(),
    };
    let HttpResponse::Answered { status, body, .. } = world.service.app.outbound.send(&request).await else {
        panic!("the service answers");
    };
    (status, String::from_utf8_lossy(&body).into_owned())
}

on_both_databases! {
    async fn a_known_phone_hears_the_balance_enters_a_number_and_pays_from_then_on(world: World) {
        let (account, sid) = friend_calls(world, "1.00").await;
        assert_hears(world, &sid, "Your balance is 1 US dollars.");
        world.wait(3).await;
        press(world, &sid, "4155550101#").await;
        assert_hears(world, &sid, "You can talk for one minute.");
        let call = the_call(world).await;
        let payer = call.payer();
        assert_eq!((payer.call_sid.as_deref(), payer.number.as_str(), call.account.as_str()), (Some(sid.as_str()), ACCESS, account.as_str()));
        world.wait(20).await;
        for leg in 0..2 {
            assert!(world.at_the_carrier(&call.id, leg).await.room.is_some(), "both talk");
        }
        let talked = world.now() - the_call(world).await.payer().started_at.expect("it has begun");
        world.carrier.hang_up(&sid);
        let over = world.until_settled(&call.id).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::PayerLeft));
        let billed = over.payer().billable_seconds();
        assert!((billed - talked.num_seconds()).abs() <= 1, "{billed} of {talked}");
        assert!(over.payer().carrier_seconds() > billed + 5, "the greeting is not billed");
        let record = world.record(&call.id).await;
        let greeted = record.iter().find_map(|line| match line { Record::Greeted { seconds, .. } => Some(*seconds), _ => None });
        assert!(greeted.is_some_and(|seconds| seconds + billed >= over.payer().carrier_seconds() - 1), "{record:?}");
        let left = world.wallet(&account).await;
        assert_eq!((left.posted + cost(&over), left.reserved), ("1.00".parse().unwrap(), Money::ZERO));
        let greeting = greeting(world, &sid).await;
        assert_eq!((greeting.step, greeting.seconds.is_some()), (Step::Connected { call: call.id, leg: over.payer().id.clone(), seconds: 100 }, true));
    }

    async fn the_call_is_extended_like_any_other(world: World) {
        open_number(world).await;
        let account = world.caller("0.40").await;
        world.agree(&account, &["pm_card_visa"]).await;
        knows(world, &account, OWN, true).await;
        let sid = world.carrier.call_in(Some(OWN), ACCESS);
        world.wait(2).await;
        press(world, &sid, "4155550101#").await;
        assert_hears(world, &sid, "You can talk for 40 seconds.");
        let call = the_call(world).await;
        world.wait(70).await;
        assert!(the_call(world).await.extension >= 1, "{:?}", world.record(&call.id).await);
        assert_eq!(world.cards.charges().len(), 1);
        world.carrier.hang_up(&sid);
        let over = world.until_settled(&call.id).await;
        assert!(over.payer().billable_seconds() > 65, "{over:#?}");
        let left = world.wallet(&account).await;
        assert_eq!(left.posted + cost(&over), "1.40".parse().unwrap());
    }

    async fn the_time_is_up_for_who_called_in_as_for_anybody(world: World) {
        let (account, sid) = friend_calls(world, "0.20").await;
        press(world, &sid, "4155550101#").await;
        let over = world.until_settled(&the_call(world).await.id).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::TimeIsUp));
        assert_hears(world, &sid, "Your prepaid time is used up.");
        assert_eq!(over.payer().billable_seconds(), 20);
        let left = world.wallet(&account).await;
        assert_eq!((left.posted + cost(&over), left.reserved), ("0.20".parse().unwrap(), Money::ZERO));
    }

    async fn the_way_in_is_free_where_the_plan_makes_the_payers_phone_free(world: World) {
        open_number(world).await;
        let account = world.caller_on("own phone free", "1.00").await;
        knows(world, &account, OWN, true).await;
        let sid = world.carrier.call_in(Some(OWN), ACCESS);
        world.wait(2).await;
        press(world, &sid, "4155550101#").await;
        assert_hears(world, &sid, "You can talk for 3 minutes.");
        let call = the_call(world).await;
        world.wait(10).await;
        world.carrier.hang_up(&sid);
        let over = world.until_settled(&call.id).await;
        let friend = Money::from_micros(over.legs[1].billable_seconds() * 5_000);
        assert_eq!(world.wallet(&account).await.posted + friend, "1.00".parse().unwrap());
    }

    async fn a_stranger_gives_card_and_pin_and_from_then_on_the_phone_is_known(world: World) {
        open_number(world).await;
        let account = world.caller("1.00").await;
        knows(world, &account, STRANGE, false).await;
        let card = card(world, &account).await;
        let sid = world.carrier.call_in(Some(STRANGE), ACCESS);
        world.wait(2).await;
        assert_hears(world, &sid, "Please enter your card number and PIN");
        assert_eq!(hears(world, &sid, "Your balance"), 0, "a phone that is not proven makes nobody known");
        press(world, &sid, &format!("{card}{PIN}#")).await;
        assert_hears(world, &sid, "Your balance is 1 US dollars.");
        press(world, &sid, "4155550101#").await;
        let call = the_call(world).await;
        world.carrier.hang_up(&sid);
        world.until_settled(&call.id).await;
        let again = world.carrier.call_in(Some(STRANGE), ACCESS);
        world.wait(2).await;
        assert_hears(world, &again, "Your balance");
        assert_eq!(hears(world, &again, "card number"), 0);
        world.carrier.hang_up(&again);
        world.wait(2).await;
    }

    async fn where_everybody_is_asked_a_known_phone_gives_its_pin_alone(world: World) {
        open_number(world).await;
        settings(world, "asks", "everybody").await;
        let account = world.caller("1.00").await;
        knows(world, &account, OWN, true).await;
        card(world, &account).await;
        let sid = world.carrier.call_in(Some(OWN), ACCESS);
        world.wait(2).await;
        assert_hears(world, &sid, "Please enter your PIN");
        press(world, &sid, &format!("{PIN}#")).await;
        assert_hears(world, &sid, "Your balance");
        world.carrier.hang_up(&sid);
        world.wait(2).await;
        nothing_is_held(world, &account, "1.00").await;
    }

    async fn guessing_is_hung_up_on_and_then_not_listened_to(world: World) {
        open_number(world).await;
        let account = world.caller("1.00").await;
        let card = card(world, &account).await;
        for _ in 0..2 {
            let sid = world.carrier.call_in(Some(STRANGE), ACCESS);
            world.wait(2).await;
            for wrong in ["123456", "12345", "99"] {
                press(world, &sid, &format!("{card}{wrong}#")).await;
            }
            assert_eq!((hears(world, &sid, "That is not right."), because(world, &sid).await), (2, Some(Because::WrongCode)));
            assert!(phone(world, &sid).status.is_final(), "it is hung up");
        }
        let sid = world.carrier.call_in(Some(STRANGE), ACCESS);
        world.wait(2).await;
        press(world, &sid, &format!("{card}{PIN}#")).await;
        assert_eq!((hears(world, &sid, "too many wrong tries"), because(world, &sid).await), (1, Some(Because::Throttled)));
        let other = world.carrier.call_in(Some(OWN), ACCESS);
        world.wait(2).await;
        press(world, &other, &format!("{card}{PIN}#")).await;
        assert_hears(world, &other, "Your balance");
        world.carrier.hang_up(&other);
        world.wait(3700).await;
        let later = world.carrier.call_in(Some(STRANGE), ACCESS);
        world.wait(2).await;
        assert_hears(world, &later, "Please enter your card number");
        world.carrier.hang_up(&later);
        world.wait(2).await;
    }

    async fn a_card_that_is_guessed_at_from_everywhere_is_locked_even_for_the_right_pin(world: World) {
        open_number(world).await;
        let account = world.caller("1.00").await;
        let card = card(world, &account).await;
        for from in 0..4 {
            let sid = world.carrier.call_in(Some(&format!("+1415555016{from}")), ACCESS);
            world.wait(2).await;
            for _ in 0..3 {
                press(world, &sid, &format!("{card}123456#")).await;
            }
        }
        let sid = world.carrier.call_in(None, ACCESS);
        world.wait(2).await;
        press(world, &sid, &format!("{card}{PIN}#")).await;
        assert_eq!((hears(world, &sid, "That is not right."), hears(world, &sid, "Your balance")), (1, 0));
        world.carrier.hang_up(&sid);
        self::card(world, &account).await;
        let sid = world.carrier.call_in(None, ACCESS);
        world.wait(2).await;
        press(world, &sid, &format!("{card}{PIN}#")).await;
        assert_hears(world, &sid, "Your balance");
        world.carrier.hang_up(&sid);
        world.wait(2).await;
    }

    async fn a_new_pin_or_a_removed_phone_ends_what_was_proven_before(world: World) {
        let (account, sid) = friend_calls(world, "1.00").await;
        let card = card(world, &account).await;
        let by_pin = world.carrier.call_in(Some(STRANGE), ACCESS);
        world.wait(2).await;
        press(world, &by_pin, &format!("{card}{PIN}#")).await;
        self::card(world, &account).await;
        let (id, now) = (account.clone(), world.now());
        let remove = move |tx: &mut Tx| {
            let phone = known_phones::of_account(tx, &id)?.remove(0);
            remove_known_phone(tx, &phone.id, "story", now).map(|_| ())
        };
        world.service.app.db.write(remove).await.map_err(|error: FlowError| error).expect("it is removed");
        for sid in [&sid, &by_pin] {
            press(world, sid, "4155550101#").await;
            assert_eq!((hears(world, sid, "No calls can be made"), because(world, sid).await), (1, Some(Because::CannotCall)));
        }
        nothing_is_held(world, &account, "1.00").await;
    }

    async fn a_refused_number_is_said_and_another_may_be_entered(world: World) {
        let (account, sid) = friend_calls(world, "1.00").await;
        press(world, &sid, "01133142681234#").await;
        assert_hears(world, &sid, "This number cannot be called with your plan.");
        press(world, &sid, "12#").await;
        assert_hears(world, &sid, "That is not a number that can be called.");
        press(world, &sid, "4155550200#").await;
        assert_eq!(hears(world, &sid, "cannot be called with your plan"), 2, "an access number does not call itself");
        nothing_is_held(world, &account, "1.00").await;
        press(world, &sid, "12*14155550101#").await;
        let call = the_call(world).await;
        assert_eq!(call.legs[1].number.as_str(), FRIEND);
        world.carrier.hang_up(&sid);
        world.until_settled(&call.id).await;
    }

    async fn hanging_up_at_any_step_leaves_nothing_behind(world: World) {
        open_number(world).await;
        let account = world.caller("1.00").await;
        let card = card(world, &account).await;
        let (code, number) = (format!("{card}{PIN}#"), "4155550101#".to_owned());
        let steps: [(&[&str], i64); 5] =
            [(&[], 0), (&[], 3), (&[&code], 1), (&[&code], 6), (&[&code, &number], 1)];
        for (keys, after) in steps {
            let sid = world.carrier.call_in(Some(STRANGE), ACCESS);
            world.wait(1).await;
            for (place, keys) in keys.iter().enumerate() {
                world.wait(if place == 0 { 1 } else { 7 }).await;
                world.carrier.press(&sid, keys);
            }
            world.wait(after).await;
            world.carrier.hang_up(&sid);
            world.wait(5).await;
            let greeting = greeting(world, &sid).await;
            assert!(greeting.ended_at.is_some() && greeting.seconds.is_some(), "{greeting:?}");
            nothing_is_held(world, &account, "1.00").await;
        }
        assert_eq!(world.rings(FRIEND), 0, "nobody was rung for somebody who had gone");
    }

    async fn who_enters_nothing_is_not_greeted_for_ever(world: World) {
        let (account, sid) = friend_calls(world, "1.00").await;
        let stranger = world.carrier.call_in(None, ACCESS);
        world.wait(200).await;
        for sid in [&sid, &stranger] {
            assert!(phone(world, sid).status.is_final());
            let seconds = greeting(world, sid).await.seconds.expect("the carrier has counted");
            assert!((20..=190).contains(&seconds), "{seconds}");
            assert_hears(world, sid, "Please call again in a few minutes.");
        }
        nothing_is_held(world, &account, "1.00").await;
    }

    async fn every_message_twice_changes_nothing(world: World) {
        world.carrier.add_fault(Fault { times: 0, ..Fault::next(FaultKind::WebhookTwice, "POST", "/status") });
        open_number(world).await;
        let account = world.caller("1.00").await;
        let card = card(world, &account).await;
        let sid = world.carrier.call_in(Some(STRANGE), ACCESS);
        world.wait(2).await;
        for keys in ["123456#", &format!("{card}{PIN}#"), "4155550101#"] {
            press(world, &sid, keys).await;
            let before = greeting(world, &sid).await;
            for again in asked(world, &sid) {
                let told = tell(world, &again.0, &again.1).await;
                assert_eq!((told.0, &told), (200, &tell(world, &again.0, &again.1).await));
            }
            assert_eq!(greeting(world, &sid).await, before);
        }
        let call = the_call(world).await;
        world.wait(5).await;
        assert_eq!((world.rings(FRIEND), greeting(world, &sid).await.wrong_codes), (1, 1));
        world.carrier.hang_up(&sid);
        let over = world.until_settled(&call.id).await;
        assert_eq!(world.wallet(&account).await.posted + cost(&over), "1.00".parse().unwrap());
    }

    async fn a_message_that_comes_late_is_told_how_it_stands(world: World) {
        let (account, sid) = friend_calls(world, "1.00").await;
        let (url, fields) = asked(world, &sid).remove(0);
        let late = [("Digits".to_owned(), "4155550101".to_owned())].into_iter().chain(fields).collect();
        world.carrier.hang_up(&sid);
        world.wait(3).await;
        let (status, document) = tell(world, &format!("{url}/1"), &late).await;
        assert!(status == 200 && document.contains("<Hangup/>"), "{document}");
        world.wait(10).await;
        nothing_is_held(world, &account, "1.00").await;
        assert_eq!((because(world, &sid).await, world.rings(FRIEND)), (Some(Because::HungUp), 0));
    }

    async fn that_the_phone_was_hung_up_may_be_lost(world: World) {
        world.carrier.add_fault(Fault { times: 0, ..Fault::next(FaultKind::WebhookLost, "POST", "/access/status") });
        let (account, sid) = friend_calls(world, "1.00").await;
        world.carrier.hang_up(&sid);
        world.wait(230).await;
        assert_eq!(because(world, &sid).await, Some(Because::HungUp), "the carrier was asked");
        let sid = world.carrier.call_in(Some(OWN), ACCESS);
        world.wait(2).await;
        press(world, &sid, "4155550101#").await;
        let call = the_call(world).await;
        world.wait(10).await;
        world.carrier.hang_up(&sid);
        let over = world.until_settled(&call.id).await;
        assert!(over.payer().billable_seconds() < 25, "{over:#?}");
        assert_eq!(world.wallet(&account).await.posted + cost(&over), "1.00".parse().unwrap());
    }

    async fn forged_messages_leave_no_trace(world: World) {
        let (account, sid) = friend_calls(world, "1.00").await;
        let before = greeting(world, &sid).await;
        let forge = |path: &str, body: String| HttpRequest {
            method: Method::Post,
            url: format!("{}/webhooks/twilio/access{path}", world.service.app.config.public_url),
            headers: vec![("x-twilio-signature", "forged".to_owned()), ("content-type", "application/x-www-form-urlencoded".to_owned())],
            body,
        };
        let to = "To=%2B14155550200&From=%2B14155550100";
        for request in [
            forge("", format!("CallSid=CA1&{to}")),
            forge("/1", format!("CallSid={sid}&{to}&Digits=4155550101")),
            forge("/status", format!("CallSid={sid}&{to}&CallStatus=completed&CallDuration=9")),
        ] {
            let answered = world.service.app.outbound.send(&request).await;
            assert!(matches!(answered, HttpResponse::Answered { status: 403, .. }), "{answered:?}");
        }
        assert_eq!(greeting(world, &sid).await, before);
        let made = world.service.app.db.read(|tx| greetings::find(tx, "CA1")).await;
        assert!(made.map_err(|error: StorageError| error).unwrap().is_none());
        world.carrier.hang_up(&sid);
        world.wait(3).await;
        nothing_is_held(world, &account, "1.00").await;
    }

    async fn two_who_call_in_at_once_share_the_balance_and_never_overspend(world: World) {
        let (account, first) = friend_calls(world, "1.00").await;
        knows(world, &account, STRANGE, true).await;
        let second = world.carrier.call_in(Some(STRANGE), ACCESS);
        world.wait(2).await;
        world.carrier.press(&first, "4155550101#");
        world.carrier.press(&second, "4155550102#");
        world.wait(9).await;
        let call = the_call(world).await;
        let loser = if call.payer().call_sid.as_ref() == Some(&first) { &second } else { &first };
        assert_hears(world, loser, "Your balance is too small for this call.");
        world.wait(10).await;
        world.hang_up(&call.id).await;
        world.until_settled(&call.id).await;
        press(world, loser, "4155550103#").await;
        let next = the_call(world).await;
        world.until_settled(&next.id).await;
        assert!(world.wallet(&account).await.posted < "0.02".parse().unwrap(), "each second is billed, and none twice");
    }

    async fn a_balance_that_is_too_small_is_topped_up_first(world: World) {
        open_number(world).await;
        let account = world.caller("0.02").await;
        world.agree(&account, &["pm_card_visa"]).await;
        knows(world, &account, OWN, true).await;
        let sid = world.carrier.call_in(Some(OWN), ACCESS);
        world.wait(2).await;
        press(world, &sid, "4155550101#").await;
        assert_hears(world, &sid, "Your balance is being topped up. Please hold the line.");
        world.wait(8).await;
        assert_hears(world, &sid, "You can talk for one minute.");
        let call = the_call(world).await;
        world.wait(5).await;
        world.carrier.hang_up(&sid);
        let over = world.until_settled(&call.id).await;
        assert_eq!((world.cards.charges().len(), world.wallet(&account).await.posted + cost(&over)), (1, "1.02".parse().unwrap()));
    }

    async fn a_card_that_is_declined_is_told_of(world: World) {
        open_number(world).await;
        let account = world.caller("0.02").await;
        world.agree(&account, &["pm_card_chargeCustomerFail"]).await;
        knows(world, &account, OWN, true).await;
        let sid = world.carrier.call_in(Some(OWN), ACCESS);
        world.wait(2).await;
        press(world, &sid, "4155550101#").await;
        world.wait(20).await;
        assert_hears(world, &sid, "Your balance is too small for this call. Top up, or enter another number.");
        world.carrier.hang_up(&sid);
        world.wait(3).await;
        nothing_is_held(world, &account, "0.02").await;
    }

    async fn a_blocked_account_and_a_closed_number_are_told_so(world: World) {
        let (account, sid) = friend_calls(world, "1.00").await;
        let (id, now) = (account.clone(), world.now());
        let block = world.service.app.db.write(move |tx| change_status(tx, &id, NewStatus::Blocked, "x", "story", now));
        block.await.expect("it is blocked");
        press(world, &sid, "4155550101#").await;
        let again = world.carrier.call_in(Some(OWN), ACCESS);
        world.wait(10).await;
        for sid in [&sid, &again] {
            assert_eq!((hears(world, sid, "No calls can be made with this account."), because(world, sid).await), (1, Some(Because::CannotCall)));
            assert!(phone(world, sid).status.is_final());
        }
        assert_eq!(hears(world, &again, "Your balance"), 0, "nobody else hears of its money");
        settings(world, "closed", "true").await;
        let closed = world.carrier.call_in(Some(OWN), ACCESS);
        world.wait(10).await;
        assert_eq!((hears(world, &closed, "not in service"), because(world, &closed).await), (1, Some(Because::NotInService)));
        nothing_is_held(world, &account, "1.00").await;
    }

    async fn each_is_spoken_to_in_the_language_of_number_or_account(world: World) {
        open_number(world).await;
        settings(world, "language", "de").await;
        let account = world.caller("5.20").await;
        let card = card(world, &account).await;
        let sid = world.carrier.call_in(None, ACCESS);
        world.wait(2).await;
        assert_hears(world, &sid, "Bitte geben Sie Ihre Kartennummer");
        press(world, &sid, &format!("{card}{PIN}#")).await;
        assert_hears(world, &sid, "Your balance is 5.20 US dollars.");
        world.carrier.hang_up(&sid);
        world.wait(2).await;
        assert!(greeting(world, &sid).await.ended_at.expect("it is over") - world.now() < TimeDelta::seconds(2));
    }
}
