//! The desk: the balance sales are paid from, the two forms, and the receipts of late.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::agent;
use super::receipts::{ReceiptLine, line};
use crate::app::App;
use crate::domain::agent::Commission;
use crate::flows::activate_vouchers::{Activated, Activation, activate_vouchers};
use crate::flows::cash::{Taken, take_cash_by_agent};
use crate::flows::two_persons::Deed;
use crate::storage::{StorageError, Tx, accounts, cash_receipts};
use crate::web::admin::account::forms::{MoneyForm, typed};
use crate::web::admin::vouchers::serials::{account_named, serial};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::money;
use crate::web::pages::{html, see_other};
use crate::web::peer::Peer;
use crate::web::user::dial_form::Field;

const RECENT: i64 = 20;

#[derive(Default)]
struct Forms {
    first: Field,
    last: Field,
    /// What became of an activation.
    activated: Option<String>,
    account: Field,
    cash: MoneyForm,
}

impl Forms {
    fn fresh() -> Self {
        Self { cash: MoneyForm::fresh(), ..Self::default() }
    }
}

#[derive(Template)]
#[template(path = "user/agent.html")]
struct DeskPage {
    layout: Layout,
    available: String,
    commission: Commission,
    forms: Forms,
    receipts: Vec<ReceiptLine>,
}

pub async fn get(app: Data<App>, who: SignedIn) -> Result<HttpResponse, PageError> {
    page(&app, StatusCode::OK, who, Forms::fresh()).await
}

async fn page(app: &App, status: StatusCode, who: SignedIn, forms: Forms) -> Result<HttpResponse, PageError> {
    let commission = agent(app, &who).await?.commission;
    let id = who.account.id.clone();
    let read = move |tx: &mut Tx| {
        let wallet = accounts::wallet(tx, &id)?.unwrap_or_default();
        Ok::<_, StorageError>((wallet, cash_receipts::list(tx, Some(&id), None, RECENT)?))
    };
    let (wallet, receipts) = app.db.read(read).await?;
    let page = DeskPage {
        layout: who.layout,
        available: money(wallet.free_cash(), who.account.currency),
        commission,
        forms,
        receipts: receipts.into_iter().map(line).collect(),
    };
    html(status, &page)
}

pub async fn activate(
    app: Data<App>,
    who: SignedIn,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    agent(&app, &who).await?;
    let mut forms = Forms { first: typed(&posted, "first"), last: typed(&posted, "last"), ..Forms::fresh() };
    let last = Some(serial(&posted, "last")).filter(|last| !last.is_empty());
    let wish = Activation { agent: who.account.id.clone(), first: serial(&posted, "first"), last };
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let write = app.db.write_from(from, move |tx| activate_vouchers(tx, &wish, &actor, now));
    let status = match write.await? {
        Activated::Now { pieces, paid } => {
            forms.activated = Some(format!("{pieces} activated for {}.", money(paid, who.account.currency)));
            StatusCode::OK
        }
        Activated::Already => {
            forms.activated = Some("You have activated this before; nothing was paid again.".to_owned());
            StatusCode::OK
        }
        Activated::Refused(why) => {
            forms.first.error = Some(why.to_string());
            StatusCode::UNPROCESSABLE_ENTITY
        }
    };
    page(&app, status, who, forms).await
}

pub async fn cash(app: Data<App>, who: SignedIn, Peer(from): Peer, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    agent(&app, &who).await?;
    let mut forms = Forms { account: typed(&posted, "account"), cash: MoneyForm::read(&posted), ..Forms::default() };
    let amount = forms.cash.checked();
    let customer = account_named(&app, &forms.account.value).await?;
    if customer.is_none() {
        forms.account.error = Some("There is no account of this name.".to_owned());
    }
    let (Some(amount), Some(account)) = (amount, customer) else {
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, forms).await;
    };
    let (key, reason) = (forms.cash.key.clone(), forms.cash.reason.value.clone());
    let deed = Deed { account, key, amount, reason };
    let (agent, actor, now) = (who.account.id.clone(), who.user.email.clone(), app.clock.now());
    let write = app.db.write_from(from, move |tx| take_cash_by_agent(tx, &agent, &deed, &actor, now));
    match write.await? {
        Taken::Now(receipt) | Taken::Already(receipt) => Ok(see_other(&format!("/agent/receipts/{}", receipt.id))),
        Taken::Refused(why) => {
            forms.cash.amount.error = Some(why.to_string());
            page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, forms).await
        }
    }
}
