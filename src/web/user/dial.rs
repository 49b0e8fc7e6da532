//! Dialling: the form, and the call it makes.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::dial_form::DialForm;
use super::quote::QuoteView;
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
    quote: Option<QuoteView>,
}

/// `?number=+44…` fills the form in.
pub async fn form(req: HttpRequest, who: SignedIn) -> Result<HttpResponse, PageError> {
    let query = Fields::read(req.query_string().as_bytes())?;
    let form = DialForm::fresh(who.account.own_number.as_ref(), &query);
    page(StatusCode::OK, who.layout, form, None)
}

pub async fn submit(app: Data<App>, who: SignedIn, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let mut form = DialForm::read(&posted);
    let Some(wish) = form.wish() else {
        return page(StatusCode::UNPROCESSABLE_ENTITY, who.layout, form, None);
    };
    let request = DialRequest {
        account: who.account.id,
        own_number: wish.own_number,
        numbers: wish.numbers,
        request_key: form.request_key.clone(),
    };
    let (forms, rules, now) = (app.forms.clone(), app.config.rules, app.clock.now());
    match app.db.write(move |tx| place_call(tx, &request, &forms, &rules, now)).await? {
        Placed::Call { id, .. } | Placed::Already { id } => Ok(see_other(&format!("/calls/{id}"))),
        Placed::Refused(refusal) => {
            form.refuse(&refusal);
            page(StatusCode::UNPROCESSABLE_ENTITY, who.layout, form, None)
        }
    }
}

pub fn page(
    status: StatusCode,
    layout: Layout,
    form: DialForm,
    quote: Option<QuoteView>,
) -> Result<HttpResponse, PageError> {
    html(status, &DialPage { layout, form: form.with_room(), quote })
}
