//! Everything a caller can have, all of it bob's: calls, a card, charges, a checkout, an agreement.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::browser::{Browser, House};
use super::charged::charged;
use super::history::{end, talk};
use super::recordings::recorded;
use crate::domain::consent;
use crate::flows::agents::appoint;
use crate::flows::cash::{Taken, take_cash_by_agent};
use crate::flows::credit::credit_account;
use crate::flows::two_persons::Deed;
use crate::storage::{StorageError, Tx, everything, users};

pub const BOB: &str = "bob@example.org";
const NUMBER: &str = "+442079460987";

pub struct Bob {
    pub account: String,
    /// The names of all that is his: those that are over first.
    pub ids: Vec<String>,
    /// What tells of him wherever it is shown.
    pub words: Vec<String>,
}

pub async fn signed_in(house: &House, email: &str) -> Browser {
    let mut browser = house.browser().await;
    assert_eq!(browser.sign_in(email).await.status, 303, "{email}");
    browser
}

impl House {
    pub async fn with_bob() -> (Self, Bob) {
        let mut house = Self::build().await;
        let found = house.app.db.read(|tx| users::by_email(tx, BOB)).await;
        let account = found.map_err(|error: StorageError| error).unwrap().unwrap().account.unwrap();
        charged(&house.app, &account).await;
        let anns = std::mem::replace(&mut house.account, account.clone());
        let now = house.app.clock.now();
        let over = talk(&house, NUMBER, now).await;
        end(&house, &over, 61, now + TimeDelta::seconds(61)).await;
        recorded(&house, &over).await;
        let running = talk(&house, NUMBER, now + TimeDelta::minutes(2)).await;
        house.account = anns;
        let mut browser = signed_in(&house, BOB).await;
        let agreed = [("amount", "10"), ("version", consent::VERSION), ("agreed", "yes")];
        assert_eq!(browser.post("/money/recharge", "/money/recharge", &agreed).await.status, 303);
        assert_eq!(browser.post("/money", "/money/top-up", &[("amount", "10")]).await.status, 303);
        assert_eq!(browser.post("/access", "/access/pin", &[]).await.status, 200);
        assert_eq!(browser.post("/access", "/access/phones", &[("number", NUMBER)]).await.status, 303);
        let (call, invite) = (format!("/calls/{running}"), format!("/calls/{running}/invitations"));
        assert_eq!(browser.post(&call, &invite, &[]).await.status, 200);
        house.sells(&account).await;
        let bob = house.bob(account, over).await;
        (house, bob)
    }

    /// Bob is an agent, and has taken cash for ann that is on its way.
    async fn sells(&self, bob: &str) {
        let (agent, customer, now) = (bob.to_owned(), self.account.clone(), self.app.clock.now());
        let sell = move |tx: &mut Tx| {
            let amount = "1".parse().unwrap();
            credit_account(tx, &agent, "float", amount, "paid in", "test", now)?;
            appoint(tx, &agent, "5".parse().unwrap(), "test", now)?;
            let deed = Deed { account: customer, key: "cash".to_owned(), amount, reason: "x".to_owned() };
            take_cash_by_agent(tx, &agent, &deed, BOB, now)
        };
        assert!(matches!(self.app.db.write(sell).await, Ok(Taken::Now(_))));
    }

    async fn bob(&self, account: String, over: String) -> Bob {
        let (his, anns) = (names(&self.lines(Some(&account)).await), names(&self.lines(Some(&self.account)).await));
        let mut ids: Vec<_> = his.difference(&anns).filter(|id| **id != over).cloned().collect();
        ids.insert(0, over);
        for kind in ["acc_", "usr_", "call_", "leg_", "pm_", "chk_", "pay_", "phn_", "tr_", "rec_", "rcp_", "inv_"] {
            assert!(ids.iter().any(|id| id.starts_with(kind)), "bob has no {kind}: {ids:?}");
        }
        let shown = [BOB, "••4242", "7946 0987", &NUMBER[1..]].map(str::to_owned);
        Bob { account, words: ids.iter().cloned().chain(shown).collect(), ids }
    }

    /// All rows, or those of one account, as they are now.
    pub async fn lines(&self, account: Option<&str>) -> Vec<String> {
        let account = account.map(str::to_owned);
        self.app.db.read(move |tx| everything::lines(tx, account.as_deref())).await.unwrap()
    }
}

/// Words that look like one of our ids.
fn names(lines: &[String]) -> BTreeSet<String> {
    let words = lines.iter().flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    let is_id = |word: &&str| word.split_once('_').is_some_and(|(kind, rest)| kind.len() < 6 && rest.len() == 26);
    words.filter(is_id).map(str::to_owned).collect()
}
