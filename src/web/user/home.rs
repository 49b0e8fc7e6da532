//! The first page: what is left, what runs, what was.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::calls::{CallLine, lines};
use crate::app::App;
use crate::flows::FlowError;
use crate::storage::{Tx, accounts};
use crate::web::auth::who::Person;
use crate::web::pages::error::PageError;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::money;
use crate::web::pages::{html, see_other};

const RECENT: i64 = 5;

#[derive(Template)]
#[template(path = "user/home.html")]
struct HomePage {
    layout: Layout,
    available: String,
    held: Option<String>,
    debt: Option<String>,
    calls: Vec<CallLine>,
}

pub async fn get(app: Data<App>, person: Person) -> Result<HttpResponse, PageError> {
    let Some(account) = person.account else { return Ok(see_other("/admin")) };
    let (id, currency, now) = (account.id, account.currency, app.clock.now());
    let read = move |tx: &mut Tx| {
        let wallet = accounts::wallet(tx, &id)?.ok_or_else(|| FlowError::not_found("account", &id))?;
        Ok::<_, FlowError>((wallet, lines(tx, &id, currency, None, RECENT, now)?))
    };
    let (wallet, calls) = app.db.read(read).await?;
    let page = HomePage {
        layout: person.layout,
        available: money(wallet.available(), currency),
        held: wallet.reserved.is_positive().then(|| money(wallet.reserved, currency)),
        debt: wallet.debt.is_positive().then(|| money(wallet.debt, currency)),
        calls,
    };
    html(StatusCode::OK, &page)
}
