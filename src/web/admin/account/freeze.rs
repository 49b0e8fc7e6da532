//! Freezing an account and ending that, each with a reason.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};

use crate::app::App;
use crate::flows::FlowError;
use crate::flows::freeze;
use crate::storage::Tx;
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::{self, see_other};
use crate::web::peer::Peer;

pub async fn on(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    from: Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    change(&app, who, &id, from, &posted, freeze::freeze).await
}

pub async fn off(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    from: Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    change(&app, who, &id, from, &posted, freeze::unfreeze).await
}

type Change = fn(&mut Tx, &str, &str, &str, DateTime<Utc>) -> Result<bool, FlowError>;

async fn change(
    app: &App,
    who: Administrator,
    id: &str,
    Peer(from): Peer,
    posted: &Posted,
    change: Change,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ManageAccounts)?;
    let (id, reason) = (pages::id(id)?, posted.text("reason").trim().to_owned());
    if reason.is_empty() {
        return Err(PageError::Refused("Give a reason; it stands in the audit.".to_owned()));
    }
    let (account, actor, now) = (id.clone(), who.user.email.clone(), app.clock.now());
    app.db.write_from(from, move |tx| change(tx, &account, &reason, &actor, now)).await?;
    Ok(see_other(&format!("/admin/accounts/{id}")))
}
