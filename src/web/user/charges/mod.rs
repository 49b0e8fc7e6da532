//! What was charged to a caller's cards and given back to them: the list, one receipt, and all of it as CSV.

mod csv;
mod list;
mod receipt;

use actix_web::web::{self, ServiceConfig};

use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::storage::receipts::{Kind, Movement};
use crate::web::pages::show::{Moment, money};

/// One line of a table of them.
pub(super) struct ChargeLine {
    pub id: String,
    pub at: Moment,
    pub what: &'static str,
    pub amount: String,
}

pub fn routes(service: &mut ServiceConfig) {
    service
        .route("/money/charges", web::get().to(list::get))
        .route("/money/charges.csv", web::get().to(csv::get))
        .route("/money/charges/{id}", web::get().to(receipt::get));
}

pub(super) fn lines(movements: &[Movement], currency: Currency) -> Vec<ChargeLine> {
    let line = |movement: &Movement| ChargeLine {
        id: movement.id.clone(),
        at: Moment(movement.at),
        what: words(movement.kind),
        amount: money(signed(movement), currency),
    };
    movements.iter().map(line).collect()
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Charge => "charge",
        Kind::DebtRepaid => "charge that repaid what you owed",
        Kind::Refund => "refund",
        Kind::RefundReturned => "refund that failed and came back",
        Kind::Disputed => "disputed at the bank, and taken back",
        Kind::DisputeReturned => "disputed at the bank, and given back to us",
    }
}

/// Below zero what went back to the card.
fn signed(movement: &Movement) -> Money {
    match movement.kind {
        Kind::Charge | Kind::DebtRepaid | Kind::RefundReturned | Kind::DisputeReturned => movement.amount,
        Kind::Refund | Kind::Disputed => -movement.amount,
    }
}
