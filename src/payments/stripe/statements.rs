//! Stripe's statement: its list of balance transactions, each with what it is about.

use serde_json::Value;

use super::intent::name_of;
use super::requests::{common_headers, form};
use super::{Stripe, StripeSettings};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::payments::Doubt;
use crate::payments::answers::{rejected, retry_after, unknown, word};
use crate::payments::statements::{Kind, Line, Movement, Page, Span, Statements};
use crate::wire::{HttpRequest, HttpResponse, Method};

/// With the charge that each is about a page stays well below the longest answer we read.
const AT_ONCE: &str = "25";

impl Statements for Stripe {
    fn lists(&self) -> &'static [&'static str] {
        &["balance_transactions"]
    }

    fn list_request(&self, list: &str, span: &Span, after: Option<&str>) -> HttpRequest {
        let (from, to) = (span.from.timestamp().to_string(), span.to.timestamp().to_string());
        let mut query = vec![
            ("created[gte]", from.as_str()),
            ("created[lt]", &to),
            ("limit", AT_ONCE),
            ("expand[0]", "data.source"),
        ];
        query.extend(after.map(|after| ("starting_after", after)));
        get(list, &query, &self.settings)
    }

    fn list_page(&self, _: &str, _: Option<&str>, response: &HttpResponse) -> Result<Page, Doubt> {
        let json = listed(response)?;
        let unreadable = || unknown(200, "it does not read as a list");
        let data = json["data"].as_array().ok_or_else(unreadable)?;
        let mut lines = vec![];
        for transaction in data {
            let line = line(transaction).ok_or_else(unreadable)?;
            lines.extend(fee(transaction, &line.moved));
            lines.push(line);
        }
        let last = data.last().filter(|_| json["has_more"] == true);
        Ok(Page { lines, next: last.and_then(|last| last["id"].as_str()).map(str::to_owned) })
    }
}

pub(super) fn get(path: &str, query: &[(&str, &str)], settings: &StripeSettings) -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        url: format!("{}/v1/{path}?{}", settings.api_base.trim_end_matches('/'), form(query)),
        headers: common_headers(settings),
        body: String::new(),
    }
}

/// The JSON of a list; looking changes nothing, so every doubt is only a reason to look again.
pub(super) fn listed(response: &HttpResponse) -> Result<Value, Doubt> {
    match response {
        HttpResponse::NotSent(why) => Err(Doubt::NotSent(why.clone())),
        HttpResponse::Lost(why) => Err(Doubt::Unknown(why.clone())),
        HttpResponse::Answered { status, headers, body } => {
            let json: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
            match status {
                200..=299 => Ok(json),
                429 => Err(Doubt::NotDone { retry_after: retry_after(headers) }),
                400..=499 => Err(rejected(*status, &json["error"])),
                _ => Err(unknown(*status, word(&json["error"]))),
            }
        }
    }
}

/// What is kept of the transaction, in the currency that we are paid out in.
fn fee(transaction: &Value, moved: &Movement) -> Option<Line> {
    let minor = transaction["fee"].as_i64().filter(|fee| *fee != 0)?;
    let currency: Currency = transaction["currency"].as_str()?.parse().ok()?;
    let id = transaction["id"].as_str()?;
    let moved = Movement {
        kind: if moved.kind == Kind::Dispute { Kind::DisputeFee } else { Kind::Fee },
        reference: id.to_owned(),
        amount: Money::from_minor(-minor, currency)?,
        currency,
        ..moved.clone()
    };
    Some(Line { id: format!("{id}:fee"), moved })
}

/// What nobody of us has a posting for is kept as what it is.
fn line(transaction: &Value) -> Option<Line> {
    let id = transaction["id"].as_str()?;
    let source = &transaction["source"];
    let metadata = &source["metadata"];
    let (kind, reference) = match transaction["type"].as_str()? {
        "charge" | "payment" => (Kind::Charge, name_of(&source["payment_intent"]).or_else(|| name_of(source))),
        "refund" | "payment_refund" | "refund_failure" => {
            (Kind::Refund, metadata["refund"].as_str().or_else(|| name_of(source)))
        }
        "adjustment" if is_dispute(transaction) => (Kind::Dispute, name_of(source)),
        "payout" | "payout_failure" | "payout_cancel" => (Kind::Payout, name_of(source)),
        "stripe_fee" => (Kind::Fee, Some(id)),
        _ => (Kind::Other, Some(id)),
    };
    let (amount, currency) = moved(transaction)?;
    Some(Line {
        id: id.to_owned(),
        moved: Movement {
            kind,
            reference: reference?.to_owned(),
            account: metadata["wallet"].as_str().map(str::to_owned),
            amount,
            currency,
            at: chrono::DateTime::from_timestamp(transaction["created"].as_i64()?, 0)?,
        },
    })
}

fn is_dispute(transaction: &Value) -> bool {
    matches!(transaction["reporting_category"].as_str(), Some("dispute" | "dispute_reversal"))
}

/// In the currency that the customer paid in, as our books have it, also where Stripe keeps another for us.
fn moved(transaction: &Value) -> Option<(Money, Currency)> {
    let (minor, source) = (transaction["amount"].as_i64()?, &transaction["source"]);
    let settled = transaction["currency"].as_str()?;
    let (minor, currency) = match (source["amount"].as_i64(), source["currency"].as_str()) {
        (Some(paid), Some(currency)) if currency != settled => (paid * minor.signum(), currency),
        _ => (minor, settled),
    };
    let currency: Currency = currency.parse().ok()?;
    Some((Money::from_minor(minor, currency)?, currency))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fixture, settings};
    use super::*;

    fn page(body: Vec<u8>) -> Result<Page, Doubt> {
        let stripe = Stripe::new(settings());
        stripe.list_page("", None, &HttpResponse::Answered { status: 200, headers: vec![], body })
    }

    #[test]
    fn a_span_is_asked_for_page_by_page_with_what_each_line_is_about() {
        let span = Span { from: "2026-11-21T00:00:00Z".parse().unwrap(), to: "2026-11-22T00:00:00Z".parse().unwrap() };
        let stripe = Stripe::new(settings());
        let url = stripe.list_request("balance_transactions", &span, Some("txn_9")).url;
        let (place, query) = url.split_once('?').unwrap();
        assert_eq!(place, "https://api.stripe.com/v1/balance_transactions");
        let query: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let expected = [
            ("created[gte]", "1795219200"),
            ("created[lt]", "1795305600"),
            ("limit", "25"),
            ("expand[0]", "data.source"),
            ("starting_after", "txn_9"),
        ];
        assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn each_line_says_what_moved_for_what_and_whose() {
        let page = page(fixture("balance_transactions.json")).unwrap();
        assert_eq!(page.next.as_deref(), Some("txn_6"));
        let said: Vec<_> = page
            .lines
            .iter()
            .map(|Line { id, moved }| {
                let amount = format!("{} {}", moved.amount, moved.currency);
                (id.as_str(), moved.kind, moved.reference.as_str(), moved.account.as_deref(), amount)
            })
            .collect();
        let expected = [
            ("txn_1:fee", Kind::Fee, "txn_1", Some("acc_1"), "-1.03 USD"),
            ("txn_1", Kind::Charge, "pi_1", Some("acc_1"), "25.00 USD"),
            ("txn_2", Kind::Refund, "ref_1", Some("acc_1"), "-5.00 USD"),
            ("txn_3", Kind::Refund, "re_2", None, "3.00 EUR"),
            ("txn_4", Kind::Other, "txn_4", None, "-2.00 USD"),
            ("txn_5:fee", Kind::DisputeFee, "txn_5", None, "-15.00 USD"),
            ("txn_5", Kind::Dispute, "dp_1", None, "-25.00 USD"),
            ("txn_6", Kind::Payout, "po_1", None, "-9.00 USD"),
        ];
        assert_eq!(said, expected.map(|(id, kind, it, whose, amount)| (id, kind, it, whose, amount.to_owned())));
    }

    #[test]
    fn what_is_no_list_is_no_statement() {
        for body in ["", "{}", r#"{"data":[{}]}"#] {
            assert!(matches!(page(body.into()), Err(Doubt::Unknown(_))), "{body}");
        }
    }
}
