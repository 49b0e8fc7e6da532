//! What card processors told of money that is nobody's of ours: it waits here until somebody says what was done about it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::flows::strays::settle_stray;
use crate::storage::unassigned::{self, Stray};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{self, html, see_other};

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
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let (id, note, actor) = (pages::id(&id)?, posted.text("note").to_owned(), who.user.email.clone());
    let length = note.chars().count();
    if length == 0 || length > LONGEST_NOTE {
        let message = format!("Say in up to {LONGEST_NOTE} letters what was done.");
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, None, Some(message)).await;
    }
    let now = app.clock.now();
    app.db.write(move |tx| settle_stray(tx, &id, &note, &actor, now)).await?;
    Ok(see_other("/admin/unassigned"))
}
