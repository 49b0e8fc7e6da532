//! What a person does at the page of a payment: looks, types a card, answers his bank.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::model::{MERCHANT, Method, Model};
use super::payments::{Payment, Presence, Status};
use crate::sandbox::cards::hosted::{Shown, read};
use crate::sandbox::cards::hosted_page::{self as page, Form, Mistakes};
use crate::sandbox::cards::html::{escaped, money};
use crate::sandbox::cards::test_cards::message;

/// A form holds the number of a card, so it is never written down anywhere: no `Debug` here.
pub(super) enum Act {
    Look,
    TypeCard(Map<String, Value>),
    MeetBank,
    AnswerBank { agrees: bool },
}

pub(super) fn visit(model: &mut Model, id: &str, act: &Act, now: DateTime<Utc>) -> Shown {
    let payment = match model.payments.get(id) {
        Some(payment) if payment.new.page.is_some() => payment.clone(),
        Some(_) | None => return Shown::Page(404, page::nothing_here()),
    };
    if !payment.is_open(now) {
        return closed(&payment);
    }
    let asked = payment.status == Status::RequiresCustomerAction;
    match act {
        Act::Look => Shown::Page(200, card_page(&payment, &Mistakes::default())),
        Act::TypeCard(form) => match read(form, now) {
            Ok((card, expiry)) => {
                let customer = payment.new.customer.clone().unwrap_or_default();
                let method = Method { id: String::new(), customer, card, expiry };
                model.charge(payment, method, Presence::There, now);
                shown(model, id)
            }
            Err(mistakes) => Shown::Page(422, card_page(&payment, &mistakes)),
        },
        Act::MeetBank if asked => Shown::Page(200, page::bank_form(&deed(&payment), &address(&payment))),
        Act::AnswerBank { agrees } if asked => {
            let method = payment.used.clone().expect("the bank of a card asks");
            if *agrees {
                model.charge(payment, method, Presence::Agrees, now);
            } else {
                model.fail(payment, "authentication_failed", now);
            }
            shown(model, id)
        }
        Act::MeetBank | Act::AnswerBank { .. } => Shown::GoTo(address(&payment)),
    }
}

/// A payment fails for good, so there is no second card here.
fn shown(model: &Model, id: &str) -> Shown {
    let payment = &model.payments[id];
    match payment.status {
        Status::RequiresCustomerAction => Shown::GoTo(format!("{}/authenticate", address(payment))),
        Status::Failed => {
            let declined = payment.failure.map(|why| message(why).to_owned());
            Shown::Page(402, card_page(payment, &Mistakes { declined, ..Mistakes::default() }))
        }
        _ => Shown::GoTo(way_back(payment)),
    }
}

fn closed(payment: &Payment) -> Shown {
    match payment.status {
        Status::Succeeded | Status::Processing => Shown::Page(200, page::done(&way_back(payment))),
        _ => Shown::Page(410, page::over(payment.new.return_url.as_deref())),
    }
}

/// It adds its own words to the address it was given.
fn way_back(payment: &Payment) -> String {
    let url = payment.new.return_url.as_deref().unwrap_or("/");
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}payment_id={}&status={}", payment.new.id, payment.status.word())
}

fn address(payment: &Payment) -> String {
    format!("/payment_link/{MERCHANT}/{}", payment.new.id)
}

fn deed(payment: &Payment) -> String {
    match payment.new.amount {
        0 => "saves this card".to_owned(),
        amount => format!("pays {}", amount_of(amount, payment)),
    }
}

fn amount_of(amount: i64, payment: &Payment) -> String {
    money(amount, &payment.new.currency.to_ascii_lowercase())
}

fn card_page(payment: &Payment, mistakes: &Mistakes) -> String {
    let (title, button) = match payment.new.amount {
        0 => ("Save a card".to_owned(), "Save card".to_owned()),
        amount => (format!("Pay {}", amount_of(amount, payment)), format!("Pay {}", amount_of(amount, payment))),
    };
    let kept = if payment.new.saves { " The card is saved for later payments." } else { "" };
    let about = format!("For {}.{kept}", escaped(payment.new.description.as_deref().unwrap_or("the shop")));
    let back = payment.new.return_url.as_deref();
    page::card_form(&Form { title, button, about, message: None, action: address(payment), back }, mistakes)
}
