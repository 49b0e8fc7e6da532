//! A credit by hand, with its reason.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};

use super::account::{CreditForm, page};
use crate::app::App;
use crate::domain::money::{MICROS, Money};
use crate::flows::credit::{Credited, credit_account};
use crate::ids;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::{self, see_other};
use crate::web::user::dial_form::Field;

/// More than this is a slip of the finger.
const LARGEST: Money = Money::from_micros(1_000_000 * MICROS);
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
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, id, form).await;
    };
    let (account, actor, now) = (id.clone(), who.user.email.clone(), app.clock.now());
    let (key, reason) = (form.key.clone(), form.reason.value.clone());
    let credited = app.db.write(move |tx| credit_account(tx, &account, &key, amount, &reason, &actor, now)).await?;
    form.amount.error = match credited {
        Credited::Now | Credited::Already => return Ok(see_other(&format!("/admin/accounts/{id}"))),
        Credited::OtherAmount { was } => Some(format!("This form was sent before, and credited {was}.")),
        Credited::TooMuch => Some("No balance may be so large.".to_owned()),
    };
    page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, id, form).await
}

fn read(fields: &Fields) -> CreditForm {
    let field = |name| Field { value: fields.text(name).to_owned(), error: None };
    let key = pages::id(fields.text("key")).unwrap_or_else(|_| ids::new("crd"));
    CreditForm { amount: field("amount"), reason: field("reason"), key }
}

/// The amount, or a message beside what is wrong.
fn checked(form: &mut CreditForm) -> Option<Money> {
    let amount = match form.amount.value.parse::<Money>() {
        Ok(amount) if amount.is_positive() && amount <= LARGEST => Some(amount),
        Ok(_) => {
            form.amount.error = Some(format!("Give an amount above 0 and up to {LARGEST}."));
            None
        }
        Err(error) => {
            form.amount.error = Some(error.to_string());
            None
        }
    };
    let length = form.reason.value.chars().count();
    if length == 0 || length > LONGEST_REASON {
        form.reason.error = Some(format!("Give a reason of up to {LONGEST_REASON} letters; it stays in the books."));
        return None;
    }
    amount
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_and_reason_are_both_checked_and_named() {
        let form = |text: &str| read(&Fields::read(text.as_bytes()).unwrap());
        assert_eq!(checked(&mut form("amount=12.50&reason=gift")).map(Money::micros), Some(12_500_000));
        for bad in ["amount=-1&reason=x", "amount=abc&reason=x", "amount=1000001&reason=x", "amount=0&reason=x"] {
            let mut form = form(bad);
            assert!(checked(&mut form).is_none() && form.amount.error.is_some(), "{bad}");
        }
        let mut empty = form("");
        assert!(checked(&mut empty).is_none() && empty.amount.error.is_some() && empty.reason.error.is_some());
    }
}
