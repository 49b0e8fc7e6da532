//! All charges and refunds of an account as CSV, newest first.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::signed;
use crate::app::App;
use crate::storage::receipts::{self, Kind, Movement};
use crate::storage::{StorageError, Tx};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::show::Moment;

/// Read piece by piece, and no more than this: ten a day for three years.
const AT_ONCE: i64 = 500;
const MOST: usize = 10_000;

pub async fn get(app: Data<App>, who: SignedIn) -> Result<HttpResponse, PageError> {
    let account = who.account.id;
    let found = app.db.read(move |tx| all(tx, &account)).await?;
    let currency = who.account.currency.to_string();
    let mut file = csv::Writer::from_writer(vec![]);
    file.write_record(["receipt", "at", "kind", "amount", "currency", "reference"])
        .map_err(|e| PageError::internal(&e))?;
    for movement in &found {
        let (at, amount) = (Moment(movement.at).iso(), signed(movement).to_string());
        let line = [&movement.id, &at, kind(movement.kind), &amount, &currency, &movement.reference];
        file.write_record(line).map_err(|error| PageError::internal(&error))?;
    }
    let text = file.into_inner().map_err(|error| PageError::internal(&error))?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("content-disposition", "attachment; filename=\"charges.csv\""))
        .body(text))
}

fn all(tx: &mut Tx, account: &str) -> Result<Vec<Movement>, StorageError> {
    let mut found: Vec<Movement> = vec![];
    while found.len() < MOST {
        let after = found.last().map(|last| last.id.clone());
        let more = receipts::page(tx, account, after.as_deref(), AT_ONCE)?;
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    Ok(found)
}

/// Stable words for programs.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Charge => "charge",
        Kind::DebtRepaid => "debt_repaid",
        Kind::Refund => "refund",
        Kind::RefundReturned => "refund_returned",
        Kind::Disputed => "disputed",
        Kind::DisputeReturned => "dispute_returned",
    }
}
