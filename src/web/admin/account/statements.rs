//! An account's statements by the month, as its owner sees them.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::flows::FlowError;
use crate::storage::accounts::{self, Account};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::{self, html};
use crate::web::user::statements::csv;
use crate::web::user::statements::view::{Places, Wanted, months, page};

pub async fn list(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let account = find(&app, &id).await?;
    let place = places(&account.id).one;
    html(StatusCode::OK, &months(&app, who.layout, account, place).await?)
}

pub async fn one(
    req: HttpRequest,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let wanted = Wanted::read(req.query_string(), app.clock.now())?;
    let account = find(&app, &id).await?.id;
    let places = places(&account);
    html(StatusCode::OK, &page(&app, who.layout, account, places, wanted).await?)
}

pub async fn as_file(
    req: HttpRequest,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let wanted = Wanted::read(req.query_string(), app.clock.now())?;
    csv::file(&app, find(&app, &id).await?.id, wanted.month).await
}

async fn find(app: &App, id: &str) -> Result<Account, PageError> {
    let id = pages::id(id)?;
    let found = app.db.read(move |tx| {
        let found = accounts::find(tx, &id)?;
        found.ok_or_else(|| FlowError::not_found("account", &id))
    });
    Ok(found.await?)
}

fn places(account: &str) -> Places {
    let one = format!("/admin/accounts/{account}/statement");
    Places { list: format!("{one}s"), one }
}
