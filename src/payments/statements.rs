//! A card processor's statement, without I/O: the lists it is read from, page by page. What it says is compared with our
//! books, never believed.

use super::Doubt;
pub use crate::domain::clearing::{Kind, Line, Movement};
pub use crate::domain::reconcile::Span;
use crate::wire::{HttpRequest, HttpResponse};

/// The part of a processor that tells what it owes us, and for what.
pub trait Statements: Send + Sync {
    /// The lists that together are the statement, by names of its own.
    fn lists(&self) -> &'static [&'static str];

    /// A page of a list with what happened within the span, after what the page before said is next.
    fn list_request(&self, list: &str, span: &Span, after: Option<&str>) -> HttpRequest;

    fn list_page(&self, list: &str, after: Option<&str>, response: &HttpResponse) -> Result<Page, Doubt>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub lines: Vec<Line>,
    /// After what the next page comes; `None`: this was the last.
    pub next: Option<String>,
}
