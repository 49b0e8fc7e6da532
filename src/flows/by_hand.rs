//! An account's money is changed by hand: credited, debited, or what it owes is given up. Once a key, with its reason, and
//! much of it by two persons.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::credit::credit_account;
use super::debit::debit_account;
use super::two_persons::{Asked, Before, Deed, before};
use super::write_off::write_off_debt;
use crate::domain::money::Money;
use crate::domain::two_persons::{Kind, Limits, Who};
use crate::storage::{Tx, statements};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByHand {
    Credit,
    Debit,
    WriteOff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booked {
    Now,
    /// The same was booked before under this key.
    Already,
    Refused(NotBooked),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotBooked {
    #[error("This key was used for {was}.")]
    KeyUsed { was: Money },
    #[error("Only {free} is free: the rest is held by calls, or is not there.")]
    NotFree { free: Money },
    #[error("Only {debt} is owed.")]
    NotOwed { debt: Money },
    #[error("No balance may be so large.")]
    TooMuch,
}

impl NotBooked {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::KeyUsed { .. } => "idempotency_key_reused",
            Self::NotFree { .. } => "not_enough_free",
            Self::NotOwed { .. } => "not_owed",
            Self::TooMuch => "balance_too_large",
        }
    }
}

pub fn by_hand(
    tx: &mut Tx,
    what: ByHand,
    deed: &Deed,
    who: &Who,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Result<Asked<Booked>, FlowError> {
    let kind = match what {
        ByHand::Credit => Kind::Credit,
        ByHand::Debit => Kind::Debit,
        ByHand::WriteOff => Kind::WriteOff,
    };
    match before(tx, kind, deed, None, who, limits, now)? {
        Before::Nothing => book(tx, what, deed, &who.actor, now).map(Asked::Done),
        Before::OtherAmount { was } => Ok(Asked::Done(Booked::Refused(NotBooked::KeyUsed { was }))),
        Before::Waits(request) => Ok(Asked::Waits(request)),
    }
}

/// Nobody else is asked.
pub(super) fn book(
    tx: &mut Tx,
    what: ByHand,
    deed: &Deed,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Booked, FlowError> {
    let Deed { account, key, amount, reason } = deed;
    match what {
        ByHand::Credit => credit_account(tx, account, key, *amount, reason, actor, now),
        ByHand::Debit => debit_account(tx, account, key, *amount, reason, actor, now),
        ByHand::WriteOff => write_off_debt(tx, deed, actor, now),
    }
}

/// What one of these facts booked: asking again changes nothing, asking for another amount is refused.
pub(super) fn booked_before(
    tx: &mut Tx,
    account: &str,
    facts: &[String],
    amount: Money,
) -> Result<Option<Booked>, FlowError> {
    let was = statements::booked(tx, account, facts)?;
    Ok(was.map(|was| if was == amount { Booked::Already } else { Booked::Refused(NotBooked::KeyUsed { was }) }))
}
