//! Hyperswitch has no statement, for the money is with whoever it routed a payment to. Its lists of payments, refunds and
//! disputes say what moved there; fees and payouts it does not know.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::disputes::{self, moment};
use super::payment::PaymentObject;
use super::requests::{get, plain, post};
use super::responses::{read, refusal};
use super::{Hyperswitch, HyperswitchSettings};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::payments::Doubt;
use crate::payments::answers::unknown;
use crate::payments::statements::{Kind, Line, Movement, Page, Span, Statements};
use crate::wire::{HttpRequest, HttpResponse};

/// As many as it gives at once of payments, and of which a page stays well below the longest answer we read.
const AT_ONCE: usize = 50;
pub(super) const PAYMENTS: &str = "payments/list";
pub(super) const REFUNDS: &str = "refunds/list";
pub(super) const DISPUTES: &str = "disputes/list";

impl Statements for Hyperswitch {
    fn lists(&self) -> &'static [&'static str] {
        &[PAYMENTS, REFUNDS, DISPUTES]
    }

    fn list_request(&self, list: &str, span: &Span, after: Option<&str>) -> HttpRequest {
        list_request(list, span, after, &self.settings)
    }

    fn list_page(&self, list: &str, after: Option<&str>, response: &HttpResponse) -> Result<Page, Doubt> {
        let objects = list_of(response)?;
        let mut lines = vec![];
        for object in &objects {
            let line = match list {
                PAYMENTS => charge(object, self.settings.live),
                REFUNDS => refund(object),
                _ => dispute(object, self.settings.opening_takes_money),
            };
            lines.extend(line.ok_or_else(|| unknown(200, "it does not read as a list"))?);
        }
        Ok(Page { lines, next: next(list, after, &objects) })
    }
}

/// Payments follow each other by name, the others by number.
pub(super) fn list_request(
    list: &str,
    span: &Span,
    after: Option<&str>,
    settings: &HyperswitchSettings,
) -> HttpRequest {
    let (from, to) = (time(span.from), time(span.to));
    match list {
        PAYMENTS => {
            let after = after.map(|after| format!("&starting_after={}", plain(after))).unwrap_or_default();
            get(&format!("{list}?limit={AT_ONCE}&created.gte={from}&created.lt={to}{after}"), settings)
        }
        DISPUTES => {
            let query = format!("limit={AT_ONCE}&offset={}&start_time={from}&end_time={to}", offset(after));
            get(&format!("{list}?{query}"), settings)
        }
        _ => {
            let body = json!({"limit": AT_ONCE, "offset": offset(after), "start_time": from, "end_time": to});
            post(list, &body.to_string(), settings)
        }
    }
}

/// Disputes come without anything around them.
pub(super) fn list_of(response: &HttpResponse) -> Result<Vec<Value>, Doubt> {
    let (status, headers, json) = read(response)?;
    if !(200..=299).contains(&status) {
        return Err(refusal(status, headers, &json["error"]));
    }
    let list = json.as_array().or_else(|| json["data"].as_array());
    list.cloned().ok_or_else(|| unknown(status, "it does not read as a list"))
}

pub(super) fn next(list: &str, after: Option<&str>, objects: &[Value]) -> Option<String> {
    let last = objects.last().filter(|_| objects.len() == AT_ONCE)?;
    match list {
        PAYMENTS => last["payment_id"].as_str().map(str::to_owned),
        _ => Some((offset(after) + AT_ONCE).to_string()),
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

/// What it took and gave back comes to.
fn dispute(object: &Value, opening_takes_money: bool) -> Read {
    let seen = disputes::dispute(object, None, opening_takes_money)?;
    let (_, currency) = seen.amount?;
    let amount = seen.returned.unwrap_or_default() - seen.taken.unwrap_or_default();
    let moved = Movement {
        kind: Kind::Dispute,
        reference: seen.reference.clone(),
        account: None,
        amount,
        currency,
        at: seen.said_at,
    };
    Some(Some(Line { id: format!("dispute:{}", seen.reference), moved }))
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
        for body in ["", "{}", r#"{"data":[{}]}"#] {
            assert!(matches!(page(REFUNDS, body.into()), Err(Doubt::Unknown(_))), "{body}");
        }
    }
}
