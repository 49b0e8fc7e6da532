//! One account: its balance, its recent calls, and the form for a credit.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use crate::app::App;
use crate::flows::FlowError;
use crate::ids;
use crate::storage::accounts::{self, Account};
use crate::storage::{Tx, payments};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{self, html};
use crate::web::user::calls::{CallLine, lines};
use crate::web::user::dial_form::Field;

const RECENT: i64 = 20;

#[derive(Default)]
pub struct CreditForm {
    pub amount: Field,
    pub reason: Field,
    /// Made with the page, so that sending it twice credits once.
    pub key: String,
}

impl CreditForm {
    pub fn fresh() -> Self {
        Self { key: ids::new("crd"), ..Self::default() }
    }
}

struct PaymentLine {
    at: Moment,
    amount: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "admin/account.html")]
struct AccountPage {
    layout: Layout,
    account: Account,
    available: String,
    held: String,
    debt: String,
    may_credit: bool,
    /// Calls are nobody's business but support's.
    may_see_calls: bool,
    form: CreditForm,
    calls: Vec<CallLine>,
    payments: Vec<PaymentLine>,
}

pub async fn get(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    let id = pages::id(&id)?;
    page(&app, StatusCode::OK, who, id, CreditForm::fresh()).await
}

pub async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    id: String,
    form: CreditForm,
) -> Result<HttpResponse, PageError> {
    let now = app.clock.now();
    let read = move |tx: &mut Tx| {
        let account = accounts::find(tx, &id)?.ok_or_else(|| FlowError::not_found("account", &id))?;
        let wallet = accounts::wallet(tx, &id)?.unwrap_or_default();
        let calls = lines(tx, &id, account.currency, None, RECENT, now)?;
        Ok::<_, FlowError>((account, wallet, calls, payments::list(tx, Some(&id), RECENT)?))
    };
    let (account, wallet, calls, payments) = app.db.read(read).await?;
    let currency = account.currency;
    let payment_line = |payment: &crate::domain::payment::Payment| PaymentLine {
        at: Moment(payment.created_at),
        amount: money(payment.amount, payment.currency),
        state: payment.state.code(),
    };
    let page = AccountPage {
        available: money(wallet.available(), currency),
        held: money(wallet.reserved, currency),
        debt: money(wallet.debt, currency),
        may_credit: who.may(Right::ChangeMoney),
        may_see_calls: who.may(Right::SeeCalls),
        layout: who.layout,
        account,
        form,
        calls,
        payments: payments.iter().map(payment_line).collect(),
    };
    html(status, &page)
}
