//! Refusals in Hyperswitch's words.

use serde_json::json;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub status: u16,
    pub code: &'static str,
    pub kind: &'static str,
    pub message: String,
}

impl ApiError {
    pub(super) fn new(status: u16, code: &'static str, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, kind, message: message.into() }
    }

    pub(super) fn missing_field(name: &str) -> Self {
        Self::new(400, "IR_04", "invalid_request", format!("Missing required param: {name}"))
    }

    pub(super) fn bad_field(name: &str, expected: &str) -> Self {
        let message = format!("{name} contains invalid data. Expected format is {expected}");
        Self::new(422, "IR_05", "invalid_request", message)
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(404, "HE_02", "object_not_found", format!("{what} does not exist in our records"))
    }

    pub(super) fn duplicate(what: &str) -> Self {
        Self::new(
            400,
            "HE_01",
            "duplicate_request",
            format!("The {what} with the specified id already exists in our records"),
        )
    }

    pub(super) fn wrong_state(deed: &str, status: &str) -> Self {
        let message = format!("You cannot {deed} this payment because it has status {status}");
        Self::new(400, "IR_16", "invalid_request", message)
    }

    pub(super) fn body(&self) -> String {
        json!({"error": {"type": self.kind, "code": self.code, "message": self.message}}).to_string()
    }
}
