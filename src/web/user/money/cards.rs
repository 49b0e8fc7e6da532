//! Saved cards: add one at the processor's page, move one, remove one.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::{begin, first_page_of, key};
use crate::app::App;
use crate::domain::checkout::{CONSENT, Purpose};
use crate::flows::saved_cards::{Way, move_card, remove_card};
use crate::ids;
use crate::storage::cards;
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Posted;
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};

#[derive(Template)]
#[template(path = "user/add_card.html")]
struct AddCardPage {
    layout: Layout,
    consent: &'static str,
    key: String,
    error: Option<String>,
}

pub async fn form(who: SignedIn) -> Result<HttpResponse, PageError> {
    let page = AddCardPage { layout: who.layout, consent: CONSENT, key: ids::new("req"), error: None };
    html(StatusCode::OK, &page)
}

pub async fn save(req: HttpRequest, app: Data<App>, who: SignedIn, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let agreed = !posted.text("agree").is_empty();
    let key = key(&posted);
    match begin(&app, &who, Purpose::SaveCard, agreed, key.clone(), &req).await? {
        Ok(checkout) => Ok(see_other(&first_page_of(&checkout))),
        Err(refusal) => {
            let error = Some(refusal.to_string());
            let page = AddCardPage { layout: who.layout, consent: CONSENT, key, error };
            html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// The token of the form is checked by `Posted`.
pub async fn earlier(app: Data<App>, who: SignedIn, id: Path<String>, _: Posted) -> Result<HttpResponse, PageError> {
    moved(&app, who, &id, Way::Up).await
}

pub async fn later(app: Data<App>, who: SignedIn, id: Path<String>, _: Posted) -> Result<HttpResponse, PageError> {
    moved(&app, who, &id, Way::Down).await
}

async fn moved(app: &App, who: SignedIn, id: &str, way: Way) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let card = own(app, &who, id).await?;
    let (actor, now) = (who.user.email, app.clock.now());
    app.db.write(move |tx| move_card(tx, &card, way, &actor, now)).await?;
    Ok(see_other("/money#cards"))
}

pub async fn remove(app: Data<App>, who: SignedIn, id: Path<String>, _: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let card = own(&app, &who, &id).await?;
    let (actor, now) = (who.user.email, app.clock.now());
    app.db.write(move |tx| remove_card(tx, &card, &actor, now)).await?;
    Ok(see_other("/money"))
}

/// The id of a card that is this caller's. Somebody else's looks like none.
async fn own(app: &App, who: &SignedIn, id: &str) -> Result<String, PageError> {
    let id = pages::id(id)?;
    let wanted = id.clone();
    let card = app.db.read(move |tx| cards::find(tx, &wanted)).await?;
    card.filter(|card| card.account == who.account.id).map(|_| id).ok_or(PageError::NotFound)
}
