//! The overview for people: payments and refunds of this sandbox. All it changes is how a refund ends, and
//! what becomes of a payment at its bank.

use super::model::Model;
use crate::sandbox::cards::html::{self, escaped, money};

pub(super) fn html(model: &Model) -> String {
    let payments = model.payments.values().rev().map(|payment| {
        let new = &payment.new;
        let id = match &new.page {
            Some((link, _)) => format!("<a href=\"{}\">{}</a>", escaped(link), escaped(&new.id)),
            None => escaped(&new.id),
        };
        let said = payment.failure.unwrap_or_default();
        html::row(&[
            id,
            money(new.amount, &new.currency.to_ascii_lowercase()),
            payment.status.word().to_owned(),
            escaped(new.customer.as_deref().unwrap_or_default()),
            escaped(said),
            if payment.paid_at.is_some() { buttons(&escaped(&new.id)) } else { String::new() },
        ])
    });
    let refunds = model.refunds.values().rev().map(|refund| {
        let id = escaped(&refund.id);
        let button = |end: &str| {
            format!(
                "<form method=\"post\" action=\"/_sandbox/refunds/{id}/{end}\"><button aria-label=\"Let {id} {end}\">\
                 {end}</button></form>"
            )
        };
        let buttons = match refund.status {
            "pending" => [button("succeed"), button("fail")].concat(),
            "succeeded" => button("fail"),
            _ => String::new(),
        };
        let amount = money(refund.amount, &refund.currency.to_ascii_lowercase());
        html::row(&[id, amount, refund.status.to_owned(), escaped(&refund.payment), buttons])
    });
    let body = [
        "<h1>Card processor in the shape of Hyperswitch (sandbox)</h1><p>No money moves here.</p>".to_owned(),
        "<h2>Payments</h2>".to_owned(),
        html::table(
            "Payments",
            &["Payment", "Amount", "Status", "Customer", "Card said", "At the bank"],
            &payments.collect::<String>(),
        ),
        "<h2>Refunds</h2>".to_owned(),
        html::table("Refunds", &["Refund", "Amount", "Status", "Of payment", "Let it"], &refunds.collect::<String>()),
    ];
    html::document("Sandbox Hyperswitch", "overview", &body.concat())
}

/// What may happen at the bank to what was paid. What cannot happen any more is refused.
fn buttons(payment: &str) -> String {
    let button = |turn: &str| {
        format!(
            "<form method=\"post\" action=\"/_sandbox/payments/{payment}/{turn}\"><button aria-label=\"{turn}: {payment}\">\
             {turn}</button></form>"
        )
    };
    ["inquire", "dispute", "win", "lose"].map(button).concat()
}
