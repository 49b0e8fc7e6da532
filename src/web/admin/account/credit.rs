//! A credit by hand, with its reason.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::forms::{Forms, MoneyForm};
use super::page::refused;
use crate::app::App;
use crate::domain::two_persons::Who;
use crate::flows::credit::Credited;
use crate::flows::two_persons::{Asked, Deed, credit};
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
        return refused(&app, who, id, Forms { credit: form, ..Forms::fresh() }).await;
    };
    let (me, limits, now) = (Who::person(&who.user.email), app.config.two_persons.clone(), app.clock.now());
    let (key, reason) = (form.key.clone(), form.reason.value.clone());
    let deed = Deed { account: id.clone(), key, amount, reason };
    let change = app.db.write_from(from, move |tx| credit(tx, &deed, &me, &limits, now));
    let done = match change.await? {
        Asked::Done(done) => done,
        Asked::Waits(_) => return Ok(see_other(requests::PLACE)),
    };
    let error = match done {
        Credited::Now | Credited::Already => return Ok(see_other(&format!("/admin/accounts/{id}"))),
        Credited::OtherAmount { was } => format!("This form was sent before, and credited {was}."),
        Credited::TooMuch => "No balance may be so large.".to_owned(),
    };
    form.amount.error = Some(error);
    refused(&app, who, id, Forms { credit: form, ..Forms::fresh() }).await
}
