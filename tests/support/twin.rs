//! A card processor's sandbox twin as the suite of all processors sees it: what goes wrong there on purpose, what it really
//! charged and gave back, and how one saves a card there past our service.

use talktime::outbound::Outbound;
use talktime::sandbox::cards::{Cards, Fault, FaultKind, RefundEnd, Turn};
use talktime::sandbox::hyperswitch::Hyperswitch;
use talktime::wire::{HttpRequest, HttpResponse, Method};

use super::world::{CARDS_KEY, HYPERSWITCH_KEY};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    Stripe,
    Hyperswitch,
}

#[derive(Clone)]
pub enum Twin {
    Stripe(Cards),
    Hyperswitch(Hyperswitch),
}

/// What a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Create,
    Confirm,
    Look,
    Cancel,
    Refund,
    LookAtRefund,
    MakeCustomer,
    OpenPage,
    LookAtPage,
    EveryMessage,
    MessageOfProcessing,
    MessageOfSuccess,
}

impl On {
    /// As the two twins name it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Create => ("POST /v1/payment_intents", "POST /payments"),
            Self::Confirm => ("/confirm", "/confirm"),
            Self::Look => ("GET /v1/payment_intents", "GET /payments"),
            Self::Cancel => ("/cancel", "/cancel"),
            Self::Refund => ("POST /v1/refunds", "POST /refunds"),
            Self::LookAtRefund => ("GET /v1/refunds", "GET /refunds"),
            Self::MakeCustomer => ("POST /v1/customers", "POST /customers"),
            Self::OpenPage => ("POST /v1/checkout/sessions", "POST /payments"),
            Self::LookAtPage => ("GET /v1/checkout/sessions", "GET /payments"),
            Self::EveryMessage => ("", ""),
            Self::MessageOfProcessing => ("payment_intent.processing", "payment_processing"),
            Self::MessageOfSuccess => ("payment_intent.succeeded", "payment_succeeded"),
        }
    }
}

impl Twin {
    pub fn name(&self) -> Name {
        match self {
            Self::Stripe(_) => Name::Stripe,
            Self::Hyperswitch(_) => Name::Hyperswitch,
        }
    }

    pub fn fault(&self, on: On, kind: FaultKind, times: u32) {
        let (stripe, hyperswitch) = on.words();
        match self {
            Self::Stripe(cards) => cards.fault(Fault { matching: stripe.to_owned(), kind, times }),
            Self::Hyperswitch(twin) => twin.fault(Fault { matching: hyperswitch.to_owned(), kind, times }),
        }
    }

    pub fn calm(&self) {
        match self {
            Self::Stripe(cards) => cards.calm(),
            Self::Hyperswitch(twin) => twin.calm(),
        }
    }

    /// What was really taken for this account: the processor's name of each charge, and minor units.
    pub fn charged(&self, account: &str) -> Vec<(String, i64)> {
        match self {
            Self::Stripe(cards) => {
                let theirs = cards.charges().into_iter().filter(|charge| charge.metadata["wallet"] == account);
                theirs.map(|charge| (charge.payment_intent, charge.amount)).collect()
            }
            Self::Hyperswitch(twin) => {
                let theirs = twin.charges().into_iter().filter(|charge| charge.metadata["wallet"] == account);
                theirs.map(|charge| (charge.payment_id, charge.amount)).collect()
            }
        }
    }

    /// What of a charge was really given back, in minor units.
    pub fn given_back(&self, charge: &str) -> i64 {
        match self {
            Self::Stripe(cards) => {
                let refunds = cards.refunds().into_iter().filter(|refund| refund.payment_intent == charge);
                refunds.filter(|refund| refund.status != "failed").map(|refund| refund.amount).sum()
            }
            Self::Hyperswitch(twin) => {
                let refunds = twin.refunds().into_iter().filter(|refund| refund.payment_id == charge);
                refunds.filter(|refund| refund.status != "failed").map(|refund| refund.amount).sum()
            }
        }
    }

    /// What happens to a charge at its bank.
    pub fn turn(&self, charge: &str, turn: Turn) {
        let turned = match self {
            Self::Stripe(cards) => cards.turn(charge, turn),
            Self::Hyperswitch(twin) => twin.turn(charge, turn),
        };
        assert!(turned, "{turn:?} can happen to {charge}");
    }

    /// The bank sends the last refund of a charge back.
    pub fn send_back(&self, charge: &str) {
        let sent_back = match self {
            Self::Stripe(cards) => {
                let last = cards.refunds().into_iter().rfind(|refund| refund.payment_intent == charge);
                cards.end_refund(&last.expect("there is one").id, RefundEnd::Fails)
            }
            Self::Hyperswitch(twin) => {
                let last = twin.refunds().into_iter().rfind(|refund| refund.payment_id == charge);
                twin.end_refund(&last.expect("there is one").refund_id, RefundEnd::Fails)
            }
        };
        assert!(sent_back, "the refund can come back");
    }

    /// Somebody gives this much back past our service.
    pub async fn give_back(&self, outbound: &Outbound, charge: &str, amount: i64) {
        let (url, key, kind, body) = match self {
            Self::Stripe(cards) => (
                format!("{}/v1/refunds", cards.base_url()),
                ("authorization", format!("Bearer {CARDS_KEY}")),
                "application/x-www-form-urlencoded",
                format!("payment_intent={charge}&amount={amount}"),
            ),
            Self::Hyperswitch(twin) => (
                format!("{}/refunds", twin.base_url()),
                ("api-key", HYPERSWITCH_KEY.to_owned()),
                "application/json",
                format!(r#"{{"refund_id":"{}","payment_id":"{charge}","amount":{amount}}}"#, talktime::ids::new("ref")),
            ),
        };
        let headers = vec![key, ("content-type", kind.to_owned())];
        let answer = outbound.send(&HttpRequest { method: Method::Post, url, headers, body }).await;
        assert!(matches!(answer, HttpResponse::Answered { status: 200, .. }), "{answer:?}");
    }
}
