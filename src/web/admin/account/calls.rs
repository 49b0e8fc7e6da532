//! All calls of an account, newest first, as its caller sees them.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::flows::FlowError;
use crate::storage::Tx;
use crate::storage::accounts::{self, Account};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html};
use crate::web::user::calls::{CallLine, lines};

const ON_A_PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/account/calls.html")]
struct CallsPage {
    layout: Layout,
    account: Account,
    calls: Vec<CallLine>,
    older: Option<String>,
}

pub async fn get(
    req: HttpRequest,
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    who.require(Right::SeeCalls)?;
    let (id, now) = (pages::id(&id)?, app.clock.now());
    let query = Fields::read(req.query_string().as_bytes())?;
    let after = Some(query.text("after")).filter(|after| !after.is_empty()).map(pages::id).transpose()?;
    let read = move |tx: &mut Tx| {
        let account = accounts::find(tx, &id)?.ok_or_else(|| FlowError::not_found("account", &id))?;
        let calls = lines(tx, &id, account.currency, after.as_deref(), ON_A_PAGE, now)?;
        Ok::<_, FlowError>((account, calls))
    };
    let (account, calls) = app.db.read(read).await?;
    let full = i64::try_from(calls.len()).is_ok_and(|count| count == ON_A_PAGE);
    let older = calls.last().filter(|_| full).map(|last| last.id.clone());
    html(StatusCode::OK, &CallsPage { layout: who.layout, account, calls, older })
}
