//! What a page says when it cannot do what was asked. Details are logged, never shown.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use super::layout::Layout;
use crate::flows::FlowError;
use crate::storage::StorageError;

#[derive(Debug)]
pub enum PageError {
    /// Back to the door.
    SignInFirst,
    Forbidden(&'static str),
    NotFound,
    /// What was sent cannot be a form of ours.
    BadRequest(&'static str),
    TooLarge,
    /// Understood, and not done; says why.
    Refused(String),
    /// Logged where it happened.
    Internal,
}

impl PageError {
    pub fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, "a page failed");
        Self::Internal
    }

    fn words(&self) -> (&'static str, &str) {
        match self {
            Self::SignInFirst => ("Please sign in", "You are not signed in, or were away for too long."),
            Self::Forbidden(why) => ("This is not allowed", why),
            Self::NotFound => ("There is nothing here", "The address may be mistyped, or what was here is gone."),
            Self::BadRequest(why) => ("This could not be understood", why),
            Self::TooLarge => ("This is too large", "What was sent is larger than this page takes."),
            Self::Refused(why) => ("Nothing was done", why),
            Self::Internal => ("Something went wrong", "It is our fault and has been noted. Please try again soon."),
        }
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().0)
    }
}

impl From<StorageError> for PageError {
    fn from(error: StorageError) -> Self {
        Self::internal(&error)
    }
}

impl From<FlowError> for PageError {
    fn from(error: FlowError) -> Self {
        match error {
            FlowError::NotFound { .. } => Self::NotFound,
            FlowError::TooEarly(_) => Self::internal(&error),
            FlowError::Storage(error) => error.into(),
        }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    layout: Layout,
    title: &'a str,
    message: &'a str,
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignInFirst => StatusCode::SEE_OTHER,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let (title, message) = self.words();
        let text = ErrorPage { layout: Layout::plain(), title, message }.render().unwrap_or_else(|_| title.to_owned());
        let mut response = HttpResponse::build(self.status_code());
        if matches!(self, Self::SignInFirst) {
            response.insert_header((header::LOCATION, "/sign-in"));
        }
        response.content_type("text/html; charset=utf-8").body(text)
    }
}
