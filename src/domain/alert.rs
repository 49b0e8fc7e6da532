//! Something about an account, or about the house, that somebody should look at. The same seen again before anybody has
//! looked is the same alert.

use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::setting::Choice;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alert {
    pub id: String,
    /// `None`: it is about the house itself.
    pub account: Option<String>,
    pub kind: Kind,
    /// Of several things of a kind, which one; empty where there is one an account.
    pub subject: String,
    /// For a person, as it was last.
    pub seen: String,
    pub times: i64,
    pub raised_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub handled: Option<Handled>,
}

/// Somebody has looked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Handled {
    pub by: String,
    pub at: DateTime<Utc>,
    /// What came of it; may be empty.
    pub note: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Many calls that were over in a moment.
    ShortCalls,
    /// Many calls in a short time.
    ManyCalls,
    /// Calls to many different numbers in a short time.
    ManyNumbers,
    /// Far more spent in a day than this account ever did.
    SuddenSpend,
    DeclinedCards,
    WrongVouchers,
    /// A charge is disputed at the bank.
    Dispute,
    /// The card's network fears that a charge is a stolen card's.
    FraudWarning,
    /// A processor tells of money that no account has.
    MoneyOfNobody,
    /// A comparison with somebody else's books found something.
    BooksDiffer,
}

impl Choice for Kind {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::ShortCalls, "short_calls", "Many short calls"),
        (Self::ManyCalls, "many_calls", "Many calls"),
        (Self::ManyNumbers, "many_numbers", "Many numbers"),
        (Self::SuddenSpend, "sudden_spend", "Sudden spend"),
        (Self::DeclinedCards, "declined_cards", "Declined cards"),
        (Self::WrongVouchers, "wrong_vouchers", "Wrong vouchers"),
        (Self::Dispute, "dispute", "Disputed charge"),
        (Self::FraudWarning, "fraud_warning", "Early fraud warning"),
        (Self::MoneyOfNobody, "money_of_nobody", "Money of nobody's"),
        (Self::BooksDiffer, "books_differ", "Books differ"),
    ];
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::read(text)
    }
}

impl Alert {
    pub fn state(&self) -> &'static str {
        if self.handled.is_some() { "handled" } else { "open" }
    }
}
