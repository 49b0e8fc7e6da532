//! The overview for people: sessions, payments and refunds of this sandbox and the cards one may use. All it changes is
//! how a refund ends, and what becomes of a charge at its bank.

use super::checkout::{Purpose, Session};
use super::html::{self, escaped};
use super::model::Model;
use super::objects::{Intent, Method, Status};
use super::refunds::{Refund, RefundStatus};
use super::test_cards::TEST_CARDS;

pub(super) fn html(model: &Model) -> String {
    let sessions = model.sessions.values().rev().map(session_row).collect();
    let intents = model.intents.values().rev().map(intent_row).collect();
    let saved = model.methods.values().rev().filter_map(saved_row).collect();
    let refunds = model.refunds.values().rev().map(refund_row).collect();
    let cards = TEST_CARDS.iter().map(|card| html::row(&[card.name, card.number, card.about].map(escaped))).collect();
    let body = [
        "<h1>Card processor (sandbox)</h1><p>No money moves here.</p>".to_owned(),
        part("Checkout sessions", &["Session", "For", "Status", "Customer", "Intent", "Metadata"], sessions),
        part("Payments", &["Intent", "Amount", "Status", "Customer", "Card said", "Metadata", "At the bank"], intents),
        part("Refunds", &["Refund", "Amount", "Status", "Of intent", "Metadata", "Let it"], refunds),
        part("Saved cards", &["Payment method", "Ends with", "Until", "Customer", "At the bank"], saved),
        part("Test cards", &["Payment method", "Number", "When charged"], cards),
    ];
    html::document("Sandbox cards", "overview", &body.concat())
}

fn part(title: &str, heads: &[&str], rows: Vec<String>) -> String {
    let table = if rows.is_empty() { "<p>None yet.</p>".to_owned() } else { html::table(title, heads, &rows.concat()) };
    format!("<h2>{title}</h2>{table}")
}

fn session_row(session: &Session) -> String {
    let purpose = match &session.new.purpose {
        Purpose::Save => "saving a card".to_owned(),
        Purpose::Pay { amount, .. } => html::money(*amount, &session.new.currency),
    };
    let id = match session.open() {
        true => format!("<a href=\"{}\">{}</a>", escaped(&session.url), escaped(&session.id)),
        false => escaped(&session.id),
    };
    let intent = session.payment_intent.as_ref().or(session.setup_intent.as_ref());
    html::row(&[
        id,
        escaped(&purpose),
        session.stage.word().to_owned(),
        escaped(session.new.customer.as_deref().unwrap_or_default()),
        escaped(intent.map_or("", |id| id)),
        html::metadata(&session.new.metadata),
    ])
}

fn intent_row(intent: &Intent) -> String {
    let declined = intent.last_error.as_ref().and_then(|error| error.get("decline_code").or(error.get("code")));
    html::row(&[
        escaped(&intent.id),
        html::money(intent.amount, &intent.currency),
        intent.status.word().to_owned(),
        escaped(intent.customer.as_deref().unwrap_or_default()),
        escaped(declined.and_then(|code| code.as_str()).unwrap_or_default()),
        html::metadata(&intent.metadata),
        if intent.status == Status::Succeeded { buttons(&intent.id) } else { String::new() },
    ])
}

/// What may happen at the bank to what was paid. What cannot happen any more is refused.
fn buttons(intent: &str) -> String {
    let button = |turn: &str| {
        format!(
            "<form method=\"post\" action=\"/_sandbox/charges/{intent}/{turn}\"><button aria-label=\"{turn}: {intent}\">\
             {turn}</button></form>"
        )
    };
    ["warn", "inquire", "dispute", "win", "lose"].map(button).concat()
}

fn saved_row(method: &Method) -> Option<String> {
    let (id, customer) = (escaped(&method.id), method.customer.as_ref()?);
    let button = |turn: &str| {
        format!(
            "<form method=\"post\" action=\"/_sandbox/cards/{id}/{turn}\"><button aria-label=\"{turn}: {id}\">{turn}\
             </button></form>"
        )
    };
    Some(html::row(&[
        id.clone(),
        escaped(method.card.last4()),
        format!("{}-{:02}", method.expiry.year, method.expiry.month),
        escaped(customer),
        ["renew", "replace", "take_away"].map(button).concat(),
    ]))
}

fn refund_row(refund: &Refund) -> String {
    let id = escaped(&refund.id);
    let button = |end: &str| {
        format!(
            "<form method=\"post\" action=\"/_sandbox/refunds/{id}/{end}\"><button aria-label=\"Let {id} {end}\">{end}\
             </button></form>"
        )
    };
    let buttons = match refund.status {
        RefundStatus::Pending => [button("succeed"), button("fail")].concat(),
        RefundStatus::Succeeded => button("fail"),
        RefundStatus::Failed => String::new(),
    };
    html::row(&[
        id.clone(),
        html::money(refund.amount, &refund.currency),
        refund.status.word().to_owned(),
        escaped(&refund.intent),
        html::metadata(&refund.metadata),
        buttons,
    ])
}
