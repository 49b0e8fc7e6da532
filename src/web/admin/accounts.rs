//! Accounts with their balances, newest first, and the search for them.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::domain::wallet::Wallet;
use crate::storage::accounts::{self, Account, STATUSES, Wanted};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::money;
use crate::web::pages::{self, html};

const ON_A_PAGE: usize = 50;

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
    search: String,
    anywhere: bool,
    status: String,
    statuses: [&'static str; 3],
    may_open: bool,
    accounts: Vec<AccountLine>,
    /// The query of the next page.
    older: Option<String>,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    let (search, anywhere) = (query.text("search").to_owned(), query.text("anywhere") == "yes");
    let status = STATUSES.into_iter().find(|known| *known == query.text("status"));
    let wanted = wanted(&search, anywhere);
    let fetch = i64::try_from(ON_A_PAGE + 1).unwrap_or(i64::MAX);
    let mut found = app.db.read(move |tx| accounts::search(tx, &wanted, status, after.as_deref(), fetch)).await?;
    let more = found.len() > ON_A_PAGE;
    found.truncate(ON_A_PAGE);
    let status = status.unwrap_or_default().to_owned();
    let last = found.last().filter(|_| more).map(|(account, _)| account.id.clone());
    let older = last.map(|last| older(&search, anywhere, &status, &last));
    let page = AccountsPage {
        may_open: who.may(Right::ManageAccounts),
        layout: who.layout,
        search,
        anywhere,
        status,
        statuses: STATUSES,
        accounts: found.into_iter().map(line).collect(),
        older,
    };
    html(StatusCode::OK, &page)
}

/// What was typed says by itself what it is.
fn wanted(search: &str, anywhere: bool) -> Wanted {
    if search.is_empty() {
        return Wanted::Any;
    }
    if search.starts_with("acc_") {
        return Wanted::Id(search.to_owned());
    }
    if let Ok(number) = search.parse() {
        return Wanted::OwnNumber(number);
    }
    let text = search.to_lowercase();
    if anywhere { Wanted::EmailPart(text) } else { Wanted::EmailBeginning(text) }
}

fn older(search: &str, anywhere: bool, status: &str, last: &str) -> String {
    let anywhere = if anywhere { "yes" } else { "" };
    let pairs = [("search", search), ("anywhere", anywhere), ("status", status), ("after", last)];
    serde_urlencoded::to_string(pairs).expect("text can be encoded")
}

fn line((account, wallet): (Account, Wallet)) -> AccountLine {
    AccountLine {
        available: money(wallet.available(), account.currency),
        held: money(wallet.reserved, account.currency),
        id: account.id,
        email: account.email,
        status: account.status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_says_what_it_is() {
        assert!(matches!(wanted("", true), Wanted::Any));
        assert!(matches!(wanted("acc_01x", false), Wanted::Id(_)));
        assert!(matches!(wanted("+14155550100", false), Wanted::OwnNumber(_)));
        assert!(matches!(wanted("Ann@", false), Wanted::EmailBeginning(text) if text == "ann@"));
        assert!(matches!(wanted("example", true), Wanted::EmailPart(_)));
    }
}
