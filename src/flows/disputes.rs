//! A card processor tells of a dispute: what it took is taken, what it gives back is credited, and the account is not
//! charged automatically any more until its owner says so.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::agreement::pause_recharge;
use super::alerts::{Sight, raise};
use super::credit::credit;
use super::report::Message;
use super::strays::{Strange, keep_stray};
use super::take_back::{Whose, take_back, whose_charge};
use super::tell::tell;
use crate::domain::alert;
use crate::domain::dispute::{Consequence, Dispute, Phase, Seen};
use crate::domain::event::Event;
use crate::domain::exchange::Sent;
use crate::domain::ledger::{charge_facts, dispute_returned, dispute_taken};
use crate::domain::recharge::pause::PauseReason;
use crate::ids;
use crate::storage::exchanges::{self, Subject};
use crate::storage::{Tx, accounts, audit, disputes, statements};

/// What a message says of a dispute.
#[derive(Debug, Clone)]
pub struct Told {
    pub seen: Seen,
    pub kind: String,
    /// For the history.
    pub told: Sent,
}

pub fn told_of_dispute(
    tx: &mut Tx,
    says: &Told,
    message: &Message,
    processor: &'static str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    if message.keep(tx, now)? {
        told_again(tx, says, &message.id, processor, now)?;
    }
    Ok(())
}

/// With whom it is booked, if its charge is anybody's.
pub fn told_again(
    tx: &mut Tx,
    says: &Told,
    message: &str,
    processor: &'static str,
    now: DateTime<Utc>,
) -> Result<Option<String>, FlowError> {
    let seen = &says.seen;
    let stray = |tx: &mut Tx| {
        let strange = Strange {
            processor,
            what: "dispute",
            reference: &seen.reference,
            charge: Some(&seen.charge),
            amount: seen.amount,
            told: &says.told,
            message,
        };
        keep_stray(tx, &strange, now).map(|()| None)
    };
    let account = match whose_charge(tx, processor, &seen.charge)? {
        Whose::Account(account) => account,
        Whose::NotYet => return Err(FlowError::TooEarly(seen.charge.clone())),
        Whose::Nobodys => return stray(tx),
    };
    let unknown = || FlowError::not_found("account", &account);
    accounts::lock_wallet(tx, &account)?.ok_or_else(unknown)?;
    let currency = accounts::find(tx, &account)?.ok_or_else(unknown)?.currency;
    if seen.amount.is_some_and(|(_, its)| its != currency) {
        return stray(tx);
    }
    let (dispute, consequences) = match disputes::by_reference(tx, &account, processor, &seen.reference)? {
        Some(mut known) => {
            let consequences = known.heard_again(seen);
            disputes::save(tx, &known)?;
            (known, consequences)
        }
        None => {
            let charged = statements::booked(tx, &account, &charge_facts(processor, &seen.charge))?.unwrap_or_default();
            let heard = Dispute::heard(ids::new("dsp"), &account, processor, seen, (charged, currency));
            disputes::insert(tx, &heard.0)?;
            heard
        }
    };
    let (step, outcome) = (format!("webhook {}", says.kind), seen.phase.code());
    exchanges::told(tx, Subject { id: &dispute.id, account: &account }, &step, &says.told, outcome, now)?;
    follow(tx, &dispute, &consequences, processor, now)?;
    Ok(Some(account))
}

fn follow(
    tx: &mut Tx,
    dispute: &Dispute,
    consequences: &[Consequence],
    processor: &'static str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let Dispute { account, reference, .. } = dispute;
    for consequence in consequences {
        match consequence {
            Consequence::Opened => opened(tx, dispute, now)?,
            Consequence::Take(amount) => {
                take_back(tx, &dispute_taken(account, processor, reference, *amount), processor, now)?;
            }
            Consequence::GiveBack(amount) => {
                credit(tx, &dispute_returned(account, processor, reference, *amount), processor, now)?;
            }
            Consequence::Ended => {
                let detail = format!("{} {}: {}", dispute.amount, dispute.id, dispute.phase.code());
                audit::record(tx, processor, "dispute_ended", account, &detail, now)?;
                tell(tx, account, &Event::dispute(false, dispute), now)?;
            }
            Consequence::Alarm => {
                tracing::error!(dispute = dispute.id, reference, "a dispute needs a human's eyes");
            }
        }
    }
    Ok(())
}

/// Whoever disputes a charge must not be charged again by our own doing.
fn opened(tx: &mut Tx, dispute: &Dispute, now: DateTime<Utc>) -> Result<(), FlowError> {
    let (kind, because) = match dispute.phase {
        Phase::Warning => (alert::Kind::FraudWarning, PauseReason::FraudWarning),
        Phase::Inquiry | Phase::NeedsResponse | Phase::UnderReview | Phase::Closed | Phase::Won | Phase::Lost => {
            (alert::Kind::Dispute, PauseReason::Disputed)
        }
    };
    pause_recharge(tx, &dispute.account, because, now)?;
    let detail = format!("{} of {} as {}: {}", dispute.amount, dispute.charge, dispute.id, dispute.reason);
    audit::record(tx, &dispute.processor, "dispute_opened", &dispute.account, &detail, now)?;
    let sight = Sight { account: Some(dispute.account.clone()), kind, subject: dispute.id.clone(), seen: detail };
    raise(tx, sight, now)?;
    Ok(tell(tx, &dispute.account, &Event::dispute(true, dispute), now)?)
}
