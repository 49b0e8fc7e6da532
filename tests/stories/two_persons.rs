//! What moves much money waits for a second person: credits, debits, cash and batches of vouchers above the limit.

use serde_json::{Value, json};
use talktime::domain::two_persons::{CannotDecide, Limits, Who};
use talktime::flows::FlowError;
use talktime::flows::by_hand::{Booked, ByHand, NotBooked, by_hand};
use talktime::flows::open_account::add_user;
use talktime::flows::two_persons::{Asked, Decided, Deed, NotDone, approve, turn_down};
use talktime::flows::voucher_batches::{Made, NewBatch, Printed, make_batch, print_batch};
use talktime::storage::Tx;
use talktime::storage::audit_search::{self, Filter};
use talktime::web::auth::password;
use talktime::wire::{HttpRequest, HttpResponse, Method};

use crate::on_both_databases;
use crate::support::World;
use crate::support::person::Person;

/// A program of the operator's posts this.
pub async fn api(world: &World, what: &str, body: Value) -> (u16, Value) {
    request(world, Method::Post, what, body.to_string()).await
}

/// It looks at this.
pub async fn shown(world: &World, what: &str) -> Value {
    request(world, Method::Get, what, String::new()).await.1
}

async fn request(world: &World, method: Method, what: &str, body: String) -> (u16, Value) {
    let request = HttpRequest {
        method,
        url: format!("{}/api/v1/{what}", world.service.app.config.public_url),
        headers: vec![
            ("authorization", "Bearer admin-of-the-story".to_owned()),
            ("content-type", "application/json".to_owned()),
        ],
        body,
    };
    let HttpResponse::Answered { status, body, .. } = world.service.app.outbound.send(&request).await else {
        panic!("{what} is answered");
    };
    (status, serde_json::from_slice(&body).expect("JSON"))
}

/// Somebody who has signed in.
pub async fn signed_in(world: &World, email: &str, role: &'static str, account: Option<String>) -> Person {
    let (hash, name, now) = (password::hash("correct horse"), email.to_owned(), world.now());
    let added = world.service.app.db.write(move |tx| add_user(tx, &name, hash, role, account, "story", now));
    added.await.expect("they are added");
    let mut person = world.person();
    let door = format!("{}/sign-in", world.service.app.config.public_url);
    let csrf = person.get(&door).await.hidden("csrf");
    let fields = [("csrf", csrf.as_str()), ("email", email), ("password", "correct horse")];
    assert_eq!(person.send(&door, &fields).await.status, 303);
    person
}

fn limits() -> Limits {
    "100".parse().expect("a limit")
}

fn deed(account: &str, amount: &str) -> Deed {
    Deed {
        account: account.to_owned(),
        key: "deed".to_owned(),
        amount: amount.parse().expect("an amount"),
        reason: "a large order".to_owned(),
    }
}

async fn write<T: Send + 'static>(
    world: &World,
    work: impl FnOnce(&mut Tx) -> Result<T, FlowError> + Send + 'static,
) -> T {
    world.service.app.db.write(work).await.expect("it is decided")
}

async fn ask(world: &World, account: &str, amount: &str) -> Asked<Booked> {
    let (deed, now) = (deed(account, amount), world.now());
    write(world, move |tx| by_hand(tx, ByHand::Credit, &deed, &Who::person("ann@example.com"), &limits(), now)).await
}

fn waiting<T: std::fmt::Debug>(asked: Asked<T>) -> String {
    match asked {
        Asked::Waits(request) => request.id,
        Asked::Done(done) => panic!("it waits: {done:?}"),
    }
}

async fn decide(world: &World, id: &str, by: Who, yes: bool) -> Decided {
    let (id, now) = (id.to_owned(), world.now());
    write(world, move |tx| if yes { approve(tx, &id, &by, now) } else { turn_down(tx, &id, &by, now) }).await
}

async fn posted(world: &World, account: &str) -> String {
    world.wallet(account).await.posted.to_string()
}

on_both_databases! {
    async fn a_credit_above_the_limit_is_booked_once_a_second_person_approves_it(world: World) {
        let account = world.caller("0").await;
        assert_eq!(ask(world, &account, "100").await, Asked::Done(Booked::Now), "up to the limit one is enough");
        let other = world.caller("0").await;
        let id = waiting(ask(world, &other, "100.01").await);
        assert_eq!(waiting(ask(world, &other, "100.01").await), id, "asking twice asks once");
        assert_eq!(ask(world, &other, "50").await, Asked::Done(Booked::Refused(NotBooked::KeyUsed { was: "100.01".parse().unwrap() })));
        assert_eq!(posted(world, &other).await, "0.00");

        let ann = Who::person("ann@example.com");
        let anns = Who { actor: "api:shop".to_owned(), ..ann.clone() };
        for same in [ann, anns] {
            assert_eq!(decide(world, &id, same, true).await, Decided::Cannot(CannotDecide::SamePerson));
        }
        let bob = Who::person("bob@example.com");
        assert!(matches!(decide(world, &id, bob.clone(), true).await, Decided::Now(_)));
        assert!(matches!(decide(world, &id, bob.clone(), true).await, Decided::Already(_)));
        assert_eq!(decide(world, &id, Who::person("eve@example.com"), false).await, Decided::Cannot(CannotDecide::Decided));
        assert_eq!(ask(world, &other, "100.01").await, Asked::Done(Booked::Already));
        assert_eq!(posted(world, &other).await, "100.01");

        let audit = world.service.app.db.read(|tx| audit_search::find(tx, &Filter::default(), None, 1000, 1000)).await;
        let entries = audit.expect("the audit is read").entries;
        let did = |actor: &str, action: &str| entries.iter().any(|entry| entry.actor == actor && entry.action == action);
        assert!(did("ann@example.com", "ask_for_approval") && did("bob@example.com", "approve_request"));
    }

    async fn two_who_approve_at_the_same_moment_book_it_once(world: World) {
        for _ in 0..5 {
            let account = world.caller("0").await;
            let id = waiting(ask(world, &account, "200").await);
            let (bob, eve) = (Who::person("bob@example.com"), Who::person("eve@example.com"));
            let (one, other) = tokio::join!(decide(world, &id, bob, true), decide(world, &id, eve, true));
            let now = [&one, &other].iter().filter(|said| matches!(said, Decided::Now(_))).count();
            assert_eq!((now, posted(world, &account).await.as_str()), (1, "200.00"), "{one:?} {other:?}");
        }
    }

    async fn a_debit_waits_too_and_what_cannot_be_done_stays_asked_for(world: World) {
        let account = world.caller("150").await;
        let (wish, now) = (deed(&account, "160"), world.now());
        let asked = write(world, move |tx| by_hand(tx, ByHand::Debit, &wish, &Who::person("ann@example.com"), &limits(), now)).await;
        let id = waiting::<Booked>(asked);
        let bob = Who::person("bob@example.com");
        assert!(matches!(decide(world, &id, bob.clone(), true).await, Decided::NotDone(NotDone::Money(NotBooked::NotFree { .. }))));
        world.credit(&account, "10").await;
        assert!(matches!(decide(world, &id, bob, true).await, Decided::Now(_)));
        assert_eq!(posted(world, &account).await, "0.00");
    }

    async fn what_is_refused_withdrawn_or_too_old_is_never_done(world: World) {
        let (ann, bob) = (Who::person("ann@example.com"), Who::person("bob@example.com"));
        for by in [&ann, &bob] {
            let account = world.caller("0").await;
            let id = waiting(ask(world, &account, "200").await);
            let Decided::Now(request) = decide(world, &id, by.clone(), false).await else { panic!("it is turned down") };
            assert_eq!(request.state.code(), if by == &ann { "withdrawn" } else { "refused" });
            assert_eq!(decide(world, &id, bob.clone(), true).await, Decided::Cannot(CannotDecide::Decided));
            assert_eq!((waiting(ask(world, &account, "200").await), posted(world, &account).await), (id, "0.00".to_owned()));
        }
        let account = world.caller("0").await;
        let id = waiting(ask(world, &account, "200").await);
        let late = world.now() + chrono::TimeDelta::days(8);
        let said = write(world, move |tx| approve(tx, &id, &Who::person("bob@example.com"), late)).await;
        assert_eq!((said, posted(world, &account).await.as_str()), (Decided::Cannot(CannotDecide::Expired), "0.00"));
    }

    async fn a_batch_above_the_limit_is_not_printed_before_a_second_person_approves_it(world: World) {
        let new = NewBatch {
            label: "cards".to_owned(),
            currency: "USD".parse().unwrap(),
            face: "10".parse().unwrap(),
            pieces: 11,
            valid_until: None,
            key: "batch".to_owned(),
        };
        let (key, now) = (world.service.app.config.voucher_key.clone().expect("it is set"), world.now());
        let made = write(world, move |tx| make_batch(tx, &new, &Who::person("ann@example.com"), &limits(), now)).await;
        let Made::Batch(batch, Some(request)) = made else { panic!("it waits: {made:?}") };
        let print = |id: String| {
            let key = key.clone();
            write(world, move |tx| print_batch(tx, &key, &id, "ann@example.com", now))
        };
        assert!(matches!(print(batch.id.clone()).await, Printed::NotApproved));
        assert!(matches!(decide(world, &request.id, Who::person("bob@example.com"), true).await, Decided::Now(_)));
        let Printed::Cards(_, cards) = print(batch.id.clone()).await else { panic!("it is printed") };
        assert_eq!(cards.len(), 11);
    }

    async fn a_person_approves_on_the_page_what_a_program_asked_for(world: World) {
        let account = world.caller("0").await;
        let wish = deed(&account, "500");
        let (now, program) = (world.now(), Who { actor: "api:shop".to_owned(), person: "ann@example.com".to_owned() });
        let id = waiting(write(world, move |tx| by_hand(tx, ByHand::Credit, &wish, &program, &limits(), now)).await);
        let mut ann = signed_in(world, "ann@example.com", "owner", None).await;
        let mut bob = signed_in(world, "bob@example.com", "finance", None).await;
        let at = |path: &str| format!("{}{path}", world.service.app.config.public_url);
        let (form, page) = (format!("/admin/requests/{id}/approve"), at("/admin/requests"));
        let (anns, bobs) = (ann.get(&page).await, bob.get(&page).await);
        assert!(!anns.page.contains(&form) && anns.page.contains("Take back") && bobs.page.contains(&form));
        let tried = ann.send(&at(&form), &[("csrf", &anns.hidden("csrf"))]).await;
        assert!(tried.status == 422 && tried.page.contains("somebody else has to approve it"), "{tried:?}");
        assert_eq!(bob.send(&at(&form), &[("csrf", &bobs.hidden("csrf"))]).await.status, 303);
        assert_eq!(posted(world, &account).await, "500.00");
        let (status, shown) = api(world, &format!("requests/{id}/refuse"), json!({})).await;
        assert_eq!((status, shown["code"].as_str()), (409, Some("already_decided")));
    }
}
