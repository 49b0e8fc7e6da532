//! Money that is nobody's of ours is kept until somebody says whose it is, and then credited to them alone, once.

use serde_json::{Value, json};
use talktime::domain::reconcile::Side;
use talktime::domain::two_persons::{CannotDecide, Limits, Request, Who};
use talktime::flows::FlowError;
use talktime::flows::assign_stray::{Assigned, NotAssigned, assign_stray};
use talktime::flows::two_persons::{Asked, Decided, NotDone, approve};
use talktime::storage::unassigned::Stray;
use talktime::storage::{StorageError, unassigned};

use crate::api::post;
use crate::disputes::{amounts, differences, has};
use crate::on_both_databases;
use crate::refunds::charged;
use crate::support::World;

/// Newest first.
pub(super) async fn strays(world: &World) -> Vec<Stray> {
    let kept = world.service.app.db.read(|tx| unassigned::list(tx, None, 10)).await;
    kept.map_err(|error: StorageError| error).expect("they are read")
}

/// Somebody unknown pays 5.00 past our service and gets 2.00 back.
async fn given_back_by_a_stranger(world: &mut World) {
    let customer = world.at_the_processor("customers", "email=stranger%40example.com").await;
    let customer = customer["id"].as_str().expect("it has a name").to_owned();
    let body = format!(
        "amount=500&currency=usd&customer={customer}&payment_method=pm_card_visa&confirm=true&metadata[attempt]=pay_of_another"
    );
    let made = world.at_the_processor("payment_intents", &body).await;
    let intent = made["id"].as_str().expect("it has a name").to_owned();
    world.wait(5).await;
    world.at_the_processor("refunds", &format!("payment_intent={intent}&amount=200")).await;
    world.wait(5).await;
}

/// What a program is answered that says whose it is.
async fn assign(world: &World, stray: &Stray, account: &str) -> (u16, Value) {
    let service = world.service.app.config.public_url.as_str().into();
    let whose = json!({ "account": account, "note": "an invoice of ours" });
    let (status, _, body) =
        post(service, format!("/api/v1/unassigned/{}/assign", stray.id), talktime::ids::new("key"), whose).await;
    (status, body)
}

/// Ada asks for it, where more than 4.00 takes a second person.
async fn ask(world: &World, stray: &Stray, account: &str) -> Asked<Assigned> {
    let (id, account, now) = (stray.id.clone(), account.to_owned(), world.now());
    let (ada, limits): (_, Limits) = (Who::person("ada@example.com"), "4".parse().expect("a limit"));
    let asked = world.service.app.db.write(move |tx| assign_stray(tx, &id, &account, "an invoice", &ada, &limits, now));
    asked.await.expect("the books take it")
}

async fn decide(world: &World, request: &Request, by: &str) -> Decided {
    let (id, by, now) = (request.id.clone(), Who::person(by), world.now());
    let decided: Result<_, FlowError> = world.service.app.db.write(move |tx| approve(tx, &id, &by, now)).await;
    decided.expect("the books take it")
}

on_both_databases! {
    async fn money_of_nobodys_is_kept_and_only_theirs(world: World) {
        given_back_by_a_stranger(world).await;
        let kept = strays(world).await;
        let kept: Vec<_> = kept.iter().map(|one| (one.what.as_str(), one.amount.map(|amount| amount.to_string()))).collect();
        assert_eq!(kept, [("refund", Some("2.00".to_owned())), ("payment", Some("5.00".to_owned()))]);
        let told = differences(world).await;
        assert!(told.iter().all(|(side, _)| *side == Side::Theirs) && told.len() == 2, "{told:?}");
    }

    async fn a_payment_of_nobodys_is_credited_once_to_whom_somebody_says_and_its_refund_follows(world: World) {
        given_back_by_a_stranger(world).await;
        let (account, other) = (world.caller("0").await, world.caller("0").await);
        let kept = strays(world).await;
        assert_eq!(assign(world, &kept[0], &account).await.1["code"], "not_a_payment");
        assert_eq!(assign(world, &kept[1], "acc_nobody").await.1["code"], "unknown_account");
        let at_once = tokio::join!(
            assign(world, &kept[1], &account), assign(world, &kept[1], &account), assign(world, &kept[1], &other),
        );
        let answers = [at_once.0, at_once.1, at_once.2];
        world.wait(5).await;
        let whose = if answers[2].0 == 200 { &other } else { &account };
        let nobodys = if answers[2].0 == 200 { &account } else { &other };
        assert_eq!((has(world, whose).await, has(world, nobodys).await), (amounts("3.00", "0.00"), amounts("0.00", "0.00")));
        for (status, body) in &answers {
            assert!((*status, body["account"].as_str()) == (200, Some(whose)) || body["code"] == "dealt_with", "{answers:?}");
        }
        assert_eq!(assign(world, &kept[1], whose).await.0, 200, "asking again changes nothing");
        assert_eq!(assign(world, &kept[1], nobodys).await, (409, answers.iter().find(|one| one.0 == 409).expect("one came late").1.clone()));
        assert!(strays(world).await.iter().all(|one| one.assigned_to.as_ref() == Some(whose)));
        assert_eq!((has(world, whose).await, differences(world).await), (amounts("3.00", "0.00"), vec![]));
    }

    async fn what_one_account_has_is_assigned_to_no_other_and_waits_for_a_look(world: World) {
        let (owner, charge) = charged(world, "pm_card_visa").await;
        given_back_by_a_stranger(world).await;
        let stranger = strays(world).await.remove(1);
        // As if it had been told at the very moment in which it was credited.
        let twin = Stray { id: talktime::ids::new("una"), reference: charge, ..stranger };
        let kept = twin.clone();
        let made: Result<bool, StorageError> = world.service.app.db.write(move |tx| unassigned::insert(tx, &kept)).await;
        assert!(made.expect("it is kept"));
        let (other, before) = (world.caller("0").await, has(world, &owner).await);
        assert_eq!(assign(world, &twin, &other).await.1["code"], "dealt_with");
        let kept = strays(world).await.remove(0);
        assert_eq!((kept.id, kept.done, kept.assigned_to), (twin.id, None, None), "it is nobody's yet");
        assert_eq!((has(world, &owner).await, has(world, &other).await), (before, amounts("0.00", "0.00")));
    }

    async fn a_message_that_is_looked_at_again_is_named_once(world: World) {
        given_back_by_a_stranger(world).await;
        let stray = strays(world).await.remove(0);
        let first = stray.message.clone().expect("a message told of it");
        for message in [first.as_str(), "evt_another", first.as_str(), "evt_anoth", "evt_another"] {
            let told = Stray { message: Some(message.to_owned()), ..stray.clone() };
            let told: Result<(), StorageError> =
                world.service.app.db.write(move |tx| unassigned::told_again(tx, &told)).await;
            told.expect("it is noted");
        }
        let named = strays(world).await.remove(0).message;
        assert_eq!(named, Some(format!("{first}\nevt_another\nevt_anoth")));
    }

    async fn much_of_it_waits_for_a_second_person_and_goes_to_one_account_only(world: World) {
        given_back_by_a_stranger(world).await;
        let stray = strays(world).await.remove(1);
        let (account, other) = (world.caller("0").await, world.caller("0").await);
        let Asked::Waits(request) = ask(world, &stray, &account).await else { panic!("it waits") };
        assert_eq!(ask(world, &stray, &account).await, Asked::Waits(request.clone()), "asking again asks for nothing more");
        let Asked::Waits(rival) = ask(world, &stray, &other).await else { panic!("it waits") };
        assert_eq!(decide(world, &request, "ada@example.com").await, Decided::Cannot(CannotDecide::SamePerson));
        assert_eq!(strays(world).await.remove(1), stray, "nobody has dealt with it");
        assert!(matches!(decide(world, &request, "bob@example.com").await, Decided::Now(_)));
        let refused = Decided::NotDone(NotDone::Assign(NotAssigned::DealtWith));
        assert_eq!(decide(world, &rival, "bob@example.com").await, refused);
        world.wait(5).await;
        assert_eq!((has(world, &account).await, has(world, &other).await), (amounts("3.00", "0.00"), amounts("0.00", "0.00")));
        assert_eq!(differences(world).await, []);
    }
}
