//! What a person does at the hosted page: looks, types a card, answers his bank. Which page he sees then is decided
//! here, how it is written is for `hosted_page.rs`.

use chrono::{DateTime, Datelike, Utc};
use serde_json::{Map, Value};

use super::checkout::{Session, Stage};
use super::checkout_cards::Entered;
use super::errors::ApiError;
use super::hosted_page::{self as page, Mistakes};
use super::model::{Cause, Model};
use super::objects::Expiry;
use super::test_cards::{self, TestCard};

pub(super) struct Visit {
    pub session: String,
    pub act: Act,
}

/// A form holds the number of a card, so it is never written down anywhere: no `Debug` here.
pub(super) enum Act {
    Look,
    TypeCard(Map<String, Value>),
    MeetBank,
    AnswerBank { agrees: bool },
}

pub(in crate::sandbox) enum Shown {
    Page(u16, String),
    GoTo(String),
}

pub(super) fn visit(model: &mut Model, visit: &Visit, cause: &Cause) -> Shown {
    let Ok(session) = model.session(&visit.session).cloned() else { return Shown::Page(404, page::nothing_here()) };
    match (session.stage, &visit.act) {
        (Stage::Open, Act::Look) => Shown::Page(200, page::card(&session, &Mistakes::default())),
        (Stage::Open, Act::TypeCard(form)) => type_card(model, &session, form, cause),
        (Stage::Open, Act::MeetBank) if model.bank_asks(&session) => Shown::Page(200, page::bank(&session)),
        (Stage::Open, Act::AnswerBank { agrees }) if model.bank_asks(&session) => {
            let answered = model.answer_bank(&session.id, *agrees, cause);
            entered(model, &session, answered)
        }
        (Stage::Open, Act::MeetBank | Act::AnswerBank { .. }) => Shown::GoTo(page::address(&session)),
        (Stage::Complete, Act::Look | Act::MeetBank) => Shown::Page(200, page::complete(&session)),
        // Whoever presses a button twice is done as well.
        (Stage::Complete, Act::TypeCard(_) | Act::AnswerBank { .. }) => Shown::GoTo(session.way_back()),
        (Stage::Expired, _) => Shown::Page(410, page::expired(&session)),
    }
}

fn type_card(model: &mut Model, session: &Session, form: &Map<String, Value>, cause: &Cause) -> Shown {
    match read(form, cause.now) {
        Ok((card, expiry)) => {
            let outcome = model.enter_card(&session.id, card, expiry, cause);
            entered(model, session, outcome)
        }
        Err(mistakes) => Shown::Page(422, page::card(session, &mistakes)),
    }
}

fn entered(model: &Model, session: &Session, outcome: Result<Entered, ApiError>) -> Shown {
    match outcome {
        Ok(Entered::Complete) => {
            let session = model.session(&session.id).unwrap_or(session);
            Shown::GoTo(session.way_back())
        }
        Ok(Entered::WantsCustomer) => Shown::GoTo(format!("{}/authenticate", page::address(session))),
        Err(error) => {
            let declined = error.error.get("message").and_then(Value::as_str).map(str::to_owned);
            Shown::Page(402, page::card(session, &Mistakes { declined, ..Mistakes::default() }))
        }
    }
}

/// The card that was typed, or what is wrong with it in the words of its fields.
pub(in crate::sandbox) fn read(
    form: &Map<String, Value>,
    now: DateTime<Utc>,
) -> Result<(&'static TestCard, Expiry), Mistakes> {
    let field = |name: &str| form.get(name).and_then(Value::as_str).unwrap_or_default().trim();
    let number: String = field("card_number").chars().filter(|digit| !matches!(digit, ' ' | '-')).collect();
    let card = match test_cards::find_number(&number) {
        Some(card) => Ok(card),
        None if test_cards::is_card_number(&number) => {
            Err("This is not one of the test cards. Never type the number of a real card here.")
        }
        None => Err("Your card number is invalid."),
    };
    let expiry = read_expiry(field("expiry"), now);
    let cvc = field("cvc");
    let cvc = (3..=4).contains(&cvc.len()) && cvc.bytes().all(|digit| digit.is_ascii_digit());
    match (card, expiry, cvc) {
        (Ok(card), Ok(expiry), true) => Ok((card, expiry)),
        (card, expiry, cvc) => Err(Mistakes {
            declined: None,
            number: card.err(),
            expiry: expiry.err(),
            cvc: (!cvc).then_some("Your card's security code is incomplete."),
        }),
    }
}

/// `12/30`, `12 / 30`, `12/2030` or `1230`. A card is good to the end of its month.
fn read_expiry(text: &str, now: DateTime<Utc>) -> Result<Expiry, &'static str> {
    const INCOMPLETE: &str = "Your card's expiration date is incomplete.";
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if !matches!(digits.len(), 4 | 6) || text.chars().any(|it| !(it.is_ascii_digit() || it == '/' || it == ' ')) {
        return Err(INCOMPLETE);
    }
    let (month, year) = digits.split_at(2);
    let (month, year) = month.parse::<u32>().ok().zip(year.parse::<i32>().ok()).ok_or(INCOMPLETE)?;
    let year = if year < 100 { 2000 + year } else { year };
    match month {
        1..=12 if (year, month) >= (now.year(), now.month()) => Ok(Expiry { month, year }),
        1..=12 => Err("Your card's expiration date is in the past."),
        _ => Err("Your card's expiration date is invalid."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_is_read_as_people_write_it_and_ends_with_its_month() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        for text in ["11/23", "11 / 23", "1123", "11/2023"] {
            assert_eq!(read_expiry(text, now), Ok(Expiry { month: 11, year: 2023 }), "{text}");
        }
        for text in ["", "1", "10/23", "13/30", "00/30", "ab/cd", "12-30", "12/30x"] {
            assert!(read_expiry(text, now).is_err(), "{text}");
        }
    }
}
