//! What comes back while a month goes on: charges taken back at banks, refunds made past us, warnings, and money at the
//! processor that is nobody's of ours.

use talktime::sandbox::cards::{Charge, Turn};

use crate::cases::{LOST, OUTSIDE, TURNS};
use crate::door::text;
use crate::life::Life;

/// A charge that its bank is not done with.
pub struct AtTheBank {
    charge: String,
    next: &'static [Turn],
}

impl Life<'_> {
    pub async fn something_comes_back(&mut self, number: u64) {
        match self.chance.below(16, "comes back", number) {
            0..=2 => self.begin_at_the_bank(number).await,
            3 => self.give_back_past_us(number).await,
            4 => self.charge_for_another(number).await,
            5..=10 => self.go_on_at_the_bank(number),
            _ => {}
        }
    }

    async fn begin_at_the_bank(&mut self, number: u64) {
        let Some(charge) = self.some_charge(number).await else { return };
        let case = self.chance.one_of(TURNS, "turn", number);
        self.plant_of(&charge, case.troubles);
        self.at_the_bank.push(AtTheBank { charge, next: case.turns });
        // Some are over in the second in which they begin.
        let at_once = if self.chance.below(4, "at once", number) == 0 { case.turns.len() } else { 1 };
        for _ in 0..at_once {
            let last = self.at_the_bank.len() - 1;
            self.turn(last);
        }
    }

    fn go_on_at_the_bank(&mut self, number: u64) {
        self.at_the_bank.retain(|one| !one.next.is_empty());
        if !self.at_the_bank.is_empty() {
            let at = self.chance.below(self.at_the_bank.len() as u64, "goes on", number);
            self.turn(usize::try_from(at).expect("it is small"));
        }
    }

    /// What cannot happen, because the charge is disputed already or never was, is the end of it.
    fn turn(&mut self, at: usize) {
        let one = &mut self.at_the_bank[at];
        let Some((turn, rest)) = one.next.split_first() else { return };
        one.next = if self.world.cards.turn(&one.charge, *turn) { rest } else { &[] };
    }

    /// A top-up of which we have not heard yet.
    pub fn comes_back_unheard(&mut self, checkout: &str, number: u64) {
        let is_it = |charge: &Charge| charge.metadata.get("checkout").is_some_and(|its| its == checkout);
        let Some(charge) = self.world.cards.charges().into_iter().rev().find(is_it) else { return };
        let next = *self.chance.one_of(&[&[Turn::Dispute, Turn::Win], &[Turn::Dispute, Turn::Lose]], "unheard", number);
        self.at_the_bank.push(AtTheBank { charge: charge.payment_intent, next });
        self.turn(self.at_the_bank.len() - 1);
    }

    async fn give_back_past_us(&mut self, number: u64) {
        let Some(charge) = self.some_charge(number).await else { return };
        let (troubles, end) = *self.chance.one_of(OUTSIDE, "outside", number);
        self.plant_of(&charge, troubles);
        let amount = *self.chance.one_of(&["&amount=30", "&amount=55", ""], "how much", number);
        let (status, refund) = self.door.ask_the_processor("refunds", format!("payment_intent={charge}{amount}")).await;
        // What is disputed, or was given back before, is not.
        assert!(status == 200 || status == 400, "{status} {refund}");
        if let (200, Some(end)) = (status, end) {
            self.pause(40).await;
            self.world.cards.end_refund(&text(&refund, "id"), end);
        }
    }

    /// Another application charges at the same processor, and may have it taken back.
    async fn charge_for_another(&mut self, number: u64) {
        let name = format!("of-another-{}-{number}-", self.chance.account);
        let nobody_hears = self.chance.below(3, "nobody hears", number) == 0;
        self.plant_of(&name, if nobody_hears { LOST } else { &[] });
        let body =
            format!("amount=500&currency=usd&payment_method=pm_card_visa&confirm=true&metadata[application]={name}");
        let charge = text(&self.door.at_the_processor("payment_intents", body).await, "id");
        self.plant_of(&charge, if nobody_hears { LOST } else { &[] });
        match self.chance.below(4, "and then", number) {
            0 => drop(self.door.at_the_processor("refunds", format!("payment_intent={charge}&amount=200")).await),
            1 => assert!(self.world.cards.turn(&charge, Turn::Dispute)),
            2 => assert!([Turn::Dispute, Turn::Win].into_iter().all(|turn| self.world.cards.turn(&charge, turn))),
            _ => {}
        }
    }

    /// One that was credited, whichever way it was paid, or that may yet be.
    async fn some_charge(&self, number: u64) -> Option<String> {
        let payments = self.door.get(&format!("payments?account={}&limit=3", self.id)).await;
        let payments = payments["items"].as_array().expect("a list");
        let doubtful = payments.iter().filter(|payment| payment["state"] != "credited");
        let mut charges: Vec<String> =
            doubtful.filter_map(|one| one["reference"].as_str()).map(str::to_owned).collect();
        let transfers = self.door.get(&format!("accounts/{}/transfers?limit=40", self.id)).await;
        let facts = transfers["items"].as_array().expect("a list").iter().map(|transfer| text(transfer, "fact_key"));
        let credits = facts.filter_map(|fact| {
            let charge = ["credit:stripe:", "debt:stripe:"].iter().find_map(|begins| fact.strip_prefix(begins));
            charge.map(str::to_owned)
        });
        charges.extend(credits);
        charges.dedup();
        (!charges.is_empty()).then(|| self.chance.one_of(&charges, "which charge", number).clone())
    }
}
