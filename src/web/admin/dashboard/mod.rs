//! The first page of administrators: how things stand now, and how they went today, this week or this month.

mod chart;
mod plots;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::domain::charging::Charging;
use crate::domain::figures::{Period, Point, day_of};
use crate::domain::money::Money;
use crate::flows::FlowError;
use crate::flows::figures::of_period;
use crate::storage::{Tx, breakers, calls, charging, jobs, payments};
use crate::web::auth::Administrator;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::{html, see_other};
use chart::Drawing;
use plots::Plot;

struct PeriodLink {
    code: &'static str,
    name: &'static str,
    shown: bool,
}

/// How things stand at this moment, from the books.
struct Now {
    live_calls: i64,
    open_payments: i64,
    failing_jobs: i64,
    /// What of charging does not go on as usual.
    charging: Option<&'static str>,
}

/// What was counted since midnight.
struct Today {
    revenue: Vec<String>,
    minutes: i64,
    recharged: i64,
    declined: i64,
}

#[derive(Template)]
#[template(path = "admin/dashboard.html")]
struct DashboardPage {
    layout: Layout,
    periods: Vec<PeriodLink>,
    now: Now,
    today: Today,
    plots: Vec<Plot>,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    let query = Fields::read(req.query_string().as_bytes())?;
    let wanted = query.text("period");
    let known = Period::ALL.into_iter().find(|period| period.code() == wanted);
    let Some(period) = known.or(wanted.is_empty().then_some(Period::Today)) else { return Ok(see_other("/admin")) };
    let now = app.clock.now();
    let read = move |tx: &mut Tx| {
        let (_, failing_jobs) = jobs::counts(tx)?;
        let (live_calls, open_payments) = (calls::count_all_live(tx)?, payments::count_open(tx)?);
        let charging = trouble(charging::state(tx)?, breakers::count_not_closed(tx)?);
        Ok::<_, FlowError>((Now { live_calls, open_payments, failing_jobs, charging }, of_period(tx, period, now)?))
    };
    let (standing, points) = app.db.read(read).await?;
    let mut whole_day = Point::at(day_of(now));
    for point in points.iter().filter(|point| day_of(point.at) == day_of(now)) {
        whole_day.merge(point);
    }
    let page = DashboardPage {
        layout: who.layout,
        periods: Period::ALL.map(|known| link(known, period)).into(),
        now: standing,
        today: today(&whole_day),
        plots: plots::all(period, &points),
    };
    html(StatusCode::OK, &page)
}

fn trouble(charging: Charging, breakers: i64) -> Option<&'static str> {
    match charging {
        Charging::Off => Some("No cards are charged: charging is switched off."),
        Charging::NoAutomatic => Some("No cards are charged automatically: it is switched off."),
        Charging::On if breakers > 0 => Some("A card processor does not answer; nothing new is begun with it."),
        Charging::On => None,
    }
}

fn link(period: Period, shown: Period) -> PeriodLink {
    let name = match period {
        Period::Today => "Today",
        Period::Week => "7 days",
        Period::Month => "30 days",
    };
    PeriodLink { code: period.code(), name, shown: period == shown }
}

fn today(day: &Point) -> Today {
    let revenue = day.revenue.iter().map(|(currency, micros)| format!("{} {currency}", Money::from_micros(*micros)));
    Today {
        revenue: revenue.collect(),
        minutes: day.seconds_billed / 60,
        recharged: day.recharges_credited(),
        declined: day.recharges_lost(),
    }
}
