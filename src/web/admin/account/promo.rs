//! Promotional credit by hand, with its reason and its last day.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use chrono::{DateTime, TimeDelta, Utc};

use super::forms::{Forms, MoneyForm, typed};
use super::page::refused;
use crate::app::App;
use crate::domain::deck;
use crate::domain::two_persons::Who;
use crate::flows::promo::{Granted, NotGranted};
use crate::flows::two_persons::{Asked, Deed, promo};
use crate::web::admin::requests;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::{self, see_other};
use crate::web::peer::Peer;
use crate::web::user::dial_form::Field;

#[derive(Default)]
pub struct PromoForm {
    pub money: MoneyForm,
    pub last_day: Field,
}

impl PromoForm {
    pub fn fresh() -> Self {
        Self { money: MoneyForm::fresh(), ..Self::default() }
    }

    fn read(fields: &Fields) -> Self {
        Self { money: MoneyForm::read(fields), last_day: typed(fields, "last_day") }
    }

    /// The last day counts whole.
    fn end(&mut self) -> Option<DateTime<Utc>> {
        match deck::time(&self.last_day.value) {
            Ok(begins) => Some(begins + TimeDelta::days(1)),
            Err(why) => {
                self.last_day.error = Some(why);
                None
            }
        }
    }
}

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
    let mut form = PromoForm::read(&posted);
    // All are looked at, so that all are named.
    let (amount, until) = (form.money.checked(), form.end());
    let Some((amount, until)) = amount.zip(until) else {
        return refused(&app, who, id, Forms { promo: form, ..Forms::fresh() }).await;
    };
    let (me, limits, now) = (Who::person(&who.user.email), app.config.two_persons.clone(), app.clock.now());
    let (key, reason) = (form.money.key.clone(), form.money.reason.value.clone());
    let deed = Deed { account: id.clone(), key, amount, reason };
    let change = app.db.write_from(from, move |tx| promo(tx, &deed, until, &me, &limits, now));
    match change.await? {
        Asked::Waits(_) => return Ok(see_other(requests::PLACE)),
        Asked::Done(Granted::Now(_) | Granted::Already(_)) => return Ok(see_other(&format!("/admin/accounts/{id}"))),
        Asked::Done(Granted::OtherAmount { was }) => {
            form.money.amount.error = Some(format!("This form was sent before, and granted {was}."));
        }
        Asked::Done(Granted::Refused(why)) => {
            let field = match why {
                NotGranted::BadEnd => &mut form.last_day,
                NotGranted::TooMuch | NotGranted::AccountClosed => &mut form.money.amount,
            };
            field.error = Some(why.to_string());
        }
    }
    refused(&app, who, id, Forms { promo: form, ..Forms::fresh() }).await
}
