//! The live page of a call; afterwards its bill.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::snapshot::{Snapshot, snapshot};
use crate::app::App;
use crate::web::auth::Right;
use crate::web::auth::who::Person;
use crate::web::pages::error::PageError;
use crate::web::pages::html;
use crate::web::pages::layout::Layout;

#[derive(Template)]
#[template(path = "user/call.html")]
struct CallPage {
    layout: Layout,
    call: Snapshot,
}

pub async fn get(app: Data<App>, person: Person, id: Path<String>) -> Result<HttpResponse, PageError> {
    let id = super::allowed(&app, &person, Right::SeeCalls, &id).await?;
    let now = app.clock.now();
    let call = app.db.read(move |tx| snapshot(tx, &id, now)).await?;
    html(StatusCode::OK, &CallPage { layout: person.layout, call })
}
