//! The form for a voucher's PIN.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use super::page::show;
use super::top_up::TopUpForm;
use crate::app::App;
use crate::domain::voucher::Pin;
use crate::flows::redeem_voucher::{Redeemed, Redemption, redeem_voucher};
use crate::web::admin::vouchers::batch::OFF;
use crate::web::auth::{SignedIn, throttle};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Fields, Posted};
use crate::web::pages::see_other;
use crate::web::peer::Peer;

pub async fn post(app: Data<App>, who: SignedIn, Peer(from): Peer, posted: Posted) -> Result<HttpResponse, PageError> {
    let _busy = app.clock.busy();
    let key = app.config.voucher_key.clone().ok_or_else(|| PageError::Refused(OFF.to_owned()))?;
    let pin: Pin = match posted.text("pin").parse() {
        Ok(pin) => pin,
        Err(error) => return refused(&app, who, StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).await,
    };
    let wish = Redemption {
        account: who.account.id.clone(),
        pin,
        source: Some(throttle::network(from)),
        actor: who.user.email.clone(),
    };
    let now = app.clock.now();
    let write = app.db.write_from(from, move |tx| redeem_voucher(tx, &key, &wish, now));
    match write.await? {
        Redeemed::Now(voucher) | Redeemed::Already(voucher) => Ok(see_other(&format!("/money?voucher={}", voucher.id))),
        Redeemed::Refused(why) => {
            let status = match why.code() {
                "too_many_guesses" => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            refused(&app, who, status, why.to_string()).await
        }
    }
}

/// The PIN is not shown again.
async fn refused(app: &App, who: SignedIn, status: StatusCode, message: String) -> Result<HttpResponse, PageError> {
    show(app, who, status, TopUpForm::read(&Fields::default()), Err(message)).await
}
