//! One scenario is played: an account with a card is charged 1.00, something goes wrong on purpose, and when all is quiet
//! again the twin's own list of charges is compared with the books.

use chrono::TimeDelta;
use talktime::domain::admission::Refusal;
use talktime::domain::exchange::{Reply, Sent};
use talktime::domain::money::Money;
use talktime::domain::payment::{Doubt, Payment};
use talktime::flows::Job;
use talktime::flows::place_call::Placed;
use talktime::flows::refund::{RefundWish, Refunded, refund};
use talktime::flows::saved_cards::remove_card;
use talktime::flows::settle_payment::{Answer, Next, ToSend, answered, next_step};
use talktime::sandbox::cards::{FaultKind, Turn};
use talktime::storage::receipts::{self, Kind};
use talktime::storage::{StorageError, agreements, cards, payments};

use crate::support::World;
use crate::support::twin::{Name, On, Twin};

/// What goes wrong, how, and how often.
pub type Trouble = (On, FaultKind, u32);

pub struct Scenario {
    pub name: &'static str,
    pub card: &'static str,
    pub troubles: &'static [Trouble],
    pub then: Then,
    /// At Stripe, and at Hyperswitch.
    pub ends: [End; 2],
    pub leaves: Leaves,
}

/// What is done while the payment is on its way.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    Nothing,
    /// Whoever noted the next request dies before sending it.
    DropStep,
    /// The next request finds nobody at the door.
    RefuseConfirmation,
    RemoveCard,
    /// It was for a call, which ends before anybody knows.
    OutliveCall,
    /// So much is given back, one after the other; in the end the card has `back` more minor units.
    Refund {
        parts: &'static [&'static str],
        back: i64,
    },
    /// A refund that waits is sent back by the bank.
    SendRefundBack,
    /// A refund of what was given back past our service.
    RefundWhatIsGone,
    /// A part is given back past our service.
    RefundElsewhere,
    /// Its owner takes it back at the bank, which decides.
    Dispute {
        wins: bool,
    },
    /// A part is given back past our service and the rest is disputed, and nobody tells us.
    AskWhatWasMissed,
}

#[derive(Clone, Copy, Debug)]
pub struct End {
    pub state: &'static str,
    /// How many charges the twin made.
    pub charged: usize,
    pub credited: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    AsItWas,
    /// It is not charged any more.
    NoCard,
    /// Nothing is charged until its owner says so.
    Paused,
}

pub async fn play(world: &mut World, scenario: &Scenario) {
    let twin = world.twin();
    let mut stage = Stage { account: String::new(), twin: twin.clone(), name: scenario.name, world };
    stage.begin(scenario).await;
    stage.go_on(scenario.then).await;
    twin.calm();
    stage.pass(200).await;
    stage.check(scenario).await;
}

/// Somebody entitled gives a charge of 1.00 back.
pub async fn give_all_back(world: &mut World, account: &str, charge: &str) {
    let begun = give_back(world, account, charge, "1.00").await;
    assert!(matches!(begun, Refunded::Begun(_)), "{begun:?}");
    world.pass(TimeDelta::seconds(10)).await;
}

async fn give_back(world: &World, account: &str, charge: &str, amount: &str) -> Refunded {
    let wish = RefundWish {
        account: account.to_owned(),
        charge: charge.to_owned(),
        amount: amount.parse().expect("an amount"),
        reason: "a scenario".to_owned(),
        key: talktime::ids::new("key"),
        actor: "story".to_owned(),
    };
    let (app, now) = (&world.service.app, world.now());
    let forms = app.forms.clone();
    app.db.write(move |tx| refund(tx, &wish, &forms, now)).await.expect("it is decided")
}

struct Stage<'a> {
    world: &'a mut World,
    twin: Twin,
    account: String,
    name: &'static str,
}

impl Stage<'_> {
    async fn begin(&mut self, scenario: &Scenario) {
        for (on, kind, times) in scenario.troubles {
            self.twin.fault(*on, *kind, *times);
        }
        let in_call = matches!(scenario.then, Then::OutliveCall);
        self.account = self.world.caller(if in_call { "0.40" } else { "0.01" }).await;
        self.world.agree(&self.account, &[scenario.card]).await;
        if !in_call {
            let placed = self.world.dial(&self.account, &["+14155550101"]).await;
            assert!(matches!(placed, Placed::Refused(Refusal::BeingToppedUp)), "{}: {placed:?}", self.name);
        }
    }

    async fn go_on(&mut self, then: Then) {
        match then {
            Then::Nothing => self.pass(100).await,
            Then::DropStep => {
                self.take_step().await;
                self.pass(100).await;
            }
            Then::RefuseConfirmation => {
                let send = self.take_step().await;
                self.not_sent(&send).await;
                self.pass(100).await;
            }
            Then::RemoveCard => {
                self.moment().await;
                self.remove_card().await;
                self.pass(100).await;
            }
            Then::OutliveCall => {
                let call = self.world.call(&self.account, &["+14155550101"]).await;
                self.world.until_settled(&call).await;
                assert_eq!(self.credited().await, Money::ZERO, "{}: nobody knows yet", self.name);
            }
            Then::Refund { parts, back } => {
                let charge = self.charged_once().await;
                for part in parts {
                    self.refund(&charge, part).await;
                    self.pass(100).await;
                }
                self.check_refunded(&charge, back).await;
            }
            Then::SendRefundBack => {
                let charge = self.charged_once().await;
                self.refund(&charge, "0.40").await;
                self.pass(5).await;
                assert_eq!(self.twin.given_back(&charge), 40, "{}", self.name);
                self.twin.send_back(&charge);
                self.pass(100).await;
                self.check_refunded(&charge, 0).await;
            }
            Then::RefundWhatIsGone => {
                let charge = self.charged_once().await;
                self.twin.give_back(&self.world.service.app.outbound, &charge, 100).await;
                self.refund(&charge, "0.40").await;
                self.pass(100).await;
                // What was given back past us is in our books, too; our own refund was undone.
                self.check_refunded(&charge, 100).await;
            }
            Then::RefundElsewhere => {
                let charge = self.charged_once().await;
                self.twin.give_back(&self.world.service.app.outbound, &charge, 40).await;
                self.pass(30).await;
                self.check_refunded(&charge, 40).await;
                self.check_owns("0.61").await;
            }
            Then::Dispute { wins } => {
                let charge = self.charged_once().await;
                self.twin.turn(&charge, Turn::Dispute);
                self.pass(10).await;
                self.check_owns("0.01").await;
                self.twin.turn(&charge, if wins { Turn::Win } else { Turn::Lose });
                self.pass(10).await;
                self.check_owns(if wins { "1.01" } else { "0.01" }).await;
            }
            Then::AskWhatWasMissed => {
                let charge = self.charged_once().await;
                self.twin.give_back(&self.world.service.app.outbound, &charge, 40).await;
                self.twin.turn(&charge, Turn::Dispute);
                self.pass(60).await;
                self.check_owns("1.01").await;
                self.ask_what_was_missed().await;
                self.check_refunded(&charge, 40).await;
                let wallet = self.world.wallet(&self.account).await;
                assert_eq!((wallet.posted - wallet.debt).to_string(), "-0.39", "{}: {wallet:?}", self.name);
            }
        }
    }

    async fn ask_what_was_missed(&mut self) {
        let now = self.world.now();
        let asked = self.world.service.app.db.write(move |tx| Job::CatchUp.enqueue(tx, now)).await;
        asked.map_err(|error: StorageError| error).expect("it is asked for");
        self.pass(60).await;
    }

    /// What the account has, and that it owes nothing.
    async fn check_owns(&self, posted: &str) {
        let wallet = self.world.wallet(&self.account).await;
        assert_eq!((wallet.posted.to_string().as_str(), wallet.debt), (posted, Money::ZERO), "{}", self.name);
    }

    async fn pass(&mut self, seconds: i64) {
        self.world.pass(TimeDelta::seconds(seconds)).await;
    }

    /// Requests leave at whole seconds, so between two of them everything is quiet.
    async fn moment(&mut self) {
        self.world.pass(TimeDelta::milliseconds(1500)).await;
    }

    async fn payment(&self) -> Payment {
        let account = self.account.clone();
        let listed = self.world.service.app.db.read(move |tx| payments::list(tx, Some(&account), 10)).await;
        let mut listed = listed.map_err(|error: StorageError| error).expect("the payments are read");
        assert_eq!(listed.len(), 1, "{}: one decision, one payment: {listed:?}", self.name);
        listed.remove(0)
    }

    /// The next request, noted as a job notes it and not sent.
    async fn take_step(&mut self) -> ToSend {
        self.moment().await;
        let payment = self.payment().await;
        assert!(payment.state.is_open() && payment.not_before > self.world.now(), "{}: {payment:?}", self.name);
        let told =
            |_, _: &Payment, _: &payments::Frozen| Sent { method: "POST", path: String::new(), body: String::new() };
        let taken =
            self.world.service.app.db.write(move |tx| next_step(tx, &payment.id, told, payment.not_before)).await;
        match taken.expect("the books take it") {
            Next::Send(send) => *send,
            other => panic!("{}: there is a request to send: {other:?}", self.name),
        }
    }

    async fn not_sent(&self, send: &ToSend) {
        let answer = Answer {
            step: send.step,
            seq: send.seq,
            seen: Err(Doubt::NotSent("refused".to_owned())),
            reply: Reply { status: None, body: "not sent: refused".to_owned() },
        };
        let (app, id, now) = (&self.world.service.app, send.payment.id.clone(), self.world.now());
        let processor = app.processors.chosen().name();
        let booked = app.db.write(move |tx| answered(tx, &id, &answer, processor, false, now)).await;
        booked.expect("the answer is booked");
    }

    async fn remove_card(&self) {
        let (account, now) = (self.account.clone(), self.world.now());
        let removed = self.world.service.app.db.write(move |tx| {
            let card = cards::list(tx, &account)?.remove(0);
            remove_card(tx, &card.id, "story", now)
        });
        removed.await.expect("the card is removed");
    }

    /// The processor's name of the one charge there is.
    async fn charged_once(&mut self) -> String {
        self.pass(30).await;
        let charged = self.twin.charged(&self.account);
        assert_eq!((charged.len(), charged[0].1), (1, 100), "{}", self.name);
        charged[0].0.clone()
    }

    async fn refund(&self, charge: &str, amount: &str) {
        let begun = give_back(self.world, &self.account, charge, amount).await;
        assert!(matches!(begun, Refunded::Begun(_)), "{}: {begun:?}", self.name);
    }

    async fn check_refunded(&self, charge: &str, back: i64) {
        assert_eq!(self.twin.given_back(charge), back, "{}: what the twin gave back", self.name);
        let refunded = self.refunded().await;
        assert_eq!(
            refunded.to_minor("USD".parse().expect("a currency")),
            Some(back),
            "{}: what the books say",
            self.name
        );
    }

    /// What the books credited for charges; and what of it went back.
    async fn credited(&self) -> Money {
        self.movements(|kind| match kind {
            Kind::Charge | Kind::DebtRepaid => 1,
            Kind::Refund | Kind::RefundReturned | Kind::Disputed | Kind::DisputeReturned => 0,
        })
        .await
    }

    async fn refunded(&self) -> Money {
        self.movements(|kind| match kind {
            Kind::Charge | Kind::DebtRepaid | Kind::Disputed | Kind::DisputeReturned => 0,
            Kind::Refund => 1,
            Kind::RefundReturned => -1,
        })
        .await
    }

    async fn movements(&self, sign: impl Fn(Kind) -> i64) -> Money {
        let account = self.account.clone();
        let found = self.world.service.app.db.read(move |tx| receipts::page(tx, &account, None, 100)).await;
        let found = found.map_err(|error: StorageError| error).expect("the movements are read");
        Money::from_micros(found.iter().map(|one| sign(one.kind) * one.amount.micros()).sum())
    }

    async fn check(&self, scenario: &Scenario) {
        let end = match self.twin.name() {
            Name::Stripe => scenario.ends[0],
            Name::Hyperswitch => scenario.ends[1],
        };
        let (payment, charged) = (self.payment().await, self.twin.charged(&self.account));
        assert_eq!(payment.state.code(), end.state, "{}: {payment:?}", self.name);
        assert_eq!(charged.len(), end.charged, "{}: what the twin really charged: {charged:?}", self.name);
        let credited = self.credited().await;
        assert_eq!(credited, end.credited.parse().expect("an amount"), "{}: what the books credited", self.name);
        if credited.is_positive() {
            let taken = charged.iter().map(|(_, amount)| amount).sum();
            let fits =
                credited.to_minor(payment.currency) == Some(taken) && payment.reference.as_ref() == Some(&charged[0].0);
            assert!(fits, "{}: no credit without its charge: {charged:?}, {payment:?}", self.name);
        }
        assert_eq!(self.left().await, scenario.leaves, "{}: what it leaves", self.name);
    }

    async fn left(&self) -> Leaves {
        let account = self.account.clone();
        let found = self.world.service.app.db.read(move |tx| {
            let paused = agreements::find(tx, &account)?.is_some_and(|kept| kept.agreement.paused);
            Ok::<_, StorageError>((paused, payments::usable_methods(tx, &account)?.is_empty()))
        });
        match found.await.expect("the books are read") {
            (true, _) => Leaves::Paused,
            (false, true) => Leaves::NoCard,
            (false, false) => Leaves::AsItWas,
        }
    }
}
