//! What we send to Stripe: four requests about payment intents, form-encoded. What the answers mean is for
//! `responses.rs`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;
use url::form_urlencoded;

use super::{STRIPE_VERSION, StripeSettings};
use crate::payments::{NewPayment, Order};
use crate::wire::{HttpRequest, Method};

/// What stays readable in a path. References come from outside and must not reach another path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-');

/// Without `confirm`, so that no money can move. Neither the types of payment methods nor "automatic" ones are named:
/// Stripe has removed the one, the other excludes its replacement, and a saved card needs none.
pub(super) fn create_body(payment: &NewPayment) -> String {
    form(&[
        ("amount", &minor_units(payment)),
        ("currency", &payment.currency.code().to_ascii_lowercase()),
        ("customer", &payment.customer_ref),
        ("payment_method", &payment.method_ref),
        ("metadata[attempt]", &payment.payment),
        ("metadata[wallet]", &payment.account),
    ])
}

pub(super) fn confirm_body(payment: &NewPayment, settings: &StripeSettings) -> String {
    let mut pairs = vec![("off_session", "true")];
    if settings.confirm_names_method {
        pairs.push(("payment_method", &payment.method_ref));
    }
    if settings.send_return_url {
        pairs.push(("return_url", &payment.return_url));
    }
    form(&pairs)
}

/// An amount finer than the currency is sent as it is and refused by Stripe: rather no payment than another amount
/// than the customer agreed to.
fn minor_units(payment: &NewPayment) -> String {
    match payment.amount.to_minor(payment.currency) {
        Some(minor) => minor.to_string(),
        None => payment.amount.to_string(),
    }
}

pub(super) fn request(order: &Order, settings: &StripeSettings) -> HttpRequest {
    match order {
        Order::Create { key, body } => post("", key, body, settings),
        Order::Confirm { reference, key, body } => post(&format!("/{}/confirm", plain(reference)), key, body, settings),
        Order::Cancel { reference, key } => post(&format!("/{}/cancel", plain(reference)), key, "", settings),
        Order::Get { reference } => {
            let query = form(&[("expand[0]", "latest_charge")]);
            HttpRequest {
                method: Method::Get,
                url: url(&format!("/{}?{query}", plain(reference)), settings),
                headers: common_headers(settings),
                body: String::new(),
            }
        }
    }
}

/// Stripe wants the content type even of an empty body.
fn post(path: &str, key: &str, body: &str, settings: &StripeSettings) -> HttpRequest {
    let mut headers = common_headers(settings);
    headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
    headers.push(("idempotency-key", key.to_owned()));
    HttpRequest { method: Method::Post, url: url(path, settings), headers, body: body.to_owned() }
}

pub(super) fn common_headers(settings: &StripeSettings) -> Vec<(&'static str, String)> {
    vec![
        ("authorization", format!("Bearer {}", settings.secret_key.expose_secret())),
        ("stripe-version", STRIPE_VERSION.to_owned()),
    ]
}

fn url(path: &str, settings: &StripeSettings) -> String {
    format!("{}/v1/payment_intents{path}", settings.api_base.trim_end_matches('/'))
}

pub(super) fn plain(reference: &str) -> String {
    utf8_percent_encode(reference, PLAIN).to_string()
}

/// Nested names are written out by the caller: `metadata[attempt]`, `expand[0]`.
pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::tests::{fixture, settings};
    use super::*;

    /// What `requests.json` knows about one operation.
    #[derive(serde::Deserialize)]
    struct Operation {
        method: String,
        path: String,
        required: Vec<String>,
        parameters: HashMap<String, String>,
    }

    fn payment() -> NewPayment {
        NewPayment {
            payment: "pay_01".to_owned(),
            account: "acc_01".to_owned(),
            amount: "25".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            customer_ref: "cus_1".to_owned(),
            method_ref: "pm_1".to_owned(),
            return_url: "https://talktime.example/account?a=1&b=2".to_owned(),
        }
    }

    fn orders() -> [(&'static str, Order); 4] {
        let (reference, key) = ("pi_1".to_owned(), "att:pay_01:x".to_owned());
        [
            ("create", Order::Create { key: key.clone(), body: create_body(&payment()) }),
            (
                "confirm",
                Order::Confirm {
                    reference: reference.clone(),
                    key: key.clone(),
                    body: confirm_body(&payment(), &settings()),
                },
            ),
            ("get", Order::Get { reference: reference.clone() }),
            ("cancel", Order::Cancel { reference, key }),
        ]
    }

    fn pairs(form: &str) -> Vec<(String, String)> {
        form_urlencoded::parse(form.as_bytes()).into_owned().collect()
    }

    /// `metadata[attempt]` is listed as `metadata[*]`, `expand[0]` as `expand[#]`.
    fn listed_as(name: &str) -> String {
        match name.split_once('[') {
            None => name.to_owned(),
            Some((list, index)) if index.trim_end_matches(']').parse::<u32>().is_ok() => format!("{list}[#]"),
            Some((map, _)) => format!("{map}[*]"),
        }
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
        let mut described: serde_json::Value = serde_json::from_slice(&fixture("requests.json")).unwrap();
        assert_eq!(described["version"], STRIPE_VERSION);
        for (name, order) in orders() {
            let operation: Operation = serde_json::from_value(described["operations"][name].take()).unwrap();
            let request = request(&order, &settings());
            let url = url::Url::parse(&request.url).unwrap();
            assert_eq!(format!("{:?}", request.method).to_uppercase(), operation.method, "{name}");
            assert_eq!(url.path(), operation.path.replace("{intent}", "pi_1"), "{name}");
            let sent = pairs(if request.method == Method::Get { url.query().unwrap() } else { &request.body });
            for required in &operation.required {
                assert!(sent.iter().any(|(sent, _)| sent == required), "{name} lacks {required}");
            }
            for (parameter, value) in sent {
                let kinds = operation.parameters.get(&listed_as(&parameter));
                assert!(kinds.is_some_and(|kinds| fits(&value, kinds)), "{name}: {parameter}={value} for {kinds:?}");
            }
        }
    }

    #[test]
    fn requests_say_who_asks_in_which_version_and_once() {
        for (name, order) in orders() {
            let request = request(&order, &settings());
            let header = |name: &str| request.headers.iter().find(|(known, _)| *known == name).map(|(_, v)| v.as_str());
            assert_eq!(header("authorization"), Some("Bearer sk_test_very_secret"), "{name}");
            assert_eq!(header("stripe-version"), Some(STRIPE_VERSION), "{name}");
            let posted = request.method == Method::Post;
            assert_eq!(header("idempotency-key"), posted.then_some("att:pay_01:x"), "{name}");
            assert_eq!(header("content-type"), posted.then_some("application/x-www-form-urlencoded"), "{name}");
        }
    }

    #[test]
    fn a_payment_is_created_with_our_names_and_confirmed_without_the_customer() {
        let expected = [
            ("amount", "2500"),
            ("currency", "usd"),
            ("customer", "cus_1"),
            ("payment_method", "pm_1"),
            ("metadata[attempt]", "pay_01"),
            ("metadata[wallet]", "acc_01"),
        ];
        assert_eq!(pairs(&create_body(&payment())), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let confirmed = pairs(&confirm_body(&payment(), &settings()));
        assert!(confirmed.contains(&("off_session".to_owned(), "true".to_owned())));
        assert!(confirmed.contains(&("return_url".to_owned(), payment().return_url)));
        let bare = StripeSettings { send_return_url: false, confirm_names_method: false, ..settings() };
        assert_eq!(confirm_body(&payment(), &bare), "off_session=true");
    }

    #[test]
    fn an_amount_finer_than_the_currency_is_never_sent_as_another_amount() {
        let finer = NewPayment { amount: "25.001".parse().unwrap(), ..payment() };
        assert!(create_body(&finer).starts_with("amount=25.001&"));
        let yen = NewPayment { currency: "JPY".parse().unwrap(), amount: "1200".parse().unwrap(), ..payment() };
        assert!(create_body(&yen).starts_with("amount=1200&currency=jpy&"));
    }

    #[test]
    fn a_reference_cannot_leave_its_place_in_the_path() {
        let order = Order::Cancel { reference: "../refunds?x=".to_owned(), key: "k".to_owned() };
        let mut settings = settings();
        settings.api_base = "http://127.0.0.1:8420/".to_owned();
        let url = request(&order, &settings).url;
        assert_eq!(url, "http://127.0.0.1:8420/v1/payment_intents/%2E%2E%2Frefunds%3Fx%3D/cancel");
    }
}
