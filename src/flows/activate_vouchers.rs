//! Vouchers become money: an agent's balance pays for them. An administrator does it in the name of an agent, so no
//! voucher is money that nobody has paid for.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::agents::Till;
use crate::domain::agent::NoSale;
use crate::domain::currency::Currency;
use crate::domain::ledger::Place;
use crate::domain::money::Money;
use crate::domain::voucher::{MOST_AT_ONCE, MayActivate, Voucher};
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, vouchers};

#[derive(Debug, Clone)]
pub struct Activation {
    pub agent: String,
    /// A serial, and the last one of the same batch if there are more.
    pub first: String,
    pub last: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activated {
    /// So many, for so much of the agent's balance.
    Now { pieces: usize, paid: Money },
    /// This agent has activated all of them before.
    Already,
    /// Nothing was done.
    Refused(NotActivated),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotActivated {
    #[error(transparent)]
    Sale(#[from] NoSale),
    #[error("There is no voucher {0}.")]
    Unknown(String),
    #[error("Voucher {serial} is {state}, so it cannot be activated.")]
    NotPrinted { serial: String, state: &'static str },
    #[error("Give the first and the last of one batch, at most {MOST_AT_ONCE}.")]
    NoRange,
    #[error("The vouchers are in {0}, and the agent's account is in another currency.")]
    OtherCurrency(Currency),
}

impl NotActivated {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Sale(no_sale) => no_sale.code(),
            Self::Unknown(_) => "unknown_voucher",
            Self::NotPrinted { .. } => "voucher_not_printed",
            Self::NoRange => "no_range",
            Self::OtherCurrency(_) => "other_currency",
        }
    }
}

/// All of them or none. Sent again it does nothing again: a voucher is activated once.
pub fn activate_vouchers(
    tx: &mut Tx,
    wish: &Activation,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Activated, FlowError> {
    let till = match Till::open(tx, &wish.agent)? {
        Ok(till) => till,
        Err(no_sale) => return Ok(Activated::Refused(no_sale.into())),
    };
    let found = match range(tx, wish)? {
        Ok(found) => found,
        Err(refused) => return Ok(Activated::Refused(refused)),
    };
    if let Some(other) = found.iter().find(|voucher| voucher.currency != till.account.currency) {
        return Ok(Activated::Refused(NotActivated::OtherCurrency(other.currency)));
    }
    let mut new = vec![];
    for voucher in &found {
        match voucher.may_activate(&wish.agent, now) {
            MayActivate::Yes => new.push(voucher),
            MayActivate::Already => {}
            MayActivate::No => {
                let (serial, state) = (voucher.serial.clone(), voucher.standing(now).code());
                return Ok(Activated::Refused(NotActivated::NotPrinted { serial, state }));
            }
        }
    }
    let Some(face) = new.first().map(|voucher| voucher.face) else { return Ok(Activated::Already) };
    let commission = till.price(face).commission;
    let sold: Vec<_> =
        new.iter().map(|voucher| (voucher.id.as_str(), format!("voucher {} activated", voucher.serial))).collect();
    let paid = match till.pay(tx, face, &Place::VoucherLiability, &sold, actor, now)? {
        Ok(paid) => paid,
        Err(no_sale) => return Ok(Activated::Refused(no_sale.into())),
    };
    for voucher in &new {
        vouchers::note_activated(tx, &voucher.id, &wish.agent, commission, actor, now)?;
    }
    note(tx, wish, new.len(), paid, actor, now)?;
    Ok(Activated::Now { pieces: new.len(), paid })
}

/// Locked in the order of their serials.
fn range(tx: &mut Tx, wish: &Activation) -> Result<Result<Vec<Voucher>, NotActivated>, FlowError> {
    let (first, last) = (&wish.first, wish.last.as_ref().unwrap_or(&wish.first));
    let prefix = |serial: &str| serial.rsplit_once('-').map(|(prefix, _)| prefix.to_owned());
    if prefix(first) != prefix(last) || last < first {
        return Ok(Err(NotActivated::NoRange));
    }
    let most = i64::try_from(MOST_AT_ONCE).expect("it is small") + 1;
    let found = vouchers::lock_range(tx, first, last, most)?;
    let is_there = |serial: &String| found.iter().any(|voucher| voucher.serial == *serial);
    Ok(if found.len() > MOST_AT_ONCE {
        Err(NotActivated::NoRange)
    } else if let Some(missing) = [first, last].into_iter().find(|serial| !is_there(serial)) {
        Err(NotActivated::Unknown(missing.clone()))
    } else {
        Ok(found)
    })
}

fn note(
    tx: &mut Tx,
    wish: &Activation,
    pieces: usize,
    paid: Money,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let last = wish.last.as_ref().unwrap_or(&wish.first);
    let change = Change {
        actor,
        action: "activate_vouchers",
        subject: &wish.first,
        account: Some(&wish.agent),
        detail: &format!("{pieces} up to {last} for {paid}"),
        before: None,
        after: None,
    };
    Ok(audit::change(tx, &change, now)?)
}
