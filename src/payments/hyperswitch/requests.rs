//! What we send to Hyperswitch: four requests about payments, in JSON. What the answers mean is for `responses.rs`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::HyperswitchSettings;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::payments::{NewPayment, Order};
use crate::wire::{HttpRequest, Method};

/// What stays readable in a path. References come from outside and must not reach another path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-');

/// Without `confirm`, so that no money can move.
pub(super) fn create_body(payment: &NewPayment, settings: &HyperswitchSettings) -> String {
    let mut body = new_payment(&payment.payment, payment.amount, payment.currency, &payment.customer_ref, settings);
    body["metadata"] = json!({"attempt": payment.payment, "wallet": payment.account});
    if !settings.confirm_names_method {
        name_method(&mut body, payment);
    }
    body.to_string()
}

pub(super) fn confirm_body(payment: &NewPayment, settings: &HyperswitchSettings) -> String {
    let mut body = json!({"return_url": payment.return_url});
    if settings.confirm_names_method {
        name_method(&mut body, payment);
    }
    body.to_string()
}

/// The saved card is charged by its owner's earlier agreement, without him.
fn name_method(body: &mut Value, payment: &NewPayment) {
    body["off_session"] = json!(true);
    body["recurring_details"] = json!({"type": "payment_method_id", "data": payment.method_ref});
}

/// What payments and pages have in common.
pub(super) fn new_payment(
    id: &str,
    amount: Money,
    currency: Currency,
    customer: &str,
    settings: &HyperswitchSettings,
) -> Value {
    let mut body = json!({
        "payment_id": id, "amount": minor_units(amount, currency), "currency": currency.code(),
        "customer_id": customer, "confirm": false, "capture_method": "automatic",
    });
    if let Some(profile) = &settings.profile {
        body["profile_id"] = json!(profile);
    }
    body
}

/// An amount finer than the currency is sent as it is and refused: rather no payment than another amount than the
/// customer agreed to.
pub(super) fn minor_units(amount: Money, currency: Currency) -> Value {
    amount.to_minor(currency).map_or_else(|| json!(amount.to_string()), |minor| json!(minor))
}

pub(super) fn request(order: &Order, settings: &HyperswitchSettings) -> HttpRequest {
    match order {
        Order::Create { body, .. } => post("payments", body, settings),
        Order::Confirm { reference, body, .. } => {
            post(&format!("payments/{}/confirm", plain(reference)), body, settings)
        }
        Order::Cancel { reference, .. } => cancel(reference, settings),
        Order::Get { reference } => look(reference, settings),
    }
}

pub(super) fn look(payment: &str, settings: &HyperswitchSettings) -> HttpRequest {
    let sync = if settings.force_sync { "?force_sync=true" } else { "" };
    get(&format!("payments/{}{sync}", plain(payment)), settings)
}

pub(super) fn cancel(payment: &str, settings: &HyperswitchSettings) -> HttpRequest {
    let body = json!({"cancellation_reason": "abandoned"}).to_string();
    post(&format!("payments/{}/cancel", plain(payment)), &body, settings)
}

pub(super) fn post(path: &str, body: &str, settings: &HyperswitchSettings) -> HttpRequest {
    let mut request = get(path, settings);
    request.method = Method::Post;
    request.headers.push(("content-type", "application/json".to_owned()));
    request.body = body.to_owned();
    request
}

pub(super) fn get(path: &str, settings: &HyperswitchSettings) -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        url: format!("{}/{path}", settings.api_base.trim_end_matches('/')),
        headers: vec![("api-key", settings.api_key.expose_secret().to_owned())],
        body: String::new(),
    }
}

pub(super) fn plain(reference: &str) -> String {
    utf8_percent_encode(reference, PLAIN).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fixture, settings};
    use super::*;

    fn payment() -> NewPayment {
        NewPayment {
            payment: "pay_01kah300000000000000000000".to_owned(),
            account: "acc_01kah300000000000000000000".to_owned(),
            amount: "25".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            customer_ref: "acc_01kah300000000000000000000".to_owned(),
            method_ref: "pm_1".to_owned(),
            return_url: "https://talktime.example/".to_owned(),
        }
    }

    fn told(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    fn recorded(name: &str) -> Value {
        serde_json::from_slice(&fixture(name)).unwrap()
    }

    #[test]
    fn a_payment_is_created_without_moving_money_and_confirmed_without_its_customer() {
        assert_eq!(told(&create_body(&payment(), &settings())), recorded("request_create.json"));
        assert_eq!(told(&confirm_body(&payment(), &settings())), recorded("request_confirm.json"));
        let named_first =
            HyperswitchSettings { confirm_names_method: false, profile: Some("pro_1".to_owned()), ..settings() };
        let created = told(&create_body(&payment(), &named_first));
        assert_eq!((&created["recurring_details"]["data"], &created["profile_id"]), (&json!("pm_1"), &json!("pro_1")));
        assert_eq!(told(&confirm_body(&payment(), &named_first)), json!({"return_url": "https://talktime.example/"}));
    }

    #[test]
    fn our_ids_are_as_long_as_a_name_may_be() {
        for kind in ["pay", "chk", "ref", "acc"] {
            assert_eq!(crate::ids::new(kind).len(), 30, "{kind}");
        }
    }

    #[test]
    fn an_amount_is_sent_in_minor_units_or_not_at_all() {
        let sent = |amount: &str, currency: &str| minor_units(amount.parse().unwrap(), currency.parse().unwrap());
        assert_eq!(sent("25", "USD"), json!(2500));
        assert_eq!(sent("1200", "JPY"), json!(1200));
        assert_eq!(sent("0.005", "USD"), json!("0.005"), "refused as no number of cents");
    }

    #[test]
    fn every_request_has_its_place_and_the_key() {
        let (reference, key, body) = ("pay_1".to_owned(), "k".to_owned(), "{}".to_owned());
        for (order, method, path) in [
            (Order::Create { key: key.clone(), body: body.clone() }, Method::Post, "payments"),
            (
                Order::Confirm { reference: reference.clone(), key: key.clone(), body },
                Method::Post,
                "payments/pay_1/confirm",
            ),
            (Order::Cancel { reference: reference.clone(), key }, Method::Post, "payments/pay_1/cancel"),
            (Order::Get { reference }, Method::Get, "payments/pay_1?force_sync=true"),
        ] {
            let request = request(&order, &settings());
            assert_eq!(request.url, format!("https://sandbox.hyperswitch.io/{path}"));
            assert_eq!(request.method, method);
            assert!(request.headers.contains(&("api-key", "snd_very_secret".to_owned())));
            let is_json = request.headers.contains(&("content-type", "application/json".to_owned()));
            assert_eq!(is_json, method == Method::Post);
        }
        let bare = HyperswitchSettings { force_sync: false, ..settings() };
        assert_eq!(look("../x?", &bare).url, "https://sandbox.hyperswitch.io/payments/%2E%2E%2Fx%3F");
    }
}
