//! What waits for a second person: looked at, approved or refused.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::two_persons::{Request, Who};
use crate::flows::FlowError;
use crate::flows::two_persons::{Decided, approve, turn_down};
use crate::storage::{Tx, requests};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;

pub const PLACE: &str = "/admin/requests";
const ON_A_PAGE: i64 = 50;

struct Line {
    id: String,
    what: &'static str,
    account: Option<String>,
    amount: String,
    reason: String,
    valid_until: Option<Moment>,
    asked_by: String,
    asked_at: Moment,
    standing: &'static str,
    decided: Option<(String, Moment)>,
    may_approve: bool,
    /// `Refuse`, or `Take back` for who asked.
    turn_down: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "admin/requests.html")]
struct RequestsPage {
    layout: Layout,
    message: Option<String>,
    lines: Vec<Line>,
    older: Option<String>,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    page(&app, StatusCode::OK, who, after, None).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    after: Option<String>,
    message: Option<String>,
) -> Result<HttpResponse, PageError> {
    let (me, may, now) = (Who::person(&who.user.email), who.may(Right::ChangeMoney), app.clock.now());
    let found = app.db.read(move |tx| requests::list(tx, None, after.as_deref(), ON_A_PAGE)).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = found.last().filter(|_| full).map(|last| last.id.clone());
    let lines = found.into_iter().map(|request| line(request, &me, may, now)).collect();
    html(status, &RequestsPage { layout: who.layout, message, lines, older })
}

fn line(request: Request, me: &Who, may: bool, now: DateTime<Utc>) -> Line {
    let may_approve = may && request.may_be_approved(me, now).is_ok();
    let own = request.asked.person == me.person;
    let turn_down = (may && request.standing(now) == "waiting").then_some(if own { "Take back" } else { "Refuse" });
    Line {
        what: request.kind.code(),
        amount: money(request.amount, request.currency),
        standing: request.standing(now),
        valid_until: request.valid_until.map(Moment),
        asked_at: Moment(request.asked_at),
        decided: request.decided.map(|(by, at)| (by.actor, Moment(at))),
        id: request.id,
        account: request.account,
        reason: request.reason,
        asked_by: request.asked.actor,
        may_approve,
        turn_down,
    }
}

pub async fn yes(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    from: Peer,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    decide(app, who, id, from, approve).await
}

pub async fn no(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    from: Peer,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    decide(app, who, id, from, turn_down).await
}

type Decision = fn(&mut Tx, &str, &Who, DateTime<Utc>) -> Result<Decided, FlowError>;

async fn decide(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    decision: Decision,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let (id, me, now) = (pages::id(&id)?, Who::person(&who.user.email), app.clock.now());
    let write = app.db.write_from(from, move |tx| decision(tx, &id, &me, now));
    let message = match write.await? {
        Decided::Now(_) | Decided::Already(_) => return Ok(see_other(PLACE)),
        Decided::Cannot(cannot) => cannot.to_string(),
        Decided::NotDone(why) => why.to_string(),
    };
    page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, None, Some(message)).await
}
