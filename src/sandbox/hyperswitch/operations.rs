//! Every operation of the API on one screen: which path it has, which fields it takes, and what it asks of the model.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::errors::ApiError;
use super::fields::Fields;
use super::lists;
use super::model::{MERCHANT, Model};
use super::payments::NewPayment;
use super::refunds::NewRefund;

/// A page is open so long if nothing else is said.
const PAGE_OPEN: TimeDelta = TimeDelta::minutes(15);

/// `base_url`: where the pages of the sandbox are.
pub(super) fn run(
    model: &mut Model,
    method: &str,
    path: &str,
    body: &str,
    base_url: &str,
    now: DateTime<Utc>,
) -> Result<Value, ApiError> {
    let steps: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (method, steps.as_slice()) {
        ("POST", ["customers"]) => create_customer(model, Fields::read(body)?),
        ("GET", ["customers", id]) => model.customers.get(*id).cloned().ok_or_else(|| ApiError::not_found("Customer")),
        ("GET", ["customers", id, "payment_methods"]) => Ok(model.methods_of(id)),
        ("DELETE", ["payment_methods", id]) => model.delete_method(id),
        ("POST", ["payments"]) => create_payment(model, Fields::read(body)?, base_url, now),
        ("GET", ["payments", id]) => model.payment(id).map(|payment| payment.json()),
        ("POST", ["payments", id, "confirm"]) => confirm(model, id, Fields::read(body)?, now),
        ("POST", ["payments", id, "cancel"]) => {
            let mut fields = Fields::read(body)?;
            fields.ignore(&["cancellation_reason"]);
            fields.done()?;
            model.cancel(id, now)
        }
        ("POST", ["refunds", "list"]) => lists::refunds(model, Fields::read(body)?),
        ("POST", ["refunds"]) => refund(model, Fields::read(body)?, now),
        ("GET", ["refunds", id]) => model.refund_named(id),
        _ => Err(ApiError::new(404, "IR_02", "invalid_request", "Unrecognized request URL")),
    }
}

fn create_customer(model: &mut Model, mut fields: Fields) -> Result<Value, ApiError> {
    let id = fields.needed("customer_id")?;
    let metadata = fields.value("metadata").unwrap_or(Value::Null);
    fields.ignore(&["email", "name", "phone", "description"]);
    fields.done()?;
    model.create_customer(&id, metadata)
}

fn create_payment(
    model: &mut Model,
    mut fields: Fields,
    base_url: &str,
    now: DateTime<Utc>,
) -> Result<Value, ApiError> {
    let id = fields.name("payment_id")?;
    let amount = fields.number("amount")?.ok_or_else(|| ApiError::missing_field("amount"))?;
    let only_saves = fields.text("payment_type")?.as_deref() == Some("setup_mandate");
    let agreed = fields.value("customer_acceptance").is_some();
    let kept = fields.text("setup_future_usage")?.as_deref() == Some("off_session");
    let has_page = fields.flag("payment_link")?;
    let open = fields.number("session_expiry")?.map_or(PAGE_OPEN, TimeDelta::seconds);
    let new = NewPayment {
        page: has_page.then(|| (format!("{base_url}/payment_link/{MERCHANT}/{id}"), open)),
        id,
        amount,
        currency: currency(fields.needed("currency")?)?,
        customer: fields.text("customer_id")?,
        metadata: fields.value("metadata").unwrap_or(Value::Null),
        description: fields.text("description")?,
        return_url: fields.text("return_url")?,
        saves: kept && agreed,
        method: saved_card(&mut fields)?,
    };
    if fields.flag("confirm")? {
        return Err(ApiError::new(501, "IR_00", "server_not_available", "Here, payments are confirmed by themselves"));
    }
    if (amount == 0) != only_saves {
        return Err(ApiError::bad_field("amount", "above zero, or zero with payment_type setup_mandate"));
    }
    if kept && !agreed {
        return Err(ApiError::missing_field("customer_acceptance"));
    }
    fields.ignore(&["capture_method", "profile_id", "merchant_order_reference_id", "statement_descriptor_suffix"]);
    fields.done()?;
    model.create_payment(new, now)
}

fn confirm(model: &mut Model, id: &str, mut fields: Fields, now: DateTime<Utc>) -> Result<Value, ApiError> {
    let method = saved_card(&mut fields)?;
    fields.ignore(&["return_url"]);
    fields.done()?;
    model.confirm(id, method.as_deref(), now)
}

/// Only what was agreed to before is charged without the customer.
fn saved_card(fields: &mut Fields) -> Result<Option<String>, ApiError> {
    let off_session = fields.flag("off_session")?;
    let Some(details) = fields.value("recurring_details") else { return Ok(None) };
    if !off_session {
        return Err(ApiError::missing_field("off_session"));
    }
    match (details["type"].as_str(), details["data"].as_str()) {
        (Some("payment_method_id"), Some(method)) => Ok(Some(method.to_owned())),
        _ => Err(ApiError::bad_field("recurring_details", "a payment_method_id")),
    }
}

fn currency(text: String) -> Result<String, ApiError> {
    let fits = text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_uppercase());
    if fits { Ok(text) } else { Err(ApiError::bad_field("currency", "three capitals")) }
}

fn refund(model: &mut Model, mut fields: Fields, now: DateTime<Utc>) -> Result<Value, ApiError> {
    let new = NewRefund {
        id: fields.name("refund_id")?,
        payment: fields.needed("payment_id")?,
        amount: fields.number("amount")?,
        reason: fields.text("reason")?,
        metadata: fields.value("metadata").unwrap_or_else(|| json!({})),
    };
    fields.ignore(&["refund_type"]);
    fields.done()?;
    model.refund(new, now)
}
