//! An account whose saved card was charged, for tests of what surrounds charges.

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::exchange::{Reply, Sent};
use crate::domain::payment::{Payment, Receipt, State};
use crate::flows::FlowError;
use crate::flows::report::Message;
use crate::flows::save_card::{Saved, SavedCard, save_card};
use crate::flows::settle_payment::{ProcessorSays, reported};
use crate::storage::exchanges::{self, Subject};
use crate::storage::payments::{self, Frozen};

pub const CHARGE: &str = "pi_charged";

/// Charges 10.00 to a new card, and says the payment's id.
pub async fn charged(app: &App, account: &str) -> String {
    let (account, now) = (account.to_owned(), app.clock.now());
    let charged = app.db.write(move |tx| {
        let card = SavedCard {
            processor: "stripe",
            customer_ref: "cus_1".to_owned(),
            method_ref: "pm_1".to_owned(),
            label: "Visa ••4242".to_owned(),
            expires: None,
        };
        assert_eq!(save_card(tx, &account, &card, "test", now)?, Saved::Now);
        let method = payments::usable_methods(tx, &account)?.remove(0);
        let payment = Payment {
            id: crate::ids::new("pay"),
            account: account.clone(),
            call: None,
            amount: "10".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            customer_ref: "cus_1".to_owned(),
            state: State::Executing,
            reference: Some(CHARGE.to_owned()),
            confirm: 1,
            useful_until: now + TimeDelta::hours(1),
            created_at: now,
            tries: 0,
            not_before: now,
            verdict: None,
        };
        let frozen = Frozen {
            processor: "stripe".to_owned(),
            method_id: method.id,
            create_body: "amount=1000&currency=usd&customer=cus_1".to_owned(),
            confirm_body: "off_session=true".to_owned(),
        };
        payments::insert(tx, &payment, &frozen)?;
        let told = Sent { method: "POST", path: "/v1/payment_intents".to_owned(), body: "amount=1000".to_owned() };
        let subject = Subject { id: &payment.id, account: &account };
        let seq = exchanges::sent(tx, subject, "create", &told, now)?;
        let reply = Reply { status: Some(200), body: "{\"id\":\"pi_charged\"}".to_owned() };
        exchanges::answered(tx, subject, seq, &reply, "created", now)?;
        let receipt = Receipt { amount: payment.amount, currency: payment.currency, customer_ref: None, live: false };
        let says = ProcessorSays {
            payment: Some(payment.id.clone()),
            reference: CHARGE.to_owned(),
            succeeded: Some(receipt),
            kind: "payment_intent.succeeded".to_owned(),
            told: Sent { method: "POST", path: "/webhooks/stripe".to_owned(), body: "{}".to_owned() },
        };
        let message =
            Message { source: "stripe", id: payment.id.clone(), path: "/webhooks/stripe".to_owned(), body: vec![] };
        reported(tx, &says, &message, "stripe", false, now)?;
        Ok::<_, FlowError>(payment.id)
    });
    charged.await.unwrap()
}
