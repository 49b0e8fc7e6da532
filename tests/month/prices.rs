//! What calls cost, computed by nobody's code but this from the plans of the month; and that promotional credit and
//! bundles are spent first, end at their time and pay for nothing else.

use std::collections::BTreeMap;

use crate::books::{Books, SECOND, moment};
use crate::bounds::number_in;
use crate::plans::plan_of;
use crate::size::{Chance, Size};

pub fn prices_agree(books: &mut Books, size: Size) {
    legs_cost_what_their_plans_say(books, size);
    promotional_credit_is_spent_first(books);
    minutes_end_at_their_time(books);
}

fn legs_cost_what_their_plans_say(books: &mut Books, size: Size) {
    let columns =
        ["a.email", "c.request_key", "l.started_at", "l.billed_seconds", "l.carrier_seconds", "l.cost", "b.used"];
    let from = "legs l JOIN calls c ON c.id = l.call_id JOIN accounts a ON a.id = l.account_id
        LEFT JOIN (SELECT leg_id, SUM(seconds) AS used FROM bundle_seconds GROUP BY leg_id) b ON b.leg_id = l.id
        WHERE l.started_at IS NOT NULL";
    let mut costs = BTreeMap::<&str, (usize, i64)>::new();
    for [email, key, started, billed, carrier, cost, used] in books.rows(columns, from) {
        let chapter = number_in(&key) / size.calls_in_chapter();
        let plan = plan_of(Chance { seed: size.seed, account: number_in(&email) }, chapter);
        let number = |text: &str| text.parse::<i64>().unwrap_or_default();
        let (billed, carrier, cost, used) = (number(&billed), number(&carrier), number(&cost), number(&used));
        let exact =
            i128::from((plan.cost)(moment(&started).div_euclid(SECOND) + used, billed)) * i128::from(10_000 + plan.tax);
        let expected = (exact + 599_999) / 600_000;
        assert_eq!(
            i128::from(cost),
            expected,
            "{email}'s {key} under {}: {billed} s from {started} + {used} s",
            plan.name
        );
        let most = (carrier + plan.step - 1) / plan.step * plan.step;
        assert!(billed < (most - used).max(0) + plan.step, "{email}'s {key}: {billed} s of {carrier} s and {used} s");
        let (count, sum) = costs.entry(plan.name).or_default();
        (*count, *sum) = (*count + 1, *sum + cost);
    }
    println!("legs, and what they cost, by plans {costs:?}");
}

/// What happens to an account's promotional credit in one moment.
#[derive(Default)]
struct Moment {
    granted: i64,
    left: i64,
    /// A call is settled, and takes cash.
    cash: bool,
}

/// A settlement that takes cash leaves no promotional credit.
fn promotional_credit_is_spent_first(books: &mut Books) {
    let columns = ["account_id", "at", "fact_key", "debit", "credit", "amount"];
    let from = "transfers WHERE debit LIKE 'promo:%' OR credit LIKE 'promo:%' OR fact_key LIKE '%leg:%'";
    let mut moments = BTreeMap::<(String, String), Moment>::new();
    let mut spent = 0;
    for [account, at, fact, debit, credit, amount] in books.rows(columns, from) {
        let amount: i64 = amount.parse().expect("a number");
        let moment = moments.entry((account, at)).or_default();
        moment.cash |= fact.contains("leg:") && debit.starts_with("wallet:");
        if credit.starts_with("promo:") {
            moment.granted += amount;
        } else if debit.starts_with("promo:") {
            let for_calls = credit == "revenue:calls" || credit.starts_with("tax:");
            assert!(for_calls || credit == "expense:promo", "promotional credit went to {credit} by {fact}");
            moment.left -= amount;
            spent += if for_calls { amount } else { 0 };
        }
    }
    // They are in the order of accounts, and of each in that of time.
    let mut last = (String::new(), 0);
    for ((account, at), moment) in &mut moments {
        let before = if last.0 == *account { last.1 } else { 0 };
        moment.left += before + moment.granted;
        last = (account.clone(), moment.left);
        assert!(moment.left >= 0, "more was spent than granted at {at}");
        let is_kept = moment.cash && moment.granted == 0 && moment.left > 0;
        assert!(!is_kept, "cash was taken before promotional credit from {account} at {at}");
    }
    let left: BTreeMap<&str, i64> =
        moments.iter().map(|((account, _), moment)| (account.as_str(), moment.left)).collect();
    let (granted, left): (i64, i64) = (moments.values().map(|moment| moment.granted).sum(), left.values().sum());
    println!("promotional credit: granted {granted}, spent {spent}, left at the end {left}");
    assert_eq!(left, 0, "all of it has ended");
}

fn minutes_end_at_their_time(books: &mut Books) {
    let held = "bundle_seconds s JOIN bundles b ON b.id = s.bundle_id JOIN calls c ON c.id = s.call_id";
    let late = books.rows(["s.leg_id"], &format!("{held} WHERE c.created_at >= b.expires_at"));
    assert!(late.is_empty(), "dialled when the bundle was over: {late:?}");
    let early = books.rows(["s.leg_id"], &format!("{held} WHERE c.settled_at < b.bought_at"));
    assert!(early.is_empty(), "used before it was bought: {early:?}");
    let used = books.rows(["COUNT(*)", "COALESCE(SUM(s.seconds), 0)"], "bundle_seconds s");
    println!("bundles {:?}, used by {used:?}", books.counts("b.name", "bundles b"));
}
