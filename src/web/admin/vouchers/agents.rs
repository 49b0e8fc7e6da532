//! Agents: appointed with what they keep, and dismissed.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::serials::account_named;
use crate::app::App;
use crate::domain::agent::Commission;
use crate::flows::agents::{appoint as appoint_agent, dismiss as dismiss_agent};
use crate::storage::agents::{self, Listed};
use crate::web::admin::account::forms::typed;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;
use crate::web::user::dial_form::Field;

const PLACE: &str = "/admin/agents";
const ON_A_PAGE: i64 = 50;

#[derive(Default)]
struct Form {
    account: Field,
    commission: Field,
}

#[derive(Template)]
#[template(path = "admin/vouchers/agents.html")]
struct AgentsPage {
    layout: Layout,
    may: bool,
    agents: Vec<Listed>,
    older: Option<String>,
    form: Form,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    page(&app, StatusCode::OK, who, after, Form::default()).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    after: Option<String>,
    form: Form,
) -> Result<HttpResponse, PageError> {
    let agents = app.db.read(move |tx| agents::list(tx, after.as_deref(), ON_A_PAGE)).await?;
    let full = i64::try_from(agents.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = agents.last().filter(|_| full).map(|last| last.agent.account.clone());
    html(status, &AgentsPage { may: who.may(Right::ChangeMoney), layout: who.layout, agents, older, form })
}

pub async fn appoint(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let mut form = Form { account: typed(&posted, "account"), commission: typed(&posted, "commission") };
    let commission: Option<Commission> = form
        .commission
        .value
        .parse()
        .map_err(|error: crate::domain::agent::BadCommission| form.commission.error = Some(error.to_string()))
        .ok();
    let account = account_named(&app, &form.account.value).await?;
    if account.is_none() {
        form.account.error = Some("There is no account of this name.".to_owned());
    }
    let (Some(commission), Some(account)) = (commission, account) else {
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, None, form).await;
    };
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    app.db.write_from(from, move |tx| appoint_agent(tx, &account, commission, &actor, now)).await?;
    Ok(see_other(PLACE))
}

pub async fn dismiss(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let (id, actor, now) = (pages::id(&id)?, who.user.email.clone(), app.clock.now());
    app.db.write_from(from, move |tx| dismiss_agent(tx, &id, &actor, now)).await?;
    Ok(see_other(PLACE))
}
