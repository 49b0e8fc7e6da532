//! Caps of the house, of a plan or of an account: a line for each.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::settings::{self, Line, Shape};
use crate::app::App;
use crate::domain::setting::{BadSetting, Given};
use crate::flows::FlowError;
use crate::flows::caps::{CapsChanged, caps_of, change_caps, lines_of};
use crate::storage::caps::Whose;
use crate::storage::{Tx, accounts};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;

#[derive(Template)]
#[template(path = "admin/caps.html")]
struct CapsPage {
    layout: Layout,
    /// Whose they are, and where that is.
    name: String,
    back: String,
    place: String,
    lines: Vec<Line>,
}

pub async fn of_house(app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    page(&app, StatusCode::OK, who, Whose::House, None).await
}

pub async fn of_plan(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    page(&app, StatusCode::OK, who, Whose::Plan(pages::id(&id)?), None).await
}

pub async fn of_account(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    page(&app, StatusCode::OK, who, Whose::Account(pages::id(&id)?), None).await
}

pub async fn set_house(
    app: Data<App>,
    who: Administrator,
    from: Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    set(app, who, from, posted, Whose::House).await
}

pub async fn set_plan(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    from: Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    set(app, who, from, posted, Whose::Plan(pages::id(&id)?)).await
}

pub async fn set_account(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    from: Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    set(app, who, from, posted, Whose::Account(pages::id(&id)?)).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    whose: Whose,
    refused: Option<(Given, Vec<BadSetting>)>,
) -> Result<HttpResponse, PageError> {
    who.require(Right::SetCaps)?;
    let (place, back) = (place(&whose), back(&whose));
    let read = move |tx: &mut Tx| {
        let caps = caps_of(tx, &whose)?;
        let lines = lines_of(&whose).into_iter().flat_map(|lines| settings::lines(lines, &caps)).collect::<Vec<_>>();
        Ok::<_, FlowError>((name(tx, &whose)?, lines))
    };
    let (name, mut lines) = app.db.read(read).await?;
    if let Some((given, bad)) = refused {
        settings::refuse(&mut lines, &given, &bad);
    }
    html(status, &CapsPage { layout: who.layout, name, back, place, lines })
}

async fn set(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
    whose: Whose,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::SetCaps)?;
    let given: Given = lines_of(&whose).into_iter().flat_map(|lines| settings::given(lines, &posted)).collect();
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let (theirs, wanted) = (whose.clone(), given.clone());
    let changed = app.db.write_from(from, move |tx| change_caps(tx, &theirs, &wanted, &actor, now));
    match changed.await? {
        CapsChanged::Now(_) | CapsChanged::Already(_) => Ok(see_other(&back(&whose))),
        CapsChanged::Bad(bad) => page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, whose, Some((given, bad))).await,
    }
}

fn name(tx: &mut Tx, whose: &Whose) -> Result<String, FlowError> {
    Ok(match whose {
        Whose::House => "all accounts".to_owned(),
        Whose::Plan(id) => accounts::plan_by_id(tx, id)?.ok_or_else(|| FlowError::not_found("plan", id))?.name,
        Whose::Account(id) => accounts::find(tx, id)?.ok_or_else(|| FlowError::not_found("account", id))?.email,
    })
}

fn place(whose: &Whose) -> String {
    match whose {
        Whose::House => "/admin/caps".to_owned(),
        Whose::Plan(id) => format!("/admin/plans/{id}/caps"),
        Whose::Account(id) => format!("/admin/accounts/{id}/caps"),
    }
}

/// Where one goes from there.
fn back(whose: &Whose) -> String {
    match whose {
        Whose::House => "/admin/caps".to_owned(),
        Whose::Plan(id) => format!("/admin/plans/{id}"),
        Whose::Account(id) => format!("/admin/accounts/{id}"),
    }
}
