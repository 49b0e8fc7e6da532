//! The itemised bill of a call: to be read, compared with the ledger, and printed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::call::words;
use super::quote::terms;
use super::shown_number::ShownNumber;
use crate::app::App;
use crate::domain::call::holding::{Holding, Step};
use crate::domain::call::{Leg, Role};
use crate::domain::currency::Currency;
use crate::flows::explained::Explained;
use crate::flows::itemise::{Bill, BillLine, itemise};
use crate::web::auth::Right;
use crate::web::auth::who::Person;
use crate::web::pages::error::PageError;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, duration, money, price};
use crate::web::pages::{self, html};

#[derive(Template)]
#[template(path = "user/bill.html")]
struct BillPage {
    layout: Layout,
    id: String,
    at: Moment,
    state: &'static str,
    settled: bool,
    legs: Vec<LegLine>,
    holdings: Vec<HoldingLine>,
    total: String,
    booked: String,
    /// What promotional credit paid of it.
    promotional: Option<String>,
    agrees: bool,
}

struct LegLine {
    number: ShownNumber,
    yours: bool,
    destination: String,
    answered: Option<Moment>,
    price: String,
    terms: String,
    billed: Option<BilledLine>,
}

/// What is known of a leg once its call is settled.
struct BilledLine {
    talked: String,
    billed: String,
    /// What nobody pays for.
    house: Option<String>,
    explained: Explained,
    amount: String,
}

struct HoldingLine {
    at: Moment,
    what: &'static str,
    amount: String,
}

pub async fn get(app: Data<App>, person: Person, id: Path<String>) -> Result<HttpResponse, PageError> {
    let id = pages::id(&id)?;
    let bill = app.db.read(move |tx| itemise(tx, &id)).await?;
    // Somebody else's call looks like none.
    if !person.may(Right::SeeCalls, &bill.call.account) {
        return Err(PageError::NotFound);
    }
    html(StatusCode::OK, &page(person.layout, &bill))
}

fn page(layout: Layout, bill: &Bill) -> BillPage {
    let (call, currency) = (&bill.call, bill.currency);
    let legs = call.legs.iter().enumerate();
    BillPage {
        layout,
        id: call.id.clone(),
        at: Moment(call.created_at),
        state: words::phase(call),
        settled: bill.is_settled(),
        legs: legs.map(|(place, leg)| leg_line(leg, bill.lines.get(place), currency)).collect(),
        holdings: bill.holdings.iter().map(|holding| holding_line(holding, currency)).collect(),
        total: money(bill.total(), currency),
        booked: money(bill.booked(), currency),
        promotional: Some(bill.booked_promo()).filter(|promo| promo.is_positive()).map(|promo| money(promo, currency)),
        agrees: bill.agrees_with_the_ledger(),
    }
}

fn leg_line(leg: &Leg, line: Option<&BillLine>, currency: Currency) -> LegLine {
    let billed = line.map(|line| BilledLine {
        talked: duration(line.charge.seconds),
        billed: duration(line.charge.billed_seconds),
        house: (line.charge.house_seconds > 0).then(|| duration(line.charge.house_seconds)),
        explained: Explained::of(&leg.rate, &line.explanation),
        amount: money(line.charge.cost, currency),
    });
    LegLine {
        number: ShownNumber::from(&leg.number),
        yours: leg.role == Role::Payer,
        destination: leg.rate.destination.clone(),
        answered: leg.started_at.map(Moment),
        price: price(leg.rate.price_per_minute, currency),
        terms: terms(&leg.rate, currency),
        billed,
    }
}

fn holding_line(holding: &Holding, currency: Currency) -> HoldingLine {
    let (what, amount) = match holding.step {
        Step::Held => ("Held when it was dialled", holding.amount),
        Step::HeldFurther => ("Held further, for more time", holding.amount),
        Step::Released => ("Released, not needed", -holding.amount),
    };
    HoldingLine { at: Moment(holding.at), what, amount: money(amount, currency) }
}
