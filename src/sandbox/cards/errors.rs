//! Refusals in Stripe's words, and which of them an idempotency key keeps.

use serde_json::{Map, Value, json};

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ApiError {
    pub status: u16,
    /// Whether the request was carried out before it was refused. Only then does its key keep the answer.
    pub executed: bool,
    /// The object under `error`.
    pub error: Map<String, Value>,
}

impl ApiError {
    pub(super) fn invalid(code: &str, message: &str) -> Self {
        Self::new(400, "invalid_request_error", code, message)
    }

    pub(super) fn about(parameter: &str, code: &str, message: &str) -> Self {
        Self::invalid(code, message).with("param", json!(parameter))
    }

    pub(super) fn missing(what: &str, id: &str) -> Self {
        let mut error = Self::new(404, "invalid_request_error", "resource_missing", &format!("No such {what}: '{id}'"));
        error.error.insert("param".to_owned(), json!("id"));
        error
    }

    /// The intent is in the error, so that who asked sees what became of it.
    pub(super) fn unexpected_state(message: &str, intent: Value) -> Self {
        let error = Self::invalid("payment_intent_unexpected_state", message).with("payment_intent", intent);
        Self { executed: true, ..error }
    }

    pub(super) fn declined(error: Map<String, Value>) -> Self {
        Self { status: 402, executed: true, error }
    }

    pub(super) fn new(status: u16, kind: &str, code: &str, message: &str) -> Self {
        let mut error = Map::new();
        error.insert("type".to_owned(), json!(kind));
        if !code.is_empty() {
            error.insert("code".to_owned(), json!(code));
            let page = code.replace('_', "-");
            error.insert("doc_url".to_owned(), json!(format!("https://stripe.com/docs/error-codes/{page}")));
        }
        error.insert("message".to_owned(), json!(message));
        Self { status, executed: false, error }
    }

    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.error.insert(name.to_owned(), value);
        self
    }

    pub(super) fn body(&self) -> String {
        json!({ "error": self.error }).to_string()
    }
}
