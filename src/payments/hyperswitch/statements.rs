//! Hyperswitch has no statement, for the money is with whoever it routed a payment to. Its lists of payments and refunds
//! say what moved there; fees and payouts it does not know.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::Hyperswitch;
use super::payment::PaymentObject;
use super::requests::{get, post};
use super::responses::{read, refusal};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::payments::Doubt;
use crate::payments::answers::unknown;
use crate::payments::statements::{Kind, Line, Movement, Page, Span, Statements};
use crate::wire::{HttpRequest, HttpResponse};

/// As many as it gives at once of payments, and of which a page stays well below the longest answer we read.
const AT_ONCE: usize = 50;
const PAYMENTS: &str = "payments/list";
const REFUNDS: &str = "refunds/list";

impl Statements for Hyperswitch {
    fn lists(&self) -> &'static [&'static str] {
        &[PAYMENTS, REFUNDS]
    }

    /// Payments follow each other by name, refunds by number.
    fn list_request(&self, list: &str, span: &Span, after: Option<&str>) -> HttpRequest {
        let (from, to) = (time(span.from), time(span.to));
        match list {
            PAYMENTS => {
                let after = after.map(|after| format!("&starting_after={after}")).unwrap_or_default();
                get(&format!("{list}?limit={AT_ONCE}&created.gte={from}&created.lt={to}{after}"), &self.settings)
            }
            _ => {
                let body =
                    json!({"limit": AT_ONCE, "offset": offset(after), "start_time": from, "end_time": to}).to_string();
                post(list, &body, &self.settings)
            }
        }
    }

    fn list_page(&self, list: &str, after: Option<&str>, response: &HttpResponse) -> Result<Page, Doubt> {
        let (status, headers, json) = read(response)?;
        if !(200..=299).contains(&status) {
            return Err(refusal(status, headers, &json["error"]));
        }
        let unreadable = || unknown(status, "it does not read as a list");
        let data = json["data"].as_array().ok_or_else(unreadable)?;
        let mut lines = vec![];
        for object in data {
            let line = if list == PAYMENTS { charge(object, self.settings.live) } else { refund(object) };
            lines.extend(line.ok_or_else(unreadable)?);
        }
        let full = data.last().filter(|_| data.len() == AT_ONCE);
        let next = full.and_then(|last| match list {
            PAYMENTS => last["payment_id"].as_str().map(str::to_owned),
            _ => Some((offset(after) + AT_ONCE).to_string()),
        });
        Ok(Page { lines, next })
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn offset(after: Option<&str>) -> usize {
    after.and_then(|after| after.parse().ok()).unwrap_or_default()
}

/// Within: nothing if no money moved. Without: it cannot be read.
type Read = Option<Option<Line>>;

fn charge(object: &Value, live: bool) -> Read {
    let payment = PaymentObject::of(object, live)?;
    if !matches!(payment.status()?, "succeeded" | "partially_captured") {
        return Some(None);
    }
    let receipt = payment.receipt()?;
    let moved = Movement {
        kind: Kind::Charge,
        reference: payment.id().to_owned(),
        account: object["metadata"]["wallet"].as_str().map(str::to_owned),
        amount: receipt.amount,
        currency: receipt.currency,
        at: moment(&object["created"])?,
    };
    Some(receipt.amount.is_positive().then(|| Line { id: format!("charge:{}", payment.id()), moved }))
}

/// One that has failed says so, since it may have been told otherwise before.
fn refund(object: &Value) -> Read {
    let id = object["refund_id"].as_str()?;
    let currency: Currency = object["currency"].as_str()?.parse().ok()?;
    let amount = match object["status"].as_str()? {
        "failed" => Money::ZERO,
        // `succeeded`, `pending`, `review`, and what may be invented.
        _ => -Money::from_minor(object["amount"].as_i64()?, currency)?,
    };
    let moved = Movement {
        kind: Kind::Refund,
        reference: id.to_owned(),
        account: object["metadata"]["wallet"].as_str().map(str::to_owned),
        amount,
        currency,
        at: moment(&object["created_at"])?,
    };
    Some(Some(Line { id: format!("refund:{id}"), moved }))
}

fn moment(json: &Value) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(json.as_str()?).ok().map(|at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fixture, settings};
    use super::*;

    fn page(list: &str, body: Vec<u8>) -> Result<Page, Doubt> {
        let hyperswitch = Hyperswitch::new(settings());
        hyperswitch.list_page(list, None, &HttpResponse::Answered { status: 200, headers: vec![], body })
    }

    #[test]
    fn payments_follow_by_name_and_refunds_by_number() {
        let span = Span { from: "2026-11-21T00:00:00Z".parse().unwrap(), to: "2026-11-22T00:00:00Z".parse().unwrap() };
        let hyperswitch = Hyperswitch::new(settings());
        let payments = hyperswitch.list_request(PAYMENTS, &span, Some("pay_1")).url;
        let query = "limit=50&created.gte=2026-11-21T00:00:00Z&created.lt=2026-11-22T00:00:00Z&starting_after=pay_1";
        assert_eq!(payments, format!("https://sandbox.hyperswitch.io/payments/list?{query}"));
        let refunds = hyperswitch.list_request(REFUNDS, &span, Some("50")).body;
        let refunds: Value = serde_json::from_str(&refunds).unwrap();
        assert_eq!((&refunds["offset"], &refunds["end_time"]), (&json!(50), &json!("2026-11-22T00:00:00Z")));
    }

    #[test]
    fn only_what_moved_money_is_a_line() {
        let paid = page(PAYMENTS, fixture("payments_list.json")).unwrap();
        let [line] = paid.lines.as_slice() else { panic!("one of them took money: {paid:?}") };
        assert_eq!((line.id.as_str(), line.moved.account.as_deref()), ("charge:pay_1", Some("acc_1")));
        assert_eq!((line.moved.kind, line.moved.amount.to_string()), (Kind::Charge, "25.00".to_owned()));
        let back = page(REFUNDS, fixture("refunds_list.json")).unwrap();
        let amounts: Vec<_> = back.lines.iter().map(|line| line.moved.amount.to_string()).collect();
        assert_eq!((amounts, back.next), (vec!["-5.00".to_owned(), "0.00".to_owned()], None));
    }

    #[test]
    fn what_is_no_list_is_no_statement() {
        for body in ["", "[]", "{}", r#"{"data":[{}]}"#] {
            assert!(matches!(page(REFUNDS, body.into()), Err(Doubt::Unknown(_))), "{body}");
        }
    }
}
