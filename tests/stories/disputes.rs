//! Cardholders take charges back, processors warn, money moves where nobody of us asked for it, and messages are lost: the
//! books have all of it once, and nothing that a live call holds is touched.

use chrono::TimeDelta;
use talktime::domain::dispute::{Dispute, Phase};
use talktime::domain::money::Money;
use talktime::domain::reconcile::{Side, Span};
use talktime::domain::statement::{self, Month};
use talktime::domain::two_persons::{Limits, Who};
use talktime::flows::Job;
use talktime::flows::by_hand::{Booked, ByHand, NotBooked, by_hand};
use talktime::flows::refund::Refunded;
use talktime::flows::statement::statement;
use talktime::flows::two_persons::{Asked, Deed};
use talktime::jobs::reconcile::payments as compare;
use talktime::sandbox::cards::{Fault, FaultKind, Turn};
use talktime::storage::{StorageError, agreements, disputes, house_ledger, refunds};

use crate::checkouts::{opened, pay, top_up};
use crate::on_both_databases;
use crate::refunds::{charged, give_back};
use crate::strays::strays;
use crate::support::World;
use crate::support::person::GOOD_CARD;

async fn all_disputes(world: &World) -> Vec<Dispute> {
    let found = world.service.app.db.read(|tx| disputes::search(tx, &disputes::Filter::default(), 100)).await;
    found.map_err(|error: StorageError| error).expect("they are read")
}

/// Balance and debt.
pub(super) async fn has(world: &World, account: &str) -> (String, String) {
    let wallet = world.wallet(account).await;
    (wallet.posted.to_string(), wallet.debt.to_string())
}

pub(super) fn amounts(posted: &str, debt: &str) -> (String, String) {
    (posted.to_owned(), debt.to_owned())
}

async fn is_paused(world: &World, account: &str) -> bool {
    let account = account.to_owned();
    let found = world.service.app.db.read(move |tx| agreements::find(tx, &account)).await;
    let found = found.map_err(|error: StorageError| error).expect("it is read");
    found.is_some_and(|kept| kept.agreement.paused)
}

async fn enqueue(world: &World, job: Job) {
    let now = world.now();
    let asked: Result<(), StorageError> = world.service.app.db.write(move |tx| job.enqueue(tx, now)).await;
    asked.expect("it is asked for");
}

fn messages(matching: &str, kind: FaultKind) -> Fault {
    Fault { matching: matching.to_owned(), kind, times: 50 }
}

/// What differs between Stripe's statement and our books in the last day.
pub(super) async fn differences(world: &World) -> Vec<(Side, String)> {
    let span = Span { from: world.now() - TimeDelta::days(1), to: world.now() + TimeDelta::seconds(1) };
    let compared = compare(&world.service.app, "stripe", span, "story".to_owned()).await.expect("it is compared");
    compared.1.into_iter().map(|one| (one.side, one.key)).collect()
}

async fn cost(world: &World, call: &str) -> Money {
    world.look(call).await.charges().iter().map(|charge| charge.cost).sum()
}

/// Of the statement of the month, what repaid debts.
async fn repaid(world: &World, account: &str) -> Vec<Money> {
    let (id, month) = (account.to_owned(), Month::of(world.now()));
    let told = world.service.app.db.read(move |tx| statement(tx, &id, month, None, 10)).await.expect("it is read");
    told.of_kind(statement::Kind::Repaid).map(|sum| sum.amount).collect()
}

/// What Stripe owes us by our books.
async fn owed(world: &World) -> i64 {
    let parts = world.service.app.db.read(house_ledger::standings).await;
    let parts = parts.map_err(|error: StorageError| error).expect("they are read");
    parts.iter().filter(|part| part.place == "clearing:stripe").map(|part| part.amount().micros()).sum()
}

on_both_databases! {
    async fn a_disputed_charge_leaves_the_wallet_and_comes_back_when_it_is_won(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        assert!(world.cards.turn(&charge, Turn::Dispute));
        world.wait(5).await;
        assert_eq!(has(world, &account).await, amounts("0.01", "0.00"));
        assert!(is_paused(world, &account).await, "nothing more is charged automatically");
        let dispute = all_disputes(world).await.remove(0);
        assert_eq!((dispute.phase, dispute.charge.as_str()), (Phase::NeedsResponse, charge.as_str()));
        assert!(dispute.due_by.is_some_and(|due| due > world.now()));
        assert!(world.cards.turn(&charge, Turn::Win));
        world.wait(5).await;
        assert_eq!(has(world, &account).await, amounts("1.01", "0.00"));
        assert_eq!(all_disputes(world).await.remove(0).phase, Phase::Won);
    }

    async fn what_was_spent_is_owed_until_a_credit_repays_it_or_somebody_gives_it_up(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        let call = world.call(&account, &["+14155550101"]).await;
        // Too short for a checkpoint, which would charge the card once more.
        world.wait(30).await;
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        let spent = world.wallet(&account).await;
        assert!(world.cards.turn(&charge, Turn::Dispute));
        world.wait(5).await;
        let after = world.wallet(&account).await;
        assert_eq!(after.posted.to_string(), "0.00");
        assert_eq!((after.debt + spent.posted).to_string(), "1.00", "all of it is accounted for");
        world.credit(&account, "0.10").await;
        assert_eq!(world.wallet(&account).await.debt, after.debt - "0.10".parse().expect("an amount"));
        let left = world.wallet(&account).await.debt;
        let deed = Deed { account: account.clone(), key: "k".to_owned(), amount: left, reason: "lost".to_owned() };
        let (who, limits, now) = (Who::person("finance@example.com"), Limits::default(), world.now());
        let more = Deed { amount: left + left, key: "more".to_owned(), ..deed.clone() };
        let done = world.service.app.db.write(move |tx| {
            assert!(matches!(by_hand(tx, ByHand::WriteOff, &more, &who, &limits, now)?, Asked::Done(Booked::Refused(NotBooked::NotOwed { .. }))));
            by_hand(tx, ByHand::WriteOff, &deed, &who, &limits, now)?;
            by_hand(tx, ByHand::WriteOff, &deed, &who, &limits, now)
        });
        assert_eq!(done.await.expect("it is decided"), Asked::Done(Booked::Already), "once a key");
        assert_eq!(has(world, &account).await, amounts("0.00", "0.00"));
        assert!(world.cards.turn(&charge, Turn::Lose));
        world.wait(5).await;
        assert_eq!(has(world, &account).await, amounts("0.00", "0.00"), "a lost dispute moves nothing more");
    }

    async fn what_a_live_call_holds_is_not_touched(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        let call = world.call(&account, &["+14155550101"]).await;
        world.wait(10).await;
        let held = world.wallet(&account).await.reserved;
        assert!(world.cards.turn(&charge, Turn::Dispute));
        // The first promise is held against every second of it.
        world.wait(30).await;
        let wallet = world.wallet(&account).await;
        assert!(wallet.reserved == held && wallet.posted >= held && wallet.debt.is_positive(), "{wallet:?}");
        world.hang_up(&call).await;
        world.until_settled(&call).await;
        let after = world.wallet(&account).await;
        assert_eq!((after.available(), after.debt.is_positive()), (Money::ZERO, true), "what the call left repays the debt");
        assert_eq!(after.debt, wallet.debt - (held - cost(world, &call).await));
        assert_eq!(repaid(world, &account).await, [Money::ZERO], "it is told, and moves nothing of what is the account's");
    }

    async fn a_warning_and_an_inquiry_take_nothing_and_the_charge_can_be_given_back_in_time(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        assert!(world.cards.turn(&charge, Turn::Warn));
        world.wait(5).await;
        assert!(world.cards.turn(&charge, Turn::Inquire));
        world.wait(5).await;
        assert_eq!(has(world, &account).await, amounts("1.01", "0.00"));
        assert!(is_paused(world, &account).await);
        let mut phases: Vec<_> = all_disputes(world).await.into_iter().map(|one| (one.phase, one.amount.to_string())).collect();
        phases.sort();
        let one = "1.00".to_owned();
        assert_eq!(phases, [(Phase::Warning, one.clone()), (Phase::Inquiry, one)]);
        assert!(world.cards.turn(&charge, Turn::Win), "the inquiry comes to nothing");
        world.wait(5).await;
        assert!(matches!(give_back(world, &account, &charge, "1.00", "first").await, Refunded::Begun(_)));
        world.wait(5).await;
        assert_eq!(has(world, &account).await, amounts("0.01", "0.00"));
    }

    async fn messages_that_come_twice_late_and_in_another_order_move_it_once(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        world.cards.fault(Fault { times: 1, ..messages("dispute.created", FaultKind::DelayWebhook { seconds: 40 }) });
        world.cards.fault(Fault { times: 1, ..messages("funds_withdrawn", FaultKind::DelayWebhook { seconds: 20 }) });
        world.cards.fault(messages("charge.dispute", FaultKind::DuplicateWebhook));
        assert!(world.cards.turn(&charge, Turn::Dispute) && world.cards.turn(&charge, Turn::Win));
        world.wait(60).await;
        assert_eq!(has(world, &account).await, amounts("1.01", "0.00"));
        assert_eq!(all_disputes(world).await.remove(0).phase, Phase::Won);
        let dispute = all_disputes(world).await.remove(0);
        assert_eq!(dispute.taken, dispute.returned);
    }

    async fn a_refund_made_at_the_processors_page_leaves_the_wallet_and_comes_back_if_it_fails(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        let made = world.at_the_processor("refunds", &format!("payment_intent={charge}&amount=70")).await;
        let id = made["id"].as_str().expect("it has a name").to_owned();
        world.wait(5).await;
        assert_eq!(has(world, &account).await, amounts("0.31", "0.00"));
        let refused = give_back(world, &account, &charge, "0.40", "ours").await;
        assert!(matches!(refused, Refunded::Refused(_)), "of the charge 0.30 are left: {refused:?}");
        assert!(matches!(give_back(world, &account, &charge, "0.30", "the rest").await, Refunded::Begun(_)));
        world.wait(5).await;
        assert_eq!(has(world, &account).await, amounts("0.01", "0.00"), "ours is not taken for another's");
        assert!(world.cards.end_refund(&id, talktime::sandbox::cards::RefundEnd::Fails));
        world.wait(5).await;
        assert_eq!(has(world, &account).await, amounts("0.71", "0.00"));
        assert_eq!(differences(world).await, []);
    }

    async fn what_is_told_before_its_top_up_is_credited_is_taken_when_it_is(world: World) {
        let account = world.caller("0").await;
        let (id, url) = opened(world, &account, top_up(false)).await;
        world.cards.fault(messages("GET /v1/checkout/sessions", FaultKind::LostBefore));
        for late in ["payment_intent", "checkout.session"] {
            world.cards.fault(messages(late, FaultKind::DelayWebhook { seconds: 60 }));
        }
        pay(world, &id, &url, GOOD_CARD).await;
        let charge = world.cards.charges().remove(0).payment_intent;
        world.at_the_processor("refunds", &format!("payment_intent={charge}&amount=300")).await;
        assert!(world.cards.turn(&charge, Turn::Dispute));
        world.wait(30).await;
        let mut told: Vec<_> = strays(world).await.into_iter().map(|one| (one.what, one.done)).collect();
        told.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(told, [("dispute".to_owned(), None), ("refund".to_owned(), None)]);
        assert_eq!(has(world, &account).await, amounts("0.00", "0.00"));
        world.wait(60).await;
        assert!(strays(world).await.iter().all(|one| one.assigned_to.as_ref() == Some(&account)));
        assert_eq!(has(world, &account).await, amounts("0.00", "3.00"), "10.00 came, and 13.00 went");
        assert!(world.cards.turn(&charge, Turn::Win));
        world.wait(5).await;
        assert_eq!(has(world, &account).await, amounts("7.00", "0.00"));
        assert_eq!(differences(world).await, []);
    }

    async fn clearing_drains_to_nothing_when_everything_is_paid_out(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        let (_, other) = charged(world, "pm_card_visa").await;
        crate::refunds::begun(world, &account, &charge, "0.40").await;
        assert!(world.cards.turn(&other, Turn::Dispute));
        world.wait(10).await;
        assert_eq!(owed(world).await, 600_000, "two charges less a refund and a dispute, and no fees yet");
        assert!(world.cards.pay_out("usd") < 0, "the fee of the dispute is more than that");
        assert_eq!(differences(world).await, []);
        assert_eq!(owed(world).await, 0);
        assert_eq!(differences(world).await, [], "a statement that is read again books nothing again");
        assert_eq!(owed(world).await, 0);
    }

    async fn what_was_told_while_nobody_listened_is_asked_for(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        let (_, other) = charged(world, "pm_card_visa").await;
        world.cards.fault(messages("", FaultKind::DropWebhook));
        assert!(world.cards.turn(&other, Turn::Dispute));
        world.at_the_processor("refunds", &format!("payment_intent={charge}&amount=70")).await;
        world.pass(TimeDelta::hours(7)).await;
        assert_eq!((has(world, &account).await, all_disputes(world).await.len()), (amounts("1.01", "0.00"), 0));
        for _ in 0..2 {
            enqueue(world, Job::CatchUp).await;
            world.pass(TimeDelta::seconds(30)).await;
            assert_eq!(has(world, &account).await, amounts("0.31", "0.00"));
            assert_eq!(all_disputes(world).await.remove(0).phase, Phase::NeedsResponse);
        }
        assert_eq!(differences(world).await, []);
    }

    async fn a_refund_that_comes_before_its_charge_is_booked_is_heard_later(world: World) {
        let (account, charge) = charged_unheard(world).await;
        world.at_the_processor("refunds", &format!("payment_intent={charge}&amount=70")).await;
        world.wait(120).await;
        assert_eq!(has(world, &account).await, amounts("0.31", "0.00"));
        let id = account.clone();
        let found = world.service.app.db.read(move |tx| refunds::of_charge(tx, &id, &charge)).await;
        assert_eq!(found.map_err(|error: StorageError| error).expect("they are read").len(), 1);
    }

    async fn a_dispute_that_comes_before_its_charge_is_booked_is_heard_later(world: World) {
        let (account, charge) = charged_unheard(world).await;
        assert!(world.cards.turn(&charge, Turn::Dispute));
        world.wait(120).await;
        assert_eq!(has(world, &account).await, amounts("0.01", "0.00"));
        assert!(is_paused(world, &account).await && all_disputes(world).await.remove(0).account == account);
        assert_eq!(differences(world).await, []);
    }

    async fn what_a_bank_takes_of_a_top_up_that_is_not_credited_yet_is_taken_when_it_is(world: World) {
        let account = world.caller("0.01").await;
        let wish = serde_json::json!({ "purpose": "top_up", "amount": "5.00", "key": "up" });
        let begun = crate::two_persons::api(world, &format!("accounts/{account}/checkouts"), wish).await.1;
        let id = begun["id"].as_str().expect("it has a name").to_owned();
        world.wait(5).await;
        let seen = crate::two_persons::shown(world, &format!("checkouts/{id}")).await;
        // Neither messages nor looks tell that it is paid.
        world.cards.fault_of(&account, messages("", FaultKind::DropWebhook));
        world.cards.fault_of(&account, messages("GET", FaultKind::LostBefore));
        world.person().type_card(seen["url"].as_str().expect("it is open"), "4242424242424242").await;
        let charge = world.cards.charges().remove(0).payment_intent;
        world.at_the_processor("refunds", &format!("payment_intent={charge}&amount=70")).await;
        assert!(world.cards.turn(&charge, Turn::Dispute));
        world.wait(5).await;
        let kept = crate::two_persons::shown(world, "unassigned").await;
        assert_eq!(kept["items"].as_array().map(Vec::len), Some(2), "nobody's, as far as is known: {kept}");
        for _ in 0..2 {
            enqueue(world, Job::CatchUp).await;
            world.pass(TimeDelta::seconds(30)).await;
            assert_eq!(has(world, &account).await, amounts("0.00", "0.69"));
            assert_eq!(all_disputes(world).await.remove(0).phase, Phase::NeedsResponse);
        }
        let kept = crate::two_persons::shown(world, "unassigned").await;
        let done = |one: &serde_json::Value| one["done"].as_str().is_some_and(|note| note.contains(&account));
        assert!(kept["items"].as_array().is_some_and(|all| all.iter().all(done)), "{kept}");
        assert_eq!(differences(world).await, []);
    }

    async fn what_is_missed_of_one_account_and_comes_too_early_keeps_nobody_elses_from_being_heard(world: World) {
        let (account, charge) = charged(world, "pm_card_visa").await;
        let other = world.caller("0.01").await;
        world.agree(&other, &["pm_card_visa"]).await;
        world.cards.fault(Fault { times: 999, ..messages("", FaultKind::DropWebhook) });
        // The charge is made, and what became of it cannot be learned yet.
        world.cards.fault(Fault { times: 1, ..messages("/confirm", FaultKind::LostAfter) });
        for asked in ["GET /v1/payment_intents", "/cancel"] {
            world.cards.fault_of(&other, Fault { times: 999, ..messages(asked, FaultKind::LostBefore) });
        }
        world.dial(&other, &["+14155550101"]).await;
        world.wait(2).await;
        let doubtful = world.twin().charged(&other).remove(0).0;
        // Its success is further back than one page of what was told.
        for _ in 0..25 {
            let body = "amount=100&currency=usd&payment_method=pm_card_visa&confirm=true&metadata[attempt]=another";
            world.at_the_processor("payment_intents", body).await;
        }
        assert!(world.cards.turn(&doubtful, Turn::Dispute));
        world.at_the_processor("refunds", &format!("payment_intent={charge}&amount=70")).await;
        enqueue(world, Job::CatchUp).await;
        world.pass(TimeDelta::seconds(30)).await;
        assert_eq!(has(world, &account).await, amounts("0.31", "0.00"), "a refund that was told later");
        assert_eq!(has(world, &other).await, amounts("0.01", "0.00"), "credited, and taken back");
        assert_eq!(all_disputes(world).await.len(), 1);
    }
}

/// A charge that is made, and that nobody of us knows of for a while.
async fn charged_unheard(world: &mut World) -> (String, String) {
    let account = world.caller("0.01").await;
    world.agree(&account, &["pm_card_visa"]).await;
    world.cards.fault(Fault { times: 1, ..messages("/confirm", FaultKind::LostAfter) });
    world.cards.fault(Fault { times: 4, ..messages("GET /v1/payment_intents", FaultKind::LostBefore) });
    let late = messages("payment_intent.succeeded", FaultKind::DelayWebhook { seconds: 60 });
    world.cards.fault(Fault { times: 1, ..late });
    world.dial(&account, &["+14155550101"]).await;
    world.wait(2).await;
    (account, world.cards.charges().remove(0).payment_intent)
}
