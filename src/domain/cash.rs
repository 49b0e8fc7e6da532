//! Cash that somebody took for an account, and the receipt for it.

use chrono::{DateTime, Utc};

use super::agent::NoSale;
use super::currency::Currency;
use super::money::Money;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has left the agent's balance, and is on its way.
    Taken,
    Credited,
}

impl State {
    pub fn code(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Credited => "credited",
        }
    }

    pub fn named(code: &str) -> Option<Self> {
        [Self::Taken, Self::Credited].into_iter().find(|state| state.code() == code)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub id: String,
    /// Whose receipt it is: the agent's who took the cash; of what the house took itself, the customer's.
    pub issuer: String,
    /// One more than the issuer's last.
    pub number: i64,
    pub customer: String,
    pub amount: Money,
    pub currency: Currency,
    pub reason: String,
    pub key: String,
    pub taken_by: String,
    pub taken_at: DateTime<Utc>,
    pub state: State,
}

impl Receipt {
    pub fn is_agents(&self) -> bool {
        self.issuer != self.customer
    }

    /// As it stands on paper: `7K2MQX-00042`.
    pub fn shown_number(&self) -> String {
        let issuer = self.issuer.get(self.issuer.len().saturating_sub(6)..).unwrap_or_default();
        format!("{}-{:05}", issuer.to_uppercase(), self.number)
    }
}

/// Why cash is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error(transparent)]
    Sale(#[from] NoSale),
    #[error("There is no account of this name.")]
    NoAccount,
    #[error("The account is blocked or closed, so nothing can be paid in.")]
    AccountNotOpen,
    #[error("The account is in {0}, and the agent's in another currency.")]
    OtherCurrency(Currency),
    /// Or two agents could pay each other, and both keep a part, for ever.
    #[error("Agents pay in at the house or by card, not with agents.")]
    AgentsAccount,
    #[error("No balance may be so large.")]
    TooMuch,
    #[error("This key was used for another receipt.")]
    OtherReceipt,
}

impl NotTaken {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Sale(no_sale) => no_sale.code(),
            Self::NoAccount => "unknown_account",
            Self::AccountNotOpen => "account_not_open",
            Self::OtherCurrency(_) => "other_currency",
            Self::AgentsAccount => "agents_account",
            Self::TooMuch => "balance_too_large",
            Self::OtherReceipt => "idempotency_key_reused",
        }
    }
}
