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
use crate::domain::call::terms::CallTerms;
use crate::domain::refused::Way;
use crate::flows::FlowError;
use crate::flows::change_terms::terms_of_account;
use crate::flows::place_call::{DialRequest, Placed, place_call};
use crate::storage::Tx;
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
    recording: Offer,
}

/// What the plan says of recording the call.
enum Offer {
    Nothing,
    Choice,
    Always,
}

impl Offer {
    fn of(terms: &CallTerms) -> Self {
        match terms.recorded_from_start(None) {
            Ok(true) => Self::Always,
            Ok(false) if terms.recording_is_a_choice() => Self::Choice,
            Ok(false) | Err(_) => Self::Nothing,
        }
    }
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
        way: Way::Page,
        whisper: None,
        record: form.record.then_some(true),
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
    let read =
        move |tx: &mut Tx| Ok::<_, FlowError>((Dialled::read(tx, &account, now)?, terms_of_account(tx, &account)?));
    let (dialled, terms) = app.db.read(read).await?;
    let recording = Offer::of(&terms);
    let dialled = dialled.latest(OFFERED).map(ShownNumber::from).collect();
    html(status, &DialPage { layout: who.layout, form: form.with_room(), dialled, quote, recording })
}
