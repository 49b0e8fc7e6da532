//! Finds what waits for a job that is not there, and makes it: a belt beside the braces.

use chrono::{DateTime, TimeDelta, Utc};

use super::breaker::FAILURES_ARE_KEPT_FOR;
use super::strays::look_at_late_strays;
use super::{FlowError, Job};
use crate::domain::refused::KEPT;
use crate::domain::voucher::GUESSES_COUNT_FOR;
use crate::storage::{
    Tx, breakers, calls, cards, cash_receipts, checkouts, payments, promo_grants, recordings, refunds, refusals,
    voucher_guesses, vouchers,
};

/// Anything younger has its own job on the way.
const QUIET_FOR: TimeDelta = TimeDelta::minutes(2);
/// The carrier is not asked about more, nor to delete more, in a minute.
const MOST_RECORDINGS: i64 = 100;

pub fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), FlowError> {
    for (leg, ordered) in calls::legs_not_over(tx, now - QUIET_FOR)? {
        let job = if ordered { Job::AskCarrier { leg } } else { Job::RingLeg { leg } };
        job.enqueue(tx, now)?;
    }
    for leg in calls::guests_not_over(tx, now - QUIET_FOR)? {
        Job::MirrorGuest { leg: leg.clone() }.enqueue(tx, now)?;
        Job::TellGuest { leg }.enqueue(tx, now)?;
    }
    for call in calls::past_checkpoint(tx, now - QUIET_FOR)? {
        Job::Checkpoint { call }.enqueue(tx, now)?;
    }
    for payment in payments::open_before(tx, now - QUIET_FOR)? {
        Job::AdvancePayment { payment }.enqueue(tx, now)?;
    }
    for refund in refunds::due_before(tx, now - QUIET_FOR)? {
        Job::AdvanceRefund { refund }.enqueue(tx, now)?;
    }
    for checkout in checkouts::open_before(tx, now - QUIET_FOR)? {
        Job::AdvanceCheckout { checkout }.enqueue(tx, now)?;
    }
    for card in cards::to_detach(tx, now - QUIET_FOR)? {
        Job::DetachCard { card }.enqueue(tx, now)?;
    }
    look_at_late_strays(tx, now)?;
    for recording in recordings::untold(tx, now - QUIET_FOR, MOST_RECORDINGS)? {
        Job::FollowRecording { recording }.enqueue(tx, now)?;
    }
    for recording in recordings::past_keeping(tx, now, MOST_RECORDINGS)? {
        Job::DeleteRecording { recording }.enqueue(tx, now)?;
    }
    for receipt in cash_receipts::on_their_way(tx, now - QUIET_FOR)? {
        Job::CreditCash { receipt }.enqueue(tx, now)?;
    }
    for agent in vouchers::agents_with_expired(tx, now)? {
        Job::ExpireVouchers { agent }.enqueue(tx, now)?;
    }
    refusals::forget_before(tx, now - KEPT)?;
    for account in promo_grants::accounts_with_expired(tx, now)? {
        Job::ExpirePromo { account }.enqueue(tx, now)?;
    }
    breakers::forget_failures_before(tx, now - FAILURES_ARE_KEPT_FOR)?;
    voucher_guesses::forget_before(tx, now - GUESSES_COUNT_FOR)?;
    Ok(())
}
