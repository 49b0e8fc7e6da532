//! Somebody says whose a payment is that a card processor told of and no account had: it is credited, once.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::credit::is_too_much;
use super::credit_charge::{Came, Charge, credit_charge};
use super::two_persons::{Asked, Before, Deed, before};
use crate::domain::ledger::charge_facts;
use crate::domain::money::Money;
use crate::domain::two_persons::{Kind, Limits, Who};
use crate::storage::audit::{self, Change};
use crate::storage::unassigned::{self, Done, Stray};
use crate::storage::{Tx, accounts, statements};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assigned {
    Now,
    /// To the same account.
    Already,
    Refused(NotAssigned),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAssigned {
    #[error("Somebody has dealt with it already.")]
    DealtWith,
    #[error("Only a payment whose amount could be read can be credited. A refund or a dispute follows its payment.")]
    NotAPayment,
    #[error("The account is in {account}, and this is {currency}.")]
    OtherCurrency { account: String, currency: String },
    #[error("No balance may be so large.")]
    TooMuch,
}

impl NotAssigned {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DealtWith => "dealt_with",
            Self::NotAPayment => "not_a_payment",
            Self::OtherCurrency { .. } => "other_currency",
            Self::TooMuch => "balance_too_large",
        }
    }
}

/// `note`: why it is this account's, for the audit.
pub fn assign_stray(
    tx: &mut Tx,
    id: &str,
    account: &str,
    note: &str,
    who: &Who,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Result<Asked<Assigned>, FlowError> {
    let amount = match look(tx, id, account)? {
        Looked::Over(assigned) => return Ok(Asked::Done(assigned)),
        Looked::Payment(_, amount) => amount,
    };
    let deed = Deed { account: account.to_owned(), key: id.to_owned(), amount, reason: note.to_owned() };
    match before(tx, Kind::Assign, &deed, None, who, limits, now)? {
        Before::Nothing => do_assign(tx, &deed, &who.actor, now).map(Asked::Done),
        Before::Waits(request) => Ok(Asked::Waits(request)),
        Before::OtherAmount { .. } => Ok(Asked::Done(Assigned::Refused(NotAssigned::DealtWith))),
    }
}

/// The key of the deed is our name of the payment.
pub(super) fn do_assign(tx: &mut Tx, deed: &Deed, actor: &str, now: DateTime<Utc>) -> Result<Assigned, FlowError> {
    let Deed { account, key: id, reason, .. } = deed;
    let (stray, amount) = match look(tx, id, account)? {
        Looked::Over(assigned) => return Ok(assigned),
        Looked::Payment(stray, amount) => (*stray, amount),
    };
    let was = accounts::wallet(tx, account)?.unwrap_or_default();
    let done = Done { note: reason.clone(), by: actor.to_owned(), at: now };
    if !unassigned::mark_done(tx, id, &done, Some(account))? {
        return Ok(Assigned::Refused(NotAssigned::DealtWith));
    }
    let charge = Charge { processor: &stray.processor, reference: &stray.reference, amount };
    if credit_charge(tx, account, &charge, actor, now)? == Came::Elsewhere {
        return Ok(Assigned::Refused(NotAssigned::DealtWith));
    }
    let after = accounts::wallet(tx, account)?.unwrap_or_default();
    let change = Change {
        actor,
        action: "assign_unassigned",
        subject: account,
        account: Some(account),
        detail: &format!("{amount} as {} of {}, {id}: {reason}", stray.reference, stray.processor),
        before: Some(&was.posted.to_string()),
        after: Some(&after.posted.to_string()),
    };
    audit::change(tx, &change, now)?;
    Ok(Assigned::Now)
}

enum Looked {
    Over(Assigned),
    Payment(Box<Stray>, Money),
}

/// May the payment be this account's?
fn look(tx: &mut Tx, id: &str, account: &str) -> Result<Looked, FlowError> {
    let unknown = || FlowError::not_found("account", account);
    let wallet = accounts::lock_wallet(tx, account)?.ok_or_else(unknown)?;
    let own = accounts::find(tx, account)?.ok_or_else(unknown)?.currency;
    let stray = unassigned::find(tx, id)?.ok_or_else(|| FlowError::not_found("unassigned thing", id))?;
    let refused = |why| Ok(Looked::Over(Assigned::Refused(why)));
    if stray.done.is_some() {
        return match stray.assigned_to.as_deref() {
            Some(whose) if whose == account => Ok(Looked::Over(Assigned::Already)),
            Some(_) | None => refused(NotAssigned::DealtWith),
        };
    }
    let (Some(amount), Some(currency), "payment") = (stray.amount, stray.currency.clone(), stray.what.as_str()) else {
        return refused(NotAssigned::NotAPayment);
    };
    if currency != own.code() {
        return refused(NotAssigned::OtherCurrency { account: own.code().to_owned(), currency });
    }
    let charge = charge_facts(&stray.processor, &stray.reference);
    if statements::whose(tx, &charge)?.is_some_and(|whose| whose != account) {
        return refused(NotAssigned::DealtWith);
    }
    if is_too_much(&wallet, amount) {
        return refused(NotAssigned::TooMuch);
    }
    Ok(Looked::Payment(Box::new(stray), amount))
}
