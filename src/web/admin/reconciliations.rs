//! Our books beside those of others: what was compared, and what differed.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::domain::reconcile::{Difference, Kind, Reconciliation, Said, Side};
use crate::flows::FlowError;
use crate::flows::reconcile::compare_now;
use crate::storage::{Tx, reconciliations};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;

const ON_A_PAGE: i64 = 50;
const DIFFERENCES_ON_A_PAGE: i64 = 100;

struct Line {
    id: String,
    at: Moment,
    what: &'static str,
    source: String,
    from: Moment,
    to: Moment,
    alike: i64,
    differing: i64,
    actor: String,
}

struct DifferenceLine {
    at: Moment,
    key: String,
    side: &'static str,
    account: Option<String>,
    fields: Vec<Said>,
}

#[derive(Template)]
#[template(path = "admin/reconciliations.html")]
struct ListPage {
    layout: Layout,
    may: bool,
    made: Vec<Line>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/reconciliation.html")]
struct OnePage {
    layout: Layout,
    made: Line,
    differences: Vec<DifferenceLine>,
    more: Option<i64>,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    let found = app.db.read(move |tx| reconciliations::list(tx, after.as_deref(), ON_A_PAGE)).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = found.last().filter(|_| full).map(|last| last.id.clone());
    let made = found.into_iter().map(line).collect();
    html(StatusCode::OK, &ListPage { may: who.may(Right::ChangeMoney), layout: who.layout, made, older })
}

/// The comparisons appear on the page when they are made.
pub async fn compare(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    _: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let (names, actor, now) = (app.processors.names().collect::<Vec<_>>(), who.user.email, app.clock.now());
    app.db.write_from(from, move |tx| compare_now(tx, &names, &actor, now)).await?;
    Ok(see_other("/admin/reconciliations"))
}

pub async fn one(
    req: HttpRequest,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let id = pages::id(&id)?;
    let after = Fields::read(req.query_string().as_bytes())?.text("after").parse().ok();
    let read = move |tx: &mut Tx| {
        let made = reconciliations::find(tx, &id)?.ok_or_else(|| FlowError::not_found("reconciliation", &id))?;
        let differences = reconciliations::differences(tx, &id, after, DIFFERENCES_ON_A_PAGE)?;
        Ok::<_, FlowError>((made, differences))
    };
    let (made, found) = app.db.read(read).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == DIFFERENCES_ON_A_PAGE);
    let more = found.last().filter(|_| full).map(|(seq, _)| *seq);
    let differences = found.into_iter().map(|(_, one)| difference(one)).collect();
    html(StatusCode::OK, &OnePage { layout: who.layout, made: line(made), differences, more })
}

fn line(made: Reconciliation) -> Line {
    Line {
        id: made.id,
        at: Moment(made.at),
        what: match made.kind {
            Kind::Payments => "Payments",
            Kind::Calls => "Calls",
        },
        source: made.source,
        from: Moment(made.span.from),
        to: Moment(made.span.to),
        alike: made.alike,
        differing: made.differing,
        actor: made.actor,
    }
}

fn difference(one: Difference) -> DifferenceLine {
    let side = match one.side {
        Side::Ours => "only in our books",
        Side::Theirs => "only in theirs",
        Side::Both => "in both, but not alike",
    };
    DifferenceLine { at: Moment(one.at), key: one.key, side, account: one.account, fields: one.fields }
}
