//! Everything about one account on one page: what its caller sees, as far as the administrator may see it too, and the
//! forms for what they may change.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use chrono::{DateTime, Utc};

use super::forms::{Forms, Step};
use crate::app::App;
use crate::domain::language::Language;
use crate::domain::payment::Payment;
use crate::domain::promo::Grant;
use crate::domain::recharge::Agreement;
use crate::domain::wallet::Wallet;
use crate::flows::FlowError;
use crate::storage::accounts::{self, Account, Plan};
use crate::storage::agreements::{self, Consent};
use crate::storage::payments::{self, Method};
use crate::storage::users::{self, User};
use crate::storage::{Tx, calls, promo_grants};
use crate::web::auth::{Administrator, Right, Role};
use crate::web::pages::error::PageError;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{self, html};
use crate::web::user::calls::{CallLine, lines};
use crate::web::user::dial_form::Field;
use crate::web::user::promotional;

const RECENT: i64 = 20;

struct PaymentLine {
    at: Moment,
    amount: String,
    state: &'static str,
}

/// What is looked up; what the administrator may not see is not.
struct Seen {
    account: Account,
    plan: Plan,
    wallet: Wallet,
    grants: Vec<Grant>,
    opened: Option<DateTime<Utc>>,
    live_calls: i64,
    callers: Vec<User>,
    calls: Vec<CallLine>,
    payments: Vec<Payment>,
    cards: Vec<Method>,
    agreement: Option<(Agreement, Consent)>,
    /// Those the account may change to.
    plans: Vec<Plan>,
}

/// What this administrator may do here, and so is shown.
struct May {
    money: bool,
    manage: bool,
    see_calls: bool,
    see_payments: bool,
    see_audit: bool,
    caps: bool,
}

#[derive(Template)]
#[template(path = "admin/account/page.html")]
struct AccountPage {
    layout: Layout,
    may: May,
    account: Account,
    plan: String,
    opened: Option<Moment>,
    available: String,
    promotional: Vec<String>,
    held: String,
    debt: String,
    owes: bool,
    live_calls: i64,
    callers: Vec<User>,
    calls: Vec<CallLine>,
    payments: Vec<PaymentLine>,
    cards: Vec<Method>,
    agreement: Option<AgreementView>,
    plans: Vec<Plan>,
    languages: [Language; 6],
    forms: Forms,
}

struct AgreementView {
    amount: String,
    most_per_day: i64,
    most_per_month: i64,
    paused: bool,
    consent: (Moment, Consent),
}

pub async fn get(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    let id = pages::id(&id)?;
    page(&app, StatusCode::OK, who, id, Forms::fresh()).await
}

/// The same page with what was typed and why it cannot be.
pub async fn refused(app: &App, who: Administrator, id: String, forms: Forms) -> Result<HttpResponse, PageError> {
    page(app, StatusCode::UNPROCESSABLE_ENTITY, who, id, forms).await
}

async fn page(
    app: &App,
    status: StatusCode,
    who: Administrator,
    id: String,
    forms: Forms,
) -> Result<HttpResponse, PageError> {
    let (role, now) = (who.role, app.clock.now());
    let seen = app.db.read(move |tx| look(tx, &id, role, now)).await?;
    let may = May {
        money: who.may(Right::ChangeMoney),
        manage: who.may(Right::ManageAccounts),
        see_calls: who.may(Right::SeeCalls),
        see_payments: who.may(Right::SeePayments),
        see_audit: who.may(Right::SeeAudit),
        caps: who.may(Right::SetCaps),
    };
    html(status, &view(who.layout, may, seen, forms))
}

fn look(tx: &mut Tx, id: &str, role: Role, now: DateTime<Utc>) -> Result<Seen, FlowError> {
    let (account, plan) = accounts::find_with_plan(tx, id)?.ok_or_else(|| FlowError::not_found("account", id))?;
    let currency = account.currency;
    let mut plans = accounts::all_plans(tx)?;
    plans.retain(|plan| plan.currency == currency);
    let (mut calls_seen, mut payments_seen, mut cards, mut agreement) = (vec![], vec![], vec![], None);
    if role.may(Right::SeeCalls) {
        calls_seen = lines(tx, id, currency, None, RECENT, now)?;
    }
    if role.may(Right::SeePayments) {
        payments_seen = payments::list(tx, Some(id), RECENT)?;
        cards = payments::usable_methods(tx, id)?;
        agreement = agreements::find(tx, id)?.map(|kept| (kept.agreement, kept.consent));
    }
    Ok(Seen {
        wallet: accounts::wallet(tx, id)?.unwrap_or_default(),
        grants: promo_grants::left(tx, id)?,
        opened: accounts::opened_at(tx, id)?,
        live_calls: calls::count_live(tx, id)?,
        callers: users::of_account(tx, id)?,
        calls: calls_seen,
        payments: payments_seen,
        cards,
        agreement,
        plans,
        account,
        plan,
    })
}

fn view(layout: Layout, may: May, seen: Seen, mut forms: Forms) -> AccountPage {
    let currency = seen.account.currency;
    if forms.plan.value.is_empty() {
        forms.plan.value.clone_from(&seen.plan.name);
    }
    let payment_line = |payment: &Payment| PaymentLine {
        at: Moment(payment.created_at),
        amount: money(payment.amount, payment.currency),
        state: payment.state.code(),
    };
    AccountPage {
        layout,
        may,
        plan: seen.plan.name,
        opened: seen.opened.map(Moment),
        available: money(seen.wallet.available(), currency),
        promotional: promotional::words(&seen.grants, currency),
        held: money(seen.wallet.reserved, currency),
        debt: money(seen.wallet.debt, currency),
        owes: seen.wallet.debt.is_positive(),
        live_calls: seen.live_calls,
        callers: seen.callers,
        calls: seen.calls,
        payments: seen.payments.iter().map(payment_line).collect(),
        cards: seen.cards,
        agreement: seen.agreement.map(|(agreement, consent)| AgreementView {
            amount: money(agreement.amount, currency),
            most_per_day: agreement.most_per_day,
            most_per_month: agreement.most_per_month,
            paused: agreement.paused,
            consent: (Moment(consent.at), consent),
        }),
        plans: seen.plans,
        languages: Language::ALL,
        account: seen.account,
        forms,
    }
}

/// One of the forms that need a reason and nothing else.
struct StatusBox<'a> {
    path: &'static str,
    title: &'static str,
    explained: &'static str,
    reason: Field,
    refused: Option<&'a str>,
    /// Asked once closing was refused.
    asks_anyway: bool,
}

impl AccountPage {
    /// What can become of the account as it is.
    fn status_boxes(&self) -> Vec<StatusBox<'_>> {
        let steps: &[Step] = match self.account.status.as_str() {
            "open" => &[Step::Block, Step::Close],
            "blocked" => &[Step::Unblock, Step::Close],
            _ => &[],
        };
        steps.iter().map(|step| self.status_box(*step)).collect()
    }

    fn status_box(&self, step: Step) -> StatusBox<'_> {
        let form = &self.forms.status;
        let sent = form.sent == Some(step);
        let (path, title, explained) = match step {
            Step::Block => ("block", "Block", "No new calls; those that run are ended. The money stays."),
            Step::Unblock => ("unblock", "Unblock", "The caller may dial again."),
            Step::Close => ("close", "Close", "For good."),
        };
        let refused = form.refused.as_deref().filter(|_| sent);
        StatusBox {
            path,
            title,
            explained,
            reason: if sent { form.reason.clone() } else { Field::default() },
            refused,
            asks_anyway: refused.is_some() && step == Step::Close,
        }
    }
}
