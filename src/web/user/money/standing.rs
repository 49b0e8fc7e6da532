//! How a checkout stands, in words.

use crate::domain::checkout::{Checkout, Purpose, State};
use crate::web::pages::show::money;

/// What the page of a checkout says.
pub struct StandingView {
    pub title: String,
    pub text: String,
    /// `good`, `bad` or nothing: how the text is shown.
    pub mood: &'static str,
    /// After so many seconds the page asks again.
    pub again_after: Option<u32>,
    /// The processor's page, where the customer may go on.
    pub go_on: Option<String>,
    pub may_cancel: bool,
    pub try_again: bool,
}

/// From where the customer comes to the page of a checkout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coming {
    /// On the way to the processor.
    There,
    /// Back, and done as far as the processor's page is concerned.
    BackDone,
    /// Back without having finished.
    BackUndone,
}

/// `card`: the label of the card that was saved.
pub fn standing(checkout: &Checkout, card: Option<&str>, coming: Coming) -> StandingView {
    if checkout.paid_by.is_some() || checkout.state == State::Complete {
        return done(checkout, card);
    }
    match checkout.state {
        State::Planned => StandingView {
            again_after: Some(2),
            ..quiet("One moment", "We are asking the card processor for its page, and take you there.")
        },
        State::Open => open(checkout, coming),
        State::Processing => StandingView {
            again_after: Some(10),
            ..quiet("On its way", "Your bank is still at work. The money arrives by itself; you need not wait here.")
        },
        State::Closing => StandingView { again_after: Some(3), ..quiet("Being cancelled", "Nothing is charged.") },
        State::Complete => done(checkout, card),
        State::Expired => over("Not finished", "The card page was closed without a payment. Nothing was charged."),
        State::Failed => match checkout.verdict.as_deref() {
            Some("canceled") => over("Cancelled", "Nothing was charged."),
            Some("not_opened") => over("Not finished", "The card processor could not be reached. Nothing was charged."),
            Some(_) | None => over("Not finished", "The card processor refused it. Nothing was charged."),
        },
        State::Quarantined => StandingView {
            mood: "bad",
            ..quiet("We are looking into it", "What the card processor told us does not fit. Nothing was booked yet.")
        },
    }
}

fn done(checkout: &Checkout, card: Option<&str>) -> StandingView {
    let saved = card.map(|card| format!("{card} is saved."));
    let (title, text) = match checkout.purpose {
        Purpose::SaveCard => (saved.unwrap_or_else(|| "Your card is saved.".to_owned()), String::new()),
        Purpose::TopUp { amount, save_card } => {
            let card_follows = save_card && checkout.state.is_open();
            let then = || if card_follows { "Your card is being saved." } else { "" }.to_owned();
            (format!("{} arrived.", money(amount, checkout.currency)), saved.unwrap_or_else(then))
        }
    };
    let again_after = checkout.state.is_open().then_some(3);
    StandingView { mood: "good", again_after, ..quiet(&title, &text) }
}

fn open(checkout: &Checkout, coming: Coming) -> StandingView {
    let view = StandingView { go_on: checkout.url.clone(), may_cancel: true, ..quiet("Not finished", "") };
    match coming {
        Coming::There => StandingView { again_after: Some(0), ..quiet("One moment", "We take you to the card page.") },
        Coming::BackDone => StandingView {
            text: "The card processor has not told us yet. This page asks again by itself.".to_owned(),
            again_after: Some(3),
            title: "One moment".to_owned(),
            ..view
        },
        Coming::BackUndone => StandingView { text: "Nothing was charged.".to_owned(), ..view },
    }
}

fn over(title: &str, text: &str) -> StandingView {
    StandingView { mood: "bad", try_again: true, ..quiet(title, text) }
}

fn quiet(title: &str, text: &str) -> StandingView {
    StandingView {
        title: title.to_owned(),
        text: text.to_owned(),
        mood: "",
        again_after: None,
        go_on: None,
        may_cancel: false,
        try_again: false,
    }
}
