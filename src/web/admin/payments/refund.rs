//! A charge is given back by hand, with its reason.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};

use super::one::{RefundForm, page};
use crate::app::App;
use crate::domain::money::Money;
use crate::flows::FlowError;
use crate::flows::refund::{RefundWish, Refunded, refund};
use crate::ids;
use crate::storage::payments;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::{self, see_other};
use crate::web::user::dial_form::Field;

const LONGEST_REASON: usize = 200;

pub async fn post(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let id = pages::id(&id)?;
    let mut form = read(&posted);
    let Some(amount) = checked(&mut form) else {
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, id, None, Some(form)).await;
    };
    let (reason, key, actor) = (form.reason.value.clone(), form.key.clone(), who.user.email.clone());
    let (payment, forms, now) = (id.clone(), app.forms.clone(), app.clock.now());
    let refunded = app.db.write(move |tx| {
        let unknown = || FlowError::not_found("payment", &payment);
        let (payment, _) = payments::find(tx, &payment)?.ok_or_else(unknown)?;
        let charge = payment.reference.unwrap_or_default();
        let wish = RefundWish { account: payment.account, charge, amount, reason, key, actor };
        refund(tx, &wish, &forms, now)
    });
    form.amount.error = match refunded.await? {
        Refunded::Begun(_) | Refunded::Already(_) => return Ok(see_other(&format!("/admin/payments/{id}"))),
        Refunded::OtherWish => Some("This form was sent before, and asked for something else.".to_owned()),
        Refunded::Refused(refusal) => Some(refusal.to_string()),
    };
    page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, id, None, Some(form)).await
}

fn read(fields: &Fields) -> RefundForm {
    let field = |name| Field { value: fields.text(name).to_owned(), error: None };
    let key = pages::id(fields.text("key")).unwrap_or_else(|_| ids::new("rfk"));
    RefundForm { amount: field("amount"), reason: field("reason"), key }
}

/// The amount, or a message beside what is wrong.
fn checked(form: &mut RefundForm) -> Option<Money> {
    let amount = form.amount.value.parse::<Money>();
    if let Err(error) = &amount {
        form.amount.error = Some(error.to_string());
    }
    let length = form.reason.value.chars().count();
    if length == 0 || length > LONGEST_REASON {
        form.reason.error = Some(format!("Give a reason of up to {LONGEST_REASON} letters; it stays in the books."));
        return None;
    }
    amount.ok()
}
