//! The bundles of an account, and granting one that its plan offers: nobody pays for it then.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use crate::app::App;
use crate::flows::FlowError;
use crate::flows::bundle_offers::{Bought, BundleWish, PaidBy, buy_bundle};
use crate::storage::Tx;
use crate::storage::accounts::{self, Account};
use crate::web::auth::{Administrator, Right};
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};
use crate::web::peer::Peer;
use crate::web::user::bundles::Bundles;

#[derive(Template)]
#[template(path = "admin/account/bundles.html")]
struct BundlesPage {
    layout: Layout,
    account: Account,
    refused: Option<String>,
    place: String,
    button: &'static str,
    may_have: bool,
    bundles: Bundles,
}

pub async fn get(app: Data<App>, who: Administrator, id: Path<String>) -> Result<HttpResponse, PageError> {
    page(&app, who, pages::id(&id)?, StatusCode::OK, None).await
}

async fn page(
    app: &App,
    who: Administrator,
    id: String,
    status: StatusCode,
    refused: Option<String>,
) -> Result<HttpResponse, PageError> {
    let now = app.clock.now();
    let (place, may_have) = (place(&id), who.may(Right::ChangeMoney));
    let read = move |tx: &mut Tx| {
        let account = accounts::find(tx, &id)?.ok_or_else(|| FlowError::not_found("account", &id))?;
        Ok::<_, FlowError>((account, Bundles::find(tx, &id, now)?))
    };
    let (account, bundles) = app.db.read(read).await?;
    let page = BundlesPage { layout: who.layout, account, refused, place, button: "Grant", may_have, bundles };
    html(status, &page)
}

pub async fn post(
    app: Data<App>,
    who: Administrator,
    id: Path<String>,
    Peer(from): Peer,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    who.require(Right::ChangeMoney)?;
    let id = pages::id(&id)?;
    let (offer, key) = (pages::id(posted.text("offer"))?, pages::id(posted.text("key"))?);
    let wish = BundleWish { account: id.clone(), offer, paid_by: PaidBy::House, key };
    let (actor, now) = (who.user.email.clone(), app.clock.now());
    let granted = app.db.write_from(from, move |tx| buy_bundle(tx, &wish, &actor, now));
    match granted.await? {
        Bought::Now(_) | Bought::Already(_) => Ok(see_other(&place(&id))),
        Bought::OtherOffer => Err(PageError::BadRequest("This form was sent before, and asked for something else.")),
        Bought::Refused(why) => page(&app, who, id, StatusCode::UNPROCESSABLE_ENTITY, Some(why.to_string())).await,
    }
}

fn place(id: &str) -> String {
    format!("/admin/accounts/{id}/bundles")
}
