//! A debit by hand, with its reason: never of what calls hold.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::forms::{Forms, MoneyForm};
use super::page::refused;
use crate::app::App;
use crate::domain::two_persons::Who;
use crate::flows::debit::Debited;
use crate::flows::two_persons::{Asked, Deed, debit};
use crate::web::admin::requests;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::{self, see_other};
use crate::web::peer::Peer;

pub async fn post(
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
    let Some(amount) = form.checked() else {
        return refused(&app, who, id, Forms { debit: form, ..Forms::fresh() }).await;
    };
    let (me, limits, now) = (Who::person(&who.user.email), app.config.two_persons.clone(), app.clock.now());
    let (key, reason) = (form.key.clone(), form.reason.value.clone());
    let deed = Deed { account: id.clone(), key, amount, reason };
    let change = app.db.write_from(from, move |tx| debit(tx, &deed, &me, &limits, now));
    let done = match change.await? {
        Asked::Done(done) => done,
        Asked::Waits(_) => return Ok(see_other(requests::PLACE)),
    };
    let error = match done {
        Debited::Now | Debited::Already => return Ok(see_other(&format!("/admin/accounts/{id}"))),
        Debited::OtherAmount { was } => format!("This form was sent before, and debited {was}."),
        Debited::NotFree { free } => format!("Only {free} is free: the rest is held by calls, or is not there."),
    };
    form.amount.error = Some(error);
    refused(&app, who, id, Forms { debit: form, ..Forms::fresh() }).await
}
