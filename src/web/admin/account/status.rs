//! Blocking, unblocking and closing, each with a reason.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use super::forms::{Forms, StatusForm, Step};
use super::page::refused;
use crate::app::App;
use crate::flows::change_account::{NewStatus, StatusChanged, change_status};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::{self, see_other};
use crate::web::peer::Peer;

pub async fn block(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    from: Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    change(&app, who, &id, Step::Block, from, &posted).await
}

pub async fn unblock(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    from: Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    change(&app, who, &id, Step::Unblock, from, &posted).await
}

pub async fn close(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    from: Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    change(&app, who, &id, Step::Close, from, &posted).await
}

async fn change(
    app: &App,
    who: Administrator,
    id: &str,
    step: Step,
    Peer(from): Peer,
    posted: &Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageAccounts)?;
    let id = pages::id(id)?;
    let mut form = StatusForm::read(step, posted);
    if !form.checked() {
        return refused(app, who, id, Forms { status: form, ..Forms::fresh() }).await;
    }
    let new = match step {
        Step::Block => NewStatus::Blocked,
        Step::Unblock => NewStatus::Open,
        Step::Close => NewStatus::Closed { anyway: posted.text("anyway") == "yes" },
    };
    let (account, actor, now) = (id.clone(), who.user.email.clone(), app.clock.now());
    let reason = form.reason.value.clone();
    let write = app.db.write_from(from, move |tx| change_status(tx, &account, new, &reason, &actor, now));
    form.refused = match write.await? {
        StatusChanged::Now | StatusChanged::Already => return Ok(see_other(&format!("/admin/accounts/{id}"))),
        StatusChanged::ClosedForGood => Some("A closed account stays closed.".to_owned()),
        StatusChanged::NotEmpty { live_calls, balance, debt } => Some(format!(
            "Live calls: {live_calls}, balance: {balance}, debt: {debt}. Pay back what is left by a debit first, or \
             confirm below."
        )),
    };
    refused(app, who, id, Forms { status: form, ..Forms::fresh() }).await
}
