//! The plans of the month and what they offer, when an account is on which, and what it is given: promotional credit and
//! bundles of minutes.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::door::{Door, text};
use crate::life::Life;
use crate::size::Chance;

/// A plan, and what the witness says that seconds of it cost.
pub struct Plan {
    pub name: &'static str,
    /// The only line of its deck; empty for the plan that is there already.
    deck: &'static str,
    terms: &'static str,
    /// What so many billed seconds cost that begin at this second, in micro-units of a minute, before a tax that is added.
    pub cost: fn(start: i64, seconds: i64) -> i64,
    /// Added to it, in hundredths of a per cent.
    pub tax: i64,
    /// In whole steps of so many seconds.
    pub step: i64,
}

const fn plan(name: &'static str, deck: &'static str, terms: &'static str, cost: fn(i64, i64) -> i64) -> Plan {
    Plan { name, deck, terms, cost, tax: 0, step: 1 }
}

pub const PLANS: &[Plan] = &[
    plan("standard", "", "{}", |_, seconds| seconds * 300_000),
    plan("standard", "", "{}", |_, seconds| seconds * 300_000),
    plan("slices", "0.31,,,,,,", r#"{"grant_seconds":120}"#, |_, seconds| seconds * 310_000),
    Plan {
        tax: 725,
        ..plan("taxed", "0.29,,,,,,", r#"{"taxes":"* 7.25","grant_seconds":200}"#, |_, seconds| seconds * 290_000)
    },
    plan("tax inside", "0.30,,,,,,", r#"{"taxes":"* 19 included"}"#, |_, seconds| seconds * 300_000),
    Plan {
        step: 60,
        ..plan("whole minutes", "0.24,0.01,60,60,,,", "{}", |_, seconds| match seconds {
            0 => 0,
            _ => seconds * 240_000 + 60 * 10_000,
        })
    },
    plan("tiers", "0.27,,,,60@0.61/1+0.02; 30@0.11/1,0.75 free,", "{}", |_, seconds| {
        let tiers = [(60, 610_000), (30, 110_000), (i64::MAX, 270_000)];
        let mut left = seconds;
        let parts = tiers.map(|(most, price)| {
            let here = left.min(most);
            left -= here;
            here * price
        });
        let fee = if seconds > 0 { 60 * 20_000 } else { 0 };
        (parts.iter().sum::<i64>() + fee).min(60 * 750_000)
    }),
    plan("ends", "0.33,,,,,0.45 end,", r#"{"grant_seconds":120}"#, |_, seconds| seconds * 330_000),
    plan("hours", "0.20,,,,,,UTC; 06:00-18:00 0.47+0.01", "{}", |start, seconds| {
        let is_day = |at: i64| (6..18).contains(&(at / 3600 % 24));
        let fee = if seconds > 0 && is_day(start) { 60 * 10_000 } else { 0 };
        (start..start + seconds).map(|at| if is_day(at) { 470_000 } else { 200_000 }).sum::<i64>() + fee
    }),
];

const COLUMNS: &str =
    "prefix,destination,price_per_minute,connection_fee,minimum_seconds,increment_seconds,tiers,maximum_cost,bands";

/// Minutes that every plan offers: prefixes, seconds, their steps, days and price.
const OFFERS: &[(&str, i64, i64, i64, &str)] =
    &[("1200", 60, 1, 2, "0.20"), ("1, 44", 150, 30, 3, "0.25"), ("12", 400, 1, 1, "0.90")];

/// What plans offer, by their names.
pub type Offers = BTreeMap<&'static str, Vec<String>>;

pub async fn furnish(door: &Door) -> Offers {
    for plan in PLANS.iter().filter(|plan| !plan.deck.is_empty()) {
        door.done("plans", json!({ "name": plan.name, "currency": "USD" })).await;
        let deck = format!("{COLUMNS}\n1,United States,{}\n", plan.deck);
        door.upload(&format!("decks?plan={}", plan.name.replace(' ', "%20")), deck).await;
    }
    let made = door.get("plans?limit=100").await;
    let mut offers = Offers::new();
    for plan in PLANS {
        let known = made["items"].as_array().expect("a list").iter().find(|made| made["name"] == plan.name);
        let id = text(known.expect("the plan was made"), "id");
        let terms: Value = serde_json::from_str(plan.terms).expect("JSON");
        door.done(&format!("plans/{id}/terms"), terms).await;
        let of_plan = offers.entry(plan.name).or_default();
        for (prefixes, seconds, increment_seconds, days, price) in OFFERS {
            let offer = json!({ "name": format!("{seconds} s to {prefixes}"), "prefixes": prefixes, "seconds": seconds,
                                "increment_seconds": increment_seconds, "days": days, "price": price });
            of_plan.push(text(&door.done(&format!("plans/{id}/bundles"), offer).await, "id"));
        }
    }
    offers
}

/// On which plan an account is in a chapter.
pub fn plan_of(chance: Chance, chapter: u64) -> &'static Plan {
    chance.one_of(PLANS, "plan", chapter)
}

impl Life<'_> {
    pub async fn change_plan(&mut self, chapter: u64) {
        let plan = json!({ "plan": plan_of(self.chance, chapter).name });
        self.door.done(&format!("accounts/{}/plan", self.id), plan).await;
    }

    /// Before a call, or while it runs.
    pub async fn something_is_given(&mut self, when: &str, number: u64) {
        match self.chance.below(14, when, number) {
            0 | 1 => self.be_granted(when, number).await,
            2 => self.have_minutes(when, number, true).await,
            3 => self.have_minutes(when, number, false).await,
            _ => {}
        }
    }

    async fn be_granted(&mut self, when: &str, number: u64) {
        let hours = *self.chance.one_of(&[1, 30, 90], "lasts", number);
        let until = (self.world.now() + TimeDelta::hours(hours)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let amount = *self.chance.one_of(&["0.15", "0.40", "1.10"], "granted", number);
        let promo =
            json!({ "amount": amount, "expires_at": until, "reason": "a welcome", "key": format!("{when} {number}") });
        self.door.done(&format!("accounts/{}/promos", self.id), promo).await;
    }

    /// Bought, if there is cash for it, or a gift.
    async fn have_minutes(&mut self, when: &str, number: u64, granted: bool) {
        let chapter = number / self.size.calls_in_chapter();
        let offers = &self.offers[plan_of(self.chance, chapter).name];
        let offer = self.chance.one_of(offers, "offer", number);
        let wish = json!({ "offer": offer, "granted": granted, "key": format!("{when} {number}") });
        let (status, body) = self.door.post(&format!("accounts/{}/bundles", self.id), wish).await;
        let too_dear = !granted && status == 422 && body["code"] == "not_enough_free";
        assert!(status == 201 || too_dear, "{status} {body}");
    }
}
