//! Charges and refunds, newest first.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::{ChargeLine, lines};
use crate::app::App;
use crate::storage::{StorageError, receipts};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html};

const ON_A_PAGE: i64 = 25;

#[derive(Template)]
#[template(path = "user/charges.html")]
struct ChargesPage {
    layout: Layout,
    charges: Vec<ChargeLine>,
    older: Option<String>,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: SignedIn) -> Result<HttpResponse, PageError> {
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    let (account, currency) = (who.account.id, who.account.currency);
    let found = app.db.read(move |tx| receipts::page(tx, &account, after.as_deref(), ON_A_PAGE)).await;
    let found = found.map_err(|error: StorageError| error)?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = found.last().filter(|_| full).map(|last| last.id.clone());
    let charges = lines(&found, currency);
    html(StatusCode::OK, &ChargesPage { layout: who.layout, charges, older })
}
