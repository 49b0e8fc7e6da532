//! What the model promises: money moves once, a decline says why, and a canceled intent stays canceled.

use chrono::DateTime;

use super::super::model::CustomerDetails;
use super::super::refunds::NewRefund;
use super::*;

fn cause() -> Cause {
    Cause {
        now: DateTime::UNIX_EPOCH,
        request: Some("req_1".to_owned()),
        key: Some("k".to_owned()),
        base_url: String::new(),
    }
}

fn model() -> Model {
    Model::new(DateTime::UNIX_EPOCH)
}

/// An intent over 5.00 for a customer with this card.
fn intent(model: &mut Model, card: &str) -> String {
    let customer = model.create_customer(CustomerDetails::default(), &cause());
    let customer = customer["id"].as_str().unwrap().to_owned();
    let method = model.attach(card, &customer, &cause()).unwrap();
    let intent = model
        .create_intent(
            NewIntent {
                amount: 500,
                currency: "usd".to_owned(),
                customer: Some(customer),
                method: method["id"].as_str().map(str::to_owned),
                metadata: BTreeMap::new(),
                description: None,
                receipt_email: None,
                setup_future_usage: None,
            },
            &cause(),
        )
        .unwrap();
    assert_eq!(intent["status"], "requires_confirmation");
    intent["id"].as_str().unwrap().to_owned()
}

fn moved(model: &Model) -> usize {
    model.tries.values().filter(|charge| charge.failure.is_none()).count()
}

#[test]
fn every_declining_card_says_why_and_leaves_the_intent_open() {
    for card in test_cards::TEST_CARDS {
        let Behaviour::Declines { code, decline_code } = card.behaviour else { continue };
        let mut model = model();
        let id = intent(&mut model, card.name);
        let declined = model.confirm(&id, None, true, &cause()).unwrap_err();
        assert_eq!((declined.status, declined.executed), (402, true));
        let error = declined.error;
        assert_eq!((&error["type"], &error["code"]), (&json!("card_error"), &json!(code)), "{}", card.name);
        assert_eq!(error["decline_code"], decline_code);
        assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
        assert_eq!(error["payment_intent"]["last_payment_error"]["decline_code"], decline_code);
        assert_eq!(error["payment_method"]["object"], "payment_method");
        assert_eq!(moved(&model), 0);
        assert_eq!(model.news().last().unwrap()["type"], "payment_intent.payment_failed");
    }
}

#[test]
fn a_declined_intent_can_be_paid_with_another_card_that_has_to_be_named() {
    let mut model = model();
    let id = intent(&mut model, "pm_card_chargeCustomerFail");
    model.confirm(&id, None, true, &cause()).unwrap_err();
    let nameless = model.confirm(&id, None, true, &cause()).unwrap_err();
    assert_eq!(nameless.error["code"], "payment_intent_unexpected_state");
    let paid = model.confirm(&id, Some("pm_card_visa"), true, &cause()).unwrap();
    assert_eq!((&paid["status"], &paid["last_payment_error"]), (&json!("succeeded"), &Value::Null));
    assert_eq!(moved(&model), 1);
}

#[test]
fn a_paid_intent_can_be_neither_paid_again_nor_canceled() {
    let mut model = model();
    let id = intent(&mut model, "pm_card_visa");
    let paid = model.confirm(&id, None, true, &cause()).unwrap();
    assert_eq!((&paid["status"], &paid["amount_received"]), (&json!("succeeded"), &json!(500)));
    for refused in [model.confirm(&id, None, true, &cause()), model.cancel(&id, None, &cause())] {
        let refused = refused.unwrap_err();
        assert_eq!((refused.status, &refused.error["code"]), (400, &json!("payment_intent_unexpected_state")));
        assert_eq!(refused.error["payment_intent"]["status"], "succeeded");
    }
    assert_eq!(moved(&model), 1);
}

#[test]
fn a_canceled_intent_is_never_charged() {
    let mut model = model();
    let id = intent(&mut model, "pm_card_visa");
    assert_eq!(model.cancel(&id, Some("abandoned".to_owned()), &cause()).unwrap()["status"], "canceled");
    let refused = model.confirm(&id, None, true, &cause()).unwrap_err();
    assert_eq!(refused.error["payment_intent"]["status"], "canceled");
    assert_eq!(moved(&model), 0);
}

#[test]
fn a_processing_card_settles_once_and_cannot_be_canceled_before() {
    for (card, status, charges) in
        [("pm_card_processing_succeeds", "succeeded", 1), ("pm_card_processing_fails", "requires_payment_method", 0)]
    {
        let mut model = model();
        let id = intent(&mut model, card);
        assert_eq!(model.confirm(&id, None, true, &cause()).unwrap()["status"], "processing");
        assert_eq!(model.cancel(&id, None, &cause()).unwrap_err().status, 400);
        model.settle(&id, &cause());
        model.settle(&id, &cause());
        assert_eq!(model.intent(&id).unwrap().status.word(), status);
        assert_eq!(moved(&model), charges);
    }
}

#[test]
fn a_card_that_wants_its_customer_declines_without_him() {
    let mut model = model();
    let id = intent(&mut model, "pm_card_authenticationRequired");
    assert_eq!(model.confirm(&id, None, false, &cause()).unwrap()["status"], "requires_action");
    let declined = model.confirm(&id, None, true, &cause()).unwrap_err();
    assert_eq!(declined.error["code"], "authentication_required");
}

#[test]
fn no_more_is_refunded_than_was_paid() {
    let mut model = model();
    let id = intent(&mut model, "pm_card_visa");
    let refund = |amount| NewRefund { intent: id.clone(), amount, reason: None, metadata: BTreeMap::new() };
    assert_eq!(model.refund(refund(None), &cause()).unwrap_err().status, 400, "nothing was paid yet");
    model.confirm(&id, None, true, &cause()).unwrap();
    assert_eq!(model.refund(refund(Some(200)), &cause()).unwrap()["amount"], 200);
    assert_eq!(model.refund(refund(Some(301)), &cause()).unwrap_err().status, 400);
    assert_eq!(model.refund(refund(None), &cause()).unwrap()["amount"], 300);
    assert_eq!(model.refund(refund(None), &cause()).unwrap_err().error["code"], "charge_already_refunded");
}

#[test]
fn a_saved_card_pays_only_for_its_customer() {
    let mut model = model();
    let mine = intent(&mut model, "pm_card_visa");
    let theirs = intent(&mut model, "pm_card_visa");
    let method = model.intent(&theirs).unwrap().method.clone().unwrap();
    assert_eq!(model.confirm(&mine, Some(&method), true, &cause()).unwrap_err().status, 400);
    assert_eq!(moved(&model), 0);
}
