//! Charges that cardholders take back, or are likely to: a list, and one with its history. What can still be given back
//! before it is taken is given back here.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::domain::dispute::{Dispute, Phase};
use crate::domain::exchange::Exchange;
use crate::domain::money::Money;
use crate::flows::FlowError;
use crate::flows::refund::{RefundWish, Refunded, charged_and_refunded, refund};
use crate::storage::disputes::Filter;
use crate::storage::{Tx, accounts, disputes, exchanges, payments};
use crate::web::admin::account::forms::MoneyForm;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{self, html, see_other};

const ON_A_PAGE: i64 = 50;
const LONGEST_HISTORY: i64 = 50;

struct Line {
    id: String,
    at: Moment,
    account: String,
    amount: String,
    phase: &'static str,
    due_by: Option<Moment>,
    alarming: bool,
}

struct Choice {
    code: &'static str,
    words: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "admin/disputes.html")]
struct ListPage {
    layout: Layout,
    phases: Vec<Choice>,
    disputes: Vec<Line>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/dispute.html")]
struct OnePage {
    layout: Layout,
    line: Line,
    dispute: Dispute,
    email: String,
    payment: Option<String>,
    taken: Option<String>,
    returned: Option<String>,
    history: Vec<HistoryLine>,
    /// What of the charge can still be given back, if somebody may.
    left: Option<String>,
    form: MoneyForm,
}

struct HistoryLine {
    at: Moment,
    step: String,
    outcome: String,
    told: String,
}

pub fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::Warning => "the card's network fears fraud: give it back before it is disputed",
        Phase::Inquiry => "the bank asks; nothing is taken yet",
        Phase::NeedsResponse => "disputed: evidence is wanted",
        Phase::UnderReview => "disputed: the bank decides",
        Phase::Closed => "over, nothing was decided",
        Phase::Won => "won, the money is back",
        Phase::Lost => "lost",
    }
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let given = |name| Some(query.text(name)).filter(|text| !text.is_empty()).map(pages::id).transpose();
    let phase = Phase::ALL.into_iter().find(|phase| phase.code() == query.text("phase"));
    let filter = Filter { account: given("account")?, phase, after: given("after")? };
    let account = filter.account.clone().unwrap_or_default();
    let found = app.db.read(move |tx| disputes::search(tx, &filter, ON_A_PAGE)).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = found.last().filter(|_| full).map(|last| next(phase, &account, &last.id));
    let chosen = |known| phase == Some(known);
    let phases =
        Phase::ALL.map(|known| Choice { code: known.code(), words: words(known), chosen: chosen(known) }).into();
    let disputes = found.iter().map(line).collect();
    html(StatusCode::OK, &ListPage { layout: who.layout, phases, disputes, older })
}

fn next(phase: Option<Phase>, account: &str, after: &str) -> String {
    let query = [("phase", phase.map_or("", Phase::code)), ("account", account), ("after", after)];
    format!("/admin/disputes?{}", serde_urlencoded::to_string(query).expect("texts can be encoded"))
}

fn line(dispute: &Dispute) -> Line {
    Line {
        id: dispute.id.clone(),
        at: Moment(dispute.opened_at),
        account: dispute.account.clone(),
        amount: money(dispute.amount, dispute.currency),
        phase: words(dispute.phase),
        due_by: dispute.due_by.filter(|_| !dispute.phase.is_over()).map(Moment),
        alarming: matches!(dispute.phase, Phase::Warning | Phase::Inquiry | Phase::NeedsResponse),
    }
}

pub async fn one(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    page(&app, StatusCode::OK, who, pages::id(&id)?, None).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    id: String,
    form: Option<MoneyForm>,
) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let read = move |tx: &mut Tx| {
        let dispute = disputes::find(tx, &id)?.ok_or_else(|| FlowError::not_found("dispute", &id))?;
        let (processor, charge) = (&dispute.processor, &dispute.charge);
        let (charged, refunded) = charged_and_refunded(tx, &dispute.account, processor, charge)?;
        let free = accounts::wallet(tx, &dispute.account)?.unwrap_or_default().free_cash();
        let email = accounts::find(tx, &dispute.account)?.map(|account| account.email).unwrap_or_default();
        let payment = payments::by_reference(tx, processor, charge)?;
        let history = exchanges::page(tx, &id, None, LONGEST_HISTORY)?;
        Ok::<_, FlowError>(((charged - refunded).min(free), email, payment, history, dispute))
    };
    let (left, email, payment, history, dispute) = app.db.read(read).await?;
    let is_open = dispute.taken.is_none() && !dispute.phase.is_over();
    let may = is_open && left.is_positive() && who.may(Right::ChangeMoney);
    let fresh = || {
        let mut form = MoneyForm::fresh();
        form.amount.value = whole_coins(left, &dispute).to_string();
        form
    };
    let shown = |amount: Option<Money>| amount.map(|amount| money(amount, dispute.currency));
    let page = OnePage {
        layout: who.layout,
        line: line(&dispute),
        taken: shown(dispute.taken),
        returned: shown(dispute.returned),
        left: may.then(|| money(left, dispute.currency)),
        form: form.unwrap_or_else(fresh),
        history: history.into_iter().map(told).collect(),
        email,
        payment,
        dispute,
    };
    html(status, &page)
}

/// Cards take no finer amounts.
fn whole_coins(amount: Money, dispute: &Dispute) -> Money {
    let coin = Money::from_minor(1, dispute.currency).unwrap_or_default().micros().max(1);
    Money::from_micros(amount.micros() / coin * coin)
}

fn told(exchange: Exchange) -> HistoryLine {
    let Exchange { at, step, outcome, sent, .. } = exchange;
    HistoryLine { at: Moment(at), step, outcome, told: sent }
}

/// Given back before it is taken: a dispute costs a fee, a refund does not.
pub async fn give_back(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let id = pages::id(&id)?;
    let mut form = MoneyForm::read(&posted);
    let Some(amount) = form.checked() else {
        return page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, id, Some(form)).await;
    };
    let (key, reason, actor) = (form.key.clone(), form.reason.value.clone(), who.user.email.clone());
    let (dispute, forms, now) = (id.clone(), app.forms.clone(), app.clock.now());
    let refunded = app.db.write(move |tx| {
        let found = disputes::find(tx, &dispute)?.ok_or_else(|| FlowError::not_found("dispute", &dispute))?;
        let wish = RefundWish { account: found.account, charge: found.charge, amount, reason, key, actor };
        refund(tx, &wish, &forms, now)
    });
    form.amount.error = match refunded.await? {
        Refunded::Begun(_) | Refunded::Already(_) => return Ok(see_other(&format!("/admin/disputes/{id}"))),
        Refunded::OtherWish => Some("This form was sent before, and asked for something else.".to_owned()),
        Refunded::Refused(refusal) => Some(refusal.to_string()),
    };
    page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, id, Some(form)).await
}
