//! The page of a checkout: on the way to the processor's own page, and back from it. It believes nothing that an address
//! says; how it stands is in the books, and whoever comes back has the processor asked at once.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::TimeDelta;

use super::standing::{Coming, StandingView, standing};
use crate::app::App;
use crate::domain::checkout::{Checkout, State};
use crate::flows::settle_checkout::{cancel_checkout, look_soon};
use crate::storage::{StorageError, Tx, cards, checkouts};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::{self, html, see_other};

/// The processor usually answers within a second; whoever waits longer sees a page meanwhile.
const WAIT: TimeDelta = TimeDelta::seconds(3);
const BETWEEN_GLANCES: Duration = Duration::from_millis(200);

#[derive(Template)]
#[template(path = "user/checkout.html")]
struct CheckoutPage {
    layout: Layout,
    id: String,
    view: StandingView,
    /// Where the page goes by itself.
    next: String,
}

pub async fn get(req: HttpRequest, app: Data<App>, who: SignedIn, id: Path<String>) -> Result<HttpResponse, PageError> {
    let query = Fields::read(req.query_string().as_bytes())?;
    let checkout = own(&app, &who, &id).await?;
    let here = format!("/money/checkouts/{}", checkout.id);
    let (coming, next) = match query.text("back") {
        "1" => (Coming::BackDone, format!("{here}?back=1")),
        "" => (Coming::There, here),
        _ => (Coming::BackUndone, format!("{here}?back=0")),
    };
    let fresh = !query.text("new").is_empty();
    match coming {
        // What a form leads to must be a page of ours.
        Coming::There if fresh && checkout.state.is_open() => {
            show(&app, who.layout, checkout, coming, next, Some(0)).await
        }
        Coming::There => {
            let checkout = opened(&app, &who, checkout).await?;
            match usable(&checkout) {
                Some(url) => Ok(see_other(url)),
                None => show(&app, who.layout, checkout, coming, next, None).await,
            }
        }
        Coming::BackDone | Coming::BackUndone => {
            if checkout.state.is_open() {
                let (id, now) = (checkout.id.clone(), app.clock.now());
                app.db.write(move |tx| look_soon(tx, &id, now)).await?;
            }
            show(&app, who.layout, checkout, coming, next, None).await
        }
    }
}

pub async fn cancel(app: Data<App>, who: SignedIn, id: Path<String>, _: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let id = own(&app, &who, &id).await?.id;
    let (checkout, now) = (id.clone(), app.clock.now());
    app.db.write(move |tx| cancel_checkout(tx, &checkout, now)).await?;
    Ok(see_other(&format!("/money/checkouts/{id}?back=0")))
}

/// The processor's page, while somebody may still use it.
fn usable(checkout: &Checkout) -> Option<&str> {
    let open = checkout.state == State::Open && checkout.paid_by.is_none();
    checkout.url.as_deref().filter(|_| open)
}

/// Waits a little for the processor's page.
async fn opened(app: &App, who: &SignedIn, mut checkout: Checkout) -> Result<Checkout, PageError> {
    let until = app.clock.now() + WAIT;
    while checkout.state == State::Planned && app.clock.now() < until {
        drop(app.clock.sleep(BETWEEN_GLANCES).await);
        checkout = own(app, who, &checkout.id).await?;
    }
    Ok(checkout)
}

async fn show(
    app: &App,
    layout: Layout,
    checkout: Checkout,
    coming: Coming,
    next: String,
    again_after: Option<u32>,
) -> Result<HttpResponse, PageError> {
    let id = checkout.id.clone();
    let read = move |tx: &mut Tx| {
        let card = match &checkout.card {
            Some(card) => {
                let processor = checkouts::processor_of(tx, &checkout.id)?.unwrap_or_default();
                cards::by_reference(tx, &checkout.account, &processor, card)?.map(|card| card.label)
            }
            None => None,
        };
        Ok::<_, StorageError>(standing(&checkout, card.as_deref(), coming))
    };
    let mut view = app.db.read(read).await?;
    view.again_after = again_after.or(view.again_after);
    html(StatusCode::OK, &CheckoutPage { layout, id, view, next })
}

/// A checkout of this caller's. Somebody else's looks like none.
async fn own(app: &App, who: &SignedIn, id: &str) -> Result<Checkout, PageError> {
    let id = pages::id(id)?;
    let checkout = app.db.read(move |tx| checkouts::find(tx, &id)).await?;
    checkout.filter(|checkout| checkout.account == who.account.id).ok_or(PageError::NotFound)
}
