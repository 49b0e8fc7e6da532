//! Hyperswitch gives no list of what it has told, so its lists of payments, refunds and disputes are read as if it told
//! of each how it stands.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::Hyperswitch;
use super::statements::{DISPUTES, PAYMENTS, REFUNDS, list_of, list_request, next};
use crate::payments::Doubt;
use crate::payments::missed::{Missed, MissedPage};
use crate::payments::statements::Span;
use crate::wire::{HttpRequest, HttpResponse};

impl Missed for Hyperswitch {
    fn missed_lists(&self) -> &'static [&'static str] {
        &[PAYMENTS, REFUNDS, DISPUTES]
    }

    fn missed_request(&self, list: &str, since: DateTime<Utc>, after: Option<&str>) -> HttpRequest {
        // There is no list without an end; nothing is made that late.
        let span = Span { from: since, to: since + TimeDelta::days(60) };
        list_request(list, &span, after, &self.settings)
    }

    fn missed_page(&self, list: &str, after: Option<&str>, response: &HttpResponse) -> Result<MissedPage, Doubt> {
        let objects = list_of(response)?;
        let messages = objects.iter().filter_map(|object| message(list, object)).collect();
        Ok(MissedPage { messages, next: next(list, after, &objects) })
    }
}

/// As it would be told now; `None` for a kind that is not told.
fn message(list: &str, object: &Value) -> Option<Vec<u8>> {
    let (about, id, status) = match list {
        PAYMENTS => ("payment_details", &object["payment_id"], &object["status"]),
        REFUNDS => ("refund_details", &object["refund_id"], &object["status"]),
        _ => ("dispute_details", &object["dispute_id"], &object["dispute_status"]),
    };
    let (id, status) = (id.as_str()?, status.as_str()?);
    let kind = match list {
        PAYMENTS => format!("payment_{status}"),
        REFUNDS => format!("refund_{status}"),
        _ => status.to_owned(),
    };
    let body = json!({
        "event_id": format!("list:{id}:{status}"), "event_type": kind, "content": {"type": about, "object": object},
    });
    Some(body.to_string().into_bytes())
}
