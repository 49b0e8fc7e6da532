//! The statement of an account's ledger: every transfer, as a page and as a file.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::flows::FlowError;
use crate::storage::Tx;
use crate::storage::accounts::{self, Account};
use crate::storage::statements::{self, Entry};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::download::{self, MOST_LINES};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::Moment;
use crate::web::pages::{self, html};

const ON_A_PAGE: i64 = 50;
const COLUMNS: [&str; 8] = ["id", "at", "amount", "currency", "debit", "credit", "note", "actor"];

struct Line {
    at: Moment,
    /// Below zero if it left the balance.
    amount: String,
    entry: Entry,
}

#[derive(Template)]
#[template(path = "admin/account/transfers.html")]
struct TransfersPage {
    layout: Layout,
    account: Account,
    lines: Vec<Line>,
    older: Option<String>,
}

pub async fn get(
    req: HttpRequest,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    let (account, lines) = read(&app, &id, after, ON_A_PAGE).await?;
    let full = i64::try_from(lines.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = lines.last().filter(|_| full).map(|last| last.entry.id.clone());
    html(StatusCode::OK, &TransfersPage { layout: who.layout, account, lines, older })
}

/// The newest, up to the limit of downloads.
pub async fn download(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let most = i64::try_from(MOST_LINES).unwrap_or(i64::MAX);
    let (account, lines) = read(&app, &id, None, most).await?;
    let currency = account.currency.to_string();
    let cells = lines.into_iter().map(|line| {
        let Line { at, amount, entry } = line;
        vec![entry.id, at.iso(), amount, currency.clone(), entry.debit, entry.credit, entry.note, entry.actor]
    });
    download::csv(&format!("transfers-{}.csv", account.id), &COLUMNS, cells)
}

async fn read(app: &App, id: &str, after: Option<String>, most: i64) -> Result<(Account, Vec<Line>), PageError> {
    let id = pages::id(id)?;
    let read = move |tx: &mut Tx| {
        let account = accounts::find(tx, &id)?.ok_or_else(|| FlowError::not_found("account", &id))?;
        Ok::<_, FlowError>((account, statements::page(tx, &id, after.as_deref(), most)?))
    };
    let (account, entries) = app.db.read(read).await?;
    let line = |entry: Entry| Line { at: Moment(entry.at), amount: entry.signed(&account.id).to_string(), entry };
    let lines = entries.into_iter().map(line).collect();
    Ok((account, lines))
}
