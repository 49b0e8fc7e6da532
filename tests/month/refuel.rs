//! How money comes in when an account has too little: at the processor's page, by a voucher, in cash, or by hand.

use serde_json::{Value, json};

use crate::cases::{AtPage, VISITS};
use crate::door::text;
use crate::life::Life;

const GOOD_CARD: &str = "4242424242424242";

impl Life<'_> {
    pub async fn refuel(&mut self) {
        self.refuels += 1;
        let number = self.refuels;
        match self.chance.below(10, "way", number) {
            0..=5 => self.visit_page(number).await,
            6 => self.redeem(number).await,
            7 => self.pay_cash(number, true).await,
            8 => self.pay_cash(number, false).await,
            _ => self.be_credited(number).await,
        }
    }

    fn brings(&self) -> String {
        format!("{}.00", self.size.recharge())
    }

    async fn visit_page(&mut self, number: u64) {
        let visit = self.chance.one_of(VISITS, "visit", number);
        self.plant(visit.troubles);
        let wish = json!({ "purpose": "top_up", "amount": self.brings(), "key": format!("visit {number}") });
        let Some(checkout) = self.begin_visit(wish).await else { return self.be_credited(number).await };
        self.pause(30).await;
        let seen = self.door.get(&format!("checkouts/{checkout}")).await;
        let Some(url) = seen["url"].as_str() else { panic!("the page is open: {seen}") };
        let mut person = self.door.person();
        match visit.does {
            AtPage::Pays(card) => drop(person.type_card(url, card).await),
            AtPage::TriesTwice(card) => {
                assert_eq!(person.type_card(url, card).await.status, 402);
                assert_eq!(person.type_card(url, GOOD_CARD).await.status, 303);
            }
            AtPage::PaysUnheard => {
                drop(person.type_card(url, GOOD_CARD).await);
                self.comes_back_unheard(&checkout, number);
            }
            AtPage::GoesAway => {}
            AtPage::Cancels => drop(self.door.post(&format!("checkouts/{checkout}/cancel"), json!({})).await),
        }
        self.pause(60).await;
    }

    /// Not while the processor is taken to be down, because too much went wrong with it lately, or too many pages are open.
    pub async fn begin_visit(&self, wish: Value) -> Option<String> {
        let (status, body) = self.door.post(&format!("accounts/{}/checkouts", self.id), wish).await;
        let is_refused =
            status == 422 && ["processor_down", "too_many_checkouts"].iter().any(|code| body["code"] == *code);
        assert!(status == 201 || is_refused, "{status} {body}");
        (status == 201).then(|| text(&body, "id"))
    }

    /// Sometimes mistyped first.
    async fn redeem(&mut self, number: u64) {
        let Some(pin) = self.pins.pop() else { return self.be_credited(number).await };
        let door = format!("accounts/{}/vouchers", self.id);
        if self.chance.below(4, "mistyped", number) == 0 {
            assert_eq!(self.door.post(&door, json!({ "pin": "0000 0000 0000 0000" })).await.0, 422);
        }
        self.door.done(&door, json!({ "pin": pin })).await;
    }

    async fn pay_cash(&mut self, number: u64, to_agent: bool) {
        let agent = to_agent.then_some(&self.agent);
        // An agent's keys are its own, whoever the cash is for.
        let key = format!("cash {} {number}", self.chance.account);
        let cash = json!({ "amount": self.brings(), "reason": "at the counter", "agent": agent, "key": key });
        self.door.done(&format!("accounts/{}/cash-receipts", self.id), cash).await;
        self.pause(5).await;
    }

    async fn be_credited(&mut self, number: u64) {
        let credit = json!({ "amount": self.brings(), "reason": "a gift", "key": format!("credit {number}") });
        self.door.done(&format!("accounts/{}/credits", self.id), credit).await;
    }
}
