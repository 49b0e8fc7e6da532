//! Dialling: the form, and the call it makes.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::dial_form::DialForm;
use super::dialled::Dialled;
use super::quote::QuoteView;
use super::shown_number::ShownNumber;
use crate::app::App;
use crate::flows::place_call::{DialRequest, Placed, place_call};
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::layout::Layout;
use crate::web::pages::{html, see_other};

#[derive(Template)]
#[template(path = "user/dial.html")]
struct DialPage {
    layout: Layout,
    form: DialForm,
    /// Offered while a number is typed.
    dialled: Vec<ShownNumber>,
    quote: Option<QuoteView>,
}

const OFFERED: usize = 10;

/// `?number=+44…` fills the form in.
pub async fn form(req: HttpRequest, app: Data<App>, who: SignedIn) -> Result<HttpResponse, PageError> {
    let query = Fields::read(req.query_string().as_bytes())?;
    let form = DialForm::fresh(who.account.own_number.as_ref(), &query);
    page(StatusCode::OK, &app, who, form, None).await
}

pub async fn submit(app: Data<App>, who: SignedIn, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let mut form = DialForm::read(&posted, who.account.own_number.as_ref());
    let Some(wish) = form.wish() else {
        return page(StatusCode::UNPROCESSABLE_ENTITY, &app, who, form, None).await;
    };
    let request = DialRequest {
        whisper: None,
        account: who.account.id.clone(),
        own_number: wish.own_number,
        numbers: wish.numbers,
        machine: wish.machine,
        request_key: form.request_key.clone(),
    };
    let (forms, rules, now) = (app.forms.clone(), app.config.rules, app.clock.now());
    match app.db.write(move |tx| place_call(tx, &request, &forms, &rules, now)).await? {
        Placed::Call { id, .. } | Placed::Already { id } => Ok(see_other(&format!("/calls/{id}"))),
        Placed::Refused(refusal) => {
            form.refuse(&refusal);
            page(StatusCode::UNPROCESSABLE_ENTITY, &app, who, form, None).await
        }
    }
}

pub async fn page(
    status: StatusCode,
    app: &App,
    who: SignedIn,
    form: DialForm,
    quote: Option<QuoteView>,
) -> Result<HttpResponse, PageError> {
    let (account, now) = (who.account.id, app.clock.now());
    let dialled = app.db.read(move |tx| Dialled::read(tx, &account, now)).await?;
    let dialled = dialled.latest(OFFERED).map(ShownNumber::from).collect();
    html(status, &DialPage { layout: who.layout, form: form.with_room(), dialled, quote })
}
