//! The parameters of one request: each is taken once and checked, and what is left over is refused. What they do is for
//! `model.rs`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::errors::ApiError;

/// Stripe's largest amount has eight digits.
const LARGEST: i64 = 99_999_999;
const SMALLEST: i64 = 50;

pub(super) struct Params {
    members: Map<String, Value>,
    /// Whose members these are; empty for those of the request itself. Refusals name the whole way.
    of: String,
}

impl Params {
    pub(super) fn new(members: Map<String, Value>) -> Self {
        Self { members, of: String::new() }
    }

    /// `name[…]`; an empty one if there is none.
    pub(super) fn below(&mut self, name: &str) -> Result<Self, ApiError> {
        Ok(Self { of: self.whole(name), members: self.object(name)? })
    }

    /// `name[0][…]`, `name[1][…]` and so on; one that is no object has no members.
    pub(super) fn items(&mut self, name: &str) -> Result<Vec<Self>, ApiError> {
        let whole = self.whole(name);
        let items = self.object(name)?.into_iter().map(|(number, item)| {
            let Value::Object(members) = item else { return Self { members: Map::new(), of: whole.clone() } };
            Self { members, of: format!("{whole}[{number}]") }
        });
        Ok(items.collect())
    }

    fn whole(&self, name: &str) -> String {
        if self.of.is_empty() { name.to_owned() } else { format!("{}[{name}]", self.of) }
    }

    fn wrong(&self, name: &str, code: &str, message: &str) -> ApiError {
        let whole = self.whole(name);
        ApiError::about(&whole, code, &format!("{message}: {whole}"))
    }

    /// An empty value is as good as none.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        match self.members.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(_) => Err(self.wrong(name, "", "Invalid string")),
        }
    }

    pub(super) fn needed(&mut self, name: &str) -> Result<String, ApiError> {
        self.text(name)?.ok_or_else(|| self.wrong(name, "parameter_missing", "Missing required param"))
    }

    pub(super) fn one_of(&mut self, name: &str, words: &[&str]) -> Result<Option<String>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        if words.contains(&text.as_str()) {
            return Ok(Some(text));
        }
        let message = format!("Invalid {}: must be one of {}", self.whole(name), words.join(", "));
        Err(ApiError::about(&self.whole(name), "", &message))
    }

    /// One that leads a browser somewhere, and does nothing else.
    pub(super) fn url(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        if (text.starts_with("https://") || text.starts_with("http://")) && !text.contains(char::is_whitespace) {
            return Ok(Some(text));
        }
        Err(self.wrong(name, "url_invalid", "Not a valid URL"))
    }

    pub(super) fn number(&mut self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.wrong(name, "parameter_invalid_integer", "Invalid integer"))
    }

    pub(super) fn needed_number(&mut self, name: &str) -> Result<i64, ApiError> {
        self.number(name)?.ok_or_else(|| self.wrong(name, "parameter_missing", "Missing required param"))
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<bool, ApiError> {
        match self.text(name)?.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(self.wrong(name, "", "Invalid boolean")),
        }
    }

    pub(super) fn amount(&mut self) -> Result<i64, ApiError> {
        let amount = self.needed_number("amount")?;
        payable(amount, "amount")
    }

    /// Small letters, however it was written.
    pub(super) fn currency(&mut self) -> Result<String, ApiError> {
        let currency = self.needed("currency")?.to_ascii_lowercase();
        if currency.len() == 3 && currency.bytes().all(|letter| letter.is_ascii_lowercase()) {
            Ok(currency)
        } else {
            Err(self.wrong("currency", "", "Invalid currency"))
        }
    }

    pub(super) fn metadata(&mut self) -> Result<BTreeMap<String, String>, ApiError> {
        let members = self.object("metadata")?;
        let texts = members.into_iter().map(|(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            _ => Err(ApiError::about("metadata", "", "Metadata values must be strings.")),
        });
        texts.collect()
    }

    /// `name[a]=1&name[b]=2`; an empty one if there is none.
    pub(super) fn object(&mut self, name: &str) -> Result<Map<String, Value>, ApiError> {
        match self.members.remove(name) {
            None => Ok(Map::new()),
            Some(Value::String(text)) if text.is_empty() => Ok(Map::new()),
            Some(Value::Object(members)) => Ok(members),
            // Names that are all numbers look like a list.
            Some(Value::Array(items)) => {
                Ok(items.into_iter().enumerate().map(|(number, item)| (number.to_string(), item)).collect())
            }
            Some(_) => Err(self.wrong(name, "", "Invalid object")),
        }
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<String>, ApiError> {
        let items = self.object(name)?.into_iter().filter_map(|(_, item)| Some(item.as_str()?.to_owned()));
        Ok(items.collect())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// What may be sent but makes no difference here.
    pub(super) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.members.remove(*name);
        }
    }

    pub(super) fn done(self) -> Result<(), ApiError> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.wrong(name, "parameter_unknown", "Received unknown parameter")),
        }
    }
}

/// An amount that can be charged; `parameter` is where it came from.
pub(super) fn payable(amount: i64, parameter: &str) -> Result<i64, ApiError> {
    match amount {
        ..SMALLEST => Err(ApiError::about(parameter, "amount_too_small", "Amount must be at least 50.")),
        SMALLEST..=LARGEST => Ok(amount),
        _ => Err(ApiError::about(parameter, "amount_too_large", "Amount must be no more than 99999999.")),
    }
}

/// Stripe took this one away: methods are chosen by its dashboard, or left out by other parameters.
pub(super) fn refuse_method_types(params: &Params) -> Result<(), ApiError> {
    if !params.has("payment_method_types") {
        return Ok(());
    }
    Err(ApiError::about(
        "payment_method_types",
        "parameter_unknown",
        "Received unknown parameter: payment_method_types. Payment methods are chosen automatically.",
    ))
}
