//! What was earned with each destination in some days: charges, the carrier's prices, and what is left. Losses come first.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use crate::app::App;
use crate::domain::margin_report::Line;
use crate::flows::carrier_prices::margins;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::download;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::html;
use crate::web::pages::layout::Layout;
use crate::web::user::dial_form::Field;

/// Days that are shown if none are asked for, today the last.
const USUAL_DAYS: u64 = 30;
const MOST_LINES: usize = 200;
const COLUMNS: [&str; 9] =
    ["destination", "currency", "calls", "minutes", "revenue", "carrier_cost", "conference_cost", "margin", "unpriced"];

#[derive(Template)]
#[template(path = "admin/earned.html")]
struct EarnedPage {
    layout: Layout,
    from: Field,
    to: Field,
    lines: Vec<Line>,
    /// How many there are, if the lines are only the first.
    of: Option<usize>,
}

/// Days of UTC, both included.
struct Wanted {
    from: Field,
    to: Field,
}

impl Wanted {
    fn read(query: &Fields, now: DateTime<Utc>) -> Self {
        let today = now.date_naive();
        let or = |given: &str, usual: NaiveDate| if given.is_empty() { usual.to_string() } else { given.to_owned() };
        let from = or(query.text("from"), today.checked_sub_days(Days::new(USUAL_DAYS - 1)).unwrap_or(today));
        Self { from: Field::of(&from), to: Field::of(&or(query.text("to"), today)) }
    }

    /// Their beginning and end, or a message beside what cannot be read.
    fn span(&mut self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let (from, to) = (day(&mut self.from), day(&mut self.to));
        let (from, to) = (from?, to?);
        if to < from {
            self.to.error = Some("This day is before the first.".to_owned());
            return None;
        }
        let beginning = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        Some((beginning(from), beginning(to.succ_opt()?)))
    }
}

fn day(field: &mut Field) -> Option<NaiveDate> {
    let years = "1970-01-01".parse().ok()?.."9999-01-01".parse().ok()?;
    let read = field.value.parse::<NaiveDate>().ok().filter(|day| years.contains(day));
    if read.is_none() {
        field.error = Some("Give a day such as 2026-12-31.".to_owned());
    }
    read
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let (status, wanted, mut lines) = found(&req, &app).await?;
    let of = (lines.len() > MOST_LINES).then_some(lines.len());
    lines.truncate(MOST_LINES);
    html(status, &EarnedPage { layout: who.layout, from: wanted.from, to: wanted.to, lines, of })
}

async fn found(req: &HttpRequest, app: &App) -> Result<(StatusCode, Wanted, Vec<Line>), PageError> {
    let mut wanted = Wanted::read(&Fields::read(req.query_string().as_bytes())?, app.clock.now());
    let Some((from, to)) = wanted.span() else { return Ok((StatusCode::UNPROCESSABLE_ENTITY, wanted, vec![])) };
    let billing = app.config.carrier_billing;
    let lines = app.db.read(move |tx| margins(tx, from, to, billing)).await?;
    Ok((StatusCode::OK, wanted, lines))
}

pub async fn download(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let (_, _, lines) = found(&req, &app).await?;
    let cells = lines.into_iter().map(|line| {
        let amounts = [line.revenue, line.cost, line.conference, line.margin].map(|amount| amount.to_string());
        let [revenue, cost, conference, margin] = amounts;
        let (calls, minutes, unpriced) = (line.calls.to_string(), line.minutes.to_string(), line.unpriced.to_string());
        let currency = line.currency.to_string();
        vec![line.destination, currency, calls, minutes, revenue, cost, conference, margin, unpriced]
    });
    download::csv("margins.csv", &COLUMNS, cells)
}
