//! A credit, a debit or a debt that is given up, by hand and with its reason.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::forms::{Forms, MoneyForm};
use super::page::refused;
use crate::app::App;
use crate::domain::two_persons::Who;
use crate::flows::by_hand::{Booked, ByHand, NotBooked, by_hand};
use crate::flows::two_persons::{Asked, Deed};
use crate::web::admin::requests;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::{self, see_other};
use crate::web::peer::Peer;

pub async fn post(
    what: ByHand,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let id = pages::id(&id)?;
    let mut form = MoneyForm::read(&posted);
    let Some(amount) = form.checked() else { return refused(&app, who, id, Forms::with(what, form)).await };
    let (me, limits, now) = (Who::person(&who.user.email), app.config.two_persons.clone(), app.clock.now());
    let (key, reason) = (form.key.clone(), form.reason.value.clone());
    let deed = Deed { account: id.clone(), key, amount, reason };
    let asked = app.db.write_from(from, move |tx| by_hand(tx, what, &deed, &me, &limits, now));
    let why = match asked.await? {
        Asked::Waits(_) => return Ok(see_other(requests::PLACE)),
        Asked::Done(Booked::Now | Booked::Already) => return Ok(see_other(&format!("/admin/accounts/{id}"))),
        Asked::Done(Booked::Refused(why)) => why,
    };
    form.amount.error = Some(match why {
        NotBooked::KeyUsed { was } => format!("This form was sent before, for {was}."),
        NotBooked::NotFree { .. } | NotBooked::NotOwed { .. } | NotBooked::TooMuch => why.to_string(),
    });
    refused(&app, who, id, Forms::with(what, form)).await
}
