//! The caller's automatic recharge: whether it is on, agreeing to it in so many words, and turning it off.

mod form;
mod page;
mod words;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::domain::consent;
use crate::flows::agreement::{agree_to_recharge, resume_recharge, stop_recharge};
use crate::storage::agreements::Consent;
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::see_other;
use crate::web::peer;
use form::RechargeForm;

pub fn routes(service: &mut ServiceConfig) {
    service
        .service(web::resource("/money/recharge").get(page::get).post(agree))
        .route("/money/recharge/stop", web::post().to(stop))
        .route("/money/recharge/resume", web::post().to(resume));
}

/// Only what stood on the page is agreed to: these figures, in this version of the words, with the box ticked.
async fn agree(req: HttpRequest, app: Data<App>, who: SignedIn, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let smallest = app.processors.chosen().smallest(who.account.currency);
    let mut form = RechargeForm::read(&posted);
    let Some(agreement) = form.agreement(smallest, who.account.currency) else {
        return page::page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, form, None).await;
    };
    if posted.text("version") != consent::VERSION || posted.text("agreed") != "yes" {
        form.unticked = Some("Tick the box if you agree; without it nothing is charged.".to_owned());
        return page::page(&app, StatusCode::UNPROCESSABLE_ENTITY, who, form, Some(agreement)).await;
    }
    let now = app.clock.now();
    let consent = Consent {
        text: consent::text(&agreement, who.account.currency),
        version: consent::VERSION.to_owned(),
        at: now,
        from: from(&req),
    };
    let (account, actor) = (who.account.id, who.user.email);
    app.db.write(move |tx| agree_to_recharge(tx, &account, &agreement, &consent, &actor, now)).await?;
    Ok(see_other("/money/recharge"))
}

async fn stop(app: Data<App>, who: SignedIn, _posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let (account, actor, now) = (who.account.id, who.user.email, app.clock.now());
    app.db.write(move |tx| stop_recharge(tx, &account, &actor, now)).await?;
    Ok(see_other("/money/recharge"))
}

/// The words agreed to stand above the button.
async fn resume(req: HttpRequest, app: Data<App>, who: SignedIn, _posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let (account, actor, from, now) = (who.account.id, who.user.email, from(&req), app.clock.now());
    app.db.write(move |tx| resume_recharge(tx, &account, &from, &actor, now)).await?;
    Ok(see_other("/money/recharge"))
}

fn from(req: &HttpRequest) -> String {
    peer::address(req).map_or_else(|| "unknown".to_owned(), |from| from.to_string())
}
