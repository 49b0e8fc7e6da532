//! Requests about Stripe's pages fit Stripe's own description of them.

use std::collections::HashMap;

use super::super::super::tests::{fixture, settings};
use super::*;

/// What `requests.json` knows about one operation.
#[derive(serde::Deserialize)]
struct Operation {
    method: String,
    path: String,
    required: Vec<String>,
    parameters: HashMap<String, String>,
}

fn checkout(purpose: Purpose) -> NewCheckout {
    NewCheckout {
        checkout: "chk_01".to_owned(),
        account: "acc_01".to_owned(),
        purpose,
        currency: "USD".parse().unwrap(),
        customer_ref: "cus_1".to_owned(),
        expires_at: chrono::DateTime::from_timestamp(1_795_229_801, 0).unwrap(),
        success_url: "https://talktime.example/money/checkouts/chk_01?back=1".to_owned(),
        cancel_url: "https://talktime.example/money/checkouts/chk_01?back=0".to_owned(),
    }
}

fn top_up(save_card: bool) -> Purpose {
    Purpose::TopUp { amount: "25".parse().unwrap(), save_card }
}

fn orders() -> Vec<(&'static str, CheckoutOrder)> {
    let (key, reference) = ("chk_01:x".to_owned(), "obj_1".to_owned());
    let open =
        |purpose| ("open_checkout", CheckoutOrder::Open { key: key.clone(), body: checkout_body(&checkout(purpose)) });
    vec![
        ("make_customer", CheckoutOrder::MakeCustomer { key: key.clone(), body: customer_body("acc_01") }),
        open(Purpose::SaveCard),
        open(top_up(false)),
        open(top_up(true)),
        ("look_at_checkout", CheckoutOrder::Look { reference: reference.clone() }),
        ("expire_checkout", CheckoutOrder::Expire { reference: reference.clone(), key: key.clone() }),
        ("look_at_card", CheckoutOrder::LookAtCard { method_ref: reference.clone(), customer_ref: "cus_1".to_owned() }),
        ("detach", CheckoutOrder::Detach { method_ref: reference, key: key.clone() }),
    ]
}

fn pairs(form: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(form.as_bytes()).into_owned().collect()
}

/// `expand[0]` is listed as `expand[#]`, `metadata[wallet]` as `metadata[*]`.
fn kinds<'a>(operation: &'a Operation, name: &str) -> Option<&'a String> {
    let parts = name.split('[').map(|part| if part.starts_with(|c: char| c.is_ascii_digit()) { "#]" } else { part });
    let listed = parts.collect::<Vec<_>>().join("[");
    let any = listed.rsplit_once('[').map(|(map, _)| format!("{map}[*]"));
    operation.parameters.get(&listed).or_else(|| operation.parameters.get(&any?))
}

fn fits(value: &str, kinds: &str) -> bool {
    kinds.split('|').any(|kind| match kind {
        "string" => true,
        "integer" => value.parse::<i64>().is_ok(),
        "boolean" => value == "true" || value == "false",
        word => word.strip_prefix('=') == Some(value),
    })
}

#[test]
fn every_request_fits_stripes_own_description() {
    let described: serde_json::Value = serde_json::from_slice(&fixture("requests.json")).unwrap();
    for (name, order) in orders() {
        let operation: Operation = serde_json::from_value(described["operations"][name].clone()).unwrap();
        let request = request(&order, &settings());
        let url = url::Url::parse(&request.url).unwrap();
        let path = operation.path.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
        assert_eq!(url.path(), path.collect::<Vec<_>>().join("obj_1"), "{name}");
        assert_eq!(format!("{:?}", request.method).to_uppercase(), operation.method, "{name}");
        let sent = pairs(if request.method == Method::Get { url.query().unwrap_or_default() } else { &request.body });
        for required in &operation.required {
            assert!(sent.iter().any(|(sent, _)| sent == required), "{name} lacks {required}");
        }
        for (parameter, value) in sent {
            let kinds = kinds(&operation, &parameter);
            assert!(kinds.is_some_and(|kinds| fits(&value, kinds)), "{name}: {parameter}={value} for {kinds:?}");
        }
    }
}

#[test]
fn whatever_is_posted_carries_its_key() {
    for (name, order) in orders() {
        let request = request(&order, &settings());
        let header = |name: &str| request.headers.iter().find(|(known, _)| *known == name).map(|(_, v)| v.as_str());
        let posted = request.method == Method::Post;
        assert_eq!(header("authorization"), Some("Bearer sk_test_very_secret"), "{name}");
        assert_eq!(header("idempotency-key"), posted.then_some("chk_01:x"), "{name}");
        assert_eq!(header("content-type"), posted.then_some("application/x-www-form-urlencoded"), "{name}");
    }
}

#[test]
fn a_top_up_names_its_amount_and_a_card_is_kept_only_if_it_was_asked_for() {
    let value = |body: &str, name: &str| pairs(body).into_iter().find(|(known, _)| known == name).map(|(_, v)| v);
    let once = checkout_body(&checkout(top_up(false)));
    for (name, expected) in [
        ("mode", "payment"),
        ("customer", "cus_1"),
        ("client_reference_id", "chk_01"),
        ("line_items[0][price_data][unit_amount]", "2500"),
        ("line_items[0][price_data][currency]", "usd"),
        ("payment_intent_data[metadata][checkout]", "chk_01"),
        ("expires_at", "1795229801"),
    ] {
        assert_eq!(value(&once, name).as_deref(), Some(expected), "{name}");
    }
    let kept = "payment_intent_data[setup_future_usage]";
    assert_eq!(value(&once, kept), None);
    assert_eq!(value(&checkout_body(&checkout(top_up(true))), kept).as_deref(), Some("off_session"));
    let saved = checkout_body(&checkout(Purpose::SaveCard));
    assert_eq!(value(&saved, "mode").as_deref(), Some("setup"));
    assert_eq!(value(&saved, "setup_intent_data[metadata][checkout]").as_deref(), Some("chk_01"));
    let yen = NewCheckout {
        currency: "JPY".parse().unwrap(),
        ..checkout(Purpose::TopUp { amount: "1200".parse().unwrap(), save_card: false })
    };
    assert_eq!(value(&checkout_body(&yen), "line_items[0][price_data][unit_amount]").as_deref(), Some("1200"));
}

#[test]
fn a_reference_cannot_leave_its_place_in_the_path() {
    let order = CheckoutOrder::Detach { method_ref: "../refunds?x=".to_owned(), key: "k".to_owned() };
    let url = request(&order, &settings()).url;
    assert_eq!(url, "https://api.stripe.com/v1/payment_methods/%2E%2E%2Frefunds%3Fx%3D/detach");
}
