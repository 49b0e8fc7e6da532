//! Several payers in one room: a phone that another account pays for, with its own hold, limit, checkpoint and bill.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use talktime::domain::call::guest::GuestSeen;
use talktime::domain::call::operation::Operation;
use talktime::domain::call::progress::Event;
use talktime::domain::call::record::Record;
use talktime::domain::call::{Call, EndReason, LegEnd, LegProgress, LegState, Phase};
use talktime::domain::money::Money;
use talktime::flows::FlowError;
use talktime::flows::guests::{Seated, Wish, host_gone, mirror_guest, take_seat};
use talktime::flows::open_account::add_user;
use talktime::flows::operate::operate;
use talktime::flows::report::leg_reported;
use talktime::flows::sweep::sweep;
use talktime::sandbox::carrier::{Fault, FaultKind};
use talktime::storage::{Tx, jobs};
use talktime::web::auth::password;
use talktime::wire::{HttpRequest, HttpResponse, Method};

use crate::on_both_databases;
use crate::support::World;
use crate::support::person::Person;

const FRIEND: &str = "+14155550101";
const GUEST: &str = "+14155550177";

/// Somebody's program asks.
async fn api(world: &World, path: &str, key: &str, body: Value) -> (u16, Value) {
    let request = HttpRequest {
        method: Method::Post,
        url: format!("{}/api/v1{path}", world.service.app.config.public_url),
        headers: vec![
            ("authorization", "Bearer admin-of-the-story".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("idempotency-key", key.to_owned()),
        ],
        body: body.to_string(),
    };
    let HttpResponse::Answered { status, body, .. } = world.service.app.outbound.send(&request).await else {
        panic!("it answers");
    };
    (status, serde_json::from_slice(&body).expect("JSON"))
}

async fn ask_in(world: &World, host: &str, account: &str) -> (u16, Value) {
    let body = json!({ "account": account, "number": GUEST });
    api(world, &format!("/calls/{host}/guests"), &talktime::ids::new("key"), body).await
}

/// Another account's phone is let in; its call.
async fn let_in(world: &World, host: &str, account: &str) -> String {
    let (status, call) = ask_in(world, host, account).await;
    assert_eq!((status, &call["host"], &call["account"]), (201, &json!(host), &json!(account)), "{call}");
    call["id"].as_str().expect("an id").to_owned()
}

/// A call of two, and after ten seconds a guest with so much money: the host's account, its call, the guest's, its call.
async fn together(world: &mut World, hosts: &str, guests: &str) -> (String, String, String, String) {
    let (account, other) = (world.caller(hosts).await, world.caller(guests).await);
    let call = world.call(&account, &[FRIEND]).await;
    world.wait(10).await;
    let guest = let_in(world, &call, &other).await;
    world.wait(8).await;
    assert!(in_room(world, &guest, 0).await, "the guest is in: {:?}", world.record(&guest).await);
    (account, call, other, guest)
}

async fn in_room(world: &World, call: &str, place: usize) -> bool {
    world.at_the_carrier(call, place).await.flags.is_some()
}

async fn sid(world: &World, call: &str) -> String {
    world.look(call).await.legs[0].call_sid.clone().expect("it has one")
}

/// Whoever the account belongs to, at a browser.
async fn signed_in(world: &World, account: &str, email: &'static str) -> Person {
    let (hash, of, now) = (password::hash("a good password"), Some(account.to_owned()), world.now());
    let user = world.service.app.db.write(move |tx| add_user(tx, email, hash, "caller", of, "story", now));
    user.await.expect("they can sign in");
    let (mut person, place) = (world.person(), format!("{}/sign-in", world.service.app.config.public_url));
    let csrf = person.get(&place).await.hidden("csrf");
    let fields = [("csrf", csrf.as_str()), ("email", email), ("password", "a good password")];
    assert_eq!(person.send(&place, &fields).await.status, 303);
    person
}

fn cost(call: &Call) -> Money {
    call.charges().iter().map(|charge| charge.cost).sum()
}

/// The account paid for exactly this call, of what it had.
async fn paid(world: &World, account: &str, had: &str, call: &Call) {
    let wallet = world.wallet(account).await;
    assert_eq!((wallet.posted + cost(call), wallet.reserved), (had.parse().unwrap(), Money::ZERO), "{call:#?}");
}

async fn mirror(world: &World, host: &str) -> LegState {
    world.look(host).await.legs.last().expect("it has legs").state
}

/// Does it, and loses the jobs of this kind that it makes: as if whoever took them had died and nobody knew of them.
async fn losing(
    world: &World,
    kind: &'static str,
    deed: impl FnOnce(&mut Tx, DateTime<Utc>) -> Result<(), FlowError> + Send + 'static,
) {
    let now = world.now();
    let lost = world.service.app.db.write(move |tx| {
        deed(tx, now)?;
        let mut lost = 0;
        for job in jobs::claim(tx, "somebody's", now, 100, now)? {
            if job.kind == kind {
                jobs::finish(tx, &job, "somebody's")?;
                lost += 1;
            } else {
                jobs::again(tx, &job, "somebody's", now, None)?;
            }
        }
        Ok::<_, FlowError>(lost)
    });
    assert_eq!(lost.await.expect("it is done"), 1, "one job of the kind is lost");
}

async fn sweep_again(world: &World) {
    let now = world.now();
    world.service.app.db.write(move |tx| sweep(tx, now)).await.expect("it is swept");
}

on_both_databases! {
    async fn a_host_that_was_not_told_of_its_guests_end_learns_it_by_the_sweep(world: World) {
        let (_, call, other, guest) = together(world, "4.00", "1.00").await;
        world.carrier.add_fault(Fault { times: 0, ..Fault::next(FaultKind::WebhookLost, "", "") });
        let (leg, came) = (world.look(&guest).await.legs[0].id.clone(), sid(world, &guest).await);
        world.carrier.hang_up(&came);
        losing(world, "mirror_guest", move |tx, now| {
            let progress = LegProgress::Ended(LegEnd::Completed { seconds: 8 });
            let ended = Event::Progress { leg: leg.clone(), call_sid: came, progress };
            leg_reported(tx, &leg, &ended, None, now)
        })
        .await;
        let over = world.until_settled(&guest).await;
        paid(world, &other, "1.00", &over).await;
        world.wait(130).await;
        assert!(!matches!(mirror(world, &call).await, LegState::Over(_)), "nobody has told the host");
        world.carrier.clear_faults();
        sweep_again(world).await;
        world.wait(5).await;
        assert!(matches!(mirror(world, &call).await, LegState::Over(_)) && world.look(&call).await.is_running());
    }

    async fn a_guest_that_was_not_told_of_its_removal_learns_it_by_the_sweep(world: World) {
        let (_, call, other, guest) = together(world, "4.00", "1.00").await;
        let (id, leg) = (call.clone(), world.look(&call).await.legs[2].id.clone());
        losing(world, "tell_guest", move |tx, now| {
            let done = operate(tx, &id, &Operation::Remove { leg }, None, now)?;
            assert!(done.is_ok(), "it may be done");
            Ok(())
        })
        .await;
        world.wait(120).await;
        assert!(world.look(&guest).await.is_running() && in_room(world, &guest, 0).await, "nobody has told the guest");
        sweep_again(world).await;
        let over = world.until_settled(&guest).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::Removed));
        paid(world, &other, "1.00", &over).await;
        assert!(world.look(&call).await.is_running());
    }

    async fn a_guest_joins_and_each_account_pays_for_its_own(world: World) {
        let (account, call, other, guest) = together(world, "2.00", "1.00").await;
        let spoken = world.carrier.hearers();
        let (payer, came) = (sid(world, &call).await, sid(world, &guest).await);
        assert!(spoken.contains(&(payer.clone(), came.clone())) && spoken.contains(&(came, payer)), "they hear each other");
        world.wait(20).await;
        world.hang_up(&guest).await;
        let left = world.until_settled(&guest).await;
        assert_eq!(left.phase, Phase::Settled(EndReason::HungUp));
        assert!((26..=30).contains(&left.charges()[0].seconds), "{:?}", left.charges());
        paid(world, &other, "1.00", &left).await;
        world.wait(5).await;
        let live = world.look(&call).await;
        assert!(live.is_running() && live.legs[0].is_in() && live.legs[1].is_in(), "{live:#?}");
        assert!(live.legs[2].is_over() && in_room(world, &call, 0).await);
        world.hang_up(&call).await;
        let over = world.until_settled(&call).await;
        assert_eq!(over.charges()[2].cost, Money::ZERO);
        paid(world, &account, "2.00", &over).await;
    }

    async fn a_guests_limit_ends_that_phone_only(world: World) {
        let (_, call, other, guest) = together(world, "2.00", "0.15").await;
        let over = world.until_settled(&guest).await;
        assert_eq!((over.phase, over.charges()[0].seconds), (Phase::Settled(EndReason::TimeIsUp), 30));
        assert_eq!(world.wallet(&other).await.posted, Money::ZERO);
        world.wait(20).await;
        let live = world.look(&call).await;
        assert!(live.is_running() && live.extension == 0, "the host goes on as it was: {live:#?}");
        assert!(in_room(world, &call, 0).await && in_room(world, &call, 1).await);
    }

    async fn a_guests_card_is_charged_and_it_talks_past_its_first_limit_while_the_host_goes_on(world: World) {
        let (account, other) = (world.caller("4.00").await, world.caller("0.20").await);
        world.agree(&other, &["pm_card_visa"]).await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        let guest = let_in(world, &call, &other).await;
        world.wait(70).await;
        let live = world.look(&guest).await;
        assert_eq!((live.phase, world.payments(&other).await), (Phase::Running, vec!["credited"]));
        assert!(live.extension > 0 && in_room(world, &guest, 0).await, "{:?}", world.record(&guest).await);
        let host = world.look(&call).await;
        assert!(host.is_running() && host.legs.iter().all(|leg| leg.is_in() && leg.turn == 0), "{host:#?}");
        world.hang_up(&guest).await;
        let over = world.until_settled(&guest).await;
        assert!((60..=75).contains(&over.charges()[0].seconds), "{:?}", over.charges());
        paid(world, &other, "1.20", &over).await;
    }

    async fn a_host_is_extended_while_a_guest_stays_where_it_is(world: World) {
        let (account, other) = (world.caller("0.60").await, world.caller("2.00").await);
        world.agree(&account, &["pm_card_visa"]).await;
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(5).await;
        let guest = let_in(world, &call, &other).await;
        world.wait(80).await;
        let host = world.look(&call).await;
        assert!(host.is_running() && host.extension > 0, "{:?}", world.record(&call).await);
        let stays = world.look(&guest).await;
        assert!(stays.is_running() && stays.extension == 0 && in_room(world, &guest, 0).await, "{stays:#?}");
        assert_eq!(world.payments(&other).await, Vec::<&str>::new());
    }

    async fn the_end_of_the_host_is_the_end_of_its_guest_who_hears_so_and_is_billed(world: World) {
        for by_phone in [true, false] {
            let (account, call, other, guest) = together(world, "2.00", "1.00").await;
            world.wait(10).await;
            if by_phone {
                let payer = sid(world, &call).await;
                world.carrier.hang_up(&payer);
            } else {
                world.hang_up(&call).await;
            }
            let over = world.until_settled(&guest).await;
            assert_eq!(over.phase, Phase::Settled(EndReason::HostEnded), "{:?}", world.record(&guest).await);
            assert!((15..=20).contains(&over.charges()[0].seconds), "the notice costs nothing: {:?}", over.charges());
            assert!(world.record(&guest).await.iter().any(|line| matches!(line, Record::Notice { .. })));
            paid(world, &other, "1.00", &over).await;
            let host = world.until_settled(&call).await;
            paid(world, &account, "2.00", &host).await;
            world.wait(5).await;
            assert!(matches!(mirror(world, &call).await, LegState::Over(_)));
        }
    }

    async fn a_guest_keeps_the_payer_company_and_its_end_is_the_end(world: World) {
        let (_, call, _, guest) = together(world, "2.00", "1.00").await;
        let friend = world.look(&call).await.legs[1].call_sid.clone().expect("it has one");
        world.carrier.hang_up(&friend);
        world.wait(20).await;
        assert!(world.look(&call).await.is_running() && in_room(world, &call, 0).await);
        let came = sid(world, &guest).await;
        world.carrier.hang_up(&came);
        let over = world.until_settled(&call).await;
        assert_eq!(over.phase, Phase::Settled(EndReason::OthersLeft));
        assert_eq!(world.until_settled(&guest).await.phase, Phase::Settled(EndReason::PayerLeft));
    }

    async fn whose_room_it_is_may_hold_mute_and_remove_a_guest(world: World) {
        let (_, call, _, guest) = together(world, "4.00", "0.40").await;
        let leg = world.look(&call).await.legs[2].id.clone();
        let path = format!("/calls/{call}/operations");
        for (operation, flags) in [("hold", (true, false)), ("unhold", (false, false)), ("mute", (false, true))] {
            let (status, answer) = api(world, &path, &talktime::ids::new("key"), json!({ "operation": operation, "leg": leg })).await;
            assert_eq!(status, 202, "{answer}");
            world.wait(2).await;
            let seen = world.at_the_carrier(&guest, 0).await.flags.expect("it is in the room");
            assert_eq!((seen.hold, seen.muted), flags, "{operation}");
        }
        let (status, answer) = api(world, &path, &talktime::ids::new("key"), json!({ "operation": "park", "leg": leg })).await;
        assert_eq!((status, &answer["code"]), (409, &json!("is_a_guest")));
        let own = world.look(&guest).await.legs[0].id.clone();
        let of_its_own = format!("/calls/{guest}/operations");
        let (status, answer) = api(world, &of_its_own, &talktime::ids::new("key"), json!({ "operation": "unmute", "leg": own })).await;
        assert_eq!((status, &answer["code"]), (409, &json!("in_anothers_room")));
        // Muted it stays, also when more money lets it in again.
        let other = world.look(&guest).await.account;
        world.credit(&other, "0.50").await;
        world.wait(8).await;
        assert!(world.look(&guest).await.extension > 0);
        assert!(world.at_the_carrier(&guest, 0).await.flags.expect("it is back").muted);
        let (status, _) = api(world, &path, &talktime::ids::new("key"), json!({ "operation": "remove", "leg": leg })).await;
        assert_eq!(status, 202);
        assert_eq!(world.until_settled(&guest).await.phase, Phase::Settled(EndReason::Removed));
        assert!(world.look(&call).await.is_running());
    }

    async fn what_is_told_late_or_twice_changes_nothing(world: World) {
        let (_, call, _, guest) = together(world, "2.00", "1.00").await;
        let (before, leg) = (GuestSeen::of(&world.look(&guest).await), world.look(&call).await.legs[2].id.clone());
        world.hang_up(&guest).await;
        world.until_settled(&guest).await;
        world.wait(3).await;
        let (host, over) = (world.look(&call).await, world.look(&guest).await);
        assert!(host.legs[2].is_over());
        let (now, id) = (world.now(), guest.clone());
        let told = world.service.app.db.write(move |tx| {
            mirror_guest(tx, &leg, Some(before), now)?;
            mirror_guest(tx, &leg, None, now)
        });
        told.await.expect("the books answer");
        for removed in [false, true] {
            let id = id.clone();
            let told = world.service.app.db.write(move |tx| host_gone(tx, &id, removed, now)).await;
            told.expect("the books answer");
        }
        assert_eq!((world.look(&call).await, world.look(&guest).await), (host, over));
    }

    async fn a_place_nobody_takes_is_free_again(world: World) {
        let (account, other) = (world.caller("2.00").await, world.caller("1.00").await);
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        // The process dies before the guest's own call is made.
        let number = GUEST.parse().expect("a number");
        let wish = Wish { host: call.clone(), account: other.clone(), number, invitation: None, request_key: "k".into() };
        let (rules, now) = (world.service.app.config.rules, world.now());
        let seated = world.service.app.db.write(move |tx| take_seat(tx, &wish, "story", &rules, now)).await;
        assert!(matches!(seated, Ok::<_, FlowError>(Seated::Seat(_))), "{seated:?}");
        world.wait(30).await;
        assert_eq!(mirror(world, &call).await, LegState::Calling);
        world.wait(35).await;
        assert!(matches!(mirror(world, &call).await, LegState::Over(_)) && world.look(&call).await.is_running());
        assert_eq!((world.rings(GUEST), world.wallet(&other).await.reserved), (0, Money::ZERO));
    }

    async fn a_guest_and_its_host_agree_though_messages_are_lost_and_doubled(world: World) {
        for (kind, about) in [
            (FaultKind::WebhookLost, "conference"),
            (FaultKind::WebhookTwice, ""),
            (FaultKind::WebhookLate, "conference"),
            (FaultKind::LostAfter, "/Calls/CA"),
        ] {
            let (_, call, other, guest) = together(world, "2.00", "1.00").await;
            world.carrier.add_fault(Fault { times: 0, ..Fault::next(kind, "", about) });
            let payer = sid(world, &call).await;
            world.carrier.hang_up(&payer);
            let over = world.until_settled(&guest).await;
            assert!((5..=40).contains(&over.charges()[0].seconds), "{kind:?}: {:?}", over.charges());
            world.carrier.clear_faults();
            world.until_settled(&call).await;
            paid(world, &other, "1.00", &over).await;
        }
    }

    async fn a_refusal_takes_nothing_and_rings_nobody(world: World) {
        let (account, poor) = (world.caller("2.00").await, world.caller("0.01").await);
        let call = world.call(&account, &[FRIEND]).await;
        let rich = world.caller("1.00").await;
        let code = |(status, answer): (u16, Value)| (status, answer["code"].as_str().unwrap_or_default().to_owned());
        assert_eq!(code(ask_in(world, &call, &rich).await), (409, "call_not_begun".to_owned()));
        world.wait(10).await;
        assert_eq!(code(ask_in(world, &call, &poor).await), (422, "not_enough_credit".to_owned()));
        assert_eq!(code(ask_in(world, &call, "acc_nobody").await), (422, "unknown_account".to_owned()));
        assert_eq!((world.look(&call).await.legs.len(), world.rings(GUEST)), (2, 0));
        let guest = let_in(world, &call, &rich).await;
        world.wait(5).await;
        let another = world.caller("1.00").await;
        assert_eq!(code(ask_in(world, &call, &another).await), (422, "same_number_twice".to_owned()));
        assert_eq!(code(ask_in(world, &guest, &another).await), (409, "is_a_guest".to_owned()));
        let body = json!({ "number": "+14155550178" });
        let added = api(world, &format!("/calls/{guest}/legs"), &talktime::ids::new("key"), body).await;
        assert_eq!(code(added), (409, "in_anothers_room".to_owned()));
    }

    async fn the_same_request_lets_in_one_phone(world: World) {
        let (account, other) = (world.caller("2.00").await, world.caller("1.00").await);
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        let body = json!({ "account": other, "number": GUEST });
        let path = format!("/calls/{call}/guests");
        let (first, made) = api(world, &path, "once", body.clone()).await;
        let (second, again) = api(world, &path, "once", body).await;
        assert_eq!((first, second, &made["id"]), (201, 201, &again["id"]), "{made} {again}");
        world.wait(5).await;
        assert_eq!((world.look(&call).await.legs.len(), world.rings(GUEST)), (3, 1));
    }

    async fn an_invitation_shows_its_price_and_lets_in_one_phone_of_whoever_confirms(world: World) {
        let (account, other) = (world.caller("2.00").await, world.caller("1.00").await);
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        let mut ann = signed_in(world, &account, "ann@example.org").await;
        let mut bob = signed_in(world, &other, "bob@example.org").await;
        let ours = world.service.app.config.public_url.clone();
        let page = ann.get(&format!("{ours}/calls/{call}")).await;
        let (csrf, key) = (page.hidden("csrf"), talktime::ids::new("req"));
        let made = ann.send(&format!("{ours}/calls/{call}/invitations"), &[("csrf", &csrf), ("request_key", &key)]).await;
        let (_, address) = made.page.split_once("readonly value=\"").expect("the address is shown");
        let address = address.split('"').next().expect("it ends").to_owned();
        let again = ann.send(&format!("{ours}/calls/{call}/invitations"), &[("csrf", &csrf), ("request_key", &key)]).await;
        assert!(again.page.contains("shown only once") && !again.page.contains(&address), "{}", again.page);
        assert_eq!(bob.get(&format!("{address}x")).await.status, 404);

        let page = bob.get(&address).await;
        let (csrf, key) = (page.hidden("csrf"), page.hidden("request_key"));
        let form = |seen: &str| vec![("csrf", csrf.clone()), ("request_key", key.clone()), ("number", GUEST.to_owned()), ("seen", seen.to_owned())];
        let fields = form("");
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let shown = bob.send(&address, &fields).await;
        assert!(shown.status == 200 && shown.page.contains("0.30 USD a minute") && shown.page.contains("lasts 3:20"), "{}", shown.page);
        assert_eq!(world.rings(GUEST), 0, "a price rings nobody");
        let fields = form(GUEST);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (joined, twice) = (bob.send(&address, &fields).await, bob.send(&address, &fields).await);
        assert_eq!((joined.status, &joined.goes_to), (303, &twice.goes_to), "{joined:?}");
        world.wait(6).await;
        assert_eq!((world.rings(GUEST), world.look(&call).await.legs.len()), (1, 3));

        let own = bob.get(&format!("{ours}{}", joined.goes_to)).await;
        assert!(own.page.contains("guest in somebody else") && own.page.contains("…00"), "{}", own.page);
        assert!(!own.page.contains(FRIEND) && !own.page.contains(&call), "nobody learns the other's numbers or call");
        let theirs = ann.get(&format!("{ours}/calls/{call}")).await;
        assert!(theirs.page.contains(GUEST) && !theirs.page.contains(&joined.goes_to[7..]), "{}", theirs.page);
        assert_eq!(bob.get(&address).await.status, 410, "it was for one phone");
        assert_eq!(ann.get(&format!("{ours}{}", joined.goes_to)).await.status, 404);
    }

    async fn a_poor_guest_whom_the_host_does_not_take_is_not_charged_for_asking(world: World) {
        let (account, other) = (world.caller("4.00").await, world.caller("0.01").await);
        world.agree(&other, &["pm_card_visa"]).await;
        let call = world.call(&account, &[FRIEND]).await;
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        let (status, refused) = ask_in(world, &call, &other).await;
        assert_eq!((status, &refused["code"]), (409, &json!("call_is_over")), "{refused}");
        world.wait(10).await;
        assert!(world.payments(&other).await.is_empty(), "no card is charged for a place that there is not");
    }

    async fn an_invitation_expires_and_can_be_revoked(world: World) {
        let (account, other) = (world.caller("20.00").await, world.caller("1.00").await);
        let call = world.call(&account, &[FRIEND]).await;
        world.wait(10).await;
        let mut bob = signed_in(world, &other, "bob@example.org").await;
        let invite = |minutes: i64| json!({ "minutes": minutes });
        let path = format!("/calls/{call}/invitations");
        let (status, first) = api(world, &path, &talktime::ids::new("key"), invite(1)).await;
        assert_eq!((status, &first["state"]), (201, &json!("open")), "{first}");
        let (_, second) = api(world, &path, &talktime::ids::new("key"), invite(60)).await;
        let address = |made: &Value| made["url"].as_str().expect("its address").to_owned();
        assert_eq!(bob.get(&address(&first)).await.status, 200);
        world.wait(61).await;
        assert_eq!(bob.get(&address(&first)).await.status, 410);
        assert_eq!(bob.get(&address(&second)).await.status, 200);
        let id = second["id"].as_str().expect("an id");
        let (status, revoked) = api(world, &format!("/invitations/{id}/revoke"), &talktime::ids::new("key"), json!({})).await;
        assert_eq!((status, &revoked["state"]), (200, &json!("revoked")));
        assert_eq!(bob.get(&address(&second)).await.status, 410);
    }
}
