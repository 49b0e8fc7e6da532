//! Somebody entitled gives a charge back: the money leaves the wallet first, then the processor is asked.

use chrono::{DateTime, Utc};

use super::{FlowError, Job};
use crate::domain::ledger::{self as transfers, charge_facts};
use crate::domain::money::Money;
use crate::domain::refund::{NewRefund, Refund, Refusal, may_refund};
use crate::domain::wallet::Debit;
use crate::ids;
use crate::storage::refunds::Frozen;
use crate::storage::{Tx, accounts, audit, ledger, refunds, statements};

/// What card processors bring to the books: the body to freeze.
pub trait RefundForms: Send + Sync {
    /// Those that can be asked for a refund.
    fn processors(&self) -> Vec<&'static str>;
    /// `None` if the processor cannot be reached.
    fn refund_body(&self, processor: &str, refund: &NewRefund) -> Option<String>;
}

/// What is wanted, by whom and why.
#[derive(Debug, Clone)]
pub struct RefundWish {
    pub account: String,
    /// The processor's name of the charge: of an automatic recharge or a top-up alike.
    pub charge: String,
    pub amount: Money,
    pub reason: String,
    /// Made up once, so that asking again refunds once.
    pub key: String,
    pub actor: String,
}

#[derive(Debug)]
pub enum Refunded {
    Begun(Refund),
    /// The same was asked for before under this key.
    Already(Refund),
    /// The key was used for something else.
    OtherWish,
    Refused(Refusal),
}

/// Decided under the account's lock: never more than the charge less its earlier refunds, and only what is free.
pub fn refund(
    tx: &mut Tx,
    wish: &RefundWish,
    forms: &dyn RefundForms,
    now: DateTime<Utc>,
) -> Result<Refunded, FlowError> {
    let unknown = || FlowError::not_found("account", &wish.account);
    let wallet = accounts::lock_wallet(tx, &wish.account)?.ok_or_else(unknown)?;
    let account = accounts::find(tx, &wish.account)?.ok_or_else(unknown)?;
    if let Some(earlier) = refunds::by_request_key(tx, &account.id, &wish.key)? {
        let same = earlier.charge == wish.charge && earlier.amount == wish.amount;
        return Ok(if same { Refunded::Already(earlier) } else { Refunded::OtherWish });
    }
    let Some(processor) = taker(tx, &account.id, forms, &wish.charge)? else {
        return Ok(Refunded::Refused(Refusal::NothingCharged));
    };
    let (charged, refunded) = charged_and_refunded(tx, &account.id, processor, &wish.charge)?;
    if let Err(refusal) = may_refund(wish.amount, charged, refunded, wallet.free_cash(), account.currency) {
        return Ok(Refunded::Refused(refusal));
    }
    let Debit::Debited(wallet) = wallet.debit(wish.amount) else {
        unreachable!("the rule refuses what is not free");
    };
    let new = NewRefund {
        refund: ids::new("ref"),
        account: account.id.clone(),
        charge: wish.charge.clone(),
        amount: wish.amount,
        currency: account.currency,
    };
    let frozen = Frozen {
        reason: wish.reason.clone(),
        actor: wish.actor.clone(),
        request_key: wish.key.clone(),
        body: forms.refund_body(processor, &new).ok_or_else(|| FlowError::not_found("card processor", processor))?,
    };
    let refund = Refund::decided(&new, processor, now);
    let transfer = transfers::refund(&account.id, processor, &refund.id, refund.amount);
    ledger::post(tx, &transfer, account.currency, &wish.actor, now)?;
    accounts::save_wallet(tx, &account.id, &wallet)?;
    refunds::insert(tx, &refund, &frozen)?;
    let detail = format!("{} of {} as {}: {}", refund.amount, refund.charge, refund.id, wish.reason);
    audit::record(tx, &wish.actor, "refund", &account.id, &detail, now)?;
    Job::AdvanceRefund { refund: refund.id.clone() }.enqueue(tx, now)?;
    Ok(Refunded::Begun(refund))
}

/// The processor that took the money of a charge: the one it goes back through.
fn taker(tx: &mut Tx, account: &str, forms: &dyn RefundForms, charge: &str) -> Result<Option<&'static str>, FlowError> {
    for processor in forms.processors() {
        if statements::booked(tx, account, &charge_facts(processor, charge))?.is_some() {
            return Ok(Some(processor));
        }
    }
    Ok(None)
}

/// What a charge brought, by the ledger, and what of it went back or is on its way.
pub fn charged_and_refunded(
    tx: &mut Tx,
    account: &str,
    processor: &str,
    charge: &str,
) -> Result<(Money, Money), FlowError> {
    let charged = statements::booked(tx, account, &charge_facts(processor, charge))?.unwrap_or_default();
    Ok((charged, refunds::refunded(tx, account, charge)?))
}
