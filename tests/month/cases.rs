//! What may become of a payment, a visit, a refund and a call: tables from which chance picks.

use talktime::sandbox::cards::FaultKind::{
    self, Conflict409, DelayWebhook, DropWebhook, DuplicateWebhook, Error500After, Error500Before, FailingRefund,
    ForgeWebhook, Garbled200, LostAfter, LostBefore, OtherAmount, OtherCurrency, OtherCustomer, PendingRefund,
    TooMany429,
};
use talktime::sandbox::cards::RefundEnd;
use talktime::sandbox::cards::Turn::{self, Dispute, Inquire, Lose, Warn, Win};
use talktime::sandbox::carrier::FaultKind as AtCarrier;

/// Which requests or messages, what happens to them, and how often.
pub type Trouble = (&'static str, FaultKind, u32);

const CREATE: &str = "POST /v1/payment_intents";
const CONFIRM: &str = "/confirm";
const LOOK: &str = "GET /v1/payment_intents";
const CANCEL: &str = "/cancel";
const ALL: &str = "";

/// How charging the card of a chapter goes.
pub struct Case {
    pub card: &'static str,
    pub troubles: &'static [Trouble],
}

const fn case(card: &'static str, troubles: &'static [Trouble]) -> Case {
    Case { card, troubles }
}

const GOOD: &str = "pm_card_visa";

/// Every class of decline, and every way from a decision to its end.
pub const CASES: &[Case] = &[
    case("pm_card_visa_chargeDeclined", &[]),
    case("pm_card_visa_chargeDeclinedInsufficientFunds", &[]),
    case("pm_card_visa_chargeDeclinedLostCard", &[]),
    case("pm_card_visa_chargeDeclinedStolenCard", &[]),
    case("pm_card_chargeDeclinedExpiredCard", &[]),
    case("pm_card_chargeDeclinedIncorrectCvc", &[]),
    case("pm_card_chargeDeclinedProcessingError", &[]),
    case("pm_card_radarBlock", &[]),
    case("pm_card_chargeCustomerFail", &[]),
    case("pm_card_authenticationRequired", &[]),
    case("pm_card_processing_succeeds", &[]),
    case("pm_card_processing_succeeds", &[(ALL, DropWebhook, 20)]),
    case("pm_card_processing_fails", &[]),
    case(GOOD, &[(CREATE, LostBefore, 1)]),
    case(GOOD, &[(CREATE, LostAfter, 1)]),
    case(GOOD, &[(CREATE, Garbled200, 1)]),
    case(GOOD, &[(CREATE, TooMany429, 1), (CONFIRM, TooMany429, 2)]),
    case(GOOD, &[(CONFIRM, LostBefore, 1)]),
    case(GOOD, &[(CONFIRM, LostAfter, 1)]),
    case(GOOD, &[(CONFIRM, Error500After, 1)]),
    case(GOOD, &[(CONFIRM, Error500Before, 1)]),
    case(GOOD, &[(CONFIRM, Conflict409, 2)]),
    case(GOOD, &[(CONFIRM, Garbled200, 1)]),
    case(GOOD, &[(CONFIRM, LostAfter, 1), (LOOK, LostBefore, 50)]),
    case(GOOD, &[(CONFIRM, LostBefore, 50), (ALL, DropWebhook, 20)]),
    case(GOOD, &[(CONFIRM, LostBefore, 50), (CANCEL, Error500After, 1)]),
    case(GOOD, &[(CONFIRM, LostAfter, 1), (LOOK, LostBefore, 6), (ALL, DropWebhook, 20)]),
    case(GOOD, &[(CONFIRM, LostAfter, 1), (LOOK, LostBefore, 50), (CANCEL, LostBefore, 50), (ALL, DropWebhook, 20)]),
    // Heard of only by asking what was missed.
    case(GOOD, &[(CONFIRM, LostAfter, 1), (LOOK, LostBefore, 999), (CANCEL, LostBefore, 999), (ALL, DropWebhook, 99)]),
    case(GOOD, &[(ALL, DuplicateWebhook, 20)]),
    case(GOOD, &[(ALL, DelayWebhook { seconds: 90 }, 20)]),
    case(GOOD, &[(ALL, ForgeWebhook, 20)]),
    case("pm_card_processing_succeeds", &[("processing", DelayWebhook { seconds: 60 }, 1)]),
    case(GOOD, &[(CONFIRM, OtherAmount, 1)]),
    case(GOOD, &[(CONFIRM, OtherCurrency, 1)]),
    case(GOOD, &[(CONFIRM, OtherCustomer, 1)]),
    case("pm_card_refundFail", &[]),
    case("pm_card_pendingRefund", &[]),
];

pub const CALM: Case = case(GOOD, &[]);

/// What goes wrong with a refund.
pub const REFUNDS: &[&[Trouble]] = &[
    &[],
    &[("POST /v1/refunds", LostAfter, 1)],
    &[("POST /v1/refunds", LostBefore, 1)],
    &[("POST /v1/refunds", Error500After, 1)],
    &[("POST /v1/refunds", LostAfter, 1), ("GET /v1/refunds", LostBefore, 3)],
    &[("POST /v1/refunds", FailingRefund, 1)],
    &[("POST /v1/refunds", PendingRefund, 1), ("refund", DropWebhook, 20)],
];

/// What a customer does at the processor's page.
#[derive(Clone, Copy, Debug)]
pub enum AtPage {
    Pays(&'static str),
    /// Declined, and then another card.
    TriesTwice(&'static str),
    /// And takes it back at the bank before we have heard of it.
    PaysUnheard,
    /// The page expires.
    GoesAway,
    /// Back at our page, it is not wanted any more.
    Cancels,
}

pub struct Visit {
    pub does: AtPage,
    pub troubles: &'static [Trouble],
}

const fn visit(does: AtPage, troubles: &'static [Trouble]) -> Visit {
    Visit { does, troubles }
}

const TYPED: AtPage = AtPage::Pays("4242424242424242");

pub const VISITS: &[Visit] = &[
    visit(TYPED, &[]),
    visit(TYPED, &[(ALL, DropWebhook, 20)]),
    visit(TYPED, &[("GET /v1/checkout/sessions", LostBefore, 20)]),
    visit(AtPage::PaysUnheard, &[("GET /v1/checkout/sessions", LostBefore, 999), (ALL, DropWebhook, 99)]),
    visit(TYPED, &[(ALL, DuplicateWebhook, 20)]),
    visit(TYPED, &[("POST /v1/checkout/sessions", LostAfter, 1)]),
    visit(TYPED, &[("POST /v1/checkout/sessions", LostBefore, 1)]),
    visit(AtPage::Pays("4000000000009001"), &[(ALL, DropWebhook, 20)]),
    visit(AtPage::Pays("4000000000009002"), &[]),
    visit(AtPage::TriesTwice("4000000000000002"), &[]),
    visit(AtPage::TriesTwice("4000000000009995"), &[]),
    visit(AtPage::GoesAway, &[]),
    visit(AtPage::Cancels, &[]),
];

/// A fault at the carrier: of which requests or webhooks, and of the caller's own phone or of the others'.
pub type AtCall = (AtCarrier, &'static str, &'static str, Whose, u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Payer,
    Others,
}

pub const AT_CALLS: &[AtCall] = &[
    (AtCarrier::LostAfter, "POST", "Calls.json", Whose::Payer, 1),
    (AtCarrier::LostAfter, "POST", "Calls.json", Whose::Others, 1),
    (AtCarrier::LostBefore, "POST", "Calls.json", Whose::Payer, 1),
    (AtCarrier::LostBefore, "POST", "Calls.json", Whose::Others, 1),
    (AtCarrier::TooManyRequests, "POST", "Calls.json", Whose::Others, 2),
    (AtCarrier::ServerError, "POST", "Calls.json", Whose::Payer, 1),
    (AtCarrier::LostAfter, "POST", "/Calls/CA", Whose::Payer, 1),
    (AtCarrier::LostAfter, "POST", "/Calls/CA", Whose::Others, 1),
    (AtCarrier::LostBefore, "POST", "/Calls/CA", Whose::Others, 1),
    (AtCarrier::WebhookLost, "POST", "/status", Whose::Payer, 0),
    (AtCarrier::WebhookLost, "POST", "/status", Whose::Others, 0),
    (AtCarrier::WebhookTwice, "POST", "", Whose::Payer, 0),
    (AtCarrier::WebhookTwice, "POST", "", Whose::Others, 0),
    (AtCarrier::WebhookLate, "POST", "/status", Whose::Others, 2),
    (AtCarrier::WebhookLate, "POST", "conference", Whose::Payer, 2),
    (AtCarrier::WrongSignature, "POST", "/status", Whose::Others, 0),
];

/// How phones behave that are called, by the last digits of their numbers.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// The other hangs up after so many seconds, between these.
    OtherHangsUp(u64, u64),
    PayerHangsUp(u64, u64),
    /// By a program.
    HungUp(u64, u64),
    Other(&'static str),
    Payer(&'static str),
    Two,
    /// A second call begins meanwhile.
    Overlapping,
    Machine,
    NoRate,
    /// Blocked until somebody allows it.
    Premium,
}

/// Out of a hundred calls.
pub const CALLS: &[(u64, Kind)] = &[
    (49, Kind::OtherHangsUp(10, 150)),
    (12, Kind::HungUp(15, 300)),
    (8, Kind::PayerHangsUp(10, 120)),
    (6, Kind::Two),
    (5, Kind::Overlapping),
    (4, Kind::Other("0002")),
    (3, Kind::Other("0003")),
    (3, Kind::Other("0004")),
    (2, Kind::Other("0030")),
    (2, Kind::Payer("0002")),
    (2, Kind::Machine),
    (2, Kind::OtherHangsUp(1, 3)),
    (1, Kind::NoRate),
    (1, Kind::Premium),
];

/// Nobody is told.
pub const LOST: &[Trouble] = &[(ALL, DropWebhook, 50)];

/// What becomes of a charge at its bank, and what goes wrong with the messages about it.
pub struct Turned {
    pub turns: &'static [Turn],
    pub troubles: &'static [Trouble],
}

const fn turned(turns: &'static [Turn], troubles: &'static [Trouble]) -> Turned {
    Turned { turns, troubles }
}

pub const TURNS: &[Turned] = &[
    turned(&[Dispute, Win], &[]),
    turned(&[Dispute, Lose], &[]),
    turned(&[Dispute, Win], LOST),
    turned(&[Dispute, Lose], LOST),
    turned(
        &[Dispute, Win],
        &[("created", DelayWebhook { seconds: 40 }, 1), ("withdrawn", DelayWebhook { seconds: 20 }, 1)],
    ),
    turned(&[Dispute, Win], &[("withdrawn", DropWebhook, 1), ("closed", DropWebhook, 1)]),
    turned(&[Dispute, Lose], &[(ALL, DuplicateWebhook, 20)]),
    turned(&[Dispute, Lose], &[(ALL, ForgeWebhook, 20)]),
    turned(&[Warn], &[]),
    turned(&[Warn], LOST),
    turned(&[Warn, Dispute, Lose], &[]),
    turned(&[Inquire, Win], &[]),
    turned(&[Inquire, Dispute, Win], &[]),
    turned(&[Inquire, Dispute, Lose], &[("withdrawn", DropWebhook, 1)]),
];

/// A refund that somebody makes at the processor's own page: what goes wrong, and how it ends if it has to wait.
pub const OUTSIDE: &[(&[Trouble], Option<RefundEnd>)] = &[
    (&[], None),
    (LOST, None),
    (&[(ALL, DuplicateWebhook, 20)], None),
    (&[("refund", DelayWebhook { seconds: 70 }, 20)], None),
    (&[("POST /v1/refunds", FailingRefund, 1)], None),
    (&[("POST /v1/refunds", FailingRefund, 1), (ALL, DropWebhook, 50)], None),
    (&[("POST /v1/refunds", PendingRefund, 1)], Some(RefundEnd::Succeeds)),
    (&[("POST /v1/refunds", PendingRefund, 1)], Some(RefundEnd::Fails)),
];
