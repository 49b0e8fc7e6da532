//! Statements of an account by the month: the list of months, one on a page that prints well, and as a file. What is shown
//! to callers and to administrators is the same.

pub mod csv;
pub mod view;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::html;
use view::{Places, Wanted, months, page};

const LIST: &str = "/money/statements";
const ONE: &str = "/money/statement";

pub fn routes(service: &mut ServiceConfig) {
    service
        .route("/money/statements", web::get().to(list))
        .route("/money/statement", web::get().to(one))
        .route("/money/statement.csv", web::get().to(as_file));
}

async fn list(app: Data<App>, who: SignedIn) -> Result<HttpResponse, PageError> {
    let page = months(&app, who.layout, who.account, ONE.to_owned()).await?;
    html(StatusCode::OK, &page)
}

async fn one(req: HttpRequest, app: Data<App>, who: SignedIn) -> Result<HttpResponse, PageError> {
    let wanted = Wanted::read(req.query_string(), app.clock.now())?;
    let places = Places { list: LIST.to_owned(), one: ONE.to_owned() };
    html(StatusCode::OK, &page(&app, who.layout, who.account.id, places, wanted).await?)
}

async fn as_file(req: HttpRequest, app: Data<App>, who: SignedIn) -> Result<HttpResponse, PageError> {
    let wanted = Wanted::read(req.query_string(), app.clock.now())?;
    csv::file(&app, who.account.id, wanted.month).await
}
