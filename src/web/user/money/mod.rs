//! A caller's money: topping up and saving cards at the card processor's own page. No card number is ever typed here.

mod cards;
mod checkout;
mod page;
mod standing;
mod top_up;
mod voucher;

use actix_web::HttpRequest;
use actix_web::web::{self, ServiceConfig};

use crate::app::App;
use crate::domain::checkout::{CONSENT, CONSENT_VERSION, Checkout, Purpose};
use crate::flows::begin_checkout::{Begun, CheckoutWish, NoCheckout, begin_checkout};
use crate::ids;
use crate::storage::checkouts::Consent;
use crate::web::auth::SignedIn;
use crate::web::pages;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Fields;
use crate::web::peer;

pub fn routes(service: &mut ServiceConfig) {
    service
        .route("/money", web::get().to(page::get))
        .route("/money/top-up", web::post().to(top_up::post))
        .route("/money/voucher", web::post().to(voucher::post))
        .route("/money/cards/new", web::get().to(cards::form))
        .route("/money/cards", web::post().to(cards::save))
        .route("/money/cards/{id}/earlier", web::post().to(cards::earlier))
        .route("/money/cards/{id}/later", web::post().to(cards::later))
        .route("/money/cards/{id}/remove", web::post().to(cards::remove))
        .route("/money/checkouts/{id}", web::get().to(checkout::get))
        .route("/money/checkouts/{id}/cancel", web::post().to(checkout::cancel));
}

/// Begins a checkout with the form's key; `Err` is what to say beside the form.
async fn begin(
    app: &App,
    who: &SignedIn,
    purpose: Purpose,
    agreed: bool,
    key: String,
    req: &HttpRequest,
) -> Result<Result<Checkout, NoCheckout>, PageError> {
    let from = peer::address(req).map_or_else(|| "unknown".to_owned(), |from| from.to_string());
    let consent = || Consent { text: CONSENT.to_owned(), version: CONSENT_VERSION.to_owned(), from: from.clone() };
    let wish = CheckoutWish {
        account: who.account.id.clone(),
        purpose,
        consent: agreed.then(consent),
        key,
        actor: who.user.email.clone(),
    };
    let (forms, now) = (app.forms.clone(), app.clock.now());
    match app.db.write(move |tx| begin_checkout(tx, &wish, &forms, now)).await? {
        Begun::Checkout(checkout) | Begun::Already(checkout) => Ok(Ok(*checkout)),
        Begun::OtherWish => Err(PageError::BadRequest("This form was sent before, and asked for something else.")),
        Begun::Refused(refusal) => Ok(Err(refusal)),
    }
}

/// The page that a form leads to. It answers with a page and not with a redirection: browsers hold `form-action 'self'`
/// against every redirection a form leads to, and the card processor is somebody else.
fn first_page_of(checkout: &Checkout) -> String {
    format!("/money/checkouts/{}?new=1", checkout.id)
}

/// The key made with the form, or a new one if that is none of ours.
fn key(fields: &Fields) -> String {
    pages::id(fields.text("key")).unwrap_or_else(|_| ids::new("req"))
}
