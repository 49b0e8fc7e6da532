//! The account's calls, newest first, with what each has cost; those of some days or numbers alone, if wanted.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Utc};

use super::call::words;
use super::call_filter::CallFilter;
use crate::app::App;
use crate::domain::call::{Call, Phase};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::time_limit::cost_until;
use crate::storage::call_lists::{self, Of, Wanted};
use crate::storage::{StorageError, Tx};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::show::{Moment, money};
use crate::web::pages::{self, html};

const ON_A_PAGE: i64 = 50;

pub struct CallLine {
    pub id: String,
    pub at: Moment,
    pub numbers: String,
    pub state: &'static str,
    pub cost: String,
    /// Has a bill.
    pub settled: bool,
}

#[derive(Template)]
#[template(path = "user/calls.html")]
struct CallsPage {
    layout: Layout,
    filter: CallFilter,
    calls: Vec<CallLine>,
    /// The query of the next page.
    older: Option<String>,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: SignedIn) -> Result<HttpResponse, PageError> {
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    let (currency, now) = (who.account.currency, app.clock.now());
    let mut filter = CallFilter::read(&query);
    let Some(wanted) = filter.wanted(&who.account) else {
        let page = CallsPage { layout: who.layout, filter, calls: vec![], older: None };
        return html(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let calls = app.db.read(move |tx| call_lists::page(tx, &wanted, after.as_deref(), ON_A_PAGE)).await?;
    let full = i64::try_from(calls.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = calls.last().filter(|_| full).map(|last| filter.query(Some(&last.id)));
    let calls = calls.iter().map(|call| line(call, currency, now)).collect();
    html(StatusCode::OK, &CallsPage { layout: who.layout, filter, calls, older })
}

pub fn lines(
    tx: &mut Tx,
    account: &str,
    currency: Currency,
    after: Option<&str>,
    most: i64,
    now: DateTime<Utc>,
) -> Result<Vec<CallLine>, StorageError> {
    let wanted = Wanted { of: Some(Of { account: account.to_owned(), beginnings: None }), ..Wanted::default() };
    let calls = call_lists::page(tx, &wanted, after, most)?;
    Ok(calls.iter().map(|call| line(call, currency, now)).collect())
}

pub fn line(call: &Call, currency: Currency, now: DateTime<Utc>) -> CallLine {
    let numbers: Vec<_> = call.others().map(|leg| leg.number.international()).collect();
    CallLine {
        id: call.id.clone(),
        at: Moment(call.created_at),
        numbers: numbers.join(", "),
        state: words::phase(call),
        cost: money(cost(call, now), currency),
        settled: matches!(call.phase, Phase::Settled(_)),
    }
}

/// The bill of a finished call; what a running one would cost if it ended now.
pub fn cost(call: &Call, now: DateTime<Utc>) -> Money {
    match call.phase {
        Phase::Settled(_) => call.charges().into_iter().map(|charge| charge.cost).sum(),
        Phase::Running | Phase::Ending(_) => {
            let until = call.deadline.map_or(now, |deadline| deadline.min(now));
            cost_until(until, &call.metered(), until).min(call.held)
        }
    }
}
