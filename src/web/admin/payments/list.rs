//! All payments, newest first, of a state or of one account.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::words;
use crate::app::App;
use crate::domain::payment::{Payment, State};
use crate::storage::payments::Filter;
use crate::storage::{StorageError, Tx, accounts, payments};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{self, html};

const ON_A_PAGE: i64 = 50;

struct PaymentLine {
    id: String,
    at: Moment,
    email: String,
    amount: String,
    state: &'static str,
    /// Somebody should look.
    alarming: bool,
}

struct Choice {
    code: &'static str,
    words: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "admin/payments.html")]
struct PaymentsPage {
    layout: Layout,
    states: Vec<Choice>,
    /// As it was typed.
    account: String,
    nobody: bool,
    payments: Vec<PaymentLine>,
    older: Option<String>,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: Administrator) -> Result<HttpResponse, PageError> {
    who.require(Right::SeePayments)?;
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    let state = State::ALL.into_iter().find(|state| state.code() == query.text("state"));
    let typed = query.text("account").to_owned();
    let wanted = typed.clone();
    let read = move |tx: &mut Tx| {
        let account = account(tx, &wanted)?;
        if account.is_none() && !wanted.is_empty() {
            return Ok((vec![], true));
        }
        Ok::<_, StorageError>((lines(tx, &Filter { account, state, after })?, false))
    };
    let (payments, nobody) = app.db.read(read).await?;
    let full = i64::try_from(payments.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = payments.last().filter(|_| full).map(|last| next(state, &typed, &last.id));
    let states = State::ALL
        .map(|known| Choice { code: known.code(), words: words::state(known), chosen: state == Some(known) })
        .into();
    html(StatusCode::OK, &PaymentsPage { layout: who.layout, states, account: typed, nobody, payments, older })
}

/// By its id or its e-mail address.
fn account(tx: &mut Tx, typed: &str) -> Result<Option<String>, StorageError> {
    match typed {
        "" => Ok(None),
        email if email.contains('@') => accounts::by_email(tx, &email.to_lowercase()),
        id => Ok(accounts::find(tx, id)?.map(|account| account.id)),
    }
}

fn lines(tx: &mut Tx, filter: &Filter) -> Result<Vec<PaymentLine>, StorageError> {
    let mut emails = HashMap::new();
    let found = payments::search(tx, filter, ON_A_PAGE)?;
    let line = |payment: Payment| {
        if !emails.contains_key(&payment.account) {
            let email = accounts::find(tx, &payment.account)?.map(|account| account.email).unwrap_or_default();
            emails.insert(payment.account.clone(), email);
        }
        Ok(PaymentLine {
            at: Moment(payment.created_at),
            email: emails[&payment.account].clone(),
            amount: money(payment.amount, payment.currency),
            state: words::state(payment.state),
            alarming: payment.state == State::Quarantined,
            id: payment.id,
        })
    };
    found.into_iter().map(line).collect()
}

fn next(state: Option<State>, account: &str, after: &str) -> String {
    let state = state.map_or("", State::code);
    let query = serde_urlencoded::to_string([("state", state), ("account", account), ("after", after)]);
    format!("/admin/payments?{}", query.expect("texts can be encoded"))
}
