//! Pages of Hyperswitch's: what asks for one, and what answers and notices about one mean.

use serde_json::{Value, json};

use super::super::tests::{fixture, settings};
use super::*;
use crate::payments::Receipt;
use crate::payments::checkouts::{Card, Paid, Purpose, Seen, Standing};
use crate::wire::Method;

const ID: &str = "chk_01kah300000000000000000000";
const ACCOUNT: &str = "acc_01kah300000000000000000000";

fn hyperswitch() -> Hyperswitch {
    Hyperswitch::new(settings())
}

fn checkout(purpose: Purpose) -> NewCheckout {
    NewCheckout {
        checkout: ID.to_owned(),
        account: ACCOUNT.to_owned(),
        purpose,
        currency: "USD".parse().unwrap(),
        customer_ref: ACCOUNT.to_owned(),
        expires_at: chrono::DateTime::from_timestamp(1_795_229_801, 0).unwrap(),
        success_url: format!("https://talktime.example/money/checkouts/{ID}?back=1"),
        cancel_url: format!("https://talktime.example/money/checkouts/{ID}?back=0"),
    }
}

fn body(purpose: Purpose) -> String {
    hyperswitch().checkout_body(&checkout(purpose))
}

fn top_up(save_card: bool) -> Purpose {
    Purpose::TopUp { amount: "25".parse().unwrap(), save_card }
}

fn open() -> CheckoutOrder {
    CheckoutOrder::Open { key: "k".to_owned(), body: body(top_up(true)) }
}

fn look() -> CheckoutOrder {
    CheckoutOrder::Look { reference: ID.to_owned() }
}

fn expire() -> CheckoutOrder {
    CheckoutOrder::Expire { reference: ID.to_owned(), key: "k".to_owned() }
}

fn make_customer() -> CheckoutOrder {
    CheckoutOrder::MakeCustomer { key: "k".to_owned(), body: hyperswitch().customer_body(ACCOUNT) }
}

fn detach() -> CheckoutOrder {
    CheckoutOrder::Detach { method_ref: "pm_1".to_owned(), key: "k".to_owned() }
}

fn look_at_card() -> CheckoutOrder {
    CheckoutOrder::LookAtCard { method_ref: "pm_1".to_owned(), customer_ref: ACCOUNT.to_owned() }
}

fn told(order: &CheckoutOrder, status: u16, body: Vec<u8>) -> Result<CheckoutAnswer, Doubt> {
    hyperswitch().checkout_response(order, &HttpResponse::Answered { status, headers: vec![], body })
}

fn page(status: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(&fixture("page.json")).unwrap();
    json["status"] = status.into();
    change(&mut json);
    json.to_string().into_bytes()
}

fn with_card(json: &mut Value) {
    let paid: Value = serde_json::from_slice(&fixture("payment.json")).unwrap();
    for field in ["payment_method_id", "payment_method_data", "amount_received"] {
        json[field] = paid[field].clone();
    }
}

fn stands(standing: Standing) -> Result<CheckoutAnswer, Doubt> {
    Ok(CheckoutAnswer::Checkout(Seen { reference: ID.to_owned(), standing }))
}

fn paid() -> Paid {
    let (amount, currency) = ("25".parse().unwrap(), "USD".parse().unwrap());
    let receipt = Receipt { amount, currency, customer_ref: Some(ACCOUNT.to_owned()), live: false };
    Paid { payment: ID.to_owned(), receipt }
}

fn card() -> Card {
    Card {
        method_ref: "pm_1".to_owned(),
        label: "Visa ••4242".to_owned(),
        expires: Some("2034-12".to_owned()),
        customer_ref: Some(ACCOUNT.to_owned()),
        live: false,
    }
}

#[test]
fn a_page_is_asked_for_as_a_payment_of_ours_and_a_card_is_kept_only_with_its_owners_word() {
    let recorded = |name: &str| serde_json::from_slice::<Value>(&fixture(name)).unwrap();
    let asked = |purpose| serde_json::from_str::<Value>(&body(purpose)).unwrap();
    assert_eq!(asked(top_up(false)), recorded("request_page.json"));
    assert_eq!(asked(Purpose::SaveCard), recorded("request_save.json"));
    let both = asked(top_up(true));
    let kept = (&json!(2500), &json!("off_session"), &json!("offline"), &Value::Null);
    let acceptance = &both["customer_acceptance"]["acceptance_type"];
    assert_eq!((&both["amount"], &both["setup_future_usage"], acceptance, &both["payment_type"]), kept);
}

#[test]
fn every_request_has_its_place() {
    for (order, method, path) in [
        (make_customer(), Method::Post, "customers"),
        (open(), Method::Post, "payments"),
        (look(), Method::Get, "payments/chk_01kah300000000000000000000?force_sync=true"),
        (expire(), Method::Post, "payments/chk_01kah300000000000000000000/cancel"),
        (look_at_card(), Method::Get, "customers/acc_01kah300000000000000000000/payment_methods"),
        (detach(), Method::Delete, "payment_methods/pm_1"),
    ] {
        let request = hyperswitch().checkout_request(&order);
        assert_eq!((request.method, request.url), (method, format!("https://sandbox.hyperswitch.io/{path}")));
    }
}

#[test]
fn each_status_of_a_page_has_its_standing() {
    let url = "https://sandbox.hyperswitch.io/payment_link/merchant_1/chk_01kah300000000000000000000".to_owned();
    for status in ["requires_payment_method", "requires_confirmation", "requires_customer_action"] {
        let expected = stands(Standing::Open { url: url.clone() });
        assert_eq!(told(&open(), 200, page(status, |_| {})), expected, "{status}");
    }
    for (status, standing) in [
        ("processing", Standing::Processing),
        ("of_next_year", Standing::Processing),
        ("cancelled", Standing::Expired),
        ("failed", Standing::Failed("card_declined".to_owned())),
    ] {
        let answer = page(status, |json| json["error_code"] = "card_declined".into());
        assert_eq!(told(&look(), 200, answer), stands(standing), "{status}");
    }
}

#[test]
fn a_page_that_is_done_tells_of_money_and_card() {
    let complete = Standing::Complete { paid: Some(paid()), card: Some(card()) };
    assert_eq!(told(&look(), 200, page("succeeded", with_card)), stands(complete));
    let only_saved = page("succeeded", |json| {
        with_card(json);
        json["amount"] = 0.into();
        json["amount_received"] = 0.into();
    });
    assert_eq!(told(&look(), 200, only_saved), stands(Standing::Complete { paid: None, card: Some(card()) }));
    let unclear = page("succeeded", |json| json["currency"] = "doubloon".into());
    assert!(matches!(told(&look(), 200, unclear), Err(Doubt::Unknown(_))), "nothing says what was taken");
}

#[test]
fn what_was_asked_for_before_is_there() {
    assert_eq!(told(&open(), 400, fixture("error_duplicate.json")), stands(Standing::There));
    let customer = Ok(CheckoutAnswer::Customer(ACCOUNT.to_owned()));
    assert_eq!(told(&make_customer(), 400, fixture("error_customer_exists.json")), customer);
    assert_eq!(told(&make_customer(), 200, json!({"customer_id": ACCOUNT}).to_string().into_bytes()), customer);
    let other = told(&make_customer(), 200, json!({"customer_id": "somebody"}).to_string().into_bytes());
    assert!(matches!(other, Err(Doubt::Unknown(_))));
}

#[test]
fn a_page_that_cannot_be_closed_is_looked_at() {
    assert!(matches!(told(&expire(), 400, fixture("error_wrong_state.json")), Err(Doubt::Rejected { .. })));
}

#[test]
fn a_card_is_given_back_by_its_name() {
    let gone = json!({"payment_method_id": "pm_1", "deleted": true}).to_string().into_bytes();
    assert_eq!(told(&detach(), 200, gone), Ok(CheckoutAnswer::Detached));
    assert!(matches!(told(&detach(), 404, fixture("error_not_found.json")), Err(Doubt::Rejected { .. })));
}

fn notice(kind: &str, object: &[u8]) -> Option<CheckoutNotice> {
    let object: Value = serde_json::from_slice(object).unwrap();
    let content = json!({"type": "payment_details", "object": object});
    let body = json!({"event_id": "evt_1", "event_type": kind, "content": content}).to_string().into_bytes();
    let now = chrono::DateTime::UNIX_EPOCH;
    hyperswitch()
        .read_checkout(&Incoming { url: String::new(), path: String::new(), headers: vec![], body, now })
        .unwrap()
}

#[test]
fn only_a_success_with_money_is_believed_from_a_notice_and_payments_off_the_page_are_none() {
    let told = notice("payment_succeeded", &page("succeeded", with_card)).unwrap();
    assert_eq!((told.checkout.as_deref(), told.reference.as_deref(), told.paid), (Some(ID), Some(ID), Some(paid())));
    let saved = page("succeeded", |json| json["amount"] = 0.into());
    assert_eq!(notice("payment_succeeded", &saved).unwrap().paid, None);
    assert_eq!(notice("payment_processing", &page("succeeded", with_card)).unwrap().paid, None);
    assert_eq!(notice("payment_failed", &page("failed", |_| {})).unwrap().paid, None);
    assert_eq!(notice("payment_succeeded", &fixture("payment.json")), None);
}

#[test]
fn a_saved_card_is_in_the_list_of_its_customer_or_it_is_not_theirs() {
    let listed = json!({"customer_payment_methods": [
        {"payment_method_id": "pm_0", "card": {}},
        {"payment_method_id": "pm_1",
         "card": {"scheme": "Visa", "last4_digits": "4242", "expiry_month": "12", "expiry_year": "2034"}},
    ]});
    let look = |body: &Value| told(&look_at_card(), 200, body.to_string().into_bytes());
    assert_eq!(look(&listed), Ok(CheckoutAnswer::Card(Some(card()))));
    assert_eq!(look(&json!({"customer_payment_methods": []})), Ok(CheckoutAnswer::Card(None)));
    assert_eq!(told(&look_at_card(), 404, fixture("error_not_found.json")), Ok(CheckoutAnswer::Card(None)));
    assert!(look(&json!({})).is_err());
}
