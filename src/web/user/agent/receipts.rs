//! A receipt of cash, for the screen and for paper. Somebody else's is not there.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use crate::app::App;
use crate::domain::cash::{Receipt, State};
use crate::storage::{Tx, accounts, cash_receipts};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{self, html};

pub struct ReceiptLine {
    pub id: String,
    pub number: String,
    pub at: Moment,
    pub amount: String,
    pub state: &'static str,
    pub taken_by: String,
}

pub fn line(receipt: Receipt) -> ReceiptLine {
    ReceiptLine {
        number: receipt.shown_number(),
        at: Moment(receipt.taken_at),
        amount: money(receipt.amount, receipt.currency),
        state: said(receipt.state),
        id: receipt.id,
        taken_by: receipt.taken_by,
    }
}

fn said(state: State) -> &'static str {
    match state {
        State::Taken => "on its way",
        State::Credited => "credited",
    }
}

#[derive(Template)]
#[template(path = "user/cash_receipt.html")]
struct ReceiptPage {
    layout: Layout,
    back: &'static str,
    receipt: ReceiptLine,
    email: String,
    account: String,
    reason: String,
}

pub async fn get(app: Data<App>, who: SignedIn, id: Path<String>) -> Result<HttpResponse, PageError> {
    let id = pages::id(&id)?;
    let found = app.db.read(move |tx| cash_receipts::find(tx, &id)).await?;
    let own = found.filter(|receipt| receipt.is_agents() && receipt.issuer == who.account.id);
    receipt_page(&app, who.layout, own.ok_or(PageError::NotFound)?, "/agent").await
}

pub async fn receipt_page(
    app: &App,
    layout: Layout,
    receipt: Receipt,
    back: &'static str,
) -> Result<HttpResponse, PageError> {
    let (account, reason) = (receipt.customer.clone(), receipt.reason.clone());
    let customer = account.clone();
    let found = app.db.read(move |tx: &mut Tx| accounts::find(tx, &customer)).await?;
    let email = found.map(|account| account.email).unwrap_or_default();
    html(StatusCode::OK, &ReceiptPage { layout, back, receipt: line(receipt), email, account, reason })
}
