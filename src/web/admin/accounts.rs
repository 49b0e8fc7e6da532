//! All accounts, newest first, with their balances.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::storage::{StorageError, Tx, accounts};
use crate::web::auth::Administrator;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::money;
use crate::web::pages::{self, html};

const ON_A_PAGE: i64 = 50;

struct AccountLine {
    id: String,
    email: String,
    status: String,
    available: String,
    held: String,
}

#[derive(Template)]
#[template(path = "admin/accounts.html")]
struct AccountsPage {
    layout: Layout,
    accounts: Vec<AccountLine>,
    older: Option<String>,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    let accounts = app.db.read(move |tx| lines(tx, after.as_deref())).await?;
    let full = i64::try_from(accounts.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = accounts.last().filter(|_| full).map(|last| last.id.clone());
    html(StatusCode::OK, &AccountsPage { layout: who.layout, accounts, older })
}

fn lines(tx: &mut Tx, after: Option<&str>) -> Result<Vec<AccountLine>, StorageError> {
    let found = accounts::list(tx, after, ON_A_PAGE)?;
    let line = |account: accounts::Account| {
        let wallet = accounts::wallet(tx, &account.id)?.unwrap_or_default();
        Ok(AccountLine {
            available: money(wallet.available(), account.currency),
            held: money(wallet.reserved, account.currency),
            id: account.id,
            email: account.email,
            status: account.status,
        })
    };
    found.into_iter().map(line).collect()
}
