//! What card processors told of money that is nobody's of ours: it waits here until somebody says what was done about it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::domain::two_persons::Who;
use crate::flows::assign_stray::{Assigned, assign_stray};
use crate::flows::strays::settle_stray;
use crate::flows::two_persons::Asked;
use crate::storage::accounts;
use crate::storage::unassigned::{self, Stray};
use crate::web::admin::requests;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;

const ON_A_PAGE: i64 = 50;
const LONGEST_NOTE: usize = 200;

struct Line {
    at: Moment,
    amount: String,
    done: Option<(String, String, Moment)>,
    stray: Stray,
}

#[derive(Template)]
#[template(path = "admin/unassigned.html")]
struct UnassignedPage {
    layout: Layout,
    may: bool,
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
    let found = app.db.read(move |tx| unassigned::list(tx, after.as_deref(), ON_A_PAGE)).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = found.last().filter(|_| full).map(|last| last.id.clone());
    let lines = found.into_iter().map(line).collect();
    html(status, &UnassignedPage { may: who.may(Right::ChangeMoney), layout: who.layout, message, lines, older })
}

fn line(stray: Stray) -> Line {
    let amount = stray.amount.map(|amount| amount.to_string()).unwrap_or_default();
    Line {
        at: Moment(stray.at),
        amount: format!("{amount} {}", stray.currency.as_deref().unwrap_or_default()).trim().to_owned(),
        done: stray.done.clone().map(|done| (done.note, done.by, Moment(done.at))),
        stray,
    }
}

pub async fn settle(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let (id, actor, now) = (pages::id(&id)?, who.user.email.clone(), app.clock.now());
    let note = match noted(&posted) {
        Ok(note) => note,
        Err(message) => return refused(&app, who, message).await,
    };
    app.db.write_from(from, move |tx| settle_stray(tx, &id, &note, &actor, now)).await?;
    Ok(see_other("/admin/unassigned"))
}

/// The same form, with whose it is.
pub async fn assign(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let (id, account) = (pages::id(&id)?, posted.text("account").to_owned());
    let note = match noted(&posted) {
        Ok(note) => note,
        Err(message) => return refused(&app, who, message).await,
    };
    let (me, limits, now) = (Who::person(&who.user.email), app.config.two_persons.clone(), app.clock.now());
    let assign = app.db.write_from(from, move |tx| match accounts::find(tx, &account)? {
        Some(account) => assign_stray(tx, &id, &account.id, &note, &me, &limits, now).map(Some),
        None => Ok(None),
    });
    let message = match assign.await? {
        Some(Asked::Waits(_)) => return Ok(see_other(requests::PLACE)),
        Some(Asked::Done(Assigned::Now | Assigned::Already)) => return Ok(see_other("/admin/unassigned")),
        Some(Asked::Done(Assigned::Refused(why))) => why.to_string(),
        None => "There is no such account. Copy its id from its page.".to_owned(),
    };
    refused(&app, who, message).await
}

fn noted(posted: &Posted) -> Result<String, String> {
    let note = posted.text("note");
    let fits = (1..=LONGEST_NOTE).contains(&note.chars().count());
    if fits { Ok(note.to_owned()) } else { Err(format!("Say in up to {LONGEST_NOTE} letters what was done.")) }
}

async fn refused(app: &App, who: Administrator, message: String) -> Result<HttpResponse, PageError> {
    page(app, StatusCode::UNPROCESSABLE_ENTITY, who, None, Some(message)).await
}
