//! The audit log: searched, and taken away as a file. Nothing here changes it.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use crate::app::App;
use crate::storage::Tx;
use crate::storage::audit_search::{self, Entry, Filter, LOOKED_AT};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::download::{self, MOST_LINES};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{self, html};

const ON_A_PAGE: usize = 50;
const COLUMNS: [&str; 10] =
    ["id", "at", "actor", "address", "action", "subject", "account", "before", "after", "detail"];

/// An input of the search: its name, label and type.
const FIELDS: [(&str, &str, &str); 6] = [
    ("actor", "Who", "text"),
    ("action", "What", "text"),
    ("subject", "Subject or account", "text"),
    ("from", "From (UTC)", "date"),
    ("to", "To, included", "date"),
    ("text", "Text before, after or in the detail", "search"),
];

struct SearchField {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    value: String,
    error: Option<&'static str>,
}

struct Line {
    at: Moment,
    entry: Entry,
}

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    layout: Layout,
    fields: Vec<SearchField>,
    entries: Vec<Line>,
    /// The query of the next page.
    older: Option<String>,
    /// The query of this search.
    filter: String,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeeAudit)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    let fields =
        FIELDS.map(|(name, label, kind)| search_field(&query, name, label, kind)).into_iter().collect::<Vec<_>>();
    let status = if wrong(&fields) { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let filter = filter(&query);
    let read = move |tx: &mut Tx| audit_search::find(tx, &filter, after.as_deref(), ON_A_PAGE, LOOKED_AT);
    let found = app.db.read(read).await?;
    let page = AuditPage {
        layout: who.layout,
        entries: found.entries.into_iter().map(|entry| Line { at: Moment(entry.at), entry }).collect(),
        older: found.next.map(|after| encoded(&fields, Some(&after))),
        filter: encoded(&fields, None),
        fields,
    };
    html(status, &page)
}

/// The newest of what was searched for, up to the limit of downloads.
pub async fn download(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeeAudit)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let filter = filter(&query);
    let found = app.db.read(move |tx| audit_search::find(tx, &filter, None, MOST_LINES, MOST_LINES)).await?;
    let cells = found.entries.into_iter().map(|entry| {
        let Entry { id, at, actor, action, subject, detail, account, before, after, from_address } = entry;
        let or_empty = Option::unwrap_or_default;
        let (address, account, before, after) =
            (or_empty(from_address), or_empty(account), or_empty(before), or_empty(after));
        vec![id, Moment(at).iso(), actor, address, action, subject, account, before, after, detail]
    });
    download::csv("audit.csv", &COLUMNS, cells)
}

fn search_field(query: &Fields, name: &'static str, label: &'static str, kind: &'static str) -> SearchField {
    let value = query.text(name).to_owned();
    let unreadable = kind == "date" && !value.is_empty() && value.parse::<NaiveDate>().is_err();
    SearchField { name, label, kind, value, error: unreadable.then_some("This is not a day.") }
}

fn wrong(fields: &[SearchField]) -> bool {
    fields.iter().any(|field| field.error.is_some())
}

/// A day that cannot be read filters nothing; the page says so.
fn filter(query: &Fields) -> Filter {
    let given = |name: &str| Some(query.text(name).to_owned()).filter(|text| !text.is_empty());
    let day = |name: &str| query.text(name).parse::<NaiveDate>().ok();
    Filter {
        actor: given("actor"),
        action: given("action"),
        subject: given("subject"),
        from: day("from").map(beginning),
        until: day("to").and_then(|day| day.checked_add_days(Days::new(1))).map(beginning),
        text: given("text"),
    }
}

/// Of a day.
fn beginning(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn encoded(fields: &[SearchField], after: Option<&str>) -> String {
    let given = fields.iter().map(|field| (field.name, field.value.as_str())).filter(|(_, value)| !value.is_empty());
    let pairs: Vec<_> = given.chain(after.map(|after| ("after", after))).collect();
    serde_urlencoded::to_string(pairs).expect("text can be encoded")
}
