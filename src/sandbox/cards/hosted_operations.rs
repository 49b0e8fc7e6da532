//! The operations of hosted payments: which parameters a checkout session or a set-up intent takes. What comes of them
//! is for `checkout.rs` and `setups.rs`.

use serde_json::Value;

use super::checkout::{NewSession, Purpose};
use super::errors::ApiError;
use super::model::{Cause, Model};
use super::operations::nothing_else;
use super::params::{Params, payable, refuse_method_types};
use super::setups::NewSetup;

const USAGES: &[&str] = &["off_session", "on_session"];

pub(super) fn create_session(model: &mut Model, mut params: Params, cause: &Cause) -> Result<Value, ApiError> {
    refuse_method_types(&params)?;
    let mode = params.one_of("mode", &["payment", "setup"])?;
    let mode = mode.ok_or_else(|| ApiError::about("mode", "parameter_missing", "Missing required param: mode"))?;
    let saves = mode == "setup";
    let mut intent_data = params.below(if saves { "setup_intent_data" } else { "payment_intent_data" })?;
    let (purpose, currency) = match saves {
        true => (Purpose::Save, params.currency()?),
        false => bought(params.items("line_items")?, intent_data.one_of("setup_future_usage", USAGES)?)?,
    };
    let mut submit = params.below("custom_text")?;
    let mut words = submit.below("submit")?;
    let new = NewSession {
        purpose,
        currency,
        customer: params.text("customer")?,
        success_url: params.url("success_url")?.ok_or_else(|| {
            ApiError::about("success_url", "parameter_missing", "Missing required param: success_url")
        })?,
        cancel_url: params.url("cancel_url")?,
        client_reference_id: params.text("client_reference_id")?,
        metadata: params.metadata()?,
        expires_at: params.number("expires_at")?,
        intent_metadata: intent_data.metadata()?,
        description: intent_data.text("description")?,
        message: words.text("message")?,
    };
    intent_data.ignore(&["receipt_email", "statement_descriptor_suffix"]);
    params.ignore(&["locale", "submit_type"]);
    let expand = params.texts("expand")?;
    for params in [words, submit, intent_data, params] {
        params.done()?;
    }
    let session = model.create_session(new, cause)?;
    Ok(model.expand(session, &expand))
}

/// The sum of the lines, their names, and the one currency they have.
fn bought(lines: Vec<Params>, setup_future_usage: Option<String>) -> Result<(Purpose, String), ApiError> {
    let (mut sum, mut names, mut currencies) = (0_i64, Vec::new(), Vec::new());
    for mut line in lines {
        let mut price = line.below("price_data")?;
        let mut product = price.below("product_data")?;
        let (quantity, each) = (line.needed_number("quantity")?, price.needed_number("unit_amount")?);
        if quantity < 1 || each < 0 {
            return Err(ApiError::about("line_items", "parameter_invalid_integer", "Invalid non-negative integer"));
        }
        sum = each.saturating_mul(quantity).saturating_add(sum);
        names.push(product.needed("name")?);
        currencies.push(price.currency()?);
        product.ignore(&["description"]);
        for params in [product, price, line] {
            params.done()?;
        }
    }
    let Some(currency) = currencies.pop() else {
        return Err(ApiError::about("line_items", "parameter_missing", "Missing required param: line_items"));
    };
    if currencies.iter().any(|other| *other != currency) {
        return Err(ApiError::about("line_items", "", "All line items must have the same currency."));
    }
    let amount = payable(sum, "line_items")?;
    Ok((Purpose::Pay { amount, what: names.join(", "), setup_future_usage }, currency))
}

pub(super) fn read_session(model: &Model, id: &str, mut params: Params) -> Result<Value, ApiError> {
    let expand = params.texts("expand")?;
    params.done()?;
    Ok(model.expand(model.session(id)?.json(), &expand))
}

pub(super) fn expire_session(
    model: &mut Model,
    id: &str,
    mut params: Params,
    cause: &Cause,
) -> Result<Value, ApiError> {
    let expand = params.texts("expand")?;
    params.done()?;
    let session = model.expire_session(id, cause)?;
    Ok(model.expand(session, &expand))
}

pub(super) fn create_setup(model: &mut Model, mut params: Params, cause: &Cause) -> Result<Value, ApiError> {
    refuse_method_types(&params)?;
    let confirm = params.flag("confirm")?;
    let new = NewSetup {
        customer: params.text("customer")?,
        method: params.text("payment_method")?,
        metadata: params.metadata()?,
        description: params.text("description")?,
        usage: params.one_of("usage", USAGES)?,
    };
    if confirm && new.method.is_none() {
        return Err(ApiError::about("payment_method", "parameter_missing", "A payment method is needed to confirm."));
    }
    let expand = params.texts("expand")?;
    params.ignore(&["automatic_payment_methods", "return_url"]);
    params.done()?;
    let setup = model.create_setup(new, cause)?;
    let json = if confirm { model.confirm_setup(&setup.id, None, cause)? } else { setup.json() };
    Ok(model.expand(json, &expand))
}

pub(super) fn read_setup(model: &Model, id: &str, mut params: Params) -> Result<Value, ApiError> {
    let expand = params.texts("expand")?;
    params.ignore(&["client_secret"]);
    nothing_else(params)?;
    Ok(model.expand(model.setup(id)?.json(), &expand))
}

pub(super) fn confirm_setup(model: &mut Model, id: &str, mut params: Params, cause: &Cause) -> Result<Value, ApiError> {
    refuse_method_types(&params)?;
    let method = params.text("payment_method")?;
    let expand = params.texts("expand")?;
    params.ignore(&["return_url", "use_stripe_sdk"]);
    params.done()?;
    let json = model.confirm_setup(id, method.as_deref(), cause)?;
    Ok(model.expand(json, &expand))
}
