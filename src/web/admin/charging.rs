//! The switch over all charging of cards, and how the card processors answer.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::breaker::{Breaker, RESTS, State};
use crate::domain::charging::Charging;
use crate::domain::setting::{Choice, choices};
use crate::flows::FlowError;
use crate::flows::charging::switch_charging;
use crate::storage::charging::{self, Switched};
use crate::storage::{Tx, breakers};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{html, see_other};
use crate::web::peer::Peer;
use crate::web::user::dial_form::Field;

const FAILURES_SHOWN: i64 = 10;
const LONGEST_REASON: usize = 200;

struct SwitchedView {
    by: String,
    at: Moment,
    reason: String,
}

struct ProcessorView {
    name: &'static str,
    /// `good` or `bad`.
    mood: &'static str,
    standing: String,
    failures: Vec<(Moment, String)>,
}

#[derive(Template)]
#[template(path = "admin/charging.html")]
struct ChargingPage {
    layout: Layout,
    state: &'static str,
    label: &'static str,
    switched: Option<SwitchedView>,
    may_switch: bool,
    choices: Vec<(&'static str, &'static str)>,
    reason: Field,
    processors: Vec<ProcessorView>,
}

pub async fn get(app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    page(&app, StatusCode::OK, who, Field::default()).await
}

pub async fn post(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let mut reason = Field::of(posted.text("reason"));
    let state = Charging::read(posted.text("state")).ok();
    let Some(state) = state.filter(|_| (1..=LONGEST_REASON).contains(&reason.value.chars().count())) else {
        reason.error = Some(format!("Choose one, and say why in at most {LONGEST_REASON} characters."));
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, reason).await;
    };
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    app.db.write_from(from, move |tx| switch_charging(tx, state, &reason.value, &actor, now)).await?;
    Ok(see_other("/admin/charging"))
}

async fn page(app: &App, status: StatusCode, who: Administrator, reason: Field) -> Result<HttpResponse, PageError> {
    let (names, now) = (app.processors.names().collect::<Vec<_>>(), app.clock.now());
    let read = move |tx: &mut Tx| {
        let views = names.into_iter().map(|name| processor(tx, name, now)).collect::<Result<Vec<_>, FlowError>>()?;
        Ok::<_, FlowError>((charging::find(tx)?, views))
    };
    let (switched, processors) = app.db.read(read).await?;
    let state = switched.as_ref().map(|switched| switched.state).unwrap_or_default();
    let may_switch = who.may(Right::ChangeMoney);
    let page = ChargingPage {
        layout: who.layout,
        state: state.code(),
        label: state.label(),
        switched: switched.map(|Switched { by, at, reason, .. }| SwitchedView { by, at: Moment(at), reason }),
        may_switch,
        choices: choices::<Charging>(),
        reason,
        processors,
    };
    html(status, &page)
}

fn processor(tx: &mut Tx, name: &'static str, now: DateTime<Utc>) -> Result<ProcessorView, FlowError> {
    let breaker = breakers::find(tx, name)?;
    let failures = breakers::failures(tx, name, FAILURES_SHOWN)?;
    Ok(ProcessorView {
        name,
        mood: if breaker.is_closed() { "good" } else { "bad" },
        standing: standing(&breaker, now),
        failures: failures.into_iter().map(|(at, what)| (Moment(at), what)).collect(),
    })
}

fn standing(breaker: &Breaker, now: DateTime<Utc>) -> String {
    match &breaker.state {
        State::Closed => "It answers.".to_owned(),
        State::Open if breaker.lets_begin(now) => "It did not answer. The next payment tries it.".to_owned(),
        State::Open => format!(
            "It does not answer, so nothing new is begun with it. A payment may try it from {}.",
            Moment(breaker.since + RESTS).text()
        ),
        State::Probing { payment } => format!("It did not answer. Payment {payment} tries it now."),
    }
}
