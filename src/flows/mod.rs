//! Stories of the books: each is told inside one database transaction. Load, let the domain decide, save, and make a
//! job of what must happen outside. Nothing here waits for a network.

pub mod access_cards;
pub mod access_numbers;
pub mod activate_vouchers;
pub mod add_leg;
pub mod agents;
pub mod agreement;
pub mod alerts;
pub mod announce;
pub mod api_replies;
pub mod api_tokens;
pub mod assign_stray;
pub mod begin_checkout;
pub mod bots;
pub mod breaker;
pub mod bundle_offers;
mod bundles;
pub mod by_hand;
pub mod call_changed;
pub mod call_links;
pub mod caps;
pub mod card_changes;
pub mod carrier_prices;
pub mod cash;
pub mod catch_up;
pub mod change_account;
pub mod change_language;
pub mod change_markup;
pub mod change_terms;
pub mod charging;
pub mod check_margin;
pub mod checkpoint;
pub mod count_room;
pub mod credit;
mod credit_charge;
pub mod debit;
pub mod deliver_event;
pub mod disputes;
pub mod draft_deck;
pub mod end_call;
pub mod explained;
pub mod figures;
pub mod freeze;
pub mod greet;
pub mod guests;
pub mod import_deck;
pub mod instruct_leg;
pub mod invitations;
pub mod itemise;
pub mod keep_conversions;
pub mod known_phones;
mod look_again;
pub mod make_plan;
pub mod marked_up;
pub mod open_account;
pub mod open_with_caller;
pub mod operate;
pub mod people;
pub mod place_call;
pub mod promo;
pub mod quote;
pub mod quote_number;
pub mod recharge;
pub mod recharge_outlook;
pub mod reconcile;
pub mod reconcile_calls;
pub mod recordings;
pub mod redeem_voucher;
pub mod refund;
pub mod refusals;
pub mod report;
pub mod ring_leg;
pub mod room_profiles;
pub mod save_card;
pub mod saved_cards;
pub mod seed;
pub mod set_password;
pub mod settle_checkout;
pub mod settle_payment;
pub mod settle_refund;
pub mod sounds;
pub mod statement;
pub mod strays;
pub mod supervise;
pub mod sweep;
mod take_back;
pub mod talk_time;
pub mod tell;
pub mod transfer;
pub mod two_persons;
pub mod void_voucher;
pub mod voucher_batches;
pub mod wanted;
pub mod watch;
pub mod write_off;

use chrono::{DateTime, Utc};

use crate::domain::call::Timing;
use crate::domain::call::announcement::Announcement;
use crate::domain::reconcile::Span;
use crate::storage::{StorageError, Tx, jobs};

/// The operator's rules of calling.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub timing: Timing,
    pub least_seconds: i64,
    pub most_legs: usize,
    pub most_live_calls: i64,
    /// Two may be held in a queue of the carrier's.
    pub queue_hold: bool,
}

/// What can go wrong in a flow besides a refusal, which is an answer.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Somebody named something that is not there.
    #[error("there is no {what} {id}")]
    NotFound { what: &'static str, id: String },
    /// What was told is about something that is not decided yet: it is to be told again.
    #[error("{0} may yet be paid, so it is too early to hear of it")]
    TooEarly(String),
}

impl FlowError {
    pub fn not_found(what: &'static str, id: &str) -> Self {
        Self::NotFound { what, id: id.to_owned() }
    }
}

/// Something to be done outside, or later. It carries only names; what is to be done is decided anew from the books
/// when the time has come.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    RingLeg {
        leg: String,
    },
    HangUp {
        call_sid: String,
    },
    AskCarrier {
        leg: String,
    },
    Checkpoint {
        call: String,
    },
    /// All running calls of the account are to look at its money.
    LookAtCalls {
        account: String,
    },
    /// Those of them whose last look found none.
    LookAtCallsWithoutMoney {
        account: String,
    },
    RenewLeg {
        leg: String,
    },
    RenewPayer {
        call: String,
    },
    AdjustLeg {
        leg: String,
    },
    /// Is anybody alone in the room?
    CountRoom {
        call: String,
    },
    LimitCall {
        leg: String,
    },
    /// A host is to learn what became of the guest whom this leg mirrors.
    MirrorGuest {
        leg: String,
    },
    /// A guest is to learn whether its host still wants it.
    TellGuest {
        leg: String,
    },
    EndAtDeadline {
        call: String,
    },
    Announce {
        call: String,
        announcement: Announcement,
        /// `None`: everybody.
        leg: Option<String>,
        until: DateTime<Utc>,
    },
    LookAtLastMinute {
        call: String,
    },
    AdvancePayment {
        payment: String,
    },
    SendEvents {
        endpoint: String,
    },
    ImportDeck {
        draft: String,
    },
    AdvanceRefund {
        refund: String,
    },
    /// Is the account's free balance below what its owner agreed to keep?
    ConsiderRecharge {
        account: String,
    },
    /// Does it look like fraud?
    WatchAccount {
        account: String,
    },
    AdvanceCheckout {
        checkout: String,
    },
    DetachCard {
        card: String,
    },
    /// How does its processor have a saved card now?
    LookAtCard {
        card: String,
    },
    /// Record the call as it is wanted.
    KeepRecorded {
        call: String,
    },
    /// What became of a recording of which nobody has told the end?
    FollowRecording {
        recording: String,
    },
    DeleteRecording {
        recording: String,
    },
    /// A call that came in has been greeted for long enough.
    EndGreeting {
        call_sid: String,
    },
    /// Cash that an agent took reaches the account it is for.
    CreditCash {
        receipt: String,
    },
    /// Of one agent.
    ExpireVouchers {
        agent: String,
    },
    /// What does the carrier take for the legs of a settled call?
    FetchPrices {
        call: String,
    },
    /// Compare our books with a card processor's statement.
    ReconcilePayments {
        processor: String,
        span: Span,
        /// Who asked for it; `None`: nobody did.
        actor: Option<String>,
    },
    /// Compare our legs with the carrier's list of calls.
    ReconcileCalls {
        span: Span,
        actor: Option<String>,
    },
    /// Both of the day before, with each processor.
    ReconcileYesterday,
    /// Promotional credit of an account has reached its end.
    ExpirePromo {
        account: String,
    },
    /// What was told of a charge that was nobody's is told again.
    TakeStray {
        stray: String,
    },
    /// Ask card processors what they have told lately.
    CatchUp,
    /// Make up for jobs that were lost.
    Sweep,
    ForgetSessions,
    /// Count the hours that are over.
    CloseHours,
    LookAtLiveCalls,
    ForgetReplies,
}

impl Job {
    /// One job of a key waits at a time.
    pub fn key(&self) -> String {
        match self {
            Self::RingLeg { leg } => format!("ring_leg:{leg}"),
            Self::HangUp { call_sid } => format!("hang_up:{call_sid}"),
            Self::AskCarrier { leg } => format!("ask_carrier:{leg}"),
            Self::Checkpoint { call } => format!("checkpoint:{call}"),
            Self::LookAtCalls { account } => format!("look_at_calls:{account}"),
            Self::LookAtCallsWithoutMoney { account } => format!("look_at_calls_without_money:{account}"),
            Self::RenewLeg { leg } => format!("renew_leg:{leg}"),
            Self::RenewPayer { call } => format!("renew_payer:{call}"),
            Self::LimitCall { leg } => format!("limit_call:{leg}"),
            Self::MirrorGuest { leg } => format!("mirror_guest:{leg}"),
            Self::TellGuest { leg } => format!("tell_guest:{leg}"),
            Self::EndAtDeadline { call } => format!("end_at_deadline:{call}"),
            Self::AdjustLeg { leg } => format!("adjust_leg:{leg}"),
            Self::CountRoom { call } => format!("count_room:{call}"),
            Self::Announce { call, announcement, leg, .. } => {
                format!("announce:{call}:{announcement}:{}", leg.as_deref().unwrap_or("all"))
            }
            Self::LookAtLastMinute { call } => format!("look_at_last_minute:{call}"),
            Self::AdvancePayment { payment } => format!("advance_payment:{payment}"),
            Self::SendEvents { endpoint } => format!("send_events:{endpoint}"),
            Self::ImportDeck { draft } => format!("import_deck:{draft}"),
            Self::AdvanceRefund { refund } => format!("advance_refund:{refund}"),
            Self::ConsiderRecharge { account } => format!("consider_recharge:{account}"),
            Self::WatchAccount { account } => format!("watch_account:{account}"),
            Self::AdvanceCheckout { checkout } => format!("advance_checkout:{checkout}"),
            Self::DetachCard { card } => format!("detach_card:{card}"),
            Self::LookAtCard { card } => format!("look_at_card:{card}"),
            Self::KeepRecorded { call } => format!("keep_recorded:{call}"),
            Self::FollowRecording { recording } => format!("follow_recording:{recording}"),
            Self::DeleteRecording { recording } => format!("delete_recording:{recording}"),
            Self::EndGreeting { call_sid } => format!("end_greeting:{call_sid}"),
            Self::CreditCash { receipt } => format!("credit_cash:{receipt}"),
            Self::ExpireVouchers { agent } => format!("expire_vouchers:{agent}"),
            Self::FetchPrices { call } => format!("fetch_prices:{call}"),
            Self::ReconcilePayments { processor, span, .. } => format!("reconcile_payments:{processor}:{}", span.from),
            Self::ReconcileCalls { span, .. } => format!("reconcile_calls:{}", span.from),
            Self::ReconcileYesterday => "reconcile_yesterday".to_owned(),
            Self::ExpirePromo { account } => format!("expire_promo:{account}"),
            Self::TakeStray { stray } => format!("take_stray:{stray}"),
            Self::CatchUp => "catch_up".to_owned(),
            Self::Sweep => "sweep".to_owned(),
            Self::ForgetSessions => "forget_sessions".to_owned(),
            Self::CloseHours => "close_hours".to_owned(),
            Self::LookAtLiveCalls => "look_at_live_calls".to_owned(),
            Self::ForgetReplies => "forget_replies".to_owned(),
        }
    }

    pub fn enqueue(&self, tx: &mut Tx, due_at: DateTime<Utc>) -> Result<(), StorageError> {
        let payload = serde_json::to_value(self).expect("a job is plain data");
        let kind = payload["kind"].as_str().unwrap_or_default().to_owned();
        jobs::enqueue(tx, &self.key(), &kind, &payload.to_string(), due_at)
    }
}
