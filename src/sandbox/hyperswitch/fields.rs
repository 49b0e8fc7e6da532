//! The fields of one request's body: each is taken once and checked, and what is left over is refused.

use serde_json::{Map, Value};

use super::errors::ApiError;

/// Names of payments and refunds are exactly so long.
const NAME_LENGTH: usize = 30;

pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Of a query.
    pub(super) fn of(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    pub(super) fn read(body: &str) -> Result<Self, ApiError> {
        match serde_json::from_str(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) | Err(_) => {
                Err(ApiError::new(400, "IR_06", "invalid_request", "Json deserialize error: an object is expected"))
            }
        }
    }

    pub(super) fn value(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ApiError::bad_field(name, "a string")),
        }
    }

    pub(super) fn needed(&mut self, name: &str) -> Result<String, ApiError> {
        self.text(name)?.ok_or_else(|| ApiError::missing_field(name))
    }

    /// Made up by the merchant, and unique.
    pub(super) fn name(&mut self, name: &str) -> Result<String, ApiError> {
        let text = self.needed(name)?;
        let fits = text.len() == NAME_LENGTH && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
        if fits { Ok(text) } else { Err(ApiError::bad_field(name, "30 letters, digits and underscores")) }
    }

    pub(super) fn number(&mut self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        value
            .as_i64()
            .filter(|number| *number >= 0)
            .map(Some)
            .ok_or_else(|| ApiError::bad_field(name, "a whole number"))
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<bool, ApiError> {
        let Some(value) = self.value(name) else { return Ok(false) };
        value.as_bool().ok_or_else(|| ApiError::bad_field(name, "a boolean"))
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
                let message = format!("Json deserialize error: unknown field `{name}`");
                Err(ApiError::new(400, "IR_06", "invalid_request", message))
            }
        }
    }
}
