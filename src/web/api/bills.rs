//! The itemised bill of a call, with what the ledger took for it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::input::path_id;
use crate::app::App;
use crate::domain::call::holding::{Holding, Step};
use crate::domain::call::{Leg, Role};
use crate::flows::explained::Explained;
use crate::flows::itemise::{Bill, BillLine, itemise};
use crate::web::error::ApiError;

type Time = chrono::DateTime<chrono::Utc>;

/// Amounts are decimal strings in `currency`.
#[derive(Serialize, ToSchema)]
pub struct BillBody {
    call: String,
    account: String,
    #[schema(example = "USD")]
    currency: String,
    /// What follows is final; before that no leg has an amount.
    settled: bool,
    /// The caller's own phone first.
    legs: Vec<BilledLeg>,
    /// What was held and released, in order.
    holds: Vec<HoldingBody>,
    /// By the rates.
    total: String,
    /// What the ledger took from the balance.
    booked: String,
    /// What promotional credit paid of that.
    booked_promo: String,
    /// Leg by leg, rates and ledger say the same.
    agrees: bool,
}

#[derive(Serialize, ToSchema)]
struct BilledLeg {
    id: String,
    /// `payer` or `other`: the house pays for its supervisors.
    role: &'static str,
    number: String,
    destination: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    answered_at: Option<Time>,
    price_per_minute: String,
    connection_fee: String,
    minimum_seconds: i64,
    increment_seconds: i64,
    grace_seconds: i64,
    /// Null until the call is settled, as all that follows.
    seconds: Option<i64>,
    billed_seconds: Option<i64>,
    /// Counted by the carrier besides what was paid for, as the greeting of a phone that called in; nobody is billed for it.
    house_seconds: Option<i64>,
    amount: Option<String>,
    /// How the amount came about.
    explained: Option<Explained>,
    /// What the ledger took for this leg.
    booked: Option<String>,
    /// What promotional credit paid of that.
    booked_promo: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct HoldingBody {
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    /// `held`, `held_further` or `released`.
    #[schema(example = "held")]
    step: &'static str,
    amount: String,
}

/// Show the itemised bill of a call
#[utoipa::path(get, path = "/api/v1/calls/{id}/bill", operation_id = "show_call_bill", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, body = BillBody, description = "The bill; without amounts while the call is not settled"),
        (status = 404, description = "not_found")))]
pub async fn show(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let id = path_id(&request, "call")?;
    let bill = app.db.read(move |tx| itemise(tx, &id)).await?;
    Ok(HttpResponse::Ok().json(body(&bill)))
}

fn body(bill: &Bill) -> BillBody {
    let legs = bill.call.legs.iter().enumerate().map(|(place, leg)| leg_body(leg, bill.lines.get(place)));
    BillBody {
        call: bill.call.id.clone(),
        account: bill.call.account.clone(),
        currency: bill.currency.to_string(),
        settled: bill.is_settled(),
        legs: legs.collect(),
        holds: bill.holdings.iter().map(holding_body).collect(),
        total: bill.total().to_string(),
        booked: bill.booked().to_string(),
        booked_promo: bill.booked_promo().to_string(),
        agrees: bill.agrees_with_the_ledger(),
    }
}

fn leg_body(leg: &Leg, line: Option<&BillLine>) -> BilledLeg {
    let charge = line.map(|line| &line.charge);
    BilledLeg {
        id: leg.id.clone(),
        role: match leg.role {
            Role::Payer => "payer",
            Role::Other => "other",
            Role::Bot => "bot",
            Role::Supervisor => "supervisor",
            Role::Guest => "guest",
        },
        number: leg.number.to_string(),
        destination: leg.rate.destination.clone(),
        answered_at: leg.started_at,
        price_per_minute: leg.rate.price_per_minute.normalize().to_string(),
        connection_fee: leg.rate.connection_fee.to_string(),
        minimum_seconds: leg.rate.minimum_seconds,
        increment_seconds: leg.rate.increment_seconds,
        grace_seconds: leg.rate.grace_seconds,
        seconds: charge.map(|charge| charge.seconds),
        billed_seconds: charge.map(|charge| charge.billed_seconds),
        house_seconds: charge.map(|charge| charge.house_seconds),
        amount: charge.map(|charge| charge.cost.to_string()),
        explained: line.map(|line| Explained::of(&leg.rate, &line.explanation)),
        booked: line.map(|line| line.booked.to_string()),
        booked_promo: line.map(|line| line.booked_promo.to_string()),
    }
}

fn holding_body(holding: &Holding) -> HoldingBody {
    let step = match holding.step {
        Step::Held => "held",
        Step::HeldFurther => "held_further",
        Step::Released => "released",
    };
    HoldingBody { at: holding.at, step, amount: holding.amount.to_string() }
}
