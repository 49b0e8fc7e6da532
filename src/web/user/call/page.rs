//! The live page of a call; afterwards what it cost, and the way to its bill.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::add::AddForm;
use super::snapshot::{Moving, Snapshot, snapshot};
use crate::app::App;
use crate::ids;
use crate::web::auth::who::Person;
use crate::web::auth::{Right, Role};
use crate::web::pages::error::PageError;
use crate::web::pages::html;
use crate::web::pages::layout::Layout;

#[derive(Template)]
#[template(path = "user/call.html")]
struct CallPage {
    layout: Layout,
    call: Snapshot,
    moving: Moving,
    /// Only whose call it is may add to it.
    form: Option<AddForm>,
    /// May this person do things to it?
    steers: bool,
    /// Made with the page, so that sending it twice transfers once.
    transfer_key: String,
    /// Without JavaScript the page loads itself again and again, but not while somebody types.
    reloads: bool,
}

pub async fn get(app: Data<App>, person: Person, id: Path<String>) -> Result<HttpResponse, PageError> {
    let id = super::allowed(&app, &person, Right::SeeCalls, &id).await?;
    let form = person.account.is_some().then(AddForm::fresh);
    let steers = form.is_some() || Role::of(&person.user).is_some_and(|role| role.may(Right::SteerCalls));
    page(&app, StatusCode::OK, person.layout, id, form, steers, true).await
}

pub async fn page(
    app: &App,
    status: StatusCode,
    layout: Layout,
    id: String,
    form: Option<AddForm>,
    steers: bool,
    reloads: bool,
) -> Result<HttpResponse, PageError> {
    let now = app.clock.now();
    let (call, moving) = app.db.read(move |tx| snapshot(tx, &id, now)).await?;
    let reloads = reloads && !call.over;
    html(
        status,
        &CallPage {
            layout,
            form: form.filter(|_| call.running),
            steers: steers && call.running,
            call,
            transfer_key: ids::new("req"),
            moving,
            reloads,
        },
    )
}
