//! Adding a number to a call from its page: the form, the price before, and the addition.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::page::{Eyes, page};
use super::words;
use crate::app::App;
use crate::domain::phone_number::{BadPhoneNumber, PhoneNumber};
use crate::flows::add_leg::{AddRequest, Added, add_leg, quote_leg};
use crate::ids;
use crate::storage::calls;
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::{self, html, see_other};
use crate::web::user::dial_form::Field;
use crate::web::user::machine_form::MachineForm;

/// Sent by our JavaScript, which wants only the part about the price.
const PART: &str = "x-part";

#[derive(Default)]
pub struct AddForm {
    pub number: Field,
    pub machine: MachineForm,
    /// Made with the page, so that sending it twice adds once.
    pub request_key: String,
    /// What the number would cost, if that was asked.
    pub price: Option<String>,
}

impl AddForm {
    pub fn fresh() -> Self {
        Self { request_key: ids::new("req"), ..Self::default() }
    }

    fn read(fields: &Fields) -> Self {
        let key = Some(fields.text("request_key")).filter(|key| key.starts_with("req_"));
        let request_key = key.and_then(|key| pages::id(key).ok()).unwrap_or_else(|| ids::new("req"));
        let number = Field { value: fields.text("number").to_owned(), error: None };
        Self { number, machine: MachineForm::read(fields), request_key, price: None }
    }

    fn wish(&mut self) -> Option<PhoneNumber> {
        match self.number.value.parse::<PhoneNumber>() {
            Ok(number) => Some(number),
            Err(error) => {
                let error: BadPhoneNumber = error;
                let empty = self.number.value.is_empty();
                self.number.error = Some(if empty { "Give a number to add.".to_owned() } else { error.to_string() });
                None
            }
        }
    }
}

#[derive(Template)]
#[template(path = "user/leg_price.html")]
struct PricePart {
    form: AddForm,
}

/// The page of the call, standing still while somebody types without JavaScript.
pub async fn form(app: Data<App>, who: SignedIn, id: Path<String>) -> Result<HttpResponse, PageError> {
    let id = own(&app, &who, &id).await?;
    page(&app, StatusCode::OK, who.layout, id, Some(AddForm::fresh()), Eyes::CALLER, false).await
}

pub async fn submit(
    app: Data<App>,
    who: SignedIn,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let id = own(&app, &who, &id).await?;
    let mut form = AddForm::read(&posted);
    if let (Some(number), Some(machine)) = (form.wish(), form.machine.wish()) {
        let request = AddRequest { call: id.clone(), number, machine, request_key: form.request_key.clone() };
        let (rules, now) = (app.config.rules, app.clock.now());
        match app.db.write(move |tx| add_leg(tx, &request, None, &rules, now)).await? {
            Added::Leg { .. } | Added::Already { .. } => return Ok(see_other(&format!("/calls/{id}"))),
            Added::OtherRequest => {
                form.request_key = ids::new("req");
                form.number.error = Some("This form was sent before with another number. Send it again.".to_owned());
            }
            Added::Refused(refusal) => {
                form.number.error = Some(words::add_refusal(&refusal, who.account.currency));
            }
        }
    }
    page(&app, StatusCode::UNPROCESSABLE_ENTITY, who.layout, id, Some(form), Eyes::CALLER, false).await
}

/// What the number would cost in this call. The price of a new call would say how long the balance lasts for that one.
pub async fn quote(
    req: HttpRequest,
    app: Data<App>,
    who: SignedIn,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let id = own(&app, &who, &id).await?;
    let mut form = AddForm::read(&posted);
    let part = req.headers().contains_key(PART);
    if let Some(number) = form.wish() {
        let (call, rules, now) = (id.clone(), app.config.rules, app.clock.now());
        let (currency, answer) = app.db.read(move |tx| quote_leg(tx, &call, &number, &rules, now)).await?;
        match answer {
            Ok(addition) => form.price = Some(words::addition(&addition, currency)),
            Err(refusal) => form.number.error = Some(words::add_refusal(&refusal, currency)),
        }
    } else if part {
        // Still being typed.
        form.number.error = None;
    }
    if part {
        return html(StatusCode::OK, &PricePart { form });
    }
    let status = if form.number.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(&app, status, who.layout, id, Some(form), Eyes::CALLER, false).await
}

/// Reloading a shown price has nothing to send again.
pub async fn back(app: Data<App>, who: SignedIn, id: Path<String>) -> Result<HttpResponse, PageError> {
    Ok(see_other(&format!("/calls/{}/legs", own(&app, &who, &id).await?)))
}

/// The id of a call of the signed-in account. Somebody else's call looks like none.
async fn own(app: &App, who: &SignedIn, id: &str) -> Result<String, PageError> {
    let id = pages::id(id)?;
    let call = id.clone();
    let account = app.db.read(move |tx| calls::account_of(tx, &call)).await?;
    if account.as_ref() == Some(&who.account.id) { Ok(id) } else { Err(PageError::NotFound) }
}
