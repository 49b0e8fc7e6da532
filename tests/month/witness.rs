//! The witness: what was really taken, given back and rung, by the sandboxes' own lists, held against the books.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use talktime::domain::reconcile::{Difference, Side, Span};
use talktime::jobs::{reconcile, reconcile_calls};
use talktime::sandbox::cards::Charge;
use talktime::sandbox::carrier::Misbilling;

use crate::books::Books;
use crate::bounds::bounds_were_kept;
use crate::prices::prices_agree;
use crate::returns::{OnlyTheirs, returns_agree};
use crate::size::Size;
use crate::support::World;

/// How much of everything there was.
pub fn report(world: &World, books: &mut Books, size: Size) {
    println!("{size:?}");
    println!("calls {:?}", books.counts("c.end_reason", "calls c"));
    println!("payments {:?}", books.counts("p.state || ' ' || COALESCE(p.verdict, '-')", "payments p"));
    println!("visits {:?}", books.counts("c.purpose || ' ' || c.state", "checkouts c"));
    println!("refunds {:?}", books.counts("r.state", "refunds r"));
    println!("vouchers {:?}", books.counts("v.state", "vouchers v"));
    println!("cash {:?}", books.counts("c.state", "cash_receipts c"));
    println!("disputes {:?}", books.counts("d.phase", "disputes d"));
    let owed = ["owed:", "debt:", "writeoff:"].map(|fact| {
        let facts = books.transfers().into_iter().filter(|transfer| transfer.fact.starts_with(fact));
        facts.map(|transfer| transfer.micros).sum::<i64>()
    });
    println!("owed for what was taken back {}, repaid by later credits {}, given up {}", owed[0], owed[1], owed[2]);
    println!("refused {:?}", books.counts("r.deed || ' ' || r.code", "refusals r"));
    println!("unassigned {:?}", books.counts("u.what", "unassigned u"));
    println!("charges {}, carrier's calls {}", world.cards.charges().len(), world.carrier.calls().len());
}

pub async fn testify(world: &World, books: &mut Books, size: Size) {
    everything_is_over(books);
    prices_agree(books, size);
    bounds_were_kept(books, size);
    money_came_in_once(world, books);
    let credited = credited(books);
    let theirs = returns_agree(world, books, &credited);
    nights_told_nothing_else(world, books, &theirs);
    statements_differ_as_planted(world, &theirs).await;
    clearing_drains(world, books, &theirs).await;
    the_carrier_agrees(world, books);
    lists_differ_as_planted(world).await;
}

fn everything_is_over(books: &mut Books) {
    for (what, open) in [
        ("calls", "phase <> 'settled'"),
        ("payments", "state NOT IN ('credited', 'failed', 'canceled', 'quarantined')"),
        ("checkouts", "state NOT IN ('complete', 'expired', 'failed', 'quarantined')"),
        ("refunds", "state NOT IN ('succeeded', 'failed', 'pending')"),
        ("cash_receipts", "state <> 'credited'"),
    ] {
        let left = books.rows(["id"], &format!("{what} WHERE {open}"));
        assert!(left.is_empty(), "{what} that never ended: {left:?}");
    }
}

/// What the books asked of the processor, by its name of it: micro-units, currency and customer.
fn asked(books: &mut Books) -> BTreeMap<String, (i64, String, String)> {
    let mut rows =
        books.rows(["reference", "amount", "currency", "customer_ref"], "payments WHERE reference IS NOT NULL");
    let paid = "checkouts WHERE paid_by IS NOT NULL AND amount IS NOT NULL";
    rows.extend(books.rows(["paid_by", "amount", "currency", "customer_ref"], paid));
    let asked = |[reference, amount, currency, customer]: [String; 4]| {
        (reference, (amount.parse().expect("a number"), currency.to_lowercase(), customer))
    };
    rows.into_iter().map(asked).collect()
}

/// What was credited for each charge, whether it reached the wallet or repaid a debt.
fn credited(books: &mut Books) -> BTreeMap<String, i64> {
    let mut credited = BTreeMap::new();
    for transfer in books.transfers() {
        let charge = ["credit:stripe:", "debt:stripe:"].iter().find_map(|begins| transfer.fact.strip_prefix(begins));
        if let Some(charge) = charge {
            *credited.entry(charge.to_owned()).or_default() += transfer.micros;
        }
    }
    credited
}

/// Cents, as all of the month is in dollars.
pub fn micros(minor: i64) -> i64 {
    minor * 10_000
}

fn money_came_in_once(world: &World, books: &mut Books) {
    let (asked, credited) = (asked(books), credited(books));
    let charges: Vec<Charge> =
        world.cards.charges().into_iter().filter(|charge| !charge.metadata.contains_key("application")).collect();
    let attempt = |charge: &Charge| {
        let named = |name: &str| charge.metadata.get(name).cloned();
        named("attempt").or_else(|| named("checkout")).expect("a charge says what it is for")
    };
    let mut attempts = BTreeMap::<String, usize>::new();
    charges.iter().for_each(|charge| *attempts.entry(attempt(charge)).or_default() += 1);
    let twice: Vec<_> = attempts.iter().filter(|(_, times)| **times > 1).collect();
    let taken: BTreeSet<&String> = charges.iter().map(|charge| &charge.payment_intent).collect();
    let from_nothing: Vec<_> = credited.keys().filter(|charge| !taken.contains(charge)).collect();
    println!(
        "successful charges beyond one an attempt: {}; credits without a charge: {}",
        twice.len(),
        from_nothing.len()
    );
    assert!(twice.is_empty() && from_nothing.is_empty(), "charged twice: {twice:?}; out of nothing: {from_nothing:?}");

    nobody_was_charged_for_one_thing_twice(books);

    // The only differences are the wrong amounts, currencies and customers that the faults made.
    let is_as_asked = |charge: &&Charge| {
        let (amount, currency, customer) = &asked[&charge.payment_intent];
        micros(charge.amount) == *amount && charge.currency == *currency && charge.customer.as_ref() == Some(customer)
    };
    let (right, wrong): (Vec<&Charge>, Vec<&Charge>) = charges.iter().partition(is_as_asked);
    for charge in &right {
        let booked = credited.get(&charge.payment_intent).copied().unwrap_or_default();
        assert_eq!(booked, micros(charge.amount), "a charge is credited as it is: {charge:?}");
    }
    let wrong: BTreeSet<String> = wrong.into_iter().map(|charge| charge.payment_intent.clone()).collect();
    let quarantined = books.rows(["reference"], "payments WHERE state = 'quarantined'");
    let quarantined: BTreeSet<String> = quarantined.into_iter().map(|[reference]| reference).collect();
    println!("quarantined: {}, as the faults made them", quarantined.len());
    assert_eq!(quarantined, wrong, "exactly what was taken wrongly waits for a human");
    assert!(wrong.iter().all(|charge| !credited.contains_key(charge)), "and is not credited");
}

/// The comparison with the processor's own statement tells of the charges that faults made wrong, of those that are
/// nobody's, and of nothing else.
async fn statements_differ_as_planted(world: &World, theirs: &OnlyTheirs) {
    let differences = compare(world).await;
    assert_eq!(told(differences), theirs.things, "exactly what the faults planted");
}

async fn compare(world: &World) -> Vec<Difference> {
    let span = Span { from: world.now() - TimeDelta::days(60), to: world.now() + TimeDelta::days(1) };
    let compared = reconcile::payments(&world.service.app, "stripe", span, "witness".to_owned()).await;
    let (made, differences) = compared.expect("the statement is read");
    println!("reconciled with the processor: {} alike, {} differ", made.alike, made.differing);
    differences
}

/// While a charge might still succeed no other of its account was begun.
fn nobody_was_charged_for_one_thing_twice(books: &mut Books) {
    let credits = "t.fact_key IN ('credit:stripe:' || one.reference, 'debt:stripe:' || one.reference)";
    let begun = "other.created_at > one.created_at AND other.created_at < t.at";
    let twice = books.rows(
        ["one.id", "one.created_at", "t.at", "other.id", "other.created_at", "other.state"],
        &format!(
            "payments one JOIN transfers t ON t.account_id = one.account_id AND {credits}
             JOIN payments other ON other.account_id = one.account_id AND {begun}"
        ),
    );
    println!("charges that were begun while another might still succeed: {}", twice.len());
    assert!(twice.is_empty(), "begun while another might still succeed: {twice:#?}");
}

/// Every night what was missed was asked for first, so that only what is nobody's differed, and what errors had kept.
fn nights_told_nothing_else(world: &World, books: &mut Books, theirs: &OnlyTheirs) {
    let nightly = "differences d JOIN reconciliations r ON r.id = d.reconciliation_id WHERE r.actor = 'schedule'";
    let told = books.rows(["r.kind", "d.row_key", "d.side", "d.at", "d.fields"], nightly);
    // What was taken of nobody's money and came back later, was told of when it was taken.
    let disputes = world.cards.told("charge.dispute.funds_reinstated");
    let won: BTreeSet<String> = disputes
        .iter()
        .filter_map(|one| one["data"]["object"]["id"].as_str())
        .map(|id| format!("dispute {id}"))
        .collect();
    // What the processor has an error for whenever it is asked is ours alone until we give it up, in the day after.
    let given_up = books.rows(["id"], "refunds WHERE verdict = 'never_arrived'");
    let given_up: BTreeSet<String> = given_up.into_iter().map(|[id]| format!("refund {id}")).collect();
    let is_planted = |key: &String, side: &str| match side {
        "theirs" => theirs.things.contains(&(key.clone(), "theirs")) || won.contains(key),
        "ours" => given_up.contains(key),
        _ => false,
    };
    let others: Vec<_> =
        told.iter().filter(|[kind, key, side, ..]| kind != "payments" || !is_planted(key, side)).collect();
    println!(
        "nightly comparisons {}, of which differ {}",
        books.counts("r.kind", "reconciliations r")[1].1,
        told.len()
    );
    assert!(others.is_empty(), "a night told of {others:#?}");
}

/// What differs, and on which side.
fn told(differences: Vec<Difference>) -> BTreeSet<(String, &'static str)> {
    let told = differences.into_iter().map(|one| {
        let side = match one.side {
            Side::Ours => "ours",
            Side::Theirs => "theirs",
            Side::Both => "both",
        };
        (one.key, side)
    });
    told.collect()
}

/// The carrier bills, forgets and invents a few calls, and its list tells of exactly these.
async fn lists_differ_as_planted(world: &World) {
    let mut talked = world.carrier.calls().into_iter().filter(|call| call.duration.is_some()).map(|call| call.sid);
    let mut planted = BTreeSet::new();
    for _ in 0..3 {
        let mut next = || talked.next().expect("there were calls enough");
        let (longer, dearer, forgotten) = (next(), next(), next());
        world.carrier.misbill(&longer, Misbilling::Seconds(2_000));
        world.carrier.misbill(&dearer, Misbilling::Price(5_000));
        world.carrier.forget(&forgotten);
        let stray = world.carrier.stray_call("+4930123456", 95);
        planted.extend([(longer, "both"), (dearer, "both"), (forgotten, "ours"), (stray, "theirs")]);
    }
    let span = Span { from: world.now() - TimeDelta::days(60), to: world.now() + TimeDelta::days(1) };
    let compared = reconcile_calls::calls(&world.service.app, span, "witness".to_owned()).await;
    let (made, differences) = compared.expect("the carrier's list is read");
    println!("reconciled with the carrier: {} alike, {} differ", made.alike, made.differing);
    assert_eq!(told(differences), planted, "exactly what was planted");
}

/// When everything is paid out, fees, refunds and disputes with it, there is nothing left but what is nobody's, which was
/// paid out, too.
async fn clearing_drains(world: &World, books: &mut Books, theirs: &OnlyTheirs) {
    for currency in ["usd", "eur"] {
        let last = world.cards.pay_out(currency);
        compare(world).await;
        let left = in_clearing(books, &currency.to_uppercase());
        let nobodys = theirs.amounts.get(currency).copied().unwrap_or_default();
        println!("clearing of {currency} after a last payout of {last} cents: {left}, and nobody's {nobodys}");
        assert_eq!(left + nobodys, 0, "the clearing drains");
    }
}

/// Customers' transfers and the house's.
fn in_clearing(books: &mut Books, currency: &str) -> i64 {
    let sides = "SUM(CASE WHEN debit = 'clearing:stripe' THEN amount ELSE 0 END - CASE WHEN credit = 'clearing:stripe' THEN amount ELSE 0 END)";
    let parts = ["transfers", "house_transfers"].map(|table| {
        let sum = format!("COALESCE(CAST({sides} AS BIGINT), 0)");
        let rows = books.rows([sum.as_str()], &format!("{table} WHERE currency = '{currency}'"));
        rows[0][0].parse::<i64>().expect("a number")
    });
    parts.iter().sum()
}

/// No phone rang that is not in the books, and each was up for as long as they say.
fn the_carrier_agrees(world: &World, books: &mut Books) {
    let legs = books.rows(["call_sid", "carrier_seconds"], "legs WHERE call_sid IS NOT NULL");
    let mut legs: BTreeMap<String, String> = legs.into_iter().map(|[sid, seconds]| (sid, seconds)).collect();
    let mut differ = vec![];
    for call in world.carrier.calls() {
        let theirs = call.duration.map_or("0".to_owned(), |seconds| seconds.to_string());
        let ours = legs.remove(&call.sid);
        if ours.as_ref().is_none_or(|ours| *ours != theirs && !(ours == "-" && theirs == "0")) {
            differ.push(format!("{} to {} {:?}: {theirs} s there, {ours:?} here", call.sid, call.to, call.status));
        }
    }
    assert!(differ.is_empty() && legs.is_empty(), "the carrier differs: {differ:#?}, {legs:?}");
}
