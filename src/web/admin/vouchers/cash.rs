//! Cash in the house's own till, and every receipt of cash, agents' too.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::serials::account_named;
use crate::app::App;
use crate::domain::two_persons::Who;
use crate::flows::cash::{Taken, take_cash};
use crate::flows::two_persons::{Asked, Deed};
use crate::storage::cash_receipts;
use crate::web::admin::account::forms::{MoneyForm, typed};
use crate::web::admin::requests;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;

use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;
use crate::web::user::agent::receipts::{ReceiptLine, line, receipt_page};
use crate::web::user::dial_form::Field;

const ON_A_PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/vouchers/cash.html")]
struct CashPage {
    layout: Layout,
    may: bool,
    receipts: Vec<ReceiptLine>,
    older: Option<String>,
    account: Field,
    form: MoneyForm,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    page(&app, StatusCode::OK, who, after, Field::default(), MoneyForm::fresh()).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    after: Option<String>,
    account: Field,
    form: MoneyForm,
) -> Result<HttpResponse, PageError> {
    let found = app.db.read(move |tx| cash_receipts::list(tx, None, after.as_deref(), ON_A_PAGE)).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = found.last().filter(|_| full).map(|last| last.id.clone());
    let receipts = found.into_iter().map(line).collect();
    html(status, &CashPage { may: who.may(Right::ChangeMoney), layout: who.layout, receipts, older, account, form })
}

pub async fn post(
    app: Data<App>,
    who: Administrator,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let (mut account, mut form) = (typed(&posted, "account"), MoneyForm::read(&posted));
    let amount = form.checked();
    let id = account_named(&app, &account.value).await?;
    if id.is_none() {
        account.error = Some("There is no account of this name.".to_owned());
    }
    let (Some(amount), Some(id)) = (amount, id) else {
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, None, account, form).await;
    };
    let (me, limits, now) = (Who::person(&who.user.email), app.config.two_persons.clone(), app.clock.now());
    let deed = Deed { account: id, key: form.key.clone(), amount, reason: form.reason.value.clone() };
    let write = app.db.write_from(from, move |tx| take_cash(tx, &deed, &me, &limits, now));
    match write.await? {
        Asked::Done(Taken::Now(receipt) | Taken::Already(receipt)) => {
            Ok(see_other(&format!("/admin/cash/{}", receipt.id)))
        }
        Asked::Waits(_) => Ok(see_other(requests::PLACE)),
        Asked::Done(Taken::Refused(why)) => {
            form.amount.error = Some(why.to_string());
            page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, None, account, form).await
        }
    }
}

pub async fn receipt(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let id = pages::id(&id)?;
    let found = app.db.read(move |tx| cash_receipts::find(tx, &id)).await?;
    receipt_page(&app, who.layout, found.ok_or(PageError::NotFound)?, "/admin/cash").await
}
