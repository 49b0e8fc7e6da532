//! Which calls of the history are wanted: from a day, to a day, with a number or the beginning of one.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use url::form_urlencoded::Serializer;

use super::dial_form::Field;
use crate::domain::phone_number::beginnings;
use crate::storage::accounts::Account;
use crate::storage::call_lists::{Of, Wanted};
use crate::web::pages::form::Fields;

pub struct CallFilter {
    pub from: Field,
    pub to: Field,
    pub number: Field,
}

impl CallFilter {
    pub fn read(query: &Fields) -> Self {
        let field = |name| Field::of(query.text(name));
        Self { from: field("from"), to: field("to"), number: field("number") }
    }

    /// What to look for, or a message beside each field that cannot be read. Days are those of UTC, both included.
    pub fn wanted(&mut self, account: &Account) -> Option<Wanted> {
        let from = day(&mut self.from);
        let to = day(&mut self.to);
        if let (Some(Some(first)), Some(Some(last))) = (from, to)
            && last < first
        {
            self.to.error = Some("This day is before the first.".to_owned());
            return None;
        }
        let beginnings = match self.number.value.as_str() {
            "" => None,
            typed => {
                let found = beginnings(typed, account.own_number.as_ref());
                if found.is_none() {
                    self.number.error = Some("Give a number or its first digits, such as +44 20.".to_owned());
                    return None;
                }
                found
            }
        };
        let of = Some(Of { account: account.id.clone(), beginnings });
        Some(Wanted {
            of,
            from: from?.map(start_of),
            before: to?.and_then(|last| last.succ_opt()).map(start_of),
            live: false,
        })
    }

    pub fn is_any(&self) -> bool {
        self.fields().iter().any(|(_, field)| !field.value.is_empty())
    }

    /// The same as a query, for the next page and the download: begins with a question mark, or is empty.
    pub fn query(&self, after: Option<&str>) -> String {
        let mut query = Serializer::new(String::new());
        for (name, field) in self.fields().into_iter().filter(|(_, field)| !field.value.is_empty()) {
            query.append_pair(name, &field.value);
        }
        after.map(|after| query.append_pair("after", after));
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    fn fields(&self) -> [(&'static str, &Field); 3] {
        [("from", &self.from), ("to", &self.to), ("number", &self.number)]
    }
}

/// `Some(None)` if none is given, `None` if it cannot be read, which is said beside it.
fn day(field: &mut Field) -> Option<Option<NaiveDate>> {
    if field.value.is_empty() {
        return Some(None);
    }
    let read = field.value.parse::<NaiveDate>().ok().filter(|day| (1970..=9998).contains(&day.year()));
    if read.is_none() {
        field.error = Some("Give a day such as 2026-12-31.".to_owned());
    }
    read.map(Some)
}

fn start_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}
