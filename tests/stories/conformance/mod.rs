//! What every card processor has to stand: one table of scenarios, played against the sandbox twin of each. Whatever
//! happens, a payment takes money at most once, and the books credit exactly what was taken, or nothing.

mod pages;
mod stage;

use talktime::sandbox::cards::FaultKind::{
    Conflict409, DelayWebhook, DropWebhook, DuplicateWebhook, Error500After, Error500Before, FailingRefund,
    ForgeWebhook, Garbled200, LostAfter, LostBefore, OtherAmount, OtherCurrency, OtherCustomer, PendingRefund,
    TooMany429,
};

use crate::support::twin::{Name, On};
use crate::support::{Kind, World};
use stage::{End, Leaves, Scenario, Then};

const GOOD: &str = "pm_card_visa";
/// Nothing goes wrong.
const CALM: &[stage::Trouble] = &[];

const CREDITED: End = End { state: "credited", charged: 1, credited: "1.00" };
const FAILED: End = End { state: "failed", charged: 0, credited: "0.00" };
const CANCELED: End = End { state: "canceled", charged: 0, credited: "0.00" };
/// Money moved that is not what was agreed to: nothing is credited, and a human looks.
const QUARANTINED: End = End { state: "quarantined", charged: 1, credited: "0.00" };

const fn scenario(
    name: &'static str,
    card: &'static str,
    troubles: &'static [stage::Trouble],
    then: Then,
    end: End,
) -> Scenario {
    Scenario { name, card, troubles, then, ends: [end, end], leaves: Leaves::AsItWas }
}

impl Scenario {
    const fn and(self, leaves: Leaves) -> Self {
        Self { leaves, ..self }
    }

    /// Where Hyperswitch, which keeps no answers under keys, ends otherwise.
    const fn but_at_hyperswitch(self, end: End) -> Self {
        Self { ends: [self.ends[0], end], ..self }
    }
}

#[rustfmt::skip]
const SCENARIOS: &[Scenario] = &[
    scenario("a good card", GOOD, CALM, Then::Nothing, CREDITED),
    // What a card says.
    scenario("declined without a reason", "pm_card_chargeCustomerFail", CALM, Then::Nothing, FAILED),
    scenario("declined for want of money", "pm_card_visa_chargeDeclinedInsufficientFunds", CALM, Then::Nothing, FAILED),
    scenario("declined for good", "pm_card_visa_chargeDeclinedLostCard", CALM, Then::Nothing, FAILED).and(Leaves::Paused),
    scenario("declined for the moment", "pm_card_chargeDeclinedProcessingError", CALM, Then::Nothing, FAILED),
    scenario("the customer is needed", "pm_card_authenticationRequired", CALM, Then::Nothing, FAILED).and(Leaves::Paused),
    scenario("processing, then success", "pm_card_processing_succeeds", CALM, Then::Nothing, CREDITED),
    scenario("processing, then failure", "pm_card_processing_fails", CALM, Then::Nothing, FAILED),
    // What happens to a request.
    scenario("a connection is refused", GOOD, &[(On::Confirm, TooMany429, 2)], Then::RefuseConfirmation, CREDITED),
    scenario("a creation is lost on its way", GOOD, &[(On::Create, LostBefore, 1)], Then::Nothing, CREDITED),
    scenario("the answer to a creation is lost", GOOD, &[(On::Create, LostAfter, 1)], Then::Nothing, CREDITED),
    scenario("a confirmation is lost on its way", GOOD, &[(On::Confirm, LostBefore, 1)], Then::Nothing, CREDITED),
    scenario("the answer to a confirmation is lost", GOOD, &[(On::Confirm, LostAfter, 1)], Then::Nothing, CREDITED),
    scenario("an error 500 after the charge", GOOD, &[(On::Confirm, Error500After, 1)], Then::Nothing, CREDITED),
    scenario("an error 500 before the charge", GOOD, &[(On::Confirm, Error500Before, 1)], Then::Nothing, CANCELED).but_at_hyperswitch(CREDITED),
    scenario("somebody is at work on the same", GOOD, &[(On::Confirm, Conflict409, 2)], Then::Nothing, CREDITED),
    scenario("too many requests", GOOD, &[(On::Create, TooMany429, 1), (On::Confirm, TooMany429, 2)], Then::Nothing, CREDITED),
    scenario("a creation is answered unreadably", GOOD, &[(On::Create, Garbled200, 1)], Then::Nothing, CREDITED),
    scenario("a confirmation is answered unreadably", GOOD, &[(On::Confirm, Garbled200, 1)], Then::Nothing, CREDITED),
    // A process dies between noting a request and sending it.
    scenario("a crash before the creation", GOOD, &[(On::Create, TooMany429, 2)], Then::DropStep, CREDITED),
    scenario("a crash before the confirmation", GOOD, &[(On::Confirm, TooMany429, 2)], Then::DropStep, CREDITED),
    scenario("a crash before the fence", "pm_card_authenticationRequired", &[(On::Cancel, TooMany429, 1)], Then::DropStep, FAILED).and(Leaves::Paused),
    // What the processor tells unasked.
    scenario("the message comes first", GOOD, &[(On::Confirm, LostAfter, 1), (On::Look, LostBefore, 50)], Then::Nothing, CREDITED),
    scenario("every message comes twice", GOOD, &[(On::EveryMessage, DuplicateWebhook, 50)], Then::Nothing, CREDITED),
    scenario("every message comes late", GOOD, &[(On::EveryMessage, DelayWebhook { seconds: 90 }, 50)], Then::Nothing, CREDITED),
    scenario("every message is forged, too", GOOD, &[(On::EveryMessage, ForgeWebhook, 50)], Then::Nothing, CREDITED),
    scenario("messages come in another order", "pm_card_processing_succeeds", &[(On::MessageOfProcessing, DelayWebhook { seconds: 60 }, 1)], Then::Nothing, CREDITED),
    scenario("no message comes", "pm_card_processing_succeeds", &[(On::EveryMessage, DropWebhook, 50)], Then::Nothing, CREDITED),
    // The purpose is gone.
    scenario("fenced in time", GOOD, &[(On::Confirm, LostBefore, 50), (On::EveryMessage, DropWebhook, 50)], Then::Nothing, CANCELED),
    scenario("fenced too late", GOOD, &[(On::Confirm, LostAfter, 1), (On::Look, LostBefore, 6), (On::EveryMessage, DropWebhook, 50)], Then::Nothing, CREDITED),
    scenario("the answer to the fence is an error", GOOD, &[(On::Confirm, LostBefore, 50), (On::Cancel, Error500After, 1)], Then::Nothing, CANCELED),
    scenario("success after the call has ended", GOOD, &[(On::Confirm, LostAfter, 1), (On::Look, LostBefore, 50), (On::Cancel, LostBefore, 50), (On::EveryMessage, DropWebhook, 50)], Then::OutliveCall, CREDITED),
    scenario("the card is removed meanwhile", GOOD, &[(On::Confirm, TooMany429, 2)], Then::RemoveCard, CANCELED).and(Leaves::NoCard),
    // What was taken is not what was agreed to.
    scenario("another amount is taken", GOOD, &[(On::Confirm, OtherAmount, 1)], Then::Nothing, QUARANTINED),
    scenario("another currency is taken", GOOD, &[(On::Confirm, OtherCurrency, 1)], Then::Nothing, QUARANTINED),
    scenario("another customer's money is taken", GOOD, &[(On::Confirm, OtherCustomer, 1)], Then::Nothing, QUARANTINED),
    // Money goes back.
    scenario("all is given back", GOOD, CALM, Then::Refund { parts: &["1.00"], back: 100 }, CREDITED),
    scenario("it is given back in parts", GOOD, CALM, Then::Refund { parts: &["0.40", "0.25"], back: 65 }, CREDITED),
    scenario("the answer to a refund is lost", GOOD, &[(On::Refund, LostAfter, 1)], Then::Refund { parts: &["0.40"], back: 40 }, CREDITED),
    scenario("a refund is lost on its way", GOOD, &[(On::Refund, LostBefore, 1)], Then::Refund { parts: &["0.40"], back: 40 }, CREDITED),
    scenario("the search for a refund is lost, too", GOOD, &[(On::Refund, LostAfter, 1), (On::LookAtRefund, LostBefore, 3)], Then::Refund { parts: &["0.40"], back: 40 }, CREDITED),
    scenario("a refund waits, and fails", GOOD, &[(On::Refund, PendingRefund, 1)], Then::SendRefundBack, CREDITED),
    scenario("a refund succeeds, and comes back later", GOOD, &[(On::Refund, FailingRefund, 1)], Then::Refund { parts: &["0.40"], back: 0 }, CREDITED),
    scenario("a refund is refused", GOOD, CALM, Then::RefundWhatIsGone, CREDITED),
    // Money goes without our doing.
    scenario("it is given back elsewhere", GOOD, CALM, Then::RefundElsewhere, CREDITED),
    scenario("a dispute is won", GOOD, CALM, Then::Dispute { wins: true }, CREDITED).and(Leaves::Paused),
    scenario("a dispute is lost", GOOD, CALM, Then::Dispute { wins: false }, CREDITED).and(Leaves::Paused),
    scenario("every message of a dispute comes twice", GOOD, &[(On::EveryMessage, DuplicateWebhook, 50)], Then::Dispute { wins: true }, CREDITED).and(Leaves::Paused),
    scenario("nobody listens, and what was missed is asked for", GOOD, &[(On::EveryMessage, DropWebhook, 50)], Then::AskWhatWasMissed, CREDITED).and(Leaves::Paused),
    scenario("the message of success comes long after all is over", GOOD, &[(On::MessageOfSuccess, DelayWebhook { seconds: 80 }, 1)], Then::Refund { parts: &["1.00"], back: 100 }, CREDITED),
];

async fn conforms(processor: Name, kind: Kind) {
    let mut world = World::with(kind, processor).await;
    for scenario in SCENARIOS {
        stage::play(&mut world, scenario).await;
    }
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stripe_conforms_on_sqlite() {
    conforms(Name::Stripe, Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stripe_conforms_on_postgres() {
    conforms(Name::Stripe, Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hyperswitch_conforms_on_sqlite() {
    conforms(Name::Hyperswitch, Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hyperswitch_conforms_on_postgres() {
    conforms(Name::Hyperswitch, Kind::Postgres).await;
}

/// What was begun with one processor goes on there when another is chosen, and both charge the cards saved with them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_is_charged_by_the_processor_it_was_saved_with() {
    let mut world = World::with(Kind::Sqlite, Name::Hyperswitch).await;
    let account = world.caller("0.01").await;
    world.save_with_stripe(&account, GOOD).await;
    world.agree(&account, &[GOOD]).await;
    world.dial(&account, &["+14155550101"]).await;
    world.pass(chrono::TimeDelta::seconds(10)).await;
    assert_eq!((world.cards.charges().len(), world.twin().charged(&account).len()), (1, 0), "the card saved first");
    assert_eq!(world.payments(&account).await, ["credited"]);
    let charge = world.cards.charges().remove(0).payment_intent;
    stage::give_all_back(&mut world, &account, &charge).await;
    assert_eq!(world.cards.refunds().len(), 1, "through whoever took it");
    world.close().await;
}
