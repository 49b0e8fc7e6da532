//! Statements by the month: whatever moved a balance stands in them once, and they add up to the ledger.

use serde_json::Value;
use talktime::domain::money::Money;
use talktime::domain::recharge::Agreement;
use talktime::domain::statement::Month;
use talktime::flows::change_terms::{TermsChanged, change_terms};
use talktime::flows::debit::debit_account;
use talktime::flows::refund::{RefundWish, Refunded, refund};
use talktime::flows::statement::{Statement, statement};
use talktime::storage::{Tx, accounts, payments};

use super::api::get;
use crate::on_both_databases;
use crate::support::World;

fn money(value: &Value) -> Money {
    value.as_str().expect("a string").parse().expect("an amount")
}

async fn of(world: &World, account: &str, month: &str, after: Option<String>, most: i64) -> Statement {
    let (account, month) = (account.to_owned(), month.parse::<Month>().expect("a month"));
    let read = move |tx: &mut Tx| statement(tx, &account, month, after.as_deref(), most);
    world.service.app.db.read(read).await.expect("it is read")
}

/// A call of some seconds with tax, during which a card is charged, a part of that given back, and a debit by hand.
async fn a_full_month(world: &mut World) -> String {
    let (timing, now) = (world.service.app.config.rules.timing, world.now());
    let change = move |tx: &mut Tx| {
        let plan = accounts::plan_by_name(tx, "standard")?.expect("the plan is there");
        change_terms(tx, &plan.id, &vec![("taxes".to_owned(), "* 10".to_owned())], "story", &timing, now)
    };
    assert!(matches!(world.service.app.db.write(change).await, Ok(TermsChanged::Now(_))));
    let account = world.caller("0.40").await;
    world.agree(&account, &["pm_card_visa"]).await;
    world.agree_to(&account, Agreement::of("1.00".parse().expect("an amount"))).await;
    let call = world.call(&account, &["+14155550101"]).await;
    world.wait(60).await;
    world.hang_up(&call).await;
    world.until_settled(&call).await;
    let (id, now, forms) = (account.clone(), world.now(), world.service.app.forms.clone());
    let give_back = move |tx: &mut Tx| {
        let paid = payments::list(tx, Some(&id), 1)?.remove(0);
        let wish = RefundWish {
            account: id,
            charge: paid.reference.expect("it is credited"),
            amount: "0.10".parse().expect("an amount"),
            reason: "goodwill".to_owned(),
            key: "key".to_owned(),
            actor: "story".to_owned(),
        };
        refund(tx, &wish, &forms, now)
    };
    assert!(matches!(world.service.app.db.write(give_back).await, Ok(Refunded::Begun(_))));
    let (id, now) = (account.clone(), world.now());
    let debit =
        move |tx: &mut Tx| debit_account(tx, &id, "key", "0.05".parse().expect("an amount"), "a letter", "story", now);
    world.service.app.db.write(debit).await.expect("it is debited");
    account
}

on_both_databases! {
    async fn every_movement_of_a_month_is_in_it_once_and_the_figures_add_up_to_the_ledger(world: World) {
        let account = a_full_month(world).await;
        let whole = of(world, &account, "2026-11", None, 100).await;
        let wallet = world.wallet(&account).await;
        assert_eq!((whole.opening, whole.closing), (Money::ZERO, wallet.posted - wallet.debt));
        assert_eq!(whole.opening + whole.total(), whole.closing);
        let lines: Money = whole.lines.iter().map(|line| line.amount).sum();
        assert_eq!(whole.opening + lines, whole.closing);
        let kinds: Vec<_> = whole.sums.iter().map(|sum| (sum.kind.code(), sum.count)).collect();
        assert_eq!(kinds, [("card_charge", 1), ("credit", 1), ("call", 2), ("tax", 2), ("refund", 1), ("debit", 1)]);
        for sum in &whole.sums {
            let lines = whole.lines.iter().filter(|line| line.kind == sum.kind);
            assert_eq!(lines.map(|line| line.amount).sum::<Money>(), sum.amount, "{sum:?}");
        }
        let call = whole.lines.iter().find(|line| line.kind.code() == "call" && line.leg.as_ref().is_some_and(|leg| leg.number == "+14155550101"));
        let leg = call.and_then(|line| line.leg.clone()).expect("the call is there with its leg");
        assert_eq!(leg.destination, "United States");
        assert!((58..=62).contains(&leg.billed_seconds), "{leg:?}");
    }

    async fn a_month_begins_with_what_the_one_before_ended_with(world: World) {
        let account = a_full_month(world).await;
        let (id, later) = (account.clone(), "2026-12-03T10:00:00Z".parse().expect("a time"));
        let debit = move |tx: &mut Tx| debit_account(tx, &id, "later", "0.01".parse().expect("an amount"), "a stamp", "story", later);
        world.service.app.db.write(debit).await.expect("it is debited");
        let (november, december) = (of(world, &account, "2026-11", None, 100).await, of(world, &account, "2026-12", None, 100).await);
        assert_eq!((december.opening, december.lines.len()), (november.closing, 1));
        assert_eq!(december.closing, world.wallet(&account).await.posted);
        let october = of(world, &account, "2026-10", None, 100).await;
        assert!(october.closing == Money::ZERO && october.lines.is_empty() && october.sums.is_empty());
    }

    async fn page_by_page_it_is_the_same_for_programs_too(world: World) {
        let account = a_full_month(world).await;
        let whole = of(world, &account, "2026-11", None, 100).await;
        let place = format!("/api/v1/accounts/{account}/statements/2026-11");
        let service = world.service.app.config.public_url.as_str();
        let (mut found, mut after) = (vec![], String::new());
        loop {
            let (status, page) = get(service.into(), format!("{place}?limit=2{after}")).await;
            assert_eq!((status, &page["time_zone"]), (200, &"UTC".into()), "{page}");
            assert_eq!((money(&page["opening"]), money(&page["closing"])), (whole.opening, whole.closing));
            found.extend(page["items"].as_array().expect("items").clone());
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        let ids: Vec<_> = found.iter().map(|item| item["id"].as_str().expect("an id")).collect();
        assert_eq!(ids, whole.lines.iter().map(|line| line.entry.id.as_str()).collect::<Vec<_>>());
        assert_eq!(found.iter().map(|item| money(&item["amount"])).sum::<Money>(), whole.closing);
        for nothing in ["2027-01", "2026-13", "x"] {
            let (status, _) = get(service.into(), format!("/api/v1/accounts/{account}/statements/{nothing}")).await;
            assert_eq!(status, 404, "{nothing}");
        }
    }
}
