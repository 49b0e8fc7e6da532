//! How an account's callers are known when they call in. An administrator vouches for a phone that is added here.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use crate::app::App;
use crate::domain::access::card::grouped;
use crate::flows::FlowError;
use crate::flows::known_phones::remove_known_phone;
use crate::storage::accounts::{self, Account};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;
use crate::web::user::access::{Ways, add, make_pin};

#[derive(Template)]
#[template(path = "admin/account/access.html")]
struct AccessPage {
    layout: Layout,
    account: Account,
    place: String,
    phones: &'static str,
    may_change: bool,
    ways: Ways,
}

pub async fn get(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    who.require(Right::SeeCalls)?;
    let account = find(&app, &id).await?;
    let ways = Ways::find(&app, &account.id).await?;
    page(StatusCode::OK, who, account, ways)
}

pub async fn add_phone(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageAccounts)?;
    let (account, actor) = (find(&app, &id).await?, who.user.email.clone());
    match add(&app, &account, posted.text("number").to_owned(), true, actor, from).await? {
        Ok(()) => Ok(see_other(&place(&account.id))),
        Err(new_phone) => {
            let ways = Ways { new_phone, ..Ways::find(&app, &account.id).await? };
            page(StatusCode::UNPROCESSABLE_ENTITY, who, account, ways)
        }
    }
}

pub async fn remove_phone(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageAccounts)?;
    let (id, actor, now) = (pages::id(&id)?, who.user.email.clone(), app.clock.now());
    let remove = app.db.write_from(from, move |tx| remove_known_phone(tx, &id, &actor, now));
    Ok(see_other(&place(&remove.await?.account)))
}

pub async fn new_pin(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    _posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageAccounts)?;
    let account = find(&app, &id).await?;
    let (_, pin) = make_pin(&app, account.id.clone(), who.user.email.clone(), from).await?;
    let ways = Ways { pin: Some(grouped(&pin)), ..Ways::find(&app, &account.id).await? };
    page(StatusCode::OK, who, account, ways)
}

async fn find(app: &App, id: &str) -> Result<Account, PageError> {
    let id = pages::id(id)?;
    let found = app.db.read(move |tx| accounts::find(tx, &id)?.ok_or_else(|| FlowError::not_found("account", &id)));
    Ok(found.await?)
}

fn place(account: &str) -> String {
    format!("/admin/accounts/{account}/access")
}

fn page(status: StatusCode, who: Administrator, account: Account, ways: Ways) -> Result<HttpResponse, PageError> {
    let may_change = who.may(Right::ManageAccounts);
    let place = place(&account.id);
    html(status, &AccessPage { layout: who.layout, account, place, phones: "/admin/known-phones", may_change, ways })
}
