//! What the processor's own messages say of money that went back, and of money that is nobody's, held against the books:
//! refunds whoever made them, disputes, warnings, and what no account was credited with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::books::Books;
use crate::support::World;
use crate::witness::micros;

/// A charge taken back, as the processor told of it last.
struct Disputed {
    charge: String,
    currency: String,
    taken: i64,
    returned: i64,
    phase: &'static str,
}

/// What is told as only theirs, and how much of each currency, in small letters, it is.
#[derive(Default)]
pub struct OnlyTheirs {
    pub things: BTreeSet<(String, &'static str)>,
    pub amounts: BTreeMap<String, i64>,
}

/// `credited`: the charges that accounts of ours were credited with.
pub fn returns_agree(world: &World, books: &mut Books, credited: &BTreeMap<String, i64>) -> OnlyTheirs {
    let disputes = disputes(world);
    refunds_are_those_of_the_processor(world, books, credited);
    disputes_are_those_of_the_processor(&disputes, books, credited);
    let theirs = only_theirs(world, &disputes, credited);
    nobodys_money_is_kept(world, &disputes, books, credited);
    theirs
}

fn disputes(world: &World) -> BTreeMap<String, Disputed> {
    let told = world.cards.told("charge.dispute").into_iter().chain(world.cards.told("radar.early_fraud_warning"));
    told.map(|message| disputed(&message["data"]["object"])).collect()
}

fn disputed(object: &Value) -> (String, Disputed) {
    let text = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
    let lines = object["balance_transactions"].as_array().cloned().unwrap_or_default();
    let amounts: Vec<i64> = lines.iter().filter_map(|line| line["amount"].as_i64()).collect();
    let phase = match object["status"].as_str() {
        None => "warning",
        Some("warning_needs_response") => "inquiry",
        Some("warning_closed") => "closed",
        Some("won") => "won",
        Some("lost") => "lost",
        Some(_) => "needs_response",
    };
    let sum = |sign: i64| micros(amounts.iter().filter(|amount| amount.signum() == sign).sum::<i64>() * sign);
    let disputed = Disputed {
        charge: text("payment_intent"),
        currency: text("currency"),
        taken: sum(-1),
        returned: sum(1),
        phase,
    };
    (text("id"), disputed)
}

fn refunds_are_those_of_the_processor(world: &World, books: &mut Books, credited: &BTreeMap<String, i64>) {
    let rows = books.rows(["id", "amount"], "refunds WHERE state <> 'failed'");
    let ours: BTreeMap<String, i64> =
        rows.into_iter().map(|[id, amount]| (id, amount.parse().expect("a number"))).collect();
    let theirs = world.cards.refunds().into_iter().filter(|refund| refund.status != "failed");
    let theirs = theirs.filter(|refund| credited.contains_key(&refund.payment_intent));
    // By our name of those that we asked for, by the processor's of the others.
    let given =
        theirs.map(|refund| (refund.metadata.get("refund").unwrap_or(&refund.id).clone(), micros(refund.amount)));
    assert_eq!(ours, given.collect(), "what the books gave back is what the processor did");
}

fn disputes_are_those_of_the_processor(
    disputes: &BTreeMap<String, Disputed>,
    books: &mut Books,
    credited: &BTreeMap<String, i64>,
) {
    let columns = ["reference", "charge_ref", "phase", "COALESCE(taken, 0)", "COALESCE(returned, 0)"];
    let ours: BTreeSet<[String; 5]> = books.rows(columns, "disputes").into_iter().collect();
    let of_ours = disputes.iter().filter(|(_, one)| credited.contains_key(&one.charge));
    let theirs = of_ours.map(|(id, one)| {
        [id.clone(), one.charge.clone(), one.phase.to_owned(), one.taken.to_string(), one.returned.to_string()]
    });
    assert_eq!(ours, theirs.collect(), "the books know of each dispute and warning what the processor told last");
}

/// Charges that no account was credited with, and what was given back or taken of them.
fn only_theirs(world: &World, disputes: &BTreeMap<String, Disputed>, credited: &BTreeMap<String, i64>) -> OnlyTheirs {
    let mut theirs = OnlyTheirs::default();
    let mut add = |kind: &str, name: &str, currency: &str, amount: i64| {
        if amount != 0 {
            theirs.things.insert((format!("{kind} {name}"), "theirs"));
            *theirs.amounts.entry(currency.to_owned()).or_default() += amount;
        }
    };
    let is_nobodys = |charge: &String| !credited.contains_key(charge);
    for charge in world.cards.charges().into_iter().filter(|charge| is_nobodys(&charge.payment_intent)) {
        add("charge", &charge.payment_intent, &charge.currency, micros(charge.amount));
    }
    for refund in world.cards.refunds().into_iter().filter(|refund| is_nobodys(&refund.payment_intent)) {
        let amount = if refund.status == "failed" { 0 } else { micros(refund.amount) };
        add("refund", &refund.id, &refund.currency, -amount);
    }
    for (id, dispute) in disputes.iter().filter(|(_, dispute)| is_nobodys(&dispute.charge)) {
        add("dispute", id, &dispute.currency, dispute.returned - dispute.taken);
    }
    theirs
}

/// Somebody is told of all of it, once. What was taken wrongly of a payment of ours is quarantined with that payment.
fn nobodys_money_is_kept(
    world: &World,
    disputes: &BTreeMap<String, Disputed>,
    books: &mut Books,
    credited: &BTreeMap<String, i64>,
) {
    let is_nobodys = |charge: &String| !credited.contains_key(charge);
    let foreign = world.cards.charges().into_iter().filter(|charge| charge.metadata.contains_key("application"));
    let mut theirs: Vec<[String; 2]> = foreign.map(|charge| ["payment".to_owned(), charge.payment_intent]).collect();
    let refunds = world.cards.refunds().into_iter().filter(|refund| is_nobodys(&refund.payment_intent));
    theirs.extend(refunds.map(|refund| ["refund".to_owned(), refund.id]));
    let disputed = disputes.iter().filter(|(_, dispute)| is_nobodys(&dispute.charge));
    theirs.extend(disputed.map(|(id, _)| ["dispute".to_owned(), id.clone()]));
    let mut kept = books.rows(["what", "reference"], "unassigned WHERE done IS NULL");
    theirs.sort();
    kept.sort();
    println!("of nobody's: {} things", kept.len());
    assert_eq!(kept, theirs, "what is nobody's is kept once");
}
