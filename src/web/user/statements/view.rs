//! What the pages of statements show.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::statement::{Kind, Month, Sum, TIME_ZONE};
use crate::flows::FlowError;
use crate::flows::statement::{Line, Statement, statement};
use crate::storage::accounts::{self, Account};
use crate::storage::{StorageError, Tx, account_months};
use crate::web::pages;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, duration, money};

const ON_A_PAGE: i64 = 100;
/// The whole of a month, to be printed: more than anybody prints, and less than would hurt the service.
const MOST_PRINTED: i64 = 20_000;
/// Two years of months are offered; older ones have addresses all the same.
const MOST_MONTHS: usize = 24;

/// What an address asks for.
pub struct Wanted {
    pub month: Month,
    after: Option<String>,
    all: bool,
}

impl Wanted {
    /// The present month, if none is named. One that has not begun is nothing.
    pub fn read(query: &str, now: DateTime<Utc>) -> Result<Self, PageError> {
        let query = Fields::read(query.as_bytes())?;
        let month = match query.text("month") {
            "" => Month::of(now),
            given => given.parse().map_err(|_| PageError::NotFound)?,
        };
        if month.begin() > now {
            return Err(PageError::NotFound);
        }
        let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
        Ok(Self { month, after, all: !query.text("all").is_empty() })
    }
}

/// Where the list of months is, and where one of them.
pub struct Places {
    pub list: String,
    pub one: String,
}

#[derive(Template)]
#[template(path = "user/statements.html")]
pub struct MonthsPage {
    layout: Layout,
    email: String,
    place: String,
    time_zone: &'static str,
    months: Vec<Month>,
}

pub async fn months(app: &App, layout: Layout, account: Account, place: String) -> Result<MonthsPage, PageError> {
    let (id, now) = (account.id, app.clock.now());
    let opened = app.db.read(move |tx| accounts::opened_at(tx, &id)).await;
    let first = Month::of(opened.map_err(|error: StorageError| error)?.unwrap_or(now));
    let all = std::iter::successors(Some(Month::of(now)), |month| Some(month.before()));
    let months = all.take_while(|month| *month >= first).take(MOST_MONTHS).collect();
    Ok(MonthsPage { layout, email: account.email, place, time_zone: TIME_ZONE, months })
}

struct LineView {
    at: Moment,
    what: String,
    seconds: Option<String>,
    amount: Money,
    balance: Money,
}

struct SumView {
    label: String,
    count: i64,
    amount: Money,
}

#[derive(Template)]
#[template(path = "user/statement.html")]
pub struct StatementPage {
    layout: Layout,
    email: String,
    account: String,
    places: Places,
    month: Month,
    time_zone: &'static str,
    /// The month goes on.
    until: Option<Moment>,
    currency: Currency,
    opening: String,
    closing: String,
    sums: Vec<SumView>,
    total: String,
    taxes: Vec<SumView>,
    before_tax: String,
    /// What was there before the first of these lines.
    carried: Money,
    lines: Vec<LineView>,
    /// Not all of the month is here.
    is_part: bool,
    next: Option<String>,
}

pub async fn page(
    app: &App,
    layout: Layout,
    account: String,
    places: Places,
    wanted: Wanted,
) -> Result<StatementPage, PageError> {
    let most = if wanted.all { MOST_PRINTED } else { ON_A_PAGE };
    let (month, after, now) = (wanted.month, wanted.after.filter(|_| !wanted.all), app.clock.now());
    let from = after.clone();
    let (statement, carried) =
        app.db.read(move |tx| statement_from(tx, &account, month, from.as_deref(), most)).await?;
    let currency = statement.account.currency;
    let taxed = [Kind::Call, Kind::Bundle].into_iter().flat_map(|kind| statement.of_kind(kind));
    let before_tax: Money = taxed.map(|sum| -sum.amount).sum();
    Ok(StatementPage {
        layout,
        email: statement.account.email.clone(),
        account: statement.account.id.clone(),
        places,
        month,
        time_zone: TIME_ZONE,
        until: (month.end() > now).then_some(Moment(now)),
        currency,
        opening: money(statement.opening, currency),
        closing: money(statement.closing, currency),
        total: money(statement.total(), currency),
        sums: statement.sums.iter().map(|sum| SumView { label: label(sum), ..view(sum, sum.amount) }).collect(),
        taxes: statement.of_kind(Kind::Tax).map(|sum| view(sum, -sum.amount)).collect(),
        before_tax: money(before_tax, currency),
        is_part: after.is_some() || statement.next.is_some(),
        next: statement.next.clone(),
        carried,
        lines: with_balances(statement.lines, carried),
    })
}

/// A page of it, and what was there before its first line.
fn statement_from(
    tx: &mut Tx,
    account: &str,
    month: Month,
    after: Option<&str>,
    most: i64,
) -> Result<(Statement, Money), FlowError> {
    let statement = statement(tx, account, month, after, most)?;
    let carried = match after {
        None => statement.opening,
        Some(after) => account_months::net_through(tx, account, after)?,
    };
    Ok((statement, carried))
}

fn with_balances(lines: Vec<Line>, carried: Money) -> Vec<LineView> {
    let mut balance = carried;
    let mut view = |line: Line| {
        balance += line.amount;
        LineView {
            at: Moment(line.entry.at),
            what: what(&line),
            seconds: line.leg.filter(|_| line.kind == Kind::Call).map(|leg| duration(leg.billed_seconds)),
            amount: line.amount,
            balance,
        }
    };
    lines.into_iter().map(&mut view).collect()
}

fn what(line: &Line) -> String {
    match (&line.leg, line.kind) {
        (Some(leg), Kind::Tax) => format!("Tax on {} {}", leg.number, leg.destination),
        (Some(leg), _) => format!("{} {}", leg.number, leg.destination),
        (None, _) => line.entry.note.clone(),
    }
}

fn label(sum: &Sum) -> String {
    match &sum.country {
        Some(country) => format!("{}, {country}", sum.kind.label()),
        None => sum.kind.label().to_owned(),
    }
}

fn view(sum: &Sum, amount: Money) -> SumView {
    SumView { label: sum.country.clone().unwrap_or_default(), count: sum.count, amount }
}
