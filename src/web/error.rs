//! What programs are told when something does not work: problem documents of RFC 9457 with a stable `code`. Faults of
//! ours are logged here, once, and never shown.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::admission::Refusal;
use crate::domain::deck::BadLine;
use crate::flows::FlowError;
use crate::storage::StorageError;

#[derive(Debug)]
pub struct ApiError {
    pub status: StatusCode,
    /// A stable word for programs.
    pub code: &'static str,
    pub detail: String,
    /// The field, parameter or header that has to change.
    pub field: Option<String>,
    /// Every bad line of an upload.
    pub errors: Vec<BadLine>,
}

/// The document as it is sent.
#[derive(Serialize, ToSchema)]
pub struct Problem<'a> {
    /// Names the kind of problem; follows from `code`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "urn:talktime:problem:not_enough_credit")]
    kind: String,
    /// The code in words.
    #[schema(example = "Not enough credit")]
    title: String,
    #[schema(example = 422)]
    status: u16,
    /// What is wrong with this very request, and what to do about it.
    #[schema(value_type = String, example = "Your balance buys 4 seconds, and a call needs at least 10. Top up first.")]
    detail: &'a str,
    /// A stable word for programs.
    #[schema(value_type = String, example = "not_enough_credit")]
    code: &'a str,
    /// The field, parameter or header that has to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    field: Option<&'a str>,
    /// Every bad line of an upload.
    #[serde(skip_serializing_if = "<[BadLine]>::is_empty")]
    #[schema(value_type = Option<Vec<BadDeckLine>>)]
    errors: &'a [BadLine],
}

/// A line of a deck that cannot be taken.
#[derive(Serialize, ToSchema)]
pub struct BadDeckLine {
    /// Counted from 1, header included.
    pub line: u64,
    pub field: String,
    pub reason: String,
}

impl ApiError {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), field: None, errors: vec![] }
    }

    /// The request cannot be read at all.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// It can be read, but not be done.
    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    pub fn not_found(what: &str, id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("There is no {what} {id:?}."))
    }

    pub fn unauthorised(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorised", detail)
    }

    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The document as text.
    pub fn body(&self) -> String {
        let problem = Problem {
            kind: format!("urn:talktime:problem:{}", self.code),
            title: self.title(),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            field: self.field.as_deref(),
            errors: &self.errors,
        };
        serde_json::to_string(&problem).expect("a problem is plain data")
    }

    fn title(&self) -> String {
        let words = self.code.replace('_', " ");
        words[..1].to_ascii_uppercase() + &words[1..]
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"talktime\""));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE || self.code == "in_progress" {
            response.insert_header((header::RETRY_AFTER, "1"));
        }
        response.content_type("application/problem+json").body(self.body())
    }
}

impl From<FlowError> for ApiError {
    fn from(error: FlowError) -> Self {
        match error {
            FlowError::NotFound { what, id } => Self::not_found(what, &id),
            FlowError::TooEarly(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", error.to_string()),
            FlowError::Storage(error) => error.into(),
        }
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::NoConnection(_) | StorageError::ShuttingDown => {
                tracing::warn!(%error, "a request was turned away");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The service cannot answer now. Try again.")
            }
            // Two requests wanted the same at the same moment; the other one was first.
            StorageError::Database(_) if error.is_duplicate() => {
                Self::conflict("already_exists", "Something with the same name or number exists already.")
            }
            StorageError::Database(_)
            | StorageError::Unreadable { .. }
            | StorageError::UnknownAddress(_)
            | StorageError::Migrations(_) => {
                tracing::error!(%error, "a request failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side.")
            }
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let field = match &refusal {
            Refusal::AccountNotOpen
            | Refusal::AccountFrozen
            | Refusal::TooManyCalls { .. }
            | Refusal::TooFast { .. }
            | Refusal::HouseIsFull
            | Refusal::SpendCap { .. }
            | Refusal::NotEnoughCredit { .. }
            | Refusal::BeingToppedUp => "account",
            Refusal::NobodyToDial
            | Refusal::TooManyNumbers { .. }
            | Refusal::SameNumberTwice { .. }
            | Refusal::NoRate { .. }
            | Refusal::DestinationBlocked { .. } => "numbers",
            Refusal::NeverRecorded | Refusal::AlwaysRecorded => "record",
        };
        Self::unprocessable(refusal.code(), refusal.to_string()).at(field)
    }
}

/// For addresses that do not exist.
pub async fn no_such_route(request: HttpRequest) -> HttpResponse {
    ApiError::new(StatusCode::NOT_FOUND, "no_such_route", format!("There is nothing at {}.", request.path()))
        .error_response()
}
