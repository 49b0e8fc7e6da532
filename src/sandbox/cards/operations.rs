//! Every operation of the API on one screen: which path it has, which parameters it takes, and what it asks of
//! `model.rs`.

use serde_json::{Map, Value};

use super::errors::ApiError;
use super::hosted_operations::{confirm_setup, create_session, create_setup, expire_session, read_session, read_setup};
use super::intents::NewIntent;
use super::lists::{list, list_events, list_sessions, list_transactions};
use super::model::{Cause, CustomerDetails, Model};
use super::objects::{Expiry, Method};
use super::params::{Params, refuse_method_types};
use super::refunds::NewRefund;
use super::test_cards;

/// `path` is what comes after `/v1/`.
pub(super) fn run(
    model: &mut Model,
    method: &str,
    path: &str,
    params: Map<String, Value>,
    cause: &Cause,
) -> Result<Value, ApiError> {
    let params = Params::new(params);
    let steps: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    match (method, steps.as_slice()) {
        ("POST", ["customers"]) => create_customer(model, params, cause),
        ("GET", ["customers"]) => list(model.customers.values().map(|it| it.json()).collect(), path, params),
        ("GET", ["customers", id]) => read(params, model.customer(id).map(|it| it.json())),
        ("GET", ["customers", id, "payment_methods"]) => {
            model.customer(id)?;
            let methods = model.methods.values().filter(|it| it.customer.as_deref() == Some(*id));
            list(methods.map(Method::json).collect(), path, params)
        }
        ("POST", ["payment_methods"]) => create_method(model, params, cause),
        ("GET", ["payment_methods"]) => {
            list(model.methods.values().filter(|it| it.customer.is_some()).map(Method::json).collect(), path, params)
        }
        ("GET", ["payment_methods", id]) => {
            read(params, found(model.methods.get(*id), "PaymentMethod", id, Method::json))
        }
        ("POST", ["payment_methods", id]) => update_method(model, id, params, cause),
        ("POST", ["payment_methods", id, "attach"]) => attach(model, id, params, cause),
        ("POST", ["payment_methods", id, "detach"]) => {
            nothing_else(params)?;
            model.detach(id, cause)
        }
        ("POST", ["payment_intents"]) => create_intent(model, params, cause),
        ("GET", ["payment_intents"]) => list(model.intents.values().map(|it| it.json()).collect(), path, params),
        ("GET", ["payment_intents", id]) => read_intent(model, id, params),
        ("POST", ["payment_intents", id, "confirm"]) => confirm(model, id, params, cause),
        ("POST", ["payment_intents", id, "cancel"]) => cancel(model, id, params, cause),
        ("POST", ["setup_intents"]) => create_setup(model, params, cause),
        ("GET", ["setup_intents"]) => list(model.setups.values().map(|it| it.json()).collect(), path, params),
        ("GET", ["setup_intents", id]) => read_setup(model, id, params),
        ("POST", ["setup_intents", id, "confirm"]) => confirm_setup(model, id, params, cause),
        ("POST", ["checkout", "sessions"]) => create_session(model, params, cause),
        ("GET", ["checkout", "sessions"]) => list_sessions(model, path, params),
        ("GET", ["checkout", "sessions", id]) => read_session(model, id, params),
        ("POST", ["checkout", "sessions", id, "expire"]) => expire_session(model, id, params, cause),
        ("POST", ["refunds"]) => refund(model, params, cause),
        ("GET", ["refunds"]) => list(model.refunds.values().map(|it| it.json()).collect(), path, params),
        ("GET", ["refunds", id]) => read(params, found(model.refunds.get(*id), "refund", id, |it| it.json())),
        ("GET", ["balance_transactions"]) => list_transactions(model, path, params),
        ("GET", ["disputes"]) => list(model.disputes.values().map(|it| it.json(model)).collect(), path, params),
        ("GET", ["disputes", id]) => read(params, found(model.disputes.get(*id), "dispute", id, |it| it.json(model))),
        ("GET", ["charges"]) => list(model.tries.values().map(|it| it.json()).collect(), path, params),
        ("GET", ["charges", id]) => read(params, found(model.tries.get(*id), "charge", id, |it| it.json())),
        ("GET", ["events"]) => list_events(model, path, params),
        ("GET", ["events", id]) => {
            let event = model.events.iter().find(|event| event["id"] == **id);
            read(params, found(event, "event", id, Clone::clone))
        }
        _ => {
            let message = format!("Unrecognized request URL ({method}: /v1/{path}).");
            Err(ApiError::new(404, "invalid_request_error", "", &message))
        }
    }
}

fn found<T>(thing: Option<&T>, what: &str, id: &str, json: impl Fn(&T) -> Value) -> Result<Value, ApiError> {
    thing.map(json).ok_or_else(|| ApiError::missing(what, id))
}

pub(super) fn nothing_else(mut params: Params) -> Result<(), ApiError> {
    params.ignore(&["expand"]);
    params.done()
}

fn read(params: Params, object: Result<Value, ApiError>) -> Result<Value, ApiError> {
    nothing_else(params)?;
    object
}

fn create_customer(model: &mut Model, mut params: Params, cause: &Cause) -> Result<Value, ApiError> {
    let details = CustomerDetails {
        email: params.text("email")?,
        name: params.text("name")?,
        phone: params.text("phone")?,
        description: params.text("description")?,
        metadata: params.metadata()?,
    };
    nothing_else(params)?;
    Ok(model.create_customer(details, cause))
}

/// Of the number of a test card, or of its token: no other numbers are taken, least of all real ones.
fn create_method(model: &mut Model, mut params: Params, cause: &Cause) -> Result<Value, ApiError> {
    let kind = params.needed("type")?;
    if kind != "card" {
        return Err(ApiError::about("type", "", "Only payment methods of type card exist here."));
    }
    let details = params.object("card")?;
    let metadata = params.metadata()?;
    params.ignore(&["billing_details", "allow_redisplay"]);
    nothing_else(params)?;
    let text = |name| details.get(name).and_then(Value::as_str);
    let card = match (text("number"), text("token")) {
        (Some(number), _) => test_cards::find_number(number),
        (None, Some(token)) => test_cards::find(&token.replacen("tok_", "pm_card_", 1)),
        (None, None) => return Err(ApiError::about("card", "parameter_missing", "Missing required param: card.")),
    };
    let card = card.ok_or_else(|| {
        ApiError::about("card", "incorrect_number", "Your card number is incorrect: it is none of the test cards.")
    })?;
    Ok(model.create_method(card, printed(&details).unwrap_or(Expiry::FAR), metadata, cause).json())
}

fn printed(details: &Map<String, Value>) -> Option<Expiry> {
    let number = |name| details.get(name).and_then(Value::as_str).and_then(|text| text.parse().ok());
    Some(Expiry { month: u32::try_from(number("exp_month")?).ok()?, year: number("exp_year")? })
}

/// Only its date can be corrected.
fn update_method(model: &mut Model, id: &str, mut params: Params, cause: &Cause) -> Result<Value, ApiError> {
    let details = params.object("card")?;
    params.ignore(&["billing_details", "metadata"]);
    nothing_else(params)?;
    model.update_method(id, printed(&details), cause)
}

fn attach(model: &mut Model, id: &str, mut params: Params, cause: &Cause) -> Result<Value, ApiError> {
    let customer = params.needed("customer")?;
    nothing_else(params)?;
    model.attach(id, &customer, cause)
}

fn create_intent(model: &mut Model, mut params: Params, cause: &Cause) -> Result<Value, ApiError> {
    refuse_method_types(&params)?;
    let confirm = params.flag("confirm")?;
    if !confirm && (params.has("off_session") || params.has("return_url")) {
        let message = "`off_session` and `return_url` can only be given when `confirm` is true.";
        return Err(ApiError::about("off_session", "", message));
    }
    let off_session = params.flag("off_session")?;
    let new = NewIntent {
        amount: params.amount()?,
        currency: params.currency()?,
        customer: params.text("customer")?,
        method: params.text("payment_method")?,
        metadata: params.metadata()?,
        description: params.text("description")?,
        receipt_email: params.text("receipt_email")?,
        setup_future_usage: params.one_of("setup_future_usage", &["off_session", "on_session"])?,
    };
    if confirm && new.method.is_none() {
        return Err(ApiError::about("payment_method", "parameter_missing", "A payment method is needed to confirm."));
    }
    let expand = params.texts("expand")?;
    params.ignore(&[
        "automatic_payment_methods",
        "capture_method",
        "error_on_requires_action",
        "return_url",
        "statement_descriptor_suffix",
    ]);
    params.done()?;
    let intent = model.create_intent(new, cause)?;
    let intent = match intent["id"].as_str().filter(|_| confirm) {
        Some(id) => model.confirm(id, None, off_session, cause)?,
        None => intent,
    };
    Ok(model.expand(intent, &expand))
}

fn read_intent(model: &Model, id: &str, mut params: Params) -> Result<Value, ApiError> {
    let expand = params.texts("expand")?;
    params.ignore(&["client_secret"]);
    params.done()?;
    Ok(model.expand(model.intent(id)?.json(), &expand))
}

fn confirm(model: &mut Model, id: &str, mut params: Params, cause: &Cause) -> Result<Value, ApiError> {
    let method = params.text("payment_method")?;
    let off_session = params.flag("off_session")?;
    let expand = params.texts("expand")?;
    params.ignore(&["error_on_requires_action", "return_url", "receipt_email", "use_stripe_sdk"]);
    params.done()?;
    let intent = model.confirm(id, method.as_deref(), off_session, cause)?;
    Ok(model.expand(intent, &expand))
}

fn cancel(model: &mut Model, id: &str, mut params: Params, cause: &Cause) -> Result<Value, ApiError> {
    let reason = params.text("cancellation_reason")?;
    nothing_else(params)?;
    match reason.as_deref() {
        None | Some("duplicate" | "fraudulent" | "requested_by_customer" | "abandoned") => {}
        Some(other) => {
            let message = format!("Invalid cancellation_reason: {other}");
            return Err(ApiError::about("cancellation_reason", "", &message));
        }
    }
    model.cancel(id, reason, cause)
}

fn refund(model: &mut Model, mut params: Params, cause: &Cause) -> Result<Value, ApiError> {
    let new = NewRefund {
        intent: params.needed("payment_intent")?,
        amount: params.number("amount")?,
        reason: params.one_of("reason", &["duplicate", "fraudulent", "requested_by_customer"])?,
        metadata: params.metadata()?,
    };
    nothing_else(params)?;
    model.refund(new, cause)
}
