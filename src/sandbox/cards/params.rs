//! The parameters of one request: each is taken once and checked, and what is left over is refused. What they do is for
//! `model.rs`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::errors::ApiError;

/// Stripe's largest amount has eight digits.
const LARGEST: i64 = 99_999_999;
const SMALLEST: i64 = 50;

pub(super) struct Params(Map<String, Value>);

impl Params {
    pub(super) fn new(params: Map<String, Value>) -> Self {
        Self(params)
    }

    /// An empty value is as good as none.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(_) => Err(ApiError::about(name, "", &format!("Invalid string: {name}"))),
        }
    }

    pub(super) fn needed(&mut self, name: &str) -> Result<String, ApiError> {
        self.text(name)?
            .ok_or_else(|| ApiError::about(name, "parameter_missing", &format!("Missing required param: {name}.")))
    }

    pub(super) fn number(&mut self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let number = text.parse();
        number
            .map(Some)
            .map_err(|_| ApiError::about(name, "parameter_invalid_integer", &format!("Invalid integer: {text}")))
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<bool, ApiError> {
        match self.text(name)?.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(ApiError::about(name, "", &format!("Invalid boolean: {other}"))),
        }
    }

    pub(super) fn amount(&mut self) -> Result<i64, ApiError> {
        let amount = self
            .number("amount")?
            .ok_or_else(|| ApiError::about("amount", "parameter_missing", "Missing required param: amount."))?;
        match amount {
            ..SMALLEST => Err(ApiError::about("amount", "amount_too_small", "Amount must be at least 50.")),
            SMALLEST..=LARGEST => Ok(amount),
            _ => Err(ApiError::about("amount", "amount_too_large", "Amount must be no more than 99999999.")),
        }
    }

    /// Small letters, however it was written.
    pub(super) fn currency(&mut self) -> Result<String, ApiError> {
        let currency = self.needed("currency")?.to_ascii_lowercase();
        if currency.len() == 3 && currency.bytes().all(|letter| letter.is_ascii_lowercase()) {
            Ok(currency)
        } else {
            Err(ApiError::about("currency", "", &format!("Invalid currency: {currency}")))
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
        match self.0.remove(name) {
            None => Ok(Map::new()),
            Some(Value::String(text)) if text.is_empty() => Ok(Map::new()),
            Some(Value::Object(members)) => Ok(members),
            // Names that are all numbers look like a list.
            Some(Value::Array(items)) => {
                Ok(items.into_iter().enumerate().map(|(number, item)| (number.to_string(), item)).collect())
            }
            Some(_) => Err(ApiError::about(name, "", &format!("Invalid object: {name}"))),
        }
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<String>, ApiError> {
        let items = self.object(name)?.into_iter().filter_map(|(_, item)| Some(item.as_str()?.to_owned()));
        Ok(items.collect())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What may be sent but makes no difference here.
    pub(super) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.0.remove(*name);
        }
    }

    pub(super) fn done(self) -> Result<(), ApiError> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => {
                Err(ApiError::about(name, "parameter_unknown", &format!("Received unknown parameter: {name}")))
            }
        }
    }
}
