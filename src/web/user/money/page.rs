//! The balance, the form of a top-up, the saved cards, and what came from them of late.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Utc};

use super::top_up::TopUpForm;
use crate::app::App;
use crate::domain::checkout::{CONSENT, Checkout, Purpose};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::flows::FlowError;
use crate::flows::begin_checkout::{CheckoutForms, bounds};
use crate::storage::cards::Card;
use crate::storage::{StorageError, Tx, accounts, agents, cards, checkouts, promo_grants, receipts, vouchers};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{self, html};
use crate::web::user::charges::{ChargeLine, lines};
use crate::web::user::promotional;

const RECENT_CHARGES: i64 = 5;
const RECENT_CHECKOUTS: i64 = 10;
/// Times the processor's smallest amount: 10, 20, 50 and 100 dollars.
const SUGGESTED: [i64; 4] = [20, 40, 100, 200];

pub struct CardLine {
    pub id: String,
    pub label: String,
    pub expires: Option<String>,
    /// Why it is not charged.
    pub trouble: Option<&'static str>,
    pub first: bool,
    pub last: bool,
}

pub struct OpenLine {
    pub id: String,
    pub at: Moment,
    pub what: String,
}

#[derive(Template)]
#[template(path = "user/money.html")]
struct MoneyPage {
    layout: Layout,
    available: String,
    promotional: Vec<String>,
    held: Option<String>,
    debt: Option<String>,
    currency: Currency,
    form: TopUpForm,
    least: Money,
    most: Money,
    suggested: Vec<Money>,
    consent: &'static str,
    open: Vec<OpenLine>,
    cards: Vec<CardLine>,
    charges: Vec<ChargeLine>,
    takes_vouchers: bool,
    vouchers: VoucherView,
}

struct VoucherView {
    /// What the one that was just redeemed has brought.
    redeemed: Option<String>,
    refused: Option<String>,
    /// Whoever sells has a desk of their own.
    is_agent: bool,
}

/// `?amount=20` fills the form in.
pub async fn get(req: HttpRequest, app: Data<App>, who: SignedIn) -> Result<HttpResponse, PageError> {
    let query = Fields::read(req.query_string().as_bytes())?;
    let redeemed = Some(query.text("voucher")).filter(|voucher| !voucher.is_empty()).map(pages::id).transpose()?;
    show(&app, who, StatusCode::OK, TopUpForm::read(&query), Ok(redeemed)).await
}

/// `voucher`: the one that was just redeemed, or why none was.
pub async fn show(
    app: &App,
    who: SignedIn,
    status: StatusCode,
    form: TopUpForm,
    voucher: Result<Option<String>, String>,
) -> Result<HttpResponse, PageError> {
    let (id, currency, now) = (who.account.id, who.account.currency, app.clock.now());
    let read = move |tx: &mut Tx| {
        let wallet = accounts::wallet(tx, &id)?.ok_or_else(|| FlowError::not_found("account", &id))?;
        let charges = receipts::page(tx, &id, None, RECENT_CHARGES)?;
        let redeemed = match &voucher {
            Ok(Some(voucher)) => redeemed(tx, voucher, &id)?,
            Ok(None) | Err(_) => None,
        };
        let is_agent = agents::find(tx, &id)?.is_some_and(|agent| agent.sells());
        let vouchers = VoucherView { redeemed, refused: voucher.err(), is_agent };
        let promotional = promotional::words(&promo_grants::left(tx, &id)?, currency);
        Ok::<_, FlowError>((wallet, promotional, charges, cards::list(tx, &id)?, open(tx, &id, now)?, vouchers))
    };
    let (wallet, promotional, charges, cards, open, vouchers) = app.db.read(read).await?;
    let (least, most) = bounds(&app.forms, currency);
    let page = MoneyPage {
        layout: who.layout,
        available: money(wallet.available(), currency),
        promotional,
        held: wallet.reserved.is_positive().then(|| money(wallet.reserved, currency)),
        debt: wallet.debt.is_positive().then(|| money(wallet.debt, currency)),
        currency,
        form,
        least,
        most,
        suggested: suggested(&app.forms, currency),
        consent: CONSENT,
        open,
        cards: cards.iter().enumerate().map(|(place, card)| card_line(place, cards.len(), card, now)).collect(),
        charges: lines(&charges, currency),
        takes_vouchers: app.config.voucher_key.is_some(),
        vouchers,
    };
    html(status, &page)
}

/// Only its own account is told.
fn redeemed(tx: &mut Tx, voucher: &str, account: &str) -> Result<Option<String>, StorageError> {
    let found = vouchers::find(tx, voucher)?.filter(|found| found.redeemed_by.as_deref() == Some(account));
    Ok(found
        .map(|voucher| format!("Voucher {} has brought {}.", voucher.serial, money(voucher.face, voucher.currency))))
}

fn suggested(forms: &dyn CheckoutForms, currency: Currency) -> Vec<Money> {
    let smallest = CheckoutForms::smallest(forms, currency).micros();
    SUGGESTED.map(|times| Money::from_micros(smallest * times)).to_vec()
}

/// Pages of the processor that can still be used.
fn open(tx: &mut Tx, account: &str, now: DateTime<Utc>) -> Result<Vec<OpenLine>, StorageError> {
    let recent = checkouts::list(tx, account, None, RECENT_CHECKOUTS)?;
    let usable = |checkout: &Checkout| checkout.state.is_open() && checkout.expires_at > now;
    let line = |checkout: Checkout| OpenLine {
        what: match checkout.purpose {
            Purpose::SaveCard => "Saving a card".to_owned(),
            Purpose::TopUp { amount, .. } => format!("A top-up of {}", money(amount, checkout.currency)),
        },
        at: Moment(checkout.created_at),
        id: checkout.id,
    };
    Ok(recent.into_iter().filter(usable).map(line).collect())
}

fn card_line(place: usize, count: usize, card: &Card, now: DateTime<Utc>) -> CardLine {
    // Years and months with leading zeros compare as they are.
    let past = card.expires.as_ref().is_some_and(|month| *month < now.format("%Y-%m").to_string());
    let trouble = match (card.usable, past) {
        (false, _) => Some("declined for good; it is not charged"),
        (true, true) => Some("expired"),
        (true, false) => None,
    };
    CardLine {
        id: card.id.clone(),
        label: card.label.clone(),
        expires: card.expires.clone(),
        trouble,
        first: place == 0,
        last: place + 1 == count,
    }
}
