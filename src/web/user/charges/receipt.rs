//! One receipt, for the screen and for paper. Somebody else's is not there.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::words;
use crate::app::App;
use crate::domain::ledger::charge_facts;
use crate::storage::receipts::{self, Kind};
use crate::storage::{StorageError, Tx, statements};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{self, html};

#[derive(Template)]
#[template(path = "user/receipt.html")]
struct ReceiptPage {
    layout: Layout,
    number: String,
    what: &'static str,
    is_refund: bool,
    at: Moment,
    amount: String,
    /// The whole charge, where this is only the part that repaid a debt, or the rest beside it.
    whole: Option<String>,
    /// The saved card that was charged automatically.
    card: Option<String>,
    charge: String,
    email: String,
    account: String,
}

pub async fn get(app: Data<App>, who: SignedIn, id: Path<String>) -> Result<HttpResponse, PageError> {
    let (id, account) = (pages::id(&id)?, who.account.id.clone());
    let read = move |tx: &mut Tx| {
        let Some(movement) = receipts::find(tx, &account, &id)? else { return Ok(None) };
        let charge = match movement.kind {
            Kind::Charge | Kind::DebtRepaid => Some(movement.reference.clone()),
            Kind::Refund | Kind::RefundReturned => receipts::charge_of_refund(tx, &account, &movement.reference)?,
            Kind::Disputed | Kind::DisputeReturned => receipts::charge_of_dispute(tx, &account, &movement.reference)?,
        };
        let charge = charge.unwrap_or_default();
        let whole = statements::booked(tx, &account, &charge_facts(&movement.processor, &charge))?;
        Ok::<_, StorageError>(Some((receipts::card(tx, &account, &charge)?, whole, charge, movement)))
    };
    let (card, whole, charge, movement) = app.db.read(read).await?.ok_or(PageError::NotFound)?;
    let currency = who.account.currency;
    let page = ReceiptPage {
        layout: who.layout,
        what: words(movement.kind),
        is_refund: !matches!(movement.kind, Kind::Charge | Kind::DebtRepaid),
        at: Moment(movement.at),
        amount: money(movement.amount, currency),
        whole: whole.filter(|whole| *whole != movement.amount).map(|whole| money(whole, currency)),
        number: movement.id,
        card,
        charge,
        email: who.account.email,
        account: who.account.id,
    };
    html(StatusCode::OK, &page)
}
