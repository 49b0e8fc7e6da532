//! The form of a top-up.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::page::show;
use super::{begin, first_page_of, key};
use crate::app::App;
use crate::domain::checkout::Purpose;
use crate::domain::money::Money;
use crate::flows::begin_checkout::NoCheckout;
use crate::web::auth::SignedIn;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::see_other;
use crate::web::user::dial_form::Field;

pub struct TopUpForm {
    pub amount: Field,
    pub save_card: bool,
    /// Made with the page, so that sending it twice pays once.
    pub key: String,
    /// What is wrong with the whole.
    pub message: Option<String>,
}

impl TopUpForm {
    pub fn read(fields: &Fields) -> Self {
        Self {
            amount: Field { value: fields.text("amount").to_owned(), error: None },
            save_card: !fields.text("save_card").is_empty(),
            key: key(fields),
            message: None,
        }
    }

    /// The amount, or a message beside it.
    fn wish(&mut self) -> Option<Money> {
        match self.amount.value.parse() {
            Ok(amount) => Some(amount),
            Err(error) => {
                let error: crate::domain::money::BadAmount = error;
                self.amount.error = Some(error.to_string());
                None
            }
        }
    }

    fn refuse(&mut self, refusal: &NoCheckout) {
        let said = Some(refusal.to_string());
        match refusal {
            NoCheckout::TooSmall { .. } | NoCheckout::TooLarge { .. } | NoCheckout::TooFine(_) => {
                self.amount.error = said;
            }
            NoCheckout::AccountNotOpen
            | NoCheckout::AccountFrozen
            | NoCheckout::NoConsent
            | NoCheckout::ChargingOff
            | NoCheckout::ProcessorDown
            | NoCheckout::TooManyOpen { .. } => self.message = said,
        }
    }
}

pub async fn post(req: HttpRequest, app: Data<App>, who: SignedIn, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let mut form = TopUpForm::read(&posted);
    let Some(amount) = form.wish() else {
        return show(&app, who, StatusCode::UNPROCESSABLE_ENTITY, form, Ok(None)).await;
    };
    // Ticking the box is the consent: its words stand beside it.
    let purpose = Purpose::TopUp { amount, save_card: form.save_card };
    match begin(&app, &who, purpose, form.save_card, form.key.clone(), &req).await? {
        Ok(checkout) => Ok(see_other(&first_page_of(&checkout))),
        Err(refusal) => {
            form.refuse(&refusal);
            show(&app, who, StatusCode::UNPROCESSABLE_ENTITY, form, Ok(None)).await
        }
    }
}
