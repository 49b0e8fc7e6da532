//! What a card processor has told, or would have, while nobody listened, without I/O: read from its lists, as the same
//! messages that its webhooks bring.

use chrono::{DateTime, Utc};

use super::Doubt;
use crate::wire::{HttpRequest, HttpResponse};

/// The part of a processor that can be asked what it has told.
pub trait Missed: Send + Sync {
    /// The lists to look through, by names of its own.
    fn missed_lists(&self) -> &'static [&'static str];

    /// A page of a list with what happened since then, after what the page before said is next.
    fn missed_request(&self, list: &str, since: DateTime<Utc>, after: Option<&str>) -> HttpRequest;

    fn missed_page(&self, list: &str, after: Option<&str>, response: &HttpResponse) -> Result<MissedPage, Doubt>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedPage {
    /// Bodies of messages, newest first. That they are genuine needs no signature: we have asked for them ourselves.
    pub messages: Vec<Vec<u8>>,
    /// After what the next page comes; `None`: this was the last.
    pub next: Option<String>,
}
