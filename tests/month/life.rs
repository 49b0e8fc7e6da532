//! One account's month: chapter by chapter a card and what becomes of charging it, calls of every kind, money that comes
//! in and goes back. Whatever chance decides follows from the account and the number of the thing, so it is the same
//! whatever the others do meanwhile.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future;
use serde_json::{Value, json};
use talktime::clock::Busy;
use talktime::sandbox::cards::Fault;
use talktime::sandbox::carrier::Fault as AtCarrier;

use crate::back::AtTheBank;
use crate::bounds::bound_of;
use crate::cases::{AT_CALLS, CALLS, CALM, CASES, Kind, REFUNDS, Trouble, Whose};
use crate::door::{Door, amount, text};
use crate::house::{DAYS, pause_until};
use crate::nights::keep_books;
use crate::plans::Offers;
use crate::size::{Chance, Size};
use crate::support::World;

/// With less a chapter does not begin.
const POOR: i64 = 1_000_000;

pub struct Life<'a> {
    pub world: &'a World,
    pub door: Door,
    pub chance: Chance,
    pub size: Size,
    pub id: String,
    pub agent: String,
    pub pins: Vec<String>,
    /// How often money was brought.
    pub refuels: u64,
    pub at_the_bank: Vec<AtTheBank>,
    pub offers: Offers,
    customer: String,
    busy: Option<Busy>,
    /// Numbers for which something goes wrong at the carrier.
    planted: Vec<String>,
    /// What at the processor something goes wrong for, besides what is the account's.
    troubled: Vec<String>,
}

enum Dialled {
    Call(String),
    Refused(String),
}

impl<'a> Life<'a> {
    pub fn new(
        world: &'a World,
        size: Size,
        chance: Chance,
        id: String,
        customer: String,
        agent: String,
        pins: Vec<String>,
    ) -> Self {
        let (door, busy) = (Door::of(world), Some(world.clock.busy()));
        let (at_the_bank, offers, planted, troubled) = (vec![], Offers::new(), vec![], vec![]);
        let refuels = 0;
        Self {
            world,
            door,
            chance,
            size,
            id,
            agent,
            pins,
            refuels,
            at_the_bank,
            offers,
            customer,
            busy,
            planted,
            troubled,
        }
    }

    /// Beside one of the accounts the house keeps its books.
    pub async fn live(self) {
        if self.chance.account == 0 {
            let nights = keep_books(self.world);
            future::join(self.live_through(), nights).await;
        } else {
            self.live_through().await;
        }
    }

    async fn live_through(mut self) {
        let (begin, chapters) = (self.world.now(), self.size.chapters());
        let length = TimeDelta::days(DAYS) / i32::try_from(chapters).expect("it is small");
        // No two accounts do anything in the same microsecond.
        let own = TimeDelta::microseconds(1_000_003 * i64::try_from(self.chance.account).expect("it is small") + 7);
        for chapter in 0..chapters {
            let begin = begin + length * i32::try_from(chapter).expect("it is small") + own;
            self.pause_until(begin).await;
            self.begin_chapter(chapter).await;
            for number in 0..self.size.calls_in_chapter() {
                let moment = begin + self.moment(number, chapter, length);
                self.pause_until(moment).await;
                self.make_call(chapter * self.size.calls_in_chapter() + number).await;
            }
            self.end_chapter(chapter).await;
        }
    }

    /// From the chapter's beginning.
    fn moment(&self, number: u64, chapter: u64, length: TimeDelta) -> TimeDelta {
        let calls = i32::try_from(self.size.calls_in_chapter()).expect("it is small");
        let gap = (length - TimeDelta::minutes(50)) / calls;
        let number = i32::try_from(number).expect("it is small");
        let within = self.chance.below(1000, "moment", chapter * 1000 + u64::try_from(number).expect("it is positive"));
        TimeDelta::minutes(10) + gap * number + gap * i32::try_from(within).expect("it is small") / 4000
    }

    async fn pause_until(&mut self, moment: DateTime<Utc>) {
        pause_until(self.world, &mut self.busy, moment).await;
    }

    /// A little longer, so that nothing which was to take as long happens in the same moment.
    pub async fn pause(&mut self, seconds: i64) {
        self.pause_until(self.world.now() + TimeDelta::seconds(seconds) + TimeDelta::microseconds(13)).await;
    }

    /// Goes wrong for this account alone.
    pub fn plant(&mut self, troubles: &[Trouble]) {
        let account = self.id.clone();
        self.plant_of(&account, troubles);
    }

    /// Goes wrong for what speaks of this, until the next chapter.
    pub fn plant_of(&mut self, of: &str, troubles: &[Trouble]) {
        for (matching, kind, times) in troubles {
            let fault = Fault { matching: (*matching).to_owned(), kind: *kind, times: *times };
            self.world.cards.fault_of(of, fault);
        }
        self.troubled.push(of.to_owned());
    }

    async fn begin_chapter(&mut self, chapter: u64) {
        self.troubled.drain(..).for_each(|of| self.world.cards.calm_of(&of));
        let calm = self.chance.below(10, "calm", chapter) < 4;
        let case = if calm { &CALM } else { self.chance.one_of(CASES, "case", chapter) };
        self.change_plan(chapter).await;
        self.be_bounded(chapter).await;
        self.be_forgiven(chapter).await;
        self.take_card(case.card, chapter).await;
        let smaller = self.chance.below(2, "smaller", chapter) == 0;
        let agreement = json!({ "amount": format!("{}.00", self.size.recharge()),
            "smaller_amount": smaller.then_some("1.00"),
            "threshold": if self.chance.account.is_multiple_of(3) { "1.00" } else { "0" },
            "most_per_day": 6, "most_per_month": 1000, "consent_text": "Yes.", "consent_from": "127.0.0.1" });
        self.door.done(&format!("accounts/{}/recharge", self.id), agreement).await;
        self.plant(case.troubles);
        // A recharge that the agreement itself began has ended by then.
        self.pause(120).await;
        if self.available().await < POOR {
            self.refuel().await;
        }
        if self.chance.below(10, "debit", chapter) == 0 {
            let debit = json!({ "amount": "0.10", "reason": "a letter", "key": format!("debit {chapter}") });
            self.door.post(&format!("accounts/{}/debits", self.id), debit).await;
        }
    }

    pub async fn available(&self) -> i64 {
        amount(&self.door.get(&format!("accounts/{}", self.id)).await, "available")
    }

    /// Instead of the one before.
    async fn take_card(&mut self, name: &str, chapter: u64) {
        let cards = self.door.get(&format!("accounts/{}/cards", self.id)).await;
        for card in cards["items"].as_array().expect("a list") {
            self.door.done(&format!("cards/{}/remove", text(card, "id")), json!({})).await;
        }
        if name == CALM.card && chapter > 0 && self.chance.below(4, "saved at a page", chapter) == 0 {
            return self.save_at_page(chapter).await;
        }
        self.attach(name).await;
        // A second card is asked when the bank of the first has declined.
        if self.chance.below(10, "second card", chapter) < 3 {
            self.attach("pm_card_mastercard").await;
        }
    }

    async fn attach(&self, name: &str) {
        let attach = format!("payment_methods/{name}/attach");
        let attached = self.door.at_the_processor(&attach, format!("customer={}", self.customer)).await;
        let method = text(&attached, "id");
        let card = json!({ "customer": self.customer, "method": method, "label": "a card" });
        self.door.done(&format!("accounts/{}/cards", self.id), card).await;
    }

    async fn save_at_page(&mut self, chapter: u64) {
        let wish = json!({ "purpose": "save_card", "consent_text": "Yes.", "consent_from": "127.0.0.1",
                           "key": format!("save {chapter}") });
        let Some(checkout) = self.begin_visit(wish).await else { return self.attach(CALM.card).await };
        self.pause(5).await;
        let seen = self.door.get(&format!("checkouts/{checkout}")).await;
        self.door.person().type_card(&text(&seen, "url"), "4242424242424242").await;
        self.pause(10).await;
    }

    async fn make_call(&mut self, number: u64) {
        let (own, others, kind) = self.numbers(number);
        self.be_frozen(number).await;
        self.something_is_given("before", number).await;
        self.disturb(&own, &others, number);
        let mut dialled = self.dial(&own, &others, kind, &format!("call {number}")).await;
        let is_bounded = bound_of(self.chance, number / self.size.calls_in_chapter()).is_some();
        if let Dialled::Refused(why) = &dialled {
            match why.as_str() {
                "being_topped_up" => self.pause(20).await,
                "not_enough_credit" => self.refuel().await,
                "no_rate" | "too_many_calls" => return,
                "destination_blocked" if matches!(kind, Kind::Premium) => return,
                "too_many_calls_a_minute" if is_bounded => self.pause(60).await,
                "spend_cap" if is_bounded => return,
                other => panic!("nobody is refused for {other}"),
            }
            dialled = self.dial(&own, &others, kind, &format!("call {number} again")).await;
        }
        let Dialled::Call(id) = dialled else { return };
        if is_bounded || self.chance.below(3, "once more", number) == 0 {
            self.try_once_more(number, is_bounded).await;
        }
        self.pause(20).await;
        self.something_comes_back(number).await;
        self.something_is_given("meanwhile", number).await;
        match kind {
            Kind::HungUp(least, most) => {
                self.pause(self.seconds(least, most, number)).await;
                self.door.post(&format!("calls/{id}/hang-up"), json!({})).await;
            }
            Kind::Overlapping => {
                self.pause(15).await;
                let meanwhile = [self.phone(&format!("1{:03}", self.seconds(10, 60, number)))];
                self.dial(&self.phone("0101"), &meanwhile, kind, &format!("call {number} meanwhile")).await;
            }
            _ => {}
        }
    }

    /// Sooner than a cap may allow, or than is known what became of a charge.
    async fn try_once_more(&mut self, number: u64, is_bounded: bool) {
        let most = if is_bounded { 100 } else { 500 };
        self.pause(self.seconds(5, most, number)).await;
        let others = [self.phone(&format!("1{:03}", self.seconds(30, 90, number)))];
        let dialled = self.dial(&self.phone("0101"), &others, Kind::Two, &format!("call {number} once more")).await;
        if let Dialled::Refused(why) = dialled {
            let is_expected = match why.as_str() {
                "not_enough_credit" | "being_topped_up" => true,
                "spend_cap" | "too_many_calls" | "too_many_calls_a_minute" => is_bounded,
                _ => false,
            };
            assert!(is_expected, "nobody is refused for {why}");
        }
    }

    fn seconds(&self, least: u64, most: u64, number: u64) -> i64 {
        i64::try_from(least + self.chance.below(most - least, "seconds", number)).expect("it is small")
    }

    /// A phone that nobody else calls, with these last digits.
    pub fn phone(&self, ending: &str) -> String {
        format!("+1{:06}{ending}", 200_000 + self.chance.account)
    }

    /// The caller's own, the others', and what they do.
    fn numbers(&self, number: u64) -> (String, Vec<String>, Kind) {
        let mut throw = self.chance.below(100, "kind", number);
        let found = CALLS.iter().find(|(share, _)| {
            let is_it = throw < *share;
            throw = throw.saturating_sub(*share);
            is_it
        });
        let kind = found.expect("the shares add up to a hundred").1;
        let stays = self.phone("0200");
        let after = |least, most| format!("1{:03}", self.seconds(least, most, number));
        let (own, others) = match kind {
            Kind::OtherHangsUp(least, most) => ("0100".to_owned(), vec![self.phone(&after(least, most))]),
            Kind::PayerHangsUp(least, most) => (after(least, most), vec![stays]),
            Kind::HungUp(..) => ("0100".to_owned(), vec![stays]),
            Kind::Other(ending) => ("0100".to_owned(), vec![self.phone(ending)]),
            Kind::Payer(ending) => (ending.to_owned(), vec![stays]),
            Kind::Two => ("0100".to_owned(), vec![self.phone(&after(10, 60)), self.phone(&after(61, 120))]),
            Kind::Overlapping => ("0100".to_owned(), vec![self.phone(&after(30, 90))]),
            Kind::Machine => ("0100".to_owned(), vec![self.phone("0005")]),
            Kind::NoRate => ("0100".to_owned(), vec!["+8613800000000".to_owned()]),
            Kind::Premium => ("0100".to_owned(), vec!["+19002345678".to_owned()]),
        };
        (self.phone(&own), others, kind)
    }

    /// In one call of five something goes wrong at the carrier.
    fn disturb(&mut self, own: &str, others: &[String], number: u64) {
        for number in self.planted.drain(..) {
            self.world.carrier.clear_faults_of(&number);
        }
        if self.chance.below(5, "disturbed", number) > 0 {
            return;
        }
        let (kind, method, path, whose, times) = *self.chance.one_of(AT_CALLS, "disturbance", number);
        let number = if whose == Whose::Payer { own } else { &others[0] };
        let fault = AtCarrier { times, ..AtCarrier::next(kind, method, path) };
        self.world.carrier.add_fault_of(number, fault);
        self.planted.push(number.to_owned());
    }

    async fn dial(&self, own: &str, others: &[String], kind: Kind, key: &str) -> Dialled {
        let mut call = json!({ "account": self.id, "own_number": own, "numbers": others, "key": key });
        if matches!(kind, Kind::Machine) {
            call["machine_detection"] = json!("detect");
        }
        match self.door.post("calls", call).await {
            (201, body) => Dialled::Call(text(&body, "id")),
            (422, body) => Dialled::Refused(text(&body, "code")),
            (status, body) => panic!("{status} {body}"),
        }
    }

    /// Some of what was charged goes back.
    async fn end_chapter(&mut self, chapter: u64) {
        if self.chance.below(10, "refund", chapter) > 3 {
            return;
        }
        self.pause(600).await;
        let payments = self.door.get(&format!("payments?account={}&limit=5", self.id)).await;
        let payments = payments["items"].as_array().expect("a list");
        let credited = |payment: &&Value| payment["state"] == "credited";
        let Some(payment) = payments.iter().find(credited) else { return };
        let amount = if self.chance.below(2, "all", chapter) == 0 { "0.50" } else { "0.25" };
        let troubles = *self.chance.one_of(REFUNDS, "how it is refunded", chapter);
        self.plant(troubles);
        let refund = json!({ "amount": amount, "reason": "as a favour", "key": format!("refund {chapter}") });
        let (status, body) = self.door.post(&format!("payments/{}/refunds", text(payment, "id")), refund).await;
        assert!(status == 201 || status == 422, "{status} {body}");
        self.pause(600).await;
    }
}
