//! What must happen later or outside. A job is taken with a lease, does its work, and is finished or comes back; a
//! job of a process that died is taken by another when its lease ends. Every job decides anew from the books when it
//! runs, so running twice, late, or after the matter is settled does no harm.

mod adjust_leg;
mod advance_checkout;
mod advance_payment;
mod advance_refund;
mod announce;
mod ask_carrier;
mod carrier;
mod catch_up;
mod checkpoint;
mod coaches;
mod consider_recharge;
mod count_room;
mod credit_cash;
mod delete_recording;
mod detach_card;
mod end_greeting;
mod expire_promo;
mod expire_vouchers;
mod fetch_prices;
mod figures;
mod follow_recording;
mod guests;
mod hang_up;
mod import_deck;
mod keep_decks;
mod keep_recorded;
mod limit_call;
mod look_at_calls;
mod look_at_card;
pub mod reconcile;
pub mod reconcile_calls;
mod renew_leg;
mod renew_payer;
mod ring_leg;
mod runner;
pub mod schedule;
mod send_events;
mod sweep;
mod take_stray;
mod watch_account;

pub use figures::keep_webhooks;
pub use keep_decks::{keep_decks, refresh_decks};
pub use runner::{Made, start};

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::flows::report::time_passed;
use crate::flows::{FlowError, Job, api_replies};
use crate::payments::NotSetUp;
use crate::storage::{StorageError, sessions};

/// What became of a job that did not fail.
#[derive(Debug, PartialEq, Eq)]
pub enum Done {
    Finished,
    Again(DateTime<Utc>),
}

/// Why a job is tried again later.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error(transparent)]
    Flow(#[from] FlowError),
    #[error("the carrier: {0}")]
    Carrier(String),
    #[error("the card processor: {0}")]
    Processor(String),
    #[error(transparent)]
    NotSetUp(#[from] NotSetUp),
    #[error("a job of this kind is not known: {0}")]
    Unreadable(String),
}

impl From<StorageError> for JobError {
    fn from(error: StorageError) -> Self {
        Self::Flow(error.into())
    }
}

async fn run(app: &App, job: Job) -> Result<Done, JobError> {
    match job {
        Job::RingLeg { leg } => ring_leg::run(app, leg).await,
        Job::HangUp { call_sid } => hang_up::run(app, call_sid).await,
        Job::AskCarrier { leg } => ask_carrier::run(app, leg).await,
        Job::Checkpoint { call } => checkpoint::run(app, call).await,
        Job::LookAtCalls { account } => look_at_calls::all(app, account).await,
        Job::LookAtCallsWithoutMoney { account } => look_at_calls::without_money(app, account).await,
        Job::RenewLeg { leg } => renew_leg::run(app, leg).await,
        Job::RenewPayer { call } => renew_payer::run(app, call).await,
        Job::LimitCall { leg } => limit_call::run(app, leg).await,
        Job::MirrorGuest { leg } => guests::mirror(app, leg).await,
        Job::TellGuest { leg } => guests::tell(app, leg).await,
        Job::EndAtDeadline { call } => end_at_deadline(app, call).await,
        Job::AdjustLeg { leg } => adjust_leg::run(app, leg).await,
        Job::CountRoom { call } => count_room::run(app, call).await,
        Job::Announce { call, announcement, leg, until } => {
            announce::run(app, announce::Wish { call, announcement, leg, until }).await
        }
        Job::LookAtLastMinute { call } => announce::look_at_last_minute(app, call).await,
        Job::AdvancePayment { payment } => advance_payment::run(app, payment).await,
        Job::SendEvents { endpoint } => send_events::run(app, endpoint).await,
        Job::ImportDeck { draft } => import_deck::run(app, draft).await,
        Job::AdvanceRefund { refund } => advance_refund::run(app, refund).await,
        Job::WatchAccount { account } => watch_account::run(app, account).await,
        Job::ConsiderRecharge { account } => consider_recharge::run(app, account).await,
        Job::AdvanceCheckout { checkout } => advance_checkout::run(app, checkout).await,
        Job::DetachCard { card } => detach_card::run(app, card).await,
        Job::LookAtCard { card } => look_at_card::run(app, card).await,
        Job::KeepRecorded { call } => keep_recorded::run(app, call).await,
        Job::FollowRecording { recording } => follow_recording::run(app, recording).await,
        Job::DeleteRecording { recording } => delete_recording::run(app, recording).await,
        Job::EndGreeting { call_sid } => end_greeting::run(app, call_sid).await,
        Job::CreditCash { receipt } => credit_cash::run(app, receipt).await,
        Job::ExpireVouchers { agent } => expire_vouchers::run(app, agent).await,
        Job::FetchPrices { call } => fetch_prices::run(app, call).await,
        Job::ReconcilePayments { processor, span, actor } => reconcile::run(app, processor, span, actor).await,
        Job::ReconcileCalls { span, actor } => reconcile_calls::run(app, span, actor).await,
        Job::ReconcileYesterday => reconcile::yesterday(app).await,
        Job::ExpirePromo { account } => expire_promo::run(app, account).await,
        Job::TakeStray { stray } => take_stray::run(app, stray).await,
        Job::CatchUp => catch_up::run(app).await,
        Job::Sweep => sweep::run(app).await,
        Job::ForgetSessions => forget_sessions(app).await,
        Job::CloseHours => figures::close_hours(app).await,
        Job::LookAtLiveCalls => figures::look_at_live_calls(app).await,
        Job::ForgetReplies => forget_replies(app).await,
    }
}

async fn end_at_deadline(app: &App, call: String) -> Result<Done, JobError> {
    let now = app.clock.now();
    let deadline = app.db.write(move |tx| time_passed(tx, &call, now)).await?;
    Ok(deadline.map_or(Done::Finished, Done::Again))
}

async fn forget_sessions(app: &App) -> Result<Done, JobError> {
    let now = app.clock.now();
    app.db.write(move |tx| sessions::delete_expired(tx, now)).await?;
    Ok(Done::Finished)
}

async fn forget_replies(app: &App) -> Result<Done, JobError> {
    let now = app.clock.now();
    app.db.write(move |tx| api_replies::forget_old(tx, now)).await?;
    Ok(Done::Finished)
}
