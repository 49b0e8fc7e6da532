//! Charges and refunds, newest first.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::{signed, words};
use crate::app::App;
use crate::storage::{StorageError, receipts};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{self, html};

const ON_A_PAGE: i64 = 50;

struct ChargeLine {
    id: String,
    at: Moment,
    what: &'static str,
    amount: String,
}

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
    let (account, currency, processor) = (who.account.id, who.account.currency, app.processor.name());
    let found = app.db.read(move |tx| receipts::page(tx, &account, processor, after.as_deref(), ON_A_PAGE)).await;
    let found = found.map_err(|error: StorageError| error)?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = found.last().filter(|_| full).map(|last| last.id.clone());
    let line = |movement: &receipts::Movement| ChargeLine {
        id: movement.id.clone(),
        at: Moment(movement.at),
        what: words(movement.kind),
        amount: money(signed(movement), currency),
    };
    let charges = found.iter().map(line).collect();
    html(StatusCode::OK, &ChargesPage { layout: who.layout, charges, older })
}
