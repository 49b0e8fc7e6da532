//! One payment: what was decided, what became of it, everything that was said about it, and what of it went back.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::words;
use crate::app::App;
use crate::domain::exchange::Exchange;
use crate::domain::payment::{Payment, State};
use crate::flows::FlowError;
use crate::flows::refund::charged_and_refunded;
use crate::ids;
use crate::payments::exchange;
use crate::storage::{Tx, accounts, exchanges, payments, refunds};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{self, html};
use crate::web::user::dial_form::Field;

/// Each may be ten kilobytes long.
const EXCHANGES_ON_A_PAGE: i64 = 8;

#[derive(Default)]
pub struct RefundForm {
    pub amount: Field,
    pub reason: Field,
    /// Made with the page, so that sending it twice refunds once.
    pub key: String,
}

struct RefundLine {
    id: String,
    at: Moment,
    amount: String,
    state: &'static str,
    verdict: Option<String>,
    reason: String,
    actor: String,
}

struct ExchangeLine {
    at: Moment,
    step: String,
    outcome: String,
    request: String,
    sent: String,
    status: Option<i32>,
    reply: String,
}

#[derive(Template)]
#[template(path = "admin/payment.html")]
struct PaymentPage {
    layout: Layout,
    payment: Payment,
    email: String,
    at: Moment,
    useful_until: Moment,
    amount: String,
    state: &'static str,
    verdict: Option<String>,
    card: String,
    call: Option<String>,
    /// The requests as they were frozen, a field a line.
    created_with: String,
    confirmed_with: String,
    exchanges: Vec<ExchangeLine>,
    more: Option<i64>,
    refunds: Vec<RefundLine>,
    /// What can still be given back, if anything can.
    left: Option<String>,
    may_refund: bool,
    form: RefundForm,
}

/// All that the page is made of.
struct Found {
    payment: Payment,
    frozen: payments::Frozen,
    email: String,
    card: Option<String>,
    exchanges: Vec<Exchange>,
    refunds: Vec<RefundLine>,
    left: crate::domain::money::Money,
}

pub async fn get(
    req: HttpRequest,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    let after = Fields::read(req.query_string().as_bytes())?.text("after").parse().ok();
    page(&app, StatusCode::OK, who, pages::id(&id)?, after, None).await
}

/// `form`: as it was sent, with what is wrong with it.
pub async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    id: String,
    after: Option<i64>,
    form: Option<RefundForm>,
) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let found = app.db.read(move |tx| find(tx, &id, after)).await?;
    let payment = found.payment;
    let full = i64::try_from(found.exchanges.len()).is_ok_and(|count| count == EXCHANGES_ON_A_PAGE);
    let left = (payment.state == State::Credited && found.left.is_positive()).then_some(found.left);
    let fresh = || RefundForm {
        amount: Field { value: left.map(|left| left.to_string()).unwrap_or_default(), error: None },
        reason: Field::default(),
        key: ids::new("rfk"),
    };
    let page = PaymentPage {
        may_refund: who.may(Right::ChangeMoney),
        call: payment.call.clone().filter(|_| who.may(Right::SeeCalls)),
        layout: who.layout,
        email: found.email,
        at: Moment(payment.created_at),
        useful_until: Moment(payment.useful_until),
        amount: money(payment.amount, payment.currency),
        state: words::state(payment.state),
        verdict: payment.verdict.as_ref().map(words::verdict),
        card: found.card.unwrap_or_default(),
        created_with: exchange::form(&found.frozen.create_body),
        confirmed_with: exchange::form(&found.frozen.confirm_body),
        more: found.exchanges.last().filter(|_| full).map(|last| last.seq),
        exchanges: found.exchanges.into_iter().map(line).collect(),
        refunds: found.refunds,
        left: left.map(|left| money(left, payment.currency)),
        form: form.unwrap_or_else(fresh),
        payment,
    };
    html(status, &page)
}

fn find(tx: &mut Tx, id: &str, after: Option<i64>) -> Result<Found, FlowError> {
    let (payment, frozen) = payments::find(tx, id)?.ok_or_else(|| FlowError::not_found("payment", id))?;
    let account = accounts::find(tx, &payment.account)?;
    let (mut lines, mut left) = (vec![], Default::default());
    if let Some(charge) = &payment.reference {
        let (charged, refunded) = charged_and_refunded(tx, &payment.account, &frozen.processor, charge)?;
        left = charged - refunded;
        for (refund, asked) in refunds::of_charge(tx, &payment.account, charge)? {
            lines.push(RefundLine {
                at: Moment(refund.created_at),
                amount: money(refund.amount, refund.currency),
                state: words::refund(refund.state),
                verdict: refund.verdict,
                reason: asked.reason,
                actor: asked.actor,
                id: refund.id,
            });
        }
    }
    Ok(Found {
        card: payments::label(tx, &frozen.method_id)?,
        exchanges: exchanges::page(tx, id, after, EXCHANGES_ON_A_PAGE)?,
        email: account.map(|account| account.email).unwrap_or_default(),
        refunds: lines,
        left,
        payment,
        frozen,
    })
}

fn line(exchange: Exchange) -> ExchangeLine {
    let outcome = match exchange.answered_at {
        None => "no answer was kept".to_owned(),
        Some(_) => exchange.outcome,
    };
    ExchangeLine {
        at: Moment(exchange.at),
        step: exchange.step,
        outcome,
        request: format!("{} {}", exchange.method, exchange.path),
        sent: exchange.sent,
        status: exchange.status,
        reply: exchange.reply,
    }
}
