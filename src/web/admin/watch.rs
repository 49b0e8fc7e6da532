//! What is watched for, and what freezes an account.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::settings::{self, Line, Shape};
use crate::app::App;
use crate::domain::setting::{BadSetting, Given};
use crate::domain::watch::WATCH;
use crate::flows::watch::{WatchChanged, change_watch};
use crate::storage::watch;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{html, see_other};
use crate::web::peer::Peer;

#[derive(Template)]
#[template(path = "admin/watch.html")]
struct WatchPage {
    layout: Layout,
    lines: Vec<Line>,
}

pub async fn get(app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    page(&app, StatusCode::OK, who, None).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    refused: Option<(Given, Vec<BadSetting>)>,
) -> Result<HttpResponse, PageError> {
    who.require(Right::SetCaps)?;
    let mut lines = settings::lines(WATCH, &app.db.read(watch::settings).await?);
    if let Some((given, bad)) = refused {
        settings::refuse(&mut lines, &given, &bad);
    }
    html(status, &WatchPage { layout: who.layout, lines })
}

pub async fn post(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::SetCaps)?;
    let given = settings::given(WATCH, &posted);
    let (wanted, actor, now) = (given.clone(), who.user.email.clone(), app.clock.now());
    let changed = app.db.write_from(from, move |tx| change_watch(tx, &wanted, &actor, now));
    match changed.await? {
        WatchChanged::Now(_) | WatchChanged::Already(_) => Ok(see_other("/admin/watch")),
        WatchChanged::Bad(bad) => page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, Some((given, bad))).await,
    }
}
