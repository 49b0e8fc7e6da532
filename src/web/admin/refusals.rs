//! What was refused to accounts: searched, and taken away as a file.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use crate::app::App;
use crate::domain::refused::Refusals;
use crate::domain::setting::Choice;
use crate::storage::refusals::{self, Filter};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::download::{self, MOST_LINES};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{self, html};

const ON_A_PAGE: i64 = 50;
const COLUMNS: [&str; 10] =
    ["id", "at", "last_at", "times", "account", "wanted", "way", "code", "beginning", "sentence"];

struct Line {
    refusals: Refusals,
    wanted: &'static str,
    way: &'static str,
    at: Moment,
}

/// What was typed into the search.
struct Search {
    code: String,
    account: String,
    from: String,
    to: String,
    /// A day cannot be read.
    wrong: bool,
}

#[derive(Template)]
#[template(path = "admin/refusals.html")]
struct RefusalsPage {
    layout: Layout,
    search: Search,
    lines: Vec<Line>,
    /// The query of the next page.
    older: Option<String>,
    /// The query of this search.
    query: String,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::HandleAlerts)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    let search = Search::read(&query);
    let filter = search.filter();
    let found = app.db.read(move |tx| refusals::list(tx, &filter, after.as_deref(), ON_A_PAGE)).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = found.last().filter(|_| full).map(|last| search.encoded(Some(&last.id)));
    let status = if search.wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let lines = found.into_iter().map(|refusals| Line {
        wanted: refusals.deed.label(),
        way: refusals.way.label(),
        at: Moment(refusals.last_at),
        refusals,
    });
    let page = RefusalsPage { layout: who.layout, lines: lines.collect(), older, query: search.encoded(None), search };
    html(status, &page)
}

/// The newest of what was searched for, up to the limit of downloads.
pub async fn download(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::HandleAlerts)?;
    let filter = Search::read(&Fields::read(req.query_string().as_bytes())?).filter();
    let most = i64::try_from(MOST_LINES).expect("it is few");
    let found = app.db.read(move |tx| refusals::list(tx, &filter, None, most)).await?;
    let cells = found.into_iter().map(|refusals| {
        let (at, last) = (Moment(refusals.minute).iso(), Moment(refusals.last_at).iso());
        let (deed, way, times) = (refusals.deed.code(), refusals.way.code(), refusals.times.to_string());
        let Refusals { id, account, code, beginning, sentence, .. } = refusals;
        vec![id, at, last, times, account, deed.to_owned(), way.to_owned(), code, beginning, sentence]
    });
    download::csv("refusals.csv", &COLUMNS, cells)
}

impl Search {
    fn read(query: &Fields) -> Self {
        let text = |name: &str| query.text(name).trim().to_owned();
        let (from, to) = (text("from"), text("to"));
        let wrong = [&from, &to].into_iter().any(|day| !day.is_empty() && day.parse::<NaiveDate>().is_err());
        Self { code: text("code"), account: text("account"), from, to, wrong }
    }

    /// A day that cannot be read filters nothing; the page says so.
    fn filter(&self) -> Filter {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let day = |text: &String| text.parse::<NaiveDate>().ok();
        Filter {
            code: given(&self.code),
            account: given(&self.account),
            from: day(&self.from).map(beginning),
            until: day(&self.to).and_then(|day| day.checked_add_days(Days::new(1))).map(beginning),
        }
    }

    fn encoded(&self, after: Option<&str>) -> String {
        let all = [("code", &self.code), ("account", &self.account), ("from", &self.from), ("to", &self.to)];
        let given = all.into_iter().map(|(name, value)| (name, value.as_str())).filter(|(_, value)| !value.is_empty());
        let pairs: Vec<_> = given.chain(after.map(|after| ("after", after))).collect();
        serde_urlencoded::to_string(pairs).expect("text can be encoded")
    }
}

/// Of a day.
fn beginning(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}
