//! Lists of the API: which things a filter lets through, newest first, page by page in the usual envelope.

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde_json::{Value, json};

use super::json;
use super::model::{Form, Refusal, World};
use super::rest::Answered;

const LARGEST_PAGE: usize = 1_000;

/// The page that is asked for, and the request to repeat in the addresses of its neighbours.
pub struct Page {
    path: String,
    filters: Vec<(String, String)>,
    size: usize,
    number: usize,
}

impl Page {
    pub fn of(path: &str, form: &Form) -> Result<Self, Refusal> {
        let number = |name, usual| match form.filled(name) {
            None => Ok(usual),
            Some(text) => text.parse().map_err(|_| Refusal::bad(20007, &format!("{name} is not a number"))),
        };
        let size: usize = number("PageSize", 50)?;
        if size > LARGEST_PAGE || size == 0 {
            return Err(Refusal::bad(20007, "Page size must be between 1 and 1000"));
        }
        let is_filter = |name: &str| !["PageSize", "Page", "PageToken"].contains(&name);
        let filters = form.0.iter().filter(|(name, _)| is_filter(name)).cloned().collect();
        Ok(Self { path: path.to_owned(), filters, size, number: number("Page", 0)? })
    }

    fn uri(&self, number: usize) -> String {
        let mut query = self.filters.clone();
        query.extend([("PageSize".to_owned(), self.size.to_string()), ("Page".to_owned(), number.to_string())]);
        format!("{}?{}", self.path, serde_urlencoded::to_string(query).expect("pairs of strings always encode"))
    }

    pub fn envelope(&self, key: &str, all: Vec<Value>) -> Value {
        let first = self.number.saturating_mul(self.size);
        let total = all.len();
        let shown: Vec<Value> = all.into_iter().skip(first).take(self.size).collect();
        let has_next = first + shown.len() < total;
        json!({
            "first_page_uri": self.uri(0),
            "next_page_uri": has_next.then(|| self.uri(self.number + 1)),
            "previous_page_uri": (self.number > 0).then(|| self.uri(self.number - 1)),
            "uri": self.uri(self.number),
            "page": self.number,
            "page_size": self.size,
            "start": first,
            "end": (first + shown.len()).saturating_sub(1),
            key: shown,
        })
    }
}

pub fn calls(model: &World, account: &str, form: &Form, page: Page, now: DateTime<Utc>) -> Answered {
    let is = |name: &str, value: &str| form.filled(name).is_none_or(|wanted| wanted == value);
    let started = Span::of(form, "StartTime")?;
    let ended = Span::of(form, "EndTime")?;
    let found = model.calls().rev().filter(|call| {
        is("To", &call.to)
            && is("From", &call.from)
            && is("Status", call.status.as_str())
            && form.filled("ParentCallSid").is_none_or(|parent| call.line.parent.as_deref() == Some(parent))
            // A call that waits to be dialled has no start yet; its creation stands in, or it could not be found.
            && started.holds(Some(call.dialled_at.unwrap_or(call.created_at)))
            && ended.holds(call.ended_at)
    });
    let found = found.map(|call| json::call(account, call, now)).collect();
    Ok((200, page.envelope("calls", found)))
}

pub fn rooms(model: &World, account: &str, form: &Form, page: Page) -> Answered {
    let is = |name: &str, value: &str| form.filled(name).is_none_or(|wanted| wanted == value);
    let created = Span::of(form, "DateCreated")?;
    let updated = Span::of(form, "DateUpdated")?;
    let found = model.rooms().rev().filter(|room| {
        is("FriendlyName", &room.name)
            && is("Status", room.status.as_str())
            && created.holds(Some(room.created_at))
            && updated.holds(Some(room.updated_at))
    });
    let found = found.map(|room| json::room(account, room)).collect();
    Ok((200, page.envelope("conferences", found)))
}

pub fn participants(model: &World, account: &str, room_sid: &str, form: &Form, page: Page) -> Answered {
    let is = |name: &str, value: bool| form.flag(name).is_none_or(|wanted| wanted == value);
    let room = model.room(room_sid).ok_or_else(|| Refusal::not_found(room_sid))?;
    let found = room
        .participants
        .iter()
        .rev()
        .filter(|one| is("Muted", one.muted) && is("Hold", one.hold) && is("Coaching", one.coaching));
    let found = found.map(|one| json::participant(account, model, room_sid, one)).collect();
    Ok((200, page.envelope("participants", found)))
}

/// `Name`, `Name<` and `Name>`: on that day, at or before, at or after.
#[derive(Default)]
pub struct Span {
    from: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

impl Span {
    pub fn of(form: &Form, name: &str) -> Result<Self, Refusal> {
        let mut span = Self::default();
        if let Some(text) = form.filled(name) {
            let day = moment(text)?.date_naive();
            let midnight = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
            span.from = Some(midnight(day));
            span.before = day.checked_add_days(Days::new(1)).map(midnight);
        }
        if let Some(text) = form.filled(&format!("{name}>")) {
            span.from = Some(moment(text)?);
        }
        if let Some(text) = form.filled(&format!("{name}<")) {
            span.until = Some(moment(text)?);
        }
        Ok(span)
    }

    pub fn holds(&self, moment: Option<DateTime<Utc>>) -> bool {
        let Some(moment) = moment else { return self.from.is_none() && self.before.is_none() && self.until.is_none() };
        self.from.is_none_or(|from| from <= moment)
            && self.before.is_none_or(|before| moment < before)
            && self.until.is_none_or(|until| moment <= until)
    }
}

/// A day stands for its midnight; client libraries also send whole moments.
fn moment(text: &str) -> Result<DateTime<Utc>, Refusal> {
    let day = text.parse::<NaiveDate>().map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc());
    day.or_else(|_| text.parse::<DateTime<Utc>>()).map_err(|_| Refusal::bad(20001, &format!("'{text}' is not a date")))
}
